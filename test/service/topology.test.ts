import { expect, test } from 'vitest';
import { endpointsByPort } from '../../src/service/endpoints.ts';
import { categorize, hintMode } from '../../src/service/topology.ts';
import { slice } from '../proxy/make.ts';

/** This node is n1 in z1. Endpoints: see `sliceEndpoint`; a number n stands for 10.0.0.n. */
function endpoints(list: string) {
  const texts = list
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);
  const made = slice(texts.map((text) => `10.0.0.${text}`));
  return endpointsByPort([made], 'IPv4', 'n1').get('/TCP') ?? [];
}

const numbers = (list: readonly { address: string }[]) => list.map(({ address }) => address.split('.')[3]).join(' ');

/** The endpoints, which policies are used (c, l), and then what is usable for Cluster, for Local, and whether there is any. */
const cases: [list: string, use: string, cluster: string, local: string, any: boolean][] = [
  // Ready ones.
  ['', 'cl', '', '', false],
  ['1, 2', 'c', '1 2', '', true],
  ['1 here, 2 there', 'c', '1 2', '', true],
  ['1 here, 2 there', 'l', '', '1', true],
  ['1 here, 2 there', 'cl', '1 2', '1', true],
  ['2 there', 'l', '', '', true],
  ['2 there', 'cl', '2', '', true],
  ['1 here unready, 2 there', 'cl', '2', '', true],
  ['1 here unready, 2 there unready', 'cl', '', '', false],
  // Who terminates and still serves is used when nobody is ready: for Cluster anywhere, for Local here.
  ['1 terminating, 2', 'c', '2', '', true],
  ['1 terminating, 2 dead', 'c', '1', '', true],
  ['1 dead, 2 dead', 'cl', '', '', false],
  ['1 terminating, 2 unready', 'c', '1', '', true],
  ['1 here terminating, 2 there', 'l', '', '1', true],
  ['1 here terminating, 2 there', 'cl', '2', '1', true],
  ['1 here terminating, 3 here, 2 there', 'cl', '2 3', '3', true],
  ['1 here dead, 2 there', 'l', '', '', true],
  ['2 there terminating', 'l', '', '', true],
  ['1 here terminating, 2 there terminating', 'cl', '1 2', '1', true],
  // Published although not ready: terminating ones count as ready.
  ['1 here always, 2 there', 'cl', '1 2', '1', true],
  ['1 here always, 3 here terminating', 'l', '', '1', true],
  // Zones: only if every ready endpoint has a hint and one is for this zone.
  ['1 zone=z1, 2 zone=z2', 'c', '1', '', true],
  ['1 zone=z1 zone=z2, 2 zone=z2', 'c', '1', '', true],
  ['1 zone=z1, 2', 'c', '1 2', '', true],
  ['1 zone=z2, 2 zone=z3', 'c', '1 2', '', true],
  ['1 zone=z1, 2 unready', 'c', '1', '', true],
  ['1 zone=z1 unready, 2 zone=z2', 'c', '2', '', true],
  ['1 zone=z1 terminating, 2 zone=z2', 'c', '2', '', true],
  ['1 zone=z1 terminating, 2 zone=z2 terminating', 'c', '1 2', '', true],
  ['1 here zone=z2, 2 there zone=z1', 'cl', '2', '1', true],
  // Nodes, which go before zones.
  ['1 node=n1, 2 node=n2', 'c', '1', '', true],
  ['1 node=n1 node=n2, 2 node=n2', 'c', '1', '', true],
  ['1 node=n1, 2', 'c', '1 2', '', true],
  ['1 node=n2, 2 node=n3', 'c', '1 2', '', true],
  ['1 node=n1 zone=z1, 2 node=n2 zone=z1, 3 node=n3 zone=z2', 'c', '1', '', true],
  ['1 node=n4 zone=z1, 2 node=n2 zone=z1, 3 node=n3 zone=z2', 'c', '1 2', '', true],
  ['1 node=n1 zone=z1, 2 zone=z1, 3 node=n3 zone=z2', 'c', '1 2', '', true],
  ['1 here node=n2, 2 there node=n1', 'cl', '2', '1', true],
];

test.each(cases)('%s | %s → Cluster: %s, Local: %s, any: %s', (list, use, cluster, local, any) => {
  const policies = { usesCluster: use.includes('c'), usesLocal: use.includes('l') };
  const found = categorize(endpoints(list), policies, { nodeName: 'n1', zone: 'z1' });
  expect({ cluster: numbers(found.cluster), local: numbers(found.local), any: found.any }).toEqual({
    cluster,
    local,
    any,
  });
});

test('a node without a zone follows no zone', () => {
  expect(hintMode(endpoints('1 zone=z1, 2 zone=z2'), { nodeName: 'n1', zone: '' })).toBe('none');
});

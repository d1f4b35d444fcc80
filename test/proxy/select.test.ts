import { expect, test } from 'vitest';
import { Affinity, endpointsFor, type Inside, isMasqueraded, nextEndpoint } from '../../src/proxy/select.ts';
import { readRange } from '../../src/service/address.ts';
import { endpoint, frontend } from './make.ts';

const [A, B, C] = [endpoint('10.0.0.1'), endpoint('10.0.0.2'), endpoint('10.0.0.3')];
const range = (text: string) => [readRange(text)].flatMap((read) => read ?? []);
const INSIDE: Inside = { clusterCidrs: range('10.244.0.0/16'), nodeAddresses: new Set(['192.168.0.1']) };

const local = frontend('203.0.113.1', 80, [A], { policy: 'Local', insideEndpoints: [A, B] });
const nowhereLocal = { ...local, endpoints: [] };
const guarded = frontend('203.0.113.1', 80, [A], { sourceRanges: range('198.51.100.0/24') });

test.each([
  ['policy Cluster', frontend('10.96.0.1', 80, [A, B]), '198.51.100.1', '1 2'],
  ['policy Local, from outside', local, '198.51.100.1', '1'],
  ['policy Local, a pod', local, '10.244.1.1', '1 2'],
  ['policy Local, the node itself', local, '192.168.0.1', '1 2'],
  ['policy Local, the node itself by the address it asks', local, '203.0.113.1', '1 2'],
  ['policy Local without one here, from outside', nowhereLocal, '198.51.100.1', ''],
  ['policy Local without one here, a pod', nowhereLocal, '10.244.1.1', '1 2'],
  ['in the source ranges', guarded, '198.51.100.1', '1'],
  ['not in the source ranges', guarded, '192.0.2.1', ''],
  ['a pod that is not in the source ranges', guarded, '10.244.1.1', ''],
])('%s', (_, from, client, expected) => {
  const found = endpointsFor(from, client, INSIDE);
  expect(found.map(({ address }) => address.at(-1)).join(' ')).toBe(expected);
});

const clusterIp = frontend('10.96.0.1', 80, [A, B]);
const nodePort = frontend('192.168.0.1', 30080, [A], { kind: 'nodePort' });
const localPort = { ...nodePort, policy: 'Local' } as const;
const NO_CIDRS = { ...INSIDE, clusterCidrs: [] };

test.each([
  ['a pod asks a ClusterIP', clusterIp, '10.244.1.1', INSIDE, false],
  ['a pod asks itself by a ClusterIP', clusterIp, '10.0.0.1', INSIDE, true],
  ['the node asks a ClusterIP', clusterIp, '192.168.0.1', INSIDE, true],
  ['somebody outside asks a ClusterIP', clusterIp, '198.51.100.1', INSIDE, true],
  ['nobody knows where pods are', clusterIp, '198.51.100.1', NO_CIDRS, false],
  ['NodePort, Cluster, from outside', nodePort, '198.51.100.1', INSIDE, true],
  ['NodePort, Cluster, from a pod', nodePort, '10.244.1.1', INSIDE, true],
  ['NodePort, Local, from outside', localPort, '198.51.100.1', INSIDE, false],
  ['NodePort, Local, from a pod', localPort, '10.244.1.1', INSIDE, false],
  ['NodePort, Local, from the node', localPort, '192.168.0.1', INSIDE, true],
  ['NodePort, Local, from the endpoint itself', localPort, '10.0.0.1', INSIDE, true],
])('%s', (_, of, client, inside, expected) => {
  expect(isMasqueraded(of, client, A, inside)).toBe(expected);
});

test('endpoints take turns; one that refused is left out unless it is the only one', () => {
  const all = [A, B, C];
  expect([0, 1, 2, 3].map((turn) => nextEndpoint(all, turn)?.address.at(-1))).toEqual(['1', '2', '3', '1']);
  expect([0, 1, 2].map((turn) => nextEndpoint(all, turn, A)?.address.at(-1))).toEqual(['2', '2', '3']);
  expect(nextEndpoint([A], 0, A)).toBeUndefined();
  expect(nextEndpoint([], 0)).toBeUndefined();
});

test('a client stays with its endpoint until the timeout after its last connection', () => {
  const affinity = new Affinity(10);
  affinity.record('1.1.1.1', B, 0);
  expect(affinity.find('1.1.1.1', [A, B], 9999)).toBe(B);
  expect(affinity.find('2.2.2.2', [A, B], 0)).toBeUndefined();
  affinity.record('1.1.1.1', B, 9999);
  expect(affinity.find('1.1.1.1', [A, B], 10_001)).toBe(B);
  expect(affinity.find('1.1.1.1', [A, B], 19_999)).toBeUndefined();
  expect(affinity.size).toBe(0);
});

test('a removed endpoint is never found', () => {
  const affinity = new Affinity(10);
  affinity.record('1.1.1.1', B, 0);
  expect(affinity.find('1.1.1.1', [A, C], 1)).toBeUndefined();
});

test('what has run out is forgotten, and a full table forgets the longest unseen client', () => {
  const affinity = new Affinity(10);
  affinity.record('old', A, 0);
  affinity.record('seen', A, 0);
  affinity.record('seen', A, 5000);
  affinity.record('new', A, 10_000);
  expect(affinity.size).toBe(2);
  for (let client = 0; client < 65_535; client++) affinity.record(`c${client}`, A, 10_000);
  expect(affinity.size).toBe(65_535);
  expect(affinity.find('new', [A], 10_000)).toBeUndefined();
  affinity.record('c0', A, 10_001);
  affinity.record('one more', A, 10_001);
  expect(affinity.find('c0', [A], 10_001)).toBe(A);
  expect(affinity.find('c1', [A], 10_001)).toBeUndefined();
});

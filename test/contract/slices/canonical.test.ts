import { expect, test } from 'vitest';
import type { Json } from '../services/case.ts';
import { compareValues } from '../services/compare.ts';
import { canonical, type CanonicalOptions, type Objects } from './canonical.ts';
import type { History } from './history.ts';
import { step } from './history.ts';
import { smaller } from './shrink.ts';

/** One cluster's objects: a Service with one pod in a slice. `id` is what no two clusters share. */
function cluster(id: string, change: (slice: Json, objects: { service: Json; pod: Json }) => void = () => {}): Objects {
  const service: Json = {
    metadata: { name: 'web', uid: `service-${id}`, creationTimestamp: `2030-01-01T00:00:${id}Z` },
  };
  const pod: Json = { metadata: { name: 'one', uid: `pod-${id}` } };
  const slice: Json = {
    metadata: {
      name: `web-abc${id}`,
      uid: id,
      labels: { 'kubernetes.io/service-name': 'web' },
      annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': `2030-01-01T00:00:${id}Z` },
      ownerReferences: [{ kind: 'Service', name: 'web', uid: `service-${id}` }],
    },
    addressType: 'IPv4',
    ports: [
      { name: 'a', port: 80, protocol: 'TCP' },
      { name: 'b', port: 53, protocol: 'UDP' },
    ],
    endpoints: [
      { addresses: ['10.0.0.1'], conditions: { ready: true }, targetRef: { name: 'one', uid: `pod-${id}` } },
      { addresses: ['10.0.0.2'], conditions: { ready: false } },
    ],
  };
  change(slice, { service, pod });
  return { services: [service], pods: [pod], endpoints: [], slices: [slice] };
}

const differ = (change: Parameters<typeof cluster>[1], options: CanonicalOptions = {}): string[] =>
  compareValues(canonical(cluster('11'), options), canonical(cluster('22', change), options)).map(({ path }) => path);

test('what two clusters can’t share is no difference, nor is the order of endpoints and ports', () => {
  expect(differ(() => {})).toEqual([]);
  expect(
    differ((slice) => {
      slice.endpoints.reverse();
      slice.ports.reverse();
    }),
  ).toEqual([]);
});

const SLICE = 'web.slices.IPv4 a:80/TCP+b:53/UDP of nobody';

test.each<[string, string[], (slice: Json) => void]>([
  ['a condition', [`${SLICE}.endpoints[1].conditions.ready`], (slice) => (slice.endpoints[1].conditions.ready = true)],
  [
    'a reference to another pod',
    [`${SLICE}.endpoints[0].targetRef.uid`],
    (slice) => (slice.endpoints[0].targetRef.uid = 'x'),
  ],
  ['another owner', [`${SLICE}.ownerReferences[0].uid`], (slice) => (slice.metadata.ownerReferences[0].uid = 'x')],
  ['a label', [`${SLICE}.labels.more`], (slice) => (slice.metadata.labels.more = 'yes')],
  ['a name that was not generated', [`${SLICE}.name`], (slice) => (slice.metadata.name = 'web')],
  [
    'a trigger time',
    [`${SLICE}.triggers.another time`, `${SLICE}.triggers.the Service was made`],
    (slice) =>
      (slice.metadata.annotations['endpoints.kubernetes.io/last-change-trigger-time'] = '2031-01-01T00:00:00Z'),
  ],
  [
    'one endpoint twice',
    [`${SLICE}.counts[0]`, `${SLICE}.endpoints[1].addresses[0]`, `${SLICE}.endpoints[1].conditions.ready`],
    (slice) => slice.endpoints.push(slice.endpoints[0]),
  ],
])('%s is a difference', (_, paths, change) => {
  const found = differ(change);
  for (const path of paths) expect(found.join('\n')).toContain(path);
});

test('packing: the same endpoints in other slices', () => {
  const split = (objects: Objects): Objects => {
    const [slice] = objects.slices;
    return {
      ...objects,
      slices: slice.endpoints.map((endpoint: Json) => ({ ...slice, endpoints: [endpoint] })),
    };
  };
  const found = compareValues(
    canonical(cluster('11'), { bursts: true }),
    canonical(split(cluster('22')), { bursts: true }),
  );
  expect(found).toEqual([
    { path: `${SLICE}.counts[0]`, first: 2, second: 1 },
    { path: `${SLICE}.counts[1]`, first: undefined, second: 1 },
  ]);
});

test('a history is shrunk by steps, then by writes', () => {
  const write = (name: string) => ({ verb: 'delete', kind: 'pods', name }) as const;
  const history: History = { name: 'h', steps: [step(write('a'), write('b')), step(write('c'))] };
  const shown = smaller(history).map(({ steps }) =>
    steps
      .map(({ writes }) =>
        writes.map((one) => (one.verb === 'delete' && typeof one.name === 'string' ? one.name : '')).join(''),
      )
      .join(' '),
  );
  expect(shown).toEqual(['c', 'ab', 'b c', 'a c']);
});

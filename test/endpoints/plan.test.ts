import { describe, expect, test } from 'vitest';
import { type PlanInput, planSlices } from '../../src/endpoints/plan.ts';
import type { EndpointPod } from '../../src/endpoints/pod.ts';
import { addressTypesOf, hasSelector, selectsPods } from '../../src/endpoints/service.ts';
import { sliceBody } from '../../src/endpoints/slice.ts';
import type { EndpointSlice, Service } from '../../src/kube/objects.ts';
import { HTTP, nodes, pod, podsOf, service, slice } from './make.ts';

const byName = new Map(nodes().map((node) => [node.metadata.name, node]));

function plan(pods: EndpointPod[], existing: EndpointSlice[] = [], rest: Partial<PlanInput> = {}) {
  return planSlices({
    service: service(),
    pods,
    nodeOf: (name) => byName.get(name),
    addressType: 'IPv4',
    existing,
    maxEndpointsPerSlice: 100,
    zoneShares: undefined,
    hadTopologyHints: false,
    ...rest,
  });
}

/** What the API server would have after the writes of a plan. */
function after(of: Service, pods: EndpointPod[], existing: EndpointSlice[] = []): EndpointSlice[] {
  const { create, update, delete: gone } = plan(pods, existing, { service: of });
  const written = [...create, ...update].map((draft, index) => {
    const { metadata, ...body } = sliceBody(draft, of, undefined);
    const name = typeof metadata['name'] === 'string' ? metadata['name'] : `web-${index}`;
    return {
      ...body,
      metadata: { uid: `uid-${name}`, resourceVersion: '8', ...metadata, name },
    } as unknown as EndpointSlice;
  });
  const touched = new Set([...written, ...gone].map(({ metadata }) => metadata.name));
  return [...existing.filter(({ metadata }) => !touched.has(metadata.name)), ...written];
}

const writes = ({ create, update, delete: gone }: ReturnType<typeof plan>) => [
  create.length,
  update.length,
  gone.length,
];

describe('the empty slice of a Service without endpoints', () => {
  test('is created', () => {
    expect(plan([]).create).toMatchObject([{ ports: [], endpoints: [] }]);
  });

  test('stays as it is', () => {
    expect(writes(plan([], [slice('s', [], { ports: [] })]))).toEqual([0, 0, 0]);
  });

  test('as the API server has it, without lists', () => {
    const empty = { ...slice('s', []), ports: null, endpoints: null };
    expect(writes(plan([], [empty]))).toEqual([0, 0, 0]);
  });

  test('a headless label without a value is as good as none', () => {
    expect(writes(plan([], [slice('s', [], { ports: [] })], { service: service({ clusterIP: 'None' }) }))).toEqual([
      0, 0, 0,
    ]);
  });

  test('is written anew when the Service has other labels', () => {
    const labelled = service({}, { labels: { team: 'a' } });
    const { update } = plan([], [slice('s', [], { ports: [] })], { service: labelled });
    expect(update).toMatchObject([{ replaces: { metadata: { name: 's' } }, labels: { team: 'a' } }]);
  });

  test('becomes the slice of the first pod', () => {
    const { create, update, delete: gone } = plan([pod('web')], [slice('s', [], { ports: [] })]);
    expect([create, gone]).toEqual([[], []]);
    expect(update).toMatchObject([{ replaces: { metadata: { name: 's' } }, ports: [HTTP], endpoints: [{}] }]);
  });

  test('is made of the slice of the last pod', () => {
    const existing = after(service(), [pod('web')]);
    expect(plan([], existing).update).toMatchObject([
      { replaces: { metadata: { name: 'web-0' } }, ports: [], endpoints: [] },
    ]);
  });

  test('is there while the only pod waits for its node', () => {
    const { create, missing } = plan([pod('web', { node: 'gone' })]);
    expect(create).toMatchObject([{ ports: [], endpoints: [] }]);
    expect(missing).toHaveLength(1);
  });
});

describe('slices that are there', () => {
  test('of an earlier Service of the name are deleted, not reused', () => {
    const { create, update, delete: gone } = plan([pod('web')], after(service({}, { uid: 'earlier' }), [pod('web')]));
    expect([create.length, update.length, gone.length]).toEqual([1, 0, 1]);
  });

  test('with ports that nobody has any more give their names to new ones', () => {
    const existing = after(service(), [pod('web')]);
    const moved = service({ ports: [{ name: 'http', port: 80, targetPort: 9090 }] });
    const { create, update, delete: gone } = plan([pod('web')], existing, { service: moved });
    expect([create, gone]).toEqual([[], []]);
    expect(update).toMatchObject([{ replaces: { metadata: { name: 'web-0' } }, ports: [{ port: 9090 }] }]);
  });

  test('are told apart by all of their ports', () => {
    const two = service({
      ports: [
        { name: 'http', port: 80, targetPort: 8080 },
        { name: 'extra', port: 81, targetPort: 'extra' },
      ],
    });
    const extra = { name: 'extra', containerPort: 9000 };
    const { create } = plan([pod('plain'), pod('more', { ports: [extra] })], [], { service: two });
    expect(create.map(({ ports, endpoints }) => [ports.length, endpoints.length])).toEqual([
      [1, 1],
      [2, 1],
    ]);
  });

  test('a plan for what a plan has made is empty', () => {
    const pods = podsOf(250);
    const existing = after(service(), pods);
    expect(existing.map(({ endpoints }) => endpoints?.length)).toEqual([100, 100, 50]);
    expect(writes(plan(pods, existing))).toEqual([0, 0, 0]);
  });

  test('one more pod of 1,000 is one write', () => {
    const existing = after(service(), podsOf(1000));
    expect(writes(plan(podsOf(1001), existing))).toEqual([1, 0, 0]);
    const less = after(service(), podsOf(995));
    expect(writes(plan(podsOf(996), less))).toEqual([0, 1, 0]);
  });
});

describe('what is sent', () => {
  test('for a new slice', () => {
    const of = service(
      { clusterIP: 'None' },
      { labels: { team: 'a', 'endpointslice.kubernetes.io/managed-by': 'me' } },
    );
    const [draft] = plan([pod('web')], [], { service: of }).create;
    expect(sliceBody(draft!, of, '2026-01-01T00:00:10Z')).toEqual({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        generateName: 'web-',
        namespace: 'ns',
        labels: {
          team: 'a',
          'service.kubernetes.io/headless': '',
          'kubernetes.io/service-name': 'web',
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        },
        annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': '2026-01-01T00:00:10Z' },
        ownerReferences: [
          {
            apiVersion: 'v1',
            kind: 'Service',
            name: 'web',
            uid: 'uid-service',
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      },
      addressType: 'IPv4',
      endpoints: [expect.objectContaining({ addresses: ['10.1.0.1'] })],
      ports: [HTTP],
    });
  });

  test('for one that is edited: its own metadata, and the trigger time only if there is one', () => {
    const annotations = { 'endpoints.kubernetes.io/last-change-trigger-time': 'before', mine: 'x' };
    const existing = [slice('s', [], { metadata: { annotations } })];
    const [draft] = plan([pod('web')], existing).update;
    expect(sliceBody(draft!, service(), undefined).metadata).toEqual({
      ...existing[0]?.metadata,
      annotations: { mine: 'x' },
    });
    expect(sliceBody(draft!, service(), 'now').metadata['annotations']).toEqual({
      ...annotations,
      [Object.keys(annotations)[0]!]: 'now',
    });
  });

  test('for one that takes the name of another', () => {
    const annotations = { mine: 'x' };
    const [draft] = plan([pod('web')], [slice('s', [], { ports: [], metadata: { annotations } })]).update;
    expect(sliceBody(draft!, service(), undefined).metadata).toMatchObject({
      name: 's',
      generateName: 'web-',
      resourceVersion: '7',
      annotations: {},
    });
  });
});

describe('which slices a Service has', () => {
  test.each<[string, Partial<Service['spec']>, string[]]>([
    ['its families', { ipFamilies: ['IPv6', 'IPv4'] }, ['IPv6', 'IPv4']],
    ['that of its address, without families', { ipFamilies: [], clusterIP: 'fd00::1' }, ['IPv6']],
    ['that of its address, without families', { ipFamilies: [], clusterIP: '10.96.0.1' }, ['IPv4']],
    ['both, headless without families', { ipFamilies: [], clusterIP: 'None' }, ['IPv4', 'IPv6']],
  ])('%s', (_, spec, types) => {
    expect(addressTypesOf(service(spec))).toEqual(types);
  });

  test.each<[string, Partial<Service['spec']>, boolean, boolean]>([
    ['a selector', {}, true, true],
    ['an empty selector', { selector: {} }, false, false],
    ['an ExternalName with a selector', { type: 'ExternalName' }, false, true],
  ])('%s', (_, spec, selects, has) => {
    expect([selectsPods(service(spec)), hasSelector(service(spec))]).toEqual([selects, has]);
  });
});

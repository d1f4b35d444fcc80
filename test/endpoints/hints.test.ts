import { describe, expect, test } from 'vitest';
import { milliOf } from '../../src/endpoints/node.ts';
import { planSlices, type PlanInput } from '../../src/endpoints/plan.ts';
import { Topology } from '../../src/endpoints/topology.ts';
import { isOverloaded, zoneShares } from '../../src/endpoints/topology-hints.ts';
import type { Service, SliceEndpoint } from '../../src/kube/objects.ts';
import { node, nodes, pod, type PodOptions, service, slice } from './make.ts';

const AUTO = { annotations: { 'service.kubernetes.io/topology-mode': 'Auto' } };

/** Plans for pods whose names start with their zone: `a1`, `b1`. */
function plan(names: string[], of: Service, rest: Partial<PlanInput> = {}, options: Record<string, PodOptions> = {}) {
  const all = new Map([...nodes({ a: '4', b: '4', c: '4' }), node('node-x')].map((each) => [each.metadata.name, each]));
  const pods = names.map((name, index) =>
    pod(name, { ips: [`10.1.0.${index + 1}`], node: `node-${name[0]}`, ...options[name] }),
  );
  return planSlices({
    service: of,
    pods,
    nodeOf: (name) => all.get(name),
    addressType: 'IPv4',
    existing: [],
    maxEndpointsPerSlice: 100,
    zoneShares: zoneShares(nodes({ a: '4', b: '4' })),
    hadTopologyHints: false,
    ...rest,
  });
}

/** Each pod's hints: `zone/node`, or `-`. */
function hintsOf(endpoints: readonly SliceEndpoint[]): Record<string, string> {
  return Object.fromEntries(
    endpoints.map(({ targetRef, hints }) => {
      const names = [...(hints?.forZones ?? []), ...(hints?.forNodes ?? [])].map(({ name }) => name);
      return [targetRef?.name, hints ? names.join('/') : '-'];
    }),
  );
}

const written = ({ create, update }: ReturnType<typeof plan>) =>
  hintsOf([...create, ...update].flatMap(({ endpoints }) => endpoints));

describe('trafficDistribution', () => {
  test.each<[string | undefined, Record<string, string>]>([
    [undefined, { a1: '-', b1: '-', x1: '-' }],
    ['PreferClose', { a1: 'a', b1: 'b', x1: '-' }],
    ['PreferSameZone', { a1: 'a', b1: 'b', x1: '-' }],
    ['PreferSameNode', { a1: 'a/node-a', b1: 'b/node-b', x1: 'node-x' }],
    ['Unknown', { a1: '-', b1: '-', x1: '-' }],
  ])('%s', (trafficDistribution, hints) => {
    const spec = trafficDistribution === undefined ? {} : { trafficDistribution };
    expect(written(plan(['a1', 'b1', 'x1'], service(spec)))).toEqual(hints);
  });

  const close = service({ trafficDistribution: 'PreferClose' });

  test('what is not ready has no hints', () => {
    expect(written(plan(['a1', 'b1'], close, {}, { b1: { ready: false } }))).toEqual({ a1: 'a', b1: '-' });
  });

  test('the annotation goes before it', () => {
    const both = service({ trafficDistribution: 'PreferClose' }, AUTO);
    const { events } = plan(['a1'], both);
    expect(events).toMatchObject([{ reason: 'TopologyAwareHintsDisabled' }]);
  });

  const existing = (hints: SliceEndpoint['hints']) => {
    const [draft] = plan(['a1'], service()).create;
    return [
      slice(
        's',
        draft!.endpoints.map((endpoint) => (hints ? { ...endpoint, hints } : endpoint)),
      ),
    ];
  };

  test('what is not ready and has none needs none', () => {
    const notReady = { a1: { ready: false } };
    const [draft] = plan(['a1'], service(), {}, notReady).create;
    expect(written(plan(['a1'], close, { existing: [slice('s', draft!.endpoints)] }, notReady))).toEqual({});
  });

  test.each<[string, Service, SliceEndpoint['hints'], Record<string, string>]>([
    ['right hints stay', close, { forZones: [{ name: 'a' }] }, {}],
    ['missing hints are added', close, undefined, { a1: 'a' }],
    ['wrong hints are corrected', close, { forZones: [{ name: 'b' }] }, { a1: 'a' }],
    [
      'hints for nodes go with PreferSameNode',
      close,
      { forZones: [{ name: 'a' }], forNodes: [{ name: 'node-a' }] },
      { a1: 'a' },
    ],
    ['hints go with the traffic distribution', service(), { forZones: [{ name: 'a' }] }, { a1: '-' }],
    ['no hints need none', service(), undefined, {}],
  ])('%s', (_, of, hints, expected) => {
    expect(written(plan(['a1'], of, { existing: existing(hints) }))).toEqual(expected);
  });
});

describe('topology-mode: Auto', () => {
  const auto = service({}, AUTO);

  test.each<[string, string[], Record<string, string>]>([
    ['as many in each zone: each its own', ['a1', 'a2', 'b1', 'b2'], { a1: 'a', a2: 'a', b1: 'b', b2: 'b' }],
    ['a zone with too many gives', ['a1', 'a2', 'a3', 'b1'], { a1: 'b', a2: 'a', a3: 'a', b1: 'b' }],
    ['a zone without any is given some', ['a1', 'a2'], { a1: 'b', a2: 'a' }],
    ['endpoints of a zone that has no CPUs go to those that have', ['c1', 'c2'], { c1: 'c', c2: 'c' }],
  ])('%s', (_, names, hints) => {
    expect(written(plan(names, auto))).toEqual(hints);
  });

  test('shares follow the CPUs', () => {
    const shares = zoneShares(nodes({ a: '12', b: '4' }));
    const hints = Object.values(written(plan(['a1', 'a2', 'b1', 'b2'], auto, { zoneShares: shares })));
    expect(hints.filter((zone) => zone === 'a')).toHaveLength(3);
  });

  /** How many endpoints each zone's hints get, of so many in each zone. */
  const shared = (shares: Record<string, string>, counts: Record<string, number>) => {
    const names = Object.entries(counts).flatMap(([zone, count]) => Array.from({ length: count }, (_, i) => zone + i));
    const all = nodes({ a: '4', b: '4', c: '4', d: '4' });
    const zones = Object.values(
      written(
        plan(names, auto, {
          zoneShares: zoneShares(nodes(shares)),
          nodeOf: (name) => all.find(({ metadata }) => metadata.name === name),
        }),
      ),
    );
    return Object.fromEntries(Object.keys(counts).map((zone) => [zone, zones.filter((each) => each === zone).length]));
  };

  test('what a zone should have is its share, not the least that would do', () => {
    expect(shared({ a: '4', b: '4' }, { a: 11, b: 9 })).toEqual({ a: 10, b: 10 });
  });

  test('nobody gives an endpoint to zones that lack less than half a one each', () => {
    const counts = { a: 8, b: 3, c: 3, d: 3 };
    expect(shared({ a: '8', b: '4', c: '4', d: '4' }, counts)).toEqual(counts);
  });

  const off = 'TopologyAwareHintsDisabled';
  test.each<[string, string[], Partial<PlanInput>, string]>([
    [
      'fewer endpoints than zones',
      ['a1'],
      {},
      'Insufficient number of endpoints (1 endpoints, 2 zones), addressType: IPv4',
    ],
    [
      'zones that nobody can weigh',
      ['a1', 'b1'],
      { zoneShares: undefined },
      'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes, addressType: IPv4',
    ],
    [
      'an endpoint without a zone',
      ['a1', 'a2', 'b1', 'x1'],
      {},
      'One or more endpoints do not have a zone specified, addressType: IPv4',
    ],
    [
      'shares that can only be kept by asking too much of some endpoint',
      ['a1', 'a2', 'b1'],
      { zoneShares: zoneShares(nodes({ a: '4', b: '4' })) },
      'Unable to allocate minimum required endpoints to each zone without exceeding overload threshold (3 endpoints, 2 zones), addressType: IPv4',
    ],
  ])('no hints with %s, and a warning', (_, names, rest, message) => {
    const result = plan(names, auto, rest);
    expect(result.events).toEqual([{ type: 'Warning', reason: off, message }]);
    expect(new Set(Object.values(written(result)))).toEqual(new Set(['-']));
    expect(result.topology).toBeUndefined();
  });

  test('that it is on is told once, and so is that it is off again', () => {
    const names = ['a1', 'b1'];
    const enabled = {
      type: 'Normal',
      reason: 'TopologyAwareHintsEnabled',
      message: 'Topology Aware Hints has been enabled, addressType: IPv4',
    };
    expect(plan(names, auto).events).toEqual([enabled]);
    expect(plan(names, auto, { hadTopologyHints: true }).events).toEqual([]);
    const disabled = {
      type: 'Warning',
      reason: off,
      message: 'Topology Aware Hints has been disabled, addressType: IPv4',
    };
    expect(plan(names, service(), { hadTopologyHints: true }).events).toEqual([disabled]);
  });

  test('hints that fit stay as they are', () => {
    const names = ['a1', 'a2', 'a3', 'b1'];
    const [draft] = plan(names, auto).create;
    const result = plan(names, auto, { existing: [slice('s', draft!.endpoints)] });
    expect([result.create, result.update]).toEqual([[], []]);
    expect(Object.fromEntries(result.topology!)).toEqual({ a: 2, b: 2 });
  });

  test('a slice with a hint for a zone that is gone is written', () => {
    const [draft] = plan(['a1', 'b1', 'c1'], auto, {
      zoneShares: zoneShares(nodes({ a: '4', b: '4', c: '4' })),
    }).create;
    const [endpoints] = [draft!.endpoints];
    const result = plan(['a1', 'b1', 'c1', 'a2'], auto, { existing: [slice('s', endpoints)] });
    expect(result.update).toHaveLength(1);
  });

  test.each([
    [{ 'service.kubernetes.io/topology-mode': 'auto' }, true],
    [{ 'service.kubernetes.io/topology-aware-hints': 'Auto' }, true],
    [
      { 'service.kubernetes.io/topology-mode': 'Auto', 'service.kubernetes.io/topology-aware-hints': 'disabled' },
      false,
    ],
    [{ 'service.kubernetes.io/topology-mode': 'AUTO' }, false],
  ])('%j', (annotations, on) => {
    expect(plan(['a1', 'b1'], service({}, { annotations })).topology !== undefined).toBe(on);
  });
});

describe("zones' shares", () => {
  test.each<[string, ReturnType<typeof node>[], Record<string, number> | undefined]>([
    ['by CPUs', nodes({ a: '3', b: '1' }), { a: 0.75, b: 0.25 }],
    ['of parts of CPUs', nodes({ a: '1500m', b: '500m' }), { a: 0.75, b: 0.25 }],
    ['several nodes of a zone', [...nodes(), node('n', { zone: 'a', cpu: '8' })], { a: 0.75, b: 0.25 }],
    ['without nodes that are not ready', [...nodes(), node('n', { zone: 'c', ready: false })], { a: 0.5, b: 0.5 }],
    [
      'without control planes',
      [...nodes(), node('n', { zone: 'c', labels: { 'node-role.kubernetes.io/control-plane': '' } })],
      { a: 0.5, b: 0.5 },
    ],
    ['none with one zone', nodes({ a: '4' }), undefined],
    ['none with a node without a zone', [...nodes(), node('n')], undefined],
    ['none with a node without CPUs', [...nodes(), node('n', { zone: 'a', cpu: '0' })], undefined],
  ])('%s', (_, all, shares) => {
    const found = zoneShares(all);
    expect(found && Object.fromEntries(found)).toEqual(shares);
  });

  test.each<[Record<string, number>, boolean]>([
    [{}, false],
    [{ a: 2, b: 2 }, false],
    [{ a: 4 }, true],
    [{ a: 9, b: 4 }, true],
    [{ a: 7, b: 5 }, false],
  ])('hints %j are too few for some zone: %s', (allocated, overloaded) => {
    expect(isOverloaded(new Map(Object.entries(allocated)), zoneShares(nodes()))).toBe(overloaded);
  });

  test('nodes that change make the Services known whose hints no longer fit', () => {
    const topology = new Topology();
    topology.setNodes(nodes());
    topology.setHints(
      'ns/even',
      'IPv4',
      new Map([
        ['a', 5],
        ['b', 5],
      ]),
    );
    topology.setHints(
      'ns/other',
      'IPv4',
      new Map([
        ['a', 9],
        ['b', 3],
      ]),
    );
    topology.setHints('ns/none', 'IPv4', undefined);
    topology.setNodes(nodes({ a: '12', b: '4' }));
    expect(topology.overloaded()).toEqual(['ns/even']);
    expect([topology.hasHints('ns/even'), topology.hasHints('ns/none')]).toEqual([true, false]);
  });
});

test.each([
  ['4', 4000],
  ['3920m', 3920],
  ['0.07', 70],
  ['1e3', 1_000_000],
  ['2k', 2_000_000],
  ['1Ki', 1_024_000],
  ['100u', 1],
  ['', 0],
  ['many', 0],
])('%j CPUs are %d thousandths', (quantity, milli) => {
  expect(milliOf(quantity)).toBe(milli);
});

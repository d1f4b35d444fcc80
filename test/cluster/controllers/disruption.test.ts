import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { assess, failed } from '../../../src/cluster/registry/disruption-budget.ts';
import { DisruptionBudgets } from '../../../src/cluster/controllers/disruption.ts';
import { decideEviction } from '../../../src/cluster/registry/eviction.ts';
import { startOurs } from '../server/table.ts';
import { BUDGET_SCENES, count } from './budgets.ts';
import { type World, world } from './world.ts';

const NOW = '2026-01-01T00:10:00Z';
/** Evicted so long ago that it should have gone, and not yet so long ago. */
const LONG_AGO = '2026-01-01T00:07:59Z';
const JUST_NOW = '2026-01-01T00:09:00Z';

interface PodOptions {
  ready?: boolean;
  going?: boolean;
  /** The UID of its controller; '' for none. */
  owner?: string;
  phase?: string;
}

const pod = (
  name: string,
  { ready = true, going = false, owner = 'rs', phase = 'Running' }: PodOptions = {},
): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    labels: { app: 'web' },
    ...(going && { deletionTimestamp: NOW }),
    ...(owner && {
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid: owner, controller: true }],
    }),
  },
  status: { phase, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
});
const unready = (name: string) => pod(name, { ready: false });

const budget = (spec: object, status?: object): KubeObject => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'web', generation: 3 },
  spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
  ...(status && { status }),
});

/** `rs` wants four pods, `other` two; `lost` has no controller any more. */
const scaleOf = ({ uid }: { uid: string }) => {
  const replicas = { rs: 4, other: 2 }[uid];
  return replicas === undefined ? undefined : { uid, replicas };
};

const look = (spec: object, pods: readonly KubeObject[], status?: object) =>
  assess({ budget: budget(spec, status), pods, scaleOf, now: NOW });

describe('what a budget allows', () => {
  const four = ['a', 'b', 'c', 'd'].map((name) => pod(name));
  const three = [...four.slice(0, 3), unready('d')];

  test.each<
    [
      title: string,
      spec: object,
      pods: KubeObject[],
      counts: [expected: number, healthy: number, desired: number, allowed: number],
    ]
  >([
    ['a number of all that there are', { minAvailable: 3 }, four, [4, 4, 3, 1]],
    ['a number, with one that is not ready', { minAvailable: 3 }, three, [4, 3, 3, 0]],
    ['more than there are', { minAvailable: 9 }, four, [4, 4, 9, 0]],
    [
      'a number without a controller',
      { minAvailable: 1 },
      [pod('a', { owner: '' }), pod('b', { owner: 'lost' })],
      [2, 2, 1, 1],
    ],
    // Of the four that there should be, of which two are there: 50 % is 2.
    ['a percentage of what there should be', { minAvailable: '50%' }, four.slice(0, 2), [4, 2, 2, 0]],
    ['a percentage, rounded up', { minAvailable: '51%' }, four, [4, 4, 3, 1]],
    ['so many may be missing', { maxUnavailable: 1 }, four, [4, 4, 3, 1]],
    ['so many may be missing, and one is', { maxUnavailable: 1 }, three, [4, 3, 3, 0]],
    ['a percentage may be missing, rounded up', { maxUnavailable: '30%' }, four, [4, 4, 2, 2]],
    ['all may be missing', { maxUnavailable: '100%' }, four, [4, 4, 0, 4]],
    ['more may be missing than there are', { maxUnavailable: 9 }, four, [4, 4, 0, 4]],
    ['two controllers', { maxUnavailable: 1 }, [...four, pod('x', { owner: 'other' })], [6, 5, 5, 0]],
    ['no pods', { minAvailable: 0 }, [], [0, 0, 0, 0]],
    ['nothing said', {}, four, [0, 4, 0, 0]],
    ['one that is going', { minAvailable: 1 }, [pod('a'), pod('b', { going: true })], [2, 1, 1, 0]],
  ])('%s: %j', (_, spec, pods, [expectedPods, currentHealthy, desiredHealthy, disruptionsAllowed]) => {
    const { status } = look(spec, pods);
    expect(status).toEqual({
      expectedPods,
      currentHealthy,
      desiredHealthy,
      disruptionsAllowed,
      observedGeneration: 3,
      conditions: [
        {
          type: 'DisruptionAllowed',
          status: disruptionsAllowed > 0 ? 'True' : 'False',
          reason: disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods',
          message: '',
          observedGeneration: 3,
          lastTransitionTime: NOW,
        },
      ],
    });
  });

  test('pods without a controller are told, and count for nothing', () => {
    const { status, unmanaged } = look({ maxUnavailable: 1 }, [pod('a'), pod('lone', { owner: '' })]);
    expect([unmanaged, status['expectedPods']]).toEqual([['lone'], 4]);
  });

  test('a controller that is not to be found forbids everything', () => {
    const lost = pod('a', { owner: 'lost' });
    expect(() => look({ maxUnavailable: 1 }, [lost])).toThrow('found no controllers for pod "a"');
    const before = { disruptionsAllowed: 2, currentHealthy: 3, observedGeneration: 2 };
    expect(failed(budget({}, before), 'why', NOW)).toMatchObject({
      ...before,
      disruptionsAllowed: 0,
      conditions: [{ status: 'False', reason: 'SyncFailed', message: 'why', observedGeneration: 2 }],
    });
  });

  test('what was evicted counts as gone for two minutes', () => {
    const disruptedPods = { a: JUST_NOW, b: LONG_AGO, gone: JUST_NOW };
    const verdict = look({ minAvailable: 1 }, four, { disruptedPods });
    expect(verdict.status).toMatchObject({ currentHealthy: 3, disruptedPods: { a: JUST_NOW } });
    expect([verdict.undeleted, verdict.recheckMs]).toEqual([['b'], 60_001]);
    expect(look({ minAvailable: 1 }, four).recheckMs).toBeUndefined();
  });

  test('a condition keeps its time while it says the same', () => {
    const earlier = '2026-01-01T00:00:00Z';
    const before = (status: string) => ({
      conditions: [
        { type: 'Mine', status: 'True' },
        { type: 'DisruptionAllowed', status, lastTransitionTime: earlier },
      ],
    });
    const times = (status: string) =>
      (look({ minAvailable: 1 }, four, before(status)).status['conditions'] as object[]).map((one) => [
        Reflect.get(one, 'type'),
        Reflect.get(one, 'lastTransitionTime'),
      ]);
    expect(times('True')).toEqual([
      ['Mine', undefined],
      ['DisruptionAllowed', earlier],
    ]);
    expect(times('False')).toEqual([
      ['Mine', undefined],
      ['DisruptionAllowed', NOW],
    ]);
  });
});

/** What is not in the table that kube-apiserver answers too (server/evictions.ts). */
describe('an eviction', () => {
  const fresh = { observedGeneration: 3, disruptionsAllowed: 2, currentHealthy: 4, desiredHealthy: 2 };
  const decide = (status: object, spec: object = {}, of = pod('a')) => {
    try {
      return decideEviction(of, [budget(spec, { ...fresh, ...status })], NOW)?.status;
    } catch (error) {
      const { code, details } = error as { code: number; details: { causes: { message: string }[] } };
      return `${code} ${details.causes[0]?.message}`;
    }
  };

  test('takes one, and writes down whom', () => {
    const disruptedPods = { b: JUST_NOW };
    const one = { ...fresh, disruptedPods: { b: JUST_NOW, a: NOW }, disruptionsAllowed: 1 };
    expect(decide({ disruptedPods })).toEqual(one);
    expect(decide({ disruptionsAllowed: 1 })).toMatchObject({
      disruptionsAllowed: 0,
      conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods', lastTransitionTime: NOW }],
    });
  });

  const NO = 'The disruption budget web does not allow evicting pods currently';
  const sorry = (reason: string) => ({
    disruptionsAllowed: 0,
    conditions: [{ type: 'DisruptionAllowed', status: 'False', reason, message: 'why' }],
  });
  test.each<[status: object, answer: string]>([
    [{ observedGeneration: 2 }, '429 The disruption budget web is still being processed by the server.'],
    [{ disruptionsAllowed: -1 }, `403 ${NO}: pdb disruptions allowed is negative`],
    [
      { disruptedPods: Object.fromEntries(Array.from({ length: 2001 }, (_, index) => [`p${index}`, NOW])) },
      `403 ${NO}: too many pending evictions not confirmed by PDB controller`,
    ],
    [sorry('SyncFailed'), `429 ${NO} because it failed sync: why`],
    [sorry('Other'), `429 ${NO} (Other): why`],
    [
      { ...sorry('Other'), currentHealthy: 1 },
      '429 The disruption budget web needs 2 healthy pods and has 1 currently',
    ],
  ])('%# is refused', (status, answer) => {
    expect(decide(status)).toBe(answer);
  });

  test.each<[PodOptions, object, object, taken: boolean | string]>([
    [{ phase: 'Succeeded' }, { disruptionsAllowed: 0 }, {}, false],
    [{ phase: 'Failed' }, { disruptionsAllowed: 0 }, {}, false],
    [{ phase: 'Pending' }, { disruptionsAllowed: 0 }, {}, false],
    [{ going: true }, { disruptionsAllowed: 0 }, {}, false],
    [{ ready: false }, { disruptionsAllowed: 0 }, {}, false],
    [
      { ready: false },
      { disruptionsAllowed: 0, currentHealthy: 1 },
      { unhealthyPodEvictionPolicy: 'AlwaysAllow' },
      false,
    ],
    [{ ready: false }, { disruptionsAllowed: 0, desiredHealthy: 0 }, {}, `429 ${NO}`],
    [{ ready: false }, { currentHealthy: 1 }, {}, true],
    [{}, {}, {}, true],
  ])('of %j with %j and %j takes from the budget: %j', (of, status, spec, taken) => {
    const answer = decide(status, spec, pod('a', of));
    expect(typeof answer === 'string' ? answer : answer !== undefined).toBe(taken);
  });

  test('is no matter of budgets that select nothing, or not this pod', () => {
    for (const selector of [undefined, { matchLabels: { app: 'other' } }, { matchExpressions: [{ operator: '?' }] }]) {
      expect(decide({ disruptionsAllowed: 0 }, { selector })).toBeUndefined();
    }
    expect(decide({ disruptionsAllowed: 0 }, { selector: {} })).toBe(`429 ${NO}`);
  });
});

describe('the loop', () => {
  let it: World;
  beforeEach(() => {
    vi.useFakeTimers({ now: Date.parse(NOW) });
    it = world();
    it.make('v1', 'ServiceAccount', { name: 'default', namespace: 'default' });
    new DisruptionBudgets(it.registry, it.loop);
  });
  afterEach(() => {
    it.loop.stop();
    if (it.failures.length > 0) throw new Error(it.failures.join());
    vi.useRealTimers();
  });

  const BUDGETS = 'poddisruptionbudgets.policy';
  const template = (app: string) => ({
    metadata: { labels: { app } },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  });
  const own = (owner: KubeObject) => ({
    ownerReferences: [
      {
        apiVersion: owner.apiVersion,
        kind: owner.kind,
        name: owner.metadata.name ?? '',
        uid: owner.metadata.uid ?? '',
        controller: true,
      },
    ],
  });
  const make = (name: string, owner?: KubeObject, app = 'web') => {
    const metadata = { name, namespace: 'default', labels: { app }, ...(owner && own(owner)) };
    return it.make('v1', 'Pod', metadata, { spec: template(app).spec });
  };
  const workload = (kind: string, name: string, replicas: number, owner?: KubeObject) =>
    it.make(
      'apps/v1',
      kind,
      { name, namespace: 'default', ...(owner && own(owner)) },
      { spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: template('web') } },
    );
  const guard = (spec: object) =>
    it.make(
      'policy/v1',
      'PodDisruptionBudget',
      { name: 'web', namespace: 'default' },
      { spec: { selector: { matchLabels: { app: 'web' } }, ...spec } },
    );
  const status = () => {
    vi.advanceTimersByTime(5);
    return it.get(BUDGETS, 'default', 'web')?.['status'];
  };
  const reasons = () =>
    Array.from(it.registry.store.list('events'), ({ object }) => `${object['reason']}: ${object['message']}`);

  test('follows pods as they come and go, and says when there are none', () => {
    guard({ minAvailable: 1 });
    expect(status()).toMatchObject({ expectedPods: 0, observedGeneration: 1 });
    expect(reasons()).toEqual(['NoPods: No matching pods found']);
    make('a');
    make('b');
    expect(status()).toMatchObject({ expectedPods: 2, currentHealthy: 0 });
    it.remove('v1', 'Pod', 'default', 'a');
    expect(status()).toMatchObject({ expectedPods: 1 });
    // One that is no longer selected has gone too.
    const left = it.get('pods', 'default', 'b');
    if (!left) throw new Error('no pod');
    const labels = { app: 'other' };
    it.registry.store.commit([{ resource: 'pods', put: { ...left, metadata: { ...left.metadata, labels } } }]);
    expect(status()).toMatchObject({ expectedPods: 0 });
    const { revision } = it.registry.store;
    make('other', undefined, 'other');
    status();
    // The other pod's own creation.
    expect(it.registry.store.revision).toBe(revision + 1);
  });

  test('what a Deployment wants counts, not what its ReplicaSets do', () => {
    const deployment = workload('Deployment', 'web', 5);
    make('a', workload('ReplicaSet', 'web-1', 2, deployment));
    make('b', workload('ReplicaSet', 'web-2', 4, deployment));
    guard({ maxUnavailable: 1 });
    expect(status()).toMatchObject({ expectedPods: 5, desiredHealthy: 4 });
  });

  test('a ReplicaSet whose Deployment has gone counts by itself', () => {
    const gone = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'gone', uid: 'gone' } };
    make('a', workload('ReplicaSet', 'web-1', 2, gone));
    guard({ maxUnavailable: '50%' });
    expect(status()).toMatchObject({ expectedPods: 2, desiredHealthy: 1 });
  });

  test('what nobody can count may not be disrupted', () => {
    const daemons = { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'd', uid: 'd' } };
    make('a', daemons);
    guard({ maxUnavailable: 1 });
    const why = 'daemonsets.apps does not implement the scale subresource';
    expect(status()).toMatchObject({ conditions: [{ reason: 'SyncFailed', message: why }] });
    expect(reasons()).toEqual([
      `CalculateExpectedPodCountFailed: Failed to calculate the number of expected pods: ${why}`,
    ]);
  });

  test('an eviction that came to nothing is forgotten in time', () => {
    make('a');
    guard({ minAvailable: 1 });
    status();
    const { registry } = it;
    const item = registry.store.get(BUDGETS, 'default', 'web')?.object;
    if (!item) throw new Error('no budget');
    registry.store.commit([
      { resource: BUDGETS, put: { ...item, status: { ...item['status'], disruptedPods: { a: NOW } } } },
    ]);
    expect(status()?.disruptedPods).toEqual({ a: NOW });
    vi.advanceTimersByTime(121_000);
    expect(status()?.disruptedPods).toBeUndefined();
    expect(reasons()).toContain("NotDeleted: Pod was expected by PDB default/web to be deleted but it wasn't");
  });
});

/** kube-controller-manager counts so too: controllers.real.test.ts. */
test('over HTTP: scenes of budgets', async () => {
  const cluster = await startOurs({ controllerManager: true });
  try {
    await Promise.all(Object.entries(BUDGET_SCENES).map(([name, scene]) => count(cluster, `budget-${name}`, scene)));
  } finally {
    await cluster.close();
  }
});

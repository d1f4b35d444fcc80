import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { storedKind } from '../../../src/cluster/registry/kinds.ts';
import { close, type Lab, lab } from '../workloads/lab.ts';

let it: Lab;
beforeEach(() => {
  it = lab();
  for (const name of ['default', 'kube-node-lease'].slice(1)) it.make('v1', 'Namespace', { name });
});
afterEach(() => {
  close(it);
});

const EMBEDDED = { 'sluice.dev/embedded': 'true' };
const node = (name: string) => it.get('nodes', '', name) as KubeObject;
const taints = (name: string) =>
  (node(name)['spec']?.taints ?? []).map(
    (one: { key: string; effect: string }) => `${one.key.split('/')[1]}:${one.effect}`,
  );
const conditions = (name: string) =>
  (node(name)['status'].conditions ?? []).map((one: { type: string; status: string }) => `${one.type}=${one.status}`);
const register = (name: string, labels: object = EMBEDDED, ready: string | undefined = 'True') => {
  it.make(
    'v1',
    'Node',
    { name, labels },
    {
      status: {
        allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
        ...(ready && { conditions: [{ type: 'Ready', status: ready, reason: 'KubeletReady' }] }),
      },
    },
  );
};
/** What a kubelet writes of its node. */
const say = (name: string, status: string) =>
  it.edit(
    'nodes',
    name,
    (one) => {
      one['status'].conditions = [
        { type: 'Ready', status, lastHeartbeatTime: it.registry.time(), lastTransitionTime: it.registry.time() },
      ];
    },
    'status',
  );
const renew = (name: string) => {
  const renewTime = `${new Date(it.registry.clock.now()).toISOString().slice(0, -1)}000Z`;
  const place = 'leases.coordination.k8s.io';
  if (it.get(place, 'kube-node-lease', name)) {
    it.edit(place, name, (lease) => void (lease['spec'].renewTime = renewTime), '', 'kube-node-lease');
  } else {
    it.make('coordination.k8s.io/v1', 'Lease', { name, namespace: 'kube-node-lease' }, { spec: { renewTime } });
  }
};
const pass = (seconds: number, ...alive: string[]) => {
  for (let second = 0; second < seconds; second += 10) {
    for (const name of alive) renew(name);
    it.pass(Math.min(10, seconds - second));
  }
};
const run = (name: string, nodeName: string, spec: object = {}) => {
  it.make(
    'v1',
    'Pod',
    { name, namespace: 'default' },
    { spec: { nodeName, containers: [{ name: 'c', image: 'pause' }], ...spec } },
  );
  it.run(it.get('pods', 'default', name) as KubeObject);
};
const pod = (name: string) => it.get('pods', 'default', name);
const ready = (name: string) =>
  pod(name)?.['status'].conditions.find((one: { type: string }) => one.type === 'Ready')?.status;

describe('a node that falls silent', () => {
  beforeEach(() => {
    for (const name of ['a', 'b']) register(name);
    it.settle();
    run('p', 'a');
    pass(60, 'a', 'b');
  });

  test('stays while its Lease is renewed', () => {
    expect(conditions('a')).toEqual(['Ready=True']);
    expect(taints('a')).toEqual([]);
  });

  test('is not known to be well after the grace period; its pods are not ready at once, and go after five minutes', () => {
    pass(30, 'b');
    expect(conditions('a')).toEqual(['Ready=True']);
    pass(20, 'b');
    expect(conditions('a')).toEqual([
      'Ready=Unknown',
      'MemoryPressure=Unknown',
      'DiskPressure=Unknown',
      'PIDPressure=Unknown',
    ]);
    expect(node('a')['status'].conditions[0]).toMatchObject({
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
    });
    expect(taints('a')).toEqual(['unreachable:NoSchedule', 'unreachable:NoExecute']);
    expect(ready('p')).toBe('False');
    expect(it.events('NodeNotReady')).toEqual([
      'NodeNotReady: Node a status is now: NodeNotReady',
      'NodeNotReady: Node is not ready',
    ]);
    pass(280, 'b');
    expect(pod('p')?.metadata.deletionTimestamp).toBeUndefined();
    pass(20, 'b');
    expect(pod('p')?.metadata.deletionTimestamp).toBeDefined();
    expect(pod('p')?.['status'].conditions).toContainEqual(
      expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager' }),
    );
    expect(conditions('b')).toEqual(['Ready=True']);
  });

  test('and comes back loses its taints, and its pods stay', () => {
    pass(60, 'b');
    renew('a');
    say('a', 'True');
    it.settle();
    expect(taints('a')).toEqual([]);
    expect(it.events('TaintManagerEviction')).toEqual(['TaintManagerEviction: Cancelling deletion of Pod default/p']);
    pass(600, 'a', 'b');
    expect(pod('p')?.metadata.deletionTimestamp).toBeUndefined();
  });

  test('together with all others keeps its pods: there is nowhere to go', () => {
    pass(60);
    expect(taints('a')).toEqual(['unreachable:NoSchedule']);
    expect(ready('p')).toBe('False');
    pass(600);
    expect(pod('p')?.metadata.deletionTimestamp).toBeUndefined();
    say('b', 'True');
    it.settle();
    expect(taints('a')).toEqual(['unreachable:NoSchedule', 'unreachable:NoExecute']);
  });

  test('because the whole machine slept is given its time again', () => {
    const { clock } = it.registry;
    const { now } = clock;
    clock.now = () => now() + 3_600_000;
    // Beyond what was left of its grace.
    pass(45, 'b');
    expect(conditions('a')).toEqual(['Ready=True']);
    pass(60, 'b');
    expect(conditions('a')).toContain('Ready=Unknown');
  });
});

test('a node that says that it is not ready is tainted, and its pods are not ready', () => {
  for (const name of ['a', 'b']) register(name);
  it.settle();
  run('p', 'a');
  say('a', 'False');
  it.settle();
  expect(taints('a')).toEqual(['not-ready:NoSchedule', 'not-ready:NoExecute']);
  expect(ready('p')).toBe('False');
  // Whatever the pod's kubelet says meanwhile.
  it.run(pod('p') as KubeObject);
  it.settle();
  expect(ready('p')).toBe('False');
  say('a', 'True');
  it.settle();
  expect(taints('a')).toEqual([]);
});

test('a new node keeps the taint that it was registered with until it is ready', () => {
  register('b');
  register('a', EMBEDDED, '');
  it.edit(
    'nodes',
    'a',
    (one) => void (one['spec'] = { taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }] }),
  );
  it.settle();
  expect(taints('a')).toEqual(['not-ready:NoSchedule']);
  say('a', 'True');
  it.settle();
  expect(taints('a')).toEqual([]);
});

test('one that never says anything is not known to be well after a minute', () => {
  register('b');
  register('a', EMBEDDED, '');
  it.settle();
  pass(50, 'b');
  expect(conditions('a')).toEqual([]);
  pass(20, 'b');
  expect(node('a')['status'].conditions[0]).toMatchObject({
    type: 'Ready',
    status: 'Unknown',
    reason: 'NodeStatusNeverUpdated',
  });
});

test('pressure and cordoning are taints too; those of others stay', () => {
  register('a');
  it.settle();
  it.edit(
    'nodes',
    'a',
    (one) => void (one['spec'] = { unschedulable: true, taints: [{ key: 'mine/own', effect: 'NoSchedule' }] }),
  );
  it.edit(
    'nodes',
    'a',
    (one) => void one['status'].conditions.push({ type: 'DiskPressure', status: 'True' }),
    'status',
  );
  it.settle();
  expect(taints('a')).toEqual(['own:NoSchedule', 'disk-pressure:NoSchedule', 'unschedulable:NoSchedule']);
  it.edit('nodes', 'a', (one) => void delete one['spec'].unschedulable);
  it.settle();
  expect(taints('a')).toEqual(['own:NoSchedule', 'disk-pressure:NoSchedule']);
});

test('a node that was registered by hand, without label and Lease, is not judged', () => {
  register('a', {});
  it.edit('nodes', 'a', (one) => void (one['spec'] = { unschedulable: true }));
  pass(600);
  expect(conditions('a')).toEqual(['Ready=True']);
  expect(taints('a')).toEqual([]);
  // With a Lease somebody is there.
  renew('a');
  it.settle();
  expect(taints('a')).toEqual(['unschedulable:NoSchedule']);
});

describe('a taint NoExecute by hand', () => {
  const taint = (effect = 'NoExecute') =>
    it.edit('nodes', 'a', (one) => void (one['spec'] = { taints: [{ key: 'k', value: 'v', effect }] }));
  beforeEach(() => {
    register('a', {});
    it.settle();
  });

  test.each([
    ['no toleration', [], 0, true],
    ['another key', [{ key: 'x', operator: 'Exists' }], 0, true],
    ['a toleration for ever', [{ key: 'k', operator: 'Exists' }], 1000, false],
    [
      'a toleration for a while, before',
      [{ key: 'k', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }],
      55,
      false,
    ],
    [
      'a toleration for a while, after',
      [{ key: 'k', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }],
      65,
      true,
    ],
  ])('%s', (_, tolerations, seconds, goes) => {
    run('p', 'a', { tolerations });
    taint();
    it.settle();
    it.pass(seconds);
    expect(pod('p')?.metadata.deletionTimestamp !== undefined).toBe(goes);
  });

  test('is about pods that come later, too', () => {
    taint();
    run('p', 'a');
    it.settle();
    expect(pod('p')?.metadata.deletionTimestamp).toBeDefined();
  });

  test('of another effect changes nothing', () => {
    run('p', 'a');
    taint('NoSchedule');
    it.settle();
    expect(pod('p')?.metadata.deletionTimestamp).toBeUndefined();
  });
});

describe('pods that nobody else takes away', () => {
  test('go with their node', () => {
    register('a');
    it.settle();
    run('p', 'a');
    it.settle();
    const seen: string[] = [];
    it.registry.store.subscribe(({ resource, item }) => {
      if (resource === 'pods') seen.push(`${item.object['status'].phase}`);
    });
    it.remove('v1', 'Node', '', 'a');
    it.settle();
    expect(pod('p')).toBeDefined();
    it.pass(3);
    expect(pod('p')).toBeUndefined();
    // They have failed, for whoever waits for their end.
    expect(seen).toEqual(['Failed', 'Failed']);
  });

  test('stay when the node is back soon', () => {
    register('a');
    it.settle();
    run('p', 'a');
    it.remove('v1', 'Node', '', 'a');
    it.pass(1);
    register('a');
    it.pass(60);
    expect(pod('p')).toBeDefined();
  });

  test('on a node that never was have a while until it comes', () => {
    run('p', 'nowhere');
    it.settle();
    it.pass(35);
    expect(pod('p')).toBeDefined();
    it.pass(10);
    expect(pod('p')).toBeUndefined();
  });

  test('being deleted go at once from a node that is out of service', () => {
    register('a');
    register('b');
    it.settle();
    run('p', 'a');
    run('q', 'a');
    it.registry.delete(storedKind('pods'), 'default', 'p', {}, { dryRun: false });
    say('a', 'False');
    it.settle();
    expect(pod('p')).toBeDefined();
    it.edit('nodes', 'a', (one) =>
      one['spec'].taints.push({ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }),
    );
    it.settle();
    // The second one was evicted by the same taint.
    expect([pod('p'), pod('q')]).toEqual([undefined, undefined]);
  });

  test('that have ended go when there are too many, the oldest first', () => {
    close(it);
    it = lab({ terminatedPods: 2 });
    register('a', {});
    for (const name of ['c', 'a', 'b', 'd']) {
      run(name, 'a');
      it.edit('pods', name, (one) => void (one['status'].phase = name === 'd' ? 'Running' : 'Succeeded'), 'status');
      it.pass(2);
    }
    expect(it.names('pods')).toEqual(['a', 'b', 'd']);
  });
});

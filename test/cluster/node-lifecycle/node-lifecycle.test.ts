import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { close, type Lab, lab } from '../workloads/lab.ts';
import { EMBEDDED, type Nodes, nodesIn } from './nodes.ts';

let it: Lab;
let nodes: Nodes;
beforeEach(() => {
  it = lab();
  nodes = nodesIn(it);
});
afterEach(() => close(it));

describe('a node that falls silent', () => {
  beforeEach(() => {
    for (const name of ['a', 'b']) nodes.register(name);
    it.settle();
    nodes.run('p', 'a');
    nodes.pass(60, 'a', 'b');
  });

  test('stays while its Lease is renewed', () => {
    expect(nodes.conditions('a')).toEqual(['Ready=True']);
    expect(nodes.taints('a')).toEqual([]);
  });

  test('is not known to be well after the grace period; its pods are not ready at once, and go after five minutes', () => {
    nodes.pass(30, 'b');
    expect(nodes.conditions('a')).toEqual(['Ready=True']);
    nodes.pass(20, 'b');
    expect(nodes.conditions('a')).toEqual([
      'Ready=Unknown',
      'MemoryPressure=Unknown',
      'DiskPressure=Unknown',
      'PIDPressure=Unknown',
    ]);
    expect(nodes.get('a')['status'].conditions[0]).toMatchObject({
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
    });
    expect(nodes.taints('a')).toEqual(['unreachable:NoSchedule', 'unreachable:NoExecute']);
    expect(nodes.ready('p')).toBe('False');
    expect(it.events('NodeNotReady')).toEqual([
      'NodeNotReady: Node a status is now: NodeNotReady',
      'NodeNotReady: Node is not ready',
    ]);
    nodes.pass(280, 'b');
    expect(nodes.isGoing('p')).toBe(false);
    nodes.pass(20, 'b');
    expect(nodes.isGoing('p')).toBe(true);
    expect(nodes.pod('p')?.['status'].conditions).toContainEqual(
      expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager' }),
    );
    expect(nodes.conditions('b')).toEqual(['Ready=True']);
  });

  test('and comes back loses its taints, and its pods stay', () => {
    nodes.pass(60, 'b');
    nodes.renew('a');
    nodes.say('a', 'True');
    it.settle();
    expect(nodes.taints('a')).toEqual([]);
    expect(it.events('TaintManagerEviction')).toEqual(['TaintManagerEviction: Cancelling deletion of Pod default/p']);
    nodes.pass(600, 'a', 'b');
    expect(nodes.isGoing('p')).toBe(false);
  });

  test('together with all others keeps its pods: there is nowhere to go', () => {
    nodes.pass(60);
    expect(nodes.taints('a')).toEqual(['unreachable:NoSchedule']);
    expect(nodes.ready('p')).toBe('False');
    nodes.pass(600);
    expect(nodes.isGoing('p')).toBe(false);
    nodes.say('b', 'True');
    it.settle();
    expect(nodes.taints('a')).toEqual(['unreachable:NoSchedule', 'unreachable:NoExecute']);
  });

  test('because the whole machine slept is given its time again', () => {
    const { clock } = it.registry;
    const { now } = clock;
    clock.now = () => now() + 3_600_000;
    // Beyond what was left of its grace.
    nodes.pass(45, 'b');
    expect(nodes.conditions('a')).toEqual(['Ready=True']);
    nodes.pass(60, 'b');
    expect(nodes.conditions('a')).toContain('Ready=Unknown');
  });
});

test('a node that says that it is not ready is tainted, and its pods are not ready', () => {
  for (const name of ['a', 'b']) nodes.register(name);
  it.settle();
  nodes.run('p', 'a');
  nodes.say('a', 'False');
  it.settle();
  expect(nodes.taints('a')).toEqual(['not-ready:NoSchedule', 'not-ready:NoExecute']);
  expect(nodes.ready('p')).toBe('False');
  // Whatever the pod's kubelet says meanwhile.
  it.run(nodes.pod('p') as KubeObject);
  it.settle();
  expect(nodes.ready('p')).toBe('False');
  nodes.say('a', 'True');
  it.settle();
  expect(nodes.taints('a')).toEqual([]);
});

test('a new node keeps the taint that it was registered with until it is ready', () => {
  nodes.register('b');
  nodes.register('a', EMBEDDED, '');
  it.edit(
    'nodes',
    'a',
    (one) => void (one['spec'] = { taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }] }),
  );
  it.settle();
  expect(nodes.taints('a')).toEqual(['not-ready:NoSchedule']);
  nodes.say('a', 'True');
  it.settle();
  expect(nodes.taints('a')).toEqual([]);
});

test('one that never says anything is not known to be well after a minute', () => {
  nodes.register('b');
  nodes.register('a', EMBEDDED, '');
  it.settle();
  nodes.pass(50, 'b');
  expect(nodes.conditions('a')).toEqual([]);
  nodes.pass(20, 'b');
  expect(nodes.get('a')['status'].conditions[0]).toMatchObject({
    type: 'Ready',
    status: 'Unknown',
    reason: 'NodeStatusNeverUpdated',
  });
});

test('pressure and cordoning are taints too; those of others stay', () => {
  nodes.register('a');
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
  expect(nodes.taints('a')).toEqual(['own:NoSchedule', 'disk-pressure:NoSchedule', 'unschedulable:NoSchedule']);
  it.edit('nodes', 'a', (one) => void delete one['spec'].unschedulable);
  it.settle();
  expect(nodes.taints('a')).toEqual(['own:NoSchedule', 'disk-pressure:NoSchedule']);
});

test('a node that was registered by hand, without label and Lease, is not judged', () => {
  nodes.register('a', {});
  it.edit('nodes', 'a', (one) => void (one['spec'] = { unschedulable: true }));
  nodes.pass(600);
  expect(nodes.conditions('a')).toEqual(['Ready=True']);
  expect(nodes.taints('a')).toEqual([]);
  // With a Lease somebody is there.
  nodes.renew('a');
  it.settle();
  expect(nodes.taints('a')).toEqual(['unschedulable:NoSchedule']);
});

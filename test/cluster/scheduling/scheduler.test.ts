import { afterEach, beforeEach, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { close, type Lab, lab } from '../workloads/lab.ts';

let it: Lab;
beforeEach(() => {
  it = lab();
});
afterEach(() => close(it));

const CONTAINERS = [{ name: 'c', image: 'pause' }];
const make = (name: string, spec: object = {}, more: object = {}) =>
  it.make('v1', 'Pod', { name, namespace: 'default', ...more }, { spec: { containers: CONTAINERS, ...spec } });
const get = (name: string) => it.get('pods', 'default', name) as KubeObject;
const nodeOf = (name: string) => get(name)['spec'].nodeName;
const scheduled = (name: string) =>
  get(name)['status'].conditions?.find((one: { type: string }) => one.type === 'PodScheduled');

test('a bare pod gets a node, and its topology', () => {
  it.node('a');
  it.edit('nodes', 'a', (one) => void Object.assign(one.metadata.labels ?? {}, { 'topology.kubernetes.io/zone': 'z' }));
  make('p');
  it.settle();
  expect(nodeOf('p')).toBe('a');
  expect(get('p').metadata.labels).toEqual({ 'topology.kubernetes.io/zone': 'z' });
  expect(scheduled('p')).toEqual({
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: '2026-01-01T00:00:00Z',
  });
  expect(it.events()).toEqual(['Scheduled: Successfully assigned default/p to a']);
});

test('a pod that fits nowhere says why, and is tried again when that changes', () => {
  make('p');
  it.settle();
  expect(scheduled('p')).toMatchObject({
    status: 'False',
    reason: 'Unschedulable',
    message: 'no nodes available to schedule pods',
  });
  it.node('a', { spec: { unschedulable: true } });
  it.settle();
  it.pass(1);
  expect(scheduled('p')).toMatchObject({ message: '0/1 nodes are available: 1 node(s) were unschedulable.' });
  it.edit('nodes', 'a', (one) => void delete one['spec'].unschedulable);
  it.pass(1);
  expect(nodeOf('p')).toBe('a');
  expect(scheduled('p')).toMatchObject({ status: 'True' });
  expect(it.events('FailedScheduling')).toHaveLength(2);
});

test('a pod that waits is tried again when another one goes, and not for what changes nothing', () => {
  it.node('a', { status: { allocatable: { cpu: '1', memory: '1Gi', pods: '1' } } });
  make('p');
  it.settle();
  make('q');
  it.settle();
  expect(scheduled('q')).toMatchObject({ message: '0/1 nodes are available: 1 Too many pods.' });
  const { revision } = it.registry.store;
  it.run(get('p'));
  it.pass(10);
  // That it runs was the one write.
  expect(it.registry.store.revision).toBe(revision + 1);
  it.remove('v1', 'Pod', 'default', 'p');
  it.kubelets();
  it.settle();
  it.pass(1);
  expect(nodeOf('q')).toBe('a');
});

test('a pod that has ended makes room', () => {
  it.node('a', { status: { allocatable: { cpu: '1', memory: '1Gi', pods: '1' } } });
  make('p');
  it.settle();
  make('q');
  it.settle();
  it.edit('pods', 'p', (one) => void (one['status'].phase = 'Succeeded'), 'status');
  it.pass(1);
  expect(nodeOf('q')).toBe('a');
});

test('pods of another scheduler, and those behind gates, are left alone', () => {
  it.node('a');
  make('other', { schedulerName: 'mine' });
  make('gated', { schedulingGates: [{ name: 'x.y/z' }] });
  it.settle();
  expect(nodeOf('other')).toBeUndefined();
  expect(scheduled('other')).toBeUndefined();
  expect(nodeOf('gated')).toBeUndefined();
  expect(scheduled('gated')).toMatchObject({ reason: 'SchedulingGated' });
  it.edit('pods', 'gated', (one) => void delete one['spec'].schedulingGates);
  it.settle();
  expect(nodeOf('gated')).toBe('a');
  expect(scheduled('gated')).toMatchObject({ status: 'True' });
});

test('of pods that wait the one with the higher priority goes first', () => {
  it.make('scheduling.k8s.io/v1', 'PriorityClass', { name: 'high' }, { value: 7 });
  make('low');
  make('high', { priorityClassName: 'high' });
  it.settle();
  it.node('a', { status: { allocatable: { cpu: '1', memory: '1Gi', pods: '1' } } });
  it.pass(1);
  expect([nodeOf('low'), nodeOf('high')]).toEqual([undefined, 'a']);
});

test('the pods of a Service are spread over zones and nodes, bare ones too', () => {
  it.make(
    'v1',
    'Service',
    { name: 's', namespace: 'default' },
    { spec: { clusterIP: 'None', selector: { app: 'web' }, ports: [{ port: 80 }] } },
  );
  for (const [name, zone] of [
    ['a1', 'a'],
    ['a2', 'a'],
    ['b1', 'b'],
  ] as const) {
    it.node(name);
    it.edit(
      'nodes',
      name,
      (one) => void Object.assign(one.metadata.labels ?? {}, { 'topology.kubernetes.io/zone': zone }),
    );
  }
  for (const name of ['1', '2', '3', '4']) make(name, {}, { labels: { app: 'web' } });
  it.settle();
  expect(['1', '2', '3', '4'].map(nodeOf)).toEqual(['a1', 'b1', 'a2', 'b1']);
});

test('pods that keep each other away go to different nodes', () => {
  for (const name of ['a', 'b']) it.node(name);
  const podAntiAffinity = {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { labelSelector: { matchLabels: { app: 'web' } }, topologyKey: 'kubernetes.io/hostname' },
    ],
  };
  for (const name of ['1', '2', '3']) make(name, { affinity: { podAntiAffinity } }, { labels: { app: 'web' } });
  it.settle();
  expect(['1', '2', '3'].map(nodeOf)).toEqual(['a', 'b', undefined]);
  expect(scheduled('3')).toMatchObject({
    message: "0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules.",
  });
  // One without rules of its own is kept away by theirs.
  make('4', {}, { labels: { app: 'web' } });
  it.settle();
  expect(scheduled('4')).toMatchObject({
    message: "0/2 nodes are available: 2 node(s) didn't satisfy existing pods anti-affinity rules.",
  });
});

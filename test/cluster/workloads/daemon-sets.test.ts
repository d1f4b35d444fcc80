import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { daemonTolerations, fitOf, targetNode } from '../../../src/cluster/workloads/daemon-pods.ts';
import { isActive, isReady } from '../../../src/cluster/api/pods.ts';
import { close, type Lab, lab, TEMPLATE } from './lab.ts';

let it: Lab;
beforeEach(() => {
  it = lab();
  for (const name of ['a', 'b', 'c', 'd']) it.node(name);
});
afterEach(() => {
  close(it);
});

const make = (spec: object = {}) =>
  it.make(
    'apps/v1',
    'DaemonSet',
    { name: 'ds', namespace: 'default' },
    { spec: { selector: { matchLabels: { app: 'web' } }, template: TEMPLATE, ...spec } },
  );
const edit = (change: (set: KubeObject) => void) => it.edit('daemonsets.apps', 'ds', change);
const image = (name: string) => edit((set) => void (set['spec'].template.spec.containers[0].image = name));
const status = () => it.get('daemonsets.apps', 'default', 'ds')?.['status'];
/** Each node's pods, by their images; `!` is going, `-` is not ready. */
const shown = () =>
  it
    .pods()
    .map((pod) => {
      const state = pod.metadata.deletionTimestamp ? '!' : isReady(pod) ? '' : '-';
      return `${targetNode(pod)}:${pod['spec'].containers[0].image}${state}`;
    })
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join(' ');
function roll(): void {
  for (let before = -1; before !== it.registry.store.revision; ) {
    before = it.registry.store.revision;
    it.kubelets();
    it.settle();
  }
  expect(it.failures).toEqual([]);
}
const revisions = () =>
  Array.from(it.registry.store.list('controllerrevisions.apps'), ({ object }): number => object['revision']).toSorted(
    (a, b) => a - b,
  );

test('there is one pod on every node, on new ones too', () => {
  make();
  it.settle();
  expect(shown()).toBe('a:nginx- b:nginx- c:nginx- d:nginx-');
  expect(it.pods().map((pod): string => pod['spec'].nodeName)).toEqual(expect.arrayContaining(['a', 'b', 'c', 'd']));
  roll();
  expect(status()).toEqual({
    currentNumberScheduled: 4,
    numberMisscheduled: 0,
    desiredNumberScheduled: 4,
    numberReady: 4,
    observedGeneration: 1,
    updatedNumberScheduled: 4,
    numberAvailable: 4,
  });
  it.node('e');
  roll();
  expect(status()).toMatchObject({ numberReady: 5 });
  it.remove('v1', 'Node', '', 'e');
  it.pass(5);
  roll();
  expect(status()).toMatchObject({ desiredNumberScheduled: 4, currentNumberScheduled: 4 });
});

test('a pod that goes or fails is replaced where it was, one that fails again and again not at once', () => {
  make();
  roll();
  const on = (node: string) => it.pods().filter((pod) => targetNode(pod) === node && isActive(pod));
  it.remove('v1', 'Pod', 'default', on('b')[0]?.metadata.name ?? '');
  roll();
  expect(on('b')).toHaveLength(1);
  const fail = () =>
    it.edit('pods', on('b')[0]?.metadata.name ?? '', (pod) => void (pod['status'].phase = 'Failed'), 'status');
  fail();
  roll();
  expect(on('b')).toHaveLength(1);
  fail();
  it.settle();
  expect(on('b')).toHaveLength(0);
  it.pass(1);
  roll();
  expect(on('b')).toHaveLength(1);
  expect(it.events('FailedDaemonPod')).toHaveLength(2);
});

describe('which nodes', () => {
  const taint = (effect: string, key = 'k') => ({ key, effect });
  const node = (spec: object, labels: object = {}) =>
    ({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', labels }, spec }) as KubeObject;
  const set = (spec: object): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: {},
    spec: { template: { spec } },
  });
  const [yes, stay, no] = [
    { shouldRun: true, mayStay: true },
    { shouldRun: false, mayStay: true },
    { shouldRun: false, mayStay: false },
  ];
  test.each([
    ['any', {}, {}, {}, yes],
    ['cordoned', {}, { taints: [taint('NoSchedule', 'node.kubernetes.io/unschedulable')] }, {}, yes],
    ['not ready', {}, { taints: [taint('NoExecute', 'node.kubernetes.io/not-ready')] }, {}, yes],
    ['not ready, for new pods', {}, { taints: [taint('NoSchedule', 'node.kubernetes.io/not-ready')] }, {}, stay],
    ['tainted', {}, { taints: [taint('NoSchedule')] }, {}, stay],
    ['tainted for all', {}, { taints: [taint('NoExecute')] }, {}, no],
    ['tainted and tolerated', { tolerations: [{ operator: 'Exists' }] }, { taints: [taint('NoExecute')] }, {}, yes],
    ['without the label', { nodeSelector: { disk: 'ssd' } }, {}, {}, no],
    ['with the label', { nodeSelector: { disk: 'ssd' } }, {}, { disk: 'ssd' }, yes],
    ['another name', { nodeName: 'm' }, {}, {}, no],
  ])('%s', (_, spec, nodeSpec, labels, expected) => expect(fitOf(set(spec), node(nodeSpec, labels))).toEqual(expected));

  test('a daemon tolerates what happens to nodes, and the network only where it has its own', () => {
    const keys = (spec: object) => daemonTolerations(set(spec)).map(({ key }) => key?.split('/')[1]);
    const all = ['not-ready', 'unreachable', 'disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable'];
    expect(keys({})).toEqual(all);
    expect(keys({ hostNetwork: true })).toEqual([...all, 'network-unavailable']);
  });
});

test('pods leave a node that they are not for any more', () => {
  make({ template: { ...TEMPLATE, spec: { ...TEMPLATE.spec, nodeSelector: { 'kubernetes.io/hostname': 'a' } } } });
  roll();
  expect(shown()).toBe('a:nginx');
  it.edit('nodes', 'a', (node) => void (node.metadata.labels = { 'kubernetes.io/hostname': 'z' }));
  it.edit('nodes', 'b', (node) => void (node.metadata.labels = { 'kubernetes.io/hostname': 'a' }));
  it.settle();
  expect(shown()).toBe('a:nginx! b:nginx-');
});

describe('a new template', () => {
  test('replaces one pod at a time, and goes on only when it is ready', () => {
    make();
    roll();
    image('two');
    it.settle();
    expect(shown()).toBe('a:nginx! b:nginx c:nginx d:nginx');
    it.remove(
      'v1',
      'Pod',
      'default',
      it.pods().find(({ metadata }) => metadata.deletionTimestamp)?.metadata.name ?? '',
    );
    it.kubelets();
    it.settle();
    const min = () => it.pods().filter((pod) => isActive(pod) && isReady(pod)).length;
    it.registry.store.subscribe(({ resource }) => {
      if (resource === 'pods') expect(min()).toBeGreaterThanOrEqual(3);
    });
    roll();
    expect(shown()).toBe('a:two b:two c:two d:two');
    expect(status()).toMatchObject({ updatedNumberScheduled: 4, numberAvailable: 4, observedGeneration: 2 });
    expect(revisions()).toEqual([1, 2]);
  });

  test('replaces as many as may be missing', () => {
    make({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '50%' } } });
    roll();
    image('two');
    it.settle();
    expect(shown()).toBe('a:nginx! b:nginx! c:nginx d:nginx');
  });

  test('comes beside the old one where it may surge', () => {
    make({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } });
    roll();
    image('two');
    it.settle();
    expect(shown()).toBe('a:nginx a:two- b:nginx c:nginx d:nginx');
    it.kubelets();
    it.settle();
    expect(shown()).toBe('a:nginx! a:two b:nginx b:two- c:nginx d:nginx');
    roll();
    expect(shown()).toBe('a:two b:two c:two d:two');
  });

  test('waits for somebody to delete the pods, if that is the strategy', () => {
    make({ updateStrategy: { type: 'OnDelete' } });
    roll();
    image('two');
    roll();
    expect(shown()).toBe('a:nginx b:nginx c:nginx d:nginx');
    expect(status()).toMatchObject({ observedGeneration: 2 });
    const [first] = it.names('pods');
    it.remove('v1', 'Pod', 'default', first ?? '');
    roll();
    expect(shown().match(/two/g)).toHaveLength(1);
    expect(status()).toMatchObject({ updatedNumberScheduled: 1 });
  });

  test('that was there before is the newest again; the history has a limit', () => {
    make({ revisionHistoryLimit: 1 });
    roll();
    for (const name of ['two', 'three', 'nginx', 'three']) {
      image(name);
      roll();
    }
    expect(revisions()).toEqual([4, 5]);
    expect(shown()).toBe('a:three b:three c:three d:three');
  });
});

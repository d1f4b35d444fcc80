import { afterEach, beforeEach, expect, test } from 'vitest';
import { storedKind } from '../../../src/cluster/registry/kinds.ts';
import { close, type Lab, lab, TEMPLATE } from './lab.ts';

let it: Lab;
beforeEach(() => {
  it = lab();
  it.node('a');
});
afterEach(() => close(it));

const make = (name: string, replicas: number, more: object = {}) =>
  it.make(
    'apps/v1',
    'ReplicaSet',
    { name, namespace: 'default' },
    { spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: TEMPLATE, ...more } },
  );
const bare = (name: string, labels: object) =>
  it.make('v1', 'Pod', { name, namespace: 'default', labels }, { spec: TEMPLATE.spec });
const status = () => it.get('replicasets.apps', 'default', 'rs')?.['status'];
const ownersOf = (name: string) =>
  (it.get('pods', 'default', name)?.metadata.ownerReferences ?? []).map((owner) => owner.name);

test('keeps its number of pods: those that go are replaced, those beyond go', () => {
  make('rs', 2);
  it.settle();
  it.kubelets();
  it.settle();
  expect(status()).toEqual({
    replicas: 2,
    fullyLabeledReplicas: 2,
    readyReplicas: 2,
    availableReplicas: 2,
    terminatingReplicas: 0,
    observedGeneration: 1,
  });
  const [first] = it.names('pods');
  it.registry.delete(storedKind('pods'), 'default', first ?? '', {}, { dryRun: false });
  it.settle();
  // The one that is going does not count, but shows.
  expect(status()).toMatchObject({ replicas: 2, readyReplicas: 1, terminatingReplicas: 1 });
  it.kubelets();
  it.settle();
  expect(status()).toMatchObject({ replicas: 2, terminatingReplicas: 0 });
  it.edit('replicasets.apps', 'rs', (set) => {
    set['spec'].replicas = 0;
  });
  it.settle();
  it.kubelets();
  it.settle();
  expect(it.names('pods')).toEqual([]);
  expect(it.events('SuccessfulDelete')).toHaveLength(2);
  expect(status()).toEqual({ replicas: 0, terminatingReplicas: 0, observedGeneration: 2 });
});

test('a pod that has failed is replaced and left where it is', () => {
  make('rs', 1);
  it.settle();
  const [name = ''] = it.names('pods');
  it.edit('pods', name, (pod) => void (pod['status'].phase = 'Failed'), 'status');
  it.settle();
  expect(it.names('pods')).toHaveLength(2);
  expect(status()).toMatchObject({ replicas: 1 });
});

test('takes in pods that match and lets go what does not match any more', () => {
  bare('orphan', { app: 'web', extra: 'label' });
  bare('stranger', { app: 'other' });
  make('rs', 2);
  it.settle();
  expect(ownersOf('orphan')).toEqual(['rs']);
  expect(it.names('pods')).toHaveLength(3);
  it.edit('pods', 'orphan', (pod) => void (pod.metadata.labels = { app: 'freed' }));
  it.settle();
  expect(ownersOf('orphan')).toEqual([]);
  expect(it.names('pods')).toHaveLength(4);
  it.edit('pods', 'stranger', (pod) => void (pod.metadata.labels = { app: 'web' }));
  it.settle();
  // One too many now.
  expect(
    it.pods().filter(({ metadata }) => metadata.labels?.['app'] === 'web' && !metadata.deletionTimestamp),
  ).toHaveLength(2);
});

test('many pods come in bursts', () => {
  make('rs', 60);
  it.settle();
  expect(status()).toMatchObject({ replicas: 60 });
});

test('in a namespace that is going nothing is made, and nothing is said', () => {
  it.make('v1', 'Namespace', { name: 'going' });
  it.make(
    'apps/v1',
    'ReplicaSet',
    { name: 'rs', namespace: 'going' },
    {
      spec: { replicas: 3, selector: { matchLabels: { app: 'web' } }, template: TEMPLATE },
    },
  );
  it.remove('v1', 'Namespace', '', 'going');
  it.settle();
  expect([it.names('pods'), it.events(), it.failures]).toEqual([[], [], []]);
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { isActive } from '../../../src/cluster/api/pods.ts';
import { templateHash } from '../../../src/cluster/workloads/template-hash.ts';
import { close, type Lab, lab, TEMPLATE } from './lab.ts';

let it: Lab;
beforeEach(() => {
  it = lab();
  for (const name of ['a', 'b', 'c']) it.node(name);
});
afterEach(() => close(it));

const live = (name = 'web'): KubeObject => it.get('deployments.apps', 'default', name) as KubeObject;
const status = () => live()['status'];
const reasons = () =>
  status()
    .conditions.map(
      (one: { type: string; status: string; reason: string }) => `${one.type}=${one.status} ${one.reason}`,
    )
    .toSorted((a: string, b: string) => (a < b ? -1 : 1));
const sets = (): KubeObject[] =>
  Array.from(it.registry.store.list('replicasets.apps'), ({ object }) => object).toSorted(
    (a, b) => revision(a) - revision(b),
  );
const revision = ({ metadata }: KubeObject) => Number(metadata.annotations?.['deployment.kubernetes.io/revision']);
/** Each set's revision and size, the oldest first. */
const sizes = () => sets().map((set) => `${revision(set)}:${set['spec'].replicas}`);
const image = (name: string) =>
  it.edit('deployments.apps', 'web', (one) => {
    one['spec'].template.spec.containers[0].image = name;
  });
/** Kubelets and controllers take turns until nothing changes any more. */
function roll(): void {
  for (let before = -1; before !== it.registry.store.revision; ) {
    before = it.registry.store.revision;
    it.kubelets();
    it.settle();
  }
  expect(it.failures).toEqual([]);
}

test('a Deployment becomes a ReplicaSet, pods, and pods on nodes', () => {
  it.deployment('web');
  it.settle();
  expect(it.names('replicasets.apps')).toEqual([expect.stringMatching(/^web-[bcdfghjklmnpqrstvwxz2456789]{8,10}$/)]);
  const [set] = sets();
  const hash = set?.metadata.labels?.['pod-template-hash'];
  expect(set?.['spec'].selector.matchLabels).toEqual({ app: 'web', 'pod-template-hash': hash });
  for (const { metadata } of it.pods()) {
    expect(metadata.generateName).toBe(`${set?.metadata.name}-`);
    expect(metadata.labels).toMatchObject({ app: 'web', 'pod-template-hash': hash });
    expect(metadata.ownerReferences).toEqual([
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: set?.metadata.name,
        uid: set?.metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ]);
  }
  const nodes = it.pods().map((pod): string => pod['spec'].nodeName);
  expect(new Set(nodes)).toEqual(new Set(['a', 'b', 'c']));
  expect(reasons()).toEqual(['Available=False MinimumReplicasUnavailable', 'Progressing=True ReplicaSetUpdated']);
  roll();
  expect(status()).toMatchObject({ observedGeneration: 1, replicas: 3, updatedReplicas: 3, availableReplicas: 3 });
  expect(reasons()).toEqual(['Available=True MinimumReplicasAvailable', 'Progressing=True NewReplicaSetAvailable']);
  expect(live().metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '1' });
  expect(it.events('ScalingReplicaSet')).toEqual([
    `ScalingReplicaSet: Scaled up replica set ${set?.metadata.name} from 0 to 3`,
  ]);
  expect(it.events('SuccessfulCreate')).toHaveLength(3);
});

describe('a rollout', () => {
  beforeEach(() => {
    it.deployment('web');
    roll();
  });

  test('replaces the pods and keeps the old ReplicaSet; back again it is the newest', () => {
    const progressing = () => status().conditions.find((one: { type: string }) => one.type === 'Progressing');
    const { lastTransitionTime } = progressing();
    it.pass(10);
    image('nginx:2');
    roll();
    expect(sizes()).toEqual(['1:0', '2:3']);
    // It was progressing all the time, and has just told of it again.
    expect(progressing()).toMatchObject({ lastTransitionTime, lastUpdateTime: it.registry.time() });
    image('nginx');
    roll();
    expect(sizes()).toEqual(['2:0', '3:3']);
    expect(sets()[1]?.metadata.annotations).toMatchObject({ 'deployment.kubernetes.io/revision-history': '1' });
    expect(live().metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '3' });
    expect(it.pods()).toHaveLength(3);
  });

  test('to pods that never become ready goes as far as it may, and fails after its deadline', () => {
    image('broken');
    it.settle();
    // 3 pods, a surge of 1, none unavailable.
    expect(sizes()).toEqual(['1:3', '2:1']);
    it.pass(590);
    expect(reasons()).toContain('Progressing=True ReplicaSetUpdated');
    it.pass(12);
    expect(reasons()).toContain('Progressing=False ProgressDeadlineExceeded');
    image('nginx');
    roll();
    expect(sizes()).toEqual(['2:0', '3:3']);
    expect(reasons()).toContain('Progressing=True NewReplicaSetAvailable');
  });

  test('keeps as many old ReplicaSets as the history may have', () => {
    it.edit('deployments.apps', 'web', (one) => {
      one['spec'].revisionHistoryLimit = 1;
    });
    for (const name of ['nginx:2', 'nginx:3', 'nginx:4']) {
      image(name);
      roll();
    }
    expect(sizes()).toEqual(['3:0', '4:3']);
  });

  test('waits while the Deployment is paused, which can be scaled all the same', () => {
    const pause = (paused: boolean) =>
      it.edit('deployments.apps', 'web', (one) => {
        one['spec'].paused = paused;
      });
    pause(true);
    image('nginx:2');
    roll();
    expect(sizes()).toEqual(['1:3']);
    expect(reasons()).toContain('Progressing=Unknown DeploymentPaused');
    it.edit('deployments.apps', 'web', (one) => {
      one['spec'].replicas = 5;
    });
    roll();
    expect(sizes()).toEqual(['1:5']);
    pause(false);
    it.settle();
    roll();
    expect(sizes()).toEqual(['1:0', '2:5']);
    expect(reasons()).toContain('Progressing=True NewReplicaSetAvailable');
  });

  test('in the middle of which it is scaled goes on in proportion', () => {
    it.edit('deployments.apps', 'web', (one) => {
      one['spec'].replicas = 10;
    });
    roll();
    image('broken');
    it.settle();
    expect(sizes()).toEqual(['1:8', '2:5']);
    it.edit('deployments.apps', 'web', (one) => {
      one['spec'].replicas = 20;
    });
    it.settle();
    // 25 pods at most: 8 and 5 of 13 become 15 and 10.
    expect(sizes()).toEqual(['1:15', '2:10']);
    roll();
    expect(sizes()).toEqual(['1:0', '2:20']);
  });

  test('does not take room before what was asked of a ReplicaSet has become pods', () => {
    it.edit('deployments.apps', 'web', (one) => {
      one['spec'].strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } };
    });
    roll();
    image('broken');
    it.settle();
    expect(sizes()).toEqual(['1:2', '2:1']);
    it.registry.store.subscribe(({ resource }) => {
      if (resource === 'pods') expect(it.pods().filter(isActive).length).toBeLessThanOrEqual(3);
    });
    // Somebody touches the new one, and then takes a pod from the old one: they are looked at in this order.
    const [old = '', fresh = ''] = sets().map(({ metadata }) => metadata.name);
    it.edit('replicasets.apps', fresh, (set) => {
      set.metadata.labels = { ...set.metadata.labels, touched: '' };
    });
    it.edit('replicasets.apps', old, (set) => {
      set['spec'].replicas = 1;
    });
    it.settle();
    expect(it.failures).toEqual([]);
    expect(sizes()).toEqual(['1:1', '2:2']);
  });

  test('of a Recreate has no new pod before the last old one is gone', () => {
    it.edit('deployments.apps', 'web', (one) => {
      one['spec'].strategy = { type: 'Recreate' };
    });
    image('nginx:2');
    it.settle();
    expect(sizes()).toEqual(['1:0']);
    const old = it.pods();
    expect(old.every(({ metadata }) => metadata.deletionTimestamp)).toBe(true);
    it.kubelets();
    it.settle();
    expect(sizes()).toEqual(['1:0', '2:3']);
    roll();
    expect(status()).toMatchObject({ replicas: 3, updatedReplicas: 3, availableReplicas: 3 });
  });
});

test('pods count as available after minReadySeconds', () => {
  it.deployment('web', { minReadySeconds: 30 });
  roll();
  expect(status()).toMatchObject({ readyReplicas: 3, unavailableReplicas: 3 });
  it.pass(31);
  expect(status()).toMatchObject({ readyReplicas: 3, availableReplicas: 3 });
});

test('a name that another ReplicaSet has is left to it', () => {
  const made = it.deployment('web');
  const name = `web-${templateHash(made['spec'].template, undefined)}`;
  it.make(
    'apps/v1',
    'ReplicaSet',
    { name, namespace: 'default' },
    {
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'other' } },
        template: { ...TEMPLATE, metadata: { labels: { app: 'other' } } },
      },
    },
  );
  roll();
  expect(status()).toMatchObject({ collisionCount: 1, availableReplicas: 3 });
  expect(it.names('replicasets.apps')).toHaveLength(2);
});

test('a ReplicaSet that matches is taken in, with its pods', () => {
  const labels = { app: 'web', by: 'hand' };
  it.make(
    'apps/v1',
    'ReplicaSet',
    { name: 'mine', namespace: 'default', labels },
    { spec: { replicas: 2, selector: { matchLabels: labels }, template: { ...TEMPLATE, metadata: { labels } } } },
  );
  roll();
  it.deployment('web', { replicas: 2, template: { ...TEMPLATE, metadata: { labels } } });
  roll();
  expect(it.names('replicasets.apps')).toEqual(['mine']);
  expect(it.get('replicasets.apps', 'default', 'mine')?.metadata.ownerReferences).toMatchObject([{ name: 'web' }]);
  expect(it.pods()).toHaveLength(2);
});

test('a template that is refused shows in conditions and events, and is tried again', () => {
  // Only a pod's priority class is looked for when it is made.
  const spec = { ...TEMPLATE.spec, priorityClassName: 'missing' };
  it.deployment('web', { template: { ...TEMPLATE, spec } });
  it.settle();
  expect(reasons()).toContain('ReplicaFailure=True FailedCreate');
  expect(it.events('FailedCreate')[0]).toMatch(
    /Error creating: pods "web-.*" is forbidden: no PriorityClass with name missing was found/,
  );
  it.make('scheduling.k8s.io/v1', 'PriorityClass', { name: 'missing' }, { value: 7 });
  it.pass(60);
  roll();
  expect(status()).toMatchObject({ availableReplicas: 3 });
  expect(reasons()).toEqual(['Available=True MinimumReplicasAvailable', 'Progressing=True NewReplicaSetAvailable']);
});

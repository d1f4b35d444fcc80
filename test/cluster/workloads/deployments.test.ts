import { afterEach, expect, test } from 'vitest';
import { close, type Lab, lab } from './lab.ts';

let it: Lab;
afterEach(() => {
  expect(it.failures).toEqual([]);
  close(it);
});

test('a Deployment becomes a ReplicaSet, pods, and pods on nodes', () => {
  it = lab();
  for (const name of ['a', 'b', 'c']) it.node(name);
  it.deployment('web');
  it.settle();
  expect(it.names('replicasets.apps')).toEqual([expect.stringMatching(/^web-[a-z0-9]{8,10}$/)]);
  expect(
    it
      .pods()
      .map((pod) => pod['spec'].nodeName)
      .toSorted(),
  ).toEqual(['a', 'b', 'c']);
  it.kubelets();
  it.settle();
  const status = it.get('deployments.apps', 'default', 'web')?.['status'];
  expect(status).toMatchObject({ observedGeneration: 1, replicas: 3, updatedReplicas: 3, availableReplicas: 3 });
  expect(status.conditions.map((one: { reason: string }) => one.reason)).toEqual([
    'MinimumReplicasAvailable',
    'NewReplicaSetAvailable',
  ]);
});

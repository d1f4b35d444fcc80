import { CoreV1Api, KubeConfig, makeInformer, type V1Service, Watch } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../../support/wait.ts';
import type { ControlPlane } from '../../tools/control-plane.ts';
import { startEmbeddedCluster } from '../../tools/embedded-cluster.ts';

describe('@kubernetes/client-node on the embedded API server', () => {
  let cluster: ControlPlane;
  let config: KubeConfig;
  let core: CoreV1Api;
  beforeAll(async () => {
    cluster = await startEmbeddedCluster();
    config = new KubeConfig();
    config.loadFromFile(cluster.kubeconfig);
    core = config.makeApiClient(CoreV1Api);
  });
  afterAll(() => cluster?.stop());

  const service = (name: string): V1Service => ({
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ port: 80 }] },
  });

  test('creates, reads, lists, patches and deletes with types', async () => {
    const made = await core.createNamespacedService({ namespace: 'default', body: service('typed') });
    expect(made.metadata?.creationTimestamp).toBeInstanceOf(Date);
    expect(made.spec).toMatchObject({ type: 'ClusterIP', clusterIP: expect.stringMatching(/^10\.96\./) });
    const body = [{ op: 'add', path: '/metadata/labels', value: { tier: 'front' } }];
    await core.patchNamespacedService({ namespace: 'default', name: 'typed', body });
    const { items } = await core.listNamespacedService({ namespace: 'default', labelSelector: 'tier=front' });
    expect(items.map((one) => one.metadata?.name)).toEqual(['typed']);
    await core.deleteNamespacedService({ namespace: 'default', name: 'typed' });
    await expect(core.readNamespacedService({ namespace: 'default', name: 'typed' })).rejects.toMatchObject({
      code: 404,
    });
  });

  test('its informer and its watch follow', async () => {
    const list = () => core.listNamespacedService({ namespace: 'default' });
    const informer = makeInformer(config, '/api/v1/namespaces/default/services', list);
    const seen: string[] = [];
    informer.on('add', (one) => seen.push(`add ${one.metadata?.name}`));
    informer.on('delete', (one) => seen.push(`delete ${one.metadata?.name}`));
    await informer.start();
    const events: string[] = [];
    const request = await new Watch(config).watch(
      '/api/v1/namespaces/default/services',
      { allowWatchBookmarks: true },
      (type, object: V1Service) => events.push(`${type} ${object.metadata?.name}`),
      () => {},
    );
    try {
      await core.createNamespacedService({ namespace: 'default', body: service('followed') });
      await waitFor(() => seen.includes('add followed') && events.includes('ADDED followed'), { what: 'the Service' });
      await core.deleteNamespacedService({ namespace: 'default', name: 'followed' });
      await waitFor(() => seen.includes('delete followed') && events.includes('DELETED followed'), { what: 'its end' });
    } finally {
      request.abort();
      await informer.stop();
    }
  });
});

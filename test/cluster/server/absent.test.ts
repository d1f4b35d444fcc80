import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster } from '../../../src/cluster/cluster.ts';
import { absent } from '../../../src/cluster/server/absent.ts';
import { ask } from './ask.ts';
import { startOurs } from './table.ts';

describe('what kube-apiserver has and this server has not', () => {
  test.each([
    ['', 'v1', 'persistentvolumes', 'persistentvolumes in v1 is not part of the embedded API server'],
    [
      'certificates.k8s.io',
      'v1',
      'certificatesigningrequests',
      'certificatesigningrequests.certificates.k8s.io in v1 is not part of the embedded API server',
    ],
    [
      'storage.k8s.io',
      'v1',
      'volumeattachments',
      'volumeattachments.storage.k8s.io in v1 is not part of the embedded API server',
    ],
    [
      'example.com',
      'v1',
      'widgets',
      'widgets.example.com: the embedded API server stores CustomResourceDefinitions and does not serve what they define',
    ],
    // Nobody has these.
    ['', 'v1', 'nothing', undefined],
    ['storage.k8s.io', 'v1', 'nothing', undefined],
    ['nothing', 'v1', 'things', undefined],
  ])('%s/%s %s', (group, version, resource, message) => {
    const error = absent({ group, version, resource }, (name) => name === 'widgets.example.com');
    expect(error?.message).toBe(message);
    expect(error?.code).toBe(message && 404);
  });
});

describe('over HTTP', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startOurs();
  });
  afterAll(() => cluster?.close());

  const definition = {
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  };

  test('a Status says so, and of what a CustomResourceDefinition defines once there is one', async () => {
    const volumes = await ask(cluster, 'GET /api/v1/persistentvolumes');
    expect([volumes.status, volumes.body?.kind, volumes.body?.reason]).toEqual([404, 'Status', 'NotFound']);
    expect(volumes.body?.message).toMatch(/^persistentvolumes in v1 is not part/);

    const widgets = 'GET /apis/example.com/v1/namespaces/default/widgets';
    expect((await ask(cluster, widgets)).text).toBe('404 page not found\n');
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const created = await ask(cluster, `POST ${definitions}`, { body: definition });
    expect(created.status).toBe(201);
    const after = await ask(cluster, widgets);
    expect([after.status, after.body?.kind]).toEqual([404, 'Status']);
    expect(after.body?.message).toMatch(/^widgets\.example\.com: .* does not serve what they define$/);
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster } from '../../../src/cluster/cluster.ts';
import { endConditions } from '../../../src/cluster/controllers/namespace-conditions.ts';
import { waitFor } from '../../support/wait.ts';
import { ask } from '../server/ask.ts';
import { startOurs } from '../server/table.ts';
import { end, ENDINGS } from './endings.ts';

describe('namespaces', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startOurs({ controllerManager: true });
  });
  afterAll(() => cluster?.close());

  test.each(ENDINGS.map((ending, index) => [ending[0], index, ending] as const))('end: %s', (_, index, ending) =>
    end(cluster, `ending-${index}`, ending, { waitMs: 500, stillMs: 5 }),
  );

  test('get a default ServiceAccount and the CA, again when they are deleted', async () => {
    await ask(cluster, 'POST /api/v1/namespaces', { body: { metadata: { name: 'new' } } });
    for (const path of ['serviceaccounts/default', 'configmaps/kube-root-ca.crt']) {
      const there = async () => (await ask(cluster, `GET /api/v1/namespaces/new/${path}`)).status === 200;
      await waitFor(there, { what: path, timeoutMs: 500 });
      const { body } = await ask(cluster, `GET /api/v1/namespaces/new/${path}`);
      await ask(cluster, `DELETE /api/v1/namespaces/new/${path}`);
      await waitFor(there, { what: `${path} again`, timeoutMs: 500 });
      const again = await ask(cluster, `GET /api/v1/namespaces/new/${path}`);
      expect(again.body.metadata.uid).not.toBe(body.metadata.uid);
      expect(again.body.data?.['ca.crt']).toBe(path.startsWith('c') ? cluster.ca : undefined);
    }
  });
});

test('conditions change their time with their status only, and keep those of others', () => {
  const [earlier, later] = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:09Z'];
  const left = (count: number) => [{ group: '', resource: 'secrets', count, finalizers: [] }];
  const foreign = { type: 'Other', status: 'True' };
  const first = endConditions([foreign], left(2), earlier) ?? [];
  const timeOf = (conditions: typeof first, type: string) =>
    conditions.find((one) => one['type'] === type)?.['lastTransitionTime'];
  expect(first[0]).toBe(foreign);
  expect(first).toHaveLength(6);
  const second = endConditions(first, left(1), later) ?? [];
  expect(timeOf(second, 'NamespaceContentRemaining')).toBe(earlier);
  expect(endConditions(second, left(1), later)).toBeUndefined();
  const third = endConditions(second, [], later) ?? [];
  expect(timeOf(third, 'NamespaceContentRemaining')).toBe(later);
  expect(timeOf(third, 'NamespaceFinalizersRemaining')).toBe(earlier);
});

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { KubeObject } from '../../src/kube/objects.ts';
import { type ReflectorEvent, type ReflectorOptions, startReflector } from '../../src/kube/reflector.ts';
import { ApiError, type ClusterClient, createKubeClient } from '../../src/kube/request.ts';
import { Store } from '../../src/kube/store.ts';
import { describeWith } from '../support/requirements.ts';
import { waitFor } from '../support/wait.ts';
import { apiServerName, apiServerRequirements, startApiServer } from '../tools/api-server.ts';
import type { ControlPlane } from '../tools/control-plane.ts';
import { TcpProxy } from './tcp-proxy.ts';

interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

describeWith(apiServerRequirements(), `a reflector and a real API server (${apiServerName()})`, () => {
  let plane: ControlPlane;
  let client: ClusterClient;
  let namespaces = 0;

  beforeAll(async () => {
    plane = await startApiServer();
    client = createKubeClient({ kubeconfig: plane.kubeconfig });
  });

  afterAll(async () => {
    await client?.close();
    await plane?.stop();
  });

  /** A namespace of its own with a reflector of its ConfigMaps. */
  async function follow(options: Partial<ReflectorOptions> = {}, through = client) {
    const namespace = `test-${++namespaces}`;
    await client.request('POST', '/api/v1/namespaces', { body: { metadata: { name: namespace } } });
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const store = new Store<ConfigMap>();
    const events: ReflectorEvent[] = [];
    const stop = new AbortController();
    const backoff = { baseMs: 50, maxMs: 500 };
    const onEvent = (event: ReflectorEvent) => void events.push(event);
    const base = { path, apiVersion: 'v1', kind: 'ConfigMap', backoff, onEvent };
    const start = () => startReflector(through, { ...base, ...options }, store, stop.signal);
    const write = (name: string, value: string) =>
      client.request('PATCH', `${path}/${name}`, {
        query: { fieldManager: 'test', force: true },
        contentType: 'application/apply-patch+yaml',
        body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value } },
      });
    const remove = (name: string) => client.request('DELETE', `${path}/${name}`);
    const contents = () => Object.fromEntries(store.list().map(({ metadata, data }) => [metadata.name, data?.value]));
    const reasons = () => events.flatMap((event) => (event.type === 'list' ? [event.reason] : []));
    return { path, store, events, stop, start, write, remove, contents, reasons };
  }

  const watching = (events: ReflectorEvent[]) =>
    waitFor(() => events.some((e) => e.type === 'watch'), { what: 'a watch' });

  it('lists more than a page, and then follows creations, changes and deletions', async () => {
    const { store, events, stop, start, write, remove, contents } = await follow();
    const names = Array.from({ length: 1203 }, (_, index) => `c${String(index).padStart(4, '0')}`);
    const queue = [...names];
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        for (let name = queue.pop(); name; name = queue.pop()) await write(name, 'v1');
      }),
    );
    const done = start();
    await store.synced;
    expect(events.find((e) => e.type === 'listed')).toMatchObject({ objects: 1203, pages: 3 });
    expect(store.keys().map((key) => key.split('/')[1])).toEqual(names);
    const [first] = store.list();
    expect(first).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
    expect(first?.metadata).not.toHaveProperty('managedFields');
    await write('c0000', 'v2');
    await remove('c0001');
    await write('new', 'v1');
    await waitFor(() => store.get(`${first?.metadata.namespace}/new`), { what: 'the new object' });
    expect(store.size).toBe(1203);
    expect(contents()).toMatchObject({ c0000: 'v2', new: 'v1' });
    expect(contents()).not.toHaveProperty('c0001');
    stop.abort();
    await done;
  });

  it('a killed and restarted API server costs nothing but time', async () => {
    const { store, events, stop, start, write, remove, contents, reasons } = await follow();
    const changes: string[] = [];
    store.onChange((old, next) => changes.push(`${old?.data?.value} → ${next?.data?.value}`));
    await write('kept', 'v1');
    await write('removed', 'v1');
    const done = start();
    await store.synced;
    await watching(events);
    await plane.killApiServer();
    await waitFor(() => events.filter((e) => e.type === 'error').length >= 2, { what: 'failed attempts to watch' });
    await plane.startApiServer();
    await write('kept', 'v2');
    await remove('removed');
    await write('added', 'v1');
    await waitFor(() => contents().added, { what: 'the store to catch up' });
    expect(contents()).toEqual({ kept: 'v2', added: 'v1' });
    expect(changes.sort()).toEqual(
      ['undefined → v1', 'undefined → v1', 'undefined → v1', 'v1 → undefined', 'v1 → v2'].sort(),
    );
    // The server's history reaches back far enough, so a list would be a waste.
    expect(reasons()).toEqual(['initial']);
    stop.abort();
    await done;
  });

  it('history that was compacted while the watch was away: 410, list, and the right contents', async () => {
    await using away = await throughProxy();
    const { store, events, stop, start, write, remove, contents, reasons } = await follow({}, away.client);
    for (const name of ['kept', 'removed', 'recreated']) await write(name, 'v1');
    const done = start();
    await store.synced;
    await watching(events);
    const changes: string[] = [];
    store.onChange((old, next) =>
      changes.push(`${(next ?? old)?.metadata.name} ${old?.data?.value} → ${next?.data?.value}`),
    );
    changes.length = 0;
    away.proxy.block();
    await write('kept', 'v2');
    await remove('removed');
    await remove('recreated');
    await write('recreated', 'v2');
    await plane.compactEtcd();
    // The API server's own cache would still know; a restarted one has only etcd.
    await plane.killApiServer();
    await plane.startApiServer();
    expect(contents()).toEqual({ kept: 'v1', removed: 'v1', recreated: 'v1' });
    away.proxy.unblock();
    await waitFor(() => contents().kept === 'v2', { what: 'the store to catch up' });
    expect(contents()).toEqual({ kept: 'v2', recreated: 'v2' });
    expect(reasons()).toEqual(['initial', 'expired']);
    const refusal = events.find((e) => e.type === 'error' && e.error instanceof ApiError);
    expect(refusal).toMatchObject({ during: 'watch', error: { status: 410, reason: 'Expired' } });
    expect(changes.sort()).toEqual(['kept v1 → v2', 'recreated v1 → v2', 'removed v1 → undefined']);
    stop.abort();
    await done;
  });

  it('a watch whose bytes stop coming, on a connection that stays open, is given up and listed', async () => {
    await using away = await throughProxy();
    const { store, events, stop, start, write, contents, reasons } = await follow({ silenceMs: 5000 }, away.client);
    await write('a', 'v1');
    const done = start();
    await store.synced;
    await watching(events);
    await write('a', 'v2');
    await waitFor(() => contents().a === 'v2', { what: 'the watch to work' });
    away.proxy.freeze();
    const frozen = performance.now();
    await write('a', 'v3');
    await waitFor(() => contents().a === 'v3', { what: 'the store to catch up', timeoutMs: 20_000 });
    expect(reasons()).toEqual(['initial', 'silent']);
    expect(performance.now() - frozen).toBeGreaterThan(4000);
    await write('a', 'v4');
    await waitFor(() => contents().a === 'v4', { what: 'the new watch to work' });
    stop.abort();
    await done;
  });

  it('bookmarks move a quiet watch on, and the next one starts from there', async () => {
    const { store, events, stop, start } = await follow({ timeoutSeconds: 3, random: () => 0 });
    const other = await follow();
    const done = start();
    await store.synced;
    await watching(events);
    await other.write('elsewhere', 'v1');
    const versions = (type: 'listed' | 'bookmark' | 'watch') =>
      events.flatMap((event) => (event.type === type ? [Number(event.resourceVersion)] : []));
    await waitFor(() => versions('watch').length >= 2, { what: 'a second watch', timeoutMs: 20_000 });
    const [listed = 0] = versions('listed');
    expect(versions('bookmark')[0]).toBeGreaterThan(listed);
    expect(versions('watch')[1]).toBe(versions('bookmark').at(-1));
    stop.abort();
    await done;
  });

  /** A client whose connections a test can cut and freeze. */
  async function throughProxy() {
    const { port } = new URL(plane.url);
    const proxy = await TcpProxy.start(Number(port));
    const kubeconfig = join(plane.dir, `kubeconfig-${proxy.port}`);
    writeFileSync(kubeconfig, readFileSync(plane.kubeconfig, 'utf8').replaceAll(`:${port}`, `:${proxy.port}`));
    const through = createKubeClient({ kubeconfig });
    const dispose = async () => {
      await through.close();
      await proxy.stop();
    };
    return { proxy, client: through, [Symbol.asyncDispose]: dispose };
  }
});

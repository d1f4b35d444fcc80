import { once } from 'node:events';
import { Agent, get, request } from 'node:http';
import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { parseAddress } from '../../src/runtime/address.ts';
import { ConfigError } from '../../src/runtime/config-error.ts';
import { Health, heartbeat } from '../../src/runtime/health.ts';
import { type Servers, startServers } from '../../src/runtime/http.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';

const running: Servers[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((servers) => servers.close(0)));
});

async function start(healthAddress: string, metricsAddress: string, health = new Health()): Promise<Servers> {
  const address = (text: string) => {
    const parsed = parseAddress(text);
    if (!parsed) throw new Error(text);
    return parsed;
  };
  const servers = await startServers({
    health,
    metrics: createMetrics(),
    healthAddress: address(healthAddress),
    metricsAddress: address(metricsAddress),
  });
  running.push(servers);
  return servers;
}

async function fetchText(url: string, init: RequestInit = {}): Promise<{ status: number; body: string }> {
  const response = await fetch(url, init);
  return { status: response.status, body: await response.text() };
}

test('a part of the process may set what a health path answers, and only there', async () => {
  const health = new Health();
  const { bound } = await start('127.0.0.1:0', '127.0.0.2:0', health);
  expect((await fetchText(`http://${bound.health}/livez`)).status).toBe(404);
  health.setAnswer('/livez', () => ({ status: 503, body: '{}', type: 'application/json' }));
  const answer = await fetch(`http://${bound.health}/livez`);
  expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
    503,
    'application/json',
    '{}',
  ]);
  expect((await fetchText(`http://${bound.health}/livez`, { method: 'POST' })).status).toBe(405);
  expect((await fetchText(`http://${bound.metrics}/livez`)).status).toBe(404);
  health.setAnswer('/livez', () => {
    throw new Error('no idea');
  });
  expect(await fetchText(`http://${bound.health}/livez`)).toEqual({ status: 500, body: 'no idea\n' });
});

test('/healthz and /readyz say ok, and list their checks on request or when one fails', async () => {
  const health = new Health();
  let synced: string | undefined = '2 of 3 lists done';
  health.addReadyCheck('ping', () => {});
  health.addReadyCheck('synced', () => Promise.resolve(synced));
  health.addLiveCheck('loop', () => undefined);
  const { bound } = await start('127.0.0.1:0', '0', health);
  const url = `http://${bound.health}`;
  expect(bound.metrics).toBeUndefined();

  expect(await fetchText(`${url}/healthz`)).toEqual({ status: 200, body: 'ok' });
  expect(await fetchText(`${url}/readyz`)).toEqual({
    status: 503,
    body: '[+]ping ok\n[-]synced failed: 2 of 3 lists done\nreadyz check failed\n',
  });
  synced = undefined;
  expect(await fetchText(`${url}/readyz`)).toEqual({ status: 200, body: 'ok' });
  expect(await fetchText(`${url}/readyz?verbose`)).toEqual({
    status: 200,
    body: '[+]ping ok\n[+]synced ok\nreadyz check passed\n',
  });
  expect(await fetchText(`${url}/healthz?verbose`)).toEqual({
    status: 200,
    body: '[+]loop ok\nhealthz check passed\n',
  });
  expect((await fetchText(`${url}/metrics`)).status).toBe(404);
});

test('a check that throws, rejects or never answers has failed, with its reason in one line', async () => {
  const health = new Health(20);
  health.addReadyCheck('throws', () => {
    throw new Error('broken\npipe');
  });
  health.addReadyCheck('rejects', () => Promise.reject(new Error('refused')));
  health.addReadyCheck('hangs', () => new Promise(() => {}));
  expect(await health.ready()).toEqual({
    ok: false,
    lines: ['[-]throws failed: broken pipe', '[-]rejects failed: refused', '[-]hangs failed: no answer within 20ms'],
  });
  expect(() => health.addReadyCheck('hangs', () => {})).toThrow('exists already');
});

test('a heartbeat fails when the loop stood still', () => {
  let now = 0;
  const { beat, check } = heartbeat(30_000, () => now);
  now = 30_000;
  expect(check()).toBeUndefined();
  now = 95_000;
  expect(check()).toBe('no heartbeat for 95s');
  beat();
  expect(check()).toBeUndefined();
});

test('/metrics serves the registry as Prometheus text; other methods and paths are refused', async () => {
  const { bound } = await start('0', '127.0.0.1:0');
  const url = `http://${bound.metrics}`;
  const response = await fetch(`${url}/metrics`);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(await response.text()).toContain('# TYPE sluice_reconcile_total counter');
  expect(await fetchText(`${url}/metrics`, { method: 'HEAD' })).toEqual({ status: 200, body: '' });
  expect(await fetchText(`${url}/metrics`, { method: 'POST', body: 'x' })).toMatchObject({ status: 405 });
  expect(await fetchText(`${url}/constructor`)).toEqual({ status: 404, body: 'not found; there are /metrics\n' });
});

test('the same address for both is one server', async () => {
  const { bound } = await start('127.0.0.1:0', '127.0.0.1:0');
  expect(bound.health).toBe(bound.metrics);
  expect((await fetchText(`http://${bound.health}/readyz`)).status).toBe(200);
  expect((await fetchText(`http://${bound.health}/metrics`)).status).toBe(200);
});

test('no host means every address; off means no server', async () => {
  const { bound } = await start(':0', '0');
  const port = bound.health?.split(':').pop();
  expect((await fetchText(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  expect((await start('0', '')).bound).toEqual({});
});

test('an address in use is a ConfigError that names the flag, and leaves no server behind', async () => {
  const blocker = createServer().listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  const { port } = blocker.address() as { port: number };
  const free = await start('127.0.0.1:0', '0');
  await free.close();

  const failed = start(`127.0.0.1:${port}`, free.bound.health ?? '');
  await expect(failed).rejects.toThrow(ConfigError);
  await expect(failed).rejects.toThrow(
    `--health-address: cannot listen on 127.0.0.1:${port}: another process listens there; choose another address, or 0 for none`,
  );
  // The metrics server had started before: its port is free again.
  await start('0', free.bound.health ?? '');
  blocker.close();
});

test("an address that isn't this machine's says so", async () => {
  await expect(start('192.0.2.1:8080', '0')).rejects.toThrow('this machine has no such address');
});

test('closing lets a request under way end, and takes no new one', async () => {
  const health = new Health();
  const entered = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  health.addReadyCheck('slow', async () => {
    entered.resolve();
    await release.promise;
  });
  const servers = await start('127.0.0.1:0', '0', health);
  const url = `http://${servers.bound.health}/readyz`;
  const agent = new Agent({ keepAlive: true });
  const response = once(get(url, { agent }), 'response');
  await entered.promise;
  const closed = servers.close(10_000);
  await expect(once(request(url).end(), 'response')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  release.resolve();
  const [{ statusCode }] = (await response) as [{ statusCode: number; resume(): void }];
  expect(statusCode).toBe(200);
  agent.destroy();
  await closed;
});

test('closing cuts a request that outlasts the grace', async () => {
  const health = new Health(60_000);
  const entered = Promise.withResolvers<void>();
  const never = Promise.withResolvers<void>();
  health.addReadyCheck('stuck', () => {
    entered.resolve();
    return never.promise;
  });
  const servers = await start('127.0.0.1:0', '0', health);
  const response = once(get(`http://${servers.bound.health}/readyz`), 'response');
  const cut = response.catch((error: unknown) => error);
  await entered.promise;
  await servers.close(1);
  expect(await cut).toMatchObject({ code: 'ECONNRESET' });
  never.resolve();
});

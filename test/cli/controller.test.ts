import { PassThrough } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { controllerSpec, serveController } from '../../src/cli/controller.ts';
import { parseCommand } from '../../src/cli/parse.ts';
import type { ControllerPlane } from '../../src/cli/planes.ts';
import { ConfigError } from '../../src/runtime/config-error.ts';
import { createLogger } from '../../src/runtime/logger.ts';

/** Runs `sluice controller` with this plane; `lines` are what it logged. */
function serve(
  runController: ControllerPlane['runController'],
  load: () => Promise<ControllerPlane> = async () => ({ runController }),
) {
  const argv = ['--cluster-name=demo', '--metrics-address=127.0.0.1:0', '--health-address=127.0.0.1:0'];
  const parsed = parseCommand(controllerSpec, argv, {});
  if (parsed.help !== undefined) throw new Error('help');
  const stream = new PassThrough();
  const stop = new AbortController();
  const done = serveController(parsed.config, {
    logger: createLogger({ level: parsed.config.logLevel, stream }),
    signal: stop.signal,
    load,
  });
  const lines = () =>
    String(stream.read() ?? '')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, string>);
  return { done, stop, lines };
}

test('health and metrics are served while the plane runs; a signal ends it with 0 and frees the ports', async () => {
  const up = Promise.withResolvers<void>();
  let synced = false;
  const { done, stop, lines } = serve(async ({ health, metrics, signal, options }) => {
    expect(options.clusterName).toBe('demo');
    health.addReadyCheck('synced', () => (synced ? undefined : 'listing'));
    metrics.driftRepairs.inc(3);
    up.resolve();
    await new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  });
  await up.promise;
  const [started] = lines();
  expect(started).toMatchObject({ level: 'info', message: 'started', cluster: 'demo' });
  const url = `http://${started?.['health']}`;
  const status = async (path: string) => (await fetch(url + path)).status;
  expect(await status('/readyz')).toBe(503);
  synced = true;
  expect(await status('/readyz')).toBe(200);
  expect(await status('/healthz')).toBe(200);
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('sluice_drift_repairs_total 3');

  stop.abort(new Error('stopped by SIGTERM'));
  expect(await done).toBe(0);
  await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed');
});

test('nothing is ready before the plane is loaded', async () => {
  const plane = Promise.withResolvers<ControllerPlane>();
  const { done, lines } = serve(
    () => Promise.reject(new Error('unused')),
    () => plane.promise,
  );
  const started = await vi.waitFor(() => lines()[0] ?? Promise.reject(new Error('not started')));
  const answer = await fetch(`http://${started['health']}/readyz`);
  expect(answer.status).toBe(503);
  expect(await answer.text()).toContain('[-]start failed: starting');
  plane.resolve({ runController: async () => {} });
  expect(await done).toBe(0);
});

test('lost leadership is one line in the log and exit code 1', async () => {
  const { done, lines } = serve(() => Promise.reject(new Error('lost leadership', { cause: new Error('timeout') })));
  expect(await done).toBe(1);
  const failed = lines().filter(({ level }) => level === 'error');
  expect(failed).toHaveLength(1);
  expect(failed[0]).toMatchObject({ message: 'lost leadership: timeout' });
});

test('an AbortError after the signal is an orderly end', async () => {
  const { done, stop } = serve(async ({ signal }) => {
    stop.abort();
    signal.throwIfAborted();
  });
  expect(await done).toBe(0);
});

test('a fault while stopping is still a fault', async () => {
  const { done, stop } = serve(async () => {
    stop.abort();
    throw new Error('lease not released');
  });
  expect(await done).toBe(1);
});

test('an AbortError without a signal is a fault', async () => {
  const { done } = serve(() => Promise.reject(new DOMException('cut', 'AbortError')));
  expect(await done).toBe(1);
});

test("the user's mistakes go to the command line", async () => {
  const { done, lines } = serve(() => Promise.reject(new ConfigError('--vpc-id: no VPC vpc-1')));
  await expect(done).rejects.toThrow('--vpc-id: no VPC vpc-1');
  expect(lines().map(({ level }) => level)).toEqual(['info']);
});

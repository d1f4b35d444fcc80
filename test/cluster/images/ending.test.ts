import { Agent, type IncomingMessage, request } from 'node:http';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { waitFor } from '../../support/wait.ts';
import {
  accepts,
  AGNHOST,
  ask,
  askUdp,
  freshAddress,
  listening,
  printed,
  type Running,
  startForTest,
} from './programs.ts';

const PORT = 9080;

/** A netexec that listens, and goes on for so many seconds after SIGTERM. */
async function netexec(seconds: number, ...args: string[]): Promise<Running & { address: string; url: string }> {
  const address = freshAddress(3);
  const running = startForTest(AGNHOST, {
    address,
    args: ['netexec', `--http-port=${PORT}`, '--udp-port=9081', ...args],
    env: { SLUICE_LAME_DUCK: String(seconds) },
  });
  await listening(address, PORT, running);
  return { ...running, address, url: `http://${address}:${PORT}` };
}

/** Sends SIGTERM, and resolves when it has been heard. */
async function terminate(running: Running): Promise<void> {
  running.child.kill('SIGTERM');
  await printed(running, 'told to end: serving for another');
}

describe('after SIGTERM', () => {
  test('everything is served for a time, also what is new; then the program ends with 0', async () => {
    const running = await netexec(1);
    const begin = performance.now();
    await terminate(running);
    const answer = await ask(`${running.url}/hostname`, { agent: new Agent({ keepAlive: true }) });
    expect(answer).toMatchObject({ status: 200, body: 'web-1' });
    // So that clients move on while there is time.
    expect(answer.headers.connection).toBe('close');
    expect(await askUdp(running.address, 9081, 'hostname')).toBe('web-1');
    expect((await ask(`${running.url}/readyz`)).status).toBe(503);
    expect((await ask(`${running.url}/healthz`)).status).toBe(200);
    expect(await running.exit).toBe(0);
    expect(performance.now() - begin).toBeGreaterThan(990);
    expect(await accepts(running.address, PORT)).toBe(false);
  });

  test('a second one does not shorten that time', async () => {
    const running = await netexec(1);
    const begin = performance.now();
    await terminate(running);
    running.child.kill('SIGTERM');
    expect((await ask(`${running.url}/hostname`)).body).toBe('web-1');
    expect(await running.exit).toBe(0);
    expect(performance.now() - begin).toBeGreaterThan(990);
    expect(running.output().match(/told to end/g)).toHaveLength(1);
  });

  test('the --delay-shutdown of agnhost says how long', async () => {
    const running = await netexec(60, '--delay-shutdown=0');
    running.child.kill('SIGTERM');
    expect(await running.exit).toBe(0);
  });

  test('SIGINT ends it without waiting', async () => {
    const running = await netexec(60);
    await terminate(running);
    running.child.kill('SIGINT');
    expect(await running.exit).toBe(0);
  });

  test.each(['SIGINT', 'SIGQUIT'] as const)(
    'as after %s, requests in flight are answered, and no new ones',
    async (signal) => {
      const address = freshAddress(3);
      const running = startForTest('traefik/whoami', { address, args: [`--port=${PORT}`] });
      await listening(address, PORT, running);
      const url = `http://${address}:${PORT}`;
      const agent = new Agent({ keepAlive: true });
      // An idle connection does not hold it up, nor one that never asks.
      await ask(`${url}/bench`, { agent });
      const silent = connect({ host: address, port: PORT });
      await once(silent, 'connect');
      const slow = ask(`${url}/?wait=400ms`, { agent: new Agent({ keepAlive: true }) });
      // One that was sent later is answered: so the slow one is being waited for.
      await ask(`${url}/bench`, { agent: false });
      running.child.kill(signal);
      await waitFor(async () => !(await accepts(address, PORT)), { what: 'the end of listening', intervalMs: 5 });
      const answer = await slow;
      expect([answer.status, answer.headers.connection]).toEqual([200, 'close']);
      expect(await running.exit).toBe(0);
      agent.destroy();
      silent.destroy();
    },
  );

  test('an answer that its client reads slowly is sent to its end', async () => {
    const running = await netexec(60);
    // Larger than what the kernel takes at once, so that the program has written it all and it is still on its way.
    const body = `msg=${'x'.repeat(9_000_000)}`;
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const sent = request(`${running.url}/echo`, { method: 'POST', headers, agent: new Agent({ keepAlive: true }) });
    sent.end(body);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    running.child.kill('SIGINT');
    await waitFor(async () => !(await accepts(running.address, PORT)), { what: 'the end of listening', intervalMs: 5 });
    let size = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) size += chunk.length;
    expect(size).toBe(9_000_000);
    expect(await running.exit).toBe(0);
  });
});

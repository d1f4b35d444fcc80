import { request } from 'node:http';
import { expect, test } from 'vitest';
import { healthAnswer, serviceHealthAnswer } from '../../src/proxy/health.ts';
import { HealthPorts } from '../../src/proxy/health-ports.ts';
import { quiet } from './lab.ts';

const NOW = Date.UTC(2026, 0, 1);

test.each([
  ['at the start', undefined, undefined, 200],
  ['a first list that takes long', 100_000, undefined, 200],
  ['nothing to do', undefined, 500_000, 200],
  ['a change that waits', 59_999, 500_000, 200],
  ['a change that waits too long', 60_000, 500_000, 503],
])('/livez with %s', (_, waited, synced, status) => {
  const state = {
    waitingSince: waited === undefined ? undefined : NOW - waited,
    lastSynced: synced === undefined ? undefined : NOW - synced,
  };
  const answer = healthAnswer(state, NOW);
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.body)).toEqual({
    lastUpdated: new Date(status === 200 ? NOW : NOW - 500_000).toISOString(),
    currentTime: new Date(NOW).toISOString(),
    healthy: status === 200,
  });
});

test('/healthz asks whether the node may be used; /livez does not', () => {
  const state = { waitingSince: undefined, lastSynced: NOW };
  expect(healthAnswer(state, NOW, true)).toMatchObject({ status: 200, type: 'application/json' });
  const answer = healthAnswer(state, NOW, false);
  expect(answer.status).toBe(503);
  expect(JSON.parse(answer.body)).toMatchObject({ nodeEligible: false, healthy: true });
});

test.each([
  [2, true, 200],
  [0, true, 503],
  [2, false, 503],
])('a health check port with %s endpoints and health %s: %s', (localEndpoints, healthy, status) => {
  const answer = serviceHealthAnswer({ service: 'demo/web', localEndpoints }, healthy);
  expect(answer).toEqual({
    status,
    type: 'application/json',
    weight: String(localEndpoints),
    body: `{\n\t"service": {\n\t\t"namespace": "demo",\n\t\t"name": "web"\n\t},\n\t"localEndpoints": ${localEndpoints},\n\t"serviceProxyHealthy": ${healthy}\n}`,
  });
});

function ask(host: string, port: number): Promise<{ status: number | undefined; weight: unknown; body: string }> {
  return new Promise((resolve, reject) => {
    request({ host, port, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        body += part;
      });
      const { statusCode: status, headers } = response;
      response.on('end', () => resolve({ status, weight: headers['x-load-balancing-endpoint-weight'], body }));
    })
      .on('error', reject)
      .end();
  });
}

test('health check ports are served at the node, follow their Services and close with them', async () => {
  const ports = new HealthPorts(quiet, () => true);
  const at = { IPv4: ['127.71.0.1', '127.71.0.2'], IPv6: [] };
  const check = { family: 'IPv4', service: 'demo/web', port: 31_000, localEndpoints: 1 } as const;
  await ports.apply([check], at);
  expect(await ask('127.71.0.1', 31_000)).toMatchObject({ status: 200, weight: '1' });
  await ports.apply([{ ...check, localEndpoints: 0 }], at);
  expect(await ask('127.71.0.2', 31_000)).toMatchObject({ status: 503, weight: '0' });
  await expect(ask('127.71.0.3', 31_000)).rejects.toThrow('ECONNREFUSED');
  await ports.apply([], at);
  await expect(ask('127.71.0.1', 31_000)).rejects.toThrow('ECONNREFUSED');
  ports.close();
});

/** Many clients at once, and a server that is killed under them: no number is given twice, nothing acknowledged is lost. */
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ControlPlane } from '../tools/control-plane.ts';
import { startEmbeddedCluster } from '../tools/embedded-cluster.ts';

const CLIENTS = 200;
const EACH = 6;

interface Made {
  name: string;
  clusterIP: string;
  nodePort: number;
  resourceVersion: number;
}

/** A client with a connection of its own; gives undefined when there is no answer. */
function client(plane: ControlPlane) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: plane.ca });
  const send = (method: string, path: string, body?: unknown) =>
    // oxlint-disable-next-line typescript/no-explicit-any -- any object of the API
    new Promise<{ status: number; body: any } | undefined>((resolve) => {
      const headers = { authorization: `Bearer ${plane.token}`, 'content-type': 'application/json' };
      const sent = request(new URL(path, plane.url), { method, agent, headers }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        answer.on('error', () => resolve(undefined));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) }));
      });
      sent.on('error', () => resolve(undefined)).end(body && JSON.stringify(body));
    });
  return { send, close: () => agent.destroy() };
}

const SERVICES = '/api/v1/namespaces/default/services';

/** Every client creates, and some delete what they made; gives what was acknowledged and what was deleted. */
async function storm(plane: ControlPlane, round: string): Promise<{ made: Made[]; deleted: Set<string> }> {
  const made: Made[] = [];
  const deleted = new Set<string>();
  const one = async (index: number) => {
    const { send, close } = client(plane);
    for (let count = 0; count < EACH; count++) {
      const name = `s-${round}-${index}-${count}`;
      const spec = { type: 'NodePort', ports: [{ port: 80 }] };
      const answer = await send('POST', SERVICES, { metadata: { name }, spec });
      if (!answer) break;
      expect(answer.status).toBe(201);
      const { spec: given, metadata } = answer.body;
      const resourceVersion = Number(metadata.resourceVersion);
      made.push({ name, clusterIP: given.clusterIP, nodePort: given.ports[0].nodePort, resourceVersion });
      if (count % 3 !== 2) continue;
      const gone = await send('DELETE', `${SERVICES}/${name}`);
      if (gone) deleted.add(name);
      else deleted.add(`maybe ${name}`);
      if (!gone) break;
    }
    close();
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, index) => one(index)));
  return { made, deleted };
}

/** What the server has now: each number once, an IPAddress for each ClusterIP and none without a Service. */
async function checkNumbers(plane: ControlPlane): Promise<Map<string, Made>> {
  const services = (await plane.request('GET', '/api/v1/services')).body.items;
  const ips = services.map((one: { spec: { clusterIP: string } }) => one.spec.clusterIP);
  const ports = services.flatMap((one: { spec: { ports: { nodePort?: number }[] } }) =>
    one.spec.ports.flatMap((port) => port.nodePort ?? []),
  );
  expect(new Set(ips).size).toBe(ips.length);
  expect(new Set(ports).size).toBe(ports.length);
  const addresses = (await plane.request('GET', '/apis/networking.k8s.io/v1/ipaddresses')).body.items;
  expect(addresses.map((one: { metadata: { name: string } }) => one.metadata.name).sort()).toEqual(ips.sort());
  return new Map(
    services.map((one: { metadata: { name: string; resourceVersion: string }; spec: Made & { ports: Made[] } }) => [
      one.metadata.name,
      {
        name: one.metadata.name,
        clusterIP: one.spec.clusterIP,
        nodePort: one.spec.ports[0]?.nodePort ?? 0,
        resourceVersion: Number(one.metadata.resourceVersion),
      },
    ]),
  );
}

describe('the embedded API server under many clients', () => {
  let plane: ControlPlane;
  const dir = mkdtempSync(join(tmpdir(), 'sluice-crash-'));
  beforeAll(async () => {
    plane = await startEmbeddedCluster({ dir });
  });
  afterAll(async () => {
    await plane?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  test('200 create and delete at once, and no number is given twice', async () => {
    const { made, deleted } = await storm(plane, 'calm');
    expect(made).toHaveLength(CLIENTS * EACH);
    const there = await checkNumbers(plane);
    for (const one of made) expect(there.get(one.name)).toEqual(deleted.has(one.name) ? undefined : one);
  });

  test('killed in the middle of it: what was acknowledged is there, and revisions go on growing', async () => {
    let highest = 0;
    for (let round = 0; round < 3; round++) {
      const storming = storm(plane, `round${round}`);
      // In the midst of the creates: when the server has taken a few hundred of them.
      const { promise, resolve } = Promise.withResolvers<void>();
      const { send, close } = client(plane);
      const look = async () => {
        const answer = await send('GET', `${SERVICES}?limit=1`);
        const remaining = answer?.body.metadata.remainingItemCount ?? 0;
        if (remaining > 100 + round * 200) resolve();
        else setImmediate(() => void look());
      };
      void look();
      await promise;
      await plane.killApiServer('SIGKILL');
      close();
      const { made, deleted } = await storming;
      await plane.startApiServer();
      const there = await checkNumbers(plane);
      for (const one of made) {
        highest = Math.max(highest, one.resourceVersion);
        if (deleted.has(one.name)) expect(there.get(one.name)).toBeUndefined();
        else if (!deleted.has(`maybe ${one.name}`)) expect(there.get(one.name)).toEqual(one);
      }
      const answer = await plane.request('POST', SERVICES, {
        metadata: { name: `after-${round}` },
        spec: { ports: [{ port: 80 }] },
      });
      expect(answer.status).toBe(201);
      expect(Number(answer.body.metadata.resourceVersion)).toBeGreaterThan(highest);
      await plane.request('DELETE', SERVICES);
    }
  });
});

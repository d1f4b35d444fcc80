/** What the benchmarks of the embedded API server share: both servers, one after the other, and a client with connections. */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { type ControlPlane, startControlPlane } from '../test/tools/control-plane.ts';
import { startEmbeddedCluster } from '../test/tools/embedded-cluster.ts';

export const SERVERS = [
  { name: 'embedded', start: (apiServerArgs: string[]) => startEmbeddedCluster({ apiServerArgs }) },
  { name: 'kube-apiserver + etcd', start: (apiServerArgs: string[]) => startControlPlane({ apiServerArgs }) },
] as const;

export const SERVICES = '/api/v1/namespaces/default/services';

/** A Service of the usual size. */
export const service = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, labels: { app: name } },
  spec: { type: 'NodePort', selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
});

/** Sends requests over connections that stay open. */
export class Client {
  readonly #plane: ControlPlane;
  readonly #agent: Agent;

  constructor(plane: ControlPlane, connections: number) {
    this.#plane = plane;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections, ca: plane.ca });
  }

  /** Resolves with status and body as text. */
  send(method: string, path: string, body?: unknown): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const headers: Record<string, string> = {
        authorization: `Bearer ${this.#plane.token}`,
        accept: 'application/json',
      };
      if (body !== undefined) headers['content-type'] = 'application/json';
      const sent = request(new URL(path, this.#plane.url), { method, agent: this.#agent, headers }, (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString() }));
        answer.on('error', reject);
      });
      sent.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** Opens a watch and calls `event` with each line; gives a function that ends it, once it is open. */
  watch(path: string, event: (line: string) => void): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${this.#plane.token}`, accept: 'application/json' };
      const sent = request(new URL(path, this.#plane.url), { agent: this.#agent, headers }, (answer) => {
        let rest = '';
        answer.setEncoding('utf8').on('data', (text: string) => {
          const lines = (rest + text).split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) event(line);
        });
        answer.on('error', () => {});
        resolve(() => sent.destroy());
      });
      sent.on('error', reject).end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Creates Services with so many clients at once, each sending its next when the last is answered. */
export async function createServices(client: Client, count: number, clients: number, prefix = 'svc'): Promise<void> {
  let next = 0;
  const one = async () => {
    for (let index = next++; index < count; index = next++) {
      const { status, text } = await client.send('POST', SERVICES, service(`${prefix}-${index}`));
      if (status !== 201) throw new Error(`${status}: ${text}`);
    }
  };
  await Promise.all(Array.from({ length: clients }, one));
}

/** Resident memory of a process and those below it, in megabytes (Linux). */
export function residentMegabytes(pids: readonly number[]): number {
  let kilobytes = 0;
  for (const pid of pids) {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    kilobytes += Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
  }
  return Math.round(kilobytes / 1024);
}

/** One side of the differential test: an API server of its own, and a controller of endpoints. */
import { join } from 'node:path';
import { Agent, request } from 'node:https';
import { goTool } from '../../../scripts/tools.mjs';
import { type ControlPlane, type KubeAnswer, startControlPlane } from '../../tools/control-plane.ts';
import { type Program, startProgram } from '../../tools/processes.ts';

export interface Side {
  name: string;
  plane: ControlPlane;
  controller: Program;
  /** JSON, or a merge patch, over connections that are kept. */
  send(method: string, path: string, body?: unknown): Promise<KubeAnswer>;
  stop(): Promise<void>;
}

/** Both families: slices of one, of the other, and of both. */
export const API_SERVER_ARGS = ['--service-cluster-ip-range=10.96.0.0/16,fd00:96::/112'];

/**
 * kube-controller-manager with its three controllers of endpoints. One worker each: what was queued first is done first, so
 * that a change that is seen tells that those before it are done.
 */
export const MANAGER_ARGS = [
  '--controllers=endpointslice-controller,endpointslice-mirroring-controller,endpoints-controller',
  '--leader-elect=false',
  '--secure-port=0',
  '--kube-api-qps=1000',
  '--kube-api-burst=2000',
];
const ONE_WORKER = [
  '--concurrent-service-endpoint-syncs=1',
  '--concurrent-endpoint-syncs=1',
  '--mirroring-concurrent-service-endpoint-syncs=1',
];

export const startUpstream = (): Promise<Side> =>
  start('kube-controller-manager', ({ kubeconfig }) => [
    goTool('kube-controller-manager'),
    [`--kubeconfig=${kubeconfig}`, ...MANAGER_ARGS, ...ONE_WORKER],
  ]);

const MAIN = join(import.meta.dirname, '../../../src/main.ts');

export const startOurs = (): Promise<Side> =>
  start('sluice endpoints', ({ kubeconfig }) => [
    process.execPath,
    ['--enable-source-maps', MAIN, 'endpoints', '--kubeconfig', kubeconfig, '--concurrency', '1'],
  ]);

async function start(name: string, command: (plane: ControlPlane) => [string, string[]]): Promise<Side> {
  const plane = await startControlPlane({ apiServerArgs: API_SERVER_ARGS });
  try {
    const [program, args] = command(plane);
    const controller = await startProgram(program, args, { name, logFile: join(plane.dir, 'controller.log') });
    const connection = new Connection(plane);
    const stop = async () => {
      await controller.end('SIGKILL');
      connection.close();
      await plane.stop();
    };
    return { name, plane, controller, send: (...asked) => connection.send(...asked), stop };
  } catch (error) {
    await plane.stop();
    throw error;
  }
}

/** Requests over connections that stay open. */
class Connection {
  readonly #plane: ControlPlane;
  readonly #agent: Agent;

  constructor(plane: ControlPlane) {
    this.#plane = plane;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 12, ca: plane.ca });
  }

  close(): void {
    this.#agent.destroy();
  }

  send(method: string, path: string, body?: unknown): Promise<KubeAnswer> {
    const text = body === undefined ? '' : JSON.stringify(body);
    const headers: Record<string, string | number> = {
      // Node leaves it out of a DELETE, whose body then counts as another request.
      'content-length': Buffer.byteLength(text),
      authorization: `Bearer ${this.#plane.token}`,
      accept: 'application/json',
      'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
    };
    return new Promise((resolve, reject) => {
      const sent = request(
        new URL(path, this.#plane.url),
        { method, agent: this.#agent, headers, timeout: 30_000 },
        (answer) => {
          const parts: Buffer[] = [];
          answer.on('data', (part: Buffer) => parts.push(part)).on('error', reject);
          answer.on('end', () => {
            resolve({ status: answer.statusCode ?? 0, body: JSON.parse(Buffer.concat(parts).toString('utf8')) });
          });
        },
      );
      sent.on('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer in 30 s`)));
      sent.on('error', reject).end(text);
    });
  }
}

/** What the benchmarks of endpoints share: kube-apiserver with pods that nobody runs, and the controllers on it. */
import { readFileSync } from 'node:fs';
import { goTool } from '../scripts/tools.mjs';
import { bundlePath } from '../test/tools/bundle.ts';
import { type ControlPlane, startControlPlane } from '../test/tools/control-plane.ts';
import { type Program, startProgram } from '../test/tools/processes.ts';
import { Client } from './api-support.ts';

/** Writes at once when objects are laid out. */
const CLIENTS = 16;
export const NODES = 50;
export const CORE = '/api/v1/namespaces/default';
export const SLICES = '/apis/discovery.k8s.io/v1/endpointslices';

/** The real controller's limits are lifted so far that they are not what is measured. */
export const LIMITS = ['--kube-api-qps=1000', '--kube-api-burst=2000'];
const THREE = 'endpointslice-controller,endpointslice-mirroring-controller,endpoints-controller';

export const startReal = (
  { kubeconfig }: ControlPlane,
  flags: string[] = LIMITS,
  controllers = THREE,
): Promise<Program> =>
  startProgram(
    goTool('kube-controller-manager'),
    [`--kubeconfig=${kubeconfig}`, `--controllers=${controllers}`, '--leader-elect=false', '--secure-port=0', ...flags],
    { name: 'kube-controller-manager' },
  );

/** As in the image: one bundled file. */
export const startOurs = ({ kubeconfig }: ControlPlane): Promise<Program> =>
  startProgram(process.execPath, [bundlePath(), 'endpoints', '--kubeconfig', kubeconfig, '--log-level', 'warn'], {
    name: 'sluice endpoints',
  });

export const CONTROLLERS = [
  { name: 'sluice endpoints', start: (plane: ControlPlane) => startOurs(plane) },
  { name: 'kube-controller-manager', start: (plane: ControlPlane) => startReal(plane) },
] as const;

/** A control plane with a range of Services that 500 of them fit into, and nodes. */
export async function startPlane(apiServerArgs: string[] = []): Promise<{ plane: ControlPlane; client: Client }> {
  const plane = await startControlPlane({ apiServerArgs });
  const client = new Client(plane, CLIENTS + 2);
  const names = Array.from({ length: NODES }, (_, i) => `node-${i}`);
  await inParallel(names, async (name) => {
    const labels = { 'topology.kubernetes.io/zone': `zone-${Number(name.slice(5)) % 3}` };
    await ok(client, 'POST', '/api/v1/nodes', { metadata: { name, labels } });
  });
  return { plane, client };
}

export async function inParallel<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
  let next = 0;
  const one = async () => {
    for (let index = next++; index < items.length; index = next++) await act(items[index] as T);
  };
  await Promise.all(Array.from({ length: CLIENTS }, one));
}

/** @throws where it is refused. */
export async function ok(client: Client, method: string, path: string, body?: unknown): Promise<string> {
  const { status, text } = await client.send(method, path, body);
  if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text.slice(0, 300)}`);
  return text;
}

export const podName = (service: number, pod: number): string => `s${service}-p${pod}`;
export const addressOf = (service: number, pod: number): string =>
  `10.${20 + (service >> 8)}.${service & 255}.${pod & 255}`;

/** A pod of a Service, of the size that pods usually have, ready or not. */
export async function layPod(client: Client, app: string, name: string, ip: string, ready = true): Promise<void> {
  const env = Array.from({ length: 12 }, (_, i) => ({ name: `VARIABLE_${i}`, value: `the value of variable ${i}` }));
  const container = {
    name: 'main',
    image: 'registry.example.com/team/application:1.2.3',
    ports: [{ name: 'http', containerPort: 8080 }],
    env,
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
  };
  const node = [...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % NODES;
  const spec = { nodeName: `node-${node}`, containers: [container] };
  await ok(client, 'POST', `${CORE}/pods`, { metadata: { name, labels: { app, tier: 'web' } }, spec });
  await setReady(client, name, ready, ip);
}

/** A pod with the status that a kubelet would write next. */
export async function withReady(client: Client, name: string, ready: boolean, ip: string): Promise<unknown> {
  const condition = { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: now() };
  const status = { phase: 'Running', podIP: ip, podIPs: [{ ip }], conditions: [condition] };
  return { ...JSON.parse(await ok(client, 'GET', `${CORE}/pods/${name}`)), status };
}

export async function setReady(client: Client, name: string, ready: boolean, ip: string): Promise<void> {
  const pod = await withReady(client, name, ready, ip);
  await ok(client, 'PUT', `${CORE}/pods/${name}/status`, pod);
}

const now = (): string => `${new Date().toISOString().slice(0, 19)}Z`;

export async function layService(client: Client, app: string): Promise<void> {
  const spec = { selector: { app }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] };
  await ok(client, 'POST', `${CORE}/services`, { metadata: { name: app, labels: { app } }, spec });
}

/** So many Services, each with so many ready pods of its own. */
export async function layOut(client: Client, services: number, pods: number): Promise<void> {
  await inParallel(
    Array.from({ length: services }, (_, i) => i),
    async (service) => {
      for (let pod = 0; pod < pods; pod++) {
        await layPod(client, `s${service}`, podName(service, pod), addressOf(service, pod));
      }
      await layService(client, `s${service}`);
    },
  );
}

/** Highest resident memory of a process so far, in megabytes (Linux). */
export function highestMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}

/** Processor time of a process and its threads so far (Linux; a tick is ten milliseconds). */
export function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

export function quantile(times: readonly number[], part: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

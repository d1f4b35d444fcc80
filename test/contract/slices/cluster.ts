/** What every history finds, and what tells that a controller has taken in all that was written. */
import { waitFor } from '../../support/wait.ts';
import type { Json } from '../services/case.ts';
import type { Side } from './side.ts';

export const NODES: Readonly<Record<string, { zone?: string; cpu: string; ready: boolean; labels?: Json }>> = {
  a1: { zone: 'a', cpu: '4', ready: true },
  a2: { zone: 'a', cpu: '2', ready: true },
  b1: { zone: 'b', cpu: '3', ready: true },
  c1: { zone: 'c', cpu: '1', ready: true },
  // A node that is ready and has no zone would end all topology hints.
  nowhere: { cpu: '4', ready: false },
};
const BARRIER = 'barrier';
const CORE = `/api/v1/namespaces/${BARRIER}`;
const SLICES = `/apis/discovery.k8s.io/v1/namespaces/${BARRIER}/endpointslices`;

export const nodeStatus = (cpu: string, ready: boolean): Json => ({
  status: {
    allocatable: { cpu, memory: '8Gi', pods: '110' },
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
  },
});
export const nodeMetadata = (name: string, zone: string | undefined, labels: Json = {}): Json => ({
  name,
  labels: { ...(zone !== undefined && { 'topology.kubernetes.io/zone': zone }), ...labels },
});

/** Makes the nodes as they are at the start of a history, whatever was done to them. */
export async function layNodes(side: Side): Promise<void> {
  const { body } = await side.send('GET', '/api/v1/nodes');
  for (const { metadata } of body.items) {
    if (metadata.name !== BARRIER) await expectOk(side, 'DELETE', `/api/v1/nodes/${metadata.name}`);
  }
  for (const [name, { zone, cpu, ready, labels }] of Object.entries(NODES)) {
    await expectOk(side, 'POST', '/api/v1/nodes', { metadata: nodeMetadata(name, zone, labels) });
    await expectOk(side, 'PATCH', `/api/v1/nodes/${name}/status`, nodeStatus(cpu, ready));
  }
}

/** Its own namespace, node, pod and Services. */
export async function layBarrier(side: Side): Promise<void> {
  // Not counted in what zones can do.
  const labels = { 'node-role.kubernetes.io/control-plane': '' };
  await expectOk(side, 'POST', '/api/v1/nodes', { metadata: nodeMetadata(BARRIER, 'z', labels) });
  await expectOk(side, 'POST', '/api/v1/namespaces', { metadata: { name: BARRIER } });
  const pod = { nodeName: BARRIER, containers: [{ name: 'main', image: 'example.com/web' }] };
  await expectOk(side, 'POST', `${CORE}/pods`, { metadata: { name: BARRIER, labels: { app: BARRIER } }, spec: pod });
  const ports = [{ port: 80 }];
  const selected = { metadata: { name: 'selected' }, spec: { selector: { app: BARRIER }, ports } };
  await expectOk(side, 'POST', `${CORE}/services`, selected);
  await expectOk(side, 'POST', `${CORE}/services`, { metadata: { name: 'mirrored' }, spec: { ports } });
  const subsets = [{ addresses: [{ ip: '10.9.9.9' }], ports }];
  await expectOk(side, 'POST', `${CORE}/endpoints`, { metadata: { name: 'mirrored' }, subsets });
}

let turn = 0;

/**
 * Waits until the controller has seen all nodes, pods, Services and Endpoints written so far, and is done with what it queued
 * for them: one object of each kind is changed, and the changes are seen in the slices and Endpoints that it writes. `slices`:
 * also with slices that somebody changed, for which upstream takes a second.
 */
export async function pass(side: Side, slices: boolean): Promise<void> {
  const now = ++turn;
  const zone = `z${now}`;
  const ip = `10.254.${(now >> 8) & 255}.${now & 255}`;
  const label = { metadata: { labels: { turn: String(now) } } };
  await expectOk(side, 'PATCH', `/api/v1/nodes/${BARRIER}`, {
    metadata: { labels: { 'topology.kubernetes.io/zone': zone } },
  });
  const status = { phase: 'Running', podIP: ip, podIPs: [{ ip }], conditions: [{ type: 'Ready', status: 'True' }] };
  await expectOk(side, 'PATCH', `${CORE}/pods/${BARRIER}/status`, { status });
  await expectOk(side, 'PATCH', `${CORE}/endpoints/mirrored`, label);
  await expectOk(side, 'PATCH', `${CORE}/services/selected`, label);
  await reached(side, now, ip, zone);
  if (!slices) return;
  // Changed, not deleted: upstream's tracker can take the deletion in before it notes its own last write, and then waits for ever.
  const [slice] = await slicesOf(side, 'selected');
  await expectOk(side, 'PATCH', `${SLICES}/${slice.metadata.name}`, { endpoints: [] });
  await waitFor(async () => (await slicesOf(side, 'selected'))[0]?.endpoints?.[0], {
    what: `${side.name} to mend a slice`,
    timeoutMs: 30_000,
  });
}

async function reached(side: Side, now: number, ip: string, zone: string): Promise<void> {
  let touched = 0;
  const looked = async () => {
    const [slice] = await slicesOf(side, 'selected');
    const [mirrored] = await slicesOf(side, 'mirrored');
    const legacy = (await side.send('GET', `${CORE}/endpoints/selected`)).body;
    const [endpoint] = slice?.endpoints ?? [];
    const turn = touched === 0 ? String(now) : `${now}-${touched}`;
    const isNow = (object: Json, expected: string) => object?.metadata?.labels?.turn === expected;
    const seen = isNow(slice, turn) && isNow(legacy, turn) && isNow(mirrored, String(now));
    if (!seen || endpoint?.addresses[0] !== ip || legacy.subsets?.[0]?.addresses?.[0]?.ip !== ip) return false;
    if (endpoint.zone === zone) return true;
    // The node's change came after the rest: nothing but another look at the Service takes it in.
    const again = { metadata: { labels: { turn: `${now}-${++touched}` } } };
    await expectOk(side, 'PATCH', `${CORE}/services/selected`, again);
    return false;
  };
  await waitFor(looked, { what: `${side.name} to take in turn ${now}`, timeoutMs: 30_000, intervalMs: 10 });
}

async function slicesOf(side: Side, service: string): Promise<Json[]> {
  const query = `labelSelector=kubernetes.io%2Fservice-name%3D${service}`;
  return (await side.send('GET', `${SLICES}?${query}`)).body.items;
}

export async function expectOk(side: Side, method: string, path: string, body?: unknown): Promise<Json> {
  const answer = await side.send(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body.message}`);
  return answer.body;
}

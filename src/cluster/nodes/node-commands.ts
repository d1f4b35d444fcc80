/** What `sluice node` does to the nodes of an embedded cluster: changes of objects, as kubectl could make them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '../../kube/errors.ts';
import type { KubeClient } from '../../kube/request.ts';
import { ConfigError } from '../../runtime/config-error.ts';
import type { KubeObject } from '../api/object.ts';
import { EMBEDDED_LABEL, POWER_ANNOTATION } from './node-object.ts';

export interface NodeCommandContext {
  client: KubeClient;
  /** One line for people. */
  say(line: string): void;
  signal: AbortSignal;
  timeoutMs: number;
}

export const NODE_VERBS = ['add', 'stop', 'start', 'drain', 'remove'] as const;
export type NodeVerb = (typeof NODE_VERBS)[number];

const LOOK_MS = 100;
const pathOf = (name: string): string => `/api/v1/nodes/${name}`;

/** Does one thing to one node. @throws ConfigError for a node that there is not, or is not this cluster's to run */
export async function runNodeCommand(verb: NodeVerb, name: string, context: NodeCommandContext): Promise<void> {
  if (verb === 'add') return add(name, context);
  const node = await find(name, context);
  switch (verb) {
    case 'stop':
      await power('off', name, context);
      context.say(`node ${name}: switched off; its pods are ended, and moved elsewhere when its lease has been missed`);
      return;
    case 'start':
      await start(node, context);
      context.say(`node ${name}: ready`);
      return;
    case 'drain':
      await drain(node, context);
      return;
    case 'remove':
      await context.client.request('DELETE', pathOf(name), { signal: context.signal });
      context.say(`node ${name}: removed, with what ran on it`);
      return;
  }
}

async function find(name: string, { client, signal }: NodeCommandContext): Promise<KubeObject> {
  const node = await client.request<KubeObject>('GET', pathOf(name), { signal }).catch((error: unknown) => {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
    throw new ConfigError(`NAME: "${name}" is no node of this cluster; kubectl get nodes lists them`);
  });
  if (node.metadata.labels?.[EMBEDDED_LABEL] === 'true') return node;
  throw new ConfigError(
    `NAME: "${name}" is not run by an embedded cluster (no label ${EMBEDDED_LABEL}=true); use kubectl for it`,
  );
}

async function add(name: string, context: NodeCommandContext): Promise<void> {
  const { client, signal } = context;
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { [EMBEDDED_LABEL]: 'true' } } };
  await client.request('POST', '/api/v1/nodes', { body: node, signal }).catch((error: unknown) => {
    if (!(error instanceof ApiError && error.reason === 'AlreadyExists')) throw error;
    throw new ConfigError(
      `NAME: "${name}" is a node already; give another name, or start it: sluice node start ${name}`,
    );
  });
  await untilReady(name, context);
  context.say(`node ${name}: ready`);
}

async function power(value: 'off' | null, name: string, { client, signal }: NodeCommandContext): Promise<void> {
  const body = { metadata: { annotations: { [POWER_ANNOTATION]: value } } };
  await client.request('PATCH', pathOf(name), { body, signal });
}

async function untilReady(name: string, context: NodeCommandContext): Promise<void> {
  await until(`node ${name} to be ready; does the cluster that runs it live?`, context, async () => {
    const node = await context.client.request<KubeObject>('GET', pathOf(name), { signal: context.signal });
    const conditions: { type: string; status: string }[] = node['status']?.conditions ?? [];
    return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
  });
}

/** What a lost node said last may still be that it is ready: what counts is that it says so again. */
async function start({ metadata }: KubeObject, context: NodeCommandContext): Promise<void> {
  const { client, signal } = context;
  const name = metadata.name ?? '';
  const off = metadata.annotations?.[POWER_ANNOTATION] === 'off';
  const lease = `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`;
  const renewed = async () => (await client.request<KubeObject>('GET', lease, { signal }))['spec']?.renewTime;
  const before = off ? await renewed() : undefined;
  await power(null, name, context);
  if (off) await until(`node ${name} to say that it lives`, context, async () => (await renewed()) !== before);
  await untilReady(name, context);
}

/** As `kubectl drain --ignore-daemonsets --delete-emptydir-data`: nothing new comes, and what is there is evicted. */
async function drain({ metadata }: KubeObject, context: NodeCommandContext): Promise<void> {
  const { client, signal, say } = context;
  const name = metadata.name ?? '';
  await client.request('PATCH', pathOf(name), { body: { spec: { unschedulable: true } }, signal });
  say(`node ${name}: cordoned`);
  const refused = new Set<string>();
  await until(`the pods of node ${name} to go`, context, async () => {
    const pods = await podsOf(name, context);
    for (const pod of pods) if (!pod.metadata.deletionTimestamp) await evict(pod, refused, context);
    return pods.length === 0;
  });
  say(`node ${name}: drained`);
}

async function podsOf(name: string, { client, signal }: NodeCommandContext): Promise<KubeObject[]> {
  const query = { fieldSelector: `spec.nodeName=${name}` };
  const { items } = await client.request<{ items: KubeObject[] }>('GET', '/api/v1/pods', { query, signal });
  const stays = ({ metadata, status }: KubeObject): boolean =>
    (metadata.ownerReferences ?? []).some(({ kind, controller }) => controller && kind === 'DaemonSet') ||
    status?.phase === 'Succeeded' ||
    status?.phase === 'Failed';
  return items.filter((pod) => !stays(pod));
}

async function evict({ metadata }: KubeObject, refused: Set<string>, context: NodeCommandContext): Promise<void> {
  const { name = '', namespace = '' } = metadata;
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
  try {
    await context.client.request('POST', `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, {
      body,
      signal: context.signal,
    });
    context.say(`pod ${namespace}/${name}: evicted`);
  } catch (error) {
    if (!(error instanceof ApiError) || (error.status !== 404 && error.status !== 429)) throw error;
    // A budget that can't spare it now; asked again until it can, and said once.
    if (error.status === 429 && !refused.has(`${namespace}/${name}`)) {
      refused.add(`${namespace}/${name}`);
      context.say(`pod ${namespace}/${name}: ${error.message}`);
    }
  }
}

async function until(
  what: string,
  { signal, timeoutMs }: NodeCommandContext,
  look: () => Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await look())) {
    if (performance.now() > deadline) throw new Error(`gave up after ${timeoutMs / 1000} s waiting for ${what}`);
    await sleep(LOOK_MS, undefined, { signal });
  }
}

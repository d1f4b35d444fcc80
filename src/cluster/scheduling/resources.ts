/** What pods ask for and nodes have (kubernetes `component-helpers/resource`, scheduler plugin `noderesources`). Pure. */
import type { KubeObject } from '../api/object.ts';
import { aggregate, isPodLevel } from '../kinds/strategies/pod-resources.ts';
import { parseQuantity } from '../schema/quantity.ts';

/** Amounts in thousandths: millicores, and bytes × 1000, exact up to 8 TiB. */
export type Amounts = ReadonlyMap<string, number>;

const parsed = new Map<string, number>();
const MILLION = 1_000_000n;
const MOST_CACHED = 10_000;

/** An amount in thousandths, rounded up; what can't be read is nothing. */
export function thousandths(text: string): number {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const quantity = parseQuantity(text);
  const value = quantity instanceof Error ? 0 : Number((quantity.nanos + MILLION - 1n) / MILLION);
  if (parsed.size >= MOST_CACHED) parsed.clear();
  parsed.set(text, value);
  return value;
}

const amounts = (list: Readonly<Record<string, unknown>> | undefined): Map<string, number> =>
  new Map(Object.entries(list ?? {}).map(([name, amount]) => [name, thousandths(String(amount))]));

/** What a pod needs of a node: its containers' requests, or its own where it has such, and its overhead. */
export function requestsOf(pod: KubeObject): Amounts {
  const spec = pod['spec'] ?? {};
  const sum = amounts(aggregate(spec, 'requests'));
  for (const [name, amount] of amounts(spec.resources?.requests)) if (isPodLevel(name)) sum.set(name, amount);
  for (const [name, amount] of amounts(spec.overhead)) sum.set(name, (sum.get(name) ?? 0) + amount);
  return sum;
}

/** What pods of a node may use together. */
export const allocatableOf = (node: KubeObject): Amounts => amounts(node['status']?.allocatable);

/** What a pod that says nothing counts as where nodes are compared by their load: 100m and 200MB, as upstream. */
const ASSUMED: Amounts = new Map([
  ['cpu', 100],
  ['memory', 200 * 1024 * 1024 * 1000],
]);

export const loadOf = (requests: Amounts, name: string): number => requests.get(name) || (ASSUMED.get(name) ?? 0);

/** A port of the node that a pod takes. */
export interface HostPort {
  ip: string;
  protocol: string;
  port: number;
}

interface ContainerPort {
  hostPort?: number;
  hostIP?: string;
  protocol?: string;
}

export function hostPortsOf(pod: KubeObject): HostPort[] {
  const spec = pod['spec'] ?? {};
  const init: readonly { restartPolicy?: string; ports?: readonly ContainerPort[] }[] = spec.initContainers ?? [];
  const containers: readonly { ports?: readonly ContainerPort[] }[] = [
    ...init.filter(({ restartPolicy }) => restartPolicy === 'Always'),
    ...(spec.containers ?? []),
  ];
  return containers.flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort = 0, hostIP, protocol }) =>
      hostPort > 0 ? [{ ip: hostIP || '0.0.0.0', protocol: protocol || 'TCP', port: hostPort }] : [],
    ),
  );
}

export const portsCollide = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0');

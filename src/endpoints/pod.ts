/** A pod as far as its endpoints are concerned. Pure. */
import type { KubeObject, Protocol } from '../kube/objects.ts';
import { addressesOf } from '../service/address.ts';

/** A port that a container names. */
export interface NamedPort {
  name: string;
  protocol: Protocol;
  port: number;
}

/**
 * What is kept of a pod: its metadata's name, namespace, uid, resource version, labels and deletion, and these. A pod that
 * the API server sends is ten times as large.
 */
export interface EndpointPod extends KubeObject {
  nodeName?: string;
  hostname?: string;
  subdomain?: string;
  /** In the order in which a name is looked up: containers, then sidecars. Equal lists are one object. */
  ports: readonly NamedPort[];
  /** In the one way of writing them. */
  ipv4: readonly string[];
  ipv6: readonly string[];
  ready: boolean;
  /** When it became ready, or ceased to be (RFC 3339). */
  readyChanged?: string;
  /** Succeeded or Failed: it won't serve again. */
  ended: boolean;
}

interface Container {
  restartPolicy?: string;
  ports?: { name?: string; protocol?: Protocol; containerPort: number }[];
}

/** The parts of a core/v1 Pod that are read. */
interface FullPod extends KubeObject {
  spec?: {
    nodeName?: string;
    hostname?: string;
    subdomain?: string;
    containers?: Container[];
    initContainers?: Container[];
  };
  status?: {
    phase?: string;
    podIPs?: { ip: string }[];
    conditions?: { type: string; status: string; lastTransitionTime?: string | null }[];
  };
}

/** Distinct lists and label sets to keep; beyond that, new ones are not shared. */
const MOST_SHARED = 20_000;

/** A reader of pods that keeps one copy of what the pods of a workload have in common. */
export function podReader(): (object: KubeObject) => EndpointPod {
  const labelsOf = sharing<Record<string, string>>();
  const portsOf = sharing<NamedPort[]>();
  return (object) => {
    const { metadata, spec, status } = object as FullPod;
    const { name, namespace, uid, resourceVersion, labels, deletionTimestamp } = metadata;
    const ips = status?.podIPs?.map(({ ip }) => ip);
    const condition = status?.conditions?.find(({ type }) => type === 'Ready');
    return {
      metadata: {
        name,
        uid,
        resourceVersion,
        ...(namespace !== undefined && { namespace }),
        ...(labels && { labels: labelsOf(labels) }),
        ...(deletionTimestamp && { deletionTimestamp }),
      },
      ...(spec?.nodeName && { nodeName: spec.nodeName }),
      ...(spec?.hostname && { hostname: spec.hostname }),
      ...(spec?.subdomain && { subdomain: spec.subdomain }),
      ports: portsOf(namedPorts(spec)),
      ipv4: addressesOf('IPv4', ips),
      ipv6: addressesOf('IPv6', ips),
      ready: condition?.status === 'True',
      ...(condition?.lastTransitionTime && { readyChanged: condition.lastTransitionTime }),
      ended: status?.phase === 'Succeeded' || status?.phase === 'Failed',
    };
  };
}

function namedPorts(spec: FullPod['spec']): NamedPort[] {
  const sidecars = spec?.initContainers?.filter(({ restartPolicy }) => restartPolicy === 'Always') ?? [];
  const named: NamedPort[] = [];
  for (const { ports } of [...(spec?.containers ?? []), ...sidecars]) {
    for (const { name, protocol, containerPort } of ports ?? []) {
      if (name) named.push({ name, protocol: protocol ?? 'TCP', port: containerPort });
    }
  }
  return named;
}

/** Gives one object for all that are written alike. */
function sharing<T>(): (value: T) => T {
  const seen = new Map<string, T>();
  return (value) => {
    const text = JSON.stringify(value);
    const known = seen.get(text);
    if (known !== undefined) return known;
    if (seen.size < MOST_SHARED) seen.set(text, value);
    return value;
  };
}

/** Whether a pod can have endpoints at all: it runs, or will, and has an address. */
export function hasEndpoints(pod: EndpointPod): boolean {
  return !pod.ended && pod.ipv4.length + pod.ipv6.length > 0;
}

export function isTerminating(pod: EndpointPod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/**
 * Whether the pod's endpoints may differ, whichever Services it belongs to. As upstream: that it has ended is no reason of its
 * own, for a kubelet then says that it is not ready, too.
 */
export function endpointsChanged(old: EndpointPod, next: EndpointPod): boolean {
  return (
    isTerminating(old) !== isTerminating(next) ||
    old.ready !== next.ready ||
    old.nodeName !== next.nodeName ||
    old.metadata.uid !== next.metadata.uid ||
    !sameTexts(old.ipv4, next.ipv4) ||
    !sameTexts(old.ipv6, next.ipv6)
  );
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}

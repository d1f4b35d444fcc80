/** What the proxy needs to know of the node it runs on. */
import type { IpFamily, Node } from '../kube/objects.ts';
import { type Range, readAddress } from '../service/address.ts';

const ZONE_LABEL = 'topology.kubernetes.io/zone';
/** The cluster autoscaler is about to delete the node: load balancers should look elsewhere. */
const TO_BE_DELETED_TAINT = 'ToBeDeletedByClusterAutoscaler';

/** This node, as far as rules depend on it. */
export interface NodeInfo {
  name: string;
  /** Empty: none. */
  zone: string;
  /** All its own addresses. Who comes from one of these comes from the node itself. */
  addresses: readonly string[];
  /** Where NodePorts and health check ports are served. */
  nodePortAddresses: Readonly<Record<IpFamily, readonly string[]>>;
}

/**
 * `node` is undefined while the API server has none of this name: then there are no NodePorts, nor a zone.
 * `only` are the ranges that `--nodeport-addresses` gives; without it, the node's internal addresses are meant.
 * `interfaces` are the addresses that the machine has, for ranges that name what the Node object doesn't.
 */
export function nodeInfo(
  name: string,
  node: Node | undefined,
  only: readonly Range[] | undefined,
  interfaces: readonly string[],
): NodeInfo {
  const listed = node?.status?.addresses ?? [];
  const own = canonical(listed.filter(({ type }) => type === 'InternalIP' || type === 'ExternalIP'));
  const internal = canonical(listed.filter(({ type }) => type === 'InternalIP'));
  const candidates = only ? [...new Set([...own, ...interfaces])] : internal;
  const chosen = only ? candidates.filter((address) => only.some((range) => range.contains(address))) : internal;
  return {
    name,
    zone: node?.metadata.labels?.[ZONE_LABEL] ?? '',
    addresses: own,
    nodePortAddresses: {
      IPv4: chosen.filter((address) => !address.includes(':')),
      IPv6: chosen.filter((address) => address.includes(':')),
    },
  };
}

/** Whether load balancers should send to this node: not when it is gone or about to go. */
export function isEligible(node: Node | undefined): boolean {
  if (!node || node.metadata.deletionTimestamp) return false;
  return !node.spec?.taints?.some(({ key }) => key === TO_BE_DELETED_TAINT);
}

function canonical(addresses: readonly { address: string }[]): string[] {
  const read = addresses.flatMap(({ address }) => readAddress(address)?.text ?? []);
  return [...new Set(read)];
}

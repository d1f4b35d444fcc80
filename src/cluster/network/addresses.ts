/** Which addresses nodes and pods have, in both modes. Pure. */
import { cidrContains, parseCidr } from '../validation/address.ts';
import type { NetworkMode } from './network.ts';

export interface NodeAddresses {
  /** Of the node itself, one per family, the primary one first. */
  addresses: readonly string[];
  /** The range of its pods, one per family. The first address of a range is never a pod's. */
  podCidrs: readonly string[];
}

/** Default ranges of ClusterIPs in each mode, one per family. */
export const SERVICE_CIDRS: Readonly<Record<NetworkMode, readonly string[]>> = {
  kernel: ['10.96.0.0/16', 'fd00:10:96::/112'],
  loopback: ['127.96.0.0/16'],
};

/** Where all pods of a cluster are, in each mode, one range per family. */
export const POD_CIDRS: Readonly<Record<NetworkMode, readonly string[]>> = {
  kernel: ['10.244.0.0/16', 'fd00:10:244::/48'],
  loopback: ['127.65.0.0/16'],
};

/** Where programs inside find the API server; in kernel mode the router's own address. */
export const API_SERVER_ADDRESS: Readonly<Record<NetworkMode, string>> = { kernel: '10.0.0.1', loopback: '127.0.0.1' };

/** In kernel mode the router's other address, which answers for it where no packet finds a way. */
export const ROUTER_IPV6 = 'fd00:10::1';

/** What is in use beside ClusterIPs, with what it is for. */
const TAKEN: Readonly<Record<NetworkMode, readonly (readonly [cidr: string, by: string])[]>> = {
  kernel: [
    ['10.0.0.0/23', 'nodes'],
    ['fd00:10:0:1::/64', 'nodes'],
    [`${ROUTER_IPV6}/128`, 'the router'],
    ...POD_CIDRS.kernel.map((cidr) => [cidr, 'pods'] as const),
  ],
  loopback: [
    ['127.0.0.0/16', 'this machine'],
    ['127.64.0.0/16', 'nodes'],
    ...POD_CIDRS.loopback.map((cidr) => [cidr, 'pods'] as const),
  ],
};
const LOOPBACK = '127.0.0.0/8';

/** Why Services can't have this range in a mode, after its quoted text; undefined when they can. */
export function serviceCidrProblem(mode: NetworkMode, text: string): string | undefined {
  const cidr = parseCidr(text);
  if (!cidr) return 'is not a range';
  const other = SERVICE_CIDRS[mode].join(',');
  if (mode === 'loopback' && !(within(text, LOOPBACK) && cidr.prefix >= 8)) {
    return `is not in ${LOOPBACK}, where everything is in loopback mode; the usual one is ${other}`;
  }
  const taken = TAKEN[mode].find(([range]) => within(text, range) || within(range, text));
  return taken && `overlaps ${taken[0]}, the addresses of ${taken[1]}; the usual one is ${other}`;
}

/** Whether the first address of a range is in another. */
function within(inner: string, outer: string): boolean {
  const [one, other] = [parseCidr(inner), parseCidr(outer)];
  return one !== undefined && other !== undefined && cidrContains(other, one.network);
}

/** A node's index is at most this, for each has a range of its own. */
export const MAX_NODES = 250;

/**
 * Addresses of the node with an index from 1 to MAX_NODES. Kernel mode looks like a VPC with a subnet for every zone;
 * in loopback mode everything is in 127.64.0.0/10, far from what resolvers and others use in 127.0.0.0/16.
 */
export function nodeAddresses(mode: NetworkMode, index: number): NodeAddresses {
  if (!Number.isInteger(index) || index < 1 || index > MAX_NODES) {
    throw new RangeError(`node ${index}: an index is a number from 1 to ${MAX_NODES}`);
  }
  if (mode === 'loopback') return { addresses: [`127.64.0.${index}`], podCidrs: [`127.65.${index}.0/24`] };
  const hex = index.toString(16);
  return {
    addresses: [`10.0.1.${index}`, `fd00:10:0:1::${hex}`],
    podCidrs: [`10.244.${index}.0/24`, `fd00:10:244:${hex}::/64`],
  };
}

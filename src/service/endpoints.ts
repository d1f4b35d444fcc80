/**
 * What is behind a Service: its EndpointSlices as one list of endpoints for each port name and protocol.
 * Rules: kube-proxy's (`pkg/proxy/endpointslicecache.go`, 1.37).
 */
import type { EndpointSlice, IpFamily, Protocol } from '../kube/objects.ts';
import { readAddress } from './address.ts';

/** Which Service a slice belongs to. */
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

/** One address and port behind a Service's port. */
export interface Endpoint {
  /** `10.0.0.1:80`, `[fd00::1]:80`: what tells endpoints of a port apart. */
  readonly key: string;
  readonly address: string;
  readonly port: number;
  /** It runs on this node. */
  readonly local: boolean;
  /** Ready and not terminating; always so where the Service publishes what is not ready. */
  readonly ready: boolean;
  /** Ready whether it is terminating or not. */
  readonly serving: boolean;
  readonly terminating: boolean;
  /** Nodes and zones that should use it; empty: no hint. */
  readonly forNodes: readonly string[];
  readonly forZones: readonly string[];
}

/** What finds a Service port's endpoints: the port's name, which is empty for an only port without one, and protocol. */
export function portKey(name: string | undefined, protocol: Protocol | undefined): string {
  return `${name ?? ''}/${protocol ?? 'TCP'}`;
}

/** `NAMESPACE/NAME` of the Service that a slice is of; undefined if it says none. */
export function serviceOfSlice(slice: EndpointSlice): string | undefined {
  const name = slice.metadata.labels?.[SERVICE_NAME_LABEL];
  return name ? `${slice.metadata.namespace}/${name}` : undefined;
}

/**
 * A Service's endpoints of one family, by `portKey`, sorted by their keys. Slices of other address types don't count.
 * Of an endpoint that stands in two slices (it moves, or its address went from a terminating pod to a new one), the one that
 * is not terminating counts; of several of those the last, in the order of the slices' names.
 */
export function endpointsByPort(
  slices: readonly EndpointSlice[],
  family: IpFamily,
  nodeName: string,
): Map<string, Endpoint[]> {
  const found = new Map<string, Map<string, Endpoint>>();
  const ordered = slices.filter(({ addressType }) => addressType === family);
  if (ordered.length > 1) ordered.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  for (const slice of ordered) {
    for (const { name, port, protocol } of slice.ports ?? []) {
      // A port without a number stands for all ports, which kube-proxy doesn't serve.
      if (!port) continue;
      const key = portKey(name, protocol);
      const endpoints = found.get(key) ?? new Map<string, Endpoint>();
      found.set(key, endpoints);
      addEndpoints(endpoints, slice, port, nodeName);
    }
  }
  const sorted = new Map<string, Endpoint[]>();
  for (const [key, endpoints] of found) {
    if (endpoints.size > 0)
      sorted.set(
        key,
        [...endpoints.values()].sort((a, b) => (a.key < b.key ? -1 : 1)),
      );
  }
  return sorted;
}

function addEndpoints(into: Map<string, Endpoint>, slice: EndpointSlice, port: number, nodeName: string): void {
  for (const { addresses, conditions, nodeName: on, hints } of slice.endpoints ?? []) {
    const address = readAddress(addresses[0] ?? '')?.text;
    if (address === undefined) continue;
    const key = hostPort(address, port);
    const terminating = conditions?.terminating === true;
    if (terminating && into.has(key)) continue;
    into.set(key, {
      key,
      address,
      port,
      local: nodeName !== '' && on === nodeName,
      ready: conditions?.ready !== false,
      serving: conditions?.serving !== false,
      terminating,
      forNodes: hints?.forNodes?.map(({ name }) => name) ?? NONE,
      forZones: hints?.forZones?.map(({ name }) => name) ?? NONE,
    });
  }
}

const NONE: readonly string[] = [];

/** `10.0.0.1:80`, `[fd00::1]:80`. */
export function hostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

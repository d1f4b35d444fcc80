/**
 * Subsets of Endpoints in canonical form: every address once for each port, addresses with the same ports together, all in one
 * order. Pure. Rules: `RepackSubsets` of kubernetes `pkg/api/v1/endpoints` (1.37).
 */
import type { EndpointAddress, EndpointsPort, EndpointSubset } from '../kube/objects.ts';
import { fnv128a } from './fnv.ts';

interface Placed {
  address: EndpointAddress;
  ready: boolean;
}

interface PortGroup {
  port: EndpointsPort | undefined;
  /** By `addressKey`. */
  placed: Map<string, Placed>;
}

/** The same endpoints in canonical form. Of an address that is ready and not ready on one port, not ready counts. */
export function repackSubsets(subsets: readonly EndpointSubset[]): EndpointSubset[] {
  /** As first seen. */
  const known = new Map<string, EndpointAddress>();
  const groups = new Map<string, PortGroup>();
  for (const { addresses, notReadyAddresses, ports } of subsets) {
    if (!addresses?.length && !notReadyAddresses?.length) continue;
    for (const port of ports?.length ? ports : [undefined]) {
      const text = port ? shownPort(port) : '';
      const group = groups.get(text) ?? { port, placed: new Map<string, Placed>() };
      groups.set(text, group);
      for (const address of addresses ?? []) place(group, known, address, true);
      for (const address of notReadyAddresses ?? []) place(group, known, address, false);
    }
  }
  /** Port groups with the same addresses are one subset. */
  const merged = new Map<string, { placed: Placed[]; ports: EndpointsPort[] }>();
  for (const { port, placed } of groups.values()) {
    const sorted = [...placed.values()].sort((a, b) => compareAddresses(a.address, b.address));
    const key = sorted.map(({ address, ready }) => `${addressKey(address)} ${ready}`).join(',');
    const subset = merged.get(key) ?? { placed: sorted, ports: [] };
    merged.set(key, subset);
    if (port) subset.ports.push(port);
  }
  return inOrder([...merged.values()].map(({ placed, ports }) => subsetOf(placed, ports)));
}

function place({ placed }: PortGroup, known: Map<string, EndpointAddress>, address: EndpointAddress, ready: boolean) {
  const key = addressKey(address);
  const first = known.get(key) ?? address;
  known.set(key, first);
  if (placed.get(key)?.ready !== false) placed.set(key, { address: first, ready });
}

/** Two pods may have one address, where they have that of their node. */
function addressKey({ ip, targetRef }: EndpointAddress): string {
  return `${ip} ${targetRef?.uid ?? ''}`;
}

function subsetOf(placed: readonly Placed[], ports: readonly EndpointsPort[]): EndpointSubset {
  const addresses = placed.flatMap(({ address, ready }) => (ready ? [address] : []));
  const notReadyAddresses = placed.flatMap(({ address, ready }) => (ready ? [] : [address]));
  return {
    ...(addresses.length > 0 && { addresses }),
    ...(notReadyAddresses.length > 0 && { notReadyAddresses }),
    ...(ports.length > 0 && { ports: byHash(ports, (port) => `(v1.EndpointPort)${shownPort(port)}`) }),
  };
}

function compareAddresses(a: EndpointAddress, b: EndpointAddress): number {
  if (a.ip !== b.ip) return a.ip < b.ip ? -1 : 1;
  const [one, other] = [a.targetRef?.uid ?? '', b.targetRef?.uid ?? ''];
  return one === other ? 0 : one < other ? -1 : 1;
}

function inOrder(subsets: readonly EndpointSubset[]): EndpointSubset[] {
  return byHash(subsets, shownSubset);
}

/** Upstream's order of what has no order: by the hash of how Go's debug printer shows it. */
function byHash<T>(items: readonly T[], shown: (item: T) => string): T[] {
  if (items.length < 2) return [...items];
  const hashed = items.map((item) => ({ item, hash: fnv128a(shown(item)) }));
  return hashed.sort((a, b) => (a.hash < b.hash ? -1 : 1)).map(({ item }) => item);
}

function shownSubset({ addresses, notReadyAddresses, ports }: EndpointSubset): string {
  const list = <T>(type: string, items: readonly T[] | undefined, shown: (item: T) => string) =>
    `([]v1.${type})${items ? `[${items.map(shown).join(' ')}]` : '<nil>'}`;
  return `(v1.EndpointSubset){Addresses:${list('EndpointAddress', addresses, shownAddress)} NotReadyAddresses:${list(
    'EndpointAddress',
    notReadyAddresses,
    shownAddress,
  )} Ports:${list('EndpointPort', ports, shownPort)}}`;
}

function shownAddress({ ip, hostname = '', nodeName = '<nil>', targetRef }: EndpointAddress): string {
  return `{IP:(string)${ip} Hostname:(string)${hostname} NodeName:(*string)${nodeName} TargetRef:(*v1.ObjectReference)${shownTarget(targetRef)}}`;
}

function shownTarget(target: EndpointAddress['targetRef']): string {
  if (!target) return '<nil>';
  const {
    kind = '',
    namespace = '',
    name = '',
    uid = '',
    apiVersion = '',
    resourceVersion = '',
    fieldPath = '',
  } = target;
  return `{Kind:(string)${kind} Namespace:(string)${namespace} Name:(string)${name} UID:(types.UID)${uid} APIVersion:(string)${apiVersion} ResourceVersion:(string)${resourceVersion} FieldPath:(string)${fieldPath}}`;
}

function shownPort({ name = '', port, protocol = 'TCP', appProtocol = '<nil>' }: EndpointsPort): string {
  return `{Name:(string)${name} Port:(int32)${port} Protocol:(v1.Protocol)${protocol} AppProtocol:(*string)${appProtocol}}`;
}

/** Whether two lists of subsets are the same endpoints, whatever their order. Resource versions of targets don't count. */
export function sameSubsets(a: readonly EndpointSubset[], b: readonly EndpointSubset[]): boolean {
  return textOf(a) === textOf(b);
}

function textOf(subsets: readonly EndpointSubset[]): string {
  const plain = (address: EndpointAddress): EndpointAddress => {
    if (!address.targetRef?.resourceVersion) return address;
    const { resourceVersion: _, ...targetRef } = address.targetRef;
    return { ...address, targetRef };
  };
  const without = subsets.map(({ addresses, notReadyAddresses, ports }) => ({
    ...(addresses && { addresses: addresses.map(plain) }),
    ...(notReadyAddresses && { notReadyAddresses: notReadyAddresses.map(plain) }),
    ...(ports && { ports }),
  }));
  return repackSubsets(without).map(shownSubset).join('');
}

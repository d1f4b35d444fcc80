/** The ports that a pod has of a Service, and what tells lists of ports apart. Pure. */
import type { Service, ServicePort, SlicePort } from '../kube/objects.ts';
import { fnv128a } from './fnv.ts';
import type { NamedPort } from './pod.ts';

/** The container port behind a Service's port; undefined if it is a name that the pod's containers don't have. */
export function findPort(named: readonly NamedPort[], { port, protocol = 'TCP', targetPort = port }: ServicePort) {
  if (typeof targetPort === 'number') return targetPort;
  return named.find((each) => each.name === targetPort && each.protocol === protocol)?.port;
}

/** A pod's ports of a Service, in slice order. Those that the pod doesn't have are left out. */
export function slicePortsOf({ spec }: Service, named: readonly NamedPort[]): SlicePort[] {
  const ports: SlicePort[] = [];
  for (const port of spec.ports ?? []) {
    const found = findPort(named, port);
    if (found === undefined) continue;
    const { name = '', protocol = 'TCP', appProtocol } = port;
    ports.push({ name, port: found, protocol, ...(appProtocol !== undefined && { appProtocol }) });
  }
  return inSliceOrder(ports);
}

/** Ports in the order in which upstream writes them: by the hash of how Go's debug printer shows them. */
export function inSliceOrder(ports: readonly SlicePort[]): SlicePort[] {
  if (ports.length < 2) return [...ports];
  const hashed = ports.map((port) => ({ port, hash: fnv128a(`(v1.EndpointPort)${shown(port)}`) }));
  return hashed.sort((a, b) => (a.hash < b.hash ? -1 : 1)).map(({ port }) => port);
}

/** Equal for equal sets of ports: slices with the same key hold the same kind of endpoints. */
export function portsKey(ports: readonly SlicePort[]): string {
  return ports.map(shown).sort().join(' ');
}

function shown({ name, protocol, port, appProtocol }: SlicePort): string {
  const text = (value: string | number | null | undefined) => value ?? '<nil>';
  return `{Name:(*string)${text(name)} Protocol:(*v1.Protocol)${text(protocol)} Port:(*int32)${text(port)} AppProtocol:(*string)${text(appProtocol)}}`;
}

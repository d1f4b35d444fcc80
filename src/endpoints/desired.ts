/** The endpoints that a Service should have, from its pods. Pure. Rules: k8s.io/endpointslice `utils.go` (0.37). */
import type { IpFamily, Service, SliceEndpoint, SlicePort } from '../kube/objects.ts';
import type { EndpointNode } from './node.ts';
import { type EndpointPod, hasEndpoints, isTerminating, type NamedPort } from './pod.ts';
import { portsKey, slicePortsOf } from './ports.ts';

/** Endpoints with the same ports: they share slices. */
export interface EndpointGroup {
  ports: SlicePort[];
  /** By `endpointKey`. */
  endpoints: Map<string, SliceEndpoint>;
}

export interface Desired {
  /** By `portsKey`. A group may be empty. */
  groups: Map<string, EndpointGroup>;
  /** Pods that are left out because their node is not there. */
  missing: EndpointPod[];
}

/** What finds a pod's node. */
export type NodeLookup = (name: string) => EndpointNode | undefined;

/**
 * A Service's endpoints of one family. A pod whose node is missing is left out (it is about to be deleted, or the node to
 * appear) unless the Service publishes everything.
 */
export function desiredEndpoints(
  service: Service,
  pods: Iterable<EndpointPod>,
  nodeOf: NodeLookup,
  addressType: IpFamily,
): Desired {
  const desired: Desired = { groups: new Map(), missing: [] };
  const byPorts = new Map<readonly NamedPort[], EndpointGroup>();
  for (const pod of pods) {
    if (!hasEndpoints(pod)) continue;
    // Pods of one workload share the list.
    const group = byPorts.get(pod.ports) ?? groupOf(desired, service, pod.ports);
    byPorts.set(pod.ports, group);
    const node = pod.nodeName === undefined ? undefined : nodeOf(pod.nodeName);
    if (!node && !service.spec.publishNotReadyAddresses) {
      desired.missing.push(pod);
      continue;
    }
    const addresses = addressType === 'IPv4' ? pod.ipv4 : pod.ipv6;
    if (addresses.length === 0) continue;
    const endpoint = endpointOf(service, pod, node, addresses);
    group.endpoints.set(endpointKey(endpoint), endpoint);
  }
  return desired;
}

function groupOf({ groups }: Desired, service: Service, named: readonly NamedPort[]): EndpointGroup {
  const ports = slicePortsOf(service, named);
  const key = portsKey(ports);
  const group = groups.get(key) ?? { ports, endpoints: new Map<string, SliceEndpoint>() };
  groups.set(key, group);
  return group;
}

function endpointOf(
  service: Service,
  pod: EndpointPod,
  node: EndpointNode | undefined,
  addresses: readonly string[],
): SliceEndpoint {
  const { name, namespace, uid } = pod.metadata;
  const terminating = isTerminating(pod);
  const ready = service.spec.publishNotReadyAddresses === true || (pod.ready && !terminating);
  return {
    addresses: [...addresses].sort(),
    conditions: { ready, serving: pod.ready, terminating },
    ...(hasHostname(service, pod) && { hostname: pod.hostname }),
    targetRef: { kind: 'Pod', ...(namespace !== undefined && { namespace }), name, uid },
    ...(pod.nodeName !== undefined && { nodeName: pod.nodeName }),
    ...(node?.zone !== undefined && { zone: node.zone }),
  };
}

/** A pod has a name of its own in the zone of the Service that is its subdomain. */
export function hasHostname({ metadata }: Service, pod: EndpointPod): pod is EndpointPod & { hostname: string } {
  return pod.hostname !== undefined && pod.subdomain === metadata.name;
}

/** What makes an endpoint the same one, whatever its conditions are: addresses, hostname, and the pod's name. */
export function endpointKey({ addresses, hostname = '', targetRef }: SliceEndpoint): string {
  const sorted = addresses.length === 1 ? addresses[0] : [...addresses].sort().join(',');
  return `${sorted}|${hostname}|${targetRef?.namespace ?? ''}|${targetRef?.name ?? ''}`;
}

/** Whether two endpoints of the same key say the same; hints are another matter. */
export function sameEndpoint(a: SliceEndpoint, b: SliceEndpoint): boolean {
  const [one, other] = [a.conditions ?? {}, b.conditions ?? {}];
  return (
    a.nodeName === b.nodeName &&
    a.zone === b.zone &&
    one.ready === other.ready &&
    one.serving === other.serving &&
    one.terminating === other.terminating &&
    sameTarget(a.targetRef, b.targetRef)
  );
}

/** Resource versions of targets don't count. */
function sameTarget(a: SliceEndpoint['targetRef'], b: SliceEndpoint['targetRef']): boolean {
  return (
    a === b ||
    (a !== undefined &&
      b !== undefined &&
      a.apiVersion === b.apiVersion &&
      a.fieldPath === b.fieldPath &&
      a.kind === b.kind &&
      a.namespace === b.namespace &&
      a.name === b.name &&
      a.uid === b.uid)
  );
}

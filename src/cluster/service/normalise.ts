import { mayHaveNodePorts, needsClusterIp, needsHealthCheck, nodePortsOf, sameList, type Service } from './types.ts';

/** Makes `clusterIPs` follow `clusterIP` on a create (`normalizeClusterIPs`, `service/storage/storage.go`). */
export function followClusterIp({ spec }: Service): void {
  if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
}

/** Makes `clusterIPs` follow what a client that only knows `clusterIP` has changed. */
export function followClusterIpChange({ spec }: Service, { spec: old }: Service): void {
  const before = old.clusterIP ?? '';
  const after = spec.clusterIP ?? '';
  if (old.clusterIPs?.length && !spec.clusterIPs?.length && before === after) spec.clusterIPs = [...old.clusterIPs];
  if (before === after || !sameList(old.clusterIPs, spec.clusterIPs)) return;
  if (after === '') delete spec.clusterIPs;
  else spec.clusterIPs = [after];
}

/**
 * Numbers that were allocated and that the client left out of its update stay as they were, so that writing a manifest
 * again changes nothing (`patchAllocatedValues`).
 */
export function keepAllocated(service: Service, old: Service): void {
  const { spec } = service;
  if (needsClusterIp(old) && needsClusterIp(service)) {
    if (!spec.clusterIP && old.spec.clusterIP) spec.clusterIP = old.spec.clusterIP;
    if (!spec.clusterIPs?.length && old.spec.clusterIPs?.length) spec.clusterIPs = [...old.spec.clusterIPs];
  }
  if (getsNodePorts(old) && getsNodePorts(service)) keepNodePorts(service, old);
  if (needsHealthCheck(old) && needsHealthCheck(service) && !spec.healthCheckNodePort) {
    if (old.spec.healthCheckNodePort) spec.healthCheckNodePort = old.spec.healthCheckNodePort;
  }
}

const getsNodePorts = (service: Service): boolean =>
  mayHaveNodePorts(service) &&
  (service.spec.type === 'NodePort' || service.spec.allocateLoadBalancerNodePorts !== false);

/** Ports are matched by their name; a number that the new object has somewhere already is not given twice. */
function keepNodePorts(service: Service, old: Service): void {
  const wanted = new Set(nodePortsOf(service));
  const used = new Set(nodePortsOf(old).filter((port) => wanted.has(port)));
  const byName = new Map((old.spec.ports ?? []).map(({ name = '', nodePort = 0 }) => [name, nodePort]));
  for (const port of service.spec.ports ?? []) {
    if (port.nodePort) continue;
    const before = byName.get(port.name ?? '') ?? 0;
    if (before && !used.has(before)) port.nodePort = before;
  }
}

import {
  isExternallyAccessible,
  isLoadBalancer,
  mayHaveNodePorts,
  needsClusterIp,
  needsHealthCheck,
  nodePortsOf,
  sameList,
  type Service,
} from './types.ts';

/**
 * Takes away what the Service's new type has no use for, unless the client has changed it at the same time, which
 * validation refuses (`dropTypeDependentFields`, `pkg/registry/core/service/strategy.go`). Runs after allocation.
 */
export function wipeTypeDependent(service: Service, old: Service): void {
  const { spec } = service;
  if (needsClusterIp(old) && !needsClusterIp(service)) wipeClusterIps(service, old);
  if (mayHaveNodePorts(old) && !mayHaveNodePorts(service)) {
    const before = new Set(nodePortsOf(old));
    if (nodePortsOf(service).every((port) => before.has(port)))
      for (const port of spec.ports ?? []) delete port.nodePort;
  }
  if (needsHealthCheck(old) && !needsHealthCheck(service)) {
    if ((spec.healthCheckNodePort ?? 0) === (old.spec.healthCheckNodePort ?? 0)) delete spec.healthCheckNodePort;
  }
  if (isLoadBalancer(old) && !isLoadBalancer(service)) {
    if (spec.allocateLoadBalancerNodePorts === old.spec.allocateLoadBalancerNodePorts) {
      delete spec.allocateLoadBalancerNodePorts;
    }
    if (spec.loadBalancerClass === old.spec.loadBalancerClass) delete spec.loadBalancerClass;
  }
  if (isExternallyAccessible(old) && !isExternallyAccessible(service)) {
    if ((spec.externalTrafficPolicy ?? '') === (old.spec.externalTrafficPolicy ?? ''))
      delete spec.externalTrafficPolicy;
  }
  if (!isLoadBalancer(service)) service.status = { ...service.status, loadBalancer: {} };
}

function wipeClusterIps({ spec }: Service, { spec: old }: Service): void {
  if ((spec.clusterIP ?? '') === (old.clusterIP ?? '') && sameList(spec.clusterIPs, old.clusterIPs)) {
    delete spec.clusterIP;
    delete spec.clusterIPs;
  }
  if (sameList(spec.ipFamilies, old.ipFamilies)) delete spec.ipFamilies;
  if ((spec.ipFamilyPolicy ?? '') === (old.ipFamilyPolicy ?? '')) delete spec.ipFamilyPolicy;
}

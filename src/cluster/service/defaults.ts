import type { KubeObject } from '../api/object.ts';
import { isExternallyAccessible, isLoadBalancer, type Service, type ServiceSpec } from './types.ts';

const AFFINITY_SECONDS = 10_800;

/** What a Service gets that its client left out (`SetDefaults_Service`, `pkg/apis/core/v1/defaults.go`). */
export function serviceDefaults(object: KubeObject): void {
  const service = object as Service;
  // A body without a spec is a Service too, and fails in validation.
  service.spec ??= {};
  const { spec } = service;
  defaultAffinity(service);
  spec.type ||= 'ClusterIP';
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP';
    if (!port.targetPort) port.targetPort = port.port;
  }
  if (isExternallyAccessible(service)) spec.externalTrafficPolicy ||= 'Cluster';
  if (['ClusterIP', 'NodePort', 'LoadBalancer'].includes(spec.type)) spec.internalTrafficPolicy ??= 'Cluster';
  if (!isLoadBalancer(service)) return;
  spec.allocateLoadBalancerNodePorts ??= true;
  for (const ingress of service.status?.loadBalancer?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= 'VIP';
}

function defaultAffinity({ spec }: Service): void {
  spec.sessionAffinity ||= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity !== 'ClientIP') return;
  if (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined) {
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: AFFINITY_SECONDS } };
  }
}

/**
 * A stored Service as clients see it (upstream's `defaultOnRead`). An ExternalName Service may be stored with an
 * internalTrafficPolicy, which is hidden and comes back when the type changes, and with a clusterIP that no clusterIPs
 * go with. The `status` subresource shows what is stored.
 */
export function readService(object: KubeObject): KubeObject {
  const { spec } = object as Partial<Service>;
  if (!spec) return object;
  const hidden = spec.type === 'ExternalName' && spec.internalTrafficPolicy !== undefined;
  const lacking = Boolean(spec.clusterIP) && !spec.clusterIPs?.length;
  if (!hidden && !lacking) return object;
  const { internalTrafficPolicy, ...rest } = spec;
  const shown: ServiceSpec = hidden || internalTrafficPolicy === undefined ? rest : { ...rest, internalTrafficPolicy };
  if (lacking) shown.clusterIPs = [spec.clusterIP ?? ''];
  return { ...object, spec: shown };
}

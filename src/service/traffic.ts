/** How a Service's traffic reaches it: addresses, policies, affinity. Rules: kube-proxy's (`pkg/proxy/serviceport.go`, 1.37). */
import type { IpFamily, Service, ServicePort } from '../kube/objects.ts';
import { addressesOf, type Range, readAddress, readRange } from './address.ts';

/** With this label a Service is another proxy's. */
export const SERVICE_PROXY_NAME_LABEL = 'service.kubernetes.io/service-proxy-name';

/** Affinity without a stated timeout, which the API server always states. */
const DEFAULT_AFFINITY_SECONDS = 10_800;

/** Whether a node's proxy serves it: it has an address of its own, and no other proxy is named. */
export function isProxied(service: Service): boolean {
  const { clusterIP, type } = service.spec;
  if (!clusterIP || clusterIP === 'None' || type === 'ExternalName') return false;
  return service.metadata.labels?.[SERVICE_PROXY_NAME_LABEL] === undefined;
}

/** The Service's own address of a family; undefined if it has none. Older objects have no `ipFamilies`. */
export function clusterIpOf(service: Service, family: IpFamily): string | undefined {
  const { clusterIP = '', clusterIPs = [], ipFamilies = [] } = service.spec;
  if (ipFamilies.length === 0) {
    const address = readAddress(clusterIP);
    return address?.family === family ? address.text : undefined;
  }
  const index = ipFamilies.indexOf(family);
  return readAddress(clusterIPs[index] ?? '')?.text;
}

/** Whether external traffic is only for endpoints on the node that it reaches. */
export function isExternallyLocal({ spec }: Service): boolean {
  const { type, externalIPs = [] } = spec;
  const external =
    type === 'LoadBalancer' || type === 'NodePort' || ((type ?? 'ClusterIP') === 'ClusterIP' && externalIPs.length > 0);
  return external && spec.externalTrafficPolicy === 'Local';
}

/** Whether traffic to the ClusterIP is only for endpoints on the node that it comes from. */
export function isInternallyLocal({ spec }: Service): boolean {
  return spec.internalTrafficPolicy === 'Local';
}

/** Addresses from outside that stand for the Service: `externalIPs`, and its load balancer's if nodes are to take those. */
export function externalAddresses(
  service: Service,
  family: IpFamily,
): { externalIPs: string[]; loadBalancerIPs: string[] } {
  const ingress = service.status?.loadBalancer?.ingress ?? [];
  const vips = ingress.flatMap(({ ip, ipMode }) => (ip && (ipMode ?? 'VIP') === 'VIP' ? [ip] : []));
  return {
    externalIPs: addressesOf(family, service.spec.externalIPs),
    loadBalancerIPs: addressesOf(family, vips),
  };
}

/** Who may use the load balancer's addresses of a family; undefined: everyone. */
export function sourceRanges(service: Service, family: IpFamily): readonly Range[] | undefined {
  const ranges = (service.spec.loadBalancerSourceRanges ?? [])
    .map(readRange)
    .filter((range): range is Range => range?.family === family);
  return ranges.length === 0 || ranges.some(({ prefix }) => prefix === 0) ? undefined : ranges;
}

/** How long a client stays with an endpoint after its last connection, in seconds; undefined: no affinity. */
export function affinitySeconds({ spec }: Service): number | undefined {
  if (spec.sessionAffinity !== 'ClientIP') return undefined;
  return spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY_SECONDS;
}

/** The port at which a load balancer asks whether this node has endpoints; undefined: none. */
export function healthCheckPort(service: Service): number | undefined {
  if (service.spec.type !== 'LoadBalancer' || !isExternallyLocal(service)) return undefined;
  return service.spec.healthCheckNodePort || undefined;
}

/** Whether a port is reached by anything but the ClusterIP. */
export function isExternallyAccessible(
  port: ServicePort,
  { externalIPs, loadBalancerIPs }: ReturnType<typeof externalAddresses>,
): boolean {
  return Boolean(port.nodePort) || externalIPs.length > 0 || loadBalancerIPs.length > 0;
}

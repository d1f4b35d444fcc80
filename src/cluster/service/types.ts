import type { KubeObject } from '../api/object.ts';
import type { AddressSet } from './address-set.ts';
import type { CidrState } from './ip-pool.ts';
import type { Random } from './ip-range.ts';
import type { PortAllocator } from './port-allocator.ts';

export type IpFamily = 'IPv4' | 'IPv6';

export interface ServicePort {
  name?: string;
  protocol?: string;
  appProtocol?: string;
  port: number;
  targetPort?: number | string;
  nodePort?: number;
}

/** `spec` of a Service after decoding: what is absent is Go's zero value. */
export interface ServiceSpec {
  type?: string;
  ports?: ServicePort[];
  selector?: Record<string, string>;
  clusterIP?: string;
  clusterIPs?: string[];
  ipFamilies?: string[];
  ipFamilyPolicy?: string;
  externalIPs?: string[];
  externalName?: string;
  sessionAffinity?: string;
  sessionAffinityConfig?: { clientIP?: { timeoutSeconds?: number } };
  loadBalancerIP?: string;
  loadBalancerSourceRanges?: string[];
  loadBalancerClass?: string;
  allocateLoadBalancerNodePorts?: boolean;
  externalTrafficPolicy?: string;
  internalTrafficPolicy?: string;
  healthCheckNodePort?: number;
  publishNotReadyAddresses?: boolean;
  trafficDistribution?: string;
}

export interface LoadBalancerIngress {
  ip?: string;
  hostname?: string;
  ipMode?: string;
  ports?: { port: number; protocol: string; error?: string }[];
}

export interface ServiceStatus {
  loadBalancer?: { ingress?: LoadBalancerIngress[] };
  conditions?: unknown[];
}

export interface Service extends KubeObject {
  spec: ServiceSpec;
  status?: ServiceStatus;
}

/** What has been given away and where more comes from. */
export interface ServiceNumbers {
  /** All ServiceCIDR objects (`cidrStates` makes these of them). */
  cidrs(): readonly CidrState[];
  /** The names of all IPAddress objects: to be kept in step with them, whoever makes or deletes them. */
  addresses: AddressSet;
  ports: PortAllocator;
  random: Random;
  /** Families of the server's `--service-cluster-ip-range`, the primary one first. */
  families: readonly IpFamily[];
}

/** The value of `clusterIP` of a headless Service. */
export const NONE = 'None';

export const LOCAL = 'Local';

export const otherFamily = (family: string): IpFamily => (family === 'IPv4' ? 'IPv6' : 'IPv4');

export const sameList = (a: readonly unknown[] = [], b: readonly unknown[] = []): boolean =>
  a.length === b.length && a.every((one, index) => one === b[index]);

export const needsClusterIp = ({ spec }: Service): boolean => spec.type !== 'ExternalName';

export const isLoadBalancer = ({ spec }: Service): boolean => spec.type === 'LoadBalancer';

/** NodePort or LoadBalancer: may have node ports. */
export const mayHaveNodePorts = ({ spec }: Service): boolean =>
  spec.type === 'NodePort' || spec.type === 'LoadBalancer';

/** Reachable from outside the cluster, so that externalTrafficPolicy means something. */
export const isExternallyAccessible = (service: Service): boolean =>
  mayHaveNodePorts(service) || (service.spec.type === 'ClusterIP' && (service.spec.externalIPs ?? []).length > 0);

/** Gets a healthCheckNodePort. */
export const needsHealthCheck = ({ spec }: Service): boolean =>
  spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === LOCAL;

/** `clusterIPs` is just None. */
export const isHeadless = ({ spec }: Service): boolean => spec.clusterIPs?.length === 1 && spec.clusterIPs[0] === NONE;

/** Node ports as they are written down: those of several ports may be the same. */
export const nodePortsOf = ({ spec }: Service): number[] =>
  (spec.ports ?? []).flatMap(({ nodePort }) => (nodePort ? [nodePort] : []));

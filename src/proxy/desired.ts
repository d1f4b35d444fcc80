/**
 * What this node should do for a Service, whatever backend does it: frontends, where traffic arrives, with the endpoints
 * that it goes to. Rules: kube-proxy's, nftables mode (`pkg/proxy/nftables/proxier.go`, 1.37).
 */
import type { EndpointSlice, IpFamily, Protocol, Service } from '../kube/objects.ts';
import type { Range } from '../service/address.ts';
import { type Endpoint, endpointsByPort, hostPort, portKey } from '../service/endpoints.ts';
import { categorize, NO_ENDPOINTS } from '../service/topology.ts';
import {
  affinitySeconds,
  clusterIpOf,
  externalAddresses,
  healthCheckPort,
  isExternallyAccessible,
  isExternallyLocal,
  isInternallyLocal,
  isProxied,
  sourceRanges,
} from '../service/traffic.ts';
import type { NodeInfo } from './node.ts';

export type FrontendKind = 'clusterIP' | 'externalIP' | 'loadBalancerIP' | 'nodePort';

/** One address, protocol and port that a Service is reached by, and what is behind it. Never changed once made. */
export interface Frontend {
  /** `TCP 10.96.0.1:80`: no two of a node's frontends have the same. */
  readonly key: string;
  readonly kind: FrontendKind;
  readonly family: IpFamily;
  readonly address: string;
  readonly protocol: Protocol;
  readonly port: number;
  /** `NAMESPACE/NAME` and the port's name: what shares one affinity. */
  readonly service: string;
  readonly portName: string;
  readonly policy: 'Cluster' | 'Local';
  /** For everyone, as the policy says. Sorted by key. */
  readonly endpoints: readonly Endpoint[];
  /** For pods and for the node itself, where external traffic of policy Local gets less; otherwise the same list. */
  readonly insideEndpoints: readonly Endpoint[];
  /** To whoever gets no endpoint: `reject` if there is none on any node, `drop` if only this node has none. */
  readonly otherwise: 'reject' | 'drop';
  /** Keys of the endpoints that UDP flows may stay with: all that serve, whatever policies say. */
  readonly serving: ReadonlySet<string>;
  /** A client stays with its endpoint for so long after its last connection. */
  readonly affinitySeconds: number | undefined;
  /** Who may come; undefined: everyone. */
  readonly sourceRanges: readonly Range[] | undefined;
}

/** A `healthCheckNodePort`: where load balancers ask whether this node has endpoints of a Service. */
export interface HealthCheck {
  readonly family: IpFamily;
  readonly service: string;
  readonly port: number;
  /** Addresses on this node that have a ready endpoint. */
  readonly localEndpoints: number;
}

export interface DesiredService {
  frontends: readonly Frontend[];
  healthChecks: readonly HealthCheck[];
  /** Ports for which external, or internal, traffic of policy Local finds no endpoint here though there is one elsewhere. */
  withoutLocal: { internal: number; external: number };
}

export const NOTHING: DesiredService = {
  frontends: [],
  healthChecks: [],
  withoutLocal: { internal: 0, external: 0 },
};

const FAMILIES: readonly IpFamily[] = ['IPv4', 'IPv6'];

/** `slices` are the Service's own. A Service that no proxy serves, or not this one, gives `NOTHING`. */
export function desiredService(service: Service, slices: readonly EndpointSlice[], node: NodeInfo): DesiredService {
  if (!isProxied(service)) return NOTHING;
  const frontends: Frontend[] = [];
  const healthChecks: HealthCheck[] = [];
  const withoutLocal = { internal: 0, external: 0 };
  for (const family of FAMILIES) {
    const clusterIp = clusterIpOf(service, family);
    if (clusterIp === undefined) continue;
    const endpoints = endpointsByPort(slices, family, node.name);
    for (const rules of portRules(service, family, clusterIp, endpoints, node)) {
      frontends.push(...rules.frontends);
      if (rules.lacksLocal.internal) withoutLocal.internal++;
      if (rules.lacksLocal.external) withoutLocal.external++;
    }
    const port = healthCheckPort(service);
    if (port !== undefined) {
      healthChecks.push({ family, service: nameOf(service), port, localEndpoints: countLocal(endpoints) });
    }
  }
  return { frontends, healthChecks, withoutLocal };
}

function* portRules(
  service: Service,
  family: IpFamily,
  clusterIp: string,
  byPort: ReadonlyMap<string, readonly Endpoint[]>,
  node: NodeInfo,
): Generator<{ frontends: Frontend[]; lacksLocal: { internal: boolean; external: boolean } }> {
  const outside = externalAddresses(service, family);
  const ranges = sourceRanges(service, family);
  const [inLocal, outLocal] = [isInternallyLocal(service), isExternallyLocal(service)];
  for (const servicePort of service.spec.ports ?? []) {
    const accessible = isExternallyAccessible(servicePort, outside);
    const all = byPort.get(portKey(servicePort.name, servicePort.protocol)) ?? NO_ENDPOINTS;
    // Even where external traffic is Local, pods and the node itself use what Cluster has.
    const use = { usesCluster: !inLocal || accessible, usesLocal: inLocal || outLocal };
    const { cluster, local, any } = categorize(all, use, { nodeName: node.name, zone: node.zone });
    const common = {
      family,
      protocol: servicePort.protocol ?? 'TCP',
      service: nameOf(service),
      portName: servicePort.name ?? '',
      serving: new Set(all.filter(({ serving }) => serving).map(({ key }) => key)),
      affinitySeconds: affinitySeconds(service),
    } as const;
    const otherwise = any ? 'drop' : 'reject';
    const internal = { ...common, policy: inLocal ? 'Local' : 'Cluster', otherwise } as const;
    const external = { ...common, policy: outLocal ? 'Local' : 'Cluster', otherwise } as const;
    const inside = inLocal ? local : cluster;
    const fromOutside = { endpoints: outLocal ? local : cluster, insideEndpoints: cluster };
    const at = (address: string, port: number) => ({
      key: `${common.protocol} ${hostPort(address, port)}`,
      address,
      port,
    });
    const { port, nodePort } = servicePort;
    const open = { sourceRanges: undefined };
    const frontends: Frontend[] = [
      { ...at(clusterIp, port), kind: 'clusterIP', ...internal, endpoints: inside, insideEndpoints: inside, ...open },
    ];
    for (const address of outside.externalIPs) {
      frontends.push({ ...at(address, port), kind: 'externalIP', ...external, ...fromOutside, ...open });
    }
    for (const address of outside.loadBalancerIPs) {
      const guarded = { sourceRanges: ranges };
      frontends.push({ ...at(address, port), kind: 'loadBalancerIP', ...external, ...fromOutside, ...guarded });
    }
    // NodePorts are open to every source, as they always were.
    for (const address of nodePort ? node.nodePortAddresses[family] : []) {
      frontends.push({ ...at(address, nodePort ?? 0), kind: 'nodePort', ...external, ...fromOutside, ...open });
    }
    const lacks = any && local.length === 0;
    yield {
      frontends,
      lacksLocal: { internal: lacks && inLocal, external: lacks && outLocal },
    };
  }
}

/** Of an address with two ready ports one counts. */
function countLocal(byPort: ReadonlyMap<string, readonly Endpoint[]>): number {
  const addresses = new Set<string>();
  for (const endpoints of byPort.values()) {
    for (const { local, ready, address } of endpoints) if (local && ready) addresses.add(address);
  }
  return addresses.size;
}

function nameOf({ metadata }: Service): string {
  return `${metadata.namespace}/${metadata.name}`;
}

import { at, goQuote, invalid } from '../api/field-error.ts';
import { internalError, invalidError, StatusError } from '../api/status.ts';
import { keepsDualStackAsIs } from './families.ts';
import { parentOf, validateParentRef } from './ip-address.ts';
import { AllocationError, IpPool } from './ip-pool.ts';
import type { PortOperation } from './port-allocator.ts';
import {
  mayHaveNodePorts,
  needsHealthCheck,
  nodePortsOf,
  NONE,
  type Service,
  type ServiceNumbers,
  type ServicePort,
} from './types.ts';

const KIND = { group: '', name: 'Service' };
const CLUSTER_IPS = 'spec.clusterIPs';

/** Addresses that a change takes and gives back, in canonical form. */
export interface IpChange {
  claims: string[];
  releases: string[];
}

const invalidService = (service: Service, field: string, value: unknown, words: string): StatusError =>
  invalidError(KIND, service.metadata.name ?? '', [invalid(field, value, words)]);

const poolOf = (numbers: ServiceNumbers, family: string): IpPool =>
  new IpPool(family === 'IPv6' ? 6 : 4, numbers.cidrs(), numbers.addresses, numbers.random);

/** The address objects of a Service must be valid themselves: that they aren't is an error of the allocation. */
function mayClaimFor(service: Service): (ip: string) => void {
  const errors = validateParentRef(parentOf(service), false);
  return (ip) => {
    if (errors.length === 0) return;
    throw new AllocationError(invalidError({ group: 'networking.k8s.io', name: 'IPAddress' }, ip, errors).message);
  };
}

/** Sets clusterIPs of a Service that has none of its own yet (`allocClusterIPs`, `service/storage/alloc.go`). */
export function allocateClusterIps(service: Service, numbers: ServiceNumbers, dryRun: boolean): IpChange {
  const { spec } = service;
  const nothing = { claims: [], releases: [] };
  if (spec.type === 'ExternalName' || spec.clusterIPs?.[0] === NONE) return nothing;
  const families = spec.ipFamilies ?? [];
  const ips = [...(spec.clusterIPs ?? [])];
  while (ips.length < families.length) ips.push('');
  spec.clusterIPs = ips;
  const found = families.map((_, index) => findIp(service, index, numbers, dryRun));
  spec.clusterIPs = ips.map((ip, index) => found[index]?.shown ?? ip);
  if (spec.clusterIPs[0]) spec.clusterIP = spec.clusterIPs[0];
  return { claims: found.flatMap(({ claim }) => claim), releases: [] };
}

interface Found {
  /** As it is written into clusterIPs: what the client wrote, or the canonical form. */
  shown: string;
  /** In canonical form; [] in a dry run. */
  claim: string[];
}

/** The address for an index of clusterIPs: the one that stands there, or a free one when it is empty. */
function findIp(service: Service, index: number, numbers: ServiceNumbers, dryRun: boolean): Found {
  const ips = service.spec.clusterIPs ?? [];
  const asked = ips[index] ?? '';
  const pool = poolOf(numbers, service.spec.ipFamilies?.[index] ?? '');
  const mayClaim = mayClaimFor(service);
  try {
    if (dryRun) {
      if (asked) pool.dryExplicit(asked);
      return { shown: asked || pool.dryNext(), claim: [] };
    }
    const claim = asked ? pool.explicit(asked, mayClaim) : pool.next(mayClaim);
    return { shown: asked || claim, claim: [claim] };
  } catch (error) {
    if (!(error instanceof AllocationError)) throw error;
    if (error.full) {
      throw internalError(
        `failed to allocate a serviceIP for Service ${goQuote(service.metadata.name ?? '')}: ${error.message}`,
      );
    }
    const what = asked ? `failed to allocate IP ${asked}` : 'failed to allocate IP';
    throw invalidService(service, CLUSTER_IPS, ips, `${what}: ${error.message}`);
  }
}

/** What an update takes and gives back of addresses (`updateClusterIPs`). */
export function updateClusterIps(service: Service, old: Service, numbers: ServiceNumbers, dryRun: boolean): IpChange {
  const nothing = { claims: [], releases: [] };
  const { spec } = service;
  if (keepsDualStackAsIs(service, old)) return nothing;
  const wasExternal = old.spec.type === 'ExternalName';
  if (wasExternal && spec.type !== 'ExternalName') return allocateClusterIps(service, numbers, dryRun);
  if (old.spec.clusterIPs?.[0] === NONE) return nothing;
  if (!wasExternal && spec.type === 'ExternalName') {
    return { claims: [], releases: dryRun ? [] : releasesOf(numbers, old.spec.clusterIPs ?? []) };
  }
  const before = old.spec.ipFamilies?.length ?? 0;
  const after = spec.ipFamilies?.length ?? 0;
  // Without the second family there is nothing to take; what else is wrong with such a change, validation tells.
  if (before === 1 && after === 2 && numbers.families.some((one) => one === spec.ipFamilies?.[1])) {
    const ips = [...(spec.clusterIPs ?? [])];
    if (ips.length < 2) ips.push('');
    spec.clusterIPs = ips;
    const { shown, claim } = findIp(service, 1, numbers, dryRun);
    spec.clusterIPs = ips.with(1, shown);
    return { claims: claim, releases: [] };
  }
  if (before === 2 && after === 1 && !dryRun) {
    return { claims: [], releases: releasesOf(numbers, (old.spec.clusterIPs ?? []).slice(1, 2)) };
  }
  return nothing;
}

/** The addresses that a Service holds and that go back when it goes. */
export const heldIps = (service: Service, numbers: ServiceNumbers): string[] =>
  service.spec.type === 'ExternalName' || service.spec.clusterIPs?.[0] === NONE
    ? []
    : releasesOf(numbers, service.spec.clusterIPs ?? []);

function releasesOf(numbers: ServiceNumbers, ips: readonly string[]): string[] {
  return numbers.families.flatMap((family) => {
    const pool = poolOf(numbers, family);
    return ips.flatMap((ip) => pool.releases(ip) ?? []);
  });
}

/** An operation's error as the answer for one port. */
function claimPort(service: Service, index: number, port: number, operation: PortOperation): void {
  try {
    operation.claim(port);
  } catch (error) {
    throw invalidService(service, `${at('spec.ports', index)}.nodePort`, port, (error as Error).message);
  }
}

function claimNextPort(operation: PortOperation): number {
  try {
    return operation.claimNext();
  } catch (error) {
    throw internalError(`failed to allocate a nodePort: ${(error as Error).message}`);
  }
}

const mayAllocate = ({ spec }: Service): boolean =>
  spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts === true);

/** Node ports of a new Service: ports of the same number share theirs, whatever their protocols (`initNodePorts`). */
export function allocateNodePorts(service: Service, operation: PortOperation): void {
  if (!mayHaveNodePorts(service)) return;
  const ports = service.spec.ports ?? [];
  const given = new Map<number, number>();
  for (const [index, port] of ports.entries()) {
    if (!port.nodePort && !mayAllocate(service)) continue;
    const shared = given.get(port.port);
    if (shared === undefined) {
      const asked = ports.find((other) => other.port === port.port && other.nodePort)?.nodePort;
      if (asked) claimPort(service, index, asked, operation);
      port.nodePort = asked ?? claimNextPort(operation);
      given.set(port.port, port.nodePort);
    } else if (!port.nodePort) port.nodePort = shared;
    else if (port.nodePort !== shared) claimPort(service, index, port.nodePort, operation);
  }
}

/** Node ports of a changed Service (`txnUpdateNodePorts`). */
export function updateNodePorts(service: Service, old: Service, operation: PortOperation): void {
  const before = nodePortsOf(old);
  if (mayHaveNodePorts(service)) claimChangedPorts(service, old, operation);
  else if (mayHaveNodePorts(old) && ['ClusterIP', 'ExternalName'].includes(service.spec.type ?? '')) {
    for (const port of before) operation.release(port);
  }
}

function claimChangedPorts(service: Service, old: Service, operation: PortOperation): void {
  const before = new Set(nodePortsOf(old));
  const claimed = new Set<number>();
  const seen = new Set<string>();
  for (const [index, port] of (service.spec.ports ?? []).entries()) {
    if (!port.nodePort && !mayAllocate(service)) continue;
    if (!port.nodePort) port.nodePort = claimNextPort(operation);
    else if (!before.has(port.nodePort) && !claimed.has(port.nodePort)) {
      claimPort(service, index, port.nodePort, operation);
      claimed.add(port.nodePort);
    }
    refuseTwice(port, seen);
  }
  const after = new Set(nodePortsOf(service));
  for (const port of nodePortsOf(old)) if (!after.has(port)) operation.release(port);
}

/** Upstream answers with a plain error here, which has no reason. */
function refuseTwice({ protocol = '', nodePort = 0 }: ServicePort, seen: Set<string>): void {
  const pair = `{${protocol} ${nodePort}}`;
  if (seen.has(pair)) throw new StatusError(500, '', `duplicate nodePort: ${pair}`);
  seen.add(pair);
}

/** The port for health checks of a Service that needs one and didn't before; or the other way round. */
export function updateHealthCheckPort(service: Service, old: Service | undefined, operation: PortOperation): void {
  const needed = old !== undefined && needsHealthCheck(old);
  const needs = needsHealthCheck(service);
  const { spec } = service;
  if (needed && !needs) operation.release(old.spec.healthCheckNodePort ?? 0);
  if (needed || !needs) return;
  try {
    if (spec.healthCheckNodePort) operation.claim(spec.healthCheckNodePort);
    else spec.healthCheckNodePort = operation.claimNext();
  } catch (error) {
    const { message } = error as Error;
    const what = spec.healthCheckNodePort
      ? `failed to allocate requested HealthCheck NodePort ${spec.healthCheckNodePort}`
      : 'failed to allocate a HealthCheck NodePort 0';
    throw internalError(`${what}: ${message}`);
  }
}

/** All ports that a Service holds and that go back when it goes. */
export const heldPorts = (service: Service): number[] => [
  ...nodePortsOf(service),
  ...(needsHealthCheck(service) && service.spec.healthCheckNodePort ? [service.spec.healthCheckNodePort] : []),
];

import type { KubeObject } from '../api/object.ts';
import { type Cidr, type Ip, ipText, parseCidr, parseIp } from '../validation/address.ts';
import { hasAllocatorLabels, ipAddressFor, isManagedIp, parentRefOf, type ParentReference } from './ip-address.ts';
import { readService } from './defaults.ts';
import { containsIp } from './ip-range.ts';
import type { RepairEvent } from './repair.ts';
import { cidrsOf } from './strategies.ts';
import { NONE, type Service } from './types.ts';

/** `reportingController` of the events. */
export const IP_REPAIR_CONTROLLER = 'ipallocator-repair-controller';

/** What is in the store, for one step of the loop. */
export interface IpRepairState {
  /** A Service by namespace and name. */
  service(namespace: string, name: string): KubeObject | undefined;
  /** An IPAddress by name. */
  ipAddress(name: string): KubeObject | undefined;
  cidrs: readonly KubeObject[];
  /** Milliseconds since 1970. */
  now: number;
}

/** What a step does: first delete, then create. */
export interface IpRepair {
  /** Names of IPAddresses. */
  deletes: string[];
  creates: KubeObject[];
  events: RepairEvent[];
  /** Milliseconds after which the IPAddress is to be looked at again; undefined: only when something changes. */
  againAfter: number | undefined;
}

const nothing = (): IpRepair => ({ deletes: [], creates: [], events: [], againAfter: undefined });

const LEAK_GRACE_MS = 60_000;
const WRONG_REFERENCE_GRACE_MS = 5_000;

const isServiceRef = (parent: ParentReference | undefined): boolean =>
  !parent?.group && parent?.resource === 'services';

/**
 * Every address of a Service must have its IPAddress (`syncService`,
 * `pkg/registry/core/service/ipallocator/controller/repairip.go`).
 */
export function repairServiceIps(object: KubeObject, state: IpRepairState): IpRepair {
  const repair = nothing();
  const service = readService(object) as Service;
  const { spec } = service;
  if (!spec.clusterIP || spec.clusterIP === NONE) return repair;
  const ranges = state.cidrs.flatMap((cidr) => cidrsOf(cidr).flatMap((text) => parseCidr(text) ?? []));
  for (const text of spec.clusterIPs ?? []) repairServiceIp(service, text, ranges, state, repair);
  return repair;
}

function repairServiceIp(
  service: Service,
  text: string,
  ranges: readonly Cidr[],
  state: IpRepairState,
  repair: IpRepair,
): void {
  const { namespace = '', name = '' } = service.metadata;
  const warn = (reason: string, note: string, action = 'ClusterIPAllocation') =>
    repair.events.push({ regarding: service, reason, action, note });
  const ip = parseIp(text);
  if (!ip) {
    warn('ClusterIPNotValid', 'Cluster IP <nil> is not a valid IP; please recreate Service', 'ClusterIPValidation');
    return;
  }
  const address = ipText(ip);
  const family = familyOf(ip);
  if (!ranges.some((range) => containsIp(range, ip))) {
    const note = `Cluster IP [${family}]: ${address} is not within any configured Service CIDR; please recreate service`;
    warn('ClusterIPOutOfRange', note);
    return;
  }
  const there = state.ipAddress(address);
  if (!there) {
    warn('ClusterIPNotAllocated', `Cluster IP [${family}]: ${address} is not allocated; repairing`);
    repair.creates.push(ipAddressFor(address, service));
    return;
  }
  const recreate = () => {
    repair.deletes.push(address);
    repair.creates.push(ipAddressFor(address, service));
  };
  const wrong = `the ClusterIP [${family}]: ${address} for Service ${namespace}/${name} has a wrong reference; repairing`;
  const parent = parentRefOf(there);
  if (!isServiceRef(parent)) {
    warn('ClusterIPNotAllocated', wrong);
    recreate();
    return;
  }
  const { namespace: otherNamespace = '', name: otherName = '' } = parent ?? {};
  if (otherNamespace !== namespace || otherName !== name) {
    const other = viewOf(state.service(otherNamespace, otherName));
    if (!other) {
      warn('ClusterIPNotAllocated', wrong);
      recreate();
      return;
    }
    // The address belongs to the other one: which of the two goes is for their owners to say.
    if (other.spec.clusterIPs?.includes(address)) {
      const note = `Cluster IP [${family}]:${address} was assigned to multiple services; please recreate service`;
      warn('ClusterIPAlreadyAllocated', note);
    }
  }
  if (!hasAllocatorLabels(there)) recreate();
}

/** The loop sees Services as clients do. */
const viewOf = (stored: KubeObject | undefined): Service | undefined => stored && (readService(stored) as Service);

const familyOf = ({ family }: Ip): string => (family === 6 ? 'IPv6' : 'IPv4');

/**
 * Every IPAddress of the allocator must have its Service (`syncIPAddress`). A Service that is still being made, or an
 * address that is about to be given back, is waited for.
 */
export function repairIpAddress(ipAddress: KubeObject, state: IpRepairState): IpRepair {
  const repair = nothing();
  if (!isManagedIp(ipAddress)) return repair;
  const { name = '', creationTimestamp = '' } = ipAddress.metadata;
  const remove = (reason: string, note: string) => {
    repair.events.push({ regarding: ipAddress, reason, action: 'IPAddressAllocation', note });
    repair.deletes.push(name);
    return repair;
  };
  const parent = parentRefOf(ipAddress);
  if (!isServiceRef(parent)) {
    const note = `IPAddress ${name} appears to have been modified, not referencing a Service ${printParent(parent)}: cleaning up`;
    return remove('IPAddressNotAllocated', note);
  }
  const service = `${parent?.namespace ?? ''}/${parent?.name ?? ''}`;
  const age = state.now - Date.parse(creationTimestamp);
  const owner = viewOf(state.service(parent?.namespace ?? '', parent?.name ?? ''));
  if (!owner) {
    if (age > LEAK_GRACE_MS) {
      const note = `IPAddress: ${name} for Service ${service} appears to have leaked: cleaning up`;
      return remove('IPAddressNotAllocated', note);
    }
    repair.againAfter = LEAK_GRACE_MS - age;
    return repair;
  }
  if (owner.spec.clusterIPs?.includes(name)) return repair;
  if (owner.spec.type === 'ExternalName' && age < LEAK_GRACE_MS) {
    repair.againAfter = LEAK_GRACE_MS - age;
    return repair;
  }
  const younger = Date.parse(creationTimestamp) > Date.parse(owner.metadata.creationTimestamp ?? '');
  if (younger && age < WRONG_REFERENCE_GRACE_MS) {
    repair.againAfter = WRONG_REFERENCE_GRACE_MS;
    return repair;
  }
  const note = `IPAddress: ${name} for Service ${service} has a wrong reference; cleaning up`;
  return remove('IPAddressWrongReference', note);
}

/** Go's %v of a pointer to the reference. */
const printParent = (parent: ParentReference | undefined): string => {
  if (!parent) return '<nil>';
  const { group = '', resource = '', namespace = '', name = '' } = parent;
  return `&ParentReference{Group:${group},Resource:${resource},Namespace:${namespace},Name:${name},}`;
};

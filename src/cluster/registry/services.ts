import type { KubeObject } from '../api/object.ts';
import { trackUpdate } from '../fields/manager.ts';
import { AddressSet } from '../service/address-set.ts';
import {
  createService,
  createServiceThroughStatus,
  deleteService,
  type ServiceChange,
  updateService,
  updateServiceStatus,
} from '../service/change.ts';
import { ipAddressFor } from '../service/ip-address.ts';
import type { CidrState } from '../service/ip-pool.ts';
import { ipRange } from '../service/ip-range.ts';
import { PortAllocator } from '../service/port-allocator.ts';
import { cidrStates } from '../service/cidr-state.ts';
import { heldPorts } from '../service/allocate.ts';
import type { IpFamily, Service, ServiceNumbers } from '../service/types.ts';
import { ipText } from '../validation/address.ts';
import type { Write } from '../store/store.ts';
import { storedKind } from './kinds.ts';
import type { Allocated, Allocation } from './allocation.ts';
import type { Registry } from './registry.ts';

export const SERVICES = 'services';
export const IP_ADDRESSES = 'ipaddresses.networking.k8s.io';
export const SERVICE_CIDRS = 'servicecidrs.networking.k8s.io';

/** The field manager of what kube-apiserver writes by itself. */
const SERVER = 'kube-apiserver';

/**
 * The numbers of Services: which addresses and ports are taken, read off the store at the start and kept in step with it.
 * An address is taken when there is an IPAddress of its name: that object and its Service are one commit, so that no
 * crash leaves one without the other.
 */
export class ServiceStorage implements Allocation, ServiceNumbers {
  readonly addresses = new AddressSet();
  readonly ports: PortAllocator;
  readonly families: readonly IpFamily[];
  readonly ranges: readonly string[];
  readonly #registry: Registry;
  #cidrs: CidrState[] | undefined;

  constructor(registry: Registry, cidrs: readonly string[], nodePorts: { first: number; last: number }) {
    this.#registry = registry;
    this.ranges = cidrs;
    this.families = cidrs.map((one) => (one.includes(':') ? 'IPv6' : 'IPv4'));
    this.ports = new PortAllocator(nodePorts);
    const { store } = registry;
    for (const { name } of store.list(IP_ADDRESSES)) this.addresses.add(name);
    for (const { object } of store.list(SERVICES))
      for (const port of heldPorts(object as Service)) this.ports.claim(port);
    store.subscribe(({ resource, type, item }) => {
      if (resource === SERVICE_CIDRS) this.#cidrs = undefined;
      if (resource !== IP_ADDRESSES) return;
      if (type === 'DELETED') this.addresses.delete(item.name);
      else this.addresses.add(item.name);
    });
  }

  /** Addresses under which the API server is found in the cluster: the first of each range. */
  get serverAddresses(): string[] {
    return this.ranges.flatMap((text) => {
      const range = ipRange(text);
      return range ? [ipText({ ...range.cidr.network, value: range.first })] : [];
    });
  }

  cidrs(): readonly CidrState[] {
    const cidrs = this.#cidrs ?? cidrStates([...this.#registry.store.list(SERVICE_CIDRS)].map((item) => item.object));
    this.#cidrs = cidrs;
    return cidrs;
  }

  random = (below: number): number => this.#registry.clock.random(below);

  create(object: KubeObject, dryRun: boolean): Allocated {
    return this.#allocated(createService(object, this, { dryRun }));
  }

  createThroughStatus(object: KubeObject): Allocated {
    return { ...createServiceThroughStatus(object), writes: [], keep: () => {} };
  }

  update(object: KubeObject, old: KubeObject, dryRun: boolean): Allocated {
    return this.#allocated(updateService(object, old, this, { dryRun }));
  }

  updateStatus(object: KubeObject, old: KubeObject): Pick<Allocated, 'object' | 'errors' | 'warnings'> {
    return updateServiceStatus(object, old);
  }

  remove(old: KubeObject): { writes: Write[]; keep(): void } {
    const change = deleteService(old, this);
    return { writes: this.#releases(change.releases.ips), keep: () => this.ports.commit(change) };
  }

  #allocated(change: ServiceChange): Allocated {
    const { object, errors, warnings, claims, releases } = change;
    const claimed = claims.ips.map((ip): Write => ({ resource: IP_ADDRESSES, put: this.#ipAddress(ip, object) }));
    return {
      object,
      errors,
      warnings,
      writes: [...claimed, ...this.#releases(releases.ips)],
      keep: () => this.ports.commit(change),
    };
  }

  #ipAddress(ip: string, service: KubeObject): KubeObject {
    const made = ipAddressFor(ip, service);
    const kind = storedKind(IP_ADDRESSES);
    const now = this.#registry.time();
    const write = {
      schema: kind.schema,
      apiVersion: kind.apiVersion,
      manager: SERVER,
      subresource: '',
      now,
      reset: [],
    };
    const { metadata, ...rest } = trackUpdate(undefined, made, write);
    const { name = '', ...more } = metadata;
    return { ...rest, metadata: { name, uid: this.#registry.clock.uid(), creationTimestamp: now, ...more } };
  }

  #releases(ips: readonly string[]): Write[] {
    const there = ips.filter((ip) => this.#registry.store.get(IP_ADDRESSES, '', ip));
    return there.map((name) => ({ resource: IP_ADDRESSES, remove: { namespace: '', name } }));
  }
}

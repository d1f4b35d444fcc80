import type { KubeObject } from '../api/object.ts';
import { storedKind } from '../registry/kinds.ts';
import type { Registry } from '../registry/registry.ts';
import { IP_ADDRESSES, SERVICE_CIDRS, SERVICES, type ServiceStorage } from '../registry/services.ts';
import { CIDR_CONTROLLER, CIDR_FINALIZER, nextCidrStep } from '../service/cidr-controller.ts';
import type { Condition } from '../service/cidr-state.ts';
import {
  DEFAULT_CIDR,
  DEFAULT_CIDR_CONTROLLER,
  DEFAULT_CIDR_INTERVAL_MS,
  defaultCidrStep,
} from '../service/default-cidr.ts';
import type { RepairEvent } from '../service/repair.ts';
import {
  IP_REPAIR_CONTROLLER,
  type IpRepair,
  type IpRepairState,
  repairIpAddress,
  repairServiceIps,
} from '../service/repair-ips.ts';
import { PORT_REPAIR_CONTROLLER, repairPorts } from '../service/repair-ports.ts';
import type { Loop } from './loop.ts';
import { applyAs, createAs, updateAs } from './writes.ts';

/** The field manager of what kube-apiserver writes by itself. */
const SERVER = 'kube-apiserver';

/** As upstream's repair loops (`pkg/controlplane/instance.go`). */
const REPAIR_MS = 180_000;

/**
 * Keeps ServiceCIDRs, IPAddresses, node ports and Services in step with each other: upstream's servicecidrs controller,
 * its controller of the default ServiceCIDR, and both of its repair loops. The semantics are in service/; here is what
 * asks them, and does what they say.
 */
export class ServiceNetwork {
  readonly #registry: Registry;
  readonly #loop: Loop;
  readonly #services: ServiceStorage;
  #leaks: Map<number, number> = new Map();
  readonly #reported = new Set<string>();
  /** Whether the part of it that upstream's controller manager does is done here. */
  readonly #controllerManager: boolean;

  constructor(
    registry: Registry,
    loop: Loop,
    services: ServiceStorage,
    { repairMs = REPAIR_MS, controllerManager = true } = {},
  ) {
    this.#registry = registry;
    this.#loop = loop;
    this.#services = services;
    this.#controllerManager = controllerManager;
    this.#lookAtCidrs();
    loop.add('default ServiceCIDR', () => this.ensureDefault());
    loop.every(DEFAULT_CIDR_INTERVAL_MS, 'default ServiceCIDR', () => this.ensureDefault());
    loop.add('repair', () => this.#repairAll());
    loop.every(repairMs, 'repair', () => this.#repairAll());
    registry.store.subscribe(({ resource, type, item }) => {
      if (resource === SERVICE_CIDRS) this.#lookAtCidrs();
      else if (resource === IP_ADDRESSES) this.#ipAddressChanged(item.name, type === 'DELETED');
      else if (resource === SERVICES && type !== 'DELETED') this.#lookAtService(item.namespace, item.name);
    });
  }

  get #cidrs(): KubeObject[] {
    return [...this.#registry.store.list(SERVICE_CIDRS)].map((item) => item.object);
  }

  #lookAtCidrs(): void {
    if (!this.#controllerManager) return;
    this.#loop.add('ServiceCIDRs', () => {
      for (const cidr of this.#cidrs) this.#step(cidr.metadata.name ?? '');
    });
  }

  /** One step for a ServiceCIDR; a write brings the next. */
  #step(name: string): void {
    const { store, clock } = this.#registry;
    const cidr = store.get(SERVICE_CIDRS, '', name)?.object;
    if (!cidr) return;
    const ipAddresses = cidr.metadata.deletionTimestamp ? [...store.list(IP_ADDRESSES)].map((item) => item.object) : [];
    const step = nextCidrStep(cidr, this.#cidrs, ipAddresses, clock.now());
    const place = { resource: SERVICE_CIDRS, namespace: '', name };
    const finalizers = cidr.metadata.finalizers ?? [];
    const write = (wanted: string[]) =>
      updateAs(this.#registry, CIDR_CONTROLLER, place, (live) => {
        live.metadata.finalizers = wanted;
        return live;
      });
    switch (step.act) {
      case 'add-finalizer':
        write([...finalizers, CIDR_FINALIZER]);
        break;
      case 'remove-finalizer':
        write(finalizers.filter((one) => one !== CIDR_FINALIZER));
        break;
      case 'set-condition':
        this.#setCondition(name, step.condition, CIDR_CONTROLLER);
        break;
      case 'wait':
        this.#loop.after(step.milliseconds, 'ServiceCIDRs', () => this.#lookAtCidrs());
        break;
      case 'none':
    }
  }

  #setCondition(name: string, { type, status, reason, message, lastTransitionTime }: Condition, manager: string): void {
    const condition = { type, status, ...(reason && { reason }), message, lastTransitionTime };
    const applied: KubeObject = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'ServiceCIDR',
      metadata: { name },
      status: { conditions: [condition] },
    };
    applyAs(this.#registry, manager, applied, 'status');
  }

  /** Makes the ServiceCIDR of the server's own ranges, where it is missing, and keeps it as they are. */
  ensureDefault(): void {
    const { store, clock } = this.#registry;
    // Each step changes what the next one sees; there are three at most.
    for (let round = 0; round < 3; round++) {
      const there = store.get(SERVICE_CIDRS, '', DEFAULT_CIDR)?.object;
      const step = defaultCidrStep(there, this.#services.ranges, clock.now());
      const place = { resource: SERVICE_CIDRS, namespace: '', name: DEFAULT_CIDR };
      if (step.act === 'create') createAs(this.#registry, SERVER, step.object);
      else if (step.act === 'update') updateAs(this.#registry, SERVER, place, () => step.object);
      else if (step.act === 'set-condition') this.#setCondition(DEFAULT_CIDR, step.condition, DEFAULT_CIDR_CONTROLLER);
      else {
        if (step.act === 'report' && there && !this.#reported.has(step.event.reason)) {
          this.#reported.add(step.event.reason);
          const { reason, message } = step.event;
          this.#report({ regarding: there, reason, action: reason, note: message }, DEFAULT_CIDR_CONTROLLER);
        }
        return;
      }
    }
  }

  #state(): IpRepairState {
    const { store, clock } = this.#registry;
    return {
      service: (namespace, name) => store.get(SERVICES, namespace, name)?.object,
      ipAddress: (name) => store.get(IP_ADDRESSES, '', name)?.object,
      cidrs: this.#cidrs,
      now: clock.now(),
    };
  }

  #repairAll(): void {
    const { store } = this.#registry;
    const services = [...store.list(SERVICES)];
    for (const { object } of services) this.#doRepair(repairServiceIps(object, this.#state()));
    for (const { name } of store.list(IP_ADDRESSES)) this.#lookAtIpAddress(name);
    const { ports } = this.#services;
    const repair = repairPorts(
      services.map((item) => item.object),
      ports,
      this.#leaks,
    );
    this.#leaks = repair.leaks;
    ports.commit({ claims: { ports: repair.claims }, releases: { ports: repair.releases } });
    for (const event of repair.events) this.#report(event, PORT_REPAIR_CONTROLLER);
  }

  /** An address that its Service has lost is found missing in the next round of repair, as upstream. */
  #ipAddressChanged(name: string, gone: boolean): void {
    if (gone) this.#lookAtCidrs();
    else this.#lookAtIpAddress(name);
  }

  #lookAtService(namespace: string, name: string): void {
    this.#loop.add(`IPs of ${namespace}/${name}`, () => {
      const service = this.#registry.store.get(SERVICES, namespace, name)?.object;
      if (service) this.#doRepair(repairServiceIps(service, this.#state()));
    });
  }

  #lookAtIpAddress(name: string): void {
    this.#loop.add(`IPAddress ${name}`, () => {
      const ipAddress = this.#registry.store.get(IP_ADDRESSES, '', name)?.object;
      if (!ipAddress) return;
      const repair = repairIpAddress(ipAddress, this.#state());
      this.#doRepair(repair);
      if (repair.againAfter !== undefined) {
        this.#loop.after(repair.againAfter, `IPAddress ${name}`, () => this.#lookAtIpAddress(name));
      }
    });
  }

  #doRepair({ deletes, creates, events }: IpRepair): void {
    const kind = storedKind(IP_ADDRESSES);
    for (const name of deletes) this.#registry.delete(kind, '', name, {}, { dryRun: false });
    for (const object of creates) createAs(this.#registry, IP_REPAIR_CONTROLLER, object);
    for (const event of events) this.#report(event, IP_REPAIR_CONTROLLER);
  }

  /** An event as upstream's recorder writes it (`client-go/tools/events`). */
  #report({ regarding, reason, action, note }: RepairEvent, controller: string): void {
    const { namespace, name = '', uid = '', resourceVersion = '' } = regarding.metadata;
    const now = this.#registry.clock.now();
    createAs(this.#registry, controller, {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: {
        name: `${name}.${now.toString(16)}${this.#registry.clock.random(65536).toString(16)}`,
        namespace: namespace || 'default',
      },
      eventTime: new Date(now).toISOString().replace('Z', '000Z'),
      reportingController: controller,
      reportingInstance: `${controller}-sluice`,
      action,
      reason,
      regarding: {
        kind: regarding.kind,
        apiVersion: regarding.apiVersion,
        ...(namespace && { namespace }),
        name,
        uid,
        resourceVersion,
      },
      note,
      type: 'Warning',
    });
  }
}

import type { KubeObject } from '../api/object.ts';
import { PortAllocator } from './port-allocator.ts';
import type { RepairEvent } from './repair.ts';
import type { Service } from './types.ts';

/** `reportingController` of the events. */
export const PORT_REPAIR_CONTROLLER = 'portallocator-repair-controller';

/** How often a port is seen without a Service before it is given back: races need a while to end. */
const PASSES_BEFORE_RELEASE = 3;

export interface PortRepair {
  /** Ports to take, and ports that have leaked. */
  claims: number[];
  releases: number[];
  events: RepairEvent[];
  /** For the next pass: how many more times each leaked port is let be. */
  leaks: Map<number, number>;
}

/**
 * One pass over all Services: what the allocator has must be what they have
 * (`pkg/registry/core/service/portallocator/controller/repair.go`). `leaks` is the last pass's.
 */
export function repairPorts(
  services: readonly KubeObject[],
  ports: PortAllocator,
  leaks: ReadonlyMap<number, number>,
): PortRepair {
  const repair: PortRepair = { claims: [], releases: [], events: [], leaks: new Map(leaks) };
  const used = new PortAllocator(ports);
  for (const object of services) {
    for (const port of portsOf(object as Service)) repairPort(object, port, ports, used, repair);
  }
  for (const port of ports.taken()) {
    if (used.has(port)) continue;
    const left = repair.leaks.get(port) ?? PASSES_BEFORE_RELEASE - 1;
    // The count of a port that is given back stays at nothing until the port is used again, as upstream's does.
    if (left > 0) repair.leaks.set(port, left - 1);
    else repair.releases.push(port);
  }
  return repair;
}

function repairPort(
  service: KubeObject,
  port: number,
  ports: PortAllocator,
  used: PortAllocator,
  repair: PortRepair,
): void {
  const warn = (reason: string, note: string) =>
    repair.events.push({ regarding: service, reason, action: 'PortAllocation', note });
  if (used.claim(port)) {
    if (!ports.has(port)) {
      warn('PortNotAllocated', `Port ${port} is not allocated; repairing`);
      repair.claims.push(port);
    }
    repair.leaks.delete(port);
  } else if (used.contains(port)) {
    warn('PortAlreadyAllocated', `Port ${port} was assigned to multiple services; please recreate service`);
  } else {
    const note = `Port ${port} is not within the port range ${ports.range}; please recreate service`;
    warn('PortOutOfRange', note);
  }
}

/** A Service's node ports: one number for several protocols counts once, for one protocol twice counts twice. */
function portsOf({ spec }: Service): number[] {
  const found: number[] = [];
  const protocols = new Map<number, Set<string>>();
  for (const { nodePort, protocol = '' } of spec.ports ?? []) {
    if (!nodePort) continue;
    const seen = protocols.get(nodePort) ?? new Set();
    if (seen.size === 0 || seen.has(protocol)) found.push(nodePort);
    protocols.set(nodePort, seen.add(protocol));
  }
  const health = spec.healthCheckNodePort;
  if (health && (protocols.get(health)?.has('TCP') ?? true)) found.push(health);
  return found;
}

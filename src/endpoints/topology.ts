/** What is remembered of topology hints: each zone's share of the CPUs, and which Services have hints. */
import type { IpFamily } from '../kube/objects.ts';
import type { EndpointNode } from './node.ts';
import { type ByZone, isOverloaded, zoneShares } from './topology-hints.ts';

interface Hinted {
  /** Whether the last that was done to any of the families was to give it hints. */
  populated: boolean;
  families: Map<string, ByZone>;
}

export class Topology {
  #shares: ByZone | undefined;
  readonly #hinted = new Map<string, Hinted>();

  get shares(): ByZone | undefined {
    return this.#shares;
  }

  setNodes(nodes: Iterable<EndpointNode>): void {
    this.#shares = zoneShares(nodes);
  }

  hasHints(serviceKey: string): boolean {
    return this.#hinted.get(serviceKey)?.populated === true;
  }

  /** After a sync of one family: its endpoints by the zones of their hints, or undefined without hints. */
  setHints(serviceKey: string, family: IpFamily, allocated: ByZone | undefined): void {
    const hinted = this.#hinted.get(serviceKey) ?? { populated: false, families: new Map<string, ByZone>() };
    hinted.populated = allocated !== undefined;
    if (allocated) hinted.families.set(family, allocated);
    else hinted.families.delete(family);
    if (hinted.families.size > 0) this.#hinted.set(serviceKey, hinted);
    else this.#hinted.delete(serviceKey);
  }

  forget(serviceKey: string): void {
    this.#hinted.delete(serviceKey);
  }

  /** Services whose hints no longer fit the zones. */
  overloaded(): string[] {
    const keys: string[] = [];
    for (const [key, { families }] of this.#hinted) {
      if ([...families.values()].some((allocated) => isOverloaded(allocated, this.#shares))) keys.push(key);
    }
    return keys;
  }
}

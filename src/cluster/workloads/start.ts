import { EventExpiry } from '../controllers/events.ts';
import type { Loop } from '../controllers/loop.ts';
import type { Registry } from '../registry/registry.ts';
import { Scheduler } from '../scheduling/scheduler.ts';
import { Deployments } from './deployments.ts';
import { ownedIn } from './owned.ts';
import { ReplicaSets } from './replica-sets.ts';

export interface WorkloadOptions {
  /** False leaves pods without nodes. */
  scheduler?: boolean;
}

/**
 * Starts what runs workloads: the controllers of Deployments and ReplicaSets, the scheduler, and the expiry of the events
 * that they write.
 */
export function startWorkloads(registry: Registry, loop: Loop, options: WorkloadOptions = {}): void {
  // Before the others: when they look, the indexes know of the change.
  const owned = ownedIn(registry);
  new EventExpiry(registry, loop);
  new Deployments(registry, loop, owned);
  new ReplicaSets(registry, loop, owned);
  if (options.scheduler ?? true) new Scheduler(registry, loop, owned);
}

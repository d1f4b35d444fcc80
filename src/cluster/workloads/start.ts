import { EventExpiry } from '../controllers/events.ts';
import type { Loop } from '../controllers/loop.ts';
import { NodeLifecycle, type NodeLifecycleOptions } from '../node-lifecycle/node-lifecycle.ts';
import { TaintEviction } from '../node-lifecycle/taint-eviction.ts';
import type { Registry } from '../registry/registry.ts';
import { Scheduler } from '../scheduling/scheduler.ts';
import { DaemonSets } from './daemon-sets.ts';
import { Deployments } from './deployments.ts';
import { ownedIn } from '../controllers/owned.ts';
import { PodGc, type PodGcOptions } from './pod-gc.ts';
import { ReplicaSets } from './replica-sets.ts';

export interface WorkloadOptions extends NodeLifecycleOptions, PodGcOptions {
  /** False leaves pods without nodes. */
  scheduler?: boolean;
}

/**
 * Starts what runs workloads, short of kubelets: the controllers of Deployments, ReplicaSets and DaemonSets, the scheduler,
 * the care for nodes and their taints, the collection of pods that nobody else removes, and the expiry of events.
 */
export function startWorkloads(registry: Registry, loop: Loop, options: WorkloadOptions = {}): void {
  // Before the others: when they look, the indexes know of the change.
  const owned = ownedIn(registry);
  new EventExpiry(registry, loop);
  new Deployments(registry, loop, owned);
  new ReplicaSets(registry, loop, owned);
  new DaemonSets(registry, loop, owned);
  if (options.scheduler ?? true) new Scheduler(registry, loop, owned);
  new NodeLifecycle(registry, loop, owned, options);
  new TaintEviction(registry, loop, owned);
  new PodGc(registry, loop, owned, options);
}

/**
 * The background sweep: compares everything that Sluice manages with AWS, each load balancer once in a period, evenly
 * spread, and never with more than a share of AWS's API rate. What differs is repaired by an ordinary reconcile.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkQueue } from '../kube/work-queue.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { inBackground } from './aws/client.ts';
import type { Inventory } from './aws/inventory.ts';
import type { Network } from './aws/network.ts';
import { AWS_RATE_LIMITS } from './aws/rate-limit.ts';
import type { SharedGroups } from './aws/shared-groups.ts';
import type { ServiceStates } from './service-state.ts';

export interface DriftOptions {
  periodMs: number;
  /** Whether AWS's rate limits hold; without them the pace is the period's alone. */
  rateLimited: boolean;
  inventory: Inventory;
  network: Network;
  shared: SharedGroups;
  states: ServiceStates;
  queue: WorkQueue;
  /** Instances behind all nodes. */
  nodeInstances: () => string[];
  logger: Logger;
  metrics?: Metrics;
}

/** The first part of a period is left to whatever a start or a change of leader has to do. */
const LEAD_IN = 0.1;
const SPREAD = 0.8;
/** Of the rate of Describe calls. */
const SHARE = 0.3;
/** Listeners, their tags and attributes; target health and attributes. */
const CALLS = { loadBalancer: 3, targetGroup: 2 };

/**
 * Time between two Services of a sweep over `count` that takes `calls` in all, and how long that makes the period.
 * Milliseconds.
 */
export function paceOf(count: number, calls: number, periodMs: number, rateLimited: boolean) {
  if (count === 0) return { gapMs: 0, periodMs };
  const shortest = rateLimited ? (calls / count / (AWS_RATE_LIMITS.describe.refill * SHARE)) * 1000 : 0;
  const gapMs = Math.max((periodMs * SPREAD) / count, shortest);
  return { gapMs, periodMs: Math.max(periodMs, (gapMs * count) / SPREAD) };
}

export async function sweepForDrift(options: DriftOptions, signal: AbortSignal): Promise<void> {
  const { inventory, logger, metrics, states, queue } = options;
  // What was read at the start is fresh: the first sweep goes straight to the details.
  for (let first = true; ; first = false) {
    const start = performance.now();
    let periodMs = options.periodMs;
    try {
      await sleep(periodMs * LEAD_IN, undefined, { signal });
      if (!first) await inBackground(() => readAnew(options));
      const keys = states.managedKeys();
      // What the shared pages show costs no further call to compare.
      if (!first) for (const key of keys) queue.add(key, { priority: 'low' });
      const { loadBalancers, targetGroups } = inventory;
      const calls = CALLS.loadBalancer * loadBalancers.size + CALLS.targetGroup * targetGroups.size;
      const pace = paceOf(keys.length, calls, periodMs, options.rateLimited);
      periodMs = pace.periodMs;
      metrics?.driftPeriod.set(periodMs / 1000);
      if (periodMs > options.periodMs) {
        logger.warn('drift period stretched to stay within AWS rate limits', { seconds: Math.round(periodMs / 1000) });
      }
      for (const key of keys) {
        states.deepen(key);
        queue.add(key, { priority: 'low' });
        await sleep(pace.gapMs, undefined, { signal });
      }
    } catch (error) {
      if (signal.aborted) return;
      logger.warn('drift sweep failed and goes on in the next period', { error });
    }
    await sleep(Math.max(0, periodMs - (performance.now() - start)), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
  }
}

/** The shared pages: a load balancer, target group or security group that is gone is missing here. */
async function readAnew({ inventory, network, shared, nodeInstances }: DriftOptions): Promise<void> {
  network.forgetSubnets();
  await network.refreshInstances(nodeInstances());
  await inventory.refresh({ tags: true });
  shared.forgetNodeGroups();
  await shared.openNodePorts();
}

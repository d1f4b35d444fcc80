import type { Logger } from '../runtime/logger.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { LeaderElector } from './lease.ts';
import type { KubeClient } from './request.ts';

/** The flags of leader election, which every elected plane has. */
export interface ElectionConfig {
  leaderElectNamespace: string;
  leaseName: string;
  leaseDurationMs: number;
  renewDeadlineMs: number;
  retryPeriodMs: number;
}

/** An elector that says in log and metrics what becomes of its Lease; who uses it calls `run`. */
export function electorOf(
  config: ElectionConfig,
  { client, identity, logger, metrics }: { client: KubeClient; identity: string; logger: Logger; metrics: Metrics },
): LeaderElector {
  const { leaderElectNamespace: namespace, leaseName: name, renewDeadlineMs, retryPeriodMs } = config;
  const elector = new LeaderElector({
    client,
    namespace,
    name,
    identity,
    // The Lease has whole seconds.
    leaseDurationMs: Math.ceil(config.leaseDurationMs / 1000) * 1000,
    renewDeadlineMs,
    retryPeriodMs,
    onEvent: (event) => {
      if (event.type !== 'renewed') logger.info(`leader election: ${event.type}`, { ...event });
      metrics.leader.set({ name }, elector.isLeading() ? 1 : 0);
    },
  });
  return elector;
}

/** Starts the endpoints plane: caches, then leader election, then the controllers. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { electorOf } from '../kube/elected.ts';
import { createKubeClient } from '../kube/request.ts';
import type { HealthRegistry } from '../runtime/health.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { EndpointsConfig } from './config.ts';
import { createEndpointsMetrics } from './metrics.ts';
import { watchEndpoints } from './watch.ts';
import { work } from './work.ts';

export interface EndpointsContext {
  options: EndpointsConfig;
  logger: Logger;
  metrics: Metrics;
  health: HealthRegistry;
  signal: AbortSignal;
}

/** Runs until `signal`, or until leadership is lost, which throws. @throws ConfigError for what the user must mend. */
export async function runEndpoints(context: EndpointsContext): Promise<void> {
  const { options, logger, metrics, health, signal } = context;
  const identity = `${process.env['POD_NAME'] ?? hostname()}_${randomUUID().slice(0, 8)}`;
  let assertLeading = () => {};
  const client = createKubeClient({
    ...(options.kubeconfig ? { kubeconfig: options.kubeconfig } : {}),
    userAgent: 'sluice-endpoints',
    writeGuard: () => assertLeading(),
    onRequest: (method, _resource, status, seconds) => {
      metrics.kubeRequests.inc({ method, code: String(status) });
      metrics.kubeRequestDuration.observe({ method }, seconds);
    },
  });
  const stop = new AbortController();
  const stopping = AbortSignal.any([signal, stop.signal]);
  try {
    const watch = watchEndpoints(client, { logger, metrics, signal: stopping });
    health.addReadyCheck('endpoints', () => (watch.hasSynced() ? undefined : 'Services and pods are not listed yet'));
    await Promise.race([watch.synced, aborted(signal)]);
    if (signal.aborted) return;
    const { services, pods, nodes } = watch;
    logger.info('watching', { services: services.size, pods: pods.size, nodes: nodes.size });
    const lead = (leading: AbortSignal) =>
      work(
        {
          options,
          logger,
          metrics,
          own: createEndpointsMetrics(metrics.registry, options.maxEndpointsPerSlice),
          client,
          watch,
          identity,
        },
        leading,
      );
    if (!options.leaderElect) {
      await lead(stopping);
      return;
    }
    const elector = electorOf(options, { client, identity, logger, metrics });
    assertLeading = () => elector.assertLeading();
    const end = await elector.run(stopping, lead);
    if (end === 'lost') throw new Error('lost the leader lease; another replica takes over');
  } finally {
    stop.abort();
    await client.close();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

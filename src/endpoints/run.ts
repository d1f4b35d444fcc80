/** Puts the endpoints plane together: caches, leader election, and the three controllers with their workers. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { EventRecorder } from '../kube/events.ts';
import { LeaderElector } from '../kube/lease.ts';
import { createKubeClient, type KubeClient } from '../kube/request.ts';
import type { Store } from '../kube/store.ts';
import { WorkQueue } from '../kube/work-queue.ts';
import type { HealthRegistry } from '../runtime/health.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { EndpointsConfig } from './config.ts';
import { SliceMetrics } from './metrics.ts';
import { SLICE_CONTROLLER } from './names.ts';
import type { EndpointNode } from './node.ts';
import { OwnedSlices } from './owned-slices.ts';
import { SliceSync } from './slice-sync.ts';
import { Topology } from './topology.ts';
import { type EndpointsWatch, followServices, watchEndpoints } from './watch.ts';

export interface EndpointsContext {
  options: EndpointsConfig;
  logger: Logger;
  metrics: Metrics;
  health: HealthRegistry;
  signal: AbortSignal;
}

/** What others do to slices is looked at a little later: there may be more of it. */
const FOREIGN_CHANGE_MS = 1000;

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
    const lead = (leading: AbortSignal) => work({ ...context, client, watch, identity }, leading);
    if (!options.leaderElect) {
      await lead(stopping);
      return;
    }
    const elector = new LeaderElector({
      client,
      namespace: options.leaderElectNamespace,
      name: options.leaseName,
      identity,
      // The Lease has whole seconds.
      leaseDurationMs: Math.ceil(options.leaseDurationMs / 1000) * 1000,
      renewDeadlineMs: options.renewDeadlineMs,
      retryPeriodMs: options.retryPeriodMs,
      onEvent: (event) => {
        if (event.type !== 'renewed') logger.info(`leader election: ${event.type}`, { ...event });
        metrics.leader.set({ name: options.leaseName }, elector.isLeading() ? 1 : 0);
      },
    });
    assertLeading = () => elector.assertLeading();
    const end = await elector.run(stopping, lead);
    if (end === 'lost') throw new Error('lost the leader lease; another replica takes over');
  } finally {
    stop.abort();
    await client.close();
  }
}

interface WorkContext extends EndpointsContext {
  client: KubeClient;
  watch: EndpointsWatch;
  identity: string;
}

/** What a leader does. Returns after `signal`, when every sync under way has ended. */
async function work(context: WorkContext, signal: AbortSignal): Promise<void> {
  const { options, client, watch, metrics, logger, identity } = context;
  const recorder = (component: string) =>
    new EventRecorder({
      client,
      component,
      instance: identity,
      onError: (error) => logger.warn('an event was lost', { error }),
    });
  const { nodes, services } = watch;
  const topology = new Topology();
  const sliceMetrics = new SliceMetrics(metrics.registry, options.maxEndpointsPerSlice);
  const sliceQueue = queueOf('endpoint_slice', { baseMs: 1000, maxMs: 1_000_000 }, context);
  const slices = new OwnedSlices({
    client,
    store: watch.slices,
    manager: SLICE_CONTROLLER,
    onForeignChange: (key) => sliceQueue.addAfter(key, Math.max(FOREIGN_CHANGE_MS, options.batchPeriodMs)),
    onWrite: (operation) => sliceMetrics.wrote(operation),
  });
  const events = [recorder('endpoint-slice-controller')] as const;
  topology.setNodes(nodes.list());
  const changes = followServices(watch, (key, by) => {
    sliceQueue.addAfter(key, by === 'pod' ? options.batchPeriodMs : 0);
  });
  const sync = new SliceSync({
    serviceOf: (key) => services.get(key),
    podsOf: ({ metadata }) =>
      changes.membership.podsOf(metadata.namespace ?? '', `${metadata.namespace}/${metadata.name}`),
    nodeOf: (name) => nodes.get(name),
    slices,
    topology,
    events: events[0],
    metrics: sliceMetrics,
    maxEndpointsPerSlice: options.maxEndpointsPerSlice,
  });
  const endNodes = onTopologyChange(nodes, () => {
    topology.setNodes(nodes.list());
    for (const key of topology.overloaded()) sliceQueue.add(key);
  });
  await sliceQueue.run(
    options.concurrency,
    async (key) => {
      try {
        await sync.sync(key);
        sliceMetrics.syncs.inc({ result: 'success' });
      } catch (error) {
        sliceMetrics.syncs.inc({ result: 'error' });
        throw error;
      }
    },
    signal,
  );
  endNodes();
  changes.close();
  slices.close();
  for (const each of events) {
    await each.flush();
    each.stop();
  }
}

/** Calls `changed` when the zones' shares may be others; once for what comes together. */
function onTopologyChange(nodes: Store<EndpointNode>, changed: () => void): () => void {
  let due: NodeJS.Immediate | undefined;
  const unsubscribe = nodes.onChange((old, next) => {
    if (old && next && old.ready === next.ready && old.zone === next.zone) return;
    due ??= setImmediate(() => {
      due = undefined;
      changed();
    });
  });
  return () => {
    unsubscribe();
    clearImmediate(due);
  };
}

function queueOf(
  name: string,
  backoff: { baseMs: number; maxMs: number },
  { metrics, logger }: WorkContext,
): WorkQueue {
  return new WorkQueue({
    backoff,
    onError: (key, error) => logger.warn('a sync failed and will be tried again', { queue: name, service: key, error }),
    hooks: {
      depth: (keys) => metrics.workqueueDepth.set({ name }, keys),
      adds: () => metrics.workqueueAdds.inc({ name }),
      retries: () => metrics.workqueueRetries.inc({ name }),
      latency: (seconds) => metrics.workqueueQueueDuration.observe({ name }, seconds),
      workDuration: (seconds) => metrics.workqueueWorkDuration.observe({ name }, seconds),
    },
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

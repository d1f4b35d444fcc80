/** Puts the controller together: caches, leader election, workers and the drift sweep. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventRecorder } from '../kube/events.ts';
import { electorOf } from '../kube/elected.ts';
import { createKubeClient, isConflict, type KubeClient } from '../kube/request.ts';
import { WorkQueue } from '../kube/work-queue.ts';
import type { HealthRegistry } from '../runtime/health.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { keyOf } from '../kube/key.ts';
import { LBC_CLASS } from '../service/ownership.ts';
import type { Aws } from './aws/client.ts';
import { connectAws } from './aws/discover.ts';
import { Inventory } from './aws/inventory.ts';
import { Network } from './aws/network.ts';
import { Observer } from './aws/observe.ts';
import { SharedGroups } from './aws/shared-groups.ts';
import { type ClusterWatch, onServiceChange, onTargetChange, watchCluster } from './cluster-watch.ts';
import type { ControllerConfig } from './config.ts';
import { Controller } from './controller.ts';
import { sweepForDrift } from './drift.ts';
import { LbcWatch } from './lbc-watch.ts';
import { instanceIdOf } from './nodes.ts';
import { ServiceWriter } from './service-writer.ts';

export interface ControllerContext {
  options: ControllerConfig;
  logger: Logger;
  metrics: Metrics;
  health: HealthRegistry;
  signal: AbortSignal;
}

const COMPONENT = 'sluice-controller';
/** Nodes come and go in groups: their targets are changed together. */
const NODE_SETTLE_MS = 200;
/** The queue's backoff is for one Service's trouble; AWS's limits are kept elsewhere. */
const BACKOFF = { baseMs: 500, maxMs: 300_000 };
const CONFLICT_RETRY_MS = 200;
const RETRIES = { ratePerSecond: 50, burst: 200 };

/** Runs until `signal`, or until leadership is lost, which throws. @throws ConfigError for what the user must mend. */
export async function runController(context: ControllerContext): Promise<void> {
  const { options, logger, metrics, health, signal } = context;
  const identity = `${process.env.POD_NAME ?? hostname()}_${randomUUID().slice(0, 8)}`;
  let assertLeading = () => {};
  const client = createKubeClient({
    ...(options.kubeconfig ? { kubeconfig: options.kubeconfig } : {}),
    writeGuard: () => assertLeading(),
    onRequest: (method, _resource, status, seconds) => {
      metrics.kubeRequests.inc({ method, code: String(status) });
      metrics.kubeRequestDuration.observe({ method }, seconds);
    },
  });
  const stop = new AbortController();
  const stopping = AbortSignal.any([signal, stop.signal]);
  try {
    const cluster = watchCluster(client, logger, metrics, stopping);
    health.addReadyCheck('caches', () =>
      cluster.services.hasSynced && cluster.nodes.hasSynced ? undefined : 'Services and nodes are not listed yet',
    );
    await aborting(signal, Promise.all([cluster.services.synced, cluster.nodes.synced]));
    const { aws, vpcId } = await connectAws(options, cluster.nodes.list(), {
      writeGuard: () => assertLeading(),
      metrics,
      logger,
      signal: stopping,
    });
    logger.info('found the cluster', { vpc: vpcId, services: cluster.services.size, nodes: cluster.nodes.size });

    const lead = (leading: AbortSignal) => work({ ...context, client, cluster, aws, vpcId, identity }, leading);
    if (options.leaderElect) {
      const elector = electorOf(options, { client, identity, logger, metrics });
      assertLeading = () => elector.assertLeading();
      const end = await elector.run(stopping, lead);
      if (end === 'lost') throw new Error('lost the leader lease; another replica takes over');
    } else {
      await lead(stopping);
    }
    aws.destroy();
  } finally {
    stop.abort();
    await client.close();
  }
}

interface LeadContext extends ControllerContext {
  client: KubeClient;
  cluster: ClusterWatch;
  aws: Aws;
  vpcId: string;
  identity: string;
}

/** What a leader does. Returns after `signal`, when every step under way has ended. */
async function work(context: LeadContext, signal: AbortSignal): Promise<void> {
  const { options, logger, metrics, client, cluster, aws, vpcId, identity } = context;
  const { services, nodes } = cluster;
  const { clusterName } = options;
  const onError = (error: unknown) => logger.warn('an event was lost', { error });
  const events = new EventRecorder({ client, component: COMPONENT, instance: identity, onError });
  const queue = createQueue(metrics, logger);
  const inventory = new Inventory(aws, clusterName, vpcId);
  const network = new Network(aws, vpcId, clusterName);
  const nodeInstances = () => nodes.list().flatMap((node) => instanceIdOf(node) ?? []);
  const lbc = new LbcWatch(client, logger);
  const shared = new SharedGroups({
    aws,
    inventory,
    network,
    clusterName,
    budget: options.nodeSgRuleBudget,
    instanceIds: () => controller.targetInstances(),
    logger,
    signal,
  });
  const controller: Controller = new Controller({
    config: options,
    clusterName,
    vpcId,
    aws,
    inventory,
    observer: new Observer(aws, inventory),
    network,
    shared,
    services,
    nodes,
    queue,
    writer: new ServiceWriter(client, events),
    logger,
    lbcActive: () => lbc.active,
    onDrift: () => metrics.driftRepairs.inc(),
  });

  const withLbc = options.loadBalancerClasses.includes(LBC_CLASS);
  if (withLbc) await lbc.look();
  await untilDone('AWS could not be read', logger, signal, async () => {
    await Promise.all([inventory.refresh(), network.subnets(), network.ensureInstances(nodeInstances())]);
    await shared.prepare();
  });

  const requeue = () => {
    for (const service of services.list()) if (controller.concerns(service)) queue.add(keyOf(service));
  };
  let settling: NodeJS.Timeout | undefined;
  const unsubscribe = [
    onServiceChange(services, (old, next) => {
      const service = next ?? old;
      if (service && ((next && controller.concerns(next)) || (old && controller.concerns(old))))
        queue.add(keyOf(service));
    }),
    onTargetChange(nodes, () => {
      settling ??= setTimeout(() => {
        settling = undefined;
        for (const key of controller.states.managedKeys()) queue.add(key);
      }, NODE_SETTLE_MS);
    }),
  ];
  const gauge = setInterval(() => {
    for (const [state, count] of controller.states.countByPhase()) metrics.managedServices.set({ state }, count);
  }, 1000);

  await Promise.all([
    queue.run(options.concurrency, (key, ending) => reconcile(controller, queue, key, ending, metrics), signal),
    sweepForDrift(
      {
        periodMs: options.driftPeriodMs,
        rateLimited: aws.rateLimited,
        inventory,
        network,
        shared,
        states: controller.states,
        queue,
        nodeInstances,
        logger,
        metrics,
      },
      signal,
    ),
    withLbc ? lbc.watch(signal, requeue) : Promise.resolve(),
  ]);
  for (const end of unsubscribe) end();
  clearTimeout(settling);
  clearInterval(gauge);
  await events.flush();
  events.stop();
}

/** Tries until it works: without a first look at AWS nothing may be planned, or what exists would be made again. */
async function untilDone(
  failure: string,
  logger: Logger,
  signal: AbortSignal,
  attempt: () => Promise<void>,
): Promise<void> {
  for (let delayMs = 500; !signal.aborted; delayMs = Math.min(30_000, delayMs * 2)) {
    try {
      return await attempt();
    } catch (error) {
      logger.error(`${failure}; trying again`, { error, milliseconds: delayMs });
      await sleep(delayMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

function createQueue(metrics: Metrics, logger: Logger): WorkQueue {
  const name = 'services';
  return new WorkQueue({
    backoff: BACKOFF,
    retryBucket: RETRIES,
    onError: (key, error) => logger.warn('reconcile failed and will be retried', { service: key, error }),
    hooks: {
      depth: (keys) => metrics.workqueueDepth.set({ name }, keys),
      adds: () => metrics.workqueueAdds.inc({ name }),
      retries: () => metrics.workqueueRetries.inc({ name }),
      latency: (seconds) => metrics.workqueueQueueDuration.observe({ name }, seconds),
      workDuration: (seconds) => metrics.workqueueWorkDuration.observe({ name }, seconds),
    },
  });
}

async function reconcile(
  controller: Controller,
  queue: WorkQueue,
  key: string,
  signal: AbortSignal,
  metrics: Metrics,
): Promise<void> {
  const end = metrics.reconcileDuration.startTimer({ controller: 'services' });
  let result = 'success';
  try {
    await controller.reconcile(key, signal);
  } catch (error) {
    result = isConflict(error) ? 'conflict' : 'error';
    // Somebody else changed the Service meanwhile, and the watch brings what it is now.
    if (result === 'conflict') queue.addAfter(key, CONFLICT_RETRY_MS);
    else if (!signal.aborted) throw error;
  } finally {
    end({ result });
    metrics.reconciles.inc({ controller: 'services', result });
  }
}

function aborting<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return Promise.race([
    work,
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      if (signal.aborted) reject(signal.reason as Error);
    }),
  ]);
}

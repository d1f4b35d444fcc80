/** Puts the three controllers over one set of caches: slices from pods, Endpoints from pods, slices from hand-made Endpoints. */
import { EventRecorder } from '../kube/events.ts';
import { keyOf } from '../kube/key.ts';
import type { Service } from '../kube/objects.ts';
import type { KubeClient } from '../kube/request.ts';
import type { Store } from '../kube/store.ts';
import { WorkQueue } from '../kube/work-queue.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { EndpointsConfig } from './config.ts';
import { EndpointsSync } from './endpoints-sync.ts';
import { isOvertaken } from './errors.ts';
import type { EndpointsMetrics } from './metrics.ts';
import { isMirrored } from './mirror-plan.ts';
import { MirrorSync } from './mirror-sync.ts';
import { LEADER_ANNOTATION, MIRRORING_CONTROLLER, SLICE_CONTROLLER } from './names.ts';
import type { EndpointNode } from './node.ts';
import { OwnedSlices } from './owned-slices.ts';
import { OwnWrites } from './own-writes.ts';
import { hasSelector } from './service.ts';
import { SliceSync } from './slice-sync.ts';
import { Topology } from './topology.ts';
import { type EndpointsWatch, followServices, type ServiceChanges } from './watch.ts';

export interface WorkContext {
  options: EndpointsConfig;
  logger: Logger;
  metrics: Metrics;
  own: EndpointsMetrics;
  client: KubeClient;
  /** Listed. */
  watch: EndpointsWatch;
  /** Of this process, in events. */
  identity: string;
}

/** Upstream's, of each controller. */
const BACKOFF = {
  slices: { baseMs: 1000, maxMs: 1_000_000 },
  endpoints: { baseMs: 5, maxMs: 1_000_000 },
  mirroring: { baseMs: 1000, maxMs: 100_000 },
};
/** What others do to slices is looked at a little later: there may be more of it. */
const FOREIGN_CHANGE_MS = 1000;

/** Works until `signal`; returns when every sync under way has ended. */
export async function work(context: WorkContext, signal: AbortSignal): Promise<void> {
  const queues = {
    slices: queueOf('endpoint_slice', BACKOFF.slices, context),
    endpoints: queueOf('endpoint', BACKOFF.endpoints, context),
    mirroring: queueOf('endpoint_slice_mirroring', BACKOFF.mirroring, context),
  };
  const recorders: EventRecorder[] = [];
  const recorder = (component: string) => {
    const events = new EventRecorder({
      client: context.client,
      component,
      instance: context.identity,
      onError: (error) => context.logger.warn('an event was lost', { error }),
    });
    recorders.push(events);
    return events;
  };
  const { batchPeriodMs, concurrency } = context.options;
  const changes = followServices(context.watch, (key, by) => {
    const delayMs = by === 'pod' ? batchPeriodMs : 0;
    queues.slices.addAfter(key, delayMs);
    queues.endpoints.addAfter(key, delayMs);
  });
  const parts = { context, changes, recorder };
  const slices = sliceController(parts, queues.slices);
  const endpoints = endpointsController(parts, queues);
  const mirroring = mirroringController(parts, queues.mirroring);
  await Promise.all([
    queues.slices.run(concurrency, slices.sync, signal),
    queues.endpoints.run(concurrency, endpoints.sync, signal),
    queues.mirroring.run(concurrency, mirroring.sync, signal),
  ]);
  for (const { close } of [slices, endpoints, mirroring, changes]) close();
  for (const events of recorders) {
    await events.flush();
    events.stop();
  }
}

interface Parts {
  context: WorkContext;
  changes: ServiceChanges;
  recorder(component: string): EventRecorder;
}

interface Controller {
  sync(this: void, key: string): Promise<void>;
  close(this: void): void;
}

function sliceController({ context, changes, recorder }: Parts, queue: WorkQueue): Controller {
  const { client, watch, options, own } = context;
  const { services, nodes } = watch;
  const { maxEndpointsPerSlice, batchPeriodMs } = options;
  const topology = new Topology();
  topology.setNodes(nodes.list());
  const slices = new OwnedSlices({
    client,
    store: watch.slices,
    manager: SLICE_CONTROLLER,
    onForeignChange: (key) => queue.addAfter(key, Math.max(FOREIGN_CHANGE_MS, batchPeriodMs)),
    onWrite: (operation) => own.slices.wrote(operation),
  });
  const sync = new SliceSync({
    serviceOf: (key) => services.get(key),
    podsOf: (service) => podsOf(changes, service),
    nodeOf: (name) => nodes.get(name),
    slices,
    topology,
    events: recorder('endpoint-slice-controller'),
    metrics: own.slices,
    maxEndpointsPerSlice,
  });
  const endNodes = onTopologyChange(nodes, () => {
    topology.setNodes(nodes.list());
    for (const key of [...topology.overloaded(), ...sync.waitingForNodes]) queue.add(key);
  });
  return {
    sync: async (key) => {
      let result = 'error';
      try {
        await sync.sync(key);
        result = 'success';
      } finally {
        own.slices.syncs.inc({ result });
      }
    },
    close: () => {
      endNodes();
      slices.close();
    },
  };
}

/** Legacy Endpoints. What a Service that went while nobody looked has left is found at the start. */
function endpointsController(
  { context, changes, recorder }: Parts,
  { endpoints: queue, mirroring }: Record<'endpoints' | 'mirroring', WorkQueue>,
): Controller {
  const { client, watch } = context;
  const { services, endpoints } = watch;
  const own = new OwnWrites(endpoints, (old, next) => {
    const object = next ?? old;
    if (!object) return;
    if (!next) queue.add(keyOf(object));
    if ((old && isMirrored(old)) || (next && isMirrored(next))) mirroring.add(keyOf(object));
  });
  for (const object of endpoints.list()) {
    if (object.metadata.annotations?.[LEADER_ANNOTATION] === undefined) queue.add(keyOf(object));
    if (isMirrored(object)) mirroring.add(keyOf(object));
  }
  const sync = new EndpointsSync({
    client,
    serviceOf: (key) => services.get(key),
    podsOf: (service) => podsOf(changes, service),
    endpoints,
    own,
    events: recorder('endpoint-controller'),
  });
  return { sync: (key) => sync.sync(key), close: () => own.close() };
}

function mirroringController({ context, recorder }: Parts, queue: WorkQueue): Controller {
  const { client, watch, options, own } = context;
  const { services, endpoints } = watch;
  const slices = new OwnedSlices({
    client,
    store: watch.slices,
    manager: MIRRORING_CONTROLLER,
    onForeignChange: (key) => queue.addAfter(key, options.batchPeriodMs),
    onWrite: (operation) => own.mirroring.wrote(operation),
  });
  const sync = new MirrorSync({
    serviceOf: (key) => services.get(key),
    endpoints,
    slices,
    events: recorder('endpoint-slice-mirroring-controller'),
    metrics: own.mirroring,
    most: options.mirroringMaxEndpoints,
  });
  const endServices = services.onChange((old, next) => {
    const service = next ?? old;
    if (!service) return;
    const changed = old && next ? hasSelector(old) !== hasSelector(next) : !hasSelector(service);
    if (changed) queue.add(keyOf(service));
  });
  return {
    sync: async (key) => {
      const end = own.mirroring.syncDuration.startTimer();
      try {
        await sync.sync(key);
      } finally {
        end();
      }
    },
    close: () => {
      endServices();
      slices.close();
    },
  };
}

function podsOf({ membership }: ServiceChanges, service: Service) {
  return membership.podsOf(service.metadata.namespace ?? '', keyOf(service));
}

/** Calls `changed` when a node comes or goes or the zones' shares may be others; once for what comes together. */
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
    onError: (key, error) => {
      const level = isOvertaken(error) ? 'debug' : 'warn';
      logger[level]('a sync failed and will be tried again', { queue: name, service: key, error });
    },
    hooks: {
      depth: (keys) => metrics.workqueueDepth.set({ name }, keys),
      adds: () => metrics.workqueueAdds.inc({ name }),
      retries: () => metrics.workqueueRetries.inc({ name }),
      latency: (seconds) => metrics.workqueueQueueDuration.observe({ name }, seconds),
      workDuration: (seconds) => metrics.workqueueWorkDuration.observe({ name }, seconds),
    },
  });
}

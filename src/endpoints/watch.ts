/** What is watched, and which Services a change is about. */
import type { Endpoints, EndpointSlice, KubeObject, Service } from '../kube/objects.ts';
import { keyOf } from '../kube/key.ts';
import { type ReflectorOptions, startReflector } from '../kube/reflector.ts';
import type { KubeClient } from '../kube/request.ts';
import { Store } from '../kube/store.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { Membership } from './membership.ts';
import {
  MANAGED_BY_LABEL,
  MIRRORING_CONTROLLER,
  SLICE_CONTROLLER,
  TOPOLOGY_HINTS_ANNOTATION,
  TOPOLOGY_MODE_ANNOTATION,
} from './names.ts';
import { type EndpointNode, readNode } from './node.ts';
import { indexSlices } from './owned-slices.ts';
import { endpointsChanged, type EndpointPod, podReader } from './pod.ts';
import { selectsPods } from './service.ts';

export interface EndpointsWatch {
  services: Store<Service>;
  pods: Store<EndpointPod>;
  nodes: Store<EndpointNode>;
  /** Those of the two controllers that are here. */
  slices: Store<EndpointSlice>;
  endpoints: Store<Endpoints>;
  /** Resolves when everything is listed. */
  synced: Promise<unknown>;
  hasSynced(): boolean;
}

/** Starts the watches; they end with `signal`. */
export function watchEndpoints(
  client: KubeClient,
  { logger, metrics, signal }: { logger: Logger; metrics: Metrics; signal: AbortSignal },
): EndpointsWatch {
  const onError = (error: unknown) => logger.error('a change handler failed', { error });
  const start = <T extends KubeObject>(resource: string, options: Omit<ReflectorOptions<T>, 'onEvent'>): Store<T> => {
    const store = new Store<T>({ onError });
    store.onChange(() => metrics.watchEvents.inc({ resource }));
    const onEvent: ReflectorOptions['onEvent'] = (event) => {
      if (event.type === 'list' && event.reason !== 'initial')
        metrics.watchRelists.inc({ resource, reason: event.reason });
      if (event.type === 'error') logger.warn(`${event.during} of ${resource} failed`, { error: event.error });
    };
    void startReflector(client, { ...options, onEvent }, store, signal);
    return store;
  };
  const core = { apiVersion: 'v1' } as const;
  const services = start<Service>('services', {
    ...core,
    path: '/api/v1/services',
    kind: 'Service',
    transform: readService,
  });
  const pods = start<EndpointPod>('pods', { ...core, path: '/api/v1/pods', kind: 'Pod', transform: podReader() });
  const nodes = start<EndpointNode>('nodes', { ...core, path: '/api/v1/nodes', kind: 'Node', transform: readNode });
  const endpoints = start<Endpoints>('endpoints', { ...core, path: '/api/v1/endpoints', kind: 'Endpoints' });
  const slices = start<EndpointSlice>('endpointslices', {
    path: '/apis/discovery.k8s.io/v1/endpointslices',
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    labelSelector: `${MANAGED_BY_LABEL} in (${SLICE_CONTROLLER},${MIRRORING_CONTROLLER})`,
  });
  indexSlices(slices);
  const stores = [services, pods, nodes, slices, endpoints];
  return {
    services,
    pods,
    nodes,
    slices,
    endpoints,
    synced: Promise.all(stores.map((store) => store.synced)),
    hasSynced: () => stores.every((store) => store.hasSynced),
  };
}

const READ_ANNOTATIONS = [TOPOLOGY_HINTS_ANNOTATION, TOPOLOGY_MODE_ANNOTATION];

/** A Service without what is not read of it: its status, and annotations that others put there. */
function readService(object: KubeObject): Service {
  const { apiVersion = 'v1', kind = 'Service', metadata, spec } = object as Service;
  const annotations = Object.fromEntries(
    Object.entries(metadata.annotations ?? {}).filter(([key]) => READ_ANNOTATIONS.includes(key)),
  );
  return { apiVersion, kind, metadata: { ...metadata, annotations }, spec };
}

export interface ServiceChanges {
  membership: Membership<EndpointPod>;
  close(): void;
}

/**
 * Keeps `membership` up to date, and calls `touched` with the key of every Service whose endpoints may have changed, by
 * itself or by its pods. The stores must have been listed; every Service is touched once to begin with.
 */
export function followServices(
  { services, pods }: Pick<EndpointsWatch, 'services' | 'pods'>,
  touched: (serviceKey: string, by: 'service' | 'pod') => void,
): ServiceChanges {
  const membership = new Membership<EndpointPod>();
  // Services first: each that comes later costs a look at all pods of its namespace.
  const unsubscribe = [
    services.onChange((old, next) => {
      const service = next ?? old;
      if (!service) return;
      const key = keyOf(service);
      const selector = next && selectsPods(next) ? next.spec.selector : undefined;
      membership.setService(service.metadata.namespace ?? '', key, selector);
      touched(key, 'service');
    }),
    pods.onChange((old, next) => {
      const pod = next ?? old;
      if (!pod) return;
      const { before, after } = membership.setPod(keyOf(pod), old, next);
      const changed = !old || !next || endpointsChanged(old, next);
      if (!changed && before === after) return;
      for (const key of new Set([...before, ...after])) {
        if (changed || before.includes(key) !== after.includes(key)) touched(key, 'pod');
      }
    }),
  ];
  return {
    membership,
    close: () => {
      for (const end of unsubscribe) end();
    },
  };
}

/** The caches of Services and nodes, and how their changes become keys in the queue. */
import type { Node, Service } from '../kube/objects.ts';
import { startReflector } from '../kube/reflector.ts';
import type { KubeClient } from '../kube/request.ts';
import { Store } from '../kube/store.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { APPLIED_ANNOTATION } from './applied.ts';
import { instanceIdOf, isTargetNode } from './nodes.ts';

export interface ClusterWatch {
  services: Store<Service>;
  nodes: Store<Node>;
  /** Resolves when watching has ended after `signal`. */
  done: Promise<unknown>;
}

export function watchCluster(client: KubeClient, logger: Logger, metrics: Metrics, signal: AbortSignal): ClusterWatch {
  const onError = (error: unknown) => logger.error('a change handler failed', { error });
  const services = new Store<Service>({ onError });
  const nodes = new Store<Node>({ onError });
  const start = <T extends Service | Node>(kind: string, resource: string, store: Store<T>) =>
    startReflector(
      client,
      {
        path: `/api/v1/${resource}`,
        apiVersion: 'v1',
        kind,
        onEvent: (event) => {
          if (event.type === 'list' && event.reason !== 'initial') {
            metrics.watchRelists.inc({ resource, reason: event.reason });
          }
          if (event.type === 'error') logger.warn(`${event.during} of ${resource} failed`, { error: event.error });
        },
      },
      store,
      signal,
    );
  services.onChange(() => metrics.watchEvents.inc({ resource: 'services' }));
  nodes.onChange(() => metrics.watchEvents.inc({ resource: 'nodes' }));
  const done = Promise.all([start('Service', 'services', services), start('Node', 'nodes', nodes)]);
  return { services, nodes, done };
}

/** Calls `changed` when a change of a node may change anybody's targets; kubelets' heartbeats do not. */
export function onTargetChange(nodes: Store<Node>, changed: () => void): () => void {
  const matters = (node: Node | undefined) =>
    node && JSON.stringify([isTargetNode(node), instanceIdOf(node), node.spec?.providerID, node.metadata.labels]);
  return nodes.onChange((old, next) => {
    if (matters(old) !== matters(next)) changed();
  });
}

/**
 * Calls `changed` when a change of a Service may ask for something. Its conditions and its record are Sluice's own words:
 * after a failure they are new each time, and to answer them would be to try again at once.
 */
export function onServiceChange(
  services: Store<Service>,
  changed: (old: Service | undefined, next: Service | undefined) => void,
): () => void {
  const matters = (service: Service | undefined) => {
    if (!service) return undefined;
    const { uid, deletionTimestamp, finalizers, annotations } = service.metadata;
    const { [APPLIED_ANNOTATION]: _, ...asked } = annotations ?? {};
    return JSON.stringify([uid, deletionTimestamp, finalizers, asked, service.spec, service.status?.loadBalancer]);
  };
  return services.onChange((old, next) => {
    if (matters(old) !== matters(next)) changed(old, next);
  });
}

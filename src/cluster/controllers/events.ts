/** Events by what runs in the server's own process: controllers, the scheduler, kubelets. */
import { EventCorrelator, eventBody, type EventType } from '../../kube/event-correlator.ts';
import type { KubeObject } from '../api/object.ts';
import { StatusError } from '../api/status.ts';
import type { Registry } from '../registry/registry.ts';
import type { Loop } from './loop.ts';
import { createAs, updateAs } from './writes.ts';

export type { EventType };

/** Who says something: what kubectl shows as FROM, and on which node, where it is a node's. */
export interface EventSource {
  component: string;
  host?: string;
}

/** Of each registry, by source: client-go has one correlator in each process. */
const CORRELATORS = new WeakMap<Registry, Map<string, EventCorrelator>>();

function correlatorOf(registry: Registry, { component, host = '' }: EventSource): EventCorrelator {
  let ofRegistry = CORRELATORS.get(registry);
  if (!ofRegistry) CORRELATORS.set(registry, (ofRegistry = new Map()));
  const key = `${component} ${host}`;
  let correlator = ofRegistry.get(key);
  if (!correlator) {
    const now = () => registry.clock.now();
    // The correlator waits for nothing.
    const clock = { now, wall: now, setTimeout: () => undefined, clearTimeout: () => undefined };
    ofRegistry.set(key, (correlator = new EventCorrelator(clock)));
  }
  return correlator;
}

/**
 * Records a core/v1 Event about an object, with client-go's counting, aggregation and spam filter: the same reason and
 * message about the same object again within 10 min count up. `from` is a component such as `deployment-controller`, with its
 * node where it has one. Nothing fails because of an event: one that is refused (its namespace is going) is dropped.
 */
export function recordEvent(
  registry: Registry,
  from: string | EventSource,
  object: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>,
  type: EventType,
  reason: string,
  message: string,
): void {
  const source = typeof from === 'string' ? { component: from } : from;
  const { name = '', namespace, uid, resourceVersion } = object.metadata;
  const reference = {
    apiVersion: object.apiVersion,
    kind: object.kind,
    name,
    ...(namespace && { namespace }),
    ...(uid && { uid }),
    ...(resourceVersion && { resourceVersion }),
  };
  const record = correlatorOf(registry, source).observe({ object: reference, type, reason, message });
  if (!record) return;
  const body = eventBody(record, source.component, source.host);
  const place = { resource: 'events', namespace: body.metadata.namespace, name: record.name };
  try {
    if (registry.store.get(place.resource, place.namespace, place.name)) {
      const { count, lastTimestamp, message: text } = body;
      updateAs(registry, source.component, place, (live) => ({ ...live, count, lastTimestamp, message: text }));
    } else createAs(registry, source.component, { ...body });
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
  }
}

/** As kube-apiserver's `--event-ttl`. */
const EVENT_TTL_MS = 3_600_000;
const LOOK_MS = 300_000;

/** Lets events go that nothing was added to for an hour, as kube-apiserver's storage does. */
export class EventExpiry {
  readonly #registry: Registry;

  constructor(registry: Registry, loop: Loop) {
    this.#registry = registry;
    loop.every(LOOK_MS, 'expiry of events', () => this.#expire());
  }

  #expire(): void {
    const { store, clock } = this.#registry;
    const oldest = clock.now() - EVENT_TTL_MS;
    const old = [...store.list('events')].filter(({ object }) => lastOf(object) < oldest);
    if (old.length === 0) return;
    store.commit(old.map(({ namespace, name }) => ({ resource: 'events', remove: { namespace, name } })));
  }
}

function lastOf(event: KubeObject): number {
  const times = [event['lastTimestamp'], event['series']?.lastObservedTime, event['eventTime']];
  return Math.max(...[event.metadata.creationTimestamp, ...times].map((time) => (time ? Date.parse(time) : 0)));
}

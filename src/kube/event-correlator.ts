import type { Clock } from './clock.ts';
import type { ObjectReference } from './objects.ts';
import { TokenBucket } from './rate-limit.ts';

export type EventType = 'Normal' | 'Warning';

export interface Occurrence {
  object: ObjectReference;
  type: EventType;
  reason: string;
  message: string;
}

/** One Event object, as it should be on the API server. */
export interface EventRecord extends Occurrence {
  name: string;
  count: number;
  /** Milliseconds since the epoch. */
  first: number;
  last: number;
  /** Whether it exists on the API server, as far as is known. */
  written: boolean;
}

/** The part of core/v1 Event that is written. */
export interface EventBody {
  apiVersion: 'v1';
  kind: 'Event';
  metadata: { name: string; namespace: string };
  involvedObject: ObjectReference;
  type: EventType;
  reason: string;
  message: string;
  count: number;
  firstTimestamp: string;
  lastTimestamp: string;
  source: { component: string; host?: string };
  reportingComponent: string;
  reportingInstance: string;
}

/** From here on client-go's events_cache.go. */
const SIMILAR_WINDOW_MS = 600_000;
const MAX_SIMILAR = 10;
const SPAM = { ratePerSecond: 1 / 300, burst: 25 };
const MAX_CACHED = 4096;
/** events.k8s.io's limit of `note`. */
const MAX_MESSAGE = 1024;

interface Similar {
  messages: Set<string>;
  /** Monotonic. */
  last: number;
}

/**
 * Decides which Event an occurrence belongs to. Three steps, as in client-go: more than 10 different messages about the
 * same object, type and reason within 10 minutes become one Event whose message changes; an occurrence equal to one of
 * the last 10 minutes counts that one up; and each object may cause 25 writes, then one every 5 minutes.
 */
export class EventCorrelator {
  readonly #clock: Clock;
  readonly #similar = new Map<string, Similar>();
  readonly #records = new Map<string, { record: EventRecord; last: number }>();
  readonly #spam = new Map<string, TokenBucket>();
  #lastName = 0n;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The record to write, counted up; undefined when the object has caused too many. */
  observe(occurrence: Occurrence): EventRecord | undefined {
    const { object, type, reason } = occurrence;
    const source = JSON.stringify([object.apiVersion, object.kind, object.namespace, object.name, object.uid, type]);
    const group = JSON.stringify([source, reason]);
    const message = truncate(occurrence.message);
    const combined = this.#isCombined(group, message);
    const key = combined ? group : JSON.stringify([group, message]);
    const record = this.#recordFor(key, { ...occurrence, message });
    if (combined) record.message = truncate(`(combined from similar events): ${occurrence.message}`);
    const bucket = recall(this.#spam, source, () => new TokenBucket(SPAM, this.#clock));
    return bucket.tryTake() ? record : undefined;
  }

  #isCombined(group: string, message: string): boolean {
    const now = this.#clock.now();
    const similar = recall(this.#similar, group, () => ({ messages: new Set<string>(), last: now }));
    if (now - similar.last > SIMILAR_WINDOW_MS) similar.messages.clear();
    similar.last = now;
    if (similar.messages.has(message)) return false;
    if (similar.messages.size >= MAX_SIMILAR) return true;
    similar.messages.add(message);
    return false;
  }

  #recordFor(key: string, occurrence: Occurrence): EventRecord {
    const now = this.#clock.now();
    const wall = this.#clock.wall();
    const entry = recall(this.#records, key, () => ({ record: this.#create(occurrence, wall), last: now }));
    if (now - entry.last > SIMILAR_WINDOW_MS) entry.record = this.#create(occurrence, wall);
    entry.last = now;
    entry.record.last = wall;
    entry.record.count++;
    return entry.record;
  }

  #create(occurrence: Occurrence, wall: number): EventRecord {
    const nanoseconds = BigInt(wall) * 1_000_000n;
    this.#lastName = nanoseconds > this.#lastName ? nanoseconds : this.#lastName + 1n;
    // A name is at most 253 characters, and the object's own may be as long.
    const name = `${occurrence.object.name.slice(0, 230)}.${this.#lastName.toString(16)}`;
    return { ...occurrence, name, count: 0, first: wall, last: wall, written: false };
  }
}

/** The Event to create. Cluster-scoped objects have their events in `default`, where kubectl looks for them. */
export function eventBody(record: EventRecord, component: string, instance = ''): EventBody {
  const { object, type, reason, message, count, name } = record;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: object.namespace ?? 'default' },
    involvedObject: object,
    type,
    reason,
    message,
    count,
    firstTimestamp: seconds(record.first),
    lastTimestamp: seconds(record.last),
    source: { component, ...(instance && { host: instance }) },
    reportingComponent: component,
    reportingInstance: instance,
  };
}

/** metav1.Time has no fractions. */
function seconds(wall: number): string {
  return new Date(wall).toISOString().replace(/\.\d+Z$/, 'Z');
}

function truncate(message: string): string {
  return message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE - 1)}…`;
}

/** Gets or makes an entry of a map that forgets the least recently used. */
function recall<V>(cache: Map<string, V>, key: string, make: () => V): V {
  const value = cache.get(key) ?? make();
  cache.delete(key);
  cache.set(key, value);
  for (const oldest of cache.keys()) {
    if (cache.size <= MAX_CACHED) break;
    cache.delete(oldest);
  }
  return value;
}

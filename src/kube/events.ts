import { type Clock, sleep, systemClock } from './clock.ts';
import { ApiError, ConnectionError, isAlreadyExists, isNotFound } from './errors.ts';
import { EventCorrelator, type EventRecord, type EventType, eventBody } from './event-correlator.ts';
import type { ObjectReference } from './objects.ts';
import { type KubeClient, MERGE_PATCH } from './request.ts';

export interface EventRecorderOptions {
  client: KubeClient;
  /** Shown as FROM by kubectl, such as `sluice-controller`. */
  component: string;
  /** This process among its replicas, such as the pod's name. */
  instance?: string;
  clock?: Clock;
  /** An event was dropped. */
  onError?: (error: unknown) => void;
}

/** Events that wait to be written; beyond that they are dropped, so that an API server's outage costs no memory. */
const MAX_PENDING = 1000;
const ATTEMPTS = 4;
const RETRY_MS = 1000;
const TIMEOUT_MS = 10_000;

/**
 * Records Kubernetes Events, with client-go's aggregation and spam filter. Nothing waits for an event and nothing fails
 * because of one: what can't be written is dropped and reported to `onError`.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #clock: Clock;
  readonly #correlator: EventCorrelator;
  /** Records that differ from the API server's. One that changes again meanwhile is written once. */
  readonly #pending = new Set<EventRecord>();
  readonly #stopped = new AbortController();
  #writing: Promise<void> | undefined;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#correlator = new EventCorrelator(this.#clock);
  }

  /** Returns at once and never throws. Same object, type, reason and message again within 10 min only count up. */
  record(object: ObjectReference, type: EventType, reason: string, message: string): void {
    if (this.#stopped.signal.aborted) return;
    const record = this.#correlator.observe({ object, type, reason, message });
    if (!record) return;
    if (this.#pending.size >= MAX_PENDING && !this.#pending.has(record)) {
      this.#report(new Error(`event ${reason} of ${object.kind} ${object.name} dropped: ${MAX_PENDING} are waiting`));
      return;
    }
    this.#pending.add(record);
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when everything recorded so far is written or dropped. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  /** Drops what is not written yet and ignores what is recorded from now on; `flush` first to keep it. */
  stop(): void {
    this.#stopped.abort();
    this.#pending.clear();
  }

  async #writeAll(): Promise<void> {
    // `record` returns before the first request starts.
    await Promise.resolve();
    for (const record of this.#pending) {
      this.#pending.delete(record);
      try {
        await this.#writeWithRetries(record);
      } catch (error) {
        if (!this.#stopped.signal.aborted) this.#report(error);
      }
    }
    this.#writing = undefined;
  }

  async #writeWithRetries(record: EventRecord): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#write(record);
      } catch (error) {
        const signal = this.#stopped.signal;
        if (attempt === ATTEMPTS || signal.aborted || !isTransient(error)) throw error;
        await sleep(this.#clock, RETRY_MS * 2 ** (attempt - 1), signal);
      }
    }
  }

  async #write(record: EventRecord): Promise<void> {
    const { client, component, instance } = this.#options;
    const body = eventBody(record, component, instance);
    const collection = `/api/v1/namespaces/${body.metadata.namespace}/events`;
    const options = { timeoutMs: TIMEOUT_MS, signal: this.#stopped.signal };
    if (!record.written) {
      try {
        await client.request<unknown>('POST', collection, { body, ...options });
        record.written = true;
        return;
      } catch (error) {
        // The answer to an earlier attempt was lost, not the event.
        if (!isAlreadyExists(error)) throw error;
        record.written = true;
      }
    }
    const { count, lastTimestamp, message } = body;
    const patch = { body: { count, lastTimestamp, message }, contentType: MERGE_PATCH, ...options };
    try {
      await client.request<unknown>('PATCH', `${collection}/${body.metadata.name}`, patch);
    } catch (error) {
      // The API server deletes events after an hour by default.
      if (!isNotFound(error)) throw error;
      record.written = false;
      await client.request<unknown>('POST', collection, { body, ...options });
      record.written = true;
    }
  }

  #report(error: unknown): void {
    try {
      this.#options.onError?.(error);
    } catch {}
  }
}

/** Worth another try; a refusal is not, and neither is what the write guard threw. */
function isTransient(error: unknown): boolean {
  return (
    error instanceof ConnectionError || (error instanceof ApiError && (error.status >= 500 || error.status === 429))
  );
}

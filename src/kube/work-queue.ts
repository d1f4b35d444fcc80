import { type Clock, systemClock } from './clock.ts';
import { DelayHeap } from './delay-heap.ts';
import { type BackoffOptions, backoffDelay, TokenBucket, type TokenBucketOptions } from './rate-limit.ts';

/** `low` keys (sweeps) are only handled while no `normal` key is ready. */
export type Priority = 'normal' | 'low';

export interface AddOptions {
  /** Default `normal`. A key that waits as `low` and is added as `normal` becomes normal. */
  priority?: Priority;
}

/** Named after client-go's `workqueue_*` metrics. */
export interface WorkQueueHooks {
  /** Keys ready but not started, after every change. */
  depth?(keys: number): void;
  adds?(): void;
  /** From ready to started, in seconds. */
  latency?(seconds: number): void;
  /** One run of the handler, in seconds. */
  workDuration?(seconds: number): void;
  /** A key was added with backoff. */
  retries?(): void;
}

export interface WorkQueueOptions {
  /** Per key, from its first failure. Default 500 ms to 300 s. */
  backoff?: BackoffOptions;
  /** Over all keys added with backoff. Default 10/s, burst 100. */
  retryBucket?: TokenBucketOptions;
  /** A handler failed; the key is retried with backoff. */
  onError?: (key: string, error: unknown) => void;
  hooks?: WorkQueueHooks;
  clock?: Clock;
  random?: () => number;
}

export type WorkHandler = (key: string, signal: AbortSignal) => Promise<void>;

interface Run {
  priority: Priority;
  /** The handler itself asked for backoff, so its success must not reset it. */
  backsOff: boolean;
}

/**
 * client-go's work queue: a key that is added many times is handled once; a key is never handled twice at a time; a key
 * added while it is handled is handled once more afterwards.
 *
 * Invariant: a key is in at most one of `#ready.normal`, `#ready.low` and `#again`, and in `#again` only while it is in
 * `#running`. `#delayed` is apart: a key may be due later and ready now.
 */
export class WorkQueue {
  /** Key to the time it became ready; a Map's order is the queue's. */
  readonly #ready = { normal: new Map<string, number>(), low: new Map<string, number>() };
  readonly #running = new Map<string, Run>();
  readonly #again = new Map<string, Priority>();
  readonly #delayed = new DelayHeap();
  readonly #delayedPriority = new Map<string, Priority>();
  readonly #failures = new Map<string, number>();
  readonly #bucket: TokenBucket;
  readonly #backoff: BackoffOptions;
  readonly #options: WorkQueueOptions;
  readonly #clock: Clock;
  readonly #pumps = new Set<() => void>();
  #timer: { at: number; handle: unknown } | undefined;
  #drained = false;

  constructor(options: WorkQueueOptions = {}) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#backoff = options.backoff ?? { baseMs: 500, maxMs: 300_000 };
    const { baseMs, maxMs } = this.#backoff;
    if (!(baseMs > 0 && maxMs >= baseMs))
      throw new RangeError(`backoff must be 0 < baseMs <= maxMs, got ${baseMs}, ${maxMs}`);
    this.#bucket = new TokenBucket(options.retryBucket ?? { ratePerSecond: 10, burst: 100 }, this.#clock);
  }

  /** Keys that are ready; neither those being handled nor those due later. */
  get length(): number {
    return this.#ready.normal.size + this.#ready.low.size;
  }

  add(key: string, { priority = 'normal' }: AddOptions = {}): void {
    if (this.#running.has(key)) {
      if (!this.#again.has(key)) this.#options.hooks?.adds?.();
      if (priority === 'normal' || !this.#again.has(key)) this.#again.set(key, priority);
      return;
    }
    const waits = this.#ready.normal.has(key) || this.#ready.low.has(key);
    if (!waits) this.#options.hooks?.adds?.();
    this.#makeReady(key, priority);
  }

  /** Adds the key after `ms`; of several such calls the earliest counts. */
  addAfter(key: string, ms: number, { priority = 'normal' }: AddOptions = {}): void {
    if (!(ms > 0)) return this.add(key, { priority });
    if (priority === 'normal' || !this.#delayedPriority.has(key)) this.#delayedPriority.set(key, priority);
    this.#delayed.set(key, this.#clock.now() + ms);
    this.#arm();
  }

  /** Adds the key after its own exponential backoff or the turn it gets from the retry bucket, whichever is later. */
  addRateLimited(key: string, options: AddOptions = {}): void {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const run = this.#running.get(key);
    if (run) run.backsOff = true;
    this.#options.hooks?.retries?.();
    const backoff = backoffDelay(failures, this.#backoff, this.#options.random ?? Math.random);
    this.addAfter(key, Math.max(backoff, this.#bucket.reserve()), options);
  }

  /** Resets the key's backoff. Does not take it out of the queue: what `addAfter` promised still happens. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** How often the key was added with backoff since it was last forgotten. */
  retries(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /**
   * Handles keys, at most `concurrency` at a time, until `signal` aborts; then starts none and resolves when those under
   * way are done (they get `signal` too). A handler that throws has its key added with backoff, at the same priority;
   * one that succeeds has it forgotten, unless it called `addRateLimited` itself.
   */
  run(concurrency: number, handler: WorkHandler, signal: AbortSignal): Promise<void> {
    if (!(concurrency >= 1)) throw new RangeError(`concurrency must be >= 1, got ${concurrency}`);
    this.#drained = false;
    this.#arm();
    return new Promise((resolve) => {
      let active = 0;
      const pump = (): void => {
        while (!signal.aborted && active < concurrency) {
          const key = this.#start();
          if (key === undefined) return;
          active++;
          void this.#handle(key, handler, signal).finally(() => {
            active--;
            pump();
          });
        }
        if (signal.aborted && active === 0 && this.#pumps.delete(pump)) {
          this.#disarm();
          resolve();
        }
      };
      this.#pumps.add(pump);
      signal.addEventListener('abort', pump, { once: true });
      queueMicrotask(pump);
    });
  }

  #makeReady(key: string, priority: Priority, since = this.#clock.now()): void {
    const { normal, low } = this.#ready;
    if (normal.has(key) || (priority === 'low' && low.has(key))) return;
    const lowSince = low.get(key);
    low.delete(key);
    this.#ready[priority].set(key, lowSince ?? since);
    this.#options.hooks?.depth?.(this.length);
    // In a microtask: `add` must return before any handler runs.
    for (const pump of this.#pumps) queueMicrotask(pump);
  }

  /** Takes the next key out of the queue and marks it as being handled. */
  #start(): string | undefined {
    for (const priority of ['normal', 'low'] as const) {
      for (const [key, since] of this.#ready[priority]) {
        this.#ready[priority].delete(key);
        this.#running.set(key, { priority, backsOff: false });
        this.#options.hooks?.depth?.(this.length);
        this.#options.hooks?.latency?.((this.#clock.now() - since) / 1000);
        return key;
      }
    }
    return undefined;
  }

  async #handle(key: string, handler: WorkHandler, signal: AbortSignal): Promise<void> {
    const started = this.#clock.now();
    try {
      await handler(key, signal);
      if (!this.#running.get(key)?.backsOff) this.forget(key);
    } catch (error) {
      this.#options.onError?.(key, error);
      this.addRateLimited(key, { priority: this.#running.get(key)?.priority ?? 'normal' });
    } finally {
      this.#running.delete(key);
      this.#options.hooks?.workDuration?.((this.#clock.now() - started) / 1000);
      const again = this.#again.get(key);
      if (again && this.#again.delete(key)) this.#makeReady(key, again);
    }
  }

  /** Sets the one timer to the earliest deadline. After a drain there is none, so that a process can exit. */
  #arm(): void {
    const at = this.#delayed.peek();
    if (at === undefined || this.#drained || (this.#timer && this.#timer.at <= at)) return;
    if (this.#timer) this.#clock.clearTimeout(this.#timer.handle);
    const handle = this.#clock.setTimeout(() => this.#release(), at - this.#clock.now());
    this.#timer = { at, handle };
  }

  #release(): void {
    this.#timer = undefined;
    for (const key of this.#delayed.takeDue(this.#clock.now())) {
      const priority = this.#delayedPriority.get(key) ?? 'normal';
      this.#delayedPriority.delete(key);
      this.add(key, { priority });
    }
    this.#arm();
  }

  #disarm(): void {
    if (this.#pumps.size > 0) return;
    this.#drained = true;
    if (this.#timer) this.#clock.clearTimeout(this.#timer.handle);
    this.#timer = undefined;
  }
}

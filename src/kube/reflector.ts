import { type Clock, sleep, systemClock } from './clock.ts';
import { ApiError, isGone, WatchSilentError } from './errors.ts';
import type { KubeObject } from './objects.ts';
import { type BackoffOptions, backoffDelay } from './rate-limit.ts';
import type { KubeClient, Query } from './request.ts';
import { compareResourceVersions } from './resource-version.ts';
import type { Store } from './store.ts';
import type { WatchEvent } from './watch-stream.ts';

/** Which objects to follow, and how. */
export interface ReflectorOptions<T extends KubeObject = KubeObject> {
  /** Collection path, such as `/api/v1/services`. */
  path: string;
  /** Stamped on listed objects, which servers send without. */
  apiVersion: string;
  kind: string;
  /** What the store holds in place of an object: less of it, as a rule. Keeps name, namespace, uid and resource version. */
  transform?: (object: KubeObject) => T;
  fieldSelector?: string;
  labelSelector?: string;
  /** Objects in one LIST page. Default 500; 0 asks for all at once. */
  pageSize?: number;
  /**
   * A watch without a byte for so long is dead. On a quiet cluster kube-apiserver (1.37.2) sends the first bookmark within
   * 121 s, then one a minute. Default 150,000.
   */
  silenceMs?: number;
  /** Shortest life of a watch before the server ends it; up to twice that is asked for, to spread them. Default 300. */
  timeoutSeconds?: number;
  /** Delay after failures in a row. Default 800 ms to 30 s. */
  backoff?: BackoffOptions;
  onEvent?: (event: ReflectorEvent) => void;
  clock?: Clock;
  random?: () => number;
}

/**
 * - `initial`: the first list.
 * - `list-failed`: the list before did not complete.
 * - `continue-expired`: history was compacted between two pages.
 * - `expired`: the watch's resource version is gone (410).
 * - `silent`: the watch sent nothing for `silenceMs`.
 * - `rewound`: the server's history is shorter than ours (etcd restored from a backup).
 */
export type ListReason = 'initial' | 'list-failed' | 'continue-expired' | 'expired' | 'silent' | 'rewound';

export type ReflectorEvent =
  | { type: 'list'; reason: ListReason }
  | { type: 'listed'; reason: ListReason; objects: number; pages: number; resourceVersion: string; seconds: number }
  | { type: 'watch'; resourceVersion: string }
  | { type: 'bookmark'; resourceVersion: string }
  | { type: 'watch-ended'; resourceVersion: string }
  | { type: 'error'; during: 'list' | 'watch'; error: unknown; retryInMs: number };

/**
 * Keeps `store` equal to a collection: LIST, then WATCH from there, and again for as long as it takes. Resolves when
 * `signal` aborts, and never rejects.
 */
export function startReflector<T extends KubeObject>(
  client: KubeClient,
  options: ReflectorOptions<T>,
  store: Store<T>,
  signal: AbortSignal,
): Promise<void> {
  return new Reflector(client, options, store, signal).run();
}

interface ListPage<T> {
  metadata: { resourceVersion: string; continue?: string };
  items: T[] | null;
}

class RewoundError extends Error {}

/** A watch that the server ends sooner, without an event, counts as a failure (client-go's `very short watch`). */
const SHORT_WATCH_MS = 1000;
const LIST_TIMEOUT_MS = 60_000;
const DEFAULT_BACKOFF = { baseMs: 800, maxMs: 30_000 };

class Reflector<T extends KubeObject> {
  readonly #client: KubeClient;
  readonly #options: ReflectorOptions<T>;
  readonly #store: Store<T>;
  readonly #signal: AbortSignal;
  readonly #clock: Clock;
  readonly #random: () => number;
  /** Where the watch goes on; unset whenever the store has to be listed anew. */
  #resourceVersion: string | undefined;
  #listReason: ListReason = 'initial';
  /** Failures since the watch last brought anything. A list is no progress: a watch that always answers 410 must not spin. */
  #failures = 0;
  #expiredLists = 0;

  constructor(client: KubeClient, options: ReflectorOptions<T>, store: Store<T>, signal: AbortSignal) {
    this.#client = client;
    this.#options = options;
    this.#store = store;
    this.#signal = signal;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
  }

  async run(): Promise<void> {
    while (!this.#signal.aborted) {
      const during = this.#resourceVersion === undefined ? 'list' : 'watch';
      try {
        if (this.#resourceVersion === undefined) this.#resourceVersion = await this.#list(this.#listReason);
        else await this.#watch(this.#resourceVersion);
      } catch (error) {
        if (this.#signal.aborted) return;
        const retryInMs = during === 'list' ? this.#afterListFailure(error) : this.#afterWatchFailure(error);
        this.#report({ type: 'error', during, error, retryInMs });
        await sleep(this.#clock, retryInMs, this.#signal);
      }
    }
  }

  /** Returns the list's resource version, once the store holds all pages. */
  async #list(reason: ListReason): Promise<string> {
    this.#report({ type: 'list', reason });
    const started = this.#clock.now();
    // A list that takes longer than the server keeps history never completes page by page.
    const limit = this.#expiredLists > 1 ? 0 : (this.#options.pageSize ?? 500);
    const objects: T[] = [];
    let resourceVersion = '';
    let pages = 0;
    let token: string | undefined;
    do {
      const query: Query = { ...this.#selectors(), limit: limit || undefined, continue: token };
      const page = await this.#client.request<ListPage<T>>('GET', this.#options.path, {
        query,
        signal: this.#signal,
        timeoutMs: LIST_TIMEOUT_MS,
      });
      for (const item of page.items ?? []) objects.push(this.#trim(item));
      resourceVersion = page.metadata.resourceVersion;
      token = page.metadata.continue;
      pages++;
    } while (token);
    this.#store.replace(objects);
    this.#expiredLists = 0;
    const seconds = (this.#clock.now() - started) / 1000;
    this.#report({ type: 'listed', reason, objects: objects.length, pages, resourceVersion, seconds });
    return resourceVersion;
  }

  /** Resolves when the server ended a watch that worked. */
  async #watch(from: string): Promise<void> {
    this.#report({ type: 'watch', resourceVersion: from });
    const opened = this.#clock.now();
    const timeoutSeconds = Math.ceil((this.#options.timeoutSeconds ?? 300) * (1 + this.#random()));
    let events = 0;
    const stream = this.#client.watch(this.#options.path, {
      query: { ...this.#selectors(), resourceVersion: from, allowWatchBookmarks: true, timeoutSeconds },
      signal: this.#signal,
      silenceMs: this.#options.silenceMs ?? 150_000,
    });
    for await (const event of stream) {
      this.#apply(event);
      events++;
      this.#failures = 0;
    }
    if (this.#signal.aborted) return;
    this.#report({ type: 'watch-ended', resourceVersion: this.#resourceVersion ?? from });
    if (events === 0 && this.#clock.now() - opened < SHORT_WATCH_MS) throw new Error('watch ended at once');
    this.#failures = 0;
  }

  #apply({ type, object }: WatchEvent): void {
    const { resourceVersion } = object.metadata;
    if (compareResourceVersions(resourceVersion, this.#resourceVersion ?? '') === -1) {
      throw new RewoundError(`watch went back from ${this.#resourceVersion} to ${resourceVersion}`);
    }
    if (type === 'BOOKMARK') this.#report({ type: 'bookmark', resourceVersion });
    else if (type === 'DELETED') this.#store.remove(this.#trim(object as T));
    else this.#store.upsert(this.#trim(object as T));
    this.#resourceVersion = resourceVersion;
  }

  #afterListFailure(error: unknown): number {
    if (isGone(error)) {
      this.#listReason = 'continue-expired';
      this.#expiredLists++;
    } else if (this.#listReason !== 'initial') {
      this.#listReason = 'list-failed';
    }
    return this.#backOff(error);
  }

  #afterWatchFailure(error: unknown): number {
    const reason = relistReason(error);
    if (!reason) return this.#backOff(error);
    this.#resourceVersion = undefined;
    this.#listReason = reason;
    // The server is well and the store is stale, so list at once; but only once in a row.
    const delay = this.#backOff(error);
    return this.#failures === 1 ? 0 : delay;
  }

  #backOff(error: unknown): number {
    this.#failures++;
    const delay = backoffDelay(this.#failures, this.#options.backoff ?? DEFAULT_BACKOFF, this.#random);
    return error instanceof ApiError ? Math.max(delay, error.retryAfterMs ?? 0) : delay;
  }

  /** managedFields can be half of an object's size, and nobody here reads them. */
  #trim(object: T): T {
    object.apiVersion ??= this.#options.apiVersion;
    object.kind ??= this.#options.kind;
    delete (object.metadata as { managedFields?: unknown }).managedFields;
    return this.#options.transform ? this.#options.transform(object) : object;
  }

  #selectors(): Query {
    return { fieldSelector: this.#options.fieldSelector, labelSelector: this.#options.labelSelector };
  }

  #report(event: ReflectorEvent): void {
    try {
      this.#options.onEvent?.(event);
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  }
}

/** Why a failed watch needs a list; undefined when it can go on from its last resource version. */
function relistReason(error: unknown): ListReason | undefined {
  if (isGone(error)) return 'expired';
  if (error instanceof WatchSilentError) return 'silent';
  if (error instanceof RewoundError) return 'rewound';
  return undefined;
}

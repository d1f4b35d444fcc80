import { setTimeout as delay } from 'node:timers/promises';
import { type Dispatcher, request as send } from 'undici';
import { follow, orAborted } from './abort.ts';
import { CredentialSource } from './credentials.ts';
import { ApiError, ConnectionError, type Status, WatchSilentError } from './errors.ts';
import { GuardRefusal, guarded } from './guard.ts';
import { resourceOf } from './resource-path.ts';
import { readWatch, type WatchEvent } from './watch-stream.ts';

export {
  ApiError,
  ConnectionError,
  isAlreadyExists,
  isConflict,
  isGone,
  isNotFound,
  WatchSilentError,
} from './errors.ts';
export type { WatchEvent } from './watch-stream.ts';

export const MERGE_PATCH = 'application/merge-patch+json';
export const STRATEGIC_MERGE_PATCH = 'application/strategic-merge-patch+json';
export const JSON_PATCH = 'application/json-patch+json';
export const APPLY_PATCH = 'application/apply-patch+yaml';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Query = Record<string, string | number | boolean | undefined>;

export interface RequestOptions {
  query?: Query;
  /** Sent as JSON. */
  body?: unknown;
  /** Default: `MERGE_PATCH` for PATCH, else `application/json`. */
  contentType?: string;
  signal?: AbortSignal;
  /** Limit for the whole call, retries included. Default 30,000. */
  timeoutMs?: number;
  /** Send even while the write guard refuses: for the lease's own requests. */
  unguarded?: boolean;
}

export interface WatchOptions {
  query?: Query;
  signal?: AbortSignal;
  /** Give up when no byte came for so long; see `WatchSilentError`. */
  silenceMs: number;
}

/** All that the kube runtime and the planes need of a cluster; tests put their own in its place. */
export interface KubeClient {
  /**
   * One API call; resolves with the decoded answer.
   * @throws ApiError, ConnectionError, what the write guard threw, or the reason of an aborted `signal`.
   */
  request<T>(method: Method, path: string, options?: RequestOptions): Promise<T>;
  /**
   * The changes after `query.resourceVersion` (`watch=true` is added). Ends when the server closes; throws as `request`
   * does, and an `ApiError` for an ERROR event.
   */
  watch(path: string, options: WatchOptions): AsyncGenerator<WatchEvent>;
}

export interface KubeClientOptions {
  /** Path of a kubeconfig. Default: the pod's service account, else `$KUBECONFIG` or `~/.kube/config`. */
  kubeconfig?: string;
  /** Called with nothing in between before a write's first byte is sent; if it throws, nothing is sent. */
  writeGuard?: () => void;
  userAgent?: string;
  /** After every attempt. `method` is WATCH for watches, `status` 0 and `headers` absent when there was no answer. */
  onRequest?: (
    method: string,
    resource: string,
    status: number,
    seconds: number,
    headers?: Readonly<Record<string, string | string[] | undefined>>,
  ) => void;
}

/** A client that owns connections. */
export interface ClusterClient extends KubeClient {
  /** The API server's URL. */
  readonly server: string;
  /** Drops all connections; requests under way fail. */
  close(): Promise<void>;
}

const DEFAULT_TIMEOUT_MS = 30_000;
/** As client-go's `Request.MaxRetries`. */
const MAX_RETRIES = 10;

/** @throws an Error of one line when there is no usable kubeconfig. */
export function createKubeClient(options: KubeClientOptions = {}): ClusterClient {
  return new HttpClient(options);
}

type Answer = Dispatcher.ResponseData;

class HttpClient implements ClusterClient {
  readonly server: string;
  readonly #options: KubeClientOptions;
  readonly #credentials: CredentialSource;

  constructor(options: KubeClientOptions) {
    this.#options = options;
    this.#credentials = new CredentialSource(options.kubeconfig);
    this.server = this.#credentials.server;
  }

  close(): Promise<void> {
    return this.#credentials.close();
  }

  async request<T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> {
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const started = performance.now();
    const scope = new AbortController();
    const timer = setTimeout(() => scope.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    const release = follow(options.signal, scope);
    try {
      for (let retries = 0; ; retries++) {
        const { statusCode, body, headers } = await this.#attempt(method, method, path, options, scope.signal);
        const text = await body.text();
        if (statusCode < 300) return (text ? JSON.parse(text) : undefined) as T;
        const error = toApiError(method, path, statusCode, text, headers['retry-after']);
        if (statusCode === 401 && this.#credentials.reload()) continue;
        const waitMs = retryDelay(error);
        const leftMs = timeoutMs - (performance.now() - started);
        // The server's own answer says more than a timeout would.
        if (waitMs === undefined || retries >= MAX_RETRIES || waitMs >= leftMs) throw error;
        await delay(waitMs, undefined, { signal: scope.signal });
      }
    } catch (error) {
      throw explain(error, method, path, options.signal, scope.signal);
    } finally {
      clearTimeout(timer);
      release();
    }
  }

  async *watch(path: string, options: WatchOptions): AsyncGenerator<WatchEvent> {
    const scope = new AbortController();
    const release = follow(options.signal, scope);
    const silence = (): void => scope.abort(new WatchSilentError(path, options.silenceMs));
    const timer = setTimeout(silence, options.silenceMs);
    try {
      const query = { ...options.query, watch: true };
      const answer = await this.#attempt('WATCH', 'GET', path, { query }, scope.signal);
      if (answer.statusCode !== 200) {
        if (answer.statusCode === 401) this.#credentials.reload();
        const text = await answer.body.text();
        throw toApiError('WATCH', path, answer.statusCode, text, answer.headers['retry-after']);
      }
      clearTimeout(timer);
      yield* readWatch(answer.body, path, options.silenceMs, (reason) => scope.abort(reason));
    } catch (error) {
      throw explain(error, 'WATCH', path, options.signal, scope.signal);
    } finally {
      clearTimeout(timer);
      release();
      // A consumer that stops early must not leave the connection streaming.
      scope.abort();
    }
  }

  async #attempt(
    verb: string,
    method: Method,
    path: string,
    options: RequestOptions,
    signal: AbortSignal,
  ): Promise<Answer> {
    const started = performance.now();
    let status = 0;
    let answered: Answer['headers'] | undefined;
    try {
      const { headers, dispatcher } = await orAborted(this.#credentials.get(), signal);
      const { writeGuard } = this.#options;
      const fenced = writeGuard && method !== 'GET' && !options.unguarded;
      headers.accept = 'application/json';
      headers['user-agent'] = this.#options.userAgent ?? 'sluice';
      if (options.body !== undefined) {
        headers['content-type'] = options.contentType ?? (method === 'PATCH' ? MERGE_PATCH : 'application/json');
      }
      const answer = await send(this.server + path + queryString(options.query), {
        method,
        headers,
        body: options.body === undefined ? null : JSON.stringify(options.body),
        signal,
        dispatcher: fenced ? guarded(dispatcher, writeGuard) : dispatcher,
      });
      status = answer.statusCode;
      answered = answer.headers;
      return answer;
    } finally {
      this.#options.onRequest?.(verb, resourceOf(path), status, (performance.now() - started) / 1000, answered);
    }
  }
}

/** What the caller sees of a failure: its own reason to abort, a typed refusal, or a ConnectionError around the rest. */
function explain(
  error: unknown,
  method: string,
  path: string,
  caller: AbortSignal | undefined,
  scope: AbortSignal,
): unknown {
  if (caller?.aborted) return caller.reason;
  const cause = scope.aborted ? scope.reason : error;
  if (cause instanceof GuardRefusal) return cause.cause;
  if (cause instanceof ApiError || cause instanceof WatchSilentError) return cause;
  return new ConnectionError(method, path, cause);
}

function queryString(query: Query | undefined): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size > 0 ? `?${parameters}` : '';
}

function toApiError(
  method: string,
  path: string,
  statusCode: number,
  text: string,
  retryAfter: string | string[] | undefined,
): ApiError {
  const seconds = Number.parseInt(String(retryAfter), 10);
  return new ApiError(method, path, statusCode, parseStatus(text), Number.isNaN(seconds) ? undefined : seconds * 1000);
}

/** Proxies and `http.Error` answer in plain text. */
function parseStatus(text: string): Status {
  try {
    const body = JSON.parse(text) as Status | null;
    if (body?.kind === 'Status') return body;
  } catch {}
  return { message: text.trim().slice(0, 200) };
}

/** As client-go: a server that is overloaded or going down says when to come back. Other 5xx are not known to be harmless to repeat. */
function retryDelay(error: ApiError): number | undefined {
  if (error.status === 429) return error.retryAfterMs ?? 1000;
  return error.status >= 500 ? error.retryAfterMs : undefined;
}

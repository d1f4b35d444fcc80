/** The `Status` object that the API server sends with every refusal, trimmed. */
export interface Status {
  kind?: string;
  code?: number;
  reason?: string;
  message?: string;
  details?: StatusDetails;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: { reason?: string; message?: string; field?: string }[];
  retryAfterSeconds?: number;
}

/** The API server answered, and the answer was no. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status, or `Status.code` for an ERROR event inside a watch. */
  readonly status: number;
  /** `Status.reason`, such as `NotFound` or `Conflict`; empty when the answer was no Status (a proxy, a plain 404). */
  readonly reason: string;
  readonly path: string;
  readonly details?: StatusDetails;
  /** What `Retry-After` asked for, in milliseconds. */
  readonly retryAfterMs?: number;

  constructor(method: string, path: string, status: number, body: Status, retryAfterMs?: number) {
    super(`${method} ${path}: ${status} ${body.reason ?? ''}${body.message ? `: ${body.message}` : ''}`);
    this.status = status;
    this.reason = body.reason ?? '';
    this.path = path;
    if (body.details) this.details = body.details;
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }
}

/** No answer: refused, reset, timed out. Whether a write took effect is unknown. The cause is the transport's error. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';

  constructor(method: string, path: string, cause: unknown) {
    super(`${method} ${path}: ${describe(cause)}`, { cause });
  }
}

/** A watch sent not one byte, bookmarks included, for longer than a healthy one ever does. */
export class WatchSilentError extends Error {
  override readonly name = 'WatchSilentError';

  constructor(path: string, silenceMs: number) {
    super(`watch ${path}: silent for ${silenceMs} ms`);
  }
}

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  // Node reports a refused dual-stack connect as an AggregateError with an empty message.
  if (cause instanceof AggregateError) return cause.errors.map(describe).join('; ');
  return cause.message || ((cause as NodeJS.ErrnoException).code ?? cause.name);
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

/** The object moved since it was read. A 409 for a name that is taken is `isAlreadyExists`, not this. */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409 && error.reason !== 'AlreadyExists';
}

export function isAlreadyExists(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409 && error.reason === 'AlreadyExists';
}

/** A resource version or continue token is older than the server's history: list again. */
export function isGone(error: unknown): boolean {
  return error instanceof ApiError && error.status === 410;
}

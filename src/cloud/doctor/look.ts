/** What came of looking at something: it, or why not. Pure. */
import { ApiError } from '../../kube/errors.ts';
import { ConfigError } from '../../runtime/config-error.ts';
import { errorCode } from '../aws/errors.ts';

/**
 * - `config`: nothing was asked, for what to ask with is missing or wrong
 * - `certificate`: TLS: who answers is not trusted
 * - `unreachable`: no answer
 * - `unauthenticated`, `forbidden`, `not-found`: the answer
 * - `deadline`: `--timeout` was over
 * - `skipped`: it depends on something that could not be looked at
 */
export type FailureKind =
  | 'config'
  | 'certificate'
  | 'unreachable'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'deadline'
  | 'skipped'
  | 'other';

export interface Failure {
  kind: FailureKind;
  /** One line. */
  message: string;
  /** The system's, TLS's or AWS's code, where there is one. */
  code?: string;
}

export type Look<T> = { value: T; failure?: undefined } | { value?: undefined; failure: Failure };

export function skipped(why: string): Look<never> {
  return { failure: { kind: 'skipped', message: why } };
}

const CERTIFICATE = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO)/;
const UNREACHABLE = /^(E(CONN|HOST|NET|PIPE|TIMEDOUT|NOTFOUND|AI_)|UND_ERR)/;

/** AWS's codes: EC2's, and those that the other services have in common. */
const AWS_UNAUTHENTICATED = new Set([
  'AuthFailure',
  'CredentialsProviderError',
  'ExpiredToken',
  'IncompleteSignature',
  'InvalidClientTokenId',
  'InvalidSignature',
  'InvalidToken',
  'MissingAuthenticationToken',
  'OptInRequired',
  'PendingVerification',
  'RequestExpired',
  'SignatureDoesNotMatch',
  'TokenRefreshRequired',
  'UnrecognizedClient',
]);
const AWS_FORBIDDEN = new Set(['AccessDenied', 'UnauthorizedOperation']);

/** What an error of Kubernetes's or AWS's client, or of Node.js, means. */
export function failureOf(thrown: unknown): Failure {
  if (!(thrown instanceof Error)) return { kind: 'other', message: String(thrown) };
  const message = thrown.message.replaceAll(/\s+/g, ' ').trim() || thrown.name;
  if (thrown instanceof ConfigError) return { kind: 'config', message };
  if (thrown instanceof ApiError) return { kind: kindOfStatus(thrown.status), message: whoCannotWhat(message) };
  const system = systemCode(thrown);
  if (system) {
    const kind = CERTIFICATE.test(system) ? 'certificate' : UNREACHABLE.test(system) ? 'unreachable' : 'other';
    // Node reports a refused dual-stack connect without a message.
    return { kind, message: message.includes(system) ? message : `${message} (${system})`, code: system };
  }
  const code = errorCode(thrown);
  if (code === 'TimeoutError' || code === 'ConnectionError') return { kind: 'unreachable', message, code };
  if (AWS_UNAUTHENTICATED.has(code)) return { kind: 'unauthenticated', message, code };
  if (AWS_FORBIDDEN.has(code)) return { kind: 'forbidden', message, code };
  return { kind: code.endsWith('NotFound') ? 'not-found' : 'other', message, code };
}

/** The API server repeats in front what its sentence says. */
function whoCannotWhat(message: string): string {
  return message.replace(/^.* is forbidden: (?=User )/, '');
}

function kindOfStatus(status: number): FailureKind {
  const kinds: Record<number, FailureKind> = { 401: 'unauthenticated', 403: 'forbidden', 404: 'not-found' };
  return kinds[status] ?? 'other';
}

/** The code of the innermost error that has one; of several attempts (IPv6, IPv4) the first. */
function systemCode(thrown: Error): string | undefined {
  for (let error: unknown = thrown, depth = 0; error instanceof Error && depth < 8; depth++) {
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code === 'string' && (CERTIFICATE.test(code) || UNREACHABLE.test(code))) return code;
    error = error instanceof AggregateError ? error.errors[0] : error.cause;
  }
  return undefined;
}

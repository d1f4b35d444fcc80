/** What AWS's errors mean. The SDK puts the service's code in `Code` (ELBv2) or `name` (EC2, which models no errors). */

interface ServiceError extends Error {
  Code?: string;
  $metadata?: { httpStatusCode?: number; requestId?: string };
  $response?: unknown;
}

export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return ((error as ServiceError).Code ?? error.name).replace(/Exception$/, '');
}

const THROTTLES = new Set(['Throttling', 'Throttled', 'RequestLimitExceeded', 'TooManyRequests', 'RequestThrottled']);

export function isThrottle(error: unknown): boolean {
  return THROTTLES.has(errorCode(error)) || (error as ServiceError)?.$metadata?.httpStatusCode === 429;
}

/** The thing named in the call is not there (any more), or not yet visible. */
export function isNotFound(error: unknown): boolean {
  return errorCode(error).endsWith('NotFound') || errorCode(error) === 'InvalidGroupId.Malformed';
}

/** Something else still uses the resource, often only for moments: ENIs of a deleted load balancer, a deleted listener. */
export function isInUse(error: unknown): boolean {
  return ['ResourceInUse', 'DependencyViolation', 'InvalidGroup.InUse'].includes(errorCode(error));
}

/** The thing to be created is there already. */
export function isDuplicate(error: unknown): boolean {
  return /Duplicate/.test(errorCode(error));
}

const uncertain = new WeakSet<object>();

/** Says of an answer or a refusal that an earlier attempt of the same call may have been carried out. */
export function markUncertain(answer: unknown): void {
  if (typeof answer === 'object' && answer !== null) uncertain.add(answer);
}

/** Whether an earlier attempt of an answered call may have been carried out as well. A throttled one never was. */
export function isRepeated(answer: object): boolean {
  return uncertain.has(answer);
}

/** Whether the call may have been carried out although it failed: no answer came, or one that says so little. */
export function isUncertain(error: unknown): boolean {
  if (error instanceof Error && uncertain.has(error)) return true;
  // EC2 throttles with a 503.
  if (isThrottle(error)) return false;
  const status = (error as ServiceError)?.$metadata?.httpStatusCode;
  return status === undefined || status >= 500;
}

/**
 * One line for conditions, events and logs: operation, code, AWS's message and the request id, if any of them is known.
 * Text from outside is cut to one line of at most 300 characters.
 */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { $metadata } = error as ServiceError;
  const message = error.message.replaceAll(/\s+/g, ' ').trim().slice(0, 300);
  const request = $metadata?.requestId ? ` (request ${$metadata.requestId})` : '';
  return `${errorCode(error)}: ${message}${request}`;
}

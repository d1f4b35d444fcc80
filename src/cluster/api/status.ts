import { cause, type FieldError, goQuote, line, lines } from './field-error.ts';
import type { Json, JsonObject } from './object.ts';

/** An answer that is not the object asked for: Kubernetes' Status, and the HTTP status that goes with it. */
export class StatusError extends Error {
  override name = 'StatusError';
  readonly code: number;
  readonly reason: string;
  readonly details: JsonObject | undefined;
  /** `metadata` of the Status: a token to go on with, when a list's own has expired. */
  listMetadata: JsonObject = {};

  constructor(code: number, reason: string, message: string, details?: JsonObject) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  /** The body of the answer. */
  get status(): JsonObject {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: this.listMetadata,
      status: 'Failure',
      message: this.message,
      ...(this.reason && { reason: this.reason }),
      ...(this.details && { details: this.details }),
      code: this.code,
    };
  }
}

/** A group and one of its resources (`services`) or kinds (`Service`). The core group is ''. */
export interface GroupName {
  group: string;
  name: string;
}

/** The Go package of a group's internal types, as errors name it. */
export const goPackage = (group: string): string => group.split('.')[0] || 'core';

/** `deployments.apps`, or `services` for the core group. */
export const qualified = ({ group, name }: GroupName): string => (group ? `${name}.${group}` : name);

const detailsOf = ({ group, name: kind }: GroupName, name: string, more: JsonObject = {}): JsonObject => ({
  ...(name && { name }),
  ...(group && { group }),
  ...(kind && { kind }),
  ...more,
});

export const notFoundError = (resource: GroupName, name: string) =>
  new StatusError(404, 'NotFound', `${qualified(resource)} ${goQuote(name)} not found`, detailsOf(resource, name));

export const alreadyExists = (resource: GroupName, name: string) =>
  new StatusError(
    409,
    'AlreadyExists',
    `${qualified(resource)} ${goQuote(name)} already exists`,
    detailsOf(resource, name),
  );

export const conflict = (resource: GroupName, name: string, why: string) =>
  new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(resource)} ${goQuote(name)}: ${why}`,
    detailsOf(resource, name),
  );

/** The words of an update whose resourceVersion is not the live one. */
export const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again';

/** Server-side apply meets fields that others own. */
export const applyConflict = (causes: { message: string; field: string }[], message: string) =>
  new StatusError(409, 'Conflict', message, {
    causes: causes.map(({ message, field }) => ({ reason: 'FieldManagerConflict', message, field })),
  });

export const forbiddenError = (resource: GroupName, name: string, why: string) =>
  new StatusError(
    403,
    'Forbidden',
    !resource.name && !resource.group
      ? `forbidden: ${why}`
      : `${qualified(resource)}${name ? ` ${goQuote(name)}` : ''} is forbidden: ${why}`,
    detailsOf(resource, name),
  );

/** 422 with a cause for each error. `kind` names the kind (`Service`), not the resource. */
export function invalidError(kind: GroupName, name: string, errors: readonly FieldError[]): StatusError {
  const head = `${qualified(kind)} ${goQuote(name)} is invalid`;
  // What is said twice, by a rule for all kinds and one for this, is said once.
  const distinct = [...new Map(errors.map((error) => [line(error), error])).values()];
  const causes: Json[] = distinct.map(cause);
  return new StatusError(
    422,
    'Invalid',
    errors.length > 0 ? `${head}: ${lines(errors)}` : head,
    detailsOf(kind, name, causes.length > 0 ? { causes } : {}),
  );
}

export const badRequest = (message: string) => new StatusError(400, 'BadRequest', message);

export const unauthorized = () => new StatusError(401, 'Unauthorized', 'Unauthorized');

/** 410: the resourceVersion or the continue token is older than what is kept. */
export const expired = (message: string) => new StatusError(410, 'Expired', message);

export const internalError = (message: string) =>
  new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });

/** No such path at all. */
export const noSuchPath = () =>
  new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});

export const methodNotAllowed = () =>
  new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});

/** A part of Kubernetes that this server knows of and does not have. */
export const notImplemented = (what: string, remedy: string) =>
  new StatusError(501, 'NotImplemented', `${what} is not part of the embedded API server: ${remedy}`);

export const unsupportedMediaType = (message: string, details?: JsonObject) =>
  new StatusError(415, 'UnsupportedMediaType', message, details);

export const notAcceptable = (message: string, details?: JsonObject) =>
  new StatusError(406, 'NotAcceptable', message, details);

export const tooLarge = (message: string) =>
  new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: ${message}`);

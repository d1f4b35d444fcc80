/** What upstream says of a body that is not the object it should be. Pure. */
import { goQuote } from './field-error.ts';
import { badRequest, type StatusError } from './status.ts';

/** Where upstream's kinds are registered, as its errors say. */
const SCHEME = 'pkg/runtime/scheme.go:111';

export const notRegistered = (apiVersion: string, kind: string): string =>
  `no kind ${goQuote(kind)} is registered for version ${goQuote(apiVersion)} in scheme ${goQuote(SCHEME)}`;

/** 400 for bytes that are no object at all; `kind` is the one that was wanted, '' for any. */
export const unrecognised = (kind: string, why: string, body: Uint8Array): StatusError =>
  badRequest(`the object provided is unrecognized${kind && ` (must be of type ${kind})`}: ${why} (${summary(body)})`);

/** 400 for an object whose kind is known and that is not the one wanted. */
export const notHandled = (apiVersion: string, kind: string, wanted: string, why: string): StatusError =>
  badRequest(
    `${kind} in version ${goQuote(apiVersion.slice(apiVersion.indexOf('/') + 1))} cannot be handled as a ${wanted}: ${why}`,
  );

/** The start of a body, readable when it looks like JSON and in hexadecimal otherwise. */
function summary(body: Uint8Array, most = 30): string {
  if (body.length === 0) return '<empty>';
  const head = Buffer.from(body.subarray(0, most)).toString(body[0] === 0x7b ? 'utf8' : 'hex');
  return body.length > most ? `${head} ...` : head;
}

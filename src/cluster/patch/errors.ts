import type { Json } from '../api/object.ts';
import { badRequest, StatusError } from '../api/status.ts';
import { goString, goText, goTypeName } from './go-value.ts';

/** Errors of patches, in the forms that kube-apiserver answers them in (apiserver `pkg/endpoints/handlers/patch.go`). */

/** 500 without a reason: upstream has no better form for most errors of a strategic merge patch. */
export const plainError = (message: string) => new StatusError(500, '', message);

/** 422 without the cause, for a JSON patch that does not apply: upstream keeps the words to itself. */
export const doesNotApply = () =>
  new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});

/** Where kube-apiserver panics it closes the connection; this server answers 500. */
export const panics = () => plainError('This request caused apiserver to panic. Look in the logs for details.');

/** 422: lists of lists. */
export const listsOfLists = () => doesNotApply();

export const badPrimitiveList = () => badRequest('invalid patch format of primitive list');
export const badRetainKeys = () => badRequest('invalid patch format of retainKeys');
export const badElementOrder = () => badRequest('invalid patch format of setElementOrder list');

export const noMergeKey = (map: Json, key: string) =>
  plainError(`map: ${goText(map)} does not contain declared merge key: ${key}`);

export const wrongArgument = (expected: 'map[string]interface {}' | '[]interface {}', actual: Json | undefined) =>
  plainError(`expected a ${expected}, but received a ${goTypeName(actual)}`);

export const unknownDirective = (directive: Json, map: Json) =>
  plainError(`unknown patch type: ${goString(directive)} in map: ${goText(map)}`);

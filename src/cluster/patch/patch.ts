import { escapeHtml, invalid } from '../api/field-error.ts';
import type { Json, JsonObject } from '../api/object.ts';
import { badRequest, invalidError } from '../api/status.ts';
import type { StructSchema } from '../schema/schema.ts';
import { beyondFloat, cloneJson } from '../schema/json.ts';
import { goText, goType } from './go-value.ts';
import { jsonPatch, readOperations } from './json-patch.ts';
import { isMap } from './merge-order.ts';
import { listPatch, mergePatch } from './merge-patch.ts';
import { structType } from './patch-schema.ts';
import { restore, RestoreError } from './restore.ts';
import { mergeMap } from './strategic.ts';

/** The patches that work on an object's JSON; server-side apply is fields/. */
export type PatchKind = 'json' | 'merge' | 'strategic';

/** What a patch makes of an object. */
export interface Patched {
  object: JsonObject;
  /** How upstream shows the patch when the object does not fit its kind: `patch: Invalid value: "…": why`. */
  shown: string;
}

/**
 * The live object's JSON after a patch, still to be read and checked; `live` and `patch` stay as they are. `validation`
 * is the request's fieldValidation: it decides how a patch of the wrong form is refused. Throws StatusError with
 * kube-apiserver's code and words (apiserver `pkg/endpoints/handlers/patch.go`).
 */
export function applyPatch(
  kind: PatchKind,
  live: JsonObject,
  patch: unknown,
  schema: StructSchema,
  validation: 'Ignore' | 'Warn' | 'Strict' = 'Warn',
): Patched {
  const given = patch as Json;
  const beyond = beyondFloat(given);
  if (beyond !== undefined && kind !== 'json') {
    const prefix = kind === 'merge' ? 'error decoding patch: ' : '';
    throw badRequest(`${prefix}json: cannot unmarshal number ${beyond} into Go value of type float64`);
  }
  const validated = validation !== 'Ignore';
  if (kind === 'strategic') return strategicPatch(live, cloneJson(given), schema);
  const patched =
    kind === 'json' ? jsonPatch(live, readOperations(given, validated)) : applyMergePatch(live, given, validated);
  const shown = escapeHtml(JSON.stringify(patched));
  // A patch may leave a list where the object was.
  if (!isMap(patched)) throw doesNotFit(shown, NO_OBJECT);
  return { object: patched, shown };
}

/** `applyPatch`, for those who need no more than the object. */
export const patchObject = (...args: Parameters<typeof applyPatch>): JsonObject => applyPatch(...args).object;

/** 422: the patched object does not fit its kind. `shown` is that of the patch. */
export const doesNotFit = (shown: string, why: string) =>
  invalidError({ group: '', name: '' }, '', [invalid('patch', shown, why)]);

/** Merging changes `patch`; what is left of it is what upstream shows. */
function strategicPatch(live: JsonObject, patch: Json, schema: StructSchema): Patched {
  if (patch === null) return { object: structuredClone(live), shown: 'map[]' };
  if (!isMap(patch)) throw badRequest(notAMap(patch));
  const merged = mergeMap(structuredClone(live), patch, structType(schema));
  const shown = goText(patch);
  try {
    return { object: restore(merged, schema), shown };
  } catch (error) {
    if (error instanceof RestoreError) throw doesNotFit(shown, error.message);
    throw error;
  }
}

function applyMergePatch(live: JsonObject, patch: Json, validated: boolean): Json {
  if (isMap(patch)) return mergePatch(live, patch);
  if (patch !== null && validated) throw badRequest(`error decoding patch: ${notAMap(patch)}`);
  if (Array.isArray(patch)) return listPatch(patch);
  throw badRequest('Invalid JSON Patch');
}

function notAMap(value: Json): string {
  const type = goType(value);
  const kind = type === 'slice' ? 'array' : type === 'int64' || type === 'float64' ? 'number' : type;
  return `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`;
}

const NO_OBJECT =
  "couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type " +
  String.raw`struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`;

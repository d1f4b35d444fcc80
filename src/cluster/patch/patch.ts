import { invalid } from '../api/field-error.ts';
import type { Json, JsonObject } from '../api/object.ts';
import { badRequest, invalidError } from '../api/status.ts';
import type { StructSchema } from '../schema/schema.ts';
import { goType } from './go-value.ts';
import { jsonPatch, readOperations } from './json-patch.ts';
import { isMap } from './merge-order.ts';
import { listPatch, mergePatch } from './merge-patch.ts';
import { structType } from './patch-schema.ts';
import { mergeMap } from './strategic.ts';

/** The patches that work on an object's JSON; server-side apply is fields/. */
export type PatchKind = 'json' | 'merge' | 'strategic';

/**
 * The live object's JSON after a patch, still to be read and checked; `live` and `patch` stay as they are. `validation`
 * is the request's fieldValidation: it decides how a patch of the wrong form is refused. Throws StatusError with
 * kube-apiserver's code and words (apiserver `pkg/endpoints/handlers/patch.go`).
 */
export function patchObject(
  kind: PatchKind,
  live: JsonObject,
  patch: unknown,
  schema: StructSchema,
  validation: 'Ignore' | 'Warn' | 'Strict' = 'Warn',
): JsonObject {
  const given = patch as Json;
  const validated = validation !== 'Ignore';
  switch (kind) {
    case 'json':
      return asObject(jsonPatch(live, readOperations(given, validated)));
    case 'merge':
      return asObject(applyMergePatch(live, given, validated));
    case 'strategic':
      return strategicPatch(live, structuredClone(given), schema);
  }
}

/** The object after a strategic merge patch; `patch` is changed on the way and then is what upstream's errors show. */
export function strategicPatch(live: JsonObject, patch: Json, schema: StructSchema): JsonObject {
  if (patch === null) return structuredClone(live);
  if (!isMap(patch)) throw badRequest(notAMap(patch));
  return mergeMap(structuredClone(live), patch, structType(schema));
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

const TYPE_META = String.raw`struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`;

/** A patch may leave a list where the object was. */
function asObject(patched: Json): JsonObject {
  if (isMap(patched)) return patched;
  const why = `couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type ${TYPE_META}`;
  throw invalidError({ group: '', name: '' }, '', [invalid('patch', JSON.stringify(patched), why)]);
}

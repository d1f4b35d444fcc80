import type { Json, JsonObject } from '../api/object.ts';
import { own, put } from '../api/own.ts';
import { isMap } from './merge-order.ts';
import { inOrder } from './in-order.ts';

/**
 * JSON merge patch (RFC 7386) with the ways of evanphx/json-patch v4: nulls inside lists stay where the live object has
 * a map in their place, and every map that the patch touches has its keys in order.
 */
export function mergePatch(live: JsonObject, patch: JsonObject): JsonObject {
  const out: JsonObject = { ...live };
  for (const [key, value] of Object.entries(patch)) {
    const current = own(out, key);
    if (value === null) delete out[key];
    else put(out, key, current === undefined || current === null ? withoutNulls(value) : merge(current, value));
  }
  return inOrder(out);
}

function merge(current: Json, patch: Json): Json {
  if (!isMap(current)) return withoutNulls(patch);
  return isMap(patch) ? mergePatch(current, patch) : patch;
}

/** Without the nulls in maps; a null in a list is an item. */
function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isMap(value)) return value;
  const out: JsonObject = {};
  for (const [key, inner] of Object.entries(value)) if (inner !== null) put(out, key, withoutNulls(inner));
  return inOrder(out);
}

/** A merge patch that is a list takes the object's place (no server does that: the result is no object). */
export const listPatch = (patch: Json[]): Json[] => patch.map(withoutNulls);

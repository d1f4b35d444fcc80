import type { JsonObject } from '../api/object.ts';
import { put } from '../api/own.ts';
import { byBytes } from './go-value.ts';

/** The same map with its keys in order, as Go writes one that it has opened. Messages show such JSON. */
export function inOrder(map: JsonObject): JsonObject {
  const out: JsonObject = {};
  for (const key of Object.keys(map).sort(byBytes)) put(out, key, map[key] ?? null);
  return out;
}

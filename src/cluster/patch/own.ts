import type { Json, JsonObject } from '../api/object.ts';
import { byBytes } from './go-value.ts';

/** Maps whose keys clients choose: `constructor` and `__proto__` are keys like any other. */

export const own = (map: JsonObject, key: string): Json | undefined => (Object.hasOwn(map, key) ? map[key] : undefined);

export function put(map: JsonObject, key: string, value: Json): void {
  if (key !== '__proto__') map[key] = value;
  else Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
}

/** The same map with its keys in order, as Go writes one that it has opened. Messages show such JSON. */
export function inOrder(map: JsonObject): JsonObject {
  const out: JsonObject = {};
  for (const key of Object.keys(map).sort(byBytes)) put(out, key, map[key] ?? null);
  return out;
}

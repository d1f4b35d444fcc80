import type { Json, JsonObject } from './object.ts';

/** Maps whose keys clients choose: `constructor` and `__proto__` are keys like any other. */

/** An object's own property: names of users must not find what every object has. */
export const own = (map: JsonObject, key: string): Json | undefined => (Object.hasOwn(map, key) ? map[key] : undefined);

/** Sets an own property, whatever its name: a plain assignment to `__proto__` would set the prototype. */
export function put(map: JsonObject, key: string, value: Json): void {
  if (key !== '__proto__') map[key] = value;
  else Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
}

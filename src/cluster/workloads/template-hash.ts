/** Short names for templates (kubernetes `pkg/controller/controller_utils.go`, `ComputeHash`). Pure. */

const SAFE = 'bcdfghjklmnpqrstvwxz2456789';

/** FNV-1a, 32 bits. */
function fnv32a(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** JSON with keys in order, so that equal values have equal texts; absent and null are the same. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const entries = Object.entries(value).filter(([, one]) => one !== undefined && one !== null);
  const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join(',')}}`;
}

/**
 * A name of up to ten letters and digits for a template. Upstream hashes a dump of its Go structs, so its names are others;
 * `collisions` counts how often a name was taken.
 */
export function templateHash(template: unknown, collisions: number | undefined): string {
  const text = canonical(template) + (collisions === undefined ? '' : String(collisions));
  const digits = String(fnv32a(Buffer.from(text)));
  return Array.from(digits, (digit) => SAFE[digit.charCodeAt(0) % SAFE.length]).join('');
}

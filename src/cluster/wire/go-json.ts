import { escapeHtml } from '../api/field-error.ts';
import type { Json } from '../api/object.ts';

/** Sorts texts as Go does: by their UTF-8, in which surrogate pairs come after everything else. */
export function compareUtf8(a: string, b: string): number {
  const size = Math.min(a.length, b.length);
  for (let index = 0; index < size; index++) {
    const one = a.charCodeAt(index);
    const other = b.charCodeAt(index);
    if (one === other) continue;
    const oneHigh = one >= 0xd800 && one <= 0xdfff;
    const otherHigh = other >= 0xd800 && other <= 0xdfff;
    return oneHigh === otherHigh ? one - other : oneHigh ? 1 : -1;
  }
  return a.length - b.length;
}

/**
 * Free-form JSON as Go's json.Marshal writes it: keys sorted, `<`, `>` and `&` escaped. Controllers compare these bytes
 * with what they would write themselves (a ControllerRevision's data).
 */
export const goJson = (value: Json): string => escapeHtml(sorted(value));

function sorted(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`;
  const parts = Object.keys(value)
    .sort(compareUtf8)
    .map((key) => `${JSON.stringify(key)}:${sorted(value[key] as Json)}`);
  return `{${parts.join(',')}}`;
}

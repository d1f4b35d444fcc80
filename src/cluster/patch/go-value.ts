import type { Json } from '../api/object.ts';
import { isInt64, literalOf } from '../schema/json.ts';

/** How Go sees a value that it read from JSON into an `interface{}`: its type and its text in messages. */

/** Names of Go types, as its `reflect` prints them. */
export type GoType = 'nil' | 'bool' | 'int64' | 'float64' | 'string' | 'map' | 'slice';

const INT64_MOST = 2 ** 63;

/** Numbers without a fraction are int64, those that were written with one (`literalOf`) float64. */
export function goType(value: Json | undefined): GoType {
  if (value === null || value === undefined) return 'nil';
  if (Array.isArray(value)) return 'slice';
  switch (typeof value) {
    case 'object': {
      const literal = literalOf(value);
      if (literal !== undefined) return isInt64(literal) ? 'int64' : 'float64';
      return 'map';
    }
    case 'number':
      return Number.isInteger(value) && Math.abs(value) < INT64_MOST ? 'int64' : 'float64';
    case 'boolean':
      return 'bool';
    default:
      return 'string';
  }
}

/** `map[string]interface {}`, `[]interface {}`, `string` and so on. */
export function goTypeName(value: Json | undefined): string {
  const type = goType(value);
  if (type === 'map') return 'map[string]interface {}';
  if (type === 'slice') return '[]interface {}';
  return type === 'nil' ? '%!s(<nil>)' : type;
}

/** The `%v` of Go's fmt: `map[a:1 b:[x y]]`, keys in order. `strict` is for `%s`. */
export function goText(value: Json | undefined, strict = false): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map((one) => goText(one, strict)).join(' ')}]`;
  const literal = literalOf(value);
  if (literal !== undefined) {
    const text = isInt64(literal) ? literal : goFloat(Number(literal));
    return strict ? `%!s(${goType(value)}=${text})` : text;
  }
  if (typeof value === 'object') {
    const entries = Object.keys(value).sort(byBytes);
    return `map[${entries.map((key) => `${key}:${goText(value[key], strict)}`).join(' ')}]`;
  }
  if (typeof value === 'string') return value;
  const text = typeof value === 'number' ? goNumber(value) : String(value);
  return strict ? `%!s(${goType(value)}=${text})` : text;
}

/** The `%s` of a value: what is not a string is marked as a mistake. */
export const goString = (value: Json | undefined): string =>
  value === null || value === undefined ? '%!s(<nil>)' : goText(value, true);

/** Go compares strings byte by byte of their UTF-8. */
export const byBytes = (a: string, b: string): number => (a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b)));

/** Integers in full; floats as `%g` with the shortest digits, which has an exponent below 1e-4 and from 1e6 on. */
function goNumber(value: number): string {
  return goType(value) === 'int64' ? BigInt(value).toString() : goFloat(value);
}

function goFloat(value: number): string {
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  // JavaScript itself writes an exponent only below 1e-6.
  if (power >= -4 && power < 6) return String(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

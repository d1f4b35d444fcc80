import { goQuote } from '../api/field-error.ts';
import type { Json, JsonObject } from '../api/object.ts';
import { own } from '../api/own.ts';

/**
 * Values as structured-merge-diff's `value` package sees them. Undefined is no value at all (Go's nil); null is a value
 * that is null.
 */
export type Value = Json | undefined;

export const isMap = (value: Value): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `value.Equals`: lists in order, maps by key, 1 and 1.0 are one number. */
export function equalValues(one: Json, other: Json): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
    for (let index = 0; index < one.length; index++) {
      if (!equalValues(one[index] as Json, other[index] as Json)) return false;
    }
    return true;
  }
  let count = 0;
  for (const key in one) {
    if (!Object.hasOwn(other, key) || !equalValues(one[key] as Json, other[key] as Json)) return false;
    count++;
  }
  return count === Object.keys(other).length;
}

const SURROGATE = /[\ud800-\udfff]/;

/** Go's order of strings: by bytes of UTF-8. */
export function compareText(one: string, other: string): number {
  if (one === other) return 0;
  if (SURROGATE.test(one) || SURROGATE.test(other)) return Buffer.compare(Buffer.from(one), Buffer.from(other));
  return one < other ? -1 : 1;
}

const RANKS = { number: 0, string: 1, boolean: 2, list: 3, map: 4, null: 5 };

function rank(value: Json): number {
  if (value === null) return RANKS.null;
  if (Array.isArray(value)) return RANKS.list;
  if (typeof value === 'object') return RANKS.map;
  return RANKS[typeof value as 'number' | 'string' | 'boolean'];
}

/** `value.Compare`: numbers, strings, booleans, lists, maps, null. */
export function compareValues(one: Json, other: Json): number {
  const ranks = rank(one) - rank(other);
  if (ranks !== 0) return ranks;
  if (typeof one === 'string') return compareText(one, other as string);
  if (typeof one === 'number' || typeof one === 'boolean') return Number(one) - Number(other);
  if (one === null) return 0;
  if (Array.isArray(one)) {
    const right = other as Json[];
    for (let index = 0; index < one.length && index < right.length; index++) {
      const items = compareValues(one[index] as Json, right[index] as Json);
      if (items !== 0) return items;
    }
    return one.length - right.length;
  }
  return compareMaps(one, other as JsonObject);
}

function compareMaps(one: JsonObject, other: JsonObject): number {
  const [left, right] = [Object.keys(one).length, Object.keys(other).length];
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])].sort(compareText);
  for (const [index, key] of keys.entries()) {
    if (index === left) return -1;
    if (index === right) return 1;
    const [mine, theirs] = [own(one, key), own(other, key)];
    if (mine === undefined) return 1;
    if (theirs === undefined) return -1;
    const values = compareValues(mine, theirs);
    if (values !== 0) return values;
  }
  return 0;
}

/** A float64 as Go's %v prints it (`%g`, shortest): `80`, `1e+06`. */
export function goFloat(value: number): string {
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** A number of a request: those without a fraction were read as integers. */
const goNumber = (value: number): string => (Number.isSafeInteger(value) ? String(value) : goFloat(value));

/** Go's %v of a decoded JSON value. */
export function goPlain(value: Json): string {
  if (value === null) return '<nil>';
  if (typeof value === 'number') return goNumber(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(goPlain).join(' ')}]`;
  const keys = Object.keys(value).sort(compareText);
  return `map[${keys.map((key) => `${key}:${goPlain(value[key] as Json)}`).join(' ')}]`;
}

/** Go's %#v of a decoded JSON value. */
export function goSyntax(value: Json): string {
  if (value === null) return 'interface {}(nil)';
  if (typeof value === 'string') return goQuote(value);
  if (typeof value === 'number') return goNumber(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  const keys = Object.keys(value).sort(compareText);
  return `map[string]interface {}{${keys.map((key) => `${goQuote(key)}:${goSyntax(value[key] as Json)}`).join(', ')}}`;
}

/** Go's %T of a decoded JSON value. */
export function goTypeName(value: Json): string {
  if (value === null) return '<nil>';
  if (typeof value === 'number') return 'float64';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}

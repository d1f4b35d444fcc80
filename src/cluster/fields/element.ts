import { goQuote } from '../api/field-error.ts';
import type { Json, JsonObject } from '../api/object.ts';
import { compareText, compareValues, goFloat } from './value.ts';

/**
 * Path elements in the form in which FieldsV1 writes them, which also is their identity:
 * `f:spec` a field, `k:{"port":80,"protocol":"TCP"}` a list item by its keys (sorted by name), `v:"a"` an item of a set
 * by its value, `i:0` an item by its index (structured-merge-diff `fieldpath/serialize-pe.go`).
 */
export type Element = string;

/** A path from the object's root. */
export type Path = readonly Element[];

/** A path element on the wire that can't be read. */
export class ElementError extends Error {
  override name = 'ElementError';
}

export const fieldElement = (name: string): Element => `f:${name}`;

export const valueElement = (value: Json): Element => `v:${elementJson(value)}`;

/** `keys` sorted by name. */
export const keyElement = (keys: readonly (readonly [string, Json])[]): Element =>
  `k:{${keys.map(([name, value]) => `${keyName(name)}:${elementJson(value)}`).join(',')}}`;

const PLAIN = /^[\x20-\x7e\xa0-\u2027\u202a-\ud7ff]*$/;
const UNSAFE = /["\\<>&]/;

const unicode = (one: string): string => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A key's name as json-iterator writes a field's name: no HTML escapes. */
export const keyName = (name: string): string =>
  PLAIN.test(name) && !UNSAFE.test(name) ? `"${name}"` : shortEscapes(JSON.stringify(name));

/** json-iterator knows no \b and \f. */
function shortEscapes(json: string): string {
  return json.replace(/\\(.)/gs, (whole, escape) => (escape === 'b' ? '\\u0008' : escape === 'f' ? '\\u000c' : whole));
}

/** A value as json-iterator writes it in its compatible configuration: HTML escaped, keys sorted. */
export function elementJson(value: Json): string {
  if (typeof value === 'string') {
    if (PLAIN.test(value) && !UNSAFE.test(value)) return `"${value}"`;
    return shortEscapes(JSON.stringify(value)).replace(/[<>&\u2028\u2029]/g, unicode);
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(elementJson).join(',')}]`;
  const keys = Object.keys(value).sort(compareText);
  return `{${keys.map((key) => `${elementJson(key)}:${elementJson(value[key] as Json)}`).join(',')}}`;
}

const UNKNOWN = Symbol('unknown');
const READ = new Map<string, Element | typeof UNKNOWN>();
const MOST_READ = 4096;

/**
 * An element from the wire in its canonical form; undefined for kinds of elements that upstream ignores. Throws
 * ElementError.
 */
export function readElement(text: string): Element | undefined {
  if (text.charCodeAt(0) === 102 && text.charCodeAt(1) === 58) return text;
  const known = READ.get(text);
  if (known !== undefined) return known === UNKNOWN ? undefined : known;
  const element = parseElement(text);
  if (READ.size >= MOST_READ) READ.clear();
  READ.set(text, element ?? UNKNOWN);
  return element;
}

function parseElement(text: string): Element | undefined {
  if (text.length < 2) throw new ElementError('key must be 2 characters long:');
  if (text[1] !== ':') throw new ElementError(`missing colon: ${text}`);
  const rest = text.slice(2);
  switch (text[0]) {
    case 'v':
      return valueElement(parse(rest));
    case 'k': {
      const keys = parse(rest);
      if (keys === null) return keyElement([]);
      if (typeof keys !== 'object' || Array.isArray(keys)) throw new ElementError('expect { or n');
      return keyElement(Object.entries(keys).sort((one, other) => compareText(one[0], other[0])));
    }
    case 'i':
      if (!/^[+-]?\d+$/.test(rest)) throw new ElementError(`strconv.Atoi: parsing ${goQuote(rest)}: invalid syntax`);
      return `i:${Number(rest)}`;
    default:
      return undefined;
  }
}

function parse(json: string): Json {
  try {
    return JSON.parse(json) as Json;
  } catch (error) {
    throw new ElementError(error instanceof Error ? error.message : String(error));
  }
}

const KINDS = 'fkvi';

/** The order of path elements (`fieldpath.PathElement.Compare`): fields, keys, values, indexes. */
export function compareElements(one: Element, other: Element): number {
  const kind = one[0] ?? '';
  if (kind !== other[0]) return KINDS.indexOf(kind) - KINDS.indexOf(other[0] ?? '');
  switch (kind) {
    case 'k':
      return compareKeys(content(one) as JsonObject, content(other) as JsonObject);
    case 'v':
      return compareValues(content(one), content(other));
    case 'i':
      return Number(one.slice(2)) - Number(other.slice(2));
    default:
      return compareText(one, other);
  }
}

const content = (element: Element): Json => JSON.parse(element.slice(2)) as Json;

function compareKeys(one: JsonObject, other: JsonObject): number {
  const left = Object.keys(one).sort(compareText);
  const right = Object.keys(other).sort(compareText);
  for (let index = 0; index < left.length && index < right.length; index++) {
    const name = left[index] ?? '';
    const names = compareText(name, right[index] ?? '');
    if (names !== 0) return names;
    const values = compareValues(one[name] as Json, other[name] as Json);
    if (values !== 0) return values;
  }
  return left.length - right.length;
}

/** An element as messages show it: `.spec`, `[port=80,protocol="TCP"]`, `[="a"]`, `[0]`. */
export function printElement(element: Element): string {
  switch (element[0]) {
    case 'k': {
      const keys = content(element) as JsonObject;
      const names = Object.keys(keys).sort(compareText);
      return `[${names.map((name) => `${name}=${printValue(keys[name] as Json)}`).join(',')}]`;
    }
    case 'v':
      return `[=${printValue(content(element))}]`;
    case 'i':
      return `[${element.slice(2)}]`;
    default:
      return `.${element.slice(2)}`;
  }
}

/** `.spec.ports[port=80,protocol="TCP"].name` */
export const printPath = (path: Path): string => path.map(printElement).join('');

function printValue(value: Json): string {
  if (typeof value === 'string') return goQuote(value);
  if (typeof value === 'number') return goFloat(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(printValue).join(',')}]`;
  return Object.entries(value)
    .map(([key, one]) => `${key}=${printValue(one)}`)
    .join('');
}

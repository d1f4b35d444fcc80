import { type FieldError, invalid } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { parseQuantity } from '../../schema/quantity.ts';

/** A part of an object. schema/decode.ts has checked its types; absent fields are Go's zero values. */
// oxlint-disable-next-line typescript/no-explicit-any -- read through what upstream says each field is
export type Part = Record<string, any>;

/** A check of a part at a path. */
export type Check<Args extends unknown[] = []> = (value: Part, path: string, ...args: Args) => FieldError[];

/** Sets a field that is absent, null or the empty string, which is what upstream's defaults look at. */
export function setDefault(part: Part, field: string, value: unknown): void {
  const now = part[field];
  if (now === undefined || now === null || now === '') part[field] = value;
}

/** The struct in a field; an empty one is put there when it is absent. */
export function struct(part: Part, field: string): Part {
  part[field] ??= {};
  return part[field] as Part;
}

/** The items of a list that may be absent. */
export const list = (value: unknown): Part[] => (Array.isArray(value) ? value : []);

/** The same for lists of texts. */
export const texts = (value: unknown): string[] => (Array.isArray(value) ? value : []);

export const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 0);

/** Upstream's Semantic.DeepEqual: absent, null and empty lists and maps are the same; keys in any order. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isNothing(a) && isNothing(b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((one, index) => equal(one, b[index]));
  const left = a as Part;
  const right = b as Part;
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((key) => equal(left[key], right[key]));
}

const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);

/** An error per message. */
export const all = (field: string, value: unknown, messages: readonly string[]): FieldError[] =>
  messages.map((message) => invalid(field, value, message));

export const IMMUTABLE = 'field is immutable';

/** "field is immutable" as the newer checks have it (`validation.ValidateImmutableField`). */
export const immutable = (value: unknown, old: unknown, path: string): FieldError[] =>
  equal(value, old) ? [] : [invalid(path, value ?? null, IMMUTABLE)];

/** The same where upstream's rule is a declarative one, which does not say the value. */
export const immutableSilently = (value: unknown, old: unknown, path: string): FieldError[] =>
  equal(value, old) ? [] : [invalid(path, null, IMMUTABLE)];

/** Warning about names that end up in host names. */
export function hostnameWarning(object: KubeObject, use: string, check: (name: string) => string[]): string[] {
  const wrong = check(object.metadata.name ?? '');
  if (wrong.length === 0) return [];
  const words = `metadata.name: this is used in ${use}, which can result in surprising behavior; a DNS label is recommended`;
  return [`${words}: [${wrong.join(' ')}]`];
}

/** An amount in billionths; what can't be read is nothing. */
export function nanosOf(amount: unknown): bigint {
  const quantity = parseQuantity(typeof amount === 'string' ? amount : '0');
  return quantity instanceof Error ? 0n : quantity.nanos;
}

import { goQuote } from '../api/field-error.ts';
import type { Json, JsonObject, KubeObject } from '../api/object.ts';
import { put } from '../api/own.ts';
import { base64Problem, canonicalBase64 } from './base64.ts';
import { isInt64, literalOf } from './json.ts';
import type { FieldSchema, ListSchema, MapSchema, ScalarSchema, Schema, StructSchema } from './schema.ts';
import { decodeSpecial, Refused, zeroSpecial } from './special.ts';

/** JSON that Go could not put into the type: the words are encoding/json's. */
export class DecodeError extends Error {
  override name = 'DecodeError';
}

/** What `normalise` gives. */
export interface Normalised {
  value: JsonObject;
  /** Paths of fields that the schema does not have: `spec.ports[0].foo`. */
  unknown: string[];
}

/** Where the decoder is: only read when something is wrong. */
interface Place {
  parent: Place | undefined;
  /** A field's or key's name, or an index. */
  step: string | number;
  /** Go name of the struct whose field this is; undefined for keys and indexes. */
  struct: string | undefined;
  /** Structs without a name in JSON that the field is in, each with a dot: Go names them too. */
  embedded?: string;
}

interface State {
  unknown: string[];
  /** Empty lists and maps that Go writes are kept apart from none. */
  keepEmpty: boolean;
}

/**
 * An object as Go would read it into the kind's type and write it again: fields without a schema are left out (and
 * listed), zero values vanish where Go's `omitempty` drops them and appear where Go always writes them, null is a zero
 * value, quantities and times take their canonical form. An empty list or map is none where Go always writes it, but for
 * `keepEmpty`: what is stored goes through protobuf, which does not tell them apart. Throws DecodeError on a value of the wrong type.
 */
export function normalise(input: JsonObject, schema: StructSchema, { keepEmpty = false } = {}): Normalised {
  const state: State = { unknown: [], keepEmpty };
  const value = decodeStruct(input, schema, undefined, state);
  return { value, unknown: state.unknown };
}

/** `normalise` for objects whose types are known to be right. */
export function normaliseObject(object: KubeObject, schema: StructSchema): KubeObject {
  return normalise(object, schema).value as unknown as KubeObject;
}

function decodeStruct(input: JsonObject, schema: StructSchema, place: Place | undefined, state: State): JsonObject {
  const read: Record<string, Json> = Object.create(null);
  const struct = schema.name;
  // In the order of the document: the first wrong value is the one that Go reports.
  for (const key in input) {
    const field = schema.fields.get(key);
    const value = input[key] as Json;
    if (!field) {
      state.unknown.push(strictPath({ parent: place, step: key, struct }));
    } else if (value !== null && value !== undefined) {
      read[key] = decode(value, field.schema, { parent: place, step: key, struct, embedded: field.embedded }, state);
    }
  }
  const out: JsonObject = {};
  const noted = emptyLists.get(input);
  for (const field of schema.fields.values()) {
    const value = emitted(read[field.json], field, state);
    if (value !== undefined) out[field.json] = value;
    else if (Array.isArray(read[field.json]) || noted?.has(field.json)) noteEmpty(out, field.json);
  }
  return out;
}

const emptyLists = new WeakMap<JsonObject, Set<string>>();

function noteEmpty(parent: JsonObject, field: string): void {
  const fields = emptyLists.get(parent);
  if (fields) fields.add(field);
  else emptyLists.set(parent, new Set([field]));
}

/**
 * A list of an object that `normalise` made as Go prints it in a refusal: `[]` where it was given without items and left
 * out for that, and null where it was not given.
 */
export const listAsGiven = (parent: JsonObject | undefined, field: string): Json =>
  parent?.[field] ?? (parent && emptyLists.get(parent)?.has(field) ? [] : null);

/** What Go writes for a field: undefined where it leaves it out. */
function emitted(value: Json | undefined, field: FieldSchema, { keepEmpty }: State): Json | undefined {
  const { schema, omit } = field;
  if (value === undefined) {
    if (field.pointer) return omit ? undefined : null;
    switch (schema.of) {
      case 'struct':
        return omit === 'omitzero' ? undefined : zeroStruct(schema);
      case 'special':
        return omit === 'omitzero' ? undefined : zeroSpecial(schema);
      case 'list':
      case 'map':
      case 'bytes':
      case 'any':
        return omit ? undefined : null;
      default:
        return omit ? undefined : zeroScalar(schema);
    }
  }
  if (field.pointer) return value;
  if (!omit) return !keepEmpty && (schema.of === 'list' || schema.of === 'map') && isEmpty(value) ? null : value;
  switch (schema.of) {
    case 'struct':
      return value;
    case 'special':
      return omit === 'omitzero' && value === null ? undefined : value;
    case 'list':
    case 'map':
      return isEmpty(value) ? undefined : value;
    case 'any':
      return value;
    default:
      return value === '' || value === 0 || value === false ? undefined : value;
  }
}

function isEmpty(value: Json): boolean {
  for (const _ in value as JsonObject) return false;
  return true;
}

const zeroStructs = new Map<StructSchema, JsonObject>();

function zeroStruct(schema: StructSchema): JsonObject {
  let zero = zeroStructs.get(schema);
  if (!zero) {
    zero = decodeStruct({}, schema, undefined, { unknown: [], keepEmpty: false });
    zeroStructs.set(schema, zero);
  }
  return structuredClone(zero);
}

function zeroScalar({ of }: ScalarSchema): Json {
  if (of === 'bool') return false;
  return of === 'string' ? '' : 0;
}

/** The zero value of an item of a list or map, for a null in the input. */
function zeroItem(schema: Schema): Json {
  switch (schema.of) {
    case 'struct':
      return zeroStruct(schema);
    case 'special':
      return zeroSpecial(schema);
    case 'list':
    case 'map':
    case 'any':
      return null;
    case 'bytes':
      return '';
    default:
      return zeroScalar(schema);
  }
}

function decode(given: Json, schema: Schema, place: Place, state: State): Json {
  const literal = typeof given === 'object' ? literalOf(given) : undefined;
  const integer = schema.of === 'int32' || schema.of === 'int64';
  if (literal !== undefined && integer && !isInt64(literal)) throw wrongType(given, schema, place);
  const value = literal === undefined ? given : Number(literal);
  switch (schema.of) {
    case 'struct':
      if (typeof value !== 'object' || Array.isArray(value) || value === null) throw wrongType(value, schema, place);
      return decodeStruct(value, schema, place, state);
    case 'list':
      return decodeList(value, schema, place, state);
    case 'map':
      return decodeMap(value, schema, place, state);
    case 'string':
      if (typeof value !== 'string') throw wrongType(value, schema, place);
      return value;
    case 'bool':
      if (typeof value !== 'boolean') throw wrongType(value, schema, place);
      return value;
    case 'int32':
    case 'int64':
      return decodeInteger(value, schema, place);
    case 'float64':
      if (typeof value !== 'number') throw wrongType(value, schema, place);
      return value;
    case 'bytes':
      return decodeBytes(value, schema, place);
    case 'special': {
      const decoded = decodeSpecial(
        literal !== undefined && schema.name === 'Quantity' ? literal : plain(given),
        schema.name,
      );
      if (decoded === undefined) throw wrongType(given, schema, place);
      if (decoded instanceof Refused) throw new DecodeError(decoded.message);
      return decoded;
    }
    case 'any':
      return plain(value);
  }
}

/** A value of a type that takes anything, without literals that kept their text. */
function plain(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  const literal = literalOf(value);
  if (literal !== undefined) return Number(literal);
  if (Array.isArray(value)) return value.some((one) => typeof one === 'object') ? value.map(plain) : value;
  for (const key in value) value[key] = plain(value[key] as Json);
  return value;
}

function decodeList(value: Json, schema: ListSchema, place: Place, state: State): Json {
  if (!Array.isArray(value)) throw wrongType(value, schema, place);
  const out: Json[] = [];
  for (let index = 0; index < value.length; index++) {
    const item = value[index] as Json;
    if (item === null) out.push(schema.pointer ? null : zeroItem(schema.item));
    else out.push(decode(item, schema.item, { parent: place, step: index, struct: undefined }, state));
  }
  return out;
}

function decodeMap(value: Json, schema: MapSchema, place: Place, state: State): Json {
  if (typeof value !== 'object' || Array.isArray(value) || value === null) throw wrongType(value, schema, place);
  const out: JsonObject = {};
  for (const key of Object.keys(value).sort()) {
    const item = value[key] as Json;
    const read =
      item === null
        ? schema.pointer
          ? null
          : zeroItem(schema.item)
        : decode(item, schema.item, { parent: place, step: key, struct: undefined }, state);
    put(out, key, read);
  }
  return out;
}

function decodeInteger(value: Json, schema: ScalarSchema, place: Place): Json {
  if (typeof value !== 'number') throw wrongType(value, schema, place);
  const most = schema.of === 'int32' ? 2147483647 : 2 ** 63;
  if (!Number.isInteger(value) || value > most || value < -most - 1) throw wrongType(value, schema, place);
  return value === 0 ? 0 : value;
}

function decodeBytes(value: Json, schema: ScalarSchema, place: Place): Json {
  if (typeof value !== 'string') throw wrongType(value, schema, place);
  const problem = base64Problem(value);
  if (problem) throw new DecodeError(problem);
  return canonicalBase64(value);
}

const goKind = (value: Json): string => {
  if (typeof value === 'object' && literalOf(value) !== undefined) return 'number';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value;
};

/** How Go prints a type: `v1.ServiceSpec`, `[]v1.ServicePort`, `map[string]string`. */
function goType(schema: Schema): string {
  switch (schema.of) {
    case 'struct':
      return shortName(schema.name);
    case 'special':
      return shortName(schema.fullName);
    case 'list':
      return schema.name ? shortName(schema.name) : `[]${schema.pointer ? '*' : ''}${goType(schema.item)}`;
    case 'map':
      return schema.name ? shortName(schema.name) : `map[string]${schema.pointer ? '*' : ''}${goType(schema.item)}`;
    case 'bytes':
      return '[]uint8';
    case 'any':
      return 'interface {}';
    default:
      return schema.go ?? schema.of;
  }
}

const shortName = (name: string): string => name.split('.').slice(-2).join('.');

/** encoding/json's UnmarshalTypeError: the innermost struct, the path of fields from the root, the type. */
function wrongType(value: Json, schema: Schema, place: Place): DecodeError {
  let struct = '';
  const path: string[] = [];
  for (let one: Place | undefined = place; one; one = one.parent) {
    if (one.struct === undefined) continue;
    struct ||= one.struct.slice(one.struct.lastIndexOf('.') + 1);
    path.unshift(`${one.embedded ?? ''}${one.step}`);
  }
  const kind = goKind(value);
  // Types that read themselves read a number or a string, and complain about that.
  const type = schema.of !== 'special' ? goType(schema) : schema.name === 'IntOrString' ? 'int32' : 'string';
  const number = kind === 'number' && (type === 'int32' || type === 'int64');
  return new DecodeError(
    `json: cannot unmarshal ${number ? `number ${literalOf(value) ?? printNumber(value as number)}` : kind} into Go struct field ` +
      `${struct}.${path.join('.')} of type ${type}`,
  );
}

const printNumber = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) >= 1e21 ? BigInt(value).toString() : String(value);

/** The path as strict decoding names it: `spec.ports[0].foo`. */
function strictPath(place: Place): string {
  let path = '';
  for (let one: Place | undefined = place; one; one = one.parent) {
    if (typeof one.step === 'number') path = `[${one.step}]${path}`;
    else path = one.parent ? `.${one.step}${path}` : `${one.step}${path}`;
  }
  return path;
}

/** `unknown field "spec.foo"`, as in warnings and in strict decoding errors. */
export const unknownField = (path: string): string => `unknown field ${goQuote(path)}`;

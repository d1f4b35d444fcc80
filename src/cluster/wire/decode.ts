import type { Json, JsonObject } from '../api/object.ts';
import { put } from '../api/own.ts';
import type { DeclaredField, ListSchema, MapSchema, Schema, StructSchema } from '../schema/schema.ts';
import { MalformedError, type Reader } from './reader.ts';
import { DELIMITED, isMessageList, wireType } from './shape.ts';
import { decodeSpecial } from './special-decode.ts';

/** Reads a field, whose tag has been read, into an object. */
type ReadField = (reader: Reader, object: JsonObject) => void;

/** Reads a value after its tag. */
type ReadValue = (reader: Reader) => Json;

interface Plan {
  /** Go's name of the type, for errors. */
  name: string;
  fields: ReadonlyMap<number, ReadField>;
}

const plans = new WeakMap<StructSchema, Plan>();

function planOf(schema: StructSchema): Plan {
  let plan = plans.get(schema);
  if (!plan) {
    const fields = new Map<number, ReadField>();
    for (const field of schema.declared) if (field.number !== undefined) fields.set(field.number, fieldReader(field));
    plan = { name: lastPart(schema.name), fields };
    plans.set(schema, plan);
  }
  return plan;
}

const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

/**
 * Reads the message that the reader is in into an object, as it stands: what is absent stays absent, zero values that
 * were sent are there. A field that comes twice: the last wins, messages and lists grow.
 */
export function readMessage(reader: Reader, object: JsonObject, schema: StructSchema): void {
  const { name, fields } = planOf(schema);
  while (reader.next(name)) {
    const read = fields.get(reader.field);
    if (read) read(reader, object);
    else reader.skip();
  }
}

/** As `readMessage`, for a message with its length. */
function readNested(reader: Reader, object: JsonObject, schema: StructSchema): void {
  reader.nested(() => readMessage(reader, object, schema));
}

const INITIALISM = /^(?:api|cidr|csi|dns|gmsa|http|id|ip|tcp|tls|uid|uri|url)(?=[A-Z]|s?$)/;

/** The Go field as its generated code calls it: mostly the JSON name with a capital, or capitals. */
function goName({ json, schema, inline }: DeclaredField): string {
  if (schema.of === 'struct' && (inline || json === 'metadata')) return lastPart(schema.name);
  return json.replace(INITIALISM, (word) => word.toUpperCase()).replace(/^./, (first) => first.toUpperCase());
}

function fieldReader(field: DeclaredField): ReadField {
  const { json, schema, inline } = field;
  const name = goName(field);
  if (schema.of === 'list' && !isMessageList(schema)) return listReader(json, name, schema);
  if (schema.of === 'map') return mapReader(json, name, schema);
  const expected = wireType(schema);
  if (schema.of === 'struct') {
    return (reader, object) => {
      reader.expect(expected, name);
      readNested(reader, inline ? object : within(object, json), schema);
    };
  }
  const read = valueReader(schema);
  return (reader, object) => {
    reader.expect(expected, name);
    object[json] = read(reader);
  };
}

/** The object in a field, new when there is none. */
function within(object: JsonObject, json: string): JsonObject {
  const there = object[json];
  if (there !== undefined) return there as JsonObject;
  const made: JsonObject = {};
  object[json] = made;
  return made;
}

function listReader(json: string, name: string, { item }: ListSchema): ReadField {
  const expected = wireType(item);
  const read = valueReader(item);
  return (reader, object) => {
    const list = (object[json] ??= []) as Json[];
    // Lists of numbers may also come packed.
    if (expected !== DELIMITED && reader.wireType === DELIMITED) {
      reader.nested(() => {
        while (reader.more) list.push(read(reader));
      });
      return;
    }
    reader.expect(expected, name);
    list.push(read(reader));
  };
}

/** What a map holds under a key whose entry has no value. */
function absentItem(schema: Schema): Json {
  switch (schema.of) {
    case 'string':
    case 'bytes':
      return '';
    case 'bool':
      return false;
    case 'struct':
      return {};
    case 'list':
      return [];
    case 'special':
      return schema.name === 'Quantity' ? '0' : null;
    default:
      return 0;
  }
}

function mapReader(json: string, name: string, { item }: MapSchema): ReadField {
  const expected = wireType(item);
  const read = valueReader(item);
  const readEntry = (reader: Reader, map: JsonObject) => {
    let key = '';
    let value: Json | undefined;
    while (reader.next(name)) {
      if (reader.field === 1) {
        reader.expect(DELIMITED, name);
        key = reader.text();
      } else if (reader.field === 2) {
        reader.expect(expected, name);
        value = read(reader);
      } else reader.skip();
    }
    value ??= absentItem(item);
    put(map, key, value);
  };
  return (reader, object) => {
    reader.expect(DELIMITED, name);
    const map = within(object, json);
    reader.nested(() => readEntry(reader, map));
  };
}

function valueReader(schema: Schema): ReadValue {
  switch (schema.of) {
    case 'string':
      return (reader) => reader.text();
    case 'bool':
      return (reader) => reader.bool();
    case 'int32':
      return (reader) => reader.int32();
    case 'int64':
      return (reader) => reader.int64();
    case 'float64':
      return (reader) => finite(reader.double());
    case 'bytes':
      return (reader) => reader.base64();
    case 'struct':
      return (reader) => {
        const object: JsonObject = {};
        readNested(reader, object, schema);
        return object;
      };
    case 'special':
      return (reader) => decodeSpecial(reader, schema, readNested);
    case 'list': {
      const items = listReader('items', 'Items', schema);
      const name = lastPart(schema.name ?? 'List');
      return (reader) =>
        reader.nested(() => {
          const object: JsonObject = { items: [] };
          while (reader.next(name)) {
            if (reader.field === 1) items(reader, object);
            else reader.skip();
          }
          return object['items'] as Json;
        });
    }
    default:
      throw new Error(`protobuf has no form for ${schema.of}`);
  }
}

/** JSON has no other numbers. */
function finite(value: number): number {
  if (!Number.isFinite(value)) throw new MalformedError(`json: unsupported value: ${value}`);
  return value;
}

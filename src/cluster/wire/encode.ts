import type { Json, JsonObject } from '../api/object.ts';
import type { DeclaredField, ListSchema, MapSchema, Schema, StructSchema } from '../schema/schema.ts';
import { encodeSpecial } from './special-encode.ts';
import { compareUtf8 } from './go-json.ts';
import { isMessageList, wireType } from './shape.ts';
import type { Writer } from './writer.ts';

/** Writes a field of an object, tag and all. */
type WriteField = (writer: Writer, object: JsonObject) => void;

/** Writes a value without its tag; a message with its length. */
type WriteValue = (writer: Writer, value: Json | undefined) => void;

/** From the highest field number to the lowest, because the writer goes backwards. */
type Plan = readonly WriteField[];

const plans = new WeakMap<StructSchema, Plan>();

function planOf(schema: StructSchema): Plan {
  let plan = plans.get(schema);
  if (!plan) {
    plan = schema.declared
      .filter((field): field is NumberedField => field.number !== undefined)
      .toSorted((a, b) => b.number - a.number)
      .map(fieldWriter);
    plans.set(schema, plan);
  }
  return plan;
}

type NumberedField = DeclaredField & { number: number };

/** An object's message, without a length. Values have the schema's types (see schema/decode.ts). */
export function writeMessage(writer: Writer, object: JsonObject, schema: StructSchema): void {
  const plan = planOf(schema);
  // oxlint-disable-next-line typescript/prefer-for-of -- the hot loop of every list and watch
  for (let index = 0; index < plan.length; index++) (plan[index] as WriteField)(writer, object);
}

/** A nested message with its length. */
function writeNested(writer: Writer, object: JsonObject, schema: StructSchema): void {
  const before = writer.length;
  writeMessage(writer, object, schema);
  writer.varint(writer.length - before);
}

/** How Go's generated Marshal treats a field: pointers, lists and maps may be absent, all else is always written. */
function fieldWriter({ json, schema, number, pointer, inline }: NumberedField): WriteField {
  const tag = (number << 3) | wireType(schema);
  if (inline && schema.of === 'struct') {
    return (writer, object) => {
      writeNested(writer, object, schema);
      writer.varint(tag);
    };
  }
  if (schema.of === 'list' && !isMessageList(schema))
    return listWriter(json, (number << 3) | wireType(schema.item), schema);
  if (schema.of === 'map') return mapWriter(json, tag, schema);
  const write = valueWriter(schema);
  const optional = pointer || schema.of === 'bytes';
  return (writer, object) => {
    const value = object[json];
    if (optional && (value === undefined || value === null)) return;
    write(writer, value);
    writer.varint(tag);
  };
}

function listWriter(json: string, tag: number, schema: ListSchema): WriteField {
  const write = valueWriter(schema.item);
  return (writer, object) => {
    const value = object[json];
    if (!Array.isArray(value)) return;
    for (let index = value.length - 1; index >= 0; index--) {
      write(writer, value[index]);
      writer.varint(tag);
    }
  };
}

/** Maps are lists of messages {key = 1, value = 2}, by key in the order of its bytes. */
function mapWriter(json: string, tag: number, schema: MapSchema): WriteField {
  const write = valueWriter(schema.item);
  const valueTag = (2 << 3) | wireType(schema.item);
  const bytes = schema.item.of === 'bytes';
  return (writer, object) => {
    const value = object[json];
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    const keys = Object.keys(value).sort(compareUtf8);
    for (let index = keys.length - 1; index >= 0; index--) {
      const key = keys[index] as string;
      const before = writer.length;
      const item = value[key];
      if (!bytes || typeof item === 'string') {
        write(writer, item);
        writer.varint(valueTag);
      }
      writer.text(key);
      writer.varint(0x0a);
      writer.varint(writer.length - before);
      writer.varint(tag);
    }
  };
}

const EMPTY: JsonObject = {};

function valueWriter(schema: Schema): WriteValue {
  switch (schema.of) {
    case 'string':
      return (writer, value) => writer.text((value ?? '') as string);
    case 'bool':
      return (writer, value) => writer.varint(value === true ? 1 : 0);
    case 'int32':
    case 'int64':
      return (writer, value) => writer.integer((value ?? 0) as number);
    case 'float64':
      return (writer, value) => writer.double((value ?? 0) as number);
    case 'bytes':
      return (writer, value) => writer.blob(Buffer.from((value ?? '') as string, 'base64'));
    case 'struct':
      return (writer, value) => writeNested(writer, (value ?? EMPTY) as JsonObject, schema);
    case 'special':
      return (writer, value) => encodeSpecial(writer, value ?? null, schema, writeNested);
    case 'list': {
      const items = listWriter('items', (1 << 3) | wireType(schema.item), schema);
      return (writer, value) => {
        const before = writer.length;
        items(writer, { items: value ?? null });
        writer.varint(writer.length - before);
      };
    }
    default:
      throw new Error(`protobuf has no form for ${schema.of}`);
  }
}

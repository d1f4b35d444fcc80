import type { Json, JsonObject } from '../api/object.ts';
import { type SpecialSchema, type StructSchema, structSchema } from '../schema/schema.ts';
import { parseTime } from '../schema/time.ts';
import { parseDuration } from './duration.ts';
import { goJson } from './go-json.ts';
import type { Writer } from './writer.ts';

/** Seconds from year 1, Go's zero time, to 1970. */
export const ZERO_TIME_SECONDS = -62_135_596_800;

/** Writes an object's message with its length. */
export type WriteObject = (writer: Writer, object: JsonObject, schema: StructSchema) => void;

/**
 * Writes the message, with its length, of a type that has JSON of its own; null is its zero value. `write` is for the
 * objects in it.
 */
export function encodeSpecial(writer: Writer, value: Json, schema: SpecialSchema, write: WriteObject): void {
  const before = writer.length;
  writeFields(writer, value, schema, write);
  writer.varint(writer.length - before);
}

function writeFields(writer: Writer, value: Json, schema: SpecialSchema, write: WriteObject): void {
  const writeSchema = (object: JsonObject, tag: number) => {
    write(writer, object, schemaProps(schema));
    writer.varint(tag);
  };
  switch (schema.name) {
    case 'Time':
    case 'MicroTime':
      if (typeof value === 'string') writeTime(writer, value, schema.name === 'MicroTime');
      return;
    case 'Duration':
      // {duration = 1}, in nanoseconds
      writer.integer(Number(typeof value === 'string' ? (parseDuration(value) ?? 0n) : 0n));
      writer.varint(0x08);
      return;
    case 'Quantity':
      // {string = 1}
      writer.text(typeof value === 'string' ? value : String(Number(value)));
      writer.varint(0x0a);
      return;
    case 'IntOrString':
      writeIntOrString(writer, value);
      return;
    case 'FieldsV1':
      // {Raw = 1}. Their order is that of the field manager.
      if (value !== null) writeRaw(writer, JSON.stringify(value));
      return;
    case 'RawExtension':
    case 'JSON':
      // {raw = 1}
      if (value !== null) writeRaw(writer, goJson(value));
      return;
    case 'JSONSchemaPropsOrBool':
      // {allows = 1, schema = 2}
      if (isObject(value)) writeSchema(value, 0x12);
      writer.varint(value !== null && value !== false ? 1 : 0);
      writer.varint(0x08);
      return;
    case 'JSONSchemaPropsOrArray':
      // {schema = 1, jSONSchemas = 2}
      if (isObject(value)) writeSchema(value, 0x0a);
      else if (Array.isArray(value)) {
        for (const one of value.toReversed()) writeSchema((one ?? {}) as JsonObject, 0x12);
      }
      return;
    case 'JSONSchemaPropsOrStringArray':
      // {schema = 1, property = 2}
      if (isObject(value)) writeSchema(value, 0x0a);
      else if (Array.isArray(value)) {
        for (const one of value.toReversed()) {
          writer.text((one ?? '') as string);
          writer.varint(0x12);
        }
      }
      return;
    default:
      throw new Error(`protobuf has no form for ${schema.fullName}`);
  }
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** {seconds = 1, nanos = 2}; Go's zero time has neither. */
function writeTime(writer: Writer, text: string, micros: boolean): void {
  const time = parseTime(text);
  if (time instanceof Error) throw time;
  const seconds = Math.floor(time.ms / 1000);
  const nanos = micros ? (time.ms - seconds * 1000) * 1e6 + Math.floor(time.nanos / 1000) * 1000 : 0;
  if (seconds === ZERO_TIME_SECONDS && nanos === 0) return;
  writer.varint(nanos);
  writer.varint(0x10);
  writer.integer(seconds);
  writer.varint(0x08);
}

/** {type = 1, intVal = 2, strVal = 3} */
function writeIntOrString(writer: Writer, value: Json): void {
  const text = typeof value === 'string';
  writer.text(text ? value : '');
  writer.varint(0x1a);
  writer.integer(typeof value === 'number' ? value : 0);
  writer.varint(0x10);
  writer.varint(text ? 1 : 0);
  writer.varint(0x08);
}

function writeRaw(writer: Writer, json: string): void {
  writer.text(json);
  writer.varint(0x0a);
}

/** JSONSchemaProps, of which these types are variants. */
export const schemaProps = ({ fullName, name }: SpecialSchema): StructSchema =>
  structSchema(`${fullName.slice(0, -name.length)}JSONSchemaProps`);

import type { Json, JsonObject } from '../api/object.ts';
import { normalise } from '../schema/decode.ts';
import { canonicalQuantity } from '../schema/quantity.ts';
import type { SpecialSchema, StructSchema } from '../schema/schema.ts';
import { microTime, wholeSeconds } from '../schema/time.ts';
import { formatDuration } from './duration.ts';
import { MalformedError, type Reader } from './reader.ts';
import { schemaProps, ZERO_TIME_SECONDS } from './special-encode.ts';
import { DELIMITED, VARINT } from './shape.ts';

/** Reads the message of an object, after its tag, into the object. */
export type ReadObject = (reader: Reader, object: JsonObject, schema: StructSchema) => void;

/** Reads the message, after its tag, of a type that has JSON of its own; `read` is for the objects in it. */
export const decodeSpecial = (reader: Reader, schema: SpecialSchema, read: ReadObject): Json =>
  reader.nested(() => readFields(reader, schema, read));

function readFields(reader: Reader, schema: SpecialSchema, read: ReadObject): Json {
  switch (schema.name) {
    case 'Time':
    case 'MicroTime':
      return readTime(reader, schema.name);
    case 'Duration': {
      let nanos = 0;
      eachField(reader, schema.name, {
        1: () => {
          reader.expect(VARINT, 'Duration');
          nanos = reader.int64();
        },
      });
      return formatDuration(BigInt(nanos));
    }
    case 'Quantity':
      return readQuantity(reader);
    case 'IntOrString':
      return readIntOrString(reader);
    case 'FieldsV1':
    case 'RawExtension':
    case 'JSON':
      return readRaw(reader, schema.name);
    case 'JSONSchemaPropsOrBool':
    case 'JSONSchemaPropsOrArray':
    case 'JSONSchemaPropsOrStringArray':
      return readVariant(reader, schema, read);
    default:
      throw new Error(`protobuf has no form for ${schema.fullName}`);
  }
}

function eachField(reader: Reader, message: string, fields: Readonly<Record<number, () => void>>): void {
  while (reader.next(message)) {
    const read = fields[reader.field];
    if (read) read();
    else reader.skip();
  }
}

const YEAR_10000 = 253_402_300_800;
const YEAR_0 = -62_167_219_200;

function readTime(reader: Reader, type: 'Time' | 'MicroTime'): Json {
  // An empty message is the zero time, one with fields counts from 1970.
  if (!reader.more) return null;
  let seconds = 0;
  let nanos = 0;
  eachField(reader, 'Timestamp', {
    1: () => {
      reader.expect(VARINT, 'Seconds');
      seconds = reader.int64();
    },
    2: () => {
      reader.expect(VARINT, 'Nanos');
      nanos = reader.int32();
    },
  });
  const micros = type === 'MicroTime' ? Math.trunc(nanos / 1000) : 0;
  const ms = seconds * 1000 + Math.floor(micros / 1000);
  if (seconds === ZERO_TIME_SECONDS && micros === 0) return null;
  // RFC 3339 has four digits for a year.
  if (ms < YEAR_0 * 1000 || ms >= YEAR_10000 * 1000) {
    throw new MalformedError('Time.MarshalJSON: year outside of range [0,9999]');
  }
  const moment = { ms, nanos: (micros - Math.floor(micros / 1000) * 1000) * 1000 };
  return type === 'Time' ? wholeSeconds(moment) : microTime(moment);
}

function readQuantity(reader: Reader): Json {
  let quantity = '0';
  eachField(reader, 'Quantity', {
    1: () => {
      reader.expect(DELIMITED, 'String_');
      const canonical = canonicalQuantity(reader.text());
      if (canonical instanceof Error) throw new MalformedError(canonical.message);
      quantity = canonical;
    },
  });
  return quantity;
}

function readIntOrString(reader: Reader): Json {
  let type = 0;
  let number = 0;
  let text = '';
  eachField(reader, 'IntOrString', {
    1: () => {
      reader.expect(VARINT, 'Type');
      type = reader.int64();
    },
    2: () => {
      reader.expect(VARINT, 'IntVal');
      number = reader.int32();
    },
    3: () => {
      reader.expect(DELIMITED, 'StrVal');
      text = reader.text();
    },
  });
  if (type !== 0 && type !== 1) throw new MalformedError('impossible IntOrString.Type');
  return type === 1 ? text : number;
}

function readRaw(reader: Reader, type: string): Json {
  let raw = '';
  eachField(reader, type, {
    1: () => {
      reader.expect(DELIMITED, 'Raw');
      raw = reader.text();
    },
  });
  if (raw === '') return null;
  if (deeper(raw)) throw new MalformedError('exceeded max depth');
  try {
    return JSON.parse(raw) as Json;
  } catch (error) {
    throw new MalformedError(`json: ${type}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Values in each other that JSON.stringify still gets through with room to spare. */
const MOST_NESTED_JSON = 1000;

function deeper(json: string): boolean {
  let depth = 0;
  let inText = false;
  for (let index = 0; index < json.length; index++) {
    const char = json.charCodeAt(index);
    if (inText) {
      if (char === 0x5c) index++;
      else if (char === 0x22) inText = false;
    } else if (char === 0x22) inText = true;
    else if (char === 0x7b || char === 0x5b) {
      if (++depth > MOST_NESTED_JSON) return true;
    } else if (char === 0x7d || char === 0x5d) depth--;
  }
  return false;
}

/** A JSON schema or, in its place, a boolean, a list of schemas or a list of texts. */
function readVariant(reader: Reader, special: SpecialSchema, read: ReadObject): Json {
  const { name } = special;
  const props = schemaProps(special);
  let schema: JsonObject | undefined;
  let allows = false;
  const list: Json[] = [];
  const readSchema = () => {
    reader.expect(DELIMITED, 'Schema');
    schema ??= {};
    read(reader, schema, props);
  };
  if (name === 'JSONSchemaPropsOrBool') {
    const readAllows = () => {
      reader.expect(VARINT, 'Allows');
      allows = reader.bool();
    };
    eachField(reader, name, { 1: readAllows, 2: readSchema });
  } else {
    const readItem = () => {
      reader.expect(DELIMITED, name === 'JSONSchemaPropsOrArray' ? 'JSONSchemas' : 'Property');
      if (name === 'JSONSchemaPropsOrStringArray') list.push(reader.text());
      else {
        const item: JsonObject = {};
        read(reader, item, props);
        list.push(normalise(item, props).value);
      }
    };
    eachField(reader, name, { 1: readSchema, 2: readItem });
  }
  if (list.length > 0) return list;
  // schema/decode.ts leaves what is in here alone.
  if (schema) return normalise(schema, props).value;
  return name === 'JSONSchemaPropsOrBool' ? allows : null;
}

import { StatusError } from '../api/status.ts';
import type { Json, JsonObject, KubeObject } from '../api/object.ts';
import { DecodeError, normalise } from '../schema/decode.ts';
import type { Schema, StructSchema } from '../schema/schema.ts';
import { isMap } from './value.ts';

/**
 * A merged object as Go's type of the kind (apimachinery `runtime/converter.go`), which reads numbers with less care
 * than encoding/json: whole floats are cut to the field's size. Throws a 500 with upstream's words.
 */
export function toKind(merged: JsonObject, schema: StructSchema, names: ConvertNames): KubeObject {
  try {
    return normalise(wholeNumbers(merged, schema) as JsonObject, schema).value as unknown as KubeObject;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new StatusError(
      500,
      '',
      `failed to convert new object (${names.object}) to proper version: ` +
        `unable to convert unstructured object to ${names.kind}: ${convertWords(error.message)}`,
    );
  }
}

/** How messages name the object and its kind. */
export interface ConvertNames {
  /** `default/web; /v1, Kind=Service` */
  object: string;
  /** `/v1, Kind=Service` */
  kind: string;
}

/** encoding/json's words for a type that reads itself, which does not know whose field it is. */
function convertWords(message: string): string {
  if (message.startsWith('illegal base64')) return `error decoding from json: ${message}`;
  return message
    .replace(/into Go struct field \S+ of type/, 'into Go value of type')
    .replace(/v1\.(Micro)?Time$/, 'string');
}

/** The value itself when nothing changes. */
function wholeNumbers(value: Json, schema: Schema): Json {
  switch (schema.of) {
    case 'int32':
    case 'int64': {
      if (typeof value !== 'number') return value;
      if (!Number.isInteger(value)) throw new DecodeError(`cannot convert float64 to ${schema.of}`);
      return schema.of === 'int32' ? value | 0 : value;
    }
    case 'list':
      return Array.isArray(value) ? changed(value, (item) => wholeNumbers(item, schema.item)) : value;
    case 'map':
    case 'struct': {
      if (!isMap(value)) return value;
      const of = (key: string) => (schema.of === 'map' ? schema.item : schema.fields.get(key)?.schema);
      let out: JsonObject | undefined;
      for (const key in value) {
        const inner = of(key);
        if (!inner || inner.of === 'string') continue;
        const whole = wholeNumbers(value[key] as Json, inner);
        if (whole === value[key]) continue;
        out ??= { ...value };
        out[key] = whole;
      }
      return out ?? value;
    }
    default:
      return value;
  }
}

function changed(items: Json[], change: (item: Json) => Json): Json[] {
  const out = items.map(change);
  return out.every((item, index) => item === items[index]) ? items : out;
}

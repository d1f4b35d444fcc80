import type { Json, JsonObject } from '../api/object.ts';
import { own, put } from '../api/own.ts';
import type { FieldSchema, ScalarSchema, Schema, SpecialSchema, StructSchema } from '../schema/schema.ts';
import { base64Problem } from '../schema/base64.ts';
import { literalOf } from '../schema/json.ts';
import { goType } from './go-value.ts';

/**
 * The result of a strategic merge patch on its way into the kind's type, which is not through JSON upstream
 * (apimachinery `pkg/runtime/converter.go`): other words for what does not fit, and integers that are too large lose
 * their upper bits instead of being refused.
 */

/** A value that does not fit its type. */
export class RestoreError extends Error {
  override name = 'RestoreError';
}

/** The same object, with integers as Go's conversions leave them; fields without a schema stay. Throws RestoreError. */
export function restore(value: JsonObject, schema: StructSchema): JsonObject {
  return restoreStruct(value, schema) as JsonObject;
}

function restoreStruct(value: Json, schema: StructSchema): Json {
  if (!isMap(value)) throw new RestoreError(`cannot restore struct from: ${goType(value)}`);
  const out: JsonObject = { ...value };
  // In the order of the Go struct: the first field that does not fit is the one that is reported.
  for (const field of schema.fields.values()) {
    const one = own(value, field.json);
    if (one !== undefined && one !== null) put(out, field.json, restoreField(one, field));
  }
  return out;
}

const restoreField = (value: Json, { schema }: FieldSchema): Json => restoreValue(value, schema);

function restoreValue(value: Json, schema: Schema): Json {
  if (value === null) return null;
  switch (schema.of) {
    case 'struct':
      return restoreStruct(value, schema);
    case 'list':
      if (!Array.isArray(value)) throw new RestoreError(`cannot restore slice from ${goType(value)}`);
      return value.map((one) => restoreValue(one, schema.item));
    case 'map': {
      if (!isMap(value)) throw new RestoreError(`cannot restore map from ${goType(value)}`);
      const out: JsonObject = {};
      for (const [key, one] of Object.entries(value)) put(out, key, restoreValue(one, schema.item));
      return out;
    }
    case 'bytes':
      if (typeof value === 'string') {
        const problem = base64Problem(value);
        if (problem) throw new RestoreError(`error decoding from json: ${problem}`);
        return value;
      }
      if (Array.isArray(value)) return value;
      throw new RestoreError(`cannot restore slice from ${goType(value)}`);
    case 'special':
      return checkSpecial(withoutLiteral(value), schema);
    case 'any':
      return value;
    default:
      return restoreScalar(value, schema);
  }
}

function restoreScalar(value: Json, { of, go }: ScalarSchema): Json {
  const type = goType(value);
  const plain = Number(literalOf(value) ?? value);
  const number = type === 'int64' || type === 'float64';
  const cannotConvert = () => new RestoreError(`cannot convert ${type} to ${go ?? of}`);
  switch (of) {
    case 'string':
      if (type === 'string') return value;
      // To Go an integer is convertible to a string: that is refused in other words.
      if (type === 'int64') throw cannotConvert();
      break;
    case 'bool':
      if (type === 'bool') return value;
      break;
    case 'int32':
    case 'int64':
      if (type === 'float64' && !Number.isInteger(plain)) throw cannotConvert();
      if (number) return of === 'int32' ? Number(BigInt.asIntN(32, BigInt(plain))) : plain;
      break;
    default:
      if (number) return plain;
  }
  throw new RestoreError(`unrecognized type: ${of}`);
}

/** Types that read their own JSON say so themselves. */
function checkSpecial(value: Json, { name }: SpecialSchema): Json {
  const refuse = (target: string) => {
    const type = goType(value);
    const number = target === 'int32' ? `number ${JSON.stringify(value)}` : 'number';
    const kind = type === 'slice' ? 'array' : type === 'map' ? 'object' : typeof value === 'number' ? number : type;
    return new RestoreError(`json: cannot unmarshal ${kind} into Go value of type ${target}`);
  };
  if (name === 'Time' || name === 'MicroTime' || name === 'Duration') {
    if (typeof value !== 'string') throw refuse('string');
  } else if (name === 'IntOrString' && typeof value !== 'string' && !isInt32(value)) {
    throw refuse('int32');
  }
  return value;
}

const isInt32 = (value: Json): boolean => typeof value === 'number' && value === (value | 0);

/** Through Go's float64, in which it is written without a fraction when it has none. */
const withoutLiteral = (value: Json): Json => {
  const literal = literalOf(value);
  return literal === undefined ? value : Number(literal);
};

const isMap = (value: Json): value is JsonObject => goType(value) === 'map';

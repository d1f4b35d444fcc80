import type { FieldSchema, Schema, StructSchema } from '../schema/schema.ts';
import { plainError } from './errors.ts';

/** What a strategic merge patch knows about a place: a Go type (apimachinery `pkg/util/strategicpatch/meta.go`). */
export interface PatchType {
  schema: Schema;
  /** A pointer to it. */
  pointer: boolean;
}

/** How a field is merged, and its type. For a list the type is that of its items. */
export interface PatchField {
  type: PatchType;
  /** `merge`, `replace` or ''; `retainKeys` says nothing to the server. */
  strategy: string;
  /** '' for none. */
  mergeKey: string;
}

export const structType = (schema: StructSchema): PatchType => ({ schema, pointer: false });

/** Go's reflect.Kind of the type, as messages print it. */
export function kindOf({ schema, pointer }: PatchType): string {
  if (pointer) return 'ptr';
  switch (schema.of) {
    case 'special':
      return 'struct';
    case 'list':
    case 'bytes':
      return 'slice';
    case 'any':
      return 'interface';
    default:
      return schema.of;
  }
}

const shortName = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

function find(type: PatchType, key: string): FieldSchema {
  const { schema } = type;
  if (schema.of !== 'struct' && schema.of !== 'special') {
    const kind = kindOf({ schema, pointer: false });
    throw plainError(`merging an object in json but data type is not struct, instead is: ${kind}`);
  }
  const field = schema.of === 'struct' ? (schema.fields.get(key) ?? folded(schema, key)) : undefined;
  if (field) return field;
  const name = shortName(schema.of === 'struct' ? schema.name : schema.fullName);
  throw plainError(`unable to find api field in struct ${name} for the json field "${key}"`);
}

/** Go's JSON takes a field in another case when there is none in this one. */
function folded(schema: StructSchema, key: string): FieldSchema | undefined {
  const low = key.toLowerCase();
  for (const [name, field] of schema.fields) if (name.toLowerCase() === low) return field;
  return undefined;
}

/** `retainKeys,merge` is `merge`; `retainKeys` alone is ''. */
function strategyOf({ strategies }: FieldSchema): string {
  const others = strategies.filter((one) => one !== 'retainKeys');
  if (others.length > 1) throw plainError(`unexpected patch strategy: [${strategies.join(' ')}]`);
  return others[0] ?? '';
}

/** The field of a map. */
export function mapField(type: PatchType, key: string): PatchField {
  const field = find(type, key);
  return {
    type: { schema: field.schema, pointer: field.pointer },
    strategy: strategyOf(field),
    mergeKey: field.mergeKey ?? '',
  };
}

/** The field of a list, with the type of its items. */
export function listField(type: PatchType, key: string): PatchField {
  const field = find(type, key);
  return { type: itemType(type, field), strategy: strategyOf(field), mergeKey: field.mergeKey ?? '' };
}

function itemType(parent: PatchType, { schema, pointer }: FieldSchema): PatchType {
  if (schema.of === 'list') {
    if (!pointer && schema.item.of === 'list') throw plainError('unexpected slice of slice');
    return { schema: schema.item, pointer: schema.pointer };
  }
  // Upstream looks through a pointer and asks no more.
  if (pointer || schema.of === 'bytes') return { schema, pointer: false };
  throw plainError(`expected slice or array type, but got: ${kindOf(parent)}`);
}

import { readFileSync } from 'node:fs';
import type { Json } from '../api/object.ts';

/**
 * How the kinds look on the wire: types.json, which scripts/kube-types.ts takes from Kubernetes' Go types and OpenAPI
 * documents. Everything here is read-only and made on first use.
 */

export interface ScalarSchema {
  of: 'string' | 'bool' | 'int32' | 'int64' | 'float64' | 'bytes' | 'any';
  /** The Go type's name where it has one of its own (`v1.ServiceType`). */
  go?: string;
}

/** A Go type that reads and writes its own JSON. */
export interface SpecialSchema {
  of: 'special';
  /** The whole name: `io.k8s.apimachinery.pkg.apis.meta.v1.Time`. */
  fullName: string;
  /** Its last part: Time, MicroTime, Quantity, IntOrString, FieldsV1, RawExtension, JSON, JSONSchemaPropsOrBool … */
  name: string;
}

export interface ListSchema {
  of: 'list';
  /** Go name of a list type of its own (`io.k8s.api.authentication.v1.ExtraValue`): a message in protobuf. */
  name: string | undefined;
  item: Schema;
  /** Items are pointers: null stays null. */
  pointer: boolean;
}

export interface MapSchema {
  of: 'map';
  name: string | undefined;
  item: Schema;
  pointer: boolean;
}

export interface StructSchema {
  of: 'struct';
  /** `io.k8s.api.core.v1.ServicePort` */
  name: string;
  /** `x-kubernetes-map-type: atomic`: server-side apply owns it whole. */
  atomic: boolean;
  /** By JSON name; the fields of inlined structs included. In the order of the Go struct. */
  fields: ReadonlyMap<string, FieldSchema>;
  /** As in Go and protobuf: an inlined struct is one entry here. */
  declared: readonly DeclaredField[];
}

export type Schema = ScalarSchema | SpecialSchema | ListSchema | MapSchema | StructSchema;

export interface FieldSchema {
  json: string;
  schema: Schema;
  /** A Go pointer: absent and zero differ. */
  pointer: boolean;
  /** Zero values are not written (`omitempty`: also empty lists and maps; `omitzero`: also empty structs). */
  omit: 'omitempty' | 'omitzero' | undefined;
  /** Server-side apply: how a list is merged (`x-kubernetes-list-type`); atomic when the schema says nothing. */
  list: 'atomic' | 'set' | 'map';
  /** Keys of a `map` list. */
  keys: readonly string[];
  /** Server-side apply: a map or struct that is owned whole. */
  atomic: boolean;
  /** OpenAPI's default, other than a zero value. */
  default: Json | undefined;
  /** Strategic merge patch: `merge`, `replace`, `retainKeys`, as in Go's `patchStrategy`. */
  strategies: readonly string[];
  /** Strategic merge patch: the key of a merged list of structs (`patchMergeKey`). */
  mergeKey: string | undefined;
  /** Inlined structs that it is in, from the outermost: `VolumeSource.`. */
  embedded: string;
}

export interface DeclaredField {
  /** '' for an inlined struct. */
  json: string;
  schema: Schema;
  pointer: boolean;
  inline: boolean;
  /** Field number in protobuf; undefined where the field has none (TypeMeta). */
  number: number | undefined;
}

interface RawType {
  of: string;
  name?: string;
  item?: RawType;
  pointer?: boolean;
  go?: string;
}

interface RawField {
  json?: string;
  inline?: boolean;
  omit?: 'omitempty' | 'omitzero';
  pointer?: boolean;
  type: RawType;
  number?: number;
  strategy?: string;
  mergeKey?: string;
  list?: 'atomic' | 'set' | 'map';
  keys?: string[];
  map?: string;
  default?: Json;
}

interface Raw {
  kubernetes: string;
  /** `group/version/Kind` to the type's name. */
  kinds: Record<string, string>;
  structs: Record<string, { atomic?: boolean }>;
  types: Record<string, RawField[]>;
}

/**
 * Types that write their own JSON and so have no fields in types.json. A struct that really is empty
 * (CustomResourceSubresourceStatus) is not one of them.
 */
const SPECIAL = new Set([
  'Time',
  'MicroTime',
  'Duration',
  'Quantity',
  'IntOrString',
  'FieldsV1',
  'RawExtension',
  'JSON',
  'JSONSchemaPropsOrArray',
  'JSONSchemaPropsOrBool',
  'JSONSchemaPropsOrStringArray',
]);

let loaded: Raw | undefined;
const structs = new Map<string, StructSchema | SpecialSchema>();

function raw(): Raw {
  loaded ??= JSON.parse(readFileSync(new URL('types.json', import.meta.url), 'utf8')) as Raw;
  return loaded;
}

/** The release whose types these are: `v1.37.2`. */
export const kubernetesVersion = (): string => raw().kubernetes;

/** The schema of a kind; `group` is '' for the core group. Throws for a kind that types.json does not have. */
export function kindSchema(group: string, version: string, kind: string): StructSchema {
  const name = raw().kinds[`${group}/${version}/${kind}`];
  if (!name) throw new Error(`no schema of ${group}/${version}/${kind}: run npm run generate:kube`);
  return structSchema(name);
}

/** The schema of a struct by its whole name. */
export function structSchema(name: string): StructSchema {
  const schema = named(name);
  if (schema.of !== 'struct') throw new Error(`${name} is not a struct`);
  return schema;
}

function named(name: string): StructSchema | SpecialSchema {
  const known = structs.get(name);
  if (known) return known;
  const short = name.slice(name.lastIndexOf('.') + 1);
  if (SPECIAL.has(short)) {
    const special: SpecialSchema = { of: 'special', name: short, fullName: name };
    structs.set(name, special);
    return special;
  }
  const fields = new Map<string, FieldSchema>();
  const declared: DeclaredField[] = [];
  const struct: StructSchema = { of: 'struct', name, atomic: raw().structs[name]?.atomic ?? false, fields, declared };
  // Before its fields: JSONSchemaProps holds itself.
  structs.set(name, struct);
  for (const field of raw().types[name] ?? []) {
    const schema = compile(field.type);
    const { json = '', inline = false, pointer = false } = field;
    declared.push({ json, schema, pointer, inline, number: field.number });
    if (inline && schema.of === 'struct') {
      const embedded = `${schema.name.slice(schema.name.lastIndexOf('.') + 1)}.`;
      for (const [key, value] of schema.fields) fields.set(key, { ...value, embedded: embedded + value.embedded });
    } else {
      fields.set(json, {
        json,
        schema,
        pointer,
        omit: field.omit,
        list: field.list ?? 'atomic',
        keys: field.keys ?? [],
        atomic: field.map === 'atomic' || (schema.of === 'struct' && schema.atomic),
        default: field.default,
        strategies: field.strategy ? field.strategy.split(',') : [],
        mergeKey: field.mergeKey,
        embedded: '',
      });
    }
  }
  return struct;
}

function compile(type: RawType): Schema {
  switch (type.of) {
    case 'struct':
      return named(type.name ?? '');
    case 'list':
    case 'map': {
      if (!type.item) throw new Error(`${type.of} without an item`);
      return { of: type.of, name: type.name, item: compile(type.item), pointer: type.pointer ?? false };
    }
    default:
      return { of: type.of as ScalarSchema['of'], ...(type.go && { go: type.go }) };
  }
}

import type { Json } from '../api/object.ts';
import { type FieldSchema, type Schema, structSchema, type StructSchema } from '../schema/schema.ts';
import { type Element, fieldElement, keyName } from './element.ts';
import { compareText, isMap, type Value } from './value.ts';

/**
 * A type as structured-merge-diff sees it: what a value may be (some types may be more than one thing). Compiled from
 * our schemas with the same rules as kube-openapi's `schemaconv`, once for each struct.
 */
export interface Atom {
  scalar: Scalar | undefined;
  list: ListAtom | undefined;
  map: MapAtom | undefined;
  /** SCALAR, LIST and MAP, as far as there are. */
  mask: number;
}

export type Scalar = 'numeric' | 'string' | 'boolean' | 'untyped';

export const SCALAR = 1;
export const LIST = 2;
export const MAP = 4;

export interface ListAtom {
  /** Owned whole; otherwise items are owned one by one. */
  atomic: boolean;
  /** Keys of a map list, sorted by name; none for a set. */
  keys: readonly ListKey[];
  /** In the order of the schema, for messages. */
  keyNames: readonly string[];
  item: Atom;
}

export interface ListKey {
  name: string;
  /** `"port":` */
  json: string;
  /** What counts when an item does not have it; undefined: the key is left out. */
  default: Json | undefined;
}

export interface MapAtom {
  atomic: boolean;
  fields: ReadonlyMap<string, FieldAtom>;
  /** Of keys that are no fields; undefined when there must be none. */
  element: Atom | undefined;
  /** Free form: nothing is known about what is inside. */
  deduced: boolean;
}

export interface FieldAtom {
  element: Element;
  atom: Atom;
}

const NO_FIELDS: ReadonlyMap<string, FieldAtom> = new Map();

function make(parts: Partial<Atom>): Atom {
  const { scalar, list, map } = parts;
  return { scalar, list, map, mask: (scalar ? SCALAR : 0) | (list ? LIST : 0) | (map ? MAP : 0) };
}

const NUMERIC = make({ scalar: 'numeric' });
const STRING = make({ scalar: 'string' });
const BOOLEAN = make({ scalar: 'boolean' });
const UNTYPED = make({ scalar: 'untyped' });

/** Anything, owned whole (`__untyped_atomic_`). */
const ANY_ATOMIC: Atom = make({ scalar: 'untyped' });
/** Anything; maps are owned key by key (`__untyped_deduced_`). */
const ANY: Atom = make({ scalar: 'untyped' });
/** An object of which nothing is known. */
const FREE: Atom = make({});
{
  const list: ListAtom = { atomic: true, keys: [], keyNames: [], item: ANY_ATOMIC };
  ANY_ATOMIC.list = list;
  ANY_ATOMIC.map = { atomic: true, fields: NO_FIELDS, element: ANY_ATOMIC, deduced: false };
  ANY_ATOMIC.mask = SCALAR | LIST | MAP;
  ANY.list = list;
  ANY.map = { atomic: false, fields: NO_FIELDS, element: ANY, deduced: true };
  ANY.mask = SCALAR | LIST | MAP;
  FREE.map = ANY.map;
  FREE.mask = MAP;
}

const structs = new WeakMap<StructSchema, Atom>();
const atomicStructs = new WeakMap<StructSchema, Atom>();

/** The atom of a kind or any other struct. */
export function structAtom(schema: StructSchema): Atom {
  const known = structs.get(schema);
  if (known) return known;
  const fields = new Map<string, FieldAtom>();
  const atom = make({ map: { atomic: schema.atomic, fields, element: undefined, deduced: false } });
  // Before its fields: JSONSchemaProps holds itself.
  structs.set(schema, atom);
  for (const field of schema.fields.values()) {
    fields.set(field.json, { element: fieldElement(field.json), atom: fieldAtom(schema, field) });
  }
  return atom;
}

function fieldAtom(struct: StructSchema, field: FieldSchema): Atom {
  const { schema } = field;
  if (schema.of === 'list') {
    const { list, keys } = listRule(struct, field);
    const item = schemaAtom(schema.item);
    return make({
      list: {
        atomic: list === 'atomic',
        keyNames: keys,
        keys: keys.map((name) => listKey(schema.item, name)).sort((one, other) => compareText(one.name, other.name)),
        item,
      },
    });
  }
  const atom = schemaAtom(schema);
  if (!field.atomic || !atom.map || atom.map.atomic) return atom;
  if (schema.of !== 'struct') return make({ ...atom, map: { ...atom.map, atomic: true } });
  let atomic = atomicStructs.get(schema);
  if (!atomic) {
    atomic = make({ map: { ...atom.map, atomic: true } });
    atomicStructs.set(schema, atomic);
  }
  return atomic;
}

const EPHEMERAL = 'io.k8s.api.core.v1.EphemeralContainer';
const CONTAINER = 'io.k8s.api.core.v1.Container';

function listRule(struct: StructSchema, field: FieldSchema): Pick<FieldSchema, 'list' | 'keys'> {
  // Its lists come from an inlined struct without an OpenAPI definition of its own, and are a container's.
  if (struct.name === EPHEMERAL) return structSchema(CONTAINER).fields.get(field.json) ?? field;
  return field;
}

/** OpenAPI gives fields that Go always writes their zero value as default. */
function listKey(item: Schema, name: string): ListKey {
  const json = `${keyName(name)}:`;
  const field = item.of === 'struct' ? item.fields.get(name) : undefined;
  if (!field) return { name, json, default: undefined };
  // LocalObjectReference.name is omitempty and has a default all the same.
  const reference = item.of === 'struct' && item.name === 'io.k8s.api.core.v1.LocalObjectReference';
  const zero = field.pointer || (field.omit && !reference) ? undefined : zeroOf(field.schema);
  return { name, json, default: field.default ?? zero };
}

function zeroOf({ of }: Schema): Json | undefined {
  if (of === 'string') return '';
  if (of === 'bool') return false;
  return of === 'int32' || of === 'int64' || of === 'float64' ? 0 : undefined;
}

function schemaAtom(schema: Schema): Atom {
  switch (schema.of) {
    case 'struct':
      return structAtom(schema);
    case 'list':
      // Lists in maps and lists have no markers: atomic.
      return make({ list: { atomic: true, keys: [], keyNames: [], item: schemaAtom(schema.item) } });
    case 'map':
      return make({
        map: { atomic: false, fields: NO_FIELDS, element: schemaAtom(schema.item), deduced: false },
      });
    case 'special':
      return specialAtom(schema.name);
    case 'string':
    case 'bytes':
      return STRING;
    case 'bool':
      return BOOLEAN;
    case 'any':
      return ANY;
    default:
      return NUMERIC;
  }
}

function specialAtom(name: string): Atom {
  switch (name) {
    case 'Time':
    case 'MicroTime':
    case 'Quantity':
      return UNTYPED;
    case 'Duration':
      return STRING;
    case 'RawExtension':
      return ANY_ATOMIC;
    case 'FieldsV1':
      return FREE;
    default:
      // No type in OpenAPI: IntOrString, JSON and the JSONSchemaPropsOr… types.
      return ANY;
  }
}

/** Which parts of the atom a value picks (`deduceAtom`): all of them when it is none of what the atom allows. */
export function deduce(atom: Atom, value: Value): number {
  const { mask } = atom;
  if (value === undefined || value === null) return mask;
  if (Array.isArray(value)) return mask & LIST || mask;
  if (isMap(value)) return mask & MAP || mask;
  return mask & SCALAR || mask;
}

/** The atom of a field or key of a map; undefined when the schema has none. */
export const memberAtom = (map: MapAtom, key: string): Atom | undefined => map.fields.get(key)?.atom ?? map.element;

/** The path element of a field or key of a map. */
export const memberElement = (map: MapAtom, key: string): Element => map.fields.get(key)?.element ?? fieldElement(key);

import type { FieldSchema, Schema, StructSchema } from '../../../src/cluster/schema/schema.ts';
import type { Json } from '../services/case.ts';

/** One change of one field of a valid object. */
export interface Mutation {
  /** Without indexes and keys of maps: `spec.ports[].port`. */
  field: string;
  /** Where, from the object's root. */
  path: readonly (string | number)[];
  /** `undefined` takes the field away. */
  value: Json;
}

/** Sources of volumes that the embedded server does not look into: docs/cluster.md, "What it does not do". */
export const LEFT: ReadonlySet<string> = new Set([
  'gitRepo',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'iscsi',
  'glusterfs',
  'flocker',
  'rbd',
  'cinder',
  'cephfs',
  'quobyte',
  'fc',
  'flexVolume',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'storageos',
  'scaleIO',
  'clusterTrustBundle',
  'podCertificate',
]);

const LONG = 'a'.repeat(300);
const TEXTS: readonly Json[] = [
  null,
  '',
  7,
  ['x'],
  'other',
  'Bad_Value!',
  ' a b ',
  LONG,
  'a.b',
  '10.0.0.1',
  '-1',
  'a/b',
  '/a',
  '..',
];
const INTEGERS: readonly Json[] = [null, 'x', 0, 1, -1, 2, 65536, 2147483647, 2147483648, 1.5];
const BOOLEANS: readonly Json[] = [null, 'x', true, false];

/** What a field of a type is set to, right and wrong. */
function valuesOf(schema: Schema): readonly Json[] {
  switch (schema.of) {
    case 'string':
      return TEXTS;
    case 'bool':
      return BOOLEANS;
    case 'int32':
    case 'int64':
      return INTEGERS;
    case 'float64':
      return [null, 'x', 0, -1, 1.5];
    case 'bytes':
      return [null, '', 'e30=', '!', 7];
    case 'list':
      return [null, [], {}, 'x', [null]];
    case 'map':
      return [
        null,
        {},
        [],
        'x',
        { 'Bad key!': sampleOf(schema.item) },
        { '': sampleOf(schema.item) },
        { a: null },
        { 'ok.example.com/k': sampleOf(schema.item) },
      ];
    case 'struct':
      return [null, {}, [], 'x', { unknownField: 1 }];
    case 'special':
      return SPECIAL[schema.name] ?? [null, 7];
    default:
      return [null, 7, {}];
  }
}

const SPECIAL: Readonly<Record<string, readonly Json[]>> = {
  Time: [null, '', 'yesterday', '2026-02-03T04:05:06Z', '2026-02-03T04:05:06.123456Z', '2026-02-03T04:05:06+01:00', 7],
  MicroTime: [null, '', 'yesterday', '2026-02-03T04:05:06Z', '2026-02-03T04:05:06.123456Z', 7],
  Quantity: [null, '', 'x', '0', '-1', '1500m', '1.5', 3, '0.0001', '1e3', '1Ei'],
  IntOrString: [null, '', 'x', 0, -1, 1, '0', '50%', '150%', '-5%', 65536, 1.5, 'Bad_Value!', LONG],
};

/** Something plausible of a type, for fields that a sample leaves out. */
function sampleOf(schema: Schema, depth = 0): Json {
  switch (schema.of) {
    case 'string':
      return 'some';
    case 'bool':
      return true;
    case 'int32':
    case 'int64':
    case 'float64':
      return 3;
    case 'bytes':
      return 'e30=';
    case 'list':
      return [sampleOf(schema.item, depth + 1)];
    case 'map':
      return { a: sampleOf(schema.item, depth + 1) };
    case 'struct': {
      const fields = depth > 3 ? [] : [...schema.fields].filter(([key]) => !LEFT.has(key));
      return Object.fromEntries(fields.map(([key, { schema: inner }]) => [key, sampleOf(inner, depth + 1)]));
    }
    case 'special':
      return (
        { Time: '2026-02-03T04:05:06Z', MicroTime: '2026-02-03T04:05:06.123456Z', Quantity: '1', IntOrString: 1 }[
          schema.name
        ] ?? {}
      );
    default:
      return {};
  }
}

/** Values near what is there: what an update may or may not change it to. */
function neighbours(value: Json): Json[] {
  if (typeof value === 'string') return value === '' ? [] : [`${value}x`, value.toUpperCase()];
  return typeof value === 'number' ? [value + 1, value - 1] : [];
}

/** The server's own, and what every kind has alike: metadata.real.test.ts of the validation asks about these. */
const METADATA: ReadonlySet<string> = new Set([
  'selfLink',
  'managedFields',
  'uid',
  'resourceVersion',
  'creationTimestamp',
]);

/**
 * Every mutation of every field that the object has or could have. `left` says which fields (as `Mutation.field`) are not
 * mutated, with all below them.
 */
export function* mutations(object: Json, schema: StructSchema, left: (field: string) => boolean): Generator<Mutation> {
  yield* ofStruct(object, schema, [], '', left);
}

function* ofStruct(
  value: Json,
  schema: StructSchema,
  path: Mutation['path'],
  field: string,
  left: (field: string) => boolean,
): Generator<Mutation> {
  for (const [name, inner] of schema.fields) {
    const place = field === '' ? name : `${field}.${name}`;
    if (LEFT.has(name) || left(place) || (field === 'metadata' && METADATA.has(name))) continue;
    const at = [...path, name];
    const now = value?.[name];
    if (now === undefined) yield* ofAbsent(inner, at, place);
    else {
      yield { field: place, path: at, value: undefined };
      yield* ofValue(now, inner.schema, at, place, left);
    }
  }
}

function* ofAbsent({ schema }: FieldSchema, path: Mutation['path'], field: string): Generator<Mutation> {
  const values =
    schema.of === 'string'
      ? [null, 'some', 'Bad_Value!', 7]
      : schema.of === 'int32' || schema.of === 'int64'
        ? [3, -1, 0]
        : [null, sampleOf(schema), ...(schema.of === 'struct' ? [{}] : [])];
  for (const value of values) yield { field, path, value };
}

function* ofValue(
  now: Json,
  schema: Schema,
  path: Mutation['path'],
  field: string,
  left: (field: string) => boolean,
): Generator<Mutation> {
  const seen = new Set([JSON.stringify(now)]);
  for (const value of [...valuesOf(schema), ...neighbours(now)]) {
    const key = JSON.stringify(value);
    if (seen.has(key)) continue;
    seen.add(key);
    yield { field, path, value };
  }
  if (schema.of === 'struct') yield* ofStruct(now, schema, path, field, left);
  if (schema.of === 'list' && Array.isArray(now)) yield* ofList(now, schema.item, path, field, left);
  if (schema.of === 'map' && now && typeof now === 'object') {
    for (const [key, item] of Object.entries(now)) {
      yield { field: `${field}{}`, path: [...path, key], value: undefined };
      yield* ofValue(item, schema.item, [...path, key], `${field}{}`, left);
    }
  }
}

function* ofList(
  now: Json[],
  item: Schema,
  path: Mutation['path'],
  field: string,
  left: (field: string) => boolean,
): Generator<Mutation> {
  if (now.length > 0) {
    yield { field, path, value: [...now, now[0]] };
    yield { field, path, value: now.toReversed() };
    yield { field, path, value: now.slice(1) };
    yield { field, path, value: [...now, sampleOf(item)] };
    yield { field, path, value: Array.from({ length: item.of === 'string' ? 120 : 12 }, () => now[0]) };
  }
  for (const [index, one] of now.entries()) yield* ofValue(one, item, [...path, index], `${field}[]`, left);
}

/** A copy of the object with the mutation. */
export function mutated(object: Json, { path, value }: Pick<Mutation, 'path' | 'value'>): Json {
  // Samples share parts; through JSON each gets its own.
  const copy = JSON.parse(JSON.stringify(object));
  let place = copy;
  for (const key of path.slice(0, -1)) place = place[key] ??= {};
  const last = path.at(-1) as string;
  if (value !== undefined) place[last] = value;
  else if (Array.isArray(place)) place.splice(Number(last), 1);
  else delete place[last];
  return copy;
}

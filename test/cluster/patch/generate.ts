import fc from 'fast-check';
import type { Json, JsonObject } from '../../../src/cluster/api/object.ts';

/** Random patches that look like the object that they are for, so that most of them say something about it. */

const SCALARS = fc.constantFrom<Json>('x', 'y', '', 0, 1, 80, 5000, true, false, null);
const KEYS = ['uid', 'port', 'containerPort', 'mountPath', 'name', 'key'];

/** Not for these: another kind, name or uid is another object. */
const FIXED = new Set([
  'uid',
  'apiVersion',
  'kind',
  'name',
  'namespace',
  'managedFields',
  'creationTimestamp',
  'status',
]);

const isMap = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const keyOf = (item: JsonObject): string => KEYS.find((key) => key in item) ?? 'name';

function changed(
  value: Json,
  inner: (map: JsonObject) => fc.Arbitrary<Json>,
  list: (list: Json[]) => fc.Arbitrary<Json>,
) {
  const other = { weight: 1, arbitrary: SCALARS };
  if (isMap(value)) return fc.oneof({ weight: 8, arbitrary: inner(value) }, other);
  if (Array.isArray(value)) return fc.oneof({ weight: 8, arbitrary: list(value) }, other);
  return fc.oneof({ weight: 3, arbitrary: fc.constant(value) }, { weight: 3, arbitrary: SCALARS });
}

/** Some fields of a map, changed; and sometimes one that it does not have. */
function someFields(map: JsonObject, change: (value: Json) => fc.Arbitrary<Json>): fc.Arbitrary<JsonObject> {
  const keys = Object.keys(map).filter((key) => !FIXED.has(key));
  return fc
    .subarray(keys, { maxLength: Math.min(3, keys.length) })
    .chain((chosen) => fc.record(Object.fromEntries(chosen.map((key) => [key, change(map[key] as Json)]))));
}

export function mergePatchFor(map: JsonObject): fc.Arbitrary<Json> {
  const change = (value: Json): fc.Arbitrary<Json> =>
    changed(value, mergePatchFor, (list) => fc.tuple(...list.map(change)));
  return fc
    .tuple(someFields(map, change), fc.option(fc.constantFrom({ added: null }, { added: 'x' }), { freq: 4, nil: {} }))
    .map(([fields, more]) => ({ ...fields, ...more }));
}

export function strategicPatchFor(map: JsonObject): fc.Arbitrary<JsonObject> {
  const change = (value: Json): fc.Arbitrary<Json> => changed(value, strategicPatchFor, strategicListFor);
  const lists = Object.keys(map).filter((key) => Array.isArray(map[key]) && !FIXED.has(key));
  return fc
    .tuple(someFields(map, change), fc.option(fc.oneof(...directives(map, lists)), { freq: 3, nil: {} }))
    .map(([fields, more]) => ({ ...fields, ...more }));
}

function directives(map: JsonObject, lists: string[]): fc.Arbitrary<JsonObject>[] {
  const keys = Object.keys(map);
  const all: fc.Arbitrary<JsonObject>[] = [
    fc.subarray(keys).map((retained) => ({ $retainKeys: retained })),
    fc.constantFrom({ $patch: 'replace' }, { $patch: 'delete' }, { added: 'x' }, { added: { $patch: 'delete' } }),
  ];
  for (const key of lists) {
    const items = map[key] as Json[];
    const names = items.map((item) => (isMap(item) ? { [keyOf(item)]: item[keyOf(item)] ?? null } : item));
    all.push(
      fc
        .shuffledSubarray(names, { minLength: 1 })
        .chain((order) => fc.option(fc.constant(1), { freq: 1 }).map((more) => (more ? order : [...order].reverse())))
        .map((order) => ({ [`$setElementOrder/${key}`]: order })),
    );
    if (!items.some(isMap)) {
      all.push(fc.shuffledSubarray(items).map((gone) => ({ [`$deleteFromPrimitiveList/${key}`]: gone })));
    }
  }
  return all;
}

function strategicListFor(list: Json[]): fc.Arbitrary<Json> {
  if (!list.some(isMap)) return fc.shuffledSubarray([...list, 'example.com/new', 'x']);
  const maps = list as JsonObject[];
  const first = maps[0] as JsonObject;
  const key = keyOf(first);
  const item = fc.oneof(
    ...maps.flatMap((one) => [
      strategicPatchFor(one).map((patch) => ({ ...patch, [key]: one[key] ?? null })),
      fc.constant({ $patch: 'delete', [key]: one[key] ?? null }),
    ]),
    fc.constantFrom(81, 82, 'new', 'example').map((value) => ({ ...first, [key]: value })),
    fc.constantFrom({ $patch: 'replace' }, { $patch: 'merge', [key]: 1 }),
  );
  return fc.array(item, { minLength: 1, maxLength: 4 });
}

const escape = (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1');

function paths(value: Json, at: string, out: string[]): string[] {
  if (Array.isArray(value)) {
    for (const index of [...value.keys(), '-', '-1', value.length]) out.push(`${at}/${index}`);
    value.forEach((one, index) => paths(one, `${at}/${index}`, out));
  } else if (isMap(value)) {
    for (const [key, inner] of Object.entries(value)) {
      if (FIXED.has(key)) continue;
      out.push(`${at}/${escape(key)}`);
      paths(inner, `${at}/${escape(key)}`, out);
    }
    out.push(`${at}/none`);
  }
  return out;
}

export function jsonPatchFor(object: JsonObject): fc.Arbitrary<Json> {
  const path = fc.constantFrom(...paths(object, '', []));
  const value = fc.oneof(SCALARS, fc.constantFrom<Json>([], {}, ['x'], { a: 'b' }, { name: 'new', port: 1 }));
  const operation = fc.oneof(
    fc.record({ op: fc.constantFrom('add', 'replace'), path, value }),
    fc.record({ op: fc.constant('remove'), path }),
    fc.record({ op: fc.constantFrom('move', 'copy'), from: path, path }),
    fc.record({ op: fc.constant('test'), path, value }, { requiredKeys: ['op', 'path'] }),
  );
  return fc.array(operation, { minLength: 1, maxLength: 3 });
}

import { describe, expect, test } from 'vitest';
import type { Json, JsonObject, KubeObject, ManagedFieldsEntry } from '../../../src/cluster/api/object.ts';
import { type Atom, structAtom } from '../../../src/cluster/fields/atom.ts';
import {
  applyFields,
  type FieldsWrite,
  keepManagedTimes,
  managedFieldsProblem,
  trackUpdate,
} from '../../../src/cluster/fields/manager.ts';
import { mergeValues } from '../../../src/cluster/fields/merge.ts';
import { normaliseObject } from '../../../src/cluster/schema/decode.ts';
import { kindSchema } from '../../../src/cluster/schema/schema.ts';

const schema = kindSchema('', 'v1', 'ConfigMap');

const at = (minute: number): string => `2024-01-01T00:${String(minute).padStart(2, '0')}:00Z`;

const write = (manager: string, more: Partial<FieldsWrite> = {}): FieldsWrite => ({
  schema,
  apiVersion: 'v1',
  manager,
  subresource: '',
  now: at(0),
  reset: [],
  ...more,
});

const configMap = (data: Record<string, string>, metadata: JsonObject = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'c', ...metadata },
  data,
});

/** As the server stores it. */
const stored = (object: KubeObject): KubeObject => ({ ...object, metadata: { ...object.metadata, uid: 'u' } });

/** `one Apply 00:03 {"f:data":…}` */
const shown = (object: KubeObject): string[] =>
  (object.metadata.managedFields ?? []).map(({ manager, operation, time, fieldsV1 }) =>
    [manager, operation, time?.slice(11, 16) ?? '-', JSON.stringify(fieldsV1)].join(' '),
  );

describe('updates', () => {
  test('a create owns everything but identity', () => {
    const created = trackUpdate(undefined, configMap({ a: '1' }, { labels: { x: 'y' } }), write('me'));
    expect(created.metadata.managedFields).toEqual([
      {
        manager: 'me',
        operation: 'Update',
        apiVersion: 'v1',
        time: at(0),
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { '.': {}, 'f:a': {} }, 'f:metadata': { 'f:labels': { '.': {}, 'f:x': {} } } },
      },
    ]);
  });

  test('a change takes fields, and gives the entry its time', () => {
    const first = stored(trackUpdate(undefined, configMap({ a: '1', b: '1' }), write('one')));
    const second = trackUpdate(first, configMap({ a: '2', b: '1' }), write('two', { now: at(1) }));
    expect(shown(second)).toEqual([
      'one Update 00:00 {"f:data":{".":{},"f:b":{}}}',
      'two Update 00:01 {"f:data":{"f:a":{}}}',
    ]);
    const third = trackUpdate(stored(second), configMap({ a: '2' }), write('one', { now: at(2) }));
    expect(shown(third)).toEqual(['one Update 00:00 {"f:data":{}}', 'two Update 00:01 {"f:data":{"f:a":{}}}']);
  });

  test('the arguments stay as they are', () => {
    const live = stored(trackUpdate(undefined, configMap({ a: '1' }), write('one')));
    const updated = configMap({ a: '2' });
    const before = structuredClone([live, updated]);
    trackUpdate(live, updated, write('two'));
    expect([live, updated]).toEqual(before);
  });

  test('no manager is unknown; fields that the endpoint resets are not owned', () => {
    const service = kindSchema('', 'v1', 'Service');
    const object = normaliseObject(
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 's' },
        spec: { ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }] },
        status: { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } },
      },
      service,
    );
    const [entry] = trackUpdate(undefined, object, write('', { schema: service, reset: [['status']] })).metadata
      .managedFields as ManagedFieldsEntry[];
    expect(entry?.manager).toBe('unknown');
    expect(JSON.stringify(entry?.fieldsV1)).toBe(
      String.raw`{"f:spec":{"f:ports":{".":{},"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:port":{},"f:protocol":{},"f:targetPort":{}}}}}`,
    );
  });

  test('eleven updaters are too many', () => {
    let object = stored(trackUpdate(undefined, configMap({ k0: 'v' }), write('m0')));
    for (let index = 1; index < 11; index++) {
      const data = { ...object['data'], [`k${index}`]: 'v' };
      object = stored(trackUpdate(object, configMap(data), write(`m${index}`, { now: at(index) })));
    }
    expect(shown(object).slice(0, 2)).toEqual([
      'ancient-changes Update 00:01 {"f:data":{".":{},"f:k0":{},"f:k1":{}}}',
      'm2 Update 00:02 {"f:data":{"f:k2":{}}}',
    ]);
    expect(object.metadata.managedFields).toHaveLength(10);
  });

  test.for<[string, ManagedFieldsEntry[] | undefined, string[]]>([
    ['none: the live ones', undefined, ['one Update 00:00 {"f:data":{".":{},"f:a":{}}}']],
    ['an empty list: no tracking', [], []],
    ['one empty entry: no tracking', [{} as ManagedFieldsEntry], []],
    [
      'invalid ones: the live ones',
      [{ manager: 'x' } as ManagedFieldsEntry],
      ['one Update 00:00 {"f:data":{".":{},"f:a":{}}}'],
    ],
    [
      'others',
      [
        {
          manager: 'x',
          operation: 'Apply',
          apiVersion: 'v1',
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:data': { 'f:a': {} } },
        },
      ],
      ['x Apply - {"f:data":{"f:a":{}}}'],
    ],
    [
      'of a version that is none',
      [
        {
          manager: 'x',
          operation: 'Apply',
          apiVersion: 'v9',
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:data': { 'f:a': {} } },
        },
      ],
      [],
    ],
  ])('managedFields that a client sends: %s', ([, managedFields, entries]) => {
    const live = stored(trackUpdate(undefined, configMap({ a: '1' }), write('one')));
    const sent = configMap({ a: '1' }, managedFields ? { managedFields: managedFields as unknown as Json } : {});
    expect(shown(trackUpdate(live, sent, write('two')))).toEqual(entries);
  });
});

describe('problems of managedFields', () => {
  const entry = { manager: 'x', operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: {} };
  test.for<[object, string | undefined]>([
    [entry, undefined],
    [{ ...entry, operation: 'Patch' }, 'operation must be `Apply` or `Update`'],
    [{ ...entry, apiVersion: '' }, 'apiVersion must not be empty'],
    [{ ...entry, fieldsType: '' }, 'missing fieldsType in managed fields entry 0'],
    [{ ...entry, fieldsType: 'X' }, 'invalid fieldsType "X" in managed fields entry 0'],
    [{ ...entry, fieldsV1: { data: {} } }, 'missing colon: data'],
  ])('%j: %s', ([one, problem]) => {
    expect(managedFieldsProblem([one as ManagedFieldsEntry])).toBe(problem);
  });
});

describe('apply', () => {
  const apply = (live: KubeObject | undefined, manager: string, data: Json, minute: number, force = false) =>
    applyFields(live, configMap(data as Record<string, string>), { ...write(manager, { now: at(minute) }), force });

  test('what is no longer applied goes, unless somebody else owns it', () => {
    const first = stored(apply(undefined, 'one', { a: '1', b: '1', c: '1' }, 1));
    const second = stored(apply(first, 'two', { b: '1' }, 2));
    const third = apply(second, 'one', { c: '1' }, 3);
    expect(third['data']).toEqual({ b: '1', c: '1' });
    expect(shown(third)).toEqual(['two Apply - {"f:data":{"f:b":{}}}', 'one Apply 00:03 {"f:data":{"f:c":{}}}']);
  });

  test('nothing new: the old time', () => {
    const first = stored(apply(undefined, 'one', { a: '1' }, 1));
    expect(apply(first, 'one', { a: '1' }, 2)).toEqual(first);
  });

  test('conflicts are grouped by manager', () => {
    const first = stored(apply(undefined, 'one', { a: '1', b: '1' }, 1));
    const second = stored(trackUpdate(first, { ...first, data: { ...first['data'], c: '1' } }, write('two')));
    expect(() => apply(second, 'three', { a: '2', b: '2', c: '2' }, 3)).toThrow(
      'Apply failed with 3 conflicts: conflicts with "one":\n- .data.a\n- .data.b\nconflicts with "two" using v1:\n- .data.c',
    );
    expect(shown(apply(second, 'three', { a: '2', b: '2', c: '2' }, 3, true))).toEqual([
      'three Apply 00:03 {"f:data":{"f:a":{},"f:b":{},"f:c":{}}}',
    ]);
  });

  test('an object without managers belongs to before-first-apply', () => {
    const live = stored(configMap({ a: '1' }));
    expect(() => apply(live, 'one', { a: '2' }, 1)).toThrow(
      'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.a',
    );
  });

  test.for<[string, object, number, string]>([
    ['another kind', { apiVersion: 'v1', kind: 'Secret' }, 400, 'invalid object type: /v1, Kind=Secret'],
    ['managedFields', { metadata: { managedFields: [] } }, 400, 'metadata.managedFields must be nil'],
    [
      'a wrong type',
      { data: { a: 1 } },
      500,
      'failed to create typed patch object (/; /v1, Kind=ConfigMap): .data.a: expected string, got &value.valueUnstructured{Value:1}',
    ],
    [
      'an unknown field',
      { date: {} },
      500,
      'failed to create typed patch object (/; /v1, Kind=ConfigMap): .date: field not declared in schema',
    ],
  ])('refuses %s', ([, body, code, message]) => {
    const applied = { apiVersion: 'v1', kind: 'ConfigMap', metadata: {}, ...body } as KubeObject;
    expect(() => applyFields(undefined, applied, { ...write('one'), force: false })).toThrow(
      expect.objectContaining({ code, message }),
    );
  });
});

describe('times', () => {
  const live = stored(trackUpdate(undefined, configMap({ a: '1' }), write('one')));
  const later = (object: KubeObject): KubeObject => ({
    ...object,
    metadata: {
      ...object.metadata,
      managedFields: object.metadata.managedFields?.map((entry) => ({ ...entry, time: at(9) })) ?? [],
    },
  });

  test('stay when nothing else changed', () => {
    expect(keepManagedTimes(live, later(live))).toEqual(live);
  });

  test('change with anything else', () => {
    const changed = later({ ...live, data: { a: '2' } });
    expect(keepManagedTimes(live, changed)).toBe(changed);
  });
});

describe('the order of merged lists', () => {
  const container = (structAtom(kindSchema('', 'v1', 'Pod'))
    .map?.fields.get('spec')
    ?.atom.map?.fields.get('containers')?.atom ?? undefined) as Atom;
  const items = (names: string) => [...names].map((name) => ({ name }));

  test.for([
    ['', 'ab', 'ab'],
    ['ab', '', 'ab'],
    ['ab', 'ba', 'ba'],
    ['abc', 'b', 'abc'],
    ['abc', 'cx', 'abcx'],
    ['abc', 'xa', 'xabc'],
    ['abcd', 'db', 'acdb'],
    ['axbyc', 'cba', 'xycba'],
    ['abcde', 'fdb', 'acfdeb'],
  ] as const)('%s with %s gives %s', ([live, applied, merged]) => {
    const result = mergeValues(container, items(live), items(applied)) as { name: string }[];
    expect(result.map(({ name }) => name).join('')).toBe(merged);
  });
});

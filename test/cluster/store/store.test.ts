import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { Database } from '../../../src/cluster/store/database.ts';
import { type Change, Store } from '../../../src/cluster/store/store.ts';

const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

const object = (namespace: string, name: string, value = ''): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace, name },
  data: { value },
});

function store(limits = { ageMs: 1000, count: 100 }) {
  const clock = { now: 0 };
  return { clock, store: new Store(new Database(undefined), () => clock.now, limits) };
}

const put = (namespace: string, name: string, value = '') => ({
  resource: 'configmaps',
  put: object(namespace, name, value),
});
const remove = (namespace: string, name: string) => ({ resource: 'configmaps', remove: { namespace, name } });
const keys = (items: Iterable<{ key: string }>) => [...items].map((item) => item.key);

test('each change of an object has the next revision, which becomes its resourceVersion', () => {
  const { store: it } = store();
  const [first] = it.commit([put('a', 'x')]);
  const [second, third] = it.commit([put('a', 'y'), put('a', 'x', '2')]);
  expect([first?.revision, second?.revision, third?.revision, it.revision]).toEqual([2, 3, 4, 4]);
  expect(it.get('configmaps', 'a', 'x')?.object.metadata.resourceVersion).toBe('4');
  expect(JSON.parse(third?.text ?? '').data).toEqual({ value: '2' });
});

test('lists are in the order of the keys, of one namespace or all, and start after a key', () => {
  const { store: it } = store();
  it.commit([put('b', 'x'), put('a', 'y'), put('a-b', 'x'), put('a', 'x'), put('a', 'z')]);
  expect(keys(it.list('configmaps'))).toEqual(['a-b/x', 'a/x', 'a/y', 'a/z', 'b/x']);
  expect(keys(it.list('configmaps', 'a'))).toEqual(['a/x', 'a/y', 'a/z']);
  expect(keys(it.list('configmaps', 'a', 'a/x'))).toEqual(['a/y', 'a/z']);
  expect(keys(it.list('configmaps', 'a', 'a/xx'))).toEqual(['a/y', 'a/z']);
  expect(keys(it.list('secrets'))).toEqual([]);
});

test('a list as it was shows what has changed, gone or come since', () => {
  const { store: it } = store();
  it.commit([put('a', 'changed', 'old'), put('a', 'gone'), put('a', 'kept')]);
  const then = it.revision;
  it.commit([put('a', 'changed', 'new'), remove('a', 'gone'), put('a', 'come')]);
  const items = it.listAt(then, 'configmaps', 'a');
  expect(items?.map((one) => [one.name, one.object['data'].value])).toEqual([
    ['changed', 'old'],
    ['gone', ''],
    ['kept', ''],
  ]);
  expect(keys(it.listAt(then, 'configmaps', 'a', 'a/changed') ?? [])).toEqual(['a/gone', 'a/kept']);
  expect(keys(it.listAt(it.revision, 'configmaps', 'a') ?? [])).toEqual(['a/changed', 'a/come', 'a/kept']);
});

test('a watch replays what came after its revision, then goes on until it is stopped', () => {
  const { store: it } = store();
  it.commit([put('a', 'x')]);
  const from = it.revision;
  it.commit([put('a', 'x', '2'), { resource: 'secrets', put: object('a', 'x') }]);
  const seen: string[] = [];
  const stop = it.watch('configmaps', from, ({ type, item, revision }: Change) =>
    seen.push(`${type} ${item.key} ${revision}`),
  );
  it.commit([remove('a', 'x')]);
  stop?.();
  it.commit([put('a', 'x')]);
  expect(seen).toEqual(['MODIFIED a/x 3', 'DELETED a/x 5']);
});

test('revisions that are forgotten can be neither watched nor listed', () => {
  const { store: it, clock } = store();
  it.commit([put('a', 'x')]);
  const early = it.revision;
  it.commit([put('a', 'y')]);
  // History is cut once its head is twice as old as it has to be.
  clock.now = 2001;
  it.commit([put('a', 'z')]);
  expect(it.watch('configmaps', early, () => {})).toBeUndefined();
  expect(it.listAt(early, 'configmaps')).toBeUndefined();
  expect(it.watch('configmaps', it.revision, () => {})).toBeDefined();
  it.compact();
  expect(it.watch('configmaps', it.revision - 1, () => {})).toBeUndefined();
  expect(it.watch('configmaps', it.revision, () => {})).toBeDefined();
});

test('no more changes are remembered than the limit', () => {
  const { store: it } = store({ ageMs: 1e9, count: 10 });
  for (let count = 0; count < 100; count++) it.commit([put('a', 'x', String(count))]);
  expect(it.watch('configmaps', it.revision - 11, () => {})).toBeUndefined();
  expect(it.watch('configmaps', it.revision - 4, () => {})).toBeDefined();
});

test('after a restart all is there, and revisions go on, also when the latest object has gone', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-store-'));
  dirs.push(dir);
  const first = new Store(new Database(dir), () => 0);
  first.commit([put('a', 'x', 'kept'), put('a', 'y')]);
  first.commit([remove('a', 'y')]);
  const { revision } = first;
  first.close();
  const second = new Store(new Database(dir), () => 0);
  expect(second.revision).toBe(revision);
  expect(keys(second.list('configmaps'))).toEqual(['a/x']);
  expect(second.get('configmaps', 'a', 'x')?.object['data']).toEqual({ value: 'kept' });
  // What was before is not known any more.
  expect(second.watch('configmaps', revision - 1, () => {})).toBeUndefined();
  second.commit([put('a', 'z')]);
  expect(second.get('configmaps', 'a', 'z')?.revision).toBe(revision + 1);
  second.close();
});

test('a commit that the database refuses changes nothing', () => {
  const { store: it } = store();
  it.commit([put('a', 'x')]);
  expect(() => it.commit([put('a', 'y'), remove('a', 'nowhere')])).toThrow('nowhere is not there');
  expect([it.revision, ...keys(it.list('configmaps'))]).toEqual([2, 'a/x']);
});

test('what has gone and come again is shown as it was, each time', () => {
  const { store: it } = store();
  it.commit([put('a', 'x', '1')]);
  const first = it.revision;
  it.commit([put('a', 'x', '2')]);
  it.commit([remove('a', 'x')]);
  const gone = it.revision;
  it.commit([put('a', 'x', '3')]);
  const values = (revision: number) => it.listAt(revision, 'configmaps')?.map((one) => one.object['data'].value);
  expect([first - 1, first, first + 1, gone, it.revision].map(values)).toEqual([[], ['1'], ['2'], [], ['3']]);
});

test('changes are told of in their order, when all of them are there', () => {
  const { store: it } = store();
  it.commit([put('a', 'x')]);
  const told: string[] = [];
  it.subscribe(({ type, resource, item, old, revision }) => {
    told.push(
      `${type} ${resource} ${item.key} ${revision} was ${old?.revision ?? 'nothing'} of ${it.size('configmaps')}`,
    );
  });
  const stop = it.subscribe(() => told.push('other'));
  stop();
  it.commit([put('a', 'y'), put('a', 'x', '2'), { resource: 'secrets', put: object('a', 'z') }]);
  it.commit([remove('a', 'y')]);
  expect(told).toEqual([
    'ADDED configmaps a/y 3 was nothing of 2',
    'MODIFIED configmaps a/x 4 was 2 of 2',
    'ADDED secrets a/z 5 was nothing of 2',
    'DELETED configmaps a/y 6 was 3 of 1',
  ]);
  expect(it.resources()).toEqual(['configmaps', 'secrets']);
});

test('a removal carries its own revision as the last state does', () => {
  const { store: it } = store();
  it.commit([put('a', 'x', 'last')]);
  const [item] = it.commit([remove('a', 'x')]);
  expect([item?.object.metadata.resourceVersion, item?.object['data'].value, item?.revision]).toEqual(['3', 'last', 3]);
});

test('what is young enough is remembered when older changes are forgotten', () => {
  const { store: it, clock } = store();
  it.commit([put('a', 'x', '1')]);
  clock.now = 1500;
  it.commit([put('a', 'x', '2')]);
  const young = it.revision;
  clock.now = 2400;
  it.commit([put('a', 'x', '3')]);
  expect(it.compacted).toBe(young - 1);
  expect(it.listAt(young, 'configmaps')?.map((one) => one.object['data'].value)).toEqual(['2']);
  expect(it.listAt(young - 1, 'configmaps')?.map((one) => one.object['data'].value)).toEqual(['1']);
  expect(it.listAt(young - 2, 'configmaps')).toBeUndefined();
});

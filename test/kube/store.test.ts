import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/kube/objects.ts';
import { compareResourceVersions } from '../../src/kube/resource-version.ts';
import { Store } from '../../src/kube/store.ts';

function object(
  name: string,
  resourceVersion: string,
  labels: Record<string, string> = {},
  uid = `uid-${name}`,
): KubeObject {
  return { metadata: { name, namespace: 'ns', uid, resourceVersion, labels } };
}

/** `+a@1` added, `~a@1→2` changed, `-a@2` deleted. */
function trace(store: Store<KubeObject>): string[] {
  const seen: string[] = [];
  store.onChange((old, next) => {
    const name = (next ?? old)?.metadata.name;
    const [before, after] = [old?.metadata.resourceVersion, next?.metadata.resourceVersion];
    seen.push(!old ? `+${name}@${after}` : !next ? `-${name}@${before}` : `~${name}@${before}→${after}`);
  });
  return seen;
}

describe('replace', () => {
  it.each<[string, KubeObject[], string[]]>([
    ['the same versions are no change', [object('a', '1'), object('b', '2')], []],
    ['adds, changes and deletes', [object('b', '7'), object('c', '8')], ['~b@2→7', '+c@8', '-a@1']],
    ['an empty list deletes all', [], ['-a@1', '-b@2']],
    ['a list is right even where it is older', [object('a', '1'), object('b', '1')], ['~b@2→1']],
    [
      'the same version with another uid is another object',
      [object('a', '1', {}, 'new'), object('b', '2')],
      ['~a@1→1'],
    ],
  ])('%s', (_, next, expected) => {
    const store = new Store<KubeObject>();
    store.replace([object('a', '1'), object('b', '2')]);
    const seen = trace(store);
    seen.length = 0;
    store.replace(next);
    expect(seen).toEqual(expected);
    expect(store.list()).toHaveLength(next.length);
    expect(store.keys().sort()).toEqual(next.map((o) => `ns/${o.metadata.name}`).sort());
  });

  it('shows handlers the store with the whole list in it', () => {
    const store = new Store<KubeObject>();
    const sizes: number[] = [];
    store.onChange(() => sizes.push(store.size));
    store.replace([object('a', '1'), object('b', '2')]);
    expect(sizes).toEqual([2, 2]);
  });

  it('is what makes the store synced, even when there is nothing', async () => {
    const store = new Store<KubeObject>();
    store.upsert(object('a', '1'));
    expect(store.hasSynced).toBe(false);
    store.replace([]);
    expect(store.hasSynced).toBe(true);
    await store.synced;
  });
});

describe('upsert and remove', () => {
  it.each<[string, (store: Store<KubeObject>) => void, string[]]>([
    ['newer', (s) => s.upsert(object('a', '10')), ['~a@9→10']],
    ['same', (s) => s.upsert(object('a', '9')), []],
    ['older, though longer as text it would be newer', (s) => s.upsert(object('a', '8')), []],
    ['not comparable', (s) => s.upsert(object('a', 'x')), ['~a@9→x']],
    ['new', (s) => s.upsert(object('b', '3')), ['+b@3']],
    ['deleted, known by its last living version', (s) => s.remove(object('a', '12')), ['-a@9']],
    ['deleted twice', (s) => [s.remove(object('a', '12')), s.remove(object('a', '12'))], ['-a@9']],
    ['the deletion of a predecessor, late', (s) => s.remove(object('a', '8', {}, 'predecessor')), []],
    ['deleted but never known', (s) => s.remove(object('z', '12')), []],
  ])('%s', (_, act, expected) => {
    const store = new Store<KubeObject>();
    store.replace([object('a', '9')]);
    const seen = trace(store);
    seen.length = 0;
    act(store);
    expect(seen).toEqual(expected);
  });
});

describe('indexes', () => {
  it('follow adds, changes and deletes, also when added late', () => {
    const store = new Store<KubeObject>();
    store.replace([object('a', '1', { app: 'x' }), object('b', '1', { app: 'x' })]);
    store.addIndex('app', (o) => Object.values(o.metadata.labels ?? {}));
    const names = (value: string) => store.byIndex('app', value).map((o) => o.metadata.name);
    expect(names('x')).toEqual(['a', 'b']);
    store.upsert(object('a', '2', { app: 'y', team: 'x' }));
    expect(names('x').sort()).toEqual(['a', 'b']);
    expect(store.byIndex('app', 'y')).toEqual([store.get('ns/a')]);
    store.upsert(object('a', '3', { app: 'y' }));
    store.remove(object('b', '4'));
    expect(names('x')).toEqual([]);
    expect(store.byIndex('app', 'y')[0]?.metadata.resourceVersion).toBe('3');
    expect(() => store.byIndex('nope', 'x')).toThrow('no index "nope"');
    expect(() => store.addIndex('app', () => [])).toThrow('exists already');
  });
});

describe('handlers', () => {
  it('a late one gets what is there', () => {
    const store = new Store<KubeObject>();
    store.replace([object('a', '1'), object('b', '2')]);
    expect(trace(store)).toEqual(['+a@1', '+b@2']);
  });

  it('one that throws is reported and disturbs nobody', () => {
    const errors: unknown[] = [];
    const store = new Store<KubeObject>({ onError: (error) => errors.push(error) });
    const broken = new Error('broken handler');
    store.onChange(() => {
      throw broken;
    });
    const seen = trace(store);
    store.replace([object('a', '1'), object('b', '2')]);
    expect(seen).toEqual(['+a@1', '+b@2']);
    expect(errors).toEqual([broken, broken]);
    expect(store.hasSynced).toBe(true);
  });

  it('one that unsubscribed hears nothing more', () => {
    const store = new Store<KubeObject>();
    let calls = 0;
    const unsubscribe = store.onChange(() => calls++);
    store.upsert(object('a', '1'));
    unsubscribe();
    store.upsert(object('a', '2'));
    expect(calls).toBe(1);
  });
});

describe('resource versions', () => {
  it.each<[string, string, number | undefined]>([
    ['9', '10', -1],
    ['10', '9', 1],
    ['18446744073709551615', '18446744073709551614', 1],
    ['5', '5', 0],
    ['0', '5', undefined],
    ['05', '5', undefined],
    ['', '5', undefined],
    ['5a', '5', undefined],
  ])('%s against %s: %s', (a, b, expected) => {
    expect(compareResourceVersions(a, b)).toBe(expected);
  });
});

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { findKind, type Served } from '../../../src/cluster/registry/kinds.ts';
import { type World, world } from '../controllers/world.ts';

const QUIET = { dryRun: false, warn: () => undefined, subresource: '' } as const;

let it: World;
let rolls: number[];
beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-01-01T00:00:00Z') });
  rolls = [];
  it = world({ random: () => rolls.shift() ?? 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

function kindOf(apiVersion: string, kind: string): Served {
  const found = findKind(apiVersion, kind);
  if (!found) throw new Error(`no ${apiVersion} ${kind}`);
  return found;
}
const MAP = kindOf('v1', 'ConfigMap');
const map = (metadata: object, data?: object): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'default', ...metadata },
  ...data,
});
const create = (metadata: object, dryRun = false) =>
  it.registry.create(MAP, 'default', map(metadata), { ...QUIET, dryRun }).object;
const update = (change: (live: KubeObject) => KubeObject, options: object = {}) =>
  it.registry.update(MAP, 'default', 'a', (live) => change(structuredClone(live as KubeObject)), {
    ...QUIET,
    ...options,
  });
const code = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    const { code: status, message } = error as { code: number; message: string };
    return `${status} ${message}`;
  }
  return 'done';
};

describe('names that are generated', () => {
  test('are a base and five letters, of a base that leaves room for them', () => {
    expect(create({ generateName: 'web-' }).metadata.name).toBe('web-bbbbb');
    const long = create({ generateName: 'x'.repeat(70) }).metadata.name;
    expect([long?.length, long?.slice(-6)]).toEqual([63, 'xbbbbb']);
  });

  test('are rolled again when they are taken', () => {
    create({ generateName: 'web-' });
    rolls = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    expect(create({ generateName: 'web-' }).metadata.name).toBe('web-bbbbc');
  });

  test('eight times at most', () => {
    create({ generateName: 'web-' });
    expect(code(() => create({ generateName: 'web-' }))).toBe(
      '409 configmaps "web-bbbbb" already exists, the server was not able to generate a unique name for the object',
    );
  });
});

describe('a create', () => {
  test('sets what only the server may', () => {
    const given = {
      name: 'a',
      uid: 'mine',
      creationTimestamp: '1999-01-01T00:00:00Z',
      deletionTimestamp: 'x',
      selfLink: 'y',
    };
    expect(create(given).metadata).toEqual({
      name: 'a',
      namespace: 'default',
      uid: expect.stringMatching(/^uid-/),
      creationTimestamp: '2026-01-01T00:00:00Z',
      resourceVersion: String(it.registry.store.revision),
    });
  });

  test('that is dry changes nothing, and has no resourceVersion', () => {
    const { revision } = it.registry.store;
    expect(create({ name: 'a' }, true).metadata.resourceVersion).toBeUndefined();
    expect([it.registry.store.revision, it.names('configmaps')]).toEqual([revision, []]);
  });

  test.each<[string, object, string]>([
    ['of a name that is taken', { name: 'a' }, '409 configmaps "a" already exists'],
    ['of one that is going', { name: 'f' }, '409 object is being deleted: configmaps "f" already exists'],
    [
      'into another namespace',
      { name: 'b', namespace: 'other' },
      '400 the namespace of the provided object does not match',
    ],
    ['with a resourceVersion', { name: 'b', resourceVersion: '1' }, '500 resourceVersion should not be set'],
  ])('%s is refused', (_, metadata, expected) => {
    create({ name: 'a' });
    create({ name: 'f', finalizers: ['x.y/z'] });
    it.remove('v1', 'ConfigMap', 'default', 'f');
    expect(code(() => create(metadata))).toContain(expected);
  });
});

describe('an update', () => {
  beforeEach(() => void create({ name: 'a' }));

  test('that changes nothing is no write', () => {
    const { revision } = it.registry.store;
    expect(update((live) => live).object.metadata.resourceVersion).toBe(String(revision));
    expect(it.registry.store.revision).toBe(revision);
  });

  test('keeps the uid and the time of birth', () => {
    const before = it.get('configmaps', 'default', 'a')?.metadata;
    vi.advanceTimersByTime(5000);
    const { metadata } = update((live) => ({ ...live, metadata: { name: 'a', labels: { x: 'y' } } })).object;
    expect(metadata).toMatchObject({
      uid: before?.uid,
      creationTimestamp: before?.creationTimestamp,
      labels: { x: 'y' },
    });
  });

  test.each<[string, object, object, string]>([
    [
      'of an old version',
      { resourceVersion: '1' },
      {},
      '409 Operation cannot be fulfilled on configmaps "a": the object has been modified',
    ],
    ['of another uid', {}, { uid: 'other' }, '409 Operation cannot be fulfilled on configmaps "a": StorageError'],
    ['of another name', { name: 'b' }, {}, '400 the name of the object (b) does not match the name on the URL (a)'],
  ])('%s is refused', (_, metadata, options, expected) => {
    const { revision } = it.registry.store;
    expect(code(() => update((live) => ({ ...live, metadata: { ...live.metadata, ...metadata } }), options))).toContain(
      expected,
    );
    expect(it.registry.store.revision).toBe(revision);
  });

  test('says owners that are there twice once, and warns', () => {
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: 'u' };
    const warnings: string[] = [];
    const { object } = update(
      (live) => ({ ...live, metadata: { ...live.metadata, ownerReferences: [owner, owner] } }),
      {
        warn: (text: string) => warnings.push(text),
      },
    );
    expect(object.metadata.ownerReferences).toEqual([owner]);
    expect(warnings).toEqual([expect.stringContaining('duplicate UID(s) observed: u')]);
  });

  test('that takes the last finalizer off removes what was going, unless it is dry', () => {
    update((live) => ({ ...live, metadata: { ...live.metadata, finalizers: ['x.y/z'] } }));
    it.remove('v1', 'ConfigMap', 'default', 'a');
    const free = (live: KubeObject) => {
      const { finalizers: _, ...metadata } = live.metadata;
      return { ...live, metadata };
    };
    update(free, { dryRun: true });
    expect(it.names('configmaps')).toEqual(['a']);
    update(free);
    expect(it.names('configmaps')).toEqual([]);
  });
});

test('an event has two kinds and is one object', () => {
  it.make(
    'v1',
    'Event',
    { name: 'e', namespace: 'default' },
    { involvedObject: { namespace: 'default', name: 'x' }, message: 'm' },
  );
  const events = kindOf('events.k8s.io/v1', 'Event');
  const live: KubeObject[] = [];
  it.registry.update(
    events,
    'default',
    'e',
    (one) => {
      live.push(structuredClone(one as KubeObject));
      return { ...structuredClone(one as KubeObject), metadata: { ...one?.metadata, labels: { a: 'b' } } };
    },
    { ...QUIET },
  );
  expect(live[0]).toMatchObject({ apiVersion: 'events.k8s.io/v1', note: 'm', regarding: { name: 'x' } });
  expect(it.get('events', 'default', 'e')).toMatchObject({
    apiVersion: 'v1',
    message: 'm',
    involvedObject: { name: 'x' },
    metadata: { labels: { a: 'b' } },
  });
  it.remove('events.k8s.io/v1', 'Event', 'default', 'e');
  expect(it.names('events')).toEqual([]);
});

test("a Service's addresses and its ports are one commit, and free again with it", () => {
  it.make('networking.k8s.io/v1', 'ServiceCIDR', { name: 'kubernetes' }, { spec: { cidrs: ['10.96.0.0/16'] } });
  const commits: number[] = [];
  it.registry.store.subscribe(({ revision }) => commits.push(revision));
  const before = it.registry.store.revision;
  const made = it.make(
    'v1',
    'Service',
    { name: 's', namespace: 'default' },
    { spec: { type: 'NodePort', ports: [{ port: 80 }] } },
  );
  const { clusterIP, ports } = made['spec'];
  expect(it.names('ipaddresses.networking.k8s.io')).toEqual([clusterIP]);
  expect(commits).toEqual([before + 1, before + 2]);
  expect(it.services.ports.has(ports[0].nodePort)).toBe(true);
  it.remove('v1', 'Service', 'default', 's');
  expect(it.names('ipaddresses.networking.k8s.io')).toEqual([]);
  expect(it.services.ports.has(ports[0].nodePort)).toBe(false);
});

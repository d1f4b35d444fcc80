/** What a controller knows of its slices while its own writes and the watch overtake each other. */
import { beforeEach, describe, expect, test } from 'vitest';
import { indexSlices, OwnedSlices, type SliceOperation } from '../../src/endpoints/owned-slices.ts';
import type { SliceBody } from '../../src/endpoints/slice.ts';
import type { EndpointSlice } from '../../src/kube/objects.ts';
import { ApiError, type KubeClient } from '../../src/kube/request.ts';
import { Store } from '../../src/kube/store.ts';
import { slice as made } from './make.ts';

const MANAGER = 'endpointslice-controller.k8s.io';
const KEY = 'ns/web';

/** A slice at a resource version and generation. */
const slice = (name: string, version: number, generation = 1) =>
  made(name, [], { metadata: { resourceVersion: String(version), generation } });

describe("a controller's slices", () => {
  let store: Store<EndpointSlice>;
  let foreign: string[];
  let writes: SliceOperation[];
  let slices: OwnedSlices;
  /** Answers the next request; what it does before is what happens meanwhile. */
  let answer: (method: string, path: string) => unknown;

  beforeEach(() => {
    store = new Store();
    indexSlices(store);
    store.replace([slice('old', 5)]);
    foreign = [];
    writes = [];
    const client = {
      request: async (method: string, path: string) => answer(method, path),
    } as unknown as KubeClient;
    slices = new OwnedSlices({
      client,
      store,
      manager: MANAGER,
      onForeignChange: (key) => foreign.push(key),
      onWrite: (operation) => writes.push(operation),
    });
  });

  const names = () => slices.of(KEY).map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`);
  const body = {} as SliceBody;
  const create = () => slices.during(KEY, (round) => round.create('ns', body));
  const update = () => slices.during(KEY, (round) => round.update('ns', 'old', body));
  const remove = () => slices.during(KEY, (round) => round.delete(slice('old', 5)));
  const fails = (status: number) => {
    throw new ApiError('PUT', '/', status, { reason: 'Refused' });
  };

  test('what is there at first is no change', () => {
    expect([names(), foreign]).toEqual([['old@5'], []]);
  });

  test('a create is known at once, and the watch brings nothing new', async () => {
    answer = () => slice('new', 6);
    await create();
    expect([names(), foreign, writes]).toEqual([['new@6', 'old@5'], [], ['create']]);
    store.upsert(slice('new', 6));
    expect(foreign).toEqual([]);
  });

  test('a create that the watch tells of before it is answered', async () => {
    answer = () => {
      store.upsert(slice('new', 6));
      return slice('new', 6);
    };
    await create();
    expect([names(), foreign]).toEqual([['new@6', 'old@5'], []]);
  });

  test('a created slice that somebody deletes before the create is answered does not rise again', async () => {
    answer = () => {
      store.upsert(slice('new', 6));
      store.remove(slice('new', 7));
      return slice('new', 6);
    };
    await create();
    expect([names(), foreign]).toEqual([['old@5'], [KEY]]);
  });

  test('an update is known at once; what the watch still tells of the time before counts for nothing', async () => {
    answer = () => slice('old', 8, 3);
    await update();
    store.upsert(slice('old', 6, 2));
    expect([names(), foreign, writes]).toEqual([['old@8'], [], ['update']]);
  });

  test('an update that the watch tells of before it is answered', async () => {
    answer = () => {
      store.upsert(slice('old', 6, 2));
      return slice('old', 6, 2);
    };
    await update();
    expect([names(), foreign]).toEqual([['old@6'], []]);
  });

  test('somebody changes a slice right after our update, and the watch is faster than the answer', async () => {
    answer = () => {
      store.upsert(slice('old', 7, 3));
      return slice('old', 6, 2);
    };
    await update();
    expect([names(), foreign]).toEqual([['old@7'], [KEY]]);
  });

  test('a deleted slice is gone at once, though the store still has it', async () => {
    answer = () => ({});
    await remove();
    expect([names(), writes]).toEqual([[], ['delete']]);
    store.remove(slice('old', 9));
    store.upsert(slice('old', 10));
    expect(foreign).toEqual([KEY]);
  });

  test('a deletion that the watch tells of before it is answered', async () => {
    answer = () => store.remove(slice('old', 9));
    await remove();
    expect([names(), foreign]).toEqual([[], []]);
    // Nothing of it is remembered.
    store.upsert(slice('old', 10));
    expect(names()).toEqual(['old@10']);
  });

  test('a slice that turns out not to be there is forgotten, and the sync fails', async () => {
    answer = () => fails(404);
    await expect(update()).rejects.toThrow('Refused');
    expect([names(), foreign, writes]).toEqual([[], [], []]);
  });

  test('to delete what is not there is no failure', async () => {
    answer = () => fails(404);
    await remove();
    expect([names(), writes]).toEqual([[], []]);
  });

  test('what others do is told, with the Service', () => {
    store.upsert(slice('old', 6, 2));
    store.upsert(slice('stray', 7));
    store.remove(slice('stray', 8));
    expect(foreign).toEqual([KEY, KEY, KEY]);
  });

  test('not what changes no generation: annotations', () => {
    store.upsert(slice('old', 6, 1));
    expect(foreign).toEqual([]);
  });

  test('a slice that goes over to another Service is told to both', () => {
    const moved = slice('old', 6, 2);
    store.upsert({
      ...moved,
      metadata: { ...moved.metadata, labels: { ...moved.metadata.labels, 'kubernetes.io/service-name': 'other' } },
    });
    expect(foreign.toSorted()).toEqual(['ns/other', KEY]);
  });

  test('slices of another manager are not ours, and one that becomes theirs is told', () => {
    const theirs = slice('old', 6, 2);
    const labels = { ...theirs.metadata.labels, 'endpointslice.kubernetes.io/managed-by': 'somebody' };
    store.upsert({ ...theirs, metadata: { ...theirs.metadata, labels } });
    expect([names(), foreign]).toEqual([[], [KEY]]);
    store.upsert({ ...theirs, metadata: { ...theirs.metadata, labels, resourceVersion: '7', generation: 3 } });
    expect(foreign).toEqual([KEY]);
  });

  test('slices that are being deleted are none', () => {
    const ending = slice('old', 6);
    store.upsert({ ...ending, metadata: { ...ending.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } });
    expect(names()).toEqual([]);
  });
});

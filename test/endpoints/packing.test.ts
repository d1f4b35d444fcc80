/** Packing with at most 10 endpoints a slice, so that a reader can count. */
import { describe, expect, test } from 'vitest';
import { desiredEndpoints } from '../../src/endpoints/desired.ts';
import { pack } from '../../src/endpoints/packing.ts';
import type { EndpointPod } from '../../src/endpoints/pod.ts';
import type { EndpointSlice, SliceEndpoint } from '../../src/kube/objects.ts';
import { HTTP, nodes, pod, podsOf, service, slice } from './make.ts';

const MOST = 10;
const byName = new Map(nodes().map((node) => [node.metadata.name, node]));

function groupOf(pods: EndpointPod[], of = service()) {
  const [group] = desiredEndpoints(of, pods, (name) => byName.get(name), 'IPv4').groups.values();
  return group ?? { ports: [HTTP], endpoints: new Map<string, SliceEndpoint>() };
}

const endpointsOf = (pods: EndpointPod[]) => [...groupOf(pods).endpoints.values()];

/** Slices that hold these numbers of the pods, one after another: `s0`, `s1`, … */
function slicesOf(pods: EndpointPod[], sizes: number[]): EndpointSlice[] {
  let from = 0;
  return sizes.map((size, index) => slice(`s${index}`, endpointsOf(pods.slice(from, (from += size)))));
}

/** Sizes after packing: of new slices, of updated ones by name, and which are deleted. */
function packed(existing: EndpointSlice[], pods: EndpointPod[], of = service()) {
  const result = pack(of, 'IPv4', groupOf(pods, of), existing, MOST);
  return {
    create: result.create.map(({ endpoints }) => endpoints.length),
    update: Object.fromEntries(result.update.map((each) => [each.edits?.metadata.name, each.endpoints.length])),
    delete: result.delete.map(({ metadata }) => metadata.name),
    unchanged: result.unchanged.map(({ metadata }) => metadata.name),
    added: result.added,
    removed: result.removed,
  };
}

interface Case {
  name: string;
  /** How many of the pods 0, 1, 2, … stand in each slice. */
  slices: number[];
  /** Which of the pods are there now. */
  now: (pods: EndpointPod[]) => EndpointPod[];
  create?: number[];
  update?: Record<string, number>;
  delete?: string[];
}

const pods = podsOf(60);
const without = (...gone: number[]) => pods.filter((_, index) => !gone.includes(index));
const upTo = (count: number, ...gone: number[]) => without(...gone).filter((each) => pods.indexOf(each) < count);

const CASES: Case[] = [
  { name: 'from nothing, what fits one', slices: [], now: () => upTo(3), create: [3] },
  { name: 'from nothing, full slices and a rest', slices: [], now: () => upTo(25), create: [10, 10, 5] },
  { name: 'nothing to do', slices: [10, 3], now: () => upTo(13) },
  {
    name: 'one more goes into the slice that it fills best',
    slices: [8, 3, 9],
    now: () => upTo(21),
    update: { s2: 10 },
  },
  { name: 'wherever that slice stands', slices: [9, 3, 8], now: () => upTo(21), update: { s0: 10 } },
  { name: 'one more, where all are full', slices: [10, 10], now: () => upTo(21), create: [1] },
  { name: 'three more, which only one slice has room for', slices: [8, 7, 9], now: () => upTo(27), update: { s1: 10 } },
  {
    name: 'three more, for which no slice alone has room: a new one, though two together had',
    slices: [8, 9, 9],
    now: () => upTo(29),
    create: [3],
  },
  { name: 'ten more begin a slice, even if one is empty enough', slices: [0, 10], now: () => upTo(20), create: [10] },
  {
    name: 'eleven more: a new slice, and the rest where it fits',
    slices: [8],
    now: () => upTo(19),
    create: [10],
    update: { s0: 9 },
  },
  { name: 'one less', slices: [10, 3], now: () => upTo(13, 4), update: { s0: 9 } },
  { name: 'the last of a slice goes, and the slice with it', slices: [10, 1], now: () => upTo(10), delete: ['s1'] },
  {
    name: 'slices are never evened out',
    slices: [10, 10, 10],
    now: () => upTo(30, 0, 1, 2, 3, 4, 10, 11, 12, 13, 20),
    update: { s0: 5, s1: 6, s2: 9 },
  },
  {
    name: 'one goes and one comes: into the slice that is written anyway',
    slices: [10, 9],
    now: () => upTo(20, 0),
    update: { s0: 10 },
  },
  {
    name: 'what is written anyway is filled, the fullest first',
    slices: [10, 10, 10],
    now: () => upTo(32, 0, 1, 2, 10),
    update: { s0: 8, s1: 10 },
  },
  {
    name: 'what the written slices have no room for goes into an unchanged one',
    slices: [10, 5],
    now: () => upTo(18, 0),
    update: { s0: 10, s1: 7 },
  },
];

test.each(CASES)('$name', ({ slices, now, create = [], update = {}, delete: gone = [] }) => {
  const existing = slicesOf(pods, slices);
  const result = packed(existing, now(pods));
  expect(result).toMatchObject({ create, update, delete: gone });
  const touched = [...Object.keys(update), ...gone];
  expect(result.unchanged).toEqual(slices.map((_, index) => `s${index}`).filter((name) => !touched.includes(name)));
});

test('every pod is in exactly one slice afterwards', () => {
  const now = upTo(34, 0, 1, 2, 10, 25);
  const result = pack(service(), 'IPv4', groupOf(now), slicesOf(pods, [10, 10, 10]), MOST);
  const all = [...result.create, ...result.update, ...result.unchanged].flatMap(({ endpoints }) => endpoints ?? []);
  expect(all.map(({ targetRef }) => targetRef?.name ?? '').sort()).toEqual(
    now.map(({ metadata }) => metadata.name).sort(),
  );
});

describe('what counts as a change', () => {
  const one = [pod('web')];
  const existing = () => [slice('s0', endpointsOf(one))];

  test('the same endpoint, with hints or without', () => {
    const [hinted] = endpointsOf(one);
    const now = [slice('s0', [{ ...hinted!, hints: { forZones: [{ name: 'a' }] } }])];
    expect(packed(now, one).unchanged).toEqual(['s0']);
  });

  test('the resource version of the pod does not', () => {
    const [endpoint] = endpointsOf(one);
    const now = [slice('s0', [{ ...endpoint!, targetRef: { ...endpoint!.targetRef, resourceVersion: '3' } }])];
    expect(packed(now, one).unchanged).toEqual(['s0']);
  });

  test.each([
    ['not ready any more', pod('web', { ready: false })],
    ['on another node', pod('web', { node: 'node-b' })],
    ['a new pod of the old name', { ...pod('web'), metadata: { ...pod('web').metadata, uid: 'new' } }],
  ])('%s: edited in place', (_, now) => {
    expect(packed(existing(), [now])).toMatchObject({ update: { s0: 1 }, added: 0, removed: 0 });
  });

  test('another address: one less and one more, in the same slice', () => {
    const all = podsOf(3);
    const moved = [...all.slice(0, 2), pod('web-2', { ips: ['10.9.9.9'] })];
    const result = packed([slice('s0', endpointsOf(all))], moved);
    expect(result).toMatchObject({ update: { s0: 3 }, added: 1, removed: 1 });
  });

  test("a label of the Service's", () => {
    expect(packed(existing(), one, service({}, { labels: { team: 'a' } }))).toMatchObject({ update: { s0: 1 } });
  });

  test('a label that somebody put on the slice', () => {
    const [first] = existing();
    const labels = { ...first!.metadata.labels, stray: 'x' };
    expect(packed([{ ...first!, metadata: { ...first!.metadata, labels } }], one).update).toEqual({ s0: 1 });
  });

  test('not a label that is reserved for slices', () => {
    const odd = service({}, { labels: { 'service.kubernetes.io/headless': 'x', 'kubernetes.io/service-name': 'y' } });
    expect(packed(existing(), one, odd).unchanged).toEqual(['s0']);
  });
});

test('the store keeps its slices as they are', () => {
  const existing = slicesOf(pods, [10, 3]);
  const before = structuredClone(existing);
  pack(service(), 'IPv4', groupOf(upTo(16, 2)), existing, MOST);
  expect(existing).toEqual(before);
});

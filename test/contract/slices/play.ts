/** Plays histories on both sides in step, and compares after each step. */
import { waitFor } from '../../support/wait.ts';
import type { Json } from '../services/case.ts';
import { compareValues } from '../services/compare.ts';
import { Breadth } from './breadth.ts';
import { canonical, type Objects } from './canonical.ts';
import { layBarrier, layNodes, pass } from './cluster.ts';
import type { History, Kind, Mark, SliceOf, Step, Write } from './history.ts';
import type { Side } from './side.ts';

/** Where two sides' slices and Endpoints are not the same after a step. */
export interface Difference {
  history: string;
  /** The number of the step, from 0. */
  step: number;
  /** Such as `web.slices[0].counts[1]`. */
  path: string;
  first: Json;
  second: Json;
}

/** Histories beside each other, each in a namespace of its own. */
const LANES = 64;
/** How long two sides may take to agree: upstream looks again after one second, two and four. */
const PATIENCE_MS = 7_500;

let namespaces = 0;

/** A history on its way: in which namespace, and whether it is still followed. */
interface Lane {
  history: History;
  namespace: string;
  differences: Difference[];
  raced: boolean;
}

export interface Outcome {
  differences: Difference[];
  steps: number;
  writes: number;
  /** Comparisons of a namespace. */
  compared: number;
}

/** Makes what every history finds, and waits until the controllers are at work. */
export async function setUp(sides: readonly [Side, Side]): Promise<void> {
  await onBoth(sides, async (side) => {
    await layNodes(side);
    await layBarrier(side);
    await pass(side, false);
  });
}

/** Plays them all; a history is not followed any further where it differs. */
export async function play(
  sides: readonly [Side, Side],
  histories: readonly History[],
  breadth = new Breadth(),
): Promise<Outcome> {
  const outcome: Played = { breadth, differences: [], steps: 0, writes: 0, compared: 0 };
  const together = histories.filter(({ alone }) => !alone);
  const batches = [
    ...Array.from({ length: Math.ceil(together.length / LANES) }, (_, i) => together.slice(i * LANES, (i + 1) * LANES)),
    ...histories.filter(({ alone }) => alone).map((one) => [one]),
  ];
  for (const batch of batches) await playBatch(sides, batch, outcome);
  const { breadth: _, ...rest } = outcome;
  return rest;
}

type Played = Outcome & { breadth: Breadth };

async function playBatch(sides: readonly [Side, Side], batch: readonly History[], outcome: Played): Promise<void> {
  const lanes = batch.map(
    (history): Lane => ({ history, namespace: `history-${++namespaces}`, differences: [], raced: false }),
  );
  if (lanes.some(({ history }) => history.alone)) await Promise.all(sides.map(layNodes));
  await onBoth(sides, async (side) => {
    await Promise.all(
      lanes.map(({ namespace: name }) => side.send('POST', '/api/v1/namespaces', { metadata: { name } })),
    );
  });
  const rounds = Math.max(...lanes.map(({ history }) => history.steps.length));
  for (let round = 0; round < rounds; round++) {
    const going = lanes.filter(
      ({ history, differences, raced }) => history.steps[round] && differences.length === 0 && !raced,
    );
    if (going.length > 0) await playRound(sides, going, round, outcome);
  }
  for (const { differences } of lanes) outcome.differences.push(...differences);
  await onBoth(sides, (side) => Promise.all(lanes.map(({ namespace }) => cleanUp(side, namespace))));
  if (lanes.some(({ history }) => history.alone)) await Promise.all(sides.map(layNodes));
}

const onBoth = (sides: readonly [Side, Side], act: (side: Side) => Promise<unknown>): Promise<unknown> =>
  Promise.all(sides.map(act));

async function playRound(
  sides: readonly [Side, Side],
  lanes: readonly Lane[],
  round: number,
  outcome: Played,
): Promise<void> {
  const stepOf = (lane: Lane) => lane.history.steps[round] as Step;
  const [first, second] = await Promise.all(
    sides.map((side) => Promise.all(lanes.map((lane) => writeAll(side, lane.namespace, stepOf(lane).writes)))),
  );
  const touchesSlices = lanes.some((lane) =>
    stepOf(lane).writes.some((write) => write.verb !== 'mark' && write.kind === 'endpointslices'),
  );
  await onBoth(sides, (side) => pass(side, touchesSlices));
  for (const lane of lanes) {
    const { until } = stepOf(lane);
    if (until) await onBoth(sides, (side) => hasAddresses(side, lane.namespace, until));
  }
  outcome.steps += lanes.length;
  for (const [i, lane] of lanes.entries()) {
    outcome.writes += first?.[i]?.length ?? 0;
    const found = compareValues(first?.[i], second?.[i], 'answers');
    // In a burst a write may or may not find what a controller is about to take away.
    if (lane.history.bursts && found.length > 0) lane.raced = true;
    else lane.differences.push(...found.map((one) => ({ history: lane.history.name, step: round, ...one })));
  }
  const compared = lanes.filter((lane) => !stepOf(lane).unseen && !lane.raced);
  outcome.compared += compared.length;
  await compareLanes(sides, compared, round, outcome.breadth);
}

/** Looks until all agree, or until time is up: then what differs is each lane's. */
async function compareLanes(
  sides: readonly [Side, Side],
  lanes: readonly Lane[],
  round: number,
  breadth: Breadth,
): Promise<void> {
  let left = lanes.map((lane) => ({ lane, found: [] as Omit<Difference, 'history' | 'step'>[] }));
  const agree = async () => {
    const [first, second] = await Promise.all(sides.map(objectsOf));
    left = left.flatMap(({ lane }) => {
      const [one, two] = [first, second].map((all) => canonical(all?.get(lane.namespace) ?? NOTHING, lane.history));
      const found = compareValues(one, two);
      if (found.length === 0) breadth.add(one);
      return found.length === 0 ? [] : [{ lane, found }];
    });
    return left.length === 0;
  };
  await waitFor(agree, { what: 'both sides to agree', timeoutMs: PATIENCE_MS, intervalMs: 150 }).catch(() => undefined);
  for (const { lane, found } of left) {
    lane.differences.push(...found.map((one) => ({ history: lane.history.name, step: round, ...one })));
  }
}

const NOTHING: Objects = { services: [], pods: [], endpoints: [], slices: [] };

const LISTS = {
  services: '/api/v1/services',
  pods: '/api/v1/pods',
  endpoints: '/api/v1/endpoints',
  slices: '/apis/discovery.k8s.io/v1/endpointslices',
} as const;

/** By namespace. */
async function objectsOf(side: Side): Promise<Map<string, Objects>> {
  const lists = await Promise.all(
    Object.entries(LISTS).map(async ([kind, path]) => [kind, (await side.send('GET', path)).body.items] as const),
  );
  const all = new Map<string, Record<string, Json[]>>();
  for (const [kind, items] of lists) {
    for (const item of items) {
      const { namespace } = item.metadata;
      if (!all.has(namespace)) all.set(namespace, { services: [], pods: [], endpoints: [], slices: [] });
      all.get(namespace)?.[kind]?.push(item);
    }
  }
  return all as unknown as Map<string, Objects>;
}

async function hasAddresses(
  side: Side,
  namespace: string,
  until: { service: string; addresses: number },
): Promise<void> {
  const count = async () =>
    (await slicesOf(side, namespace, { service: until.service, at: 0 })).reduce(
      (sum: number, slice: Json) => sum + (slice.endpoints?.length ?? 0),
      0,
    );
  await waitFor(async () => (await count()) === until.addresses, {
    what: `${side.name} to have ${until.addresses} addresses in the slices of ${until.service}`,
    timeoutMs: 30_000,
  });
}

/** The status codes of a step's writes. */
async function writeAll(side: Side, namespace: string, writes: Step['writes']): Promise<number[]> {
  const codes: number[] = [];
  for (const write of writes) {
    if (write.verb === 'mark') codes.push(...(await mark(side, namespace, write)));
    else codes.push(await writeOne(side, namespace, write));
  }
  return codes;
}

const METHODS = { create: 'POST', patch: 'PATCH', status: 'PATCH', delete: 'DELETE' } as const;

async function writeOne(side: Side, namespace: string, write: Write): Promise<number> {
  const name = typeof write.name === 'string' ? write.name : await nameOf(side, namespace, write.name);
  const collection = collectionOf(namespace, write.kind);
  const path =
    write.verb === 'create' ? collection : `${collection}/${name}${write.verb === 'status' ? '/status' : ''}`;
  const { gracePeriodSeconds } = write;
  const body = write.verb === 'delete' ? { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds } : write.body;
  return (await side.send(METHODS[write.verb], path, body)).status;
}

function collectionOf(namespace: string, kind: Kind): string {
  if (kind === 'nodes') return '/api/v1/nodes';
  if (kind === 'endpointslices') return `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
  return `/api/v1/namespaces/${namespace}/${kind}`;
}

async function nameOf(side: Side, namespace: string, slice: SliceOf): Promise<string> {
  const found = (await slicesOf(side, namespace, slice))[slice.at];
  return found?.metadata.name ?? 'there-is-none';
}

/** A controller's slices of a Service, the largest first, then by what can be told of them on both sides. */
async function slicesOf(side: Side, namespace: string, { service, mirrored = false }: SliceOf): Promise<Json[]> {
  const manager = mirrored ? 'endpointslicemirroring-controller.k8s.io' : 'endpointslice-controller.k8s.io';
  const selector = `kubernetes.io/service-name=${service},endpointslice.kubernetes.io/managed-by=${manager}`;
  const path = `${collectionOf(namespace, 'endpointslices')}?labelSelector=${encodeURIComponent(selector)}`;
  const { items } = (await side.send('GET', path)).body;
  const rank = (slice: Json) =>
    JSON.stringify([slice.addressType, slice.ports, slice.endpoints?.map((one: Json) => one.addresses).toSorted()]);
  return items.toSorted(
    (a: Json, b: Json) =>
      (b.endpoints?.length ?? 0) - (a.endpoints?.length ?? 0) || (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0),
  );
}

async function mark(side: Side, namespace: string, { service, label, counts }: Mark): Promise<number[]> {
  const slices = await slicesOf(side, namespace, { service, at: 0 });
  const pods = slices.flatMap((slice, at) => (slice.endpoints ?? []).slice(0, counts[at] ?? 0));
  const body = { metadata: { labels: { [label]: 'yes' } } };
  return Promise.all(
    pods.map(async ({ targetRef }: Json) => {
      return (await side.send('PATCH', `${collectionOf(namespace, 'pods')}/${targetRef.name}`, body)).status;
    }),
  );
}

async function cleanUp(side: Side, namespace: string): Promise<void> {
  const services = collectionOf(namespace, 'services');
  const { items } = (await side.send('GET', services)).body;
  for (const { metadata } of items) await side.send('DELETE', `${services}/${metadata.name}`);
  for (const kind of ['pods', 'endpoints', 'endpointslices'] as const) {
    const query = kind === 'pods' ? '?gracePeriodSeconds=0' : '';
    await side.send('DELETE', `${collectionOf(namespace, kind)}${query}`);
  }
}

/**
 * 5,000 pods behind 500 Services, and no slices yet: from the start of the controller's process until all slices are
 * complete, and all Endpoints, which both controllers write too; and its memory then. On one kube-apiserver, in turns.
 */
import type { Program } from '../test/tools/processes.ts';
import { waitFor } from '../test/support/wait.ts';
import { residentMegabytes } from './api-support.ts';
import {
  CORE,
  highestMegabytes,
  layOut,
  LIMITS,
  ok,
  processorMs,
  quantile,
  SLICES,
  startOurs,
  startPlane,
  startReal,
} from './slice-support.ts';
import { claim } from './support.ts';

const SERVICES = 500;
const PODS = 10;
const ROUNDS = 3;

const median = (values: readonly number[]): number => quantile(values, 0.5);

interface Result {
  slices: number;
  all: number;
  processor: number;
  highest: number;
  megabytes: number;
}

const RUNS: { name: string; start(): Promise<Program>; endpoints: boolean }[] = [
  { name: 'sluice endpoints (no limit of its own)', start: () => startOurs(plane), endpoints: true },
  {
    name: `kube-controller-manager, its three controllers of endpoints, ${LIMITS.join(' ')}`,
    start: () => startReal(plane),
    endpoints: true,
  },
  {
    name: `kube-controller-manager, endpointslice-controller alone, ${LIMITS.join(' ')}`,
    start: () => startReal(plane, LIMITS, 'endpointslice-controller'),
    endpoints: false,
  },
  {
    name: 'kube-controller-manager, its three, its own limits (20 a second, 30 at once)',
    start: () => startReal(plane, []),
    endpoints: true,
  },
];

const { plane, client } = await startPlane();
const results: Result[] = [];
try {
  await layOut(client, SERVICES, PODS);
  const [first, second, ...others] = RUNS;
  // In turns, so that what else the machine does falls on both.
  const turns = Array.from({ length: ROUNDS }, () => [first, second]).flat();
  const made = new Map<(typeof RUNS)[number], Result[]>();
  for (const run of [...turns, ...others]) {
    if (run) made.set(run, [...(made.get(run) ?? []), await fill(run.start, run.endpoints)]);
  }
  for (const [{ name, endpoints }, rounds] of made) {
    const result = {
      slices: median(rounds.map(({ slices: ms }) => ms)),
      all: median(rounds.map(({ all: ms }) => ms)),
      processor: median(rounds.map(({ processor: ms }) => ms)),
      megabytes: median(rounds.map(({ megabytes: mb }) => mb)),
      highest: median(rounds.map(({ highest: mb }) => mb)),
    };
    results.push(result);
    const { slices, all, processor, megabytes, highest } = result;
    const both = endpoints ? `, with Endpoints ${(all / 1000).toFixed(2)} s` : '';
    console.log(
      `${name}: slices complete in ${(slices / 1000).toFixed(2)} s${both}; ${(processor / 1000).toFixed(1)} s of processor time; ${megabytes} MB resident (at most ${highest}); median of ${rounds.length}`,
    );
  }
} finally {
  client.close();
  await plane.stop();
}
const [ours, theirs] = results;
if (!ours || !theirs) throw new Error('not all controllers ran');
console.log(
  `ratio of the times to all slices ${(theirs.slices / ours.slices).toFixed(2)}, with Endpoints ${(theirs.all / ours.all).toFixed(2)}`,
);
claim("Sluice's time to all slices, over the real controller's", ours.slices / theirs.slices, 1);
claim("Sluice's time to all slices and Endpoints, over the real controllers'", ours.all / theirs.all, 1);
claim("Sluice's resident memory, over the real controllers'", ours.megabytes / theirs.megabytes, 1.5);

async function fill(start: () => Promise<Program>, endpoints: boolean): Promise<Result> {
  const filled = { slices: new Set<string>(), endpoints: new Set<string>() };
  const paths = { slices: SLICES, endpoints: '/api/v1/endpoints' };
  const times = { slices: 0, endpoints: 0 };
  const from = { at: 0 };
  const ends: (() => void)[] = [];
  for (const kind of ['slices', 'endpoints'] as const) {
    const { resourceVersion } = JSON.parse(await ok(client, 'GET', `${paths[kind]}?limit=1`)).metadata;
    ends.push(
      await client.watch(`${paths[kind]}?watch=1&resourceVersion=${resourceVersion}`, (line) => {
        const { object } = JSON.parse(line);
        const count = kind === 'slices' ? object.endpoints?.length : object.subsets?.[0]?.addresses?.length;
        if (count !== PODS) return;
        const name = object.metadata.labels['kubernetes.io/service-name'] ?? object.metadata.name;
        filled[kind].add(name);
        if (filled[kind].size === SERVICES) times[kind] ||= performance.now() - from.at;
      }),
    );
  }
  from.at = performance.now();
  const controller = await start();
  const complete = () => times.slices > 0 && (!endpoints || times.endpoints > 0);
  await waitFor(complete, { what: 'all slices to be complete', timeoutMs: 300_000, intervalMs: 10 });
  const megabytes = residentMegabytes([controller.pid]);
  const highest = highestMegabytes(controller.pid);
  const processor = processorMs(controller.pid);
  for (const end of ends) end();
  await controller.end();
  await ok(
    client,
    'DELETE',
    `/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=endpointslice.kubernetes.io%2Fmanaged-by`,
  );
  await ok(client, 'DELETE', `${CORE}/endpoints?labelSelector=app`);
  return { slices: times.slices, all: Math.max(times.slices, times.endpoints), processor, highest, megabytes };
}

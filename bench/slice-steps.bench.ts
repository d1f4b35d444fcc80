/**
 * What it takes to add one pod to a Service of 1,000: requests and endpoints in them, by kube-apiserver's audit log, and
 * processor time of the controller; both controllers one after the other. And the time of Sluice's pure core for one such plan.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { planSlices } from '../src/endpoints/plan.ts';
import { podReader } from '../src/endpoints/pod.ts';
import type { EndpointSlice, Service } from '../src/kube/objects.ts';
import { waitFor } from '../test/support/wait.ts';
import {
  addressOf,
  CONTROLLERS,
  CORE,
  inParallel,
  layPod,
  layService,
  ok,
  processorMs,
  quantile,
  SLICES,
  startPlane,
} from './slice-support.ts';
import { claim } from './support.ts';

const MOST = 1000;
const ADDED = 20;
/** With what is added there are as many as legacy Endpoints may hold: with one more both would write those in every sync. */
const PODS = MOST - ADDED - 1;
/** Upstream looks once more after a second where the watch was faster than the answer to its own write. */
const AFTERWARDS_MS = 1500;

const dir = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
const log = join(dir, 'audit.log');
const policy = join(dir, 'policy.yaml');
writeFileSync(
  policy,
  JSON.stringify({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived', 'ResponseStarted'],
    rules: [{ level: 'Request', verbs: ['create', 'update', 'patch', 'delete'] }, { level: 'Metadata' }],
  }),
);
const { plane, client } = await startPlane([`--audit-policy-file=${policy}`, `--audit-log-path=${log}`]);

interface Entry {
  verb: string;
  userAgent: string;
  objectRef?: { resource: string };
  requestObject?: { endpoints?: unknown[]; subsets?: { addresses?: unknown[] }[] };
}

interface Cost {
  requests: number;
  endpoints: number;
  milliseconds: number;
}

const costs: Cost[] = [];
try {
  const pods = Array.from({ length: PODS }, (_, i) => i);
  await inParallel(pods, (pod) => layPod(client, 'big', `big-${pod}`, ipOf(pod)));
  await layService(client, 'big');
  for (const { name, start } of CONTROLLERS) {
    let next = PODS;
    const controller = await start(plane);
    const has = (ip: string) =>
      waitFor(async () => (await seen()).includes(ip), { what: `${ip} in a slice`, timeoutMs: 60_000 });
    // The first of these tells that the controller is at work, and is done with what went while none was.
    await layPod(client, 'big', `big-${next}`, ipOf(next));
    await has(ipOf(next++));
    await sleep(AFTERWARDS_MS);
    const before = entries(controller.name).length;
    const busy = processorMs(controller.pid);
    for (let i = 0; i < ADDED; i++) {
      await layPod(client, 'big', `big-${next}`, ipOf(next));
      await has(ipOf(next++));
    }
    await sleep(AFTERWARDS_MS);
    const milliseconds = (processorMs(controller.pid) - busy) / ADDED;
    const made = entries(controller.name).slice(before);
    const sent = made.reduce((sum, { requestObject: body }) => {
      const subsets = body?.subsets?.reduce((all, { addresses }) => all + (addresses?.length ?? 0), 0) ?? 0;
      return sum + (body?.endpoints?.length ?? 0) + subsets;
    }, 0);
    costs.push({ requests: made.length / ADDED, endpoints: sent / ADDED, milliseconds });
    const kinds = Map.groupBy(made, ({ verb, objectRef }) => `${verb} ${objectRef?.resource}`);
    const told = [...kinds].map(([kind, all]) => `${(all.length / ADDED).toFixed(2)} ${kind}`).join(', ');
    console.log(
      `${name}, a pod: ${told}; ${Math.round(sent / ADDED)} addresses sent; ${milliseconds.toFixed(1)} ms of processor time`,
    );
    await controller.end();
    const added = Array.from({ length: next - PODS }, (_, i) => `${CORE}/pods/big-${PODS + i}?gracePeriodSeconds=0`);
    await inParallel(added, (path) => ok(client, 'DELETE', path));
  }
} finally {
  client.close();
  await plane.stop();
  rmSync(dir, { recursive: true, force: true });
}
console.log(`Sluice's pure core: one plan for 1,001 pods and ten full slices, median ${planMs().toFixed(2)} ms`);
const [ours, theirs] = costs;
if (!ours || !theirs) throw new Error('not all controllers ran');
console.log(
  `ratio of requests ${(theirs.requests / ours.requests).toFixed(2)}, of processor time ${(theirs.milliseconds / ours.milliseconds).toFixed(2)}`,
);
claim("Sluice's requests for a pod more, over the real controller's", ours.requests / theirs.requests, 1);
claim("Sluice's addresses sent, over the real controller's", ours.endpoints / theirs.endpoints, 1);

function ipOf(pod: number): string {
  return addressOf(pod >> 7, pod & 127);
}

async function seen(): Promise<string[]> {
  const { items } = JSON.parse(await ok(client, 'GET', SLICES));
  return items.flatMap((slice: EndpointSlice) => (slice.endpoints ?? []).flatMap(({ addresses }) => addresses));
}

/** A controller's requests so far, but for its watches. */
function entries(controller: string): Entry[] {
  const agent = controller === 'sluice endpoints' ? 'sluice-endpoints' : 'kube-controller-manager';
  const all = readFileSync(log, 'utf8').split('\n').filter(Boolean);
  return all
    .map((line) => JSON.parse(line) as Entry)
    .filter(({ verb, userAgent }) => userAgent?.startsWith(agent) && verb !== 'watch');
}

/** Median of many plans, each with one pod more than the slices have. */
function planMs(): number {
  const read = podReader();
  const metadata = (name: string) => ({ name, namespace: 'default', uid: name, resourceVersion: '1' });
  const pods = Array.from({ length: MOST + 1 }, (_, i) =>
    read({
      metadata: { ...metadata(`big-${i}`), labels: { app: 'big' } },
      spec: { nodeName: 'node', containers: [{ ports: [{ name: 'http', containerPort: 8080 }] }] },
      status: { phase: 'Running', podIPs: [{ ip: ipOf(i) }], conditions: [{ type: 'Ready', status: 'True' }] },
    } as never),
  );
  const service = {
    metadata: { ...metadata('big'), labels: {} },
    spec: {
      ipFamilies: ['IPv4'],
      clusterIP: '10.96.0.1',
      selector: { app: 'big' },
      ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 'http' }],
    },
  } as Service;
  const input = {
    service,
    nodeOf: () => ({ metadata: metadata('node'), zone: 'a', ready: true, milliCpu: 1000, controlPlane: false }),
    addressType: 'IPv4',
    maxEndpointsPerSlice: 100,
    zoneShares: undefined,
    hadTopologyHints: false,
  } as const;
  const existing = planSlices({ ...input, pods: pods.slice(0, MOST), existing: [] }).create.map(
    (draft, i) =>
      ({
        ...draft,
        metadata: {
          ...metadata(`big-${i}`),
          labels: draft.labels,
          ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name: 'big', uid: 'big' }],
        },
      }) as unknown as EndpointSlice,
  );
  const times = Array.from({ length: 200 }, () => {
    const from = performance.now();
    const plan = planSlices({ ...input, pods, existing });
    if (plan.create.length !== 1 || plan.update.length > 0) throw new Error('not the plan that is measured');
    return performance.now() - from;
  });
  return quantile(times, 0.5);
}

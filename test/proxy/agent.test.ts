import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import type { EndpointSlice, Node, Service } from '../../src/kube/objects.ts';
import { Store } from '../../src/kube/store.ts';
import { Agent } from '../../src/proxy/agent.ts';
import type { FrontendChange } from '../../src/proxy/plan.ts';
import { createProxyMetrics } from '../../src/proxy/metrics.ts';
import { HealthPorts } from '../../src/proxy/health-ports.ts';
import { waitFor } from '../support/wait.ts';
import { recordingLogger } from './lab.ts';
import { service, slice } from './make.ts';

let version = 1;
/** A next version of an object, as a watch brings it. */
function next<T extends Service | EndpointSlice | Node>(object: T): T {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(++version) } };
}

const node: Node = {
  metadata: { name: 'n1', uid: 'n', resourceVersion: '1' },
  status: { addresses: [{ type: 'InternalIP', address: '127.70.0.1' }] },
};

/** An agent whose backend writes down what it is told, as `KEY addresses`. */
function stage(options: { minSyncDelayMs?: number; refuse?: () => boolean } = {}) {
  const stores = { services: new Store<Service>(), slices: new Store<EndpointSlice>(), nodes: new Store<Node>() };
  const syncs: string[][] = [];
  const log: { line: string; fields: Record<string, unknown> }[] = [];
  const logger = recordingLogger(log);
  const text = ({ key, next: frontend }: FrontendChange) =>
    `${key} ${frontend ? frontend.endpoints.map(({ address }) => address).join(',') : 'gone'}`;
  const healthPorts = new HealthPorts(logger, () => true);
  const agent = new Agent({
    nodeName: 'n1',
    minSyncDelayMs: options.minSyncDelayMs ?? 0,
    ...stores,
    backend: {
      apply: async (changes) => {
        syncs.push(changes.map(text));
        if (options.refuse?.()) throw new Error('no room');
      },
      close: async () => {},
    },
    healthPorts,
    metrics: createProxyMetrics(new Registry()),
    logger,
    interfaces: () => [],
  });
  const stop = new AbortController();
  const running = agent.run(stop.signal);
  return {
    agent,
    ...stores,
    syncs,
    log,
    sync: (count: number) => waitFor(() => syncs.length >= count, { what: `sync ${count}`, intervalMs: 2 }),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      healthPorts.close();
    },
  };
}

const vip = 'TCP 10.96.0.1:80';

test('the first sync waits for all three lists, and has everything', async () => {
  await using world = stage();
  world.slices.replace([slice(['10.0.0.1'])]);
  world.nodes.replace([node]);
  await sleep(20);
  expect(world.syncs).toEqual([]);
  world.services.replace([service()]);
  await world.sync(1);
  expect(world.syncs).toEqual([[`${vip} 10.0.0.1`]]);
  expect(world.agent.state.waitingSince).toBeUndefined();
  expect(world.log).toEqual([]);
});

test('changes of Services, slices and the node become changes of frontends; heartbeats do not', async () => {
  await using world = stage();
  const ports = [{ protocol: 'TCP' as const, port: 80, nodePort: 30080 }];
  world.services.replace([service({ type: 'NodePort', ports })]);
  world.slices.replace([slice(['10.0.0.1'])]);
  world.nodes.replace([]);
  await world.sync(1);
  world.nodes.upsert(next(node));
  await world.sync(2);
  world.nodes.upsert(next({ ...node, status: { ...node.status, conditions: [{ type: 'Ready', status: 'True' }] } }));
  await sleep(20);
  expect(world.syncs).toHaveLength(2);
  world.slices.upsert(next(slice(['10.0.0.1', '10.0.0.2'])));
  await world.sync(3);
  world.slices.remove(next(slice([])));
  await world.sync(4);
  world.services.remove(next(service()));
  await world.sync(5);
  expect(world.syncs).toEqual([
    [`${vip} 10.0.0.1`],
    ['TCP 127.70.0.1:30080 10.0.0.1'],
    [`${vip} 10.0.0.1,10.0.0.2`, 'TCP 127.70.0.1:30080 10.0.0.1,10.0.0.2'],
    [`${vip} `, 'TCP 127.70.0.1:30080 '],
    [`${vip} gone`, 'TCP 127.70.0.1:30080 gone'],
  ]);
  expect(world.log.map(({ line }) => line)).toEqual([
    'warn no such node; without it there are no NodePorts and no zone',
  ]);
});

test('5,000 changes of endpoints make a handful of syncs', async () => {
  await using world = stage({ minSyncDelayMs: 20 });
  world.services.replace([service()]);
  world.slices.replace([]);
  world.nodes.replace([node]);
  await world.sync(1);
  for (let change = 0; change < 5000; change++) {
    world.slices.upsert(next(slice([`10.0.${change % 250}.1`])));
    if (change % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await waitFor(() => world.syncs.at(-1)?.[0] === `${vip} 10.0.249.1`, { what: 'the last change' });
  expect(world.syncs.length).toBeLessThan(50);
});

test('what could not be applied is tried again, with what has changed since; health says that it waits', async () => {
  let refusals = 1;
  await using world = stage({ refuse: () => refusals-- > 0 });
  world.services.replace([service()]);
  world.slices.replace([slice(['10.0.0.1'])]);
  world.nodes.replace([node]);
  await world.sync(1);
  await waitFor(() => world.log.length > 0, { what: 'the report' });
  expect(world.log.map(({ line }) => line)).toEqual(['error the rules could not be synced; trying again']);
  expect(world.agent.state.waitingSince).toBeDefined();
  world.slices.upsert(next(slice(['10.0.0.2'])));
  await world.sync(2);
  expect(world.syncs).toEqual([[`${vip} 10.0.0.1`], [`${vip} 10.0.0.2`]]);
  await waitFor(() => world.agent.state.waitingSince === undefined, { what: 'the end of waiting' });
});

test('two Services that want one address are reported once', async () => {
  await using world = stage();
  const other = service({ externalIPs: ['10.96.0.1'], clusterIP: '10.96.0.2', clusterIPs: ['10.96.0.2'] });
  other.metadata.name = 'other';
  world.services.replace([service(), other]);
  world.slices.replace([slice(['10.0.0.1'])]);
  world.nodes.replace([node]);
  await world.sync(1);
  world.services.upsert(next(service()));
  world.slices.upsert(next(slice(['10.0.0.2'])));
  await world.sync(2);
  expect(world.log).toMatchObject([{ fields: { address: vip, service: 'demo/other', holder: 'demo/web' } }]);
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Loop } from '../../../src/cluster/controllers/loop.ts';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { createAs, updateAs } from '../../../src/cluster/controllers/writes.ts';
import type { Network } from '../../../src/cluster/network/network.ts';
import { startNetwork } from '../../../src/cluster/network/start.ts';
import { Fleet } from '../../../src/cluster/nodes/fleet.ts';
import type { Container, Pod, PodSpec } from '../../../src/cluster/nodes/pod.ts';
import { storedKind } from '../../../src/cluster/registry/kinds.ts';
import { Registry } from '../../../src/cluster/registry/registry.ts';
import { Database } from '../../../src/cluster/store/database.ts';
import { Store } from '../../../src/cluster/store/store.ts';
import { waitFor } from '../../support/wait.ts';

/** Nodes of the loopback network over a registry, with nothing else of a cluster. */
export interface Rig {
  registry: Registry;
  network: Network;
  fleet: Fleet;
  /** Creates a pod on node-1. */
  pod(name: string, spec: Partial<PodSpec> & { containers: Container[] }): void;
  /** Creates any object in the default namespace. */
  create(object: KubeObject): void;
  /** Changes a pod as a client does, whatever the API server would let it. */
  change(name: string, change: (pod: Pod) => void): void;
  get(name: string): Pod | undefined;
  /** Waits until a pod (undefined when it has gone) is as wanted. */
  until(name: string, what: string, wanted: (pod: Pod | undefined) => boolean, timeoutMs?: number): Promise<Pod>;
  remove(name: string, gracePeriodSeconds?: number): void;
  events(name: string): string[];
  /** What went wrong and nobody waited for; none of it is left when the rig is closed. */
  failures: string[];
  close(): Promise<void>;
}

/** A container that runs a line of Node. */
export const node = (name: string, script: string, more: Partial<Container> = {}): Container => ({
  name,
  image: 'node',
  command: [process.execPath, '-e', script],
  ...more,
});

/** Serves its name on the pod's address; `extra` runs first. */
export const server = (name: string, port: number, extra = '', more: Partial<Container> = {}): Container =>
  node(
    name,
    `${extra};require('http').createServer((q,a)=>{if(q.url==='/fail')a.statusCode=500;a.end('${name} '+q.socket.remoteAddress)})` +
      `.listen(${port},process.env.POD_IP,()=>console.log('listens'))`,
    more,
  );

export async function startRig(nodes = 1): Promise<Rig> {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-nodes-'));
  const clock = {
    now: Date.now,
    uid: () => crypto.randomUUID(),
    random: (below: number) => Math.floor(Math.random() * below),
  };
  const store = new Store(new Database(undefined), clock.now);
  const registry = new Registry(store, clock);
  const failures: string[] = [];
  const warn = (message: string, error?: unknown): void => {
    failures.push(`${message}: ${error instanceof Error ? error.stack : String(error)}`);
  };
  const loop = new Loop(warn);
  for (const name of ['default', 'kube-node-lease']) {
    createAs(registry, 'test', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  const network = await startNetwork({ mode: 'loopback', stateDir: dir, onApiConnection: () => {}, apiPort: 1, warn });
  const fleet = new Fleet({
    registry,
    loop,
    network,
    nodes,
    images: {
      launch: ({ image, command = [], args = [] }) => {
        const [first, ...rest] = [...command, ...args];
        return first ? { argv: [first, ...rest] } : { reason: 'ErrImagePull', problem: `no image ${image}` };
      },
      exec: (_image, [first = '', ...rest]) => ({ argv: [first, ...rest] }),
    },
    backoff: { baseMs: 100, mostMs: 400 },
    warn,
  });
  await fleet.start();
  const get = (name: string) => store.get('pods', 'default', name)?.object as Pod | undefined;
  return {
    registry,
    network,
    fleet,
    get,
    failures,
    pod(name, spec) {
      const object = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: 'default' },
        spec: { nodeName: 'node-1', ...spec },
      };
      createAs(registry, 'test', object);
    },
    create: (object) =>
      createAs(registry, 'test', { ...object, metadata: { ...object.metadata, namespace: 'default' } }),
    change(name, change) {
      const pod = structuredClone(get(name)) as Pod;
      change(pod);
      store.commit([{ resource: 'pods', put: pod }]);
    },
    async until(name, what, wanted, timeoutMs = 10_000) {
      const look = () => wanted(get(name));
      await waitFor(look, { what: `pod ${name}: ${what}`, timeoutMs, intervalMs: 10 }).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${JSON.stringify(get(name)?.status, null, 1)}\n${failures.join('\n')}`);
      });
      return get(name) as Pod;
    },
    remove(name, gracePeriodSeconds) {
      const options = gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds };
      registry.delete(storedKind('pods'), 'default', name, options, { dryRun: false });
    },
    events: (name) =>
      [...store.list('events', 'default')]
        .filter(({ object }) => object['involvedObject'].name === name)
        .map(({ object }) => `${object['reason']}: ${object['message']}`),
    async close() {
      loop.stop();
      await fleet.close();
      await network.close();
      rmSync(dir, { recursive: true, force: true });
      if (failures.length > 0) throw new Error(failures.join('\n'));
    },
  };
}

export const isReady = (pod: Pod | undefined): boolean =>
  pod?.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';

/** Switches a node off or on. */
export const power = (rig: Rig, name: string, value: 'on' | 'off'): void =>
  updateAs(rig.registry, 'test', { resource: 'nodes', namespace: '', name }, (live) => {
    live.metadata.annotations = { ...live.metadata.annotations, 'sluice.dev/power': value };
    return live;
  });

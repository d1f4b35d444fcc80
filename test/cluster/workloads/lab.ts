/** A world with everything that runs workloads but kubelets: the tests play those. Its time is that of fake timers. */
import { vi } from 'vitest';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { updateAs } from '../../../src/cluster/controllers/writes.ts';
import { storedKind } from '../../../src/cluster/registry/kinds.ts';
import { type WorkloadOptions, startWorkloads } from '../../../src/cluster/workloads/start.ts';
import { type World, world } from '../controllers/world.ts';

export interface Lab extends World {
  /** Lets the controllers work until nothing is left to do at once. */
  settle(): void;
  /** Lets time pass. */
  pass(seconds: number): void;
  node(name: string, more?: object): KubeObject;
  deployment(name: string, spec?: object, more?: object): KubeObject;
  pods(): KubeObject[];
  /** Changes an object as a client would. */
  edit(
    resource: string,
    name: string,
    change: (live: KubeObject) => void,
    part?: '' | 'status',
    namespace?: string,
  ): void;
  /** What a kubelet writes when a pod's containers run. */
  run(pod: KubeObject, ready?: boolean): void;
  /** Runs every pod that is bound and not yet running, and takes away those that are deleted. */
  kubelets(): void;
  /** What events say, a line each. */
  events(reason?: string): string[];
}

export const TEMPLATE = {
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', image: 'nginx' }] },
};

export function lab(options: WorkloadOptions = {}): Lab {
  vi.useFakeTimers({ now: Date.parse('2026-01-01T00:00:00Z') });
  let seed = 1;
  // A generator with one seed: names differ, and are the same in each run.
  const random = (below: number) => {
    seed = (seed * 48271) % 2147483647;
    return seed % below;
  };
  const it = world({ random });
  startWorkloads(it.registry, it.loop, options);
  const { store } = it.registry;
  const objects = (resource: string) => Array.from(store.list(resource), ({ object }) => object);
  const here: Lab = {
    ...it,
    settle() {
      // Each immediate is a batch of the loop, which may ask for the next one; a fake one takes a millisecond.
      for (let before = -1; before !== store.revision; ) {
        before = store.revision;
        for (let batch = 0; batch < 3; batch++) vi.advanceTimersByTime(1);
      }
    },
    pass(seconds) {
      vi.advanceTimersByTime(seconds * 1000);
      here.settle();
    },
    node: (name, more = {}) =>
      it.make(
        'v1',
        'Node',
        { name, labels: { 'kubernetes.io/hostname': name } },
        {
          status: {
            allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
            conditions: [{ type: 'Ready', status: 'True' }],
          },
          ...more,
        },
      ),
    deployment: (name, spec = {}, more = {}) =>
      it.make(
        'apps/v1',
        'Deployment',
        { name, namespace: 'default', ...more },
        { spec: { replicas: 3, selector: { matchLabels: { app: 'web' } }, template: TEMPLATE, ...spec } },
      ),
    pods: () => objects('pods'),
    edit(resource, name, change, part = '', namespace = 'default') {
      const place = { resource, namespace: storedKind(resource).namespaced ? namespace : '', name };
      updateAs(
        it.registry,
        'test',
        place,
        (live) => {
          change(live);
          return live;
        },
        part,
      );
    },
    run(pod, ready = true) {
      const now = it.registry.time();
      here.edit(
        'pods',
        pod.metadata.name ?? '',
        (live) => {
          const others = (live['status'].conditions ?? []).filter((one: { type: string }) => one.type !== 'Ready');
          const condition = { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: now };
          live['status'] = { ...live['status'], phase: 'Running', conditions: [...others, condition] };
        },
        'status',
        pod.metadata.namespace,
      );
    },
    kubelets() {
      for (const pod of here.pods()) {
        const { namespace = '', name = '', deletionTimestamp } = pod.metadata;
        if (deletionTimestamp) {
          it.registry.delete(storedKind('pods'), namespace, name, { gracePeriodSeconds: 0 }, { dryRun: false });
        } else if (pod['spec'].nodeName && pod['status'].phase === 'Pending') here.run(pod);
      }
    },
    events: (reason) =>
      objects('events')
        .filter((one) => reason === undefined || one['reason'] === reason)
        .map((one) => `${one['reason']}: ${one['message']}`),
  };
  return here;
}

/** To be called after each test. */
export function close(it: Lab | undefined): void {
  it?.loop.stop();
  vi.useRealTimers();
}

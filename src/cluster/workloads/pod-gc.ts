import type { KubeObject } from '../api/object.ts';
import { Alarms } from '../controllers/alarms.ts';
import type { Loop } from '../controllers/loop.ts';
import { forceDelete } from '../node-lifecycle/disruption.ts';
import type { Registry } from '../registry/registry.ts';
import type { Taint } from '../scheduling/taints.ts';
import type { Change } from '../store/store.ts';
import type { Owned } from '../controllers/owned.ts';
import { StoreIndex } from '../controllers/owned-index.ts';
import { isReady, isTerminal, nodeOf } from '../api/pods.ts';

export interface PodGcOptions {
  /** Pods that have ended and are kept (12,500 as upstream); the oldest beyond go. */
  terminatedPods?: number;
  /** Milliseconds after which pods go whose node was deleted (2 s: nothing here sees the deletion late). */
  deletedNodeMs?: number;
  /** Milliseconds that a pod may name a node that was never there (40 s as upstream). */
  unknownNodeMs?: number;
}

const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';
const GONE = { reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists' };
const ENDED = 'ended';

/** Removes pods that nobody else will (kubernetes `pkg/controller/podgc`), by what changes instead of by rounds. */
export class PodGc {
  readonly #registry: Registry;
  readonly #loop: Loop;
  readonly #owned: Owned;
  readonly #alarms: Alarms;
  readonly #ended: StoreIndex;
  readonly #options: Required<PodGcOptions>;

  constructor(registry: Registry, loop: Loop, owned: Owned, options: PodGcOptions = {}) {
    this.#registry = registry;
    this.#loop = loop;
    this.#owned = owned;
    this.#alarms = new Alarms(registry, loop);
    this.#options = { terminatedPods: 12_500, deletedNodeMs: 2000, unknownNodeMs: 40_000, ...options };
    this.#ended = new StoreIndex(registry, 'pods', (pod) => (isTerminal(pod) ? ENDED : undefined));
    for (const { object } of registry.store.list('pods')) this.#podChanged(object, undefined);
    registry.store.subscribe((change) => {
      const { resource, type, item, old } = change;
      if (resource === 'nodes') this.#nodeChanged(change);
      else if (resource === 'pods' && type !== 'DELETED') this.#podChanged(item.object, old?.object);
    });
  }

  #node(name: string): KubeObject | undefined {
    return this.#registry.store.get('nodes', '', name)?.object;
  }

  #nodeChanged({ type, item: { name, object } }: Change): void {
    if (type === 'DELETED') this.#orphans(name, this.#options.deletedNodeMs);
    else if (isOutOfService(object)) {
      this.#loop.add(`pods out of service on ${name}`, () => {
        for (const pod of this.#owned.podsOn.get(name)) this.#check(pod);
      });
    }
  }

  #podChanged(pod: KubeObject, before: KubeObject | undefined): void {
    const node = nodeOf(pod);
    if (node && (!before || !nodeOf(before)) && !this.#node(node)) this.#orphans(node, this.#options.unknownNodeMs);
    if (pod.metadata.deletionTimestamp && !before?.metadata.deletionTimestamp) {
      const { namespace = '', name = '' } = pod.metadata;
      this.#loop.add(`gc of pod ${namespace}/${name}`, () => {
        const live = this.#registry.store.get('pods', namespace, name)?.object;
        if (live) this.#check(live);
      });
    }
    const over = this.#ended.size(ENDED) > this.#options.terminatedPods;
    if (over && isTerminal(pod)) this.#loop.add('gc of ended pods', () => this.#collectEnded());
  }

  /** Looks in a while whether a node is still missing, and lets its pods go then. */
  #orphans(name: string, wait: number): void {
    this.#alarms.set(`orphans of node ${name}`, wait, () => {
      if (this.#node(name)) return;
      for (const pod of this.#owned.podsOn.get(name)) forceDelete(this.#registry, pod, GONE);
    });
  }

  /** A pod that is being deleted and that nobody will take away: without a node, or on one that is out of service. */
  #check(pod: KubeObject): void {
    if (!pod.metadata.deletionTimestamp) return;
    const node = this.#node(nodeOf(pod));
    if (!nodeOf(pod) || (node && isOutOfService(node))) forceDelete(this.#registry, pod);
  }

  #collectEnded(): void {
    const ended = this.#ended.get(ENDED).toSorted(byEvictionAndAge);
    for (const pod of ended.slice(0, Math.max(0, ended.length - this.#options.terminatedPods))) {
      forceDelete(this.#registry, pod);
    }
  }
}

const isOutOfService = (node: KubeObject): boolean =>
  !isReady(node) && ((node['spec']?.taints ?? []) as readonly Taint[]).some(({ key }) => key === OUT_OF_SERVICE);

/** Those that a node threw out first, then the oldest. */
export function byEvictionAndAge(a: KubeObject, b: KubeObject): number {
  const evicted = ({ status }: KubeObject) => (status?.phase === 'Failed' && status.reason === 'Evicted' ? 0 : 1);
  if (evicted(a) !== evicted(b)) return evicted(a) - evicted(b);
  const text = ({ metadata: { creationTimestamp = '', name = '' } }: KubeObject) => `${creationTimestamp} ${name}`;
  return text(a) < text(b) ? -1 : 1;
}

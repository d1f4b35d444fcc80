import { same } from '../api/metadata.ts';
import type { KubeObject } from '../api/object.ts';
import { StatusError } from '../api/status.ts';
import { Alarms } from '../controllers/alarms.ts';
import { recordEvent } from '../controllers/events.ts';
import type { Loop } from '../controllers/loop.ts';
import type { Registry } from '../registry/registry.ts';
import type { LabelSelector } from '../selectors/label-selector.ts';
import type { Change } from '../store/store.ts';
import { claim, selectorOf } from './claim.ts';
import { ownersOfChange } from './owners-of-change.ts';
import { historyOf, trimHistory } from './daemon-history.ts';
import { daemonTemplate, REVISION_HASH, targetNode } from './daemon-pods.ts';
import { type DaemonChange, type DaemonState, daemonStatus, managed, rolled } from './daemon-rollout.ts';
import type { Owned } from '../controllers/owned.ts';
import { createPod, deletePod, namespaceGoing, podFromTemplate } from './pod-control.ts';
import { availableIn, isTerminal, nodeOf, phaseOf, soonest } from '../api/pods.ts';
import { Retries } from './retries.ts';
import { writeStatus } from '../controllers/status.ts';

const SETS = 'daemonsets.apps';
const COMPONENT = 'daemonset-controller';

/** Waits between two deletions of a failed pod on one node. */
const FIRST_BACKOFF_MS = 1000;
const LONGEST_BACKOFF_MS = 900_000;

/** Keeps a pod of each DaemonSet on every node that it is for (kubernetes `pkg/controller/daemon`). */
export class DaemonSets {
  readonly #registry: Registry;
  readonly #loop: Loop;
  readonly #owned: Owned;
  readonly #alarms: Alarms;
  readonly #retries: Retries;
  /** By DaemonSet's UID and node: until when failed pods are left there, and the wait that led to it. */
  readonly #backoff = new Map<string, Map<string, { until: number; wait: number }>>();

  constructor(registry: Registry, loop: Loop, owned: Owned) {
    this.#registry = registry;
    this.#loop = loop;
    this.#owned = owned;
    this.#alarms = new Alarms(registry, loop);
    this.#retries = new Retries(loop);
    for (const item of registry.store.list(SETS)) this.#look(item.namespace, item.name);
    registry.store.subscribe((change) => {
      const { resource, type, item } = change;
      if (resource === SETS) {
        if (type === 'DELETED') this.#backoff.delete(item.object.metadata.uid ?? '');
        this.#look(item.namespace, item.name);
      } else if (resource === 'pods') this.#podChanged(change);
      else if (resource === 'nodes') this.#nodeChanged(change);
    });
  }

  #look(namespace: string, name: string): void {
    this.#loop.add(`daemonset ${namespace}/${name}`, () => this.#sync(namespace, name));
  }

  #podChanged(change: Change): void {
    const asked = { kind: 'DaemonSet', resource: SETS };
    for (const name of ownersOfChange(change, asked, this.#registry.store)) this.#look(change.item.namespace, name);
  }

  #nodeChanged({ type, item, old }: Change): void {
    const unchanged =
      type === 'MODIFIED' &&
      same(item.object.metadata.labels, old?.object.metadata.labels) &&
      same(item.object['spec']?.taints, old?.object['spec']?.taints);
    if (unchanged) return;
    for (const { namespace, name } of this.#registry.store.list(SETS)) this.#look(namespace, name);
  }

  #sync(namespace: string, name: string): void {
    const key = `daemonset ${namespace}/${name}`;
    const set = this.#registry.store.get(SETS, namespace, name)?.object;
    const selector = set && selectorOf(set);
    if (!set || !selector) {
      this.#retries.forget(key);
      return;
    }
    if (set.metadata.deletionTimestamp) return;
    try {
      this.#step(set, selector);
      this.#retries.forget(key);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      if (!namespaceGoing(error)) this.#retries.again(key, () => this.#sync(namespace, name));
    }
  }

  #step(set: KubeObject, selector: LabelSelector): void {
    const { namespace = '', name = '' } = set.metadata;
    const revisions = claim(this.#registry, 'controllerrevisions.apps', set, selector, this.#owned.revisions);
    const history = historyOf(this.#registry, set, revisions);
    if (!history) return;
    const hash = history.current.metadata.labels?.[REVISION_HASH] ?? '';
    let failure = this.#apply(set, hash, managed(this.#state(set, selector, hash), this.#mayReplace(set)));
    if (!failure && set['spec'].updateStrategy?.type !== 'OnDelete') {
      failure = this.#apply(set, hash, rolled(this.#state(set, selector, hash)));
    }
    trimHistory(this.#registry, set, history.old, this.#owned.pods.of(set.metadata.uid ?? ''));
    const state = this.#state(set, selector, hash);
    writeStatus(this.#registry, SETS, set, daemonStatus(state));
    const minReady: number = set['spec'].minReadySeconds ?? 0;
    const wait = soonest([...state.pods.values()].flat().map((pod) => availableIn(pod, minReady, state.now)));
    if (wait !== undefined) this.#alarms.set(`daemonset ${namespace}/${name}`, wait, () => this.#sync(namespace, name));
    if (failure) throw failure;
  }

  #state(set: KubeObject, selector: LabelSelector, hash: string): DaemonState {
    const pods = new Map<string, KubeObject[]>();
    const counts = (pod: KubeObject) => !(isTerminal(pod) && pod.metadata.deletionTimestamp);
    for (const pod of claim(this.#registry, 'pods', set, selector, this.#owned.pods, counts)) {
      const node = targetNode(pod);
      if (node === undefined) continue;
      const there = pods.get(node);
      if (there) there.push(pod);
      else pods.set(node, [pod]);
    }
    const nodes = Array.from(this.#registry.store.list('nodes'), ({ object }) => object);
    return { set, nodes, pods, hash, now: this.#registry.clock.now() };
  }

  #apply(set: KubeObject, hash: string, change: DaemonChange): StatusError | undefined {
    for (const node of change.create) {
      const pod = podFromTemplate(set, daemonTemplate(set, node, hash));
      const failure = createPod(this.#registry, COMPONENT, set, pod);
      if (failure) return failure;
    }
    for (const pod of change.delete) {
      if (phaseOf(pod) === 'Succeeded') {
        const { namespace, name } = pod.metadata;
        const words = `Found succeeded daemon pod ${namespace}/${name} on node ${nodeOf(pod)}, will try to delete it`;
        recordEvent(this.#registry, COMPONENT, set, 'Normal', 'SucceededDaemonPod', words);
      }
      const failure = deletePod(this.#registry, COMPONENT, set, pod);
      if (failure) return failure;
    }
    return undefined;
  }

  /** A node that refuses a pod refuses the next one too: later and later. */
  #mayReplace(set: KubeObject): (pod: KubeObject, node: string) => boolean {
    const { namespace = '', name = '', uid = '' } = set.metadata;
    return (pod, node) => {
      const now = this.#registry.clock.now();
      let nodes = this.#backoff.get(uid);
      if (!nodes) this.#backoff.set(uid, (nodes = new Map()));
      const before = nodes.get(node);
      // After a good while without failures it begins anew.
      const last = before && now < before.until + 2 * LONGEST_BACKOFF_MS ? before : undefined;
      if (last && now < last.until) {
        this.#alarms.set(`daemonset ${namespace}/${name}`, last.until - now, () => this.#sync(namespace, name));
        return false;
      }
      const wait = last ? Math.min(last.wait * 2, LONGEST_BACKOFF_MS) : FIRST_BACKOFF_MS;
      nodes.set(node, { until: now + wait, wait });
      const words = `Found failed daemon pod ${namespace}/${pod.metadata.name} on node ${node}, will try to kill it`;
      recordEvent(this.#registry, COMPONENT, set, 'Warning', 'FailedDaemonPod', words);
      return true;
    };
  }
}

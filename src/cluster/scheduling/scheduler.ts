import { same } from '../api/metadata.ts';
import type { KubeObject } from '../api/object.ts';
import { Alarms } from '../controllers/alarms.ts';
import { recordEvent } from '../controllers/events.ts';
import type { Loop } from '../controllers/loop.ts';
import { updateAs } from '../controllers/writes.ts';
import type { Registry } from '../registry/registry.ts';
import { selectorFromLabels } from '../selectors/label-selector.ts';
import { type Change, keyOf } from '../store/store.ts';
import type { Owned } from '../controllers/owned.ts';
import { conditionOf, controllerOf, isTerminal, nodeOf } from '../api/pods.ts';
import { withCondition } from '../controllers/status.ts';
import { bind } from './bind.ts';
import { chooseNode } from './choose.ts';
import { candidateOf, unschedulableMessage } from './filters.ts';
import { NodeView } from './node-view.ts';
import { hasAntiAffinity, podAffinityOf } from './pod-affinity.ts';
import { spreadOf } from './spread.ts';

const NAME = 'default-scheduler';
const MANAGER = 'kube-scheduler';
/** Pods in one go; others wait for what else the server has to do. */
const BATCH = 25;
/** Pods that found no node are tried again at most this often, however much changes. */
const RETRY_MS = 1000;

/** A pod that waits for a node, and for this scheduler to find it. */
const isOurs = (pod: KubeObject): boolean =>
  !nodeOf(pod) &&
  !pod.metadata.deletionTimestamp &&
  !isTerminal(pod) &&
  (pod['spec']?.schedulerName ?? NAME) === NAME &&
  (pod['spec']?.schedulingGates ?? []).length === 0;

/**
 * Finds nodes for pods (kubernetes `pkg/scheduler`): the rules of its default plugins, without preemption and volumes. A pod
 * that fits nowhere is tried again when a node changes or a pod goes.
 */
export class Scheduler {
  readonly #registry: Registry;
  readonly #loop: Loop;
  readonly #owned: Owned;
  readonly #alarms: Alarms;
  readonly #views = new Map<string, NodeView>();
  /** Pods on nodes that have no object, by node: it may be registered again. */
  readonly #pending = new Map<string, KubeObject>();
  /** Keys of pods that fitted nowhere. */
  readonly #waiting = new Set<string>();
  /** Pods on nodes that keep others away, by UID. */
  readonly #repellent = new Map<string, KubeObject>();
  #lastRetry = Number.NEGATIVE_INFINITY;

  constructor(registry: Registry, loop: Loop, owned: Owned) {
    this.#registry = registry;
    this.#loop = loop;
    this.#owned = owned;
    this.#alarms = new Alarms(registry, loop);
    for (const { object } of registry.store.list('nodes')) this.#putNode(object);
    for (const { object } of registry.store.list('pods')) this.#putPod(object);
    registry.store.subscribe((change) => {
      if (change.resource === 'pods') this.#podChanged(change);
      else if (change.resource === 'nodes') this.#nodeChanged(change);
    });
  }

  #putNode(node: KubeObject): void {
    const name = node.metadata.name ?? '';
    const view = this.#views.get(name);
    if (view) view.node = node;
    else {
      this.#views.set(name, new NodeView(node));
      for (const pod of this.#owned.podsOn.get(name)) this.#putPod(pod);
    }
  }

  #nodeChanged({ type, item, old }: Change): void {
    if (type === 'DELETED') {
      this.#views.delete(item.name);
      return;
    }
    this.#putNode(item.object);
    if (!old || mayHelp(old.object, item.object)) this.#retry();
  }

  /** A pod as it is now: one of those that wait, or one that takes something of its node. */
  #putPod(pod: KubeObject): void {
    const { namespace = '', name = '', uid = '' } = pod.metadata;
    if (isOurs(pod)) this.#enqueue(keyOf(namespace, name), pod);
    const view = this.#views.get(nodeOf(pod));
    if (!view) return;
    const takes = !isTerminal(pod);
    if (takes) view.add(pod);
    else view.remove(pod);
    if (takes && hasAntiAffinity(pod)) this.#repellent.set(uid, pod);
    else this.#repellent.delete(uid);
  }

  #podChanged({ type, item, old }: Change): void {
    const { object: pod, key } = item;
    const before = old?.object;
    if (type === 'DELETED') {
      this.#pending.delete(key);
      this.#waiting.delete(key);
      this.#repellent.delete(pod.metadata.uid ?? '');
      this.#views.get(nodeOf(pod))?.remove(pod);
      if (nodeOf(pod)) this.#retry();
      return;
    }
    // What we ourselves wrote about a pod that waits changes nothing for it.
    if (this.#waiting.has(key) && before && isOurs(pod) && before.metadata.generation === pod.metadata.generation)
      return;
    this.#putPod(pod);
    if (!isOurs(pod)) {
      this.#pending.delete(key);
      this.#waiting.delete(key);
    }
    // Room on a node, or somebody to be near to.
    const freed = before && !isTerminal(before) && isTerminal(pod);
    const came = nodeOf(pod) && !(before && nodeOf(before));
    const relabelled = before && nodeOf(pod) && !same(before.metadata.labels, pod.metadata.labels);
    if (freed || came || relabelled) this.#retry();
  }

  #enqueue(key: string, pod: KubeObject): void {
    this.#waiting.delete(key);
    this.#pending.set(key, pod);
    this.#loop.add('scheduler', () => this.#run());
  }

  /** Tries the pods that fitted nowhere again, now or in a while. */
  #retry(): void {
    if (this.#waiting.size === 0) return;
    const wait = this.#lastRetry + RETRY_MS - this.#registry.clock.now();
    this.#alarms.set('scheduler retry', Math.max(0, wait), () => {
      this.#lastRetry = this.#registry.clock.now();
      const waiting = Array.from(this.#waiting);
      for (const key of waiting) {
        const [namespace = '', name = ''] = key.split('/');
        const pod = this.#registry.store.get('pods', namespace, name)?.object;
        if (pod && isOurs(pod)) this.#enqueue(key, pod);
        else this.#waiting.delete(key);
      }
    });
  }

  #run(): void {
    // Higher priority first, else in the order of their coming.
    const priority = ([, pod]: [string, KubeObject]): number => pod['spec']?.priority ?? 0;
    const batch = [...this.#pending].toSorted((a, b) => priority(b) - priority(a)).slice(0, BATCH);
    for (const [key] of batch) {
      this.#pending.delete(key);
      const [namespace = '', name = ''] = key.split('/');
      const pod = this.#registry.store.get('pods', namespace, name)?.object;
      if (pod && isOurs(pod)) this.#schedule(key, pod);
    }
    if (this.#pending.size > 0) this.#loop.add('scheduler', () => this.#run());
  }

  #schedule(key: string, pod: KubeObject): void {
    const views = [...this.#views.values()];
    const repellent = [...this.#repellent.values()].flatMap((other) => {
      const view = this.#views.get(nodeOf(other));
      return view ? [{ pod: other, view }] : [];
    });
    const labelsOf = (namespace: string) =>
      this.#registry.store.get('namespaces', '', namespace)?.object.metadata.labels;
    const affinity = podAffinityOf(pod, views, repellent, labelsOf);
    const candidate = candidateOf(pod, affinity, spreadOf(pod, views));
    const choice = chooseNode(candidate, views, () => this.#siblings(pod));
    if ('reasons' in choice) {
      this.#waiting.add(key);
      this.#report(pod, unschedulableMessage(choice.reasons));
      return;
    }
    const node = this.#views.get(choice.node)?.node;
    if (!node || !bind(this.#registry, pod, node)) return;
    const words = `Successfully assigned ${key} to ${choice.node}`;
    recordEvent(this.#registry, NAME, pod, 'Normal', 'Scheduled', words);
  }

  /** The nodes of the pods of the same owner, or, of a pod without one, of its Services' other pods. */
  #siblings(pod: KubeObject): string[] {
    const { namespace = '', labels = {} } = pod.metadata;
    const nodes = (pods: readonly KubeObject[]) =>
      pods.filter((one) => nodeOf(one) && !one.metadata.deletionTimestamp && !isTerminal(one)).map(nodeOf);
    const owner = controllerOf(pod);
    if (owner) return nodes(this.#owned.pods.of(owner.uid));
    const selectors = [...this.#registry.store.list('services', namespace)].flatMap(({ object }) => {
      const selector: Record<string, string> = object['spec']?.selector ?? {};
      const matcher = Object.keys(selector).length > 0 ? selectorFromLabels(selector) : undefined;
      return matcher?.matches(labels) ? [matcher] : [];
    });
    if (selectors.length === 0) return [];
    const others = this.#owned.pods.orphans(namespace);
    return nodes(others.filter((one) => selectors.every((selector) => selector.matches(one.metadata.labels ?? {}))));
  }

  #report(pod: KubeObject, message: string): void {
    const before = conditionOf(pod, 'PodScheduled');
    if (before?.status === 'False' && before.reason === 'Unschedulable' && before.message === message) return;
    const { namespace = '', name = '' } = pod.metadata;
    const time = this.#registry.time();
    const condition = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
      lastProbeTime: null,
      lastTransitionTime: before?.status === 'False' ? (before.lastTransitionTime ?? time) : time,
      ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
    };
    const change = (live: KubeObject) => {
      const others = (live['status']?.conditions ?? []).filter(({ type }: { type: string }) => type !== 'PodScheduled');
      return { ...live, status: { ...live['status'], conditions: withCondition(others, condition) } };
    };
    updateAs(this.#registry, MANAGER, { resource: 'pods', namespace, name }, change, 'status');
    recordEvent(this.#registry, NAME, pod, 'Warning', 'FailedScheduling', message);
  }
}

/** Whether a change of a node may make room for a pod: anything but its heartbeat. */
const mayHelp = (before: KubeObject, now: KubeObject): boolean =>
  !same(before['spec'], now['spec']) ||
  !same(before.metadata.labels, now.metadata.labels) ||
  !same(before['status']?.allocatable, now['status']?.allocatable);

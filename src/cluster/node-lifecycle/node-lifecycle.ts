import { same } from '../api/metadata.ts';
import type { KubeObject } from '../api/object.ts';
import { Alarms } from '../controllers/alarms.ts';
import { recordEvent } from '../controllers/events.ts';
import type { Loop } from '../controllers/loop.ts';
import { MANAGER, updateAs } from '../controllers/writes.ts';
import type { Registry } from '../registry/registry.ts';
import type { Change } from '../store/store.ts';
import type { Owned } from '../controllers/owned.ts';
import { conditionOf, isReady, nodeOf } from '../api/pods.ts';
import { writeStatus } from '../controllers/status.ts';
import { isJudged, readiness, silentConditions } from './health.ts';
import { wantedTaints } from './node-taints.ts';

const LEASES = 'leases.coordination.k8s.io';
const LEASE_NAMESPACE = 'kube-node-lease';
const COMPONENT = 'node-controller';

export interface NodeLifecycleOptions {
  /** Milliseconds that a node may be silent before it counts as unreachable (50 s, as upstream since 1.32). */
  nodeGraceMs?: number;
  /** The same for a node that has never said whether it is ready (60 s). */
  nodeStartupMs?: number;
}

/** A timer that is this late did not run: the machine slept, or the process was stopped. */
const SLEPT_MS = 5000;

/** What was last seen of a node. */
interface Seen {
  /** When it last gave a sign of life, by our clock. */
  at: number;
  /** When silence will be looked at. */
  due: number;
  ready: string | undefined;
}

/**
 * Finds nodes that have fallen silent, taints nodes by their conditions, and marks the pods of nodes that are not ready as not
 * ready themselves (kubernetes `pkg/controller/nodelifecycle`, without its rate limits). Which nodes: see `isJudged`.
 */
export class NodeLifecycle {
  readonly #registry: Registry;
  readonly #loop: Loop;
  readonly #owned: Owned;
  readonly #alarms: Alarms;
  readonly #grace: number;
  readonly #startup: number;
  readonly #seen = new Map<string, Seen>();

  constructor(registry: Registry, loop: Loop, owned: Owned, options: NodeLifecycleOptions = {}) {
    this.#registry = registry;
    this.#loop = loop;
    this.#owned = owned;
    this.#alarms = new Alarms(registry, loop);
    this.#grace = options.nodeGraceMs ?? 50_000;
    this.#startup = options.nodeStartupMs ?? 60_000;
    for (const { object } of registry.store.list('nodes')) this.#nodeChanged(object, undefined);
    registry.store.subscribe((change) => {
      const { resource, type, item, old } = change;
      if (resource === 'nodes' && type === 'DELETED') this.#forget(item.name);
      else if (resource === 'nodes') this.#nodeChanged(item.object, old?.object);
      else if (resource === LEASES && item.namespace === LEASE_NAMESPACE) this.#leaseChanged(change);
      else if (resource === 'pods' && type !== 'DELETED') this.#podChanged(item.object);
    });
  }

  #node(name: string): KubeObject | undefined {
    return this.#registry.store.get('nodes', '', name)?.object;
  }

  #judges(node: KubeObject): boolean {
    const lease = this.#registry.store.get(LEASES, LEASE_NAMESPACE, node.metadata.name ?? '');
    return isJudged(node, lease !== undefined);
  }

  #look(name: string): void {
    this.#loop.add(`node ${name}`, () => this.#sync(name));
  }

  /** Notes a sign of life. */
  #alive(name: string): Seen {
    const at = this.#registry.clock.now();
    const seen = this.#seen.get(name);
    if (seen) {
      seen.at = at;
      return seen;
    }
    const made = { at, due: 0, ready: undefined };
    this.#seen.set(name, made);
    return made;
  }

  #nodeChanged(node: KubeObject, before: KubeObject | undefined): void {
    const { name = '' } = node.metadata;
    const heartbeat = (one: KubeObject | undefined) => one && conditionOf(one, 'Ready')?.lastHeartbeatTime;
    if (!before || heartbeat(node) !== heartbeat(before)) this.#alive(name);
    // A heartbeat and nothing else is no reason to look.
    const changed =
      !before ||
      readiness(node) !== readiness(before) ||
      !same(node['spec'], before['spec']) ||
      !same(node.metadata.labels, before.metadata.labels) ||
      !same(statusesOf(node), statusesOf(before));
    if (changed) this.#look(name);
  }

  #leaseChanged({ type, item, old }: Change): void {
    if (type === 'DELETED') return;
    if (!this.#node(item.name)) return;
    if (item.object['spec']?.renewTime !== old?.object['spec']?.renewTime) this.#alive(item.name);
    if (!old) this.#look(item.name);
  }

  #podChanged(pod: KubeObject): void {
    const node = nodeOf(pod) && isReady(pod) ? this.#node(nodeOf(pod)) : undefined;
    if (node && isBad(node) && this.#judges(node)) this.#look(nodeOf(pod));
  }

  #forget(name: string): void {
    const seen = this.#seen.get(name);
    this.#seen.delete(name);
    if (seen?.ready === 'True') this.#lookAtAll();
  }

  #lookAtAll(): void {
    for (const { name } of this.#registry.store.list('nodes')) this.#look(name);
  }

  #sync(name: string): void {
    const node = this.#node(name);
    if (!node || !this.#judges(node)) return;
    const live = this.#checkHeartbeat(name, node);
    const seen = this.#seen.get(name) ?? this.#alive(name);
    const ready = readiness(live);
    if (seen.ready !== ready) {
      const was = seen.ready;
      seen.ready = ready;
      // Whether pods are to be moved at all depends on whether any node is ready.
      if (was === 'True' || ready === 'True') this.#lookAtAll();
      if (was === 'True') this.#nodeEvent(live, 'NodeNotReady', 'status is now: NodeNotReady');
    }
    const taints = wantedTaints(live, this.#someReady(), this.#registry.time());
    if (taints) {
      const place = { resource: 'nodes', namespace: '', name };
      updateAs(this.#registry, MANAGER, place, (one) => ({ ...one, spec: { ...one['spec'], taints } }));
    }
    if (isBad(live)) this.#markPods(name);
  }

  #someReady(): boolean {
    for (const { ready } of this.#seen.values()) if (ready === 'True') return true;
    return false;
  }

  /** Writes that a node is not known to be well when it has been silent for too long; else asks to be woken when it will have been. */
  #checkHeartbeat(name: string, node: KubeObject): KubeObject {
    const seen = this.#seen.get(name) ?? this.#alive(name);
    const now = this.#registry.clock.now();
    const grace = readiness(node) === undefined ? this.#startup : this.#grace;
    // Time that nobody could have used to give a sign of life does not count.
    if (seen.due > 0 && now > seen.due + SLEPT_MS) seen.at = now;
    const wait = seen.at + grace - now;
    if (wait > 0) {
      seen.due = now + wait;
      this.#alarms.set(`node ${name}`, wait, () => this.#sync(name));
      return node;
    }
    seen.due = 0;
    if (readiness(node) === 'Unknown') return node;
    const conditions = silentConditions(node, this.#registry.time());
    writeStatus(this.#registry, 'nodes', node, { ...node['status'], conditions });
    return this.#node(name) ?? node;
  }

  #markPods(name: string): void {
    for (const pod of this.#owned.podsOn.get(name)) {
      if (!isReady(pod)) continue;
      const time = this.#registry.time();
      const conditions = (pod['status'].conditions as readonly { type: string }[]).map((one) =>
        one.type === 'Ready' ? { ...one, status: 'False', lastTransitionTime: time } : one,
      );
      writeStatus(this.#registry, 'pods', pod, { ...pod['status'], conditions });
      recordEvent(this.#registry, COMPONENT, pod, 'Warning', 'NodeNotReady', 'Node is not ready');
    }
  }

  #nodeEvent(node: KubeObject, reason: string, words: string): void {
    recordEvent(this.#registry, COMPONENT, node, 'Normal', reason, `Node ${node.metadata.name} ${words}`);
  }
}

const isBad = (node: KubeObject): boolean => readiness(node) === 'False' || readiness(node) === 'Unknown';

/** What of the conditions taints follow from. */
const statusesOf = (node: KubeObject): readonly string[] =>
  (node['status']?.conditions ?? []).map((one: { type: string; status: string }) => `${one.type}=${one.status}`);

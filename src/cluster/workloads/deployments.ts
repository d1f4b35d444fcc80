import { same } from '../api/metadata.ts';
import type { KubeObject } from '../api/object.ts';
import { StatusError } from '../api/status.ts';
import { Alarms } from '../controllers/alarms.ts';
import { recordEvent } from '../controllers/events.ts';
import type { Loop } from '../controllers/loop.ts';
import { createAs, MANAGER, updateAs } from '../controllers/writes.ts';
import { storedKind } from '../registry/kinds.ts';
import type { Registry } from '../registry/registry.ts';
import type { Change } from '../store/store.ts';
import { claim, selectorOf } from './claim.ts';
import {
  condition,
  countedStatus,
  isComplete,
  nextProgressCheck,
  pausedConditions,
  progressDeadline,
  PROGRESSING,
  rolloutStatus,
} from './deployment-status.ts';
import { newReplicaSet } from './new-replica-set.ts';
import type { Owned } from './owned.ts';
import { namespaceGoing } from './pod-control.ts';
import { conditionOf, controllerOf, isTerminal } from './pods.ts';
import { isScalingEvent, scaleAll } from './proportional.ts';
import { Retries } from './retries.ts';
import {
  byRevision,
  DESIRED_REPLICAS,
  highestRevision,
  MAX_REPLICAS,
  newAndOld,
  newSetAnnotations,
  REVISION,
} from './revisions.ts';
import { mostReplicas, rollingStep, type Scale, sizeOf } from './rollout.ts';
import { withCondition, writeStatus } from './status.ts';

const DEPLOYMENTS = 'deployments.apps';
const SETS = 'replicasets.apps';
const COMPONENT = 'deployment-controller';
const KEEP_ALL = 2 ** 31 - 1;

/** What was last asked of a ReplicaSet has not been looked at yet. */
const isBehind = ({ metadata, status }: KubeObject): boolean =>
  (status?.observedGeneration ?? 0) < (metadata.generation ?? 0);

interface Sets {
  newSet: KubeObject | undefined;
  oldSets: KubeObject[];
}

/**
 * Rolls Deployments out through ReplicaSets (kubernetes `pkg/controller/deployment`). A sync takes one step; the writes of
 * that step ask for the next one.
 */
export class Deployments {
  readonly #registry: Registry;
  readonly #loop: Loop;
  readonly #owned: Owned;
  readonly #alarms: Alarms;
  readonly #retries: Retries;

  constructor(registry: Registry, loop: Loop, owned: Owned) {
    this.#registry = registry;
    this.#loop = loop;
    this.#owned = owned;
    this.#alarms = new Alarms(registry, loop);
    this.#retries = new Retries(loop);
    for (const item of registry.store.list(DEPLOYMENTS)) this.#look(item.namespace, item.name);
    registry.store.subscribe((change) => {
      const { resource, item } = change;
      if (resource === DEPLOYMENTS) this.#look(item.namespace, item.name);
      else if (resource === SETS) this.#setChanged(change);
      else if (resource === 'pods') this.#podChanged(change);
    });
  }

  #look(namespace: string, name: string): void {
    this.#loop.add(`deployment ${namespace}/${name}`, () => this.#sync(namespace, name));
  }

  #setChanged({ type, item, old }: Change): void {
    const owner = controllerOf(item.object);
    const before = old && controllerOf(old.object);
    for (const one of [owner, before]) if (one?.kind === 'Deployment') this.#look(item.namespace, one.name);
    if (owner || type === 'DELETED') return;
    if (old && !before && same(old.object.metadata.labels, item.object.metadata.labels)) return;
    for (const { namespace, name, object } of this.#registry.store.list(DEPLOYMENTS, item.namespace)) {
      if (selectorOf(object)?.matches(item.object.metadata.labels ?? {})) this.#look(namespace, name);
    }
  }

  /** A Recreate waits until the last old pod has gone or ended; the ReplicaSets' statuses do not tell. */
  #podChanged({ type, item, old }: Change): void {
    const ended = type === 'DELETED' || (old && isTerminal(item.object) && !isTerminal(old.object));
    const owner = ended && controllerOf(item.object);
    if (!owner || owner.kind !== 'ReplicaSet') return;
    const set = this.#registry.store.get(SETS, item.namespace, owner.name)?.object;
    const above = set && controllerOf(set);
    if (above?.kind === 'Deployment') this.#look(item.namespace, above.name);
  }

  #sync(namespace: string, name: string): void {
    const key = `deployment ${namespace}/${name}`;
    const deployment = this.#registry.store.get(DEPLOYMENTS, namespace, name)?.object;
    const selector = deployment && selectorOf(deployment);
    if (!deployment || !selector) {
      this.#retries.forget(key);
      if (deployment) this.#selectsAll(deployment);
      return;
    }
    const sets = claim(this.#registry, SETS, deployment, selector, this.#owned.replicaSets);
    try {
      this.#step(deployment, newAndOld(deployment, sets));
      this.#retries.forget(key);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      if (!namespaceGoing(error)) this.#retries.again(key, () => this.#sync(namespace, name));
    }
    const now = this.#registry.store.get(DEPLOYMENTS, namespace, name)?.object;
    const wait = now && nextProgressCheck(now, this.#registry.clock.now());
    if (wait !== undefined) this.#alarms.set(key, wait, () => this.#sync(namespace, name));
  }

  #selectsAll(deployment: KubeObject): void {
    const words = 'This deployment is selecting all pods. A non-empty selector is required.';
    recordEvent(this.#registry, COMPONENT, deployment, 'Warning', 'SelectingAll', words);
  }

  #step(deployment: KubeObject, sets: Sets): void {
    const time = this.#registry.time();
    if (deployment.metadata.deletionTimestamp) {
      this.#writeStatus(deployment, countedStatus(deployment, sets.newSet, sets.oldSets, time));
      return;
    }
    const conditions = pausedConditions(deployment, time);
    if (conditions) {
      this.#writeStatus(deployment, { ...deployment['status'], conditions });
      return;
    }
    // Each of these is a write that brings us back here.
    if (sets.newSet && this.#syncRevision(deployment, sets.newSet, sets.oldSets)) return;
    const all = sets.newSet ? [...sets.oldSets, sets.newSet] : sets.oldSets;
    // One step at a time: before the next, what the last one asked of the ReplicaSets has become pods. So the bounds of a
    // rolling update hold for pods too, and not only for what is asked for. Their status brings us back here.
    if (all.some(isBehind)) return;
    if (deployment['spec'].paused || isScalingEvent(deployment, all)) {
      this.#scale(deployment, scaleAll(deployment, sets.newSet, sets.oldSets));
      if (deployment['spec'].paused) this.#cleanUp(deployment, sets.oldSets);
      const { newSet, oldSets } = this.#again(sets);
      this.#writeStatus(deployment, countedStatus(deployment, newSet, oldSets, time));
      return;
    }
    if (deployment['spec'].strategy?.type === 'Recreate') this.#recreate(deployment, sets);
    else this.#roll(deployment, sets);
  }

  #roll(deployment: KubeObject, sets: Sets): void {
    const { newSet } = sets;
    if (!newSet) {
      this.#create(deployment, sets.oldSets);
      return;
    }
    const scales = rollingStep(deployment, newSet, sets.oldSets);
    this.#scale(deployment, scales);
    if (scales.length === 0 && isComplete(deployment, deployment['status'] ?? {})) {
      this.#cleanUp(deployment, sets.oldSets);
    }
    this.#rolledStatus(deployment, { ...sets, newSet });
  }

  #recreate(deployment: KubeObject, sets: Sets): void {
    const { oldSets } = sets;
    const down = oldSets.filter((set) => sizeOf(set) > 0).map((set) => ({ set, to: 0 }));
    this.#scale(deployment, down);
    if (down.length > 0 || this.#oldPodsRun(oldSets)) {
      this.#rolledStatus(deployment, sets);
      return;
    }
    const { newSet } = sets;
    if (!newSet) {
      this.#create(deployment, oldSets);
      return;
    }
    if (sizeOf(newSet) !== sizeOf(deployment)) this.#scale(deployment, [{ set: newSet, to: sizeOf(deployment) }]);
    if (isComplete(deployment, deployment['status'] ?? {})) this.#cleanUp(deployment, oldSets);
    this.#rolledStatus(deployment, { newSet, oldSets });
  }

  #oldPodsRun(oldSets: readonly KubeObject[]): boolean {
    if (oldSets.some((set) => (set['status']?.replicas ?? 0) > 0)) return true;
    return oldSets.some(({ metadata }) => this.#owned.pods.of(metadata.uid ?? '').some((pod) => !isTerminal(pod)));
  }

  #rolledStatus(deployment: KubeObject, sets: Sets): void {
    const { newSet, oldSets } = this.#again(sets);
    const live = this.#live(DEPLOYMENTS, deployment) ?? deployment;
    const { clock } = this.#registry;
    this.#writeStatus(live, rolloutStatus(live, newSet, oldSets, clock.now(), this.#registry.time()));
  }

  /** The same ReplicaSets as they are after our own writes. */
  #again({ newSet, oldSets }: Sets): Sets {
    return {
      newSet: newSet && this.#live(SETS, newSet),
      oldSets: oldSets.flatMap((set) => this.#live(SETS, set) ?? []),
    };
  }

  #live(resource: string, { metadata: { namespace = '', name = '' } }: KubeObject): KubeObject | undefined {
    return this.#registry.store.get(resource, namespace, name)?.object;
  }

  #writeStatus(deployment: KubeObject, status: object, annotations?: Record<string, string>): void {
    writeStatus(this.#registry, DEPLOYMENTS, deployment, { ...status }, annotations);
  }

  /** Keeps the new ReplicaSet's annotations and minReadySeconds, and the Deployment's revision; tells whether it wrote. */
  #syncRevision(deployment: KubeObject, newSet: KubeObject, oldSets: readonly KubeObject[]): boolean {
    const revision = highestRevision(oldSets) + 1;
    const before = newSet.metadata.annotations ?? {};
    const annotations = newSetAnnotations(deployment, before, revision);
    const minReadySeconds: number = deployment['spec'].minReadySeconds ?? 0;
    if (!same(annotations, before) || (newSet['spec'].minReadySeconds ?? 0) !== minReadySeconds) {
      this.#update(newSet, (live) => ({
        ...live,
        metadata: { ...live.metadata, annotations },
        spec: { ...live['spec'], minReadySeconds },
      }));
      return true;
    }
    const shown = annotations[REVISION] ?? '';
    const missing = progressDeadline(deployment) !== undefined && !conditionOf(deployment, PROGRESSING);
    if (deployment.metadata.annotations?.[REVISION] === shown && !missing) return false;
    const words = `Found new replica set "${newSet.metadata.name}"`;
    const found = condition(PROGRESSING, 'True', 'FoundNewReplicaSet', words, this.#registry.time());
    const { conditions = [] } = deployment['status'] ?? {};
    const status = { ...deployment['status'], conditions: missing ? withCondition(conditions, found) : conditions };
    this.#writeStatus(deployment, status, { [REVISION]: shown });
    return true;
  }

  /** Makes the ReplicaSet of the Deployment's template; when its name is taken by another, the next try has another name. */
  #create(deployment: KubeObject, oldSets: readonly KubeObject[]): void {
    const revision = highestRevision(oldSets) + 1;
    const made = newReplicaSet(deployment, oldSets, revision);
    const name = made.metadata.name ?? '';
    const status = deployment['status'] ?? {};
    const progressing = (value: string, reason: string, words: string) => ({
      ...status,
      conditions:
        progressDeadline(deployment) === undefined
          ? status.conditions
          : withCondition(status.conditions ?? [], condition(PROGRESSING, value, reason, words, this.#registry.time())),
    });
    const taken = this.#live(SETS, made);
    if (taken) {
      this.#writeStatus(deployment, { ...status, collisionCount: (status.collisionCount ?? 0) + 1 });
      return;
    }
    try {
      const stored = createAs(this.#registry, MANAGER, made);
      if (sizeOf(stored) > 0) this.#scaledEvent(deployment, name, 0, sizeOf(stored));
      const words = `Created new replica set "${name}"`;
      const annotations = { [REVISION]: String(revision) };
      this.#writeStatus(deployment, progressing('True', 'NewReplicaSetCreated', words), annotations);
      // The counts as they are without it: what follows is progress.
      this.#rolledStatus(deployment, { newSet: stored, oldSets: [...oldSets] });
    } catch (error) {
      if (!(error instanceof StatusError) || namespaceGoing(error)) throw error;
      const words = `Failed to create new replica set "${name}": ${error.message}`;
      this.#writeStatus(deployment, progressing('False', 'ReplicaSetCreateError', words));
      recordEvent(this.#registry, COMPONENT, deployment, 'Warning', 'ReplicaSetCreateError', words);
      throw error;
    }
  }

  #scale(deployment: KubeObject, scales: readonly Scale[]): void {
    const counts = {
      [DESIRED_REPLICAS]: String(sizeOf(deployment)),
      [MAX_REPLICAS]: String(mostReplicas(deployment)),
    };
    for (const { set, to } of scales) {
      this.#update(set, (live) => ({
        ...live,
        metadata: { ...live.metadata, annotations: { ...live.metadata.annotations, ...counts } },
        spec: { ...live['spec'], replicas: to },
      }));
      if (to !== sizeOf(set)) this.#scaledEvent(deployment, set.metadata.name ?? '', sizeOf(set), to);
    }
  }

  #scaledEvent(deployment: KubeObject, set: string, from: number, to: number): void {
    const words = `Scaled ${from < to ? 'up' : 'down'} replica set ${set} from ${from} to ${to}`;
    recordEvent(this.#registry, COMPONENT, deployment, 'Normal', 'ScalingReplicaSet', words);
  }

  #update(set: KubeObject, change: (live: KubeObject) => KubeObject): void {
    const { namespace = '', name = '' } = set.metadata;
    updateAs(this.#registry, MANAGER, { resource: SETS, namespace, name }, change);
  }

  /** Lets the oldest of the old ReplicaSets go that are beyond the history's limit and empty. */
  #cleanUp(deployment: KubeObject, oldSets: readonly KubeObject[]): void {
    const limit: number = deployment['spec'].revisionHistoryLimit ?? KEEP_ALL;
    const alive = oldSets.filter(({ metadata }) => !metadata.deletionTimestamp).toSorted(byRevision);
    for (const set of alive.slice(0, Math.max(0, limit === KEEP_ALL ? 0 : alive.length - limit))) {
      const { replicas = 0, observedGeneration = 0 } = set['status'] ?? {};
      if (replicas > 0 || sizeOf(set) > 0 || (set.metadata.generation ?? 0) > observedGeneration) continue;
      const { namespace = '', name = '' } = set.metadata;
      this.#registry.delete(storedKind(SETS), namespace, name, {}, { dryRun: false });
    }
  }
}

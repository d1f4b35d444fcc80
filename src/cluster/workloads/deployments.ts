import type { KubeObject } from '../api/object.ts';
import { StatusError } from '../api/status.ts';
import { Alarms } from '../controllers/alarms.ts';
import { recordEvent } from '../controllers/events.ts';
import type { Loop } from '../controllers/loop.ts';
import type { Registry } from '../registry/registry.ts';
import type { Change } from '../store/store.ts';
import { claim, selectorOf } from './claim.ts';
import { ownersOfChange } from './owners-of-change.ts';
import { countedStatus, isComplete, nextProgressCheck, pausedConditions, rolloutStatus } from './deployment-status.ts';
import {
  cleanUp,
  COMPONENT,
  createNewSet,
  DEPLOYMENTS,
  liveOf,
  REPLICA_SETS,
  scaleSets,
  syncRevision,
  writeDeployment,
} from './deployment-writes.ts';
import type { Owned } from '../controllers/owned.ts';
import { namespaceGoing } from './pod-control.ts';
import { controllerOf, isTerminal } from '../api/pods.ts';
import { isScalingEvent, scaleAll } from './proportional.ts';
import { Retries } from './retries.ts';
import { newAndOld } from './revisions.ts';
import { rollingStep, sizeOf } from './rollout.ts';

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
      else if (resource === REPLICA_SETS) this.#setChanged(change);
      else if (resource === 'pods') this.#podChanged(change);
    });
  }

  #look(namespace: string, name: string): void {
    this.#loop.add(`deployment ${namespace}/${name}`, () => this.#sync(namespace, name));
  }

  #setChanged(change: Change): void {
    const asked = { kind: 'Deployment', resource: DEPLOYMENTS };
    for (const name of ownersOfChange(change, asked, this.#registry.store)) this.#look(change.item.namespace, name);
  }

  /** A Recreate waits until the last old pod has gone or ended; the ReplicaSets' statuses do not tell. */
  #podChanged({ type, item, old }: Change): void {
    const ended = type === 'DELETED' || (old && isTerminal(item.object) && !isTerminal(old.object));
    const owner = ended && controllerOf(item.object);
    if (!owner || owner.kind !== 'ReplicaSet') return;
    const set = this.#registry.store.get(REPLICA_SETS, item.namespace, owner.name)?.object;
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
    const sets = claim(this.#registry, REPLICA_SETS, deployment, selector, this.#owned.replicaSets);
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
      writeDeployment(this.#registry, deployment, countedStatus(deployment, sets.newSet, sets.oldSets, time));
      return;
    }
    const conditions = pausedConditions(deployment, time);
    if (conditions) {
      writeDeployment(this.#registry, deployment, { ...deployment['status'], conditions });
      return;
    }
    // Each of these is a write that brings us back here.
    if (sets.newSet && syncRevision(this.#registry, deployment, sets.newSet, sets.oldSets)) return;
    const all = sets.newSet ? [...sets.oldSets, sets.newSet] : sets.oldSets;
    // One step at a time: before the next, what the last one asked of the ReplicaSets has become pods. So the bounds of a
    // rolling update hold for pods too, and not only for what is asked for. Their status brings us back here.
    if (all.some(isBehind)) return;
    if (deployment['spec'].paused || isScalingEvent(deployment, all)) {
      scaleSets(this.#registry, deployment, scaleAll(deployment, sets.newSet, sets.oldSets));
      if (deployment['spec'].paused) cleanUp(this.#registry, deployment, sets.oldSets);
      const { newSet, oldSets } = this.#again(sets);
      writeDeployment(this.#registry, deployment, countedStatus(deployment, newSet, oldSets, time));
      return;
    }
    if (deployment['spec'].strategy?.type === 'Recreate') this.#recreate(deployment, sets);
    else this.#roll(deployment, sets);
  }

  #roll(deployment: KubeObject, sets: Sets): void {
    const { newSet } = sets;
    if (!newSet) {
      this.#begin(deployment, sets.oldSets);
      return;
    }
    const scales = rollingStep(deployment, newSet, sets.oldSets);
    scaleSets(this.#registry, deployment, scales);
    if (scales.length === 0 && isComplete(deployment, deployment['status'] ?? {})) {
      cleanUp(this.#registry, deployment, sets.oldSets);
    }
    this.#rolledStatus(deployment, { ...sets, newSet });
  }

  #recreate(deployment: KubeObject, sets: Sets): void {
    const { oldSets } = sets;
    const down = oldSets.filter((set) => sizeOf(set) > 0).map((set) => ({ set, to: 0 }));
    scaleSets(this.#registry, deployment, down);
    if (down.length > 0 || this.#oldPodsRun(oldSets)) {
      this.#rolledStatus(deployment, sets);
      return;
    }
    const { newSet } = sets;
    if (!newSet) {
      this.#begin(deployment, oldSets);
      return;
    }
    if (sizeOf(newSet) !== sizeOf(deployment))
      scaleSets(this.#registry, deployment, [{ set: newSet, to: sizeOf(deployment) }]);
    if (isComplete(deployment, deployment['status'] ?? {})) cleanUp(this.#registry, deployment, oldSets);
    this.#rolledStatus(deployment, { newSet, oldSets });
  }

  #oldPodsRun(oldSets: readonly KubeObject[]): boolean {
    if (oldSets.some((set) => (set['status']?.replicas ?? 0) > 0)) return true;
    return oldSets.some(({ metadata }) => this.#owned.pods.of(metadata.uid ?? '').some((pod) => !isTerminal(pod)));
  }

  #rolledStatus(deployment: KubeObject, sets: Sets): void {
    const { newSet, oldSets } = this.#again(sets);
    const live = liveOf(this.#registry, DEPLOYMENTS, deployment) ?? deployment;
    const { clock } = this.#registry;
    writeDeployment(this.#registry, live, rolloutStatus(live, newSet, oldSets, clock.now(), this.#registry.time()));
  }

  /** The first step of a rollout. */
  #begin(deployment: KubeObject, oldSets: KubeObject[]): void {
    const newSet = createNewSet(this.#registry, deployment, oldSets);
    // The counts as they are without it: what follows is progress.
    if (newSet) this.#rolledStatus(deployment, { newSet, oldSets });
  }

  /** The same ReplicaSets as they are after our own writes. */
  #again({ newSet, oldSets }: Sets): Sets {
    return {
      newSet: newSet && liveOf(this.#registry, REPLICA_SETS, newSet),
      oldSets: oldSets.flatMap((set) => liveOf(this.#registry, REPLICA_SETS, set) ?? []),
    };
  }
}

import type { KubeObject } from '../api/object.ts';
import type { StatusError } from '../api/status.ts';
import { Alarms } from '../controllers/alarms.ts';
import type { Loop } from '../controllers/loop.ts';
import type { Registry } from '../registry/registry.ts';
import type { Change } from '../store/store.ts';
import { claim, selectorOf } from './claim.ts';
import { ownersOfChange } from './owners-of-change.ts';
import type { Owned } from '../controllers/owned.ts';
import { createPod, deletePod, podFromTemplate } from './pod-control.ts';
import { availableIn, controllerOf, isActive, isTerminal, isTerminating, soonest } from '../api/pods.ts';
import { type ManageFailure, replicaSetStatus } from './replica-set.ts';
import { Retries } from './retries.ts';
import { podsToDelete } from './scale-down.ts';
import { writeStatus } from '../controllers/status.ts';

const SETS = 'replicasets.apps';
const COMPONENT = 'replicaset-controller';
/** Pods that one sync makes or deletes at most; those changes ask for the next one. */
const BURST = 25;

/** Keeps as many pods as each ReplicaSet asks for (kubernetes `pkg/controller/replicaset`). */
export class ReplicaSets {
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
    for (const item of registry.store.list(SETS)) this.#look(item.namespace, item.name);
    registry.store.subscribe((change) => {
      if (change.resource === SETS) this.#look(change.item.namespace, change.item.name);
      else if (change.resource === 'pods') this.#podChanged(change);
    });
  }

  #look(namespace: string, name: string): void {
    this.#loop.add(`replicaset ${namespace}/${name}`, () => this.#sync(namespace, name));
  }

  #podChanged(change: Change): void {
    const asked = { kind: 'ReplicaSet', resource: SETS };
    for (const name of ownersOfChange(change, asked, this.#registry.store)) this.#look(change.item.namespace, name);
  }

  #sync(namespace: string, name: string): void {
    const key = `replicaset ${namespace}/${name}`;
    const set = this.#registry.store.get(SETS, namespace, name)?.object;
    const selector = set && selectorOf(set);
    if (!set || !selector) {
      this.#retries.forget(key);
      return;
    }
    const pods = () => claim(this.#registry, 'pods', set, selector, this.#owned.pods, (pod) => !isTerminal(pod));
    const failure = set.metadata.deletionTimestamp ? undefined : this.#manage(set, pods().filter(isActive));
    const all = pods();
    const active = all.filter(isActive);
    const now = this.#registry.clock.now();
    const terminating = all.filter(isTerminating).length;
    const status = replicaSetStatus(set, active, terminating, failure, now, this.#registry.time());
    writeStatus(this.#registry, SETS, set, status);
    if (failure) this.#retries.again(key, () => this.#sync(namespace, name));
    else this.#retries.forget(key);
    const wait = soonest(active.map((pod) => availableIn(pod, set['spec'].minReadySeconds ?? 0, now)));
    if (wait !== undefined) this.#alarms.set(key, wait, () => this.#sync(namespace, name));
  }

  /** Makes or deletes pods; tells what went wrong, and leaves it at the first that does. */
  #manage(set: KubeObject, active: readonly KubeObject[]): ManageFailure | undefined {
    const missing = (set['spec'].replicas ?? 1) - active.length;
    const failed = (reason: ManageFailure['reason'], error: StatusError): ManageFailure => ({
      reason,
      message: error.message,
    });
    for (let made = 0; made < Math.min(missing, BURST); made++) {
      const error = createPod(this.#registry, COMPONENT, set, podFromTemplate(set, set['spec'].template));
      if (error) return failed('FailedCreate', error);
    }
    if (missing >= 0) return undefined;
    const count = Math.min(-missing, BURST);
    for (const pod of podsToDelete(active, this.#related(set), count, this.#registry.clock.now())) {
      const error = deletePod(this.#registry, COMPONENT, set, pod);
      if (error) return failed('FailedDelete', error);
    }
    return undefined;
  }

  /** The pods of all ReplicaSets of the same controller. */
  #related(set: KubeObject): KubeObject[] {
    const { uid } = controllerOf(set) ?? {};
    const sets = uid === undefined ? [set] : this.#owned.replicaSets.of(uid);
    return sets.flatMap(({ metadata }) => this.#owned.pods.of(metadata.uid ?? ''));
  }
}

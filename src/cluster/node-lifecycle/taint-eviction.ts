import { same } from '../api/metadata.ts';
import type { KubeObject } from '../api/object.ts';
import { Alarms } from '../controllers/alarms.ts';
import { recordEvent } from '../controllers/events.ts';
import type { Loop } from '../controllers/loop.ts';
import type { Registry } from '../registry/registry.ts';
import { keyOf } from '../store/store.ts';
import type { Owned } from '../controllers/owned.ts';
import { nodeOf } from '../api/pods.ts';
import { evict } from './disruption.ts';
import { noExecute, toleratedFor } from './eviction.ts';

const COMPONENT = 'taint-eviction-controller';
const WHY = { reason: 'DeletionByTaintManager', message: 'Taint manager: deleting due to NoExecute taint' };

/** Deletes pods whose node has a taint NoExecute that they do not tolerate, or not any longer (kubernetes `pkg/controller/tainteviction`). */
export class TaintEviction {
  readonly #registry: Registry;
  readonly #loop: Loop;
  readonly #owned: Owned;
  readonly #alarms: Alarms;
  /** When a pod that is to go was noticed, by UID. */
  readonly #noticed = new Map<string, number>();

  constructor(registry: Registry, loop: Loop, owned: Owned) {
    this.#registry = registry;
    this.#loop = loop;
    this.#owned = owned;
    this.#alarms = new Alarms(registry, loop);
    for (const { object } of registry.store.list('nodes')) this.#nodeChanged(object, undefined);
    registry.store.subscribe(({ resource, type, item, old }) => {
      if (resource === 'nodes' && type !== 'DELETED') this.#nodeChanged(item.object, old?.object);
      else if (resource === 'pods') {
        if (type === 'DELETED') this.#noticed.delete(item.object.metadata.uid ?? '');
        else if (nodeOf(item.object)) this.#podChanged(item.object, old?.object);
      }
    });
  }

  #taintsOf(node: string) {
    return noExecute(this.#registry.store.get('nodes', '', node)?.object['spec']?.taints);
  }

  #nodeChanged(node: KubeObject, before: KubeObject | undefined): void {
    const [now, then] = [node, before].map((one) => noExecute(one?.['spec']?.taints));
    if (same(now, then)) return;
    const { name = '' } = node.metadata;
    this.#loop.add(`taints of ${name}`, () => {
      for (const pod of this.#owned.podsOn.get(name)) this.#judge(pod);
    });
  }

  #podChanged(pod: KubeObject, before: KubeObject | undefined): void {
    const came = !before || nodeOf(before) !== nodeOf(pod);
    if (!came && same(before['spec']?.tolerations, pod['spec']?.tolerations)) return;
    if (this.#taintsOf(nodeOf(pod)).length === 0) return;
    const { namespace = '', name = '' } = pod.metadata;
    this.#loop.add(`eviction of ${keyOf(namespace, name)}`, () => this.#judgeAgain(pod));
  }

  #judgeAgain({ metadata: { namespace = '', name = '', uid } }: KubeObject): void {
    const live = this.#registry.store.get('pods', namespace, name)?.object;
    if (live && live.metadata.uid === uid) this.#judge(live);
  }

  #judge(pod: KubeObject): void {
    const { namespace = '', name = '', uid = '', deletionTimestamp } = pod.metadata;
    if (deletionTimestamp) return;
    const key = keyOf(namespace, name);
    const tell = (words: string) =>
      recordEvent(this.#registry, COMPONENT, pod, 'Normal', 'TaintManagerEviction', `${words} ${key}`);
    const allowed = toleratedFor(this.#taintsOf(nodeOf(pod)), pod['spec']?.tolerations ?? []);
    if (allowed === Number.POSITIVE_INFINITY) {
      if (this.#noticed.delete(uid)) tell('Cancelling deletion of Pod');
      return;
    }
    const now = this.#registry.clock.now();
    const since = this.#noticed.get(uid) ?? now;
    this.#noticed.set(uid, since);
    const wait = since + allowed - now;
    if (wait > 0) {
      this.#alarms.set(`eviction of ${uid}`, wait, () => this.#judgeAgain(pod));
      return;
    }
    tell('Marking for deletion Pod');
    evict(this.#registry, pod, WHY);
  }
}

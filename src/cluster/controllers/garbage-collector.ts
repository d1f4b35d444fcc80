import type { KubeObject, OwnerReference } from '../api/object.ts';
import { findKind, storedKind } from '../registry/kinds.ts';
import type { Registry } from '../registry/registry.ts';
import { FOREGROUND, ORPHAN } from '../registry/deletion.ts';
import type { Change, Item } from '../store/store.ts';
import type { Loop } from './loop.ts';
import { MANAGER, updateAs } from './writes.ts';

/** An object in the store, by where it is. */
interface Place {
  resource: string;
  namespace: string;
  name: string;
}

const placeKey = ({ resource, namespace, name }: Place): string => `${resource}/${namespace}/${name}`;

/** What is known of an owner that a reference names; `unknown` where it can't be looked for. */
type OwnerState = 'solid' | 'waiting' | 'absent' | 'unknown';

const waitsForDependents = (item: Item | undefined): boolean => {
  const { deletionTimestamp, finalizers } = item?.object.metadata ?? {};
  return deletionTimestamp !== undefined && finalizers?.includes(FOREGROUND) === true;
};

/**
 * Deletes what its owners have left behind, and carries out foreground and orphaning deletions, as upstream's garbage
 * collector (`pkg/controller/garbagecollector`). An index of owners' UIDs is kept with every change; each object that
 * may be concerned is looked at once per change, after the change.
 */
export class GarbageCollector {
  readonly #registry: Registry;
  /** Owner's UID to the objects that name it. */
  readonly #dependents = new Map<string, Map<string, Place>>();
  readonly #loop: Loop;

  constructor(registry: Registry, loop: Loop) {
    this.#registry = registry;
    this.#loop = loop;
    for (const resource of registry.store.resources()) {
      for (const item of registry.store.list(resource)) this.#index(resource, item, undefined);
    }
    registry.store.subscribe((change) => this.#changed(change));
  }

  #changed({ resource, type, item, old }: Change): void {
    if (type === 'DELETED') {
      this.#forget(resource, item);
      const { uid = '' } = item.object.metadata;
      for (const place of this.#dependents.get(uid)?.values() ?? []) this.#enqueueDependent(place);
      for (const owner of item.object.metadata.ownerReferences ?? []) this.#enqueueOwner(owner, item.namespace);
      return;
    }
    this.#index(resource, item, old);
  }

  #index(resource: string, item: Item, old: Item | undefined): void {
    const { ownerReferences: owners, finalizers, deletionTimestamp } = item.object.metadata;
    const before = old?.object.metadata.ownerReferences;
    if (old && before && before !== owners) {
      this.#forget(resource, old);
      // What waited for this dependent may go on.
      for (const owner of before) this.#enqueueOwner(owner, old.namespace);
    }
    const place = { resource, namespace: item.namespace, name: item.name };
    if (owners && owners.length > 0) {
      for (const { uid } of owners) {
        let dependents = this.#dependents.get(uid);
        if (!dependents) this.#dependents.set(uid, (dependents = new Map()));
        dependents.set(placeKey(place), place);
      }
      this.#enqueueDependent(place);
    }
    if (deletionTimestamp && finalizers?.some((one) => one === FOREGROUND || one === ORPHAN))
      this.#enqueueDeletion(place);
  }

  #forget(resource: string, { namespace, name, object }: Item): void {
    const key = placeKey({ resource, namespace, name });
    for (const { uid } of object.metadata.ownerReferences ?? []) {
      const dependents = this.#dependents.get(uid);
      dependents?.delete(key);
      if (dependents?.size === 0) this.#dependents.delete(uid);
    }
  }

  #enqueueDependent(place: Place): void {
    this.#loop.add(`dependent ${placeKey(place)}`, () => this.#checkOwners(place));
  }

  #enqueueDeletion(place: Place): void {
    this.#loop.add(`deletion ${placeKey(place)}`, () => this.#carryOut(place));
  }

  #enqueueOwner(owner: OwnerReference, namespace: string): void {
    const kind = findKind(owner.apiVersion, owner.kind);
    if (!kind) return;
    this.#enqueueDeletion({ resource: kind.stored, namespace: kind.namespaced ? namespace : '', name: owner.name });
  }

  #get({ resource, namespace, name }: Place): Item | undefined {
    return this.#registry.store.get(resource, namespace, name);
  }

  #ownerState(owner: OwnerReference, namespace: string): OwnerState {
    const kind = findKind(owner.apiVersion, owner.kind);
    // Of a kind that is not served nothing can be said, nor of a namespaced owner without a namespace to look in.
    if (!kind || (kind.namespaced && namespace === '')) return 'unknown';
    const found = this.#registry.store.get(kind.stored, kind.namespaced ? namespace : '', owner.name);
    if (!found || found.object.metadata.uid !== owner.uid) return 'absent';
    return waitsForDependents(found) ? 'waiting' : 'solid';
  }

  /** Deletes an object without owners left, or takes the gone ones off. */
  #checkOwners({ resource, namespace, name }: Place): void {
    const item = this.#registry.store.get(resource, namespace, name);
    const owners = item?.object.metadata.ownerReferences ?? [];
    if (!item || owners.length === 0) return;
    const { uid = '', deletionTimestamp } = item.object.metadata;
    // Its own deletion is under way: that is carried out elsewhere.
    if (deletionTimestamp) return;
    const states = owners.map((owner) => this.#ownerState(owner, namespace));
    if (states.includes('unknown')) return;
    if (states.includes('solid')) {
      if (!states.some((state) => state !== 'solid')) return;
      const left = owners.filter((_, index) => states[index] === 'solid');
      this.#write(resource, item.object, { ownerReferences: left });
      return;
    }
    const kind = storedKind(resource);
    const dependents = [...(this.#dependents.get(uid)?.values() ?? [])];
    const foreground = states.includes('waiting') && dependents.length > 0;
    if (foreground && dependents.some((one) => waitsForDependents(this.#get(one)))) {
      // A circle of owners: nobody in it may wait for this one.
      const unblocked = owners.map((owner) =>
        owner.blockOwnerDeletion ? { ...owner, blockOwnerDeletion: false } : owner,
      );
      this.#write(resource, item.object, { ownerReferences: unblocked });
    }
    const finalizers = item.object.metadata.finalizers ?? [];
    const own = finalizers.includes(ORPHAN) ? 'Orphan' : finalizers.includes(FOREGROUND) ? 'Foreground' : 'Background';
    const options = { propagationPolicy: foreground ? 'Foreground' : own, preconditions: { uid } };
    this.#registry.delete(kind, namespace, name, options, { dryRun: false });
  }

  /** The second half of a deletion that asked for its dependents to go first, or to stay. */
  #carryOut(place: Place): void {
    const item = this.#registry.store.get(place.resource, place.namespace, place.name);
    const { deletionTimestamp, finalizers = [], uid = '' } = item?.object.metadata ?? {};
    if (!item || !deletionTimestamp) return;
    const dependents = [...(this.#dependents.get(uid)?.values() ?? [])];
    if (finalizers.includes(ORPHAN)) {
      for (const dependent of dependents) this.#orphan(dependent, uid);
      this.#finalized(place, ORPHAN);
      return;
    }
    if (!finalizers.includes(FOREGROUND)) return;
    let blocking = 0;
    for (const dependent of dependents) {
      const reference = this.#get(dependent)?.object.metadata.ownerReferences?.find((one) => one.uid === uid);
      if (!reference) continue;
      if (reference.blockOwnerDeletion) blocking++;
      this.#enqueueDependent(dependent);
    }
    if (blocking === 0) this.#finalized(place, FOREGROUND);
  }

  #orphan({ resource, namespace, name }: Place, uid: string): void {
    const item = this.#registry.store.get(resource, namespace, name);
    const owners = item?.object.metadata.ownerReferences ?? [];
    if (item) this.#write(resource, item.object, { ownerReferences: owners.filter((one) => one.uid !== uid) });
  }

  #finalized({ resource, namespace, name }: Place, finalizer: string): void {
    const item = this.#registry.store.get(resource, namespace, name);
    const finalizers = item?.object.metadata.finalizers ?? [];
    if (item) this.#write(resource, item.object, { finalizers: finalizers.filter((one) => one !== finalizer) });
  }

  #write(
    resource: string,
    { metadata: { namespace = '', name = '' } }: KubeObject,
    change: Partial<KubeObject['metadata']>,
  ): void {
    updateAs(this.#registry, MANAGER, { resource, namespace, name }, (live) => {
      const metadata = { ...live.metadata, ...change };
      if (metadata.ownerReferences?.length === 0) delete metadata.ownerReferences;
      if (metadata.finalizers?.length === 0) delete metadata.finalizers;
      return { ...live, metadata };
    });
  }
}

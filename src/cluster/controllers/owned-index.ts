import type { KubeObject } from '../api/object.ts';
import type { Registry } from '../registry/registry.ts';
import type { Change } from '../store/store.ts';
import { controllerOf } from '../api/pods.ts';

/** Objects by a text: a bucket a text, in the order in which they came. */
export class Buckets {
  readonly #buckets = new Map<string, Map<string, KubeObject>>();

  get(bucket: string): KubeObject[] {
    return [...(this.#buckets.get(bucket)?.values() ?? [])];
  }

  size(bucket: string): number {
    return this.#buckets.get(bucket)?.size ?? 0;
  }

  /** The texts that have an object. */
  keys(): IterableIterator<string> {
    return this.#buckets.keys();
  }

  put(bucket: string, key: string, object: KubeObject): void {
    let objects = this.#buckets.get(bucket);
    if (!objects) this.#buckets.set(bucket, (objects = new Map()));
    objects.set(key, object);
  }

  drop(bucket: string, key: string): void {
    const objects = this.#buckets.get(bucket);
    objects?.delete(key);
    if (objects?.size === 0) this.#buckets.delete(bucket);
  }
}

/**
 * The objects of a resource by `bucketOf`, kept up to date with every change, so that what is asked of one bucket does not cost
 * a look at all objects. An object whose bucket is undefined is in none.
 */
export class StoreIndex extends Buckets {
  constructor(registry: Registry, resource: string, bucketOf: (object: KubeObject) => string | undefined) {
    super();
    const changed = ({ type, item, old }: Pick<Change, 'type' | 'item' | 'old'>) => {
      const before = old && bucketOf(old.object);
      const now = type === 'DELETED' ? undefined : bucketOf(item.object);
      if (before !== undefined && before !== now) this.drop(before, item.key);
      if (now !== undefined) this.put(now, item.key, item.object);
    };
    for (const item of registry.store.list(resource)) changed({ type: 'ADDED', item, old: undefined });
    registry.store.subscribe((change) => {
      if (change.resource === resource) changed(change);
    });
  }
}

/** A resource's objects by the UID of their controller, and those without one by namespace. */
export class OwnedIndex {
  readonly #owned: StoreIndex;
  readonly #orphans: StoreIndex;

  constructor(registry: Registry, resource: string) {
    this.#owned = new StoreIndex(registry, resource, (object) => controllerOf(object)?.uid);
    this.#orphans = new StoreIndex(registry, resource, (object) =>
      controllerOf(object) ? undefined : (object.metadata.namespace ?? ''),
    );
  }

  /** What an owner with this UID controls. */
  of(uid: string): KubeObject[] {
    return this.#owned.get(uid);
  }

  /** What nobody controls in a namespace. */
  orphans(namespace: string): KubeObject[] {
    return this.#orphans.get(namespace);
  }
}

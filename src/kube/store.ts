import { keyOf } from './key.ts';
import type { KubeObject } from './objects.ts';
import { compareResourceVersions } from './resource-version.ts';

/** `(undefined, next)`: added. `(old, next)`: changed. `(old, undefined)`: deleted. */
export type ChangeHandler<T> = (old: T | undefined, next: T | undefined) => void;

export interface StoreOptions {
  /** Told what a change handler or an index function threw. Default: a process warning. */
  onError?: (error: unknown) => void;
}

interface Index<T> {
  valuesOf: (object: T) => string[];
  buckets: Map<string, Map<string, T>>;
}

/** One kind's objects as last seen, by key, with indexes. Objects in it are shared: never modify one. */
export class Store<T extends KubeObject> {
  /** Resolves at the first complete list. */
  readonly synced: Promise<void>;
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, Index<T>>();
  readonly #handlers = new Set<ChangeHandler<T>>();
  readonly #onError: (error: unknown) => void;
  #hasSynced = false;
  #resolveSynced: () => void = () => {};

  constructor(options: StoreOptions = {}) {
    this.#onError = options.onError ?? ((error) => process.emitWarning(error instanceof Error ? error : String(error)));
    this.synced = new Promise((resolve) => {
      this.#resolveSynced = resolve;
    });
  }

  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): T[] {
    return [...this.#objects.values()];
  }

  keys(): string[] {
    return [...this.#objects.keys()];
  }

  /** Adds a lookup by every value that `valuesOf` gives for an object. @throws when the name is taken. */
  addIndex(name: string, valuesOf: (object: T) => string[]): void {
    if (this.#indexes.has(name)) throw new Error(`index ${JSON.stringify(name)} exists already`);
    const index: Index<T> = { valuesOf, buckets: new Map() };
    this.#indexes.set(name, index);
    for (const [key, object] of this.#objects) this.#fill(index, key, object);
  }

  /** @throws when there is no such index. */
  byIndex(name: string, value: string): T[] {
    const index = this.#indexes.get(name);
    if (!index) throw new Error(`no index ${JSON.stringify(name)}`);
    return [...(index.buckets.get(value)?.values() ?? [])];
  }

  /**
   * Calls `handler` for every object now, then for every change, after the store has it. What it throws is reported and
   * harms neither the other handlers nor the store. Returns a function that unsubscribes.
   */
  onChange(handler: ChangeHandler<T>): () => void {
    this.#handlers.add(handler);
    for (const object of this.list()) this.#call(handler, undefined, object);
    return () => this.#handlers.delete(handler);
  }

  /** Makes the store hold exactly these objects. A list is the truth, even where it is older than what is held. */
  replace(objects: readonly T[]): void {
    const changes: [T | undefined, T | undefined][] = [];
    const listed = new Set<string>();
    for (const object of objects) {
      const key = keyOf(object);
      listed.add(key);
      const old = this.#objects.get(key);
      if (old && sameVersion(old, object)) continue;
      this.#put(key, old, object);
      changes.push([old, object]);
    }
    for (const [key, old] of this.#objects) {
      if (listed.has(key)) continue;
      this.#put(key, old, undefined);
      changes.push([old, undefined]);
    }
    for (const [old, next] of changes) this.#emit(old, next);
    this.#hasSynced = true;
    this.#resolveSynced();
  }

  /**
   * Takes in one object unless the store has it, or a newer one. A watch never goes back, but a caller may put the answer
   * of its own write here, and then the watch's older events arrive after it. Comparing is allowed: resource versions of
   * one kind are ordered (KEP-5504, promised since 1.35, and true of every earlier server on etcd).
   */
  upsert(object: T): void {
    const key = keyOf(object);
    const old = this.#objects.get(key);
    if (old && (sameVersion(old, object) || isOlder(object, old))) return;
    this.#put(key, old, object);
    this.#emit(old, object);
  }

  /** Takes out one object; handlers get it as last seen alive. A successor of the same name stays. */
  remove(object: T): void {
    const key = keyOf(object);
    const old = this.#objects.get(key);
    if (!old || (old.metadata.uid !== object.metadata.uid && isOlder(object, old))) return;
    this.#put(key, old, undefined);
    this.#emit(old, undefined);
  }

  #put(key: string, old: T | undefined, next: T | undefined): void {
    if (next) this.#objects.set(key, next);
    else this.#objects.delete(key);
    for (const index of this.#indexes.values()) {
      if (old) this.#empty(index, key, old);
      if (next) this.#fill(index, key, next);
    }
  }

  #fill(index: Index<T>, key: string, object: T): void {
    for (const value of this.#valuesOf(index, object)) {
      const bucket = index.buckets.get(value);
      if (bucket) bucket.set(key, object);
      else index.buckets.set(value, new Map([[key, object]]));
    }
  }

  #empty(index: Index<T>, key: string, object: T): void {
    for (const value of this.#valuesOf(index, object)) {
      const bucket = index.buckets.get(value);
      bucket?.delete(key);
      if (bucket?.size === 0) index.buckets.delete(value);
    }
  }

  #valuesOf(index: Index<T>, object: T): string[] {
    try {
      return index.valuesOf(object);
    } catch (error) {
      this.#onError(error);
      return [];
    }
  }

  #emit(old: T | undefined, next: T | undefined): void {
    for (const handler of this.#handlers) this.#call(handler, old, next);
  }

  #call(handler: ChangeHandler<T>, old: T | undefined, next: T | undefined): void {
    try {
      handler(old, next);
    } catch (error) {
      this.#onError(error);
    }
  }
}

/** A deleted and recreated object has another resource version too, but say so: an embedded server may count anew. */
function sameVersion(a: KubeObject, b: KubeObject): boolean {
  return a.metadata.resourceVersion === b.metadata.resourceVersion && a.metadata.uid === b.metadata.uid;
}

function isOlder(a: KubeObject, b: KubeObject): boolean {
  return compareResourceVersions(a.metadata.resourceVersion, b.metadata.resourceVersion) === -1;
}

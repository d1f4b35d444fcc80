/**
 * A store that knows a controller's own writes at once, not when the watch brings them back. Otherwise a sync would work on
 * what the sync before it has replaced; upstream notices that and tries again a second later.
 */
import { keyOf } from '../kube/key.ts';
import type { KubeObject } from '../kube/objects.ts';
import { compareResourceVersions } from '../kube/resource-version.ts';
import type { ChangeHandler, Store } from '../kube/store.ts';

export class OwnWrites<T extends KubeObject> {
  readonly #store: Store<T>;
  readonly #unsubscribe: () => void;
  /** The newest that the watch has shown. */
  #seen = '';
  #quiet = true;

  /**
   * The store must have been listed: what is in it now is no change. `onWatch` is not called for what was absorbed or
   * forgotten here.
   */
  constructor(store: Store<T>, onWatch: ChangeHandler<T>) {
    this.#store = store;
    this.#unsubscribe = store.onChange((old, next) => {
      if (this.#quiet) return;
      const version = next?.metadata.resourceVersion;
      if (version !== undefined && compareResourceVersions(version, this.#seen) !== -1) this.#seen = version;
      onWatch(old, next);
    });
    this.#quiet = false;
  }

  close(): void {
    this.#unsubscribe();
  }

  /** The answer to a create. */
  created(answer: T): void {
    // If the watch has come this far, and the store has it not, somebody has deleted it since.
    const order = compareResourceVersions(answer.metadata.resourceVersion, this.#seen);
    if (order === 1 || order === undefined || this.#store.get(keyOf(answer))) this.updated(answer);
  }

  /** The answer to an update. */
  updated(answer: T): void {
    delete (answer.metadata as { managedFields?: unknown }).managedFields;
    this.#quietly(() => this.#store.upsert(answer));
  }

  /** It turned out not to be there: in the store it would be written again and again. */
  forget(key: string): void {
    const object = this.#store.get(key);
    if (object) this.#quietly(() => this.#store.remove(object));
  }

  #quietly(change: () => void): void {
    this.#quiet = true;
    change();
    this.#quiet = false;
  }
}

import type { KubeObject, ObjectMeta } from '../api/object.ts';
import type { Database, RowChange } from './database.ts';

/** One version of one object. Never changed: a write makes a new one. */
export interface Item {
  /** `namespace/name`; the namespace is '' for cluster-wide kinds. */
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly revision: number;
  readonly object: KubeObject;
  /** The object as JSON, written once and sent to everyone. */
  readonly text: string;
  /** Other encodings, made by whoever needs one first. */
  readonly encoded: Map<string, Uint8Array | string>;
}

export interface Change {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  resource: string;
  revision: number;
  /** What is there now; for DELETED the last state, under the deletion's revision. */
  item: Item;
  old: Item | undefined;
}

/** A write: an object to put, or the key of one to remove. */
export type Write =
  | { resource: string; put: KubeObject }
  | { resource: string; remove: { namespace: string; name: string } };

type Listener = (change: Change) => void;

interface Table {
  items: Map<string, Item>;
  /** Every key, in order (that of etcd's keys). */
  keys: string[];
  listeners: Set<Listener>;
}

export interface HistoryLimits {
  /** How long a change is kept for watches and for pages of a list, in milliseconds. */
  ageMs: number;
  /** How many changes are kept at most. */
  count: number;
}

/** As kube-apiserver, which compacts etcd every five minutes. */
export const HISTORY: HistoryLimits = { ageMs: 300_000, count: 200_000 };

export const keyOf = (namespace: string, name: string): string => `${namespace}/${name}`;

/**
 * All objects in memory, every commit on disk before anyone sees it, and the last minutes' changes. Revisions grow by
 * one with each change of an object, over all resources, and never come again, also after a restart. Synchronous, so
 * that what reads and then writes in one go has no rival.
 */
export class Store {
  readonly #database: Database;
  readonly #limits: HistoryLimits;
  readonly #now: () => number;
  readonly #tables = new Map<string, Table>();
  #revision: number;
  /** Changes up to this revision are forgotten. */
  #compacted: number;
  #history: { change: Change; at: number }[] = [];
  readonly #everything = new Set<Listener>();

  constructor(database: Database, now: () => number, limits: HistoryLimits = HISTORY) {
    this.#database = database;
    this.#now = now;
    this.#limits = limits;
    const { rows, revision } = database.load();
    // As etcd, whose first revision is 1.
    this.#revision = Math.max(1, revision);
    this.#compacted = this.#revision;
    for (const { key, revision: at, value } of rows) {
      const [resource = '', namespace = '', name = ''] = key.split('/');
      const object = JSON.parse(value) as KubeObject;
      this.#insert(this.#table(resource), item(namespace, name, at, object, value));
    }
  }

  /** The latest revision. */
  get revision(): number {
    return this.#revision;
  }

  get compacted(): number {
    return this.#compacted;
  }

  get(resource: string, namespace: string, name: string): Item | undefined {
    return this.#tables.get(resource)?.items.get(keyOf(namespace, name));
  }

  /** How many objects a resource has. */
  size(resource: string): number {
    return this.#tables.get(resource)?.items.size ?? 0;
  }

  /** A resource's objects in the order of their keys, of one namespace or (undefined) of all; `after` skips up to a key. */
  *list(resource: string, namespace?: string, after?: string): IterableIterator<Item> {
    const table = this.#tables.get(resource);
    if (!table) return;
    const { keys, items } = table;
    const prefix = namespace === undefined ? '' : `${namespace}/`;
    let index = lowerBound(keys, prefix);
    if (after !== undefined) {
      index = Math.max(index, lowerBound(keys, after));
      if (keys[index] === after) index++;
    }
    for (; index < keys.length; index++) {
      const key = keys[index] as string;
      if (!key.startsWith(prefix)) return;
      const found = items.get(key);
      if (found) yield found;
    }
  }

  /**
   * As `list`, as it was at a revision; undefined when the changes since then are forgotten. Costs as much as has
   * changed since.
   */
  listAt(revision: number, resource: string, namespace?: string, after?: string): Item[] | undefined {
    if (revision < this.#compacted) return undefined;
    const then = new Map<string, Item | undefined>();
    for (let index = this.#history.length - 1; index >= 0; index--) {
      const { change } = this.#history[index] as { change: Change };
      if (change.revision <= revision) break;
      if (change.resource === resource) then.set(change.item.key, change.old);
    }
    const kept = [...this.list(resource, namespace, after)].filter((one) => !then.has(one.key));
    const prefix = namespace === undefined ? '' : `${namespace}/`;
    for (const [key, old] of then) {
      if (old && key.startsWith(prefix) && (after === undefined || key > after)) kept.push(old);
    }
    return then.size === 0 ? kept : kept.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  }

  /**
   * Makes all the changes or none, each with a revision of its own (the object gets it as its resourceVersion), and then
   * tells the watchers. Gives the items in the order of the writes.
   */
  commit(writes: readonly Write[]): Item[] {
    const changes: Change[] = [];
    const rows: RowChange[] = [];
    let revision = this.#revision;
    for (const write of writes) {
      const { resource } = write;
      const table = this.#table(resource);
      revision++;
      if ('put' in write) {
        const { namespace = '', name = '' } = write.put.metadata;
        const next = stamped(namespace, name, write.put, revision);
        const old = table.items.get(next.key);
        changes.push({ type: old ? 'MODIFIED' : 'ADDED', resource, revision, item: next, old });
        rows.push({ key: `${resource}/${next.key}`, revision, value: next.text });
      } else {
        const { namespace, name } = write.remove;
        const key = keyOf(namespace, name);
        const old = table.items.get(key);
        if (!old) throw new Error(`${resource} ${key} is not there to be removed`);
        changes.push({
          type: 'DELETED',
          resource,
          revision,
          item: stamped(namespace, name, old.object, revision),
          old,
        });
        rows.push({ key: `${resource}/${key}`, revision, value: undefined });
      }
    }
    this.#database.write(rows);
    this.#revision = revision;
    const at = this.#now();
    for (const change of changes) {
      const table = this.#table(change.resource);
      if (change.type === 'DELETED') this.#remove(table, change.item.key);
      else this.#insert(table, change.item);
      this.#history.push({ change, at });
    }
    this.#trim(at);
    for (const change of changes) {
      for (const listener of this.#everything) listener(change);
      for (const listener of this.#table(change.resource).listeners) listener(change);
    }
    return changes.map((change) => change.item);
  }

  /**
   * Calls `listener` with every change of a resource after a revision: first those that are remembered, then each as it
   * comes. Gives a function that ends it, or undefined when changes since that revision are forgotten (410 Gone).
   */
  watch(resource: string, after: number, listener: Listener): (() => void) | undefined {
    if (after < this.#compacted) return undefined;
    for (const { change } of this.#since(after)) if (change.resource === resource) listener(change);
    const { listeners } = this.#table(resource);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Calls `listener` with every change from now on, of any resource; it must not write. Gives a function that ends it. */
  subscribe(listener: Listener): () => void {
    this.#everything.add(listener);
    return () => this.#everything.delete(listener);
  }

  /** The names of all resources that have had an object. */
  resources(): string[] {
    return [...this.#tables.keys()];
  }

  /** Forgets all changes so far: older revisions are gone, as after etcd's compaction. */
  compact(): void {
    this.#history = [];
    this.#compacted = this.#revision;
  }

  close(): void {
    this.#database.close();
  }

  #since(revision: number): { change: Change; at: number }[] {
    let low = 0;
    let high = this.#history.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#history[middle] as { change: Change }).change.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#history.slice(low);
  }

  #trim(now: number): void {
    const oldest = now - this.#limits.ageMs;
    const [first] = this.#history;
    // Half of the count at a time: cutting a long array's head off is dear.
    const over = this.#history.length - this.#limits.count;
    if (over <= 0 && (!first || first.at >= oldest - this.#limits.ageMs)) return;
    let cut = over > 0 ? over + (this.#limits.count >> 1) : 0;
    while (cut < this.#history.length && (this.#history[cut] as { at: number }).at < oldest) cut++;
    if (cut === 0) return;
    this.#compacted = (this.#history[cut - 1] as { change: Change }).change.revision;
    this.#history = this.#history.slice(cut);
  }

  #table(resource: string): Table {
    let table = this.#tables.get(resource);
    if (!table) {
      table = { items: new Map(), keys: [], listeners: new Set() };
      this.#tables.set(resource, table);
    }
    return table;
  }

  #insert(table: Table, next: Item): void {
    if (!table.items.has(next.key)) {
      const last = table.keys.at(-1);
      if (last === undefined || last < next.key) table.keys.push(next.key);
      else table.keys.splice(lowerBound(table.keys, next.key), 0, next.key);
    }
    table.items.set(next.key, next);
  }

  #remove(table: Table, key: string): void {
    table.items.delete(key);
    table.keys.splice(lowerBound(table.keys, key), 1);
  }
}

function item(namespace: string, name: string, revision: number, object: KubeObject, text: string): Item {
  return { key: keyOf(namespace, name), namespace, name, revision, object, text, encoded: new Map() };
}

function stamped(namespace: string, name: string, object: KubeObject, revision: number): Item {
  const next = { ...object, metadata: withVersion(object.metadata, String(revision)) };
  return item(namespace, name, revision, next, JSON.stringify(next));
}

/** Behind the uid, where Go writes it: patches that fail show the object's text. */
function withVersion(metadata: ObjectMeta, resourceVersion: string): ObjectMeta {
  if (metadata.resourceVersion !== undefined) return { ...metadata, resourceVersion };
  const { name, generateName, namespace, selfLink, uid, ...rest } = metadata;
  return {
    ...(name !== undefined && { name }),
    ...(generateName !== undefined && { generateName }),
    ...(namespace !== undefined && { namespace }),
    ...(selfLink !== undefined && { selfLink }),
    ...(uid !== undefined && { uid }),
    resourceVersion,
    ...rest,
  };
}

/** The first index whose key is not below `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

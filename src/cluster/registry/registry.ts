import { type Exemption, invalid, type FieldError } from '../api/field-error.ts';
import type { KubeObject } from '../api/object.ts';
import { readVersion, unexpectedObjectVersion } from '../api/resource-version.ts';
import { alreadyExists, conflict, invalidError, MODIFIED, notFoundError, StatusError } from '../api/status.ts';
import { keepManagedTimes } from '../fields/manager.ts';
import { generationGrows } from '../kinds/generation.ts';
import { normaliseObject } from '../schema/decode.ts';
import type { Item, Store } from '../store/store.ts';
import { validateObjectMeta, validateObjectMetaUpdate } from '../validation/metadata.ts';
import { admitCreate, admitDelete, admitPod } from './admission.ts';
import { decideDeletion, type DeleteOptions, goesWithUpdate } from './deletion.ts';
import type { Allocated, Allocation } from './allocation.ts';
import { kindOf, nameConflict, otherUid, resourceOf, storageError } from './errors.ts';
import { type Served, storedKind } from './kinds.ts';
import { namespaceGoes, terminated } from './namespace-end.ts';
import { onlyStatus, type Part, warningsOf } from './parts.ts';
import { liveForm, storedForm } from './view.ts';
import {
  dedupeOwners,
  ensureName,
  ensureNamespace,
  keepSystemFields,
  same,
  setGeneration,
  wipeSystemFields,
} from '../api/metadata.ts';

/** What a write needs to know besides the object. */
export interface WriteOptions {
  dryRun: boolean;
  /** Takes the texts of Warning headers. */
  warn(text: string): void;
  /** '' for the object itself. */
  subresource: Part;
  /** The server's own write, which may say what a client may not: that it is found on loopback. */
  trusted?: boolean;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  uid(): string;
  /** A uniform integer in [0, below). */
  random(below: number): number;
}

export interface Result {
  object: KubeObject;
  /** The stored item, when there is one (not in a dry run). */
  item: Item | undefined;
}

const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** How often a generated name that is taken is rolled again. */
const NAME_ATTEMPTS = 8;

/** What a deletion made of a stored object, with its fields where they belong. */
const inOrder = (kind: Served, object: KubeObject): KubeObject =>
  normaliseObject(object, storedKind(kind.stored).schema);

/**
 * Creates, updates and deletes of every kind, in upstream's order (apiserver `registry/generic/registry/store.go`):
 * synchronous, so that nothing comes between reading what is there and writing what follows from it.
 */
export class Registry {
  readonly store: Store;
  readonly clock: Clock;
  readonly #allocations = new Map<string, Allocation>();
  readonly #exemptions = new Set<Exemption>();

  constructor(store: Store, clock: Clock) {
    this.store = store;
    this.clock = clock;
  }

  /** Puts an allocation around the writes of a kind, by its stored name. */
  allocate(stored: string, allocation: Allocation): void {
    this.#allocations.set(stored, allocation);
  }

  /** Lifts one of upstream's rules from here on. */
  exempt(rule: Exemption): void {
    this.#exemptions.add(rule);
  }

  /** Throws 422 for errors that count. */
  #check(kind: Served, name: string, errors: readonly FieldError[], trusted = false): void {
    const counting = errors.filter(({ exemption }) => !exemption || !this.#exemptions.has(exemption));
    if (counting.length > 0 && !trusted) throw invalidError(kindOf(kind), name, counting);
  }

  /** RFC 3339, whole seconds. */
  time(): string {
    return `${new Date(this.clock.now()).toISOString().slice(0, 19)}Z`;
  }

  get(kind: Served, namespace: string, name: string): Item {
    const found = this.store.get(kind.stored, namespace, name);
    if (!found) throw notFoundError(resourceOf(kind), name);
    return found;
  }

  /** Stores a new object. The object is the registry's from here on. */
  create(kind: Served, namespace: string, object: KubeObject, options: WriteOptions): Result {
    const { metadata } = object;
    if (metadata.name || !metadata.generateName) return this.#create(kind, namespace, object, options);
    const base = metadata.generateName.slice(0, 58);
    for (let attempt = 1; ; attempt++) {
      const copy = structuredClone(object);
      copy.metadata.name = base + this.#suffix();
      try {
        return this.#create(kind, namespace, copy, options);
      } catch (error) {
        const taken = error instanceof StatusError && error.reason === 'AlreadyExists';
        if (!taken || attempt === NAME_ATTEMPTS) throw error;
      }
    }
  }

  #suffix(): string {
    let suffix = '';
    for (let index = 0; index < 5; index++) suffix += ALPHABET[this.clock.random(ALPHABET.length)];
    return suffix;
  }

  #create(kind: Served, namespace: string, given: KubeObject, options: WriteOptions): Result {
    const { store } = this;
    let object = given;
    const duplicates = dedupeOwners(object, false);
    if (duplicates) options.warn(duplicates);
    wipeSystemFields(object);
    ensureNamespace(object, kind.namespaced ? namespace : '');
    object.metadata.creationTimestamp = this.time();
    object.metadata.uid = this.clock.uid();
    admitCreate(kind, object, store);
    if (kind.group === '' && kind.kind === 'Pod') admitPod(object, store);
    if (kind.status && !kind.statusOnCreate) delete object['status'];
    if (kind.generation) setGeneration(object, 1);
    const allocation = this.#allocations.get(kind.stored);
    const allocated =
      options.subresource === 'status'
        ? allocation?.createThroughStatus(object)
        : allocation?.create(object, options.dryRun);
    let errors: FieldError[];
    if (allocated) {
      object = normaliseObject(allocated.object, kind.schema);
      errors = allocated.errors;
      if (errors.length === 0) for (const text of allocated.warnings) options.warn(text);
    } else {
      kind.strategy?.prepareForCreate?.(object);
      object = normaliseObject(object, kind.schema);
      const rule = {
        namespaced: kind.namespaced,
        nameRule: kind.nameRule ?? 'dns1123-subdomain',
        generic: kind.anyFinalizer ?? false,
      } as const;
      errors = [
        ...validateObjectMeta(object.metadata, rule, 'metadata'),
        ...(kind.strategy?.validateCreate?.(object) ?? []),
      ];
    }
    const { name = '' } = object.metadata;
    this.#check(kind, name, errors, options.trusted);
    if (!allocated) for (const text of kind.strategy?.warnings?.(object, undefined) ?? []) options.warn(text);
    const { resourceVersion = '', generateName } = object.metadata;
    // What is no version at all is not looked at.
    if (!options.dryRun && readVersion(resourceVersion)) {
      throw new StatusError(500, '', 'resourceVersion should not be set on objects to be created');
    }
    const there = store.get(kind.stored, object.metadata.namespace ?? '', name);
    if (there) {
      const error = generateName ? nameConflict(kind, name) : alreadyExists(resourceOf(kind), name);
      if (!there.object.metadata.deletionTimestamp) throw error;
      throw new StatusError(409, error.reason, `object is being deleted: ${error.message}`, error.details);
    }
    if (options.dryRun) return { object, item: undefined };
    delete object.metadata.resourceVersion;
    const item = this.#commit(kind, object, allocated);
    return { object: item.object, item };
  }

  /**
   * Changes an object to what `change` makes of the live one (undefined when there is none: only where `mayCreate`, or
   * where the kind allows create on update). `uid` is a precondition.
   */
  update(
    kind: Served,
    namespace: string,
    name: string,
    change: (live: KubeObject | undefined) => KubeObject,
    options: WriteOptions & {
      mayCreate?: boolean;
      /** By a patch, which shows in a warning. */
      patched?: boolean;
      uid?: string | undefined;
      beforeCreate?(): void;
    },
  ): Result & { created: boolean } {
    const resource = resourceOf(kind);
    const live = this.store.get(kind.stored, kind.namespaced ? namespace : '', name);
    if (options.uid !== undefined && options.uid !== live?.object.metadata.uid) {
      if (!live && !(kind.createOnUpdate || options.mayCreate)) throw notFoundError(resource, name);
      const { uid = '' } = live?.object.metadata ?? {};
      throw conflict(resource, name, storageError(kind, namespace, name, otherUid(options.uid, uid), options.dryRun));
    }
    if (!live) {
      if (!(kind.createOnUpdate || options.mayCreate)) throw notFoundError(resource, name);
      const object = change(undefined);
      ensureNamespace(object, kind.namespaced ? namespace : '');
      ensureName(object, kind.namespaced ? namespace : '', name);
      delete object.metadata.resourceVersion;
      options.beforeCreate?.();
      return { ...this.#create(kind, namespace, object, options), created: true };
    }
    const old = liveForm(kind, live);
    let object = change(old);
    ensureNamespace(object, kind.namespaced ? namespace : '');
    ensureName(object, kind.namespaced ? namespace : '', name);
    const { resourceVersion = '' } = object.metadata;
    if (resourceVersion && readVersion(resourceVersion) === undefined) throw unexpectedObjectVersion(resourceVersion);
    if (!resourceVersion || resourceVersion === '0') {
      if (kind.conditionalUpdate) {
        const error = invalid('metadata.resourceVersion', 0, 'must be specified for an update');
        throw invalidError({ group: kind.group, name: kind.resource }, name, [error]);
      }
      object.metadata.resourceVersion = old.metadata.resourceVersion ?? '';
    } else if (resourceVersion !== old.metadata.resourceVersion) {
      throw conflict(resource, name, MODIFIED);
    }
    const warning = dedupeOwners(object, options.patched ?? false);
    if (warning) options.warn(warning);
    const written = this.#prepareUpdate(kind, object, old, options);
    object = written.object;
    // A change of nothing but times in managedFields is none.
    object = keepManagedTimes(old, object);
    if (goesWithUpdate(object, old)) {
      if (!options.dryRun) this.#remove(kind, old);
      return { object, item: undefined, created: false };
    }
    if (same(object, old)) return { object: old, item: live, created: false };
    if (options.dryRun) return { object, item: undefined, created: false };
    const item = this.#commit(kind, object, written.allocated);
    return { object: item.object, item, created: false };
  }

  #commit(kind: Served, object: KubeObject, allocated: Allocated | undefined): Item {
    const put = storedForm(kind, object);
    const [item] = this.store.commit([{ resource: kind.stored, put }, ...(allocated?.writes ?? [])]);
    allocated?.keep();
    if (!item) throw new Error('a commit without an item');
    return item;
  }

  #prepareUpdate(
    kind: Served,
    given: KubeObject,
    old: KubeObject,
    { subresource, dryRun, warn, trusted = false }: WriteOptions,
  ): { object: KubeObject; allocated: Allocated | undefined } {
    let object = given;
    setGeneration(object, old.metadata.generation);
    const allocation = this.#allocations.get(kind.stored);
    let allocated: Allocated | undefined;
    /** What a kind with an allocation says for itself. */
    let own: Pick<Allocated, 'object' | 'errors' | 'warnings'> | undefined;
    if (subresource === 'status') {
      object = onlyStatus(object, old, kind);
      own = allocation?.updateStatus(object, old);
      if (!own) kind.strategy?.prepareForStatusUpdate?.(object, old);
    } else {
      if (kind.status) object = { ...object, status: old['status'] };
      allocated = allocation?.update(object, old, dryRun);
      own = allocated;
      // A namespace's finalizers are what a write to `finalize` is about.
      if (!own && subresource === '') kind.strategy?.prepareForUpdate?.(object, old);
    }
    if (own) object = own.object;
    keepSystemFields(object, old);
    object = normaliseObject(object, kind.schema);
    if (subresource === '' && generationGrows(kind, object, old)) {
      setGeneration(object, (old.metadata.generation ?? 0) + 1);
    }
    const rule = { namespaced: kind.namespaced, nameRule: 'path-segment', generic: true } as const;
    const errors = [
      ...validateObjectMeta(object.metadata, rule, 'metadata'),
      ...validateObjectMetaUpdate(object.metadata, old.metadata, 'metadata', { generic: true }),
    ];
    if (own) errors.push(...own.errors);
    else if (subresource === 'status') errors.push(...(kind.strategy?.validateStatusUpdate?.(object, old) ?? []));
    else errors.push(...(kind.strategy?.validateUpdate?.(object, old) ?? []));
    this.#check(kind, old.metadata.name ?? '', errors, trusted);
    const warnings = own?.warnings ?? warningsOf(kind, subresource, object, old);
    for (const text of warnings ?? []) warn(text);
    return { object, allocated };
  }

  /** Deletes an object, or marks it as being deleted while finalizers or a grace period hold it. */
  delete(
    kind: Served,
    namespace: string,
    name: string,
    options: DeleteOptions,
    { dryRun }: Pick<WriteOptions, 'dryRun'>,
  ): { object: KubeObject; removed: boolean } {
    const live = this.get(kind, kind.namespaced ? namespace : '', name);
    const old = live.object;
    if (options.ignoreStoreReadErrorWithClusterBreakingPotential) {
      const why = 'unsafe deletion is not allowed because the object is decodable from storage';
      throw conflict(resourceOf(kind), name, storageError(kind, namespace, name, why));
    }
    admitDelete(kind, old);
    if (kind.group === '' && kind.kind === 'Namespace' && !namespaceGoes(old)) {
      const object = inOrder(kind, terminated(resourceOf(kind), old, options, this.time()));
      if (dryRun || same(object, old)) return { object, removed: false };
      const [item] = this.store.commit([{ resource: kind.stored, put: object }]);
      return { object: item?.object ?? object, removed: false };
    }
    const grace = kind.gracePeriod?.(old);
    const kindName = { group: kind.group, name: kind.kind };
    const decision = decideDeletion(old, options, grace, kindName, this.time());
    if (decision.act === 'pending') return { object: old, removed: false };
    if (decision.act === 'remove') {
      if (dryRun) return { object: decision.object, removed: true };
      return { object: this.#remove(kind, old), removed: true };
    }
    const object = inOrder(kind, decision.object);
    if (dryRun || same(object, old)) return { object, removed: false };
    const [item] = this.store.commit([{ resource: kind.stored, put: object }]);
    return { object: item?.object ?? object, removed: false };
  }

  #remove(kind: Served, old: KubeObject): KubeObject {
    const { namespace = '', name = '' } = old.metadata;
    const released = this.#allocations.get(kind.stored)?.remove(old);
    const [item] = this.store.commit([
      { resource: kind.stored, remove: { namespace, name } },
      ...(released?.writes ?? []),
    ]);
    released?.keep();
    return item?.object ?? old;
  }
}

import type { JsonObject, KubeObject, ManagedFieldsEntry } from '../api/object.ts';
import { normalise } from '../schema/decode.ts';
import type { StructSchema } from '../schema/schema.ts';
import { structAtom } from './atom.ts';
import { capUpdaters } from './cap.ts';
import { fieldElement } from './element.ts';
import { type Managed, managerId } from './managers.ts';
import { difference, type FieldSet, setOf, union } from './set.ts';
import { type Rules, updateOwners, type Versioned } from './updater.ts';

/** What updates and applies share. */

export interface FieldsWrite {
  schema: StructSchema;
  /** `v1`, `apps/v1` */
  apiVersion: string;
  /** `fieldManager` of the request, or the first part of its user agent. */
  manager: string;
  /** '' for none. */
  subresource: string;
  /** RFC 3339, whole seconds. */
  now: string;
  /**
   * Fields that this endpoint's strategy resets and so are never owned through it, as paths: [['status']] on the main
   * resource of kinds with a status subresource, [['spec'], …] on status (each strategy's GetResetFields).
   */
  reset: readonly (readonly string[])[];
  /** The object in another version that an entry names; without it such entries are dropped, as of unknown versions. */
  convert?(object: JsonObject, apiVersion: string): Versioned | undefined;
}

/** The owner while an update is worked out; its fields then go to the manager. */
const CURRENT = 'current-operation';

/** Identity and bookkeeping: nobody owns them (`stripmeta.go`). */
const STRIPPED = setOf(
  [
    ['apiVersion'],
    ['kind'],
    ['metadata'],
    ['metadata', 'name'],
    ['metadata', 'namespace'],
    ['metadata', 'creationTimestamp'],
    ['metadata', 'selfLink'],
    ['metadata', 'uid'],
    ['metadata', 'clusterName'],
    ['metadata', 'generation'],
    ['metadata', 'managedFields'],
    ['metadata', 'resourceVersion'],
  ].map((path) => path.map(fieldElement)),
);

const resets = new WeakMap<FieldsWrite['reset'], FieldSet>();

export function rulesOf({ schema, apiVersion, reset, convert }: FieldsWrite): Rules {
  let set = resets.get(reset);
  if (!set) {
    set = setOf(reset.map((path) => path.map(fieldElement)));
    resets.set(reset, set);
  }
  return { atom: structAtom(schema), apiVersion, reset: set, convert: convert ?? (() => undefined) };
}

const emptyObjects = new WeakMap<StructSchema, JsonObject>();

/** What a create is compared with: an object in which nothing is set. */
export function emptyObject({ schema, apiVersion }: FieldsWrite, kind: string): JsonObject {
  let empty = emptyObjects.get(schema);
  if (!empty) {
    empty = normalise({ apiVersion, kind }, schema).value;
    emptyObjects.set(schema, empty);
  }
  return empty;
}

export function withEntries(object: KubeObject, entries: ManagedFieldsEntry[] | undefined): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata: entries ? { ...metadata, managedFields: entries } : metadata };
}

/** Gives `manager` what a change made; an entry that took something gets the time of now. */
export function trackChange(
  before: JsonObject,
  now: JsonObject,
  managed: Managed,
  write: FieldsWrite,
  manager: string,
): void {
  const { managers, times } = managed;
  updateOwners(rulesOf(write), before, now, managers, CURRENT);
  strip(managed, CURRENT);
  const taken = managers.get(CURRENT);
  if (taken) {
    managers.delete(CURRENT);
    const id = idOf(write, manager, 'Update');
    const previous = managers.get(id);
    managers.set(id, previous ? { ...taken, set: union(taken.set, previous.set) } : taken);
    times.set(id, write.now);
  }
  capUpdaters(managed);
}

export const idOf = (
  { apiVersion, subresource }: FieldsWrite,
  manager: string,
  operation: 'Apply' | 'Update',
): string => managerId({ manager: manager || 'unknown', operation, apiVersion, subresource });

export function strip({ managers }: Managed, id: string): void {
  const owned = managers.get(id);
  if (!owned) return;
  const set = difference(owned.set, STRIPPED);
  if (set.size === 0) managers.delete(id);
  else managers.set(id, { ...owned, set });
}

import type { Json, JsonObject } from '../api/object.ts';
import { type Atom, structAtom } from './atom.ts';
import { compareObjects, type Comparison, filterComparison } from './compare.ts';
import type { Path } from './element.ts';
import type { Managers, Owned } from './managers.ts';
import { mergeValues } from './merge.ts';
import { removeItems } from './remove.ts';
import { difference, EMPTY, type FieldSet, intersection, paths, recursiveDifference, union } from './set.ts';
import { reconcile, toFieldSet, withNamedFields } from './to-set.ts';
import { compareText, equalValues } from './value.ts';
import type { StructSchema } from '../schema/schema.ts';

/** How owners change with an object (structured-merge-diff `merge/update.go`). Managers are changed in place. */

/** An object in another version of its kind. */
export interface Versioned {
  schema: StructSchema;
  object: JsonObject;
}

/** What the operations need to know about a kind. */
export interface Rules {
  atom: Atom;
  apiVersion: string;
  /** Fields that can't be owned through the endpoint. */
  reset: FieldSet;
  /** The object in another version; undefined when there is no such version of the kind. */
  convert(object: JsonObject, apiVersion: string): Versioned | undefined;
}

/** A field that an applier wants and somebody else owns. */
export interface Conflict {
  /** Identifier of the owner. */
  id: string;
  path: Path;
}

/** Fields of others in the way of an apply that does not force. */
export class Conflicts extends Error {
  override name = 'Conflicts';
  readonly list: readonly Conflict[];

  constructor(list: readonly Conflict[]) {
    super('conflicts');
    this.list = list;
  }
}

/** Objects are compared in each owner's version. */
class Versions {
  readonly #rules: Rules;
  readonly #old: JsonObject;
  readonly #now: JsonObject;
  readonly #known = new Map<string, Comparison | undefined>();

  constructor(rules: Rules, old: JsonObject, now: JsonObject) {
    this.#rules = rules;
    this.#old = old;
    this.#now = now;
  }

  /** Undefined for a version that the kind does not have. */
  comparison(apiVersion: string): Comparison | undefined {
    if (this.#known.has(apiVersion)) return this.#known.get(apiVersion);
    const comparison = this.#compare(apiVersion);
    this.#known.set(apiVersion, comparison);
    return comparison;
  }

  #compare(apiVersion: string): Comparison | undefined {
    const { atom, reset, convert } = this.#rules;
    if (apiVersion === this.#rules.apiVersion) {
      return filterComparison(compareObjects(atom, this.#old, this.#now), reset);
    }
    const old = convert(this.#old, apiVersion);
    const now = convert(this.#now, apiVersion);
    if (!old || !now) return undefined;
    return filterComparison(compareObjects(structAtom(now.schema), old.object, now.object), reset);
  }
}

const isEmpty = (set: FieldSet): boolean => set.size === 0;

/** What others lose by a change. Throws Conflicts when they would lose what they own and `force` is not set. */
function takeFromOthers(
  rules: Rules,
  old: JsonObject,
  now: JsonObject,
  managers: Managers,
  self: string,
  force: boolean,
) {
  const versions = new Versions(rules, old, now);
  const mine = versions.comparison(rules.apiVersion) as Comparison;
  const conflicts = new Map<string, FieldSet>();
  const removed = new Map<string, FieldSet>();
  for (const [id, owned] of managers) {
    if (id === self) continue;
    const comparison = versions.comparison(owned.apiVersion);
    if (!comparison) {
      managers.delete(id);
      continue;
    }
    const conflict = intersection(owned.set, union(comparison.modified, comparison.added));
    if (!isEmpty(conflict)) conflicts.set(id, conflict);
    if (!isEmpty(comparison.removed)) removed.set(id, comparison.removed);
  }
  if (!force && conflicts.size > 0) throw new Conflicts(conflictList(conflicts));
  for (const lost of [conflicts, removed]) {
    for (const [id, set] of lost) {
      const owned = managers.get(id) as Owned;
      managers.set(id, { ...owned, set: difference(owned.set, set) });
    }
  }
  for (const [id, owned] of managers) if (isEmpty(owned.set)) managers.delete(id);
  return mine;
}

/** Upstream has the managers in no order; ours is the one of its messages. */
function conflictList(conflicts: ReadonlyMap<string, FieldSet>): Conflict[] {
  const ids = [...conflicts.keys()].sort(compareText);
  return ids.flatMap((id) => paths(conflicts.get(id) ?? EMPTY).map((path) => ({ id, path })));
}

/** After a change that was no apply: `self` owns what it changed, everybody else loses it. */
export function updateOwners(rules: Rules, old: JsonObject, now: JsonObject, managers: Managers, self: string): void {
  reconcileManagers(rules, old, managers);
  const { removed, modified, added } = takeFromOthers(rules, old, now, managers, self, true);
  const before = managers.get(self)?.set ?? EMPTY;
  const set = union(union(difference(before, removed), modified), added);
  setOwned(managers, self, {
    set: recursiveDifference(set, rules.reset),
    apiVersion: rules.apiVersion,
    applied: false,
  });
}

function setOwned(managers: Managers, id: string, owned: Owned): void {
  if (isEmpty(owned.set)) managers.delete(id);
  else managers.set(id, owned);
}

/**
 * Merges an applied object into the live one. Gives the result, or undefined when it equals the live object. Throws
 * Conflicts.
 */
export function applyToObject(
  rules: Rules,
  live: JsonObject,
  applied: JsonObject,
  managers: Managers,
  self: string,
  force: boolean,
): JsonObject | undefined {
  reconcileManagers(rules, live, managers);
  const merged = mergeValues(rules.atom, live, applied) as JsonObject;
  const last = managers.get(self);
  const set = recursiveDifference(toFieldSet(rules.atom, applied), rules.reset);
  managers.set(self, { set, apiVersion: rules.apiVersion, applied: true });
  const now = prune(rules, merged, managers, last);
  takeFromOthers(rules, live, now, managers, self, force);
  return equalValues(live, now) ? undefined : now;
}

function reconcileManagers(rules: Rules, live: JsonObject, managers: Managers): void {
  for (const [id, owned] of managers) {
    const atom = owned.apiVersion === rules.apiVersion ? rules.atom : atomOf(rules, live, owned.apiVersion);
    if (!atom) {
      managers.delete(id);
      continue;
    }
    const set = reconcile(owned.set, atom);
    if (set !== owned.set) managers.set(id, { ...owned, set });
  }
}

function atomOf(rules: Rules, object: JsonObject, apiVersion: string): Atom | undefined {
  const versioned = rules.convert(object, apiVersion);
  return versioned && structAtom(versioned.schema);
}

/**
 * Removes what `self` applied last time and does not now, unless somebody else owns it: lists of the merged object are
 * cut to what is owned, then everything that never was this applier's is put back.
 */
function prune(rules: Rules, merged: JsonObject, managers: Managers, last: Owned | undefined): JsonObject {
  if (!last || isEmpty(last.set)) return merged;
  if (last.apiVersion === rules.apiVersion) return pruneIn(rules, rules.atom, merged, managers, last);
  const versioned = rules.convert(merged, last.apiVersion);
  if (!versioned) return merged;
  const pruned = pruneIn(rules, structAtom(versioned.schema), versioned.object, managers, last);
  return rules.convert(pruned, rules.apiVersion)?.object ?? pruned;
}

function pruneIn(rules: Rules, atom: Atom, merged: JsonObject, managers: Managers, last: Owned): JsonObject {
  const lastSet = withNamedFields(last.set, atom);
  let pruned = removeItems(atom, merged, lastSet) as JsonObject;
  for (const [apiVersion, owned] of ownedByVersion(managers, last.apiVersion)) {
    pruned = addBackOwned(rules, atom, last.apiVersion, merged, pruned, apiVersion, owned);
  }
  const mergedSet = withNamedFields(toFieldSet(atom, merged), atom);
  const prunedSet = withNamedFields(toFieldSet(atom, pruned), atom);
  const dangling = intersection(difference(mergedSet, prunedSet), lastSet);
  return removeItems(atom, merged, dangling) as JsonObject;
}

/** The version that is pruned in comes first. */
function ownedByVersion(managers: Managers, first: string): [string, FieldSet][] {
  const out = new Map<string, FieldSet>();
  for (const { set, apiVersion } of managers.values()) out.set(apiVersion, union(out.get(apiVersion) ?? EMPTY, set));
  return [...out].sort(([one], [other]) => Number(other === first) - Number(one === first));
}

function addBackOwned(
  rules: Rules,
  atom: Atom,
  prunedVersion: string,
  merged: JsonObject,
  pruned: JsonObject,
  apiVersion: string,
  owned: FieldSet,
): JsonObject {
  if (apiVersion === prunedVersion) return addBack(atom, merged, pruned, owned);
  const [from, to] = [rules.convert(merged, apiVersion), rules.convert(pruned, apiVersion)];
  if (!from || !to) return pruned;
  const back = addBack(structAtom(from.schema), from.object, to.object, owned);
  return rules.convert(back, prunedVersion)?.object ?? pruned;
}

function addBack(atom: Atom, merged: JsonObject, pruned: JsonObject, owned: FieldSet): JsonObject {
  const named = (value: Json) => withNamedFields(toFieldSet(atom, value), atom);
  const gone = difference(named(merged), union(named(pruned), withNamedFields(owned, atom)));
  return removeItems(atom, merged, gone) as JsonObject;
}

import type { Json, JsonObject } from '../api/object.ts';
import { own } from '../api/own.ts';
import {
  type Atom,
  deduce,
  type ListAtom,
  LIST,
  MAP,
  type MapAtom,
  memberAtom,
  memberElement,
  SCALAR,
} from './atom.ts';
import type { Element } from './element.ts';
import { itemElement } from './items.ts';
import { type Builder, builder, type FieldSet, insert, recursiveDifference } from './set.ts';
import { equalValues, isMap, type Value } from './value.ts';

/** What differs between two objects: no path is in more than one of the sets (`typed/compare.go`). */
export interface Comparison {
  removed: FieldSet;
  modified: FieldSet;
  added: FieldSet;
}

interface Walk {
  removed: Builder;
  modified: Builder;
  added: Builder;
  path: Element[];
}

/** Compares two values of one type. Throws ItemError for list items that have no name. */
export function compareObjects(atom: Atom, old: Json, now: Json): Comparison {
  const walk: Walk = { removed: builder(), modified: builder(), added: builder(), path: [] };
  compare(walk, atom, old, now);
  return walk;
}

/** Without some fields and everything below them. */
export function filterComparison(comparison: Comparison, without: FieldSet): Comparison {
  if (without.size === 0) return comparison;
  return {
    removed: recursiveDifference(comparison.removed, without),
    modified: recursiveDifference(comparison.modified, without),
    added: recursiveDifference(comparison.added, without),
  };
}

function compare(walk: Walk, atom: Atom, old: Value, now: Value): void {
  const picked = deduce(atom, now === undefined ? old : now);
  if (old !== undefined && now !== undefined) {
    const before = deduce(atom, old);
    if (before !== picked) handle(walk, atom, before, old, now);
    handle(walk, atom, picked, old, now);
    return;
  }
  const whole = handle(walk, atom, picked, old, now);
  if (!whole) insert(old === undefined ? walk.added : walk.removed, walk.path);
}

/** Returns whether the values were compared whole. */
function handle(walk: Walk, atom: Atom, picked: number, old: Value, now: Value): boolean {
  if (picked & MAP) return compareMaps(walk, atom.map as MapAtom, old, now);
  if (picked & SCALAR) return compareWhole(walk, old, now);
  if (picked & LIST) return compareLists(walk, atom.list as ListAtom, old, now);
  return false;
}

function compareWhole(walk: Walk, old: Value, now: Value): true {
  if (old === undefined) insert(walk.added, walk.path);
  else if (now === undefined) insert(walk.removed, walk.path);
  else if (!equalValues(old, now)) insert(walk.modified, walk.path);
  return true;
}

const isEmpty = (map: JsonObject | undefined): boolean => {
  for (const _ in map) return false;
  return true;
};

function compareMaps(walk: Walk, map: MapAtom, old: Value, now: Value): boolean {
  const left = isMap(old) ? old : undefined;
  const right = isMap(now) ? now : undefined;
  // Empty and null are told apart by comparing them whole.
  if (map.atomic || (isEmpty(left) && isEmpty(right))) return compareWhole(walk, old, now);
  if (left) {
    for (const key in left) compareMember(walk, map, key, left[key], right && own(right, key));
  }
  if (right) {
    for (const key in right) {
      if (!left || !Object.hasOwn(left, key)) compareMember(walk, map, key, undefined, right[key]);
    }
  }
  return false;
}

function compareMember(walk: Walk, map: MapAtom, key: string, old: Value, now: Value): void {
  // Most of an object usually stays what it is; the very same value needs no look inside.
  if (old === now) return;
  const atom = memberAtom(map, key);
  if (!atom) return;
  walk.path.push(memberElement(map, key));
  compare(walk, atom, old, now);
  walk.path.pop();
}

function compareLists(walk: Walk, list: ListAtom, old: Value, now: Value): boolean {
  const left = Array.isArray(old) ? old : undefined;
  const right = Array.isArray(now) ? now : undefined;
  if (list.atomic || (!left?.length && !right?.length)) return compareWhole(walk, old, now);
  const before = byElement(list, left);
  const after = byElement(list, right);
  for (const [element, items] of before) compareItems(walk, list, element, items, after.get(element) ?? []);
  for (const [element, items] of after) if (!before.has(element)) compareItems(walk, list, element, [], items);
  return false;
}

/** Items by their elements, several where a list has duplicates. */
function byElement(list: ListAtom, items: readonly Json[] | undefined): Map<Element, Json[]> {
  const out = new Map<Element, Json[]>();
  for (const item of items ?? []) {
    const element = itemElement(list, item);
    const same = out.get(element);
    if (same) same.push(item);
    else out.set(element, [item]);
  }
  return out;
}

/** Duplicates are one thing that is owned whole; among them nobody owns fields. */
function compareItems(walk: Walk, list: ListAtom, element: Element, old: readonly Json[], now: readonly Json[]): void {
  walk.path.push(element);
  if (old.length <= 1 && now.length <= 1) {
    compare(walk, list.item, old[0], now[0]);
  } else if (old.length >= 2 && now.length >= 2) {
    const same = old.length === now.length && old.every((item, index) => equalValues(item, now[index] as Json));
    if (!same) insert(walk.modified, walk.path);
  } else if (old.length >= 2) {
    if (now.length > 0) compare(walk, list.item, undefined, now[0]);
    insert(walk.removed, walk.path);
  } else {
    if (old.length > 0) compare(walk, list.item, old[0], undefined);
    insert(walk.added, walk.path);
  }
  walk.path.pop();
}

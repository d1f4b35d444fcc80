import type { Json, JsonObject } from '../api/object.ts';
import { listsOfLists, noMergeKey, panics, plainError, wrongArgument } from './errors.ts';
import { literalOf } from '../schema/json.ts';
import { type GoType, goText, goType } from './go-value.ts';

/**
 * The order of merged lists in a strategic merge patch: items of the patch keep the patch's order, the others the
 * server's (apimachinery `pkg/util/strategicpatch`, KEP "preserve-order-in-strategic-merge-patch").
 */

export const isMap = (value: Json | undefined): value is JsonObject => goType(value) === 'map';

/** Go's `==` of two interfaces: maps and lists cannot be compared. */
export function same(a: Json | undefined, b: Json | undefined): boolean {
  const type = goType(a);
  if ((type === 'map' || type === 'slice') && goType(b) === type) throw panics();
  return comparable(a ?? null) === comparable(b ?? null);
}

/** A value as a key of JavaScript's maps and sets. */
type Hashed = Json | symbol;

/** A set of values, as the keys of a Go map. */
export const valueSet = (values: readonly Json[]): Set<Hashed> => new Set(values.map(hashable));

/** Maps and lists cannot be keys. */
export function hashable(value: Json): Hashed {
  const key = comparable(value);
  if (typeof key === 'object' && key !== null) throw panics();
  return key;
}

/** To Go, an integer and a float are never the same. */
function comparable(value: Json): Hashed {
  const type = goType(value);
  if (type !== 'float64' && type !== 'int64') return value;
  const number = Number(literalOf(value) ?? value);
  return type === 'int64' ? number : Symbol.for(`float64 ${number}`);
}

/** The one type of all items; throws when they differ, for lists of lists and when there are no items. */
export function itemsType(...lists: Json[][]): GoType {
  let type: GoType | undefined;
  for (const list of lists) {
    for (const item of list) {
      const current = goType(item);
      if (type === undefined) {
        if (current === 'nil') throw panics();
        if (current === 'slice') throw listsOfLists();
        type = current;
      } else if (type !== current) {
        throw plainError(`list element types are not identical: ${goText(lists)}`);
      }
    }
  }
  if (type === undefined) throw plainError('no elements in any of the given slices');
  return type;
}

/** The first item of a list of maps that has this value of the merge key; -1 when none has. */
export function findByKey(list: readonly Json[], key: string, value: Json): number {
  for (let index = 0; index < list.length; index++) {
    const item = list[index];
    if (!isMap(item)) throw plainError(`value for key ${index} is not a map`);
    if (key in item && same(item[key], value)) return index;
  }
  return -1;
}

/** Items that `by` has too, and the others. */
export function partition(list: readonly Json[], by: readonly Json[], mergeKey: string): [Json[], Json[]] {
  const inPatch: Json[] = [];
  const serverOnly: Json[] = [];
  const values = mergeKey ? undefined : valueSet(by);
  for (const item of list) {
    let found: boolean;
    if (values) found = values.has(hashable(item));
    else {
      if (!isMap(item)) throw wrongArgument('map[string]interface {}', item);
      if (!(mergeKey in item)) throw noMergeKey(item, mergeKey);
      found = findByKey(by, mergeKey, item[mergeKey] as Json) >= 0;
    }
    (found ? inPatch : serverOnly).push(item);
  }
  return [inPatch, serverOnly];
}

/** Sorts both parts by their order and weaves them: the server's items stay where they were as far as possible. */
export function ordered(
  patch: Json[],
  serverOnly: Json[],
  patchOrder: readonly Json[],
  serverOrder: readonly Json[],
  mergeKey: string,
  type: GoType,
): Json[] {
  const right = sorted(patch, patchOrder, mergeKey, type);
  const left = sorted(serverOnly, serverOrder, mergeKey, type);
  const rank = ranks(serverOrder, mergeKey, type);
  const all: Json[] = [];
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    if (i >= left.length) all.push(right[j++] as Json);
    else if (j >= right.length) all.push(left[i++] as Json);
    else {
      const l = rank(left[i] as Json);
      const r = rank(right[j] as Json);
      if (l >= 0 && r >= 0 && l < r) all.push(left[i++] as Json);
      else all.push(right[j++] as Json);
    }
  }
  return all;
}

/** Where an item stands in an order; -1 for one that is not in it. */
function ranks(order: readonly Json[], mergeKey: string, type: GoType): (item: Json) => number {
  const valueOf = (item: Json): Json => (type !== 'map' ? item : isMap(item) ? (item[mergeKey] ?? null) : null);
  const places = new Map<Hashed, number>();
  order.forEach((item, index) => {
    const value = comparable(valueOf(item));
    if (!places.has(value)) places.set(value, index);
  });
  return (item) => {
    const value = comparable(valueOf(item));
    if (typeof value === 'object' && value !== null && order.length > 0) throw panics();
    return places.get(value) ?? -1;
  };
}

function sorted(list: Json[], order: readonly Json[], mergeKey: string, type: GoType): Json[] {
  let keep = list;
  let deleted: Json[] = [];
  if (type === 'map') {
    for (const item of [...list, ...order]) {
      if (!isMap(item)) throw wrongArgument('map[string]interface {}', item);
      if (!(mergeKey in item)) throw noMergeKey(item, mergeKey);
    }
    [keep, deleted] = withoutDeletions(list);
  }
  const rank = ranks(order, mergeKey, type);
  const ranked = keep.map((item) => ({ item, rank: rank(item) }));
  if (ranked.every((one) => one.rank >= 0)) ranked.sort((a, b) => a.rank - b.rank);
  else insertionSort(ranked);
  return [...ranked.map((one) => one.item), ...deleted];
}

/**
 * Upstream's comparison says "less" of everything that has no place, in both directions; what comes of it depends on
 * the algorithm, which is an insertion sort for up to 20 items.
 */
function insertionSort(list: { rank: number }[]): void {
  for (let i = 1; i < list.length; i++) {
    for (let j = i; j > 0; j--) {
      const one = list[j];
      const before = list[j - 1];
      if (!one || !before) break;
      const less = one.rank >= 0 && before.rank >= 0 ? one.rank < before.rank : true;
      if (!less) break;
      list[j] = before;
      list[j - 1] = one;
    }
  }
}

/** Items to keep, and those that are marked `$patch: delete`. */
export function withoutDeletions(list: readonly Json[]): [Json[], Json[]] {
  const keep: Json[] = [];
  const deleted: Json[] = [];
  for (const item of list) {
    if (!isMap(item)) throw wrongArgument('map[string]interface {}', item);
    (item['$patch'] === 'delete' ? deleted : keep).push(item);
  }
  return [keep, deleted];
}

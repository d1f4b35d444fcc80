import type { Json, JsonObject } from '../api/object.ts';
import { own, put } from '../api/own.ts';
import { type Atom, deduce, type ListAtom, LIST, MAP, type MapAtom, memberAtom, SCALAR } from './atom.ts';
import type { Element } from './element.ts';
import { itemElement } from './items.ts';
import { isMap, type Value } from './value.ts';

/**
 * A live value with an applied one laid over it (`typed/merge.go`): nothing is removed, leaves of the applied one win,
 * lists take the applied order. Undefined when there is nothing.
 */
export function mergeValues(atom: Atom, live: Value, applied: Value): Value {
  const picked = deduce(atom, applied === undefined ? live : applied);
  if (picked & MAP) return mergeMaps(atom.map as MapAtom, live, applied);
  if (picked & SCALAR) return applied === undefined ? live : applied;
  if (picked & LIST) return mergeLists(atom.list as ListAtom, live, applied);
  return undefined;
}

const isEmpty = (map: JsonObject | undefined): boolean => {
  for (const _ in map) return false;
  return true;
};

function mergeMaps(map: MapAtom, live: Value, applied: Value): Value {
  const left = isMap(live) ? live : undefined;
  const right = isMap(applied) ? applied : undefined;
  if (map.atomic || (isEmpty(left) && isEmpty(right))) return applied === undefined ? live : applied;
  const out: JsonObject = {};
  let some = false;
  const merge = (key: string, mine: Value, theirs: Value) => {
    const atom = memberAtom(map, key);
    const merged = atom && mergeValues(atom, mine, theirs);
    if (merged === undefined) return;
    some = true;
    put(out, key, merged);
  };
  for (const key in left) merge(key, left[key], right && own(right, key));
  for (const key in right) if (!left || !Object.hasOwn(left, key)) merge(key, undefined, right[key]);
  return some ? out : undefined;
}

function mergeLists(list: ListAtom, live: Value, applied: Value): Value {
  const left = Array.isArray(live) ? live : [];
  const right = Array.isArray(applied) ? applied : [];
  if (list.atomic || (left.length === 0 && right.length === 0)) return applied === undefined ? live : applied;
  const out = mergeItems(list, left, right);
  return out.length > 0 ? out : undefined;
}

/** Live items by element; duplicates are not merged with anything: null. */
function liveItems(elements: readonly Element[], items: readonly Json[]): Map<Element, Json> {
  const out = new Map<Element, Json>();
  for (const [index, element] of elements.entries()) out.set(element, out.has(element) ? null : (items[index] as Json));
  return out;
}

/**
 * The order of the result: applied items in their order, each live item that is not applied where it stood between
 * those that both have.
 */
function mergeItems(list: ListAtom, left: readonly Json[], right: readonly Json[]): Json[] {
  const leftElements = left.map((item) => itemElement(list, item));
  const rightElements = right.map((item) => itemElement(list, item));
  const live = liveItems(leftElements, left);
  const applied = new Map(rightElements.map((element, index) => [element, right[index] as Json]));
  const shared = rightElements.filter((element) => live.has(element));
  const merged = new Set<Element>();
  const out: Json[] = [];
  const add = (mine: Value, theirs: Value) => {
    const item = mergeValues(list.item, mine, theirs);
    if (item !== undefined) out.push(item);
  };
  let nextShared = 0;
  let l = 0;
  let r = 0;
  while (l < left.length || r < right.length) {
    const mine = leftElements[l];
    const theirs = rightElements[r];
    if (mine !== undefined && theirs !== undefined) {
      if (mine === theirs) {
        merged.add(mine);
        add(live.get(mine), applied.get(mine));
        l++;
        r++;
        nextShared++;
        continue;
      }
      if (applied.has(mine) && nextShared < shared.length && shared[nextShared] !== mine) {
        // Both have it, but it is not this one's turn.
        l++;
        continue;
      }
    }
    if (mine !== undefined) {
      if (!applied.has(mine)) {
        // The item itself: `live` has null for duplicates.
        add(left[l], undefined);
        l++;
        continue;
      }
      if (merged.has(mine)) l++;
    }
    if (theirs !== undefined) {
      merged.add(theirs);
      add(live.get(theirs), applied.get(theirs));
      r++;
      if (shared[nextShared] === theirs) nextShared++;
    }
  }
  return out;
}

import type { Json, JsonObject } from '../api/object.ts';
import { put } from '../api/own.ts';
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
import { itemElement } from './items.ts';
import type { FieldSet } from './set.ts';
import { isMap } from './value.ts';

/** A value without the fields and items of a set; null when nothing is left (`typed/remove.go`). */
export function removeItems(atom: Atom, value: Json, items: FieldSet): Json {
  const picked = deduce(atom, value);
  if (picked & MAP) return isMap(value) ? removeMembers(atom.map as MapAtom, value, items) : null;
  if (picked & SCALAR) return value;
  return picked & LIST && Array.isArray(value) ? removeFromList(atom.list as ListAtom, value, items) : null;
}

function removeMembers(map: MapAtom, value: JsonObject, items: FieldSet): Json {
  if (map.atomic) return null;
  const out: JsonObject = {};
  let some = false;
  for (const key in value) {
    const node = items.get(memberElement(map, key));
    if (node?.member) continue;
    const atom = memberAtom(map, key);
    const kept = value[key] as Json;
    put(out, key, node?.children && atom ? removeItems(atom, kept, node.children) : kept);
    some = true;
  }
  return some ? out : null;
}

function removeFromList(list: ListAtom, value: readonly Json[], items: FieldSet): Json {
  if (list.atomic) return null;
  const out: Json[] = [];
  for (const item of value) {
    const node = items.get(itemElement(list, item));
    if (node?.member) continue;
    out.push(node?.children ? removeItems(list.item, item, node.children) : item);
  }
  return out.length > 0 ? out : null;
}

import type { Json } from '../api/object.ts';
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
import { type Builder, builder, type FieldNode, type FieldSet, insert } from './set.ts';
import { isMap } from './value.ts';

/** Every leaf and every item that an object mentions (`typed/tofieldset.go`). */
export function toFieldSet(atom: Atom, value: Json): FieldSet {
  const set = builder();
  visit(set, [], atom, value);
  return set;
}

function visit(set: Builder, path: Element[], atom: Atom, value: Json): void {
  const picked = deduce(atom, value);
  if (picked & MAP) visitMap(set, path, atom.map as MapAtom, value);
  else if (picked & SCALAR) insert(set, path);
  else if (picked & LIST) visitList(set, path, atom.list as ListAtom, value);
}

function visitMap(set: Builder, path: Element[], map: MapAtom, value: Json): void {
  if (map.atomic) {
    insert(set, path);
    return;
  }
  if (!isMap(value)) return;
  for (const key in value) {
    const one = value[key] as Json;
    const atom = memberAtom(map, key);
    path.push(memberElement(map, key));
    if (atom) visit(set, path, atom, one);
    // Fields of structs are owned through what is inside, unless there is nothing.
    if (one === null || !map.fields.has(key) || (isMap(one) && Object.keys(one).length === 0)) insert(set, path);
    path.pop();
  }
}

function visitList(set: Builder, path: Element[], list: ListAtom, value: Json): void {
  if (list.atomic) {
    insert(set, path);
    return;
  }
  if (!Array.isArray(value)) return;
  const elements = value.map((item) => itemElement(list, item));
  const counts = new Map<Element, number>();
  for (const element of elements) counts.set(element, (counts.get(element) ?? 0) + 1);
  for (const [index, element] of elements.entries()) {
    path.push(element);
    if (counts.get(element) === 1) visit(set, path, list.item, value[index] as Json);
    insert(set, path);
    path.pop();
  }
}

/** With the named fields of structs above the set's paths as members (`Set.EnsureNamedFieldsAreMembers`). */
export function withNamedFields(set: FieldSet, atom: Atom | undefined): FieldSet {
  const out = new Map<Element, FieldNode>();
  for (const [element, node] of set) {
    if (!node.children) {
      out.set(element, node);
      continue;
    }
    const kind = element[0];
    const name = element.slice(2);
    const named = kind === 'f' && (atom?.map?.fields.has(name) ?? false);
    let inner: Atom | undefined;
    if (kind === 'f' && atom?.map) inner = memberAtom(atom.map, name);
    else if (kind === 'k') inner = atom?.list?.item;
    out.set(element, { member: node.member || named, children: withNamedFields(node.children, inner) });
  }
  return out;
}

/**
 * A set written when a list, map or struct was not yet owned whole: the owners of parts own the whole
 * (`typed/reconcile_schema.go`).
 */
export function reconcile(set: FieldSet, atom: Atom): FieldSet {
  if (atom.map) return reconcileMap(set, atom.map);
  if (atom.list && !atom.scalar) return reconcileList(set, atom.list);
  return set;
}

function reconcileMap(set: FieldSet, map: MapAtom): FieldSet {
  if (map.deduced) return set;
  return reconcileNodes(set, (element) => (element[0] === 'f' ? memberAtom(map, element.slice(2)) : map.element));
}

const reconcileList = (set: FieldSet, list: ListAtom): FieldSet => reconcileNodes(set, () => list.item);

function reconcileNodes(set: FieldSet, atomOf: (element: Element) => Atom | undefined): FieldSet {
  let out: Map<Element, FieldNode> | undefined;
  for (const [element, node] of set) {
    if (!node.children) continue;
    const atom = atomOf(element);
    if (!atom) continue;
    const whole = atom.map ? atom.map.atomic && !atom.map.deduced : !atom.scalar && (atom.list?.atomic ?? false);
    const children = whole ? undefined : reconcile(node.children, atom);
    if (children === node.children) continue;
    out ??= new Map(set);
    out.set(element, whole ? { member: true, children: undefined } : { member: node.member, children });
  }
  return out ?? set;
}

import type { Json, JsonObject } from '../api/object.ts';
import { type Element, ElementError, readElement } from './element.ts';
import { builder, EMPTY, type FieldNode, type FieldSet, leaf, sortedElements } from './set.ts';
import { isMap } from './value.ts';

/** FieldsV1 to sets and back (structured-merge-diff `fieldpath/serialize.go`). */

const SELF = '.';

/** Reads FieldsV1. Throws ElementError when upstream can't read it. */
export function readFields(fields: Json): FieldSet {
  return readNode(fields).children ?? EMPTY;
}

function readNode(fields: Json): FieldNode {
  if (fields === null) return leaf();
  if (!isMap(fields)) throw new ElementError('readObjectStart: expect { or n');
  let member = false;
  let children: Map<Element, FieldNode> | undefined;
  for (const key in fields) {
    if (key === SELF) {
      member = true;
      continue;
    }
    const element = readElement(key);
    // Of a kind that only later versions know: dropped.
    if (element === undefined) continue;
    const node = readNode(fields[key] as Json);
    children ??= builder() as Map<Element, FieldNode>;
    const known = children.get(element);
    children.set(element, known ? together(known, node) : node);
  }
  if (!children) return leaf();
  return { member, children };
}

/** An element that the wire has twice: the last one's children count. */
const together = (one: FieldNode, other: FieldNode): FieldNode => ({
  member: one.member || other.member,
  children: other.children ?? one.children,
});

/** FieldsV1 of a set, with the keys in upstream's order. */
export function writeFields(set: FieldSet): JsonObject {
  const out: JsonObject = {};
  write(set, out);
  return out;
}

function write(set: FieldSet, out: JsonObject): void {
  for (const element of sortedElements(set)) {
    const node = set.get(element) as FieldNode;
    const inner: JsonObject = {};
    if (node.children) {
      if (node.member) inner[SELF] = {};
      write(node.children, inner);
    }
    out[element] = inner;
  }
}

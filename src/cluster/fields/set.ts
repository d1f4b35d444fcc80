import { compareElements, type Element, type Path } from './element.ts';
import { compareText } from './value.ts';

/**
 * A set of paths as a tree (structured-merge-diff `fieldpath/set.go`). Immutable once made: operations share what they
 * don't change, and return their argument when nothing changes. Invariant: no node without being a member or having
 * children, no empty `children`.
 */
export type FieldSet = ReadonlyMap<Element, FieldNode>;

export interface FieldNode {
  /** The path that ends here is in the set. */
  readonly member: boolean;
  /** Longer paths. */
  readonly children: FieldSet | undefined;
}

/** A set while it is built. */
export type Builder = Map<Element, BuilderNode>;

interface BuilderNode {
  member: boolean;
  children: Builder | undefined;
}

export const EMPTY: FieldSet = new Map();

const LEAF: FieldNode = { member: true, children: undefined };

export const builder = (): Builder => new Map();

/** Adds a path; the empty path is never part of a set. */
export function insert(set: Builder, path: Path): void {
  const last = path.length - 1;
  let level = set;
  for (let index = 0; index <= last; index++) {
    const element = path[index] as Element;
    let node = level.get(element);
    if (!node) {
      node = { member: false, children: undefined };
      level.set(element, node);
    }
    if (index === last) node.member = true;
    else level = node.children ??= new Map();
  }
}

export function setOf(paths: readonly Path[]): FieldSet {
  const set = builder();
  for (const path of paths) insert(set, path);
  return set;
}

export function has(set: FieldSet, path: Path): boolean {
  let level: FieldSet | undefined = set;
  for (let index = 0; index < path.length; index++) {
    const node: FieldNode | undefined = level?.get(path[index] as Element);
    if (!node) return false;
    if (index === path.length - 1) return node.member;
    level = node.children;
  }
  return false;
}

export function union(one: FieldSet, other: FieldSet): FieldSet {
  if (one.size === 0) return other;
  if (other.size === 0 || one === other) return one;
  let out: Map<Element, FieldNode> | undefined;
  for (const [element, node] of other) {
    const mine = (out ?? one).get(element);
    const merged = mine ? unionNodes(mine, node) : node;
    if (merged === mine) continue;
    out ??= new Map(one);
    out.set(element, merged);
  }
  return out ?? one;
}

function unionNodes(one: FieldNode, other: FieldNode): FieldNode {
  const member = one.member || other.member;
  const children =
    one.children && other.children ? union(one.children, other.children) : (one.children ?? other.children);
  return member === one.member && children === one.children ? one : { member, children };
}

export function intersection(one: FieldSet, other: FieldSet): FieldSet {
  if (one.size === 0 || other.size === 0) return EMPTY;
  const out = new Map<Element, FieldNode>();
  for (const [element, node] of one) {
    const theirs = other.get(element);
    if (!theirs) continue;
    const member = node.member && theirs.member;
    const children = node.children && theirs.children ? intersection(node.children, theirs.children) : EMPTY;
    if (member || children.size > 0) out.set(element, { member, children: children.size > 0 ? children : undefined });
  }
  return out;
}

/** Without the paths of `other`; longer paths stay, although a prefix of theirs goes. */
export const difference = (one: FieldSet, other: FieldSet): FieldSet => subtract(one, other, false);

/** Without the paths of `other` and everything below them. */
export const recursiveDifference = (one: FieldSet, other: FieldSet): FieldSet => subtract(one, other, true);

function subtract(one: FieldSet, other: FieldSet, recursive: boolean): FieldSet {
  if (one.size === 0 || other.size === 0) return one;
  let out: Map<Element, FieldNode> | undefined;
  for (const [element, node] of one) {
    const theirs = other.get(element);
    if (!theirs) continue;
    const left = subtractNodes(node, theirs, recursive);
    if (left === node) continue;
    out ??= new Map(one);
    if (left) out.set(element, left);
    else out.delete(element);
  }
  return out ?? one;
}

function subtractNodes(node: FieldNode, other: FieldNode, recursive: boolean): FieldNode | undefined {
  if (recursive && other.member) return undefined;
  const member = node.member && !other.member;
  let children = node.children;
  if (children && other.children) {
    children = subtract(children, other.children, recursive);
    if (children.size === 0) children = undefined;
  }
  if (!member && !children) return undefined;
  return member === node.member && children === node.children ? node : { member, children };
}

/** The node of a path that nothing is below. */
export const leaf = (): FieldNode => LEAF;

/** Elements in upstream's order. */
export function sortedElements(set: FieldSet): Element[] {
  const elements = [...set.keys()];
  if (elements.length > 1) elements.sort(elements.every(isField) ? compareText : compareElements);
  return elements;
}

const isField = (element: Element): boolean => element.charCodeAt(0) === 102;

/** All paths, each level's own before the longer ones (`Set.Iterate`). */
export function paths(set: FieldSet): Path[] {
  const out: Path[] = [];
  collect(set, [], out);
  return out;
}

function collect(set: FieldSet, prefix: Path, out: Path[]): void {
  const elements = sortedElements(set);
  for (const element of elements) if (set.get(element)?.member) out.push([...prefix, element]);
  for (const element of elements) {
    const children = set.get(element)?.children;
    if (children) collect(children, [...prefix, element], out);
  }
}

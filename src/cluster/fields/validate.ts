import type { Json, JsonObject } from '../api/object.ts';
import { type Atom, deduce, type ListAtom, LIST, MAP, type MapAtom, memberAtom, SCALAR, type Scalar } from './atom.ts';
import { type Element, fieldElement, printElement } from './element.ts';
import { ItemError, itemElement } from './items.ts';
import { goPlain, goSyntax, goTypeName, isMap } from './value.ts';

/** Something in an applied object that its schema does not allow. */
export interface Violation {
  /** `.spec.ports[port=80,protocol="TCP"].name`; empty for the whole object. */
  path: string;
  message: string;
}

/**
 * Checks an object against its type (`typed/validate.go`). Sets and map lists must not have an item twice, unless
 * `duplicates` allows it.
 */
export function validateObject(atom: Atom, value: Json, duplicates = false): Violation[] {
  const picked = deduce(atom, value);
  if (picked & MAP) return validateMap(atom.map as MapAtom, value, duplicates);
  if (picked & SCALAR) return validateScalar(atom.scalar as Scalar, value);
  return picked & LIST ? validateList(atom.list as ListAtom, value, duplicates) : [];
}

/** Violations as one message: on a line, or one a line when there are several. */
export function printViolations(violations: readonly Violation[]): string {
  const lines = violations.map(({ path, message }) => (path ? `${path}: ${message}` : message));
  return lines.length === 1 ? (lines[0] ?? '') : ['errors:', ...lines.map((line) => `  ${line}`)].join('\n');
}

const violation = (message: string): Violation[] => [{ path: '', message }];

const below = (element: Element, violations: readonly Violation[]): Violation[] =>
  violations.map(({ path, message }) => ({ path: printElement(element) + path, message }));

/** A value as Go prints a pointer to it. */
const shown = (value: Json): string => `&{${goPlain(value)}}`;

function validateScalar(scalar: Scalar, value: Json): Violation[] {
  if (value === null) return [];
  switch (scalar) {
    case 'numeric':
      return typeof value === 'number' ? [] : violation(`expected numeric (int or float), got ${goTypeName(value)}`);
    case 'string':
      return typeof value === 'string'
        ? []
        : violation(`expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`);
    case 'boolean':
      return typeof value === 'boolean' ? [] : violation(`expected boolean, got ${shown(value)}`);
    case 'untyped':
      return typeof value === 'object' ? violation(`expected any scalar, got ${shown(value)}`) : [];
  }
}

function validateList(list: ListAtom, value: Json, duplicates: boolean): Violation[] {
  if (value === null) return [];
  if (!Array.isArray(value)) return violation(`expected list, got ${shown(value)}`);
  const out: Violation[] = [];
  const seen = new Set<Element>();
  for (const [index, item] of value.entries()) {
    let element = `i:${index}`;
    if (!list.atomic) {
      try {
        element = itemElement(list, item);
      } catch (error) {
        if (!(error instanceof ItemError)) throw error;
        // Without a name for the item nothing below it can be reported.
        out.push(...violation(`element ${index}: ${error.message}`));
        return out;
      }
      if (seen.has(element) && !duplicates) {
        out.push(...violation(`duplicate entries for key ${printElement(element)}`));
      }
      seen.add(element);
    }
    out.push(...below(element, validateObject(list.item, item, duplicates)));
  }
  return out;
}

function validateMap(map: MapAtom, value: Json, duplicates: boolean): Violation[] {
  if (value === null) return [];
  if (!isMap(value)) return violation(`expected map, got ${shown(value)}`);
  const out: Violation[] = [];
  for (const key of keysOf(value)) {
    const atom = memberAtom(map, key);
    if (!atom) {
      // Upstream looks at no further field then.
      out.push(...below(fieldElement(key), violation('field not declared in schema')));
      return out;
    }
    out.push(...below(fieldElement(key), validateObject(atom, value[key] as Json, duplicates)));
  }
  return out;
}

const keysOf = (value: JsonObject): string[] => Object.keys(value);

import { goQuote } from '../api/field-error.ts';
import type { Json, JsonObject } from '../api/object.ts';
import { own, put } from '../api/own.ts';
import { badRequest, tooLarge } from '../api/status.ts';
import { cloneJson, literalOf } from '../schema/json.ts';
import { doesNotApply, panics } from './errors.ts';
import { goType } from './go-value.ts';
import { isMap } from './merge-order.ts';
import { inOrder } from './in-order.ts';

/**
 * JSON patch (RFC 6902) with the ways of evanphx/json-patch v4: negative indexes count from the end, `replace` may add
 * a key, what is missing compares equal to null. Upstream tells clients nothing about an operation that does not apply.
 */

const MOST_OPERATIONS = 10_000;

type Container = JsonObject | Json[];

const isContainer = (value: Json | undefined): value is Container => Array.isArray(value) || isMap(value);

/** The kinds of JSON as Go's decoder names them. */
function jsonKind(value: Json): string {
  const type = goType(value);
  if (type === 'slice') return 'array';
  if (type === 'map') return 'object';
  return type === 'int64' || type === 'float64' ? 'number' : type;
}

/**
 * Checks the form of a patch. Where field validation is on, upstream reads the patch twice, the first time into a type
 * of its own, so that the words differ. Throws 400 and, for more than 10,000 operations, 413.
 */
export function readOperations(patch: Json, validated: boolean): JsonObject[] {
  if (patch === null) return [];
  const refuse = (value: Json, type: string) =>
    badRequest(`${validated ? 'error decoding patch: ' : ''}json: cannot unmarshal ${jsonKind(value)} into Go ${type}`);
  if (!Array.isArray(patch))
    throw refuse(patch, `value of type ${validated ? '[]handlers.jsonPatchOp' : 'jsonpatch.Patch'}`);
  const operations: JsonObject[] = [];
  for (const operation of patch) {
    if (operation === null) {
      operations.push({});
      continue;
    }
    if (!isMap(operation)) {
      throw refuse(operation, `value of type ${validated ? 'handlers.jsonPatchOp' : 'jsonpatch.Operation'}`);
    }
    for (const [key, value] of Object.entries(operation)) {
      const text = key === 'op' || key === 'path' || key === 'from';
      if (validated && text && value !== null && typeof value !== 'string') {
        throw refuse(value, `struct field jsonPatchOp.${key} of type string`);
      }
    }
    operations.push(operation);
  }
  if (operations.length > MOST_OPERATIONS) {
    throw tooLarge(`The allowed maximum operations in a JSON patch is ${MOST_OPERATIONS}, got ${operations.length}`);
  }
  return operations;
}

/** Fields that no operation has, as strict decoding names them: `json patch unknown field "[0].foo"`. */
export function unknownOperationFields(patch: Json): string[] {
  if (!Array.isArray(patch)) return [];
  return patch.flatMap((operation, index) =>
    isMap(operation)
      ? Object.keys(operation)
          .filter((key) => !['op', 'path', 'from', 'value'].includes(key))
          .map((key) => `json patch unknown field ${goQuote(`[${index}].${key}`)}`)
      : [],
  );
}

/** The patched document; `document` itself stays as it is. Throws 422 when an operation does not apply. */
export function jsonPatch(document: JsonObject, operations: readonly JsonObject[]): Container {
  let root: Container = inOrder(document);
  // Maps and lists that are this patch's own; all others are copied before they change.
  const opened = new Set<Container>([root]);
  for (const operation of operations) root = applyOperation(root, operation, opened);
  // Go writes maps with sorted keys, and so those that the patch has opened.
  for (const one of opened) if (!Array.isArray(one)) sortKeys(one);
  return root;
}

function sortKeys(map: JsonObject): void {
  const ordered = inOrder(map);
  for (const key of Object.keys(map)) delete map[key];
  for (const key of Object.keys(ordered)) put(map, key, ordered[key] as Json);
}

function text(operation: JsonObject, key: 'op' | 'path' | 'from'): string {
  const value = own(operation, key);
  if (typeof value !== 'string') throw doesNotApply();
  return value;
}

/** What is missing is null, as in Go. */
const valueOf = (operation: JsonObject): Json => cloneJson(own(operation, 'value') ?? null);

function applyOperation(root: Container, operation: JsonObject, opened: Set<Container>): Container {
  switch (text(operation, 'op')) {
    case 'add': {
      const [parent, key] = find(root, text(operation, 'path'), opened);
      add(parent, key, valueOf(operation));
      return root;
    }
    case 'remove': {
      const [parent, key] = find(root, text(operation, 'path'), opened);
      remove(parent, key);
      return root;
    }
    case 'replace':
      return replace(root, operation, opened);
    case 'move': {
      const [parent, key] = find(root, text(operation, 'from'), opened);
      const value = get(parent, key) ?? null;
      remove(parent, key);
      const [target, name] = find(root, text(operation, 'path'), opened);
      add(target, name, value);
      return root;
    }
    case 'copy': {
      const [parent, key] = find(root, text(operation, 'from'), opened);
      const value = get(parent, key) ?? null;
      const [target, name] = find(root, text(operation, 'path'), opened);
      add(target, name, cloneJson(value));
      return root;
    }
    case 'test':
      test(root, operation, opened);
      return root;
    default:
      throw doesNotApply();
  }
}

function replace(root: Container, operation: JsonObject, opened: Set<Container>): Container {
  const path = text(operation, 'path');
  if (path === '') {
    if (!Object.hasOwn(operation, 'value')) throw panics();
    const value = valueOf(operation);
    if (!isContainer(value)) throw doesNotApply();
    const next = Array.isArray(value) ? value : inOrder(value);
    opened.add(next);
    return next;
  }
  const [parent, key] = find(root, path, opened);
  get(parent, key);
  if (Array.isArray(parent)) parent[indexOf(key, parent.length)] = valueOf(operation);
  else put(parent, key, valueOf(operation));
  return root;
}

function test(root: Container, operation: JsonObject, opened: Set<Container>): void {
  const path = text(operation, 'path');
  const given = own(operation, 'value');
  if (path === '') {
    if (given === undefined) throw panics();
    if (!equal(root, given)) throw doesNotApply();
    return;
  }
  const [parent, key] = find(root, path, opened);
  const value = get(parent, key) ?? null;
  const fine = value === null ? (given ?? null) === null : given !== undefined && equal(value, given);
  if (!fine) throw doesNotApply();
}

/** In Go, comparing a null in a list is a panic. */
function equal(a: Json, b: Json): boolean {
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    return a.every((one, index) => {
      const other = b[index] as Json;
      if (one === null || other === null) throw panics();
      return equal(one, other);
    });
  }
  if (isMap(a)) {
    if (!isMap(b)) return false;
    const keys = Object.keys(a);
    if (keys.length !== Object.keys(b).length) return false;
    return keys.every((key) => Object.hasOwn(b, key) && equal(a[key] as Json, b[key] as Json));
  }
  // Numbers are compared as they were written.
  const literal = literalOf(a);
  return literal === undefined ? a === b : literal === literalOf(b);
}

/** `~1` is a slash, `~0` a tilde; read from left to right, once. */
const unescapeToken = (token: string): string => token.replace(/~[01]/g, (one) => (one === '~1' ? '/' : '~'));

/**
 * The container that a path's last token is in, and that token. What precedes the first slash is ignored, as upstream
 * does. Every container on the way becomes this patch's own.
 */
function find(root: Container, path: string, opened: Set<Container>): [Container, string] {
  const tokens = path.split('/').slice(1).map(unescapeToken);
  const last = tokens.pop();
  if (last === undefined) throw doesNotApply();
  let current = root;
  for (const token of tokens) {
    const next = get(current, token);
    if (!isContainer(next)) throw doesNotApply();
    let mine: Container = next;
    if (!opened.has(next)) {
      mine = Array.isArray(next) ? [...next] : inOrder(next);
      opened.add(mine);
      if (Array.isArray(current)) current[indexOf(token, current.length)] = mine;
      else put(current, token, mine);
    }
    current = mine;
  }
  return [current, last];
}

/** An index as Go's Atoi reads it; -1 is the last of `length`. Throws for what is none and for one before the first. */
function indexOf(token: string, length: number): number {
  if (!/^[+-]?[0-9]+$/.test(token)) throw doesNotApply();
  const index = Number(token);
  if (index < -length) throw doesNotApply();
  return index < 0 ? index + length : index;
}

/** undefined for a key that a map does not have. */
function get(container: Container, token: string): Json | undefined {
  if (!Array.isArray(container)) return own(container, token);
  const index = indexOf(token, container.length);
  if (index >= container.length) throw doesNotApply();
  return container[index];
}

function add(container: Container, token: string, value: Json): void {
  if (!Array.isArray(container)) put(container, token, value);
  else if (token === '-') container.push(value);
  else {
    const index = indexOf(token, container.length + 1);
    if (index > container.length) throw doesNotApply();
    container.splice(index, 0, value);
  }
}

function remove(container: Container, token: string): void {
  if (Array.isArray(container)) {
    const index = indexOf(token, container.length);
    if (index >= container.length) throw doesNotApply();
    container.splice(index, 1);
  } else {
    if (!Object.hasOwn(container, token)) throw doesNotApply();
    delete container[token];
  }
}

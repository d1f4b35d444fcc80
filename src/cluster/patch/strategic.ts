import type { Json, JsonObject } from '../api/object.ts';
import { own, put } from '../api/own.ts';
import {
  badElementOrder,
  badPrimitiveList,
  badRetainKeys,
  noMergeKey,
  plainError,
  unknownDirective,
  wrongArgument,
} from './errors.ts';
import { goText, goType } from './go-value.ts';
import {
  findByKey,
  hashable,
  isMap,
  itemsType,
  ordered,
  partition,
  same,
  valueSet,
  withoutDeletions,
} from './merge-order.ts';
import { kindOf, listField, mapField, type PatchField, type PatchType } from './patch-schema.ts';

/**
 * Strategic merge patch as kube-apiserver applies it (apimachinery `pkg/util/strategicpatch/patch.go`): maps are merged,
 * lists are merged by key or as sets where the Go type says so, and directives (`$patch`, `$retainKeys`,
 * `$setElementOrder/…`, `$deleteFromPrimitiveList/…`) do the rest. Go walks a map in any order, this in the patch's own;
 * the result is the same unless a patch says two things about one field.
 */

const DIRECTIVE = '$patch';
const RETAIN_KEYS = '$retainKeys';
const DELETE_PREFIX = '$deleteFromPrimitiveList';
const ORDER_PREFIX = '$setElementOrder';

/** Merges `patch` into `original`. Both are changed on the way: neither may be used by anybody else. */
export function mergeMap(original: JsonObject, patch: JsonObject, type: PatchType): JsonObject {
  if (DIRECTIVE in patch) return obey(patch);
  retainKeys(original, patch);
  mergeOrderedLists(original, patch, type);
  for (const key of Object.keys(patch)) mergeField(original, key, patch[key] as Json, type);
  return original;
}

function obey(patch: JsonObject): JsonObject {
  const directive = patch[DIRECTIVE] as Json;
  if (directive === 'delete') return {};
  if (directive !== 'replace') throw unknownDirective(directive, patch);
  delete patch[DIRECTIVE];
  return patch;
}

/** Of a union only the fields that the patch lists stay. */
function retainKeys(original: JsonObject, patch: JsonObject): void {
  if (!(RETAIN_KEYS in patch)) return;
  const list = patch[RETAIN_KEYS];
  delete patch[RETAIN_KEYS];
  if (!Array.isArray(list)) throw badRetainKeys();
  const retained = valueSet(list);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || key.startsWith(DELETE_PREFIX) || key.startsWith(ORDER_PREFIX)) continue;
    if (!retained.has(key)) throw badRetainKeys();
  }
  for (const key of Object.keys(original)) if (!retained.has(key)) delete original[key];
}

function mergeField(original: JsonObject, patchKey: string, value: Json, type: PatchType): void {
  const deletion = patchKey.startsWith(DELETE_PREFIX);
  const key = (deletion && suffix(patchKey, DELETE_PREFIX, badPrimitiveList)) || patchKey;
  if (value === null) {
    delete original[key];
    return;
  }
  const live = own(original, key);
  const liveType = goType(live);
  if (live === undefined || liveType !== goType(value)) {
    if (!deletion) take(original, key, value, true);
  } else if (isMap(live) && isMap(value)) {
    const field = mapField(type, key);
    put(original, key, field.strategy === 'replace' ? value : mergeMap(live, value, field.type));
  } else if (Array.isArray(live) && Array.isArray(value)) {
    put(original, key, mergeListField(live, value, listField(type, key), deletion));
  } else {
    take(original, key, value, false);
  }
}

/** Takes a value of the patch as it is, but for nulls (`discard`) and directives. */
function take(original: JsonObject, key: string, value: Json, discard: boolean): void {
  if (discard) discardNulls(value);
  const taken = withoutDirectives(value);
  if (taken === undefined) delete original[key];
  else put(original, key, taken);
}

function discardNulls(value: Json): void {
  if (Array.isArray(value)) value.forEach(discardNulls);
  else if (isMap(value)) {
    for (const [key, inner] of Object.entries(value)) {
      if (inner === null) delete value[key];
      else discardNulls(inner);
    }
  }
}

/** undefined for a map with `$patch`, which has nothing to say where there is nothing to merge with. */
function withoutDirectives(value: Json): Json | undefined {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((one) => one !== undefined);
  if (!isMap(value)) return value;
  if (DIRECTIVE in value) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const kept = withoutDirectives(inner);
    if (kept === undefined) delete value[key];
    else put(value, key, kept);
  }
  return value;
}

/** `$setElementOrder/ports` gives `ports`. */
function suffix(key: string, prefix: string, error: () => Error): string {
  const slash = key.indexOf('/');
  if (slash < 0 || key.slice(0, slash) !== prefix) throw error();
  return key.slice(slash + 1);
}

/** The lists that the patch has an order for; they are taken out of the patch. */
function mergeOrderedLists(original: JsonObject, patch: JsonObject, type: PatchType): void {
  for (const patchKey of Object.keys(patch)) {
    if (!patchKey.startsWith(ORDER_PREFIX)) continue;
    const order = patch[patchKey] as Json;
    delete patch[patchKey];
    if (!Array.isArray(order)) throw wrongArgument('[]interface {}', order);
    const key = suffix(patchKey, ORDER_PREFIX, badElementOrder);
    const live = listAt(original, key);
    const changes = listAt(patch, key);
    const field = listField(type, key);
    checkOrder(changes ?? [], order, field.mergeKey);
    const merged = orderedContents(live, changes, field);
    if (!merged) continue;
    const [inPatch, serverOnly] = partition(merged, order, field.mergeKey);
    const itemType = itemsType(live ?? [], changes ?? []);
    original[key] = ordered(inPatch, serverOnly, order, live ?? [], field.mergeKey, itemType);
    delete patch[key];
  }
}

function orderedContents(live: Json[] | undefined, changes: Json[] | undefined, field: PatchField): Json[] | undefined {
  if (!changes) return live;
  if (!live) return withoutDirectives(changes) as Json[];
  return mergeListField(live, changes, field, false);
}

function listAt(map: JsonObject, key: string): Json[] | undefined {
  const value = own(map, key);
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw wrongArgument('[]interface {}', value);
  return value;
}

/** The patch's items must be in the order that it gives itself. */
function checkOrder(changes: Json[], order: Json[], mergeKey: string): void {
  if (order.length === 0 || changes.length === 0) return;
  const items = mergeKey ? withoutDeletions(changes)[0] : changes;
  let item = 0;
  let place = 0;
  while (item < items.length && place < order.length) {
    const one = items[item] as Json;
    if (isMap(one) && DIRECTIVE in one) item++;
    else if (sameKey(one, order[place++] as Json, mergeKey)) item++;
  }
  if (item < items.length && place >= order.length) {
    throw plainError(
      `The order in patch list:\n${goText(changes)}\n doesn't match ${ORDER_PREFIX} list:\n${goText(order)}\n`,
    );
  }
}

function sameKey(left: Json, right: Json, mergeKey: string): boolean {
  if (!mergeKey) return same(left, right);
  for (const one of [left, right]) if (!isMap(one)) throw wrongArgument('map[string]interface {}', one);
  for (const one of [left, right]) if (!(mergeKey in (one as JsonObject))) throw noMergeKey(one, mergeKey);
  return same((left as JsonObject)[mergeKey], (right as JsonObject)[mergeKey]);
}

function mergeListField(live: Json[], patch: Json[], field: PatchField, deletion: boolean): Json[] {
  return field.strategy === 'merge' || deletion ? mergeList(live, patch, field, deletion) : patch;
}

function mergeList(live: Json[], patch: Json[], { type, mergeKey }: PatchField, deletion: boolean): Json[] {
  if (live.length === 0 && patch.length === 0) return live;
  const itemType = itemsType(live, patch);
  let merged: Json[];
  let before = live;
  let changes = patch;
  if (itemType !== 'map') {
    if (deletion) {
      const deleted = valueSet(patch);
      return live.filter((item) => !deleted.has(hashable(item)));
    }
    merged = deduplicate([...live, ...patch]);
  } else {
    if (!mergeKey) throw plainError(`cannot merge lists without merge key for ${kindOf(type)}`);
    ({ before, changes, merged } = mergeMaps(live, patch as JsonObject[], type, mergeKey));
  }
  const [inPatch, serverOnly] = partition(merged, changes, mergeKey);
  return ordered(inPatch, serverOnly, changes, before, mergeKey, itemType);
}

/** Upstream's way: the last item takes a duplicate's place. The order of the result is settled later. */
function deduplicate(list: Json[]): Json[] {
  const left = [...list];
  for (let i = 0; i < left.length - 1; i++) {
    for (let j = i + 1; j < left.length; j++) {
      if (!same(left[i], left[j])) continue;
      const last = left.pop() as Json;
      if (j < left.length) left[j] = last;
      j--;
    }
  }
  return left;
}

/**
 * Merges by key. `live` loses what is deleted and then gets as many of the added items as it lost: in Go these take the
 * freed places of the same array, and an order that is given from outside sees them there.
 */
function mergeMaps(live: Json[], patch: JsonObject[], type: PatchType, mergeKey: string) {
  const all = live.length;
  const changes: JsonObject[] = [];
  let replace = false;
  for (const item of patch) {
    if (!(DIRECTIVE in item)) {
      changes.push(item);
      continue;
    }
    const directive = item[DIRECTIVE] ?? null;
    if (directive === 'delete') {
      if (!(mergeKey in item)) throw noMergeKey(item, mergeKey);
      for (;;) {
        const index = findByKey(live, mergeKey, item[mergeKey] as Json);
        if (index < 0) break;
        live.splice(index, 1);
      }
    } else if (directive === 'replace') replace = true;
    else if (directive === 'merge') throw plainError('merging lists cannot yet be specified in the patch');
    else throw unknownDirective(directive, item);
  }
  if (replace) return { before: changes as Json[], changes: [] as Json[], merged: changes as Json[] };
  const before = [...live];
  const merged = [...live];
  for (const item of changes) {
    if (!(mergeKey in item)) throw noMergeKey(item, mergeKey);
    const index = findByKey(merged, mergeKey, item[mergeKey] as Json);
    if (index < 0) {
      merged.push(item);
      if (live.length < all) live.push(item);
    } else {
      const mergedItem = mergeMap(merged[index] as JsonObject, item, type);
      merged[index] = mergedItem;
      if (index < live.length) live[index] = mergedItem;
      if (index < before.length) before[index] = mergedItem;
    }
  }
  return { before, changes: changes as Json[], merged };
}

import { badRequest, StatusError } from '../api/status.ts';
import type { JsonObject, KubeObject, ManagedFieldsEntry } from '../api/object.ts';
import { own } from '../api/own.ts';
import { structAtom } from './atom.ts';
import { conflictError } from './conflict.ts';
import { toKind } from './convert.ts';
import { ElementError } from './element.ts';
import { ItemError } from './items.ts';
import { KUBECTL, lastAppliedFields, withLastApplied } from './last-applied.ts';
import { EntryError, type Managed, noManagers, readManagers, writeManagers } from './managers.ts';
import { has } from './set.ts';
import { applyToObject, Conflicts } from './updater.ts';
import { printViolations, validateObject } from './validate.ts';
import { isMap } from './value.ts';
import { emptyObject, type FieldsWrite, idOf, rulesOf, strip, trackChange, withEntries } from './write.ts';

export { keepManagedTimes } from './times.ts';
export type { FieldsWrite } from './write.ts';

/**
 * Managed fields as kube-apiserver keeps them (apimachinery `util/managedfields`). The order in which a server has to
 * call this, with everything that is not about managed fields left out:
 *
 * - POST: decode, default, `trackUpdate(undefined, object)`, mutating admission, strategy (prepareForCreate …), store.
 *   What admission and the strategy add (a cluster IP) belongs to nobody.
 * - PUT and patches other than apply, for each try against the live object: decode or patch, default,
 *   `trackUpdate(live, object)` (`undefined` when the object does not exist and PUT creates it), mutating admission,
 *   strategy (prepareForUpdate …), `keepManagedTimes(live, object)`, compare with what is stored, store.
 *   The live object is the stored one in the endpoint's version; the patch is laid over it with its managedFields.
 * - Apply, for each try: `applyFields(live, applied)`, default, mutating admission, strategy, `keepManagedTimes`,
 *   compare, store. `applied` is the body as it came (YAML or JSON, all numbers floats): neither defaulted nor
 *   normalised. Checks of name, namespace and uid, and strict decoding, come after `applyFields`.
 * - Mutating admission that leaves invalid managedFields: `managedFieldsProblem` tells, and the ones from before stay.
 * - An object that is too large to be stored is stored without managedFields, unless it is an apply.
 */

/** Manager of the fields that an object had before anything kept track. */
const BEFORE_FIRST_APPLY = 'before-first-apply';

/** Why managedFields can't be decoded; undefined when they can (`managedfields.ValidateManagedFields`). */
export function managedFieldsProblem(entries: readonly ManagedFieldsEntry[]): string | undefined {
  try {
    readManagers(entries);
    return undefined;
  } catch (error) {
    if (error instanceof EntryError || error instanceof ElementError) return error.message;
    throw error;
  }
}

function readable(entries: readonly ManagedFieldsEntry[] | undefined): Managed | undefined {
  try {
    return readManagers(entries ?? []);
  } catch (error) {
    if (error instanceof EntryError || error instanceof ElementError) return undefined;
    throw error;
  }
}

/** An empty list or a single empty entry: the client wants no managedFields. */
function isReset(entries: readonly ManagedFieldsEntry[]): boolean {
  if (entries.length === 0) return true;
  return entries.length === 1 && Object.values(entries[0] as ManagedFieldsEntry).every((value) => !value);
}

/** The entries that an update starts from (`decodeLiveOrNew`). */
function startingManagers(live: KubeObject | undefined, updated: KubeObject, subresource: string): Managed {
  const ofLive = () => readable(live?.metadata.managedFields) ?? noManagers();
  // managedFields can't be set through a subresource.
  if (subresource) return ofLive();
  const sent = updated.metadata.managedFields;
  if (sent && isReset(sent)) return noManagers();
  const managed = readable(sent);
  return managed && managed.managers.size > 0 ? managed : ofLive();
}

function withManagers(object: KubeObject, managed: Managed): KubeObject {
  return withEntries(object, writeManagers(managed));
}

/**
 * After a create (live undefined), update or patch other than apply: `updated` with its managedFields.
 * `updated.metadata.managedFields` is what the client sent: an empty list or [{}] resets them, invalid ones are ignored,
 * none keeps the live ones.
 */
export function trackUpdate(live: KubeObject | undefined, updated: KubeObject, write: FieldsWrite): KubeObject {
  const managed = startingManagers(live, updated, write.subresource);
  const object = withEntries(updated, undefined);
  // Nothing is tracked for an object that lost its managedFields, until something is applied.
  if (managed.managers.size === 0 && live?.metadata.uid) return object;
  const before = (live ?? emptyObject(write, updated.kind)) as JsonObject;
  try {
    trackChange(before, object, managed, write, write.manager);
  } catch (error) {
    if (!(error instanceof ItemError)) throw error;
    return withEntries(updated, live?.metadata.managedFields);
  }
  return withManagers(object, managed);
}

/**
 * Server-side apply: the live object (undefined: a create) with the applied one merged into it and what its manager no
 * longer applies removed, in the form of the kind's type, with managedFields; neither defaulted nor admitted. Throws
 * StatusErrors: 409 for conflicts, 400 and 500 for what can't be applied.
 */
export function applyFields(
  live: KubeObject | undefined,
  applied: KubeObject,
  write: FieldsWrite & { force: boolean },
): KubeObject {
  const config = applied as unknown as JsonObject;
  const kind = checkKind(config, write, live);
  const start = readManagersOrFail(live?.metadata.managedFields ?? []);
  const before = live ?? (emptyObject(write, kind) as unknown as KubeObject);
  if (start.managers.size === 0) {
    trackChange(emptyObject(write, kind), withEntries(before, undefined), start, write, BEFORE_FIRST_APPLY);
  }
  const attempt = (force: boolean): Attempt => {
    const managed = { managers: new Map(start.managers), times: new Map(start.times) };
    return { managed, object: applyOnce(before, config, managed, { ...write, force }) };
  };
  const { managed, object: merged } = withUpgrade(attempt, before, write);
  const object = merged ? toKind(merged, write.schema, namesOf(config)) : withEntries(before, undefined);
  const annotated = write.manager === KUBECTL ? withLastApplied(object, config) : object;
  return withManagers(annotated, managed);
}

interface Attempt {
  managed: Managed;
  object: JsonObject | undefined;
}

/** kubectl takes over the fields of its own client-side apply without conflicts. */
function withUpgrade(
  attempt: (force: boolean) => Attempt,
  live: KubeObject,
  write: FieldsWrite & { force: boolean },
): Attempt {
  try {
    return attempt(write.force);
  } catch (error) {
    if (!(error instanceof Conflicts)) throw error;
    const allowed =
      write.manager === KUBECTL ? lastAppliedFields(structAtom(write.schema), live, write.apiVersion) : undefined;
    const left = allowed ? error.list.filter(({ path }) => !has(allowed, path)) : error.list;
    if (left.length > 0) throw conflictError(left);
    return attempt(true);
  }
}

/** Undefined: nothing changed, and the entry keeps its time. */
function applyOnce(
  live: JsonObject,
  config: JsonObject,
  managed: Managed,
  write: FieldsWrite & { force: boolean },
): JsonObject | undefined {
  const metadata = own(config, 'metadata');
  if (isMap(metadata) && Array.isArray(own(metadata, 'managedFields'))) {
    throw badRequest('metadata.managedFields must be nil');
  }
  const rules = rulesOf(write);
  const violations = validateObject(rules.atom, config);
  if (violations.length > 0) {
    const { object } = namesOf(config);
    throw new StatusError(500, '', `failed to create typed patch object (${object}): ${printViolations(violations)}`);
  }
  const id = idOf(write, write.manager, 'Apply');
  const object = applyToObject(rules, live, config, managed.managers, id, write.force);
  strip(managed, id);
  if (object) managed.times.set(id, write.now);
  return object;
}

function readManagersOrFail(entries: readonly ManagedFieldsEntry[]): Managed {
  try {
    return readManagers(entries);
  } catch (error) {
    if (!(error instanceof EntryError) && !(error instanceof ElementError)) throw error;
    throw new StatusError(500, '', `failed to decode managed fields: ${error.message}`);
  }
}

const textOf = (object: JsonObject, key: string): string => {
  const value = own(object, key);
  return typeof value === 'string' ? value : '';
};

/** `apps/v1, Kind=Deployment`, `/v1, Kind=Service` */
function printKind(config: JsonObject): string {
  const parts = textOf(config, 'apiVersion').split('/');
  if (parts.length > 2) return '/, Kind=';
  const [group, version] = parts.length === 2 ? parts : ['', parts[0]];
  return `${group}/${version}, Kind=${textOf(config, 'kind')}`;
}

function namesOf(config: JsonObject): { object: string; kind: string } {
  const metadata = own(config, 'metadata');
  const { namespace, name } = isMap(metadata)
    ? { namespace: textOf(metadata, 'namespace'), name: textOf(metadata, 'name') }
    : { namespace: '', name: '' };
  const kind = printKind(config);
  return { object: `${namespace}/${name}; ${kind}`, kind };
}

/** The applied object must be of the endpoint's kind. */
function checkKind(config: JsonObject, write: FieldsWrite, live: KubeObject | undefined): string {
  const expected = live?.kind ?? write.schema.name.slice(write.schema.name.lastIndexOf('.') + 1);
  if (textOf(config, 'apiVersion') !== write.apiVersion || textOf(config, 'kind') !== expected) {
    throw badRequest(`invalid object type: ${printKind(config)}`);
  }
  return expected;
}

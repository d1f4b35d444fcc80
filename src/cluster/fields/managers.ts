import type { Json, ManagedFieldsEntry } from '../api/object.ts';
import { escapeHtml, goQuote } from '../api/field-error.ts';
import { readFields, writeFields } from './fields-v1.ts';
import type { FieldSet } from './set.ts';
import { compareText } from './value.ts';

/** What a manager owns, and in which version of the API its paths are meant. */
export interface Owned {
  set: FieldSet;
  apiVersion: string;
  applied: boolean;
}

/** Owners by their identifier (`managerId`). */
export type Managers = Map<string, Owned>;

/** managedFields as the managers work with it. */
export interface Managed {
  managers: Managers;
  /** Times by identifier; undefined where an entry has none. */
  times: Map<string, string | undefined>;
}

export const noManagers = (): Managed => ({ managers: new Map(), times: new Map() });

/** An entry that upstream refuses to decode. */
export class EntryError extends Error {
  override name = 'EntryError';
}

/** Who wrote: what an identifier is made of. */
export interface ManagerId {
  manager: string;
  operation: string;
  /** Left out for appliers, who own the same fields whichever version they use. */
  apiVersion: string;
  subresource: string;
}

/** The identifier of an owner: JSON, by which managers also are sorted (`BuildManagerIdentifier`). */
export function managerId({ manager, operation, apiVersion, subresource }: ManagerId): string {
  return escapeHtml(
    JSON.stringify({
      ...(manager && { manager }),
      ...(operation && { operation }),
      ...(apiVersion && operation !== 'Apply' && { apiVersion }),
      ...(subresource && { subresource }),
    }),
  );
}

/** The parts of an identifier. */
export function parseManagerId(id: string): ManagerId {
  const { manager = '', operation = '', apiVersion = '', subresource = '' } = JSON.parse(id) as Partial<ManagerId>;
  return { manager, operation, apiVersion, subresource };
}

/** An entry as a client may send it. */
export interface SentEntry {
  manager?: string;
  operation?: string;
  apiVersion?: string;
  time?: string;
  fieldsType?: string;
  fieldsV1?: Json;
  subresource?: string;
}

/** Decodes managedFields (`DecodeManagedFields`). Throws EntryError or ElementError. */
export function readManagers(entries: readonly SentEntry[]): Managed {
  const managed = noManagers();
  for (const [index, entry] of entries.entries()) {
    const { manager = '', operation, apiVersion = '', fieldsType = '', fieldsV1 = {}, subresource = '', time } = entry;
    if (operation !== 'Apply' && operation !== 'Update') {
      throw new EntryError('operation must be `Apply` or `Update`');
    }
    if (!apiVersion) throw new EntryError('apiVersion must not be empty');
    if (!fieldsType) throw new EntryError(`missing fieldsType in managed fields entry ${index}`);
    if (fieldsType !== 'FieldsV1') {
      throw new EntryError(`invalid fieldsType ${goQuote(fieldsType)} in managed fields entry ${index}`);
    }
    const id = managerId({ manager, operation, apiVersion, subresource });
    const set = readFields(fieldsV1);
    managed.managers.set(id, { set, apiVersion, applied: operation === 'Apply' });
    managed.times.set(id, time ?? undefined);
  }
  return managed;
}

/** managedFields of an object; undefined when nobody owns anything. */
export function writeManagers({ managers, times }: Managed): ManagedFieldsEntry[] | undefined {
  if (managers.size === 0) return undefined;
  const entries: ManagedFieldsEntry[] = [];
  for (const [id, owned] of managers) {
    const { manager, operation, subresource } = parseManagerId(id);
    const time = times.get(id);
    entries.push({
      ...(manager && { manager }),
      operation: owned.applied ? 'Apply' : operation,
      apiVersion: owned.apiVersion,
      ...(time && { time }),
      fieldsType: 'FieldsV1',
      fieldsV1: writeFields(owned.set),
      ...(subresource && { subresource }),
    } as ManagedFieldsEntry);
  }
  return entries.sort(compareEntries);
}

/** Seconds since the epoch; 0 for no time. */
export const seconds = (time: string | undefined): number => (time ? Math.floor(Date.parse(time) / 1000) : 0);

/** Appliers first, then the oldest (`sortEncodedManagedFields`). */
function compareEntries(one: ManagedFieldsEntry, other: ManagedFieldsEntry): number {
  return (
    compareText(one.operation, other.operation) ||
    (one.time === other.time ? 0 : seconds(one.time) - seconds(other.time)) ||
    compareText(one.manager ?? '', other.manager ?? '') ||
    compareText(one.apiVersion, other.apiVersion) ||
    compareText(one.subresource ?? '', other.subresource ?? '')
  );
}

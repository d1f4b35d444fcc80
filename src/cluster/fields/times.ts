import type { KubeObject, ManagedFieldsEntry } from '../api/object.ts';
import { equalValues } from './value.ts';
import { withEntries } from './write.ts';

/**
 * Before an update is stored: if nothing but times of managedFields changed, the old times, so that nothing is written
 * (apiserver `handlers/fieldmanager/equality.go`). Gives `now` itself where upstream leaves it alone.
 */
export function keepManagedTimes(old: KubeObject, now: KubeObject): KubeObject {
  const [before, after] = [old.metadata.managedFields ?? [], now.metadata.managedFields ?? []];
  if (before.length !== after.length || after.length === 0) return now;
  if (after.every((entry, index) => entry.time === before[index]?.time)) return now;
  const timeless = after.every((entry, index) => sameButTime(entry, before[index] as ManagedFieldsEntry));
  // The resourceVersion is the old one by now, whether or not the client sent it.
  const rest = (object: KubeObject) =>
    withEntries({ ...object, metadata: { ...object.metadata, resourceVersion: '' } }, undefined);
  if (!timeless || !equalValues(rest(old), rest(now))) return now;
  return withEntries(now, [...before]);
}

function sameButTime({ time: _, ...one }: ManagedFieldsEntry, { time: __, ...other }: ManagedFieldsEntry): boolean {
  return equalValues(one, other);
}

import type { KubeObject, ManagedFieldsEntry } from '../api/object.ts';
import { kindSchema } from '../schema/schema.ts';
import { fieldElement } from './element.ts';
import { applyFields, type FieldsWrite, trackUpdate } from './manager.ts';
import { type Managed, noManagers, readManagers, writeManagers } from './managers.ts';
import { difference, has, setOf } from './set.ts';

/**
 * managedFields of writes to `scale`: they are worked out on the Scale, whose entries are those of the workload's
 * replicas, and carried over to the workload (apimachinery `managedfields/scalehandler.go`). Like upstream's, entries
 * that come from a Scale have no time, and a manager of other fields of the workload that also owns its replicas gets a
 * second entry for them; of two entries with one identity the last counts when they are read again.
 */

const SCALE_VERSION = 'autoscaling/v1';

const REPLICAS = ['spec', 'replicas'].map(fieldElement);
const REPLICAS_SET = setOf([REPLICAS]);

/** Who writes, and in which version of the workload. */
export interface ScaleWrite extends Pick<FieldsWrite, 'manager' | 'now'> {
  /** Of the workload: `apps/v1`. */
  apiVersion: string;
}

const scaleFields = ({ manager, now }: ScaleWrite): FieldsWrite => ({
  schema: kindSchema('autoscaling', 'v1', 'Scale'),
  apiVersion: SCALE_VERSION,
  manager,
  subresource: 'scale',
  now,
  reset: [],
});

/**
 * PUT and patches of a Scale: managedFields of the workload after them. `before` is the live workload's Scale, `after`
 * what the client makes of it.
 */
export function trackScale(
  workload: KubeObject,
  before: KubeObject,
  after: KubeObject,
  write: ScaleWrite,
): ManagedFieldsEntry[] | undefined {
  const tracked = trackUpdate(withScaleEntries(workload, before, write), after, scaleFields(write));
  return workloadEntries(workload, tracked.metadata.managedFields, write);
}

/** Server-side apply of a Scale: the Scale, and managedFields of the workload. Throws as `applyFields` does. */
export function applyScale(
  workload: KubeObject,
  before: KubeObject,
  applied: KubeObject,
  write: ScaleWrite & { force: boolean },
): { scale: KubeObject; managedFields: ManagedFieldsEntry[] | undefined } {
  const live = withScaleEntries(workload, before, write);
  const scale = applyFields(live, applied, { ...scaleFields(write), force: write.force });
  return { scale, managedFields: workloadEntries(workload, scale.metadata.managedFields, write) };
}

function withScaleEntries(workload: KubeObject, scale: KubeObject, write: ScaleWrite): KubeObject {
  const managed = readManagers(workload.metadata.managedFields ?? []);
  const out = noManagers();
  for (const [id, owned] of managed.managers) {
    if (owned.apiVersion !== write.apiVersion || !has(owned.set, REPLICAS)) continue;
    out.managers.set(id, { set: REPLICAS_SET, apiVersion: SCALE_VERSION, applied: owned.applied });
    out.times.set(id, managed.times.get(id));
  }
  const entries = writeManagers(out);
  return { ...scale, metadata: { ...scale.metadata, ...(entries && { managedFields: entries }) } };
}

/** The workload's entries after a write that left these to the Scale. */
function workloadEntries(
  workload: KubeObject,
  scaleEntries: readonly ManagedFieldsEntry[] | undefined,
  { apiVersion }: ScaleWrite,
): ManagedFieldsEntry[] | undefined {
  const parent = readManagers(workload.metadata.managedFields ?? []);
  const scale = readManagers(scaleEntries ?? []).managers;
  const out: Managed = { managers: new Map(), times: parent.times };
  for (const [id, owned] of parent.managers) {
    if (owned.apiVersion !== apiVersion) continue;
    if (!has(owned.set, REPLICAS) || scale.has(id)) {
      out.managers.set(id, owned);
      if (has(owned.set, REPLICAS)) scale.delete(id);
      continue;
    }
    const set = difference(owned.set, REPLICAS_SET);
    if (set.size > 0) out.managers.set(id, { ...owned, set });
  }
  for (const [id, owned] of scale) {
    if (has(owned.set, REPLICAS)) out.managers.set(id, { set: REPLICAS_SET, apiVersion, applied: owned.applied });
  }
  return writeManagers(out);
}

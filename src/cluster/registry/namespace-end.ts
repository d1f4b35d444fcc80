/** The end of a namespace, whose first step is the registry's and whose rest is the namespace controller's. Pure. */
import type { KubeObject } from '../api/object.ts';
import { conflict, type GroupName } from '../api/status.ts';
import type { DeleteOptions } from './deletion.ts';

/** A namespace that is being deleted already and that nothing holds. */
export const namespaceGoes = (old: KubeObject): boolean =>
  old.metadata.deletionTimestamp !== undefined && (old['spec']?.finalizers ?? []).length === 0;

/**
 * The namespace as its deletion leaves it, the same object when it is being deleted already; `now` is RFC 3339. Throws 409
 * when a precondition does not hold.
 */
export function terminated(resource: GroupName, old: KubeObject, options: DeleteOptions, now: string): KubeObject {
  const { name = '', uid = '', resourceVersion = '' } = old.metadata;
  const wanted = options.preconditions ?? {};
  const mismatch = (what: string, asked: string, is: string) =>
    conflict(resource, name, `Precondition failed: ${what} in precondition: ${asked}, ${what} in object meta: ${is}`);
  if (wanted.uid !== undefined && wanted.uid !== uid) throw mismatch('UID', wanted.uid, uid);
  if (wanted.resourceVersion !== undefined && wanted.resourceVersion !== resourceVersion) {
    throw mismatch('ResourceVersion', wanted.resourceVersion, resourceVersion);
  }
  if (old.metadata.deletionTimestamp !== undefined) return old;
  return {
    ...old,
    metadata: { ...old.metadata, deletionTimestamp: now },
    status: { ...old['status'], phase: 'Terminating' },
  };
}

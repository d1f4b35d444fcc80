/** What a deletion does to an object: pure (apiserver `registry/rest/delete.go` and `registry/generic/registry/store.go`). */
import type { KubeObject } from '../api/object.ts';
import { conflict, type GroupName } from '../api/status.ts';
import type { GracePeriod } from '../kinds/kind.ts';

/** The DeleteOptions that matter. */
export interface DeleteOptions {
  gracePeriodSeconds?: number;
  preconditions?: { uid?: string; resourceVersion?: string };
  propagationPolicy?: string;
  orphanDependents?: boolean;
  /** Delete what can't be read from storage any more: no object here is such. */
  ignoreStoreReadErrorWithClusterBreakingPotential?: boolean;
}

export const ORPHAN = 'orphan';
export const FOREGROUND = 'foregroundDeletion';

export type Deletion =
  /** A graceful deletion is under way already, and nothing is to do. */
  | { act: 'pending' }
  /** The object stays, marked as being deleted. */
  | { act: 'mark'; object: KubeObject }
  /** Away with it; `object` is its last state. */
  | { act: 'remove'; object: KubeObject };

/** Seconds since 1970 of an RFC 3339 time. */
const seconds = (time: string): number => Math.floor(Date.parse(time) / 1000);

const timeOf = (unix: number): string => `${new Date(unix * 1000).toISOString().slice(0, 19)}Z`;

/**
 * Decides what deleting `old` means. `grace` is the object's default grace period, undefined for kinds that are deleted at
 * once; `now` is RFC 3339. Throws 409 when a precondition does not hold.
 */
export function decideDeletion(
  old: KubeObject,
  options: DeleteOptions,
  grace: GracePeriod | undefined,
  kind: GroupName,
  now: string,
): Deletion {
  const meta = old.metadata;
  checkPreconditions(old, options, kind);
  const asked = options.gracePeriodSeconds === undefined ? undefined : asGrace(options.gracePeriodSeconds);
  let object = old;
  let graceful = false;
  if (grace !== undefined) {
    const period = meta.deletionGracePeriodSeconds;
    if (meta.deletionTimestamp !== undefined) {
      if (period !== undefined && period !== 0) {
        if (asked === undefined || asked >= period) return { act: 'pending' };
        object = shortened(old, asked, now);
        graceful = true;
      }
    } else {
      const wait = grace === 'none' ? 0 : (asked ?? grace);
      object = withMeta(old, {
        deletionTimestamp: timeOf(seconds(now) + wait),
        deletionGracePeriodSeconds: wait,
        ...grown(old),
      });
      graceful = true;
    }
  }
  const finalizers = garbageFinalizers(object.metadata.finalizers ?? [], options);
  object = withMeta(object, { finalizers });
  const left = object.metadata.deletionGracePeriodSeconds ?? 0;
  if (graceful) return finalizers.length > 0 || left > 0 ? { act: 'mark', object } : { act: 'remove', object };
  if (finalizers.length === 0) return { act: 'remove', object: old };
  const { deletionTimestamp } = object.metadata;
  const first = deletionTimestamp === undefined;
  object = withMeta(object, {
    deletionTimestamp: first || seconds(deletionTimestamp) > seconds(now) ? now : deletionTimestamp,
    deletionGracePeriodSeconds: 0,
    ...(first && grown(object)),
  });
  return { act: 'mark', object };
}

/** An update removed the last finalizer of an object that was waiting for that. */
export function goesWithUpdate(next: KubeObject, old: KubeObject): boolean {
  if ((next.metadata.finalizers ?? []).length > 0 || old.metadata.deletionTimestamp === undefined) return false;
  if (old.kind === 'Namespace' && (next['spec']?.finalizers ?? []).length > 0) return false;
  return (old.metadata.deletionGracePeriodSeconds ?? 0) === 0;
}

function checkPreconditions(old: KubeObject, options: DeleteOptions, kind: GroupName): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const { name = '', uid: liveUid = '', resourceVersion: live = '' } = old.metadata;
  if (uid !== undefined && uid !== liveUid) {
    throw conflict(
      kind,
      name,
      `the UID in the precondition (${uid}) does not match the UID in record (${liveUid}). ` +
        'The object might have been deleted and then recreated',
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== live) {
    throw conflict(
      kind,
      name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record ` +
        `(${live}). The object might have been modified`,
    );
  }
}

const asGrace = (asked: number): number => (asked < 0 ? 1 : asked);

const grown = (object: KubeObject): { generation?: number } => {
  const { generation = 0 } = object.metadata;
  return generation > 0 ? { generation: generation + 1 } : {};
};

function shortened(old: KubeObject, asked: number, now: string): KubeObject {
  const { deletionTimestamp = now, deletionGracePeriodSeconds = 0 } = old.metadata;
  let period = asked;
  let end = seconds(deletionTimestamp) - deletionGracePeriodSeconds + asked;
  if (end < seconds(now)) {
    end = seconds(now);
    if (period !== 0) period = 1;
  }
  return withMeta(old, { deletionTimestamp: timeOf(end), deletionGracePeriodSeconds: period });
}

/** The finalizers that tell the garbage collector what to do with the object's dependents. */
export function garbageFinalizers(finalizers: readonly string[], options: DeleteOptions): string[] {
  const has = (one: string) => finalizers.includes(one);
  let orphan: boolean;
  let foreground: boolean;
  if (options.orphanDependents !== undefined) {
    orphan = options.orphanDependents;
    foreground = false;
  } else if (options.propagationPolicy !== undefined) {
    orphan = options.propagationPolicy === 'Orphan';
    foreground = options.propagationPolicy === 'Foreground';
  } else {
    const first = finalizers.find((one) => one === ORPHAN || one === FOREGROUND);
    orphan = first === ORPHAN;
    foreground = first === FOREGROUND;
  }
  if (orphan === has(ORPHAN) && foreground === has(FOREGROUND)) return [...finalizers];
  return [
    ...finalizers.filter((one) => one !== ORPHAN && one !== FOREGROUND),
    ...(orphan ? [ORPHAN] : []),
    ...(foreground ? [FOREGROUND] : []),
  ];
}

function withMeta(object: KubeObject, change: Partial<KubeObject['metadata']>): KubeObject {
  const metadata = { ...object.metadata, ...change };
  if (metadata.finalizers?.length === 0) delete metadata.finalizers;
  return { ...object, metadata };
}

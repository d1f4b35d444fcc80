/**
 * How many pods each ReplicaSet of a Deployment may have next (kubernetes `pkg/controller/deployment/rolling.go`,
 * `util/deployment_util.go`). Pure.
 */
import type { KubeObject } from '../api/object.ts';

export type IntOrPercent = number | string | null | undefined;

/** A ReplicaSet and the size that it gets. */
export interface Scale {
  set: KubeObject;
  to: number;
}

export const sizeOf = (set: KubeObject): number => set['spec']?.replicas ?? 1;
/** Status lags behind a size that has just shrunk: what is about to go does not count. */
const availableOf = (set: KubeObject): number => Math.min(set['status']?.availableReplicas ?? 0, sizeOf(set));
const sum = (sets: readonly KubeObject[], of: (set: KubeObject) => number): number =>
  sets.reduce((total, set) => total + of(set), 0);

/** A number as it is, a percentage of `total` rounded up or down; what is neither is 0. */
export function scaled(value: IntOrPercent, total: number, up: boolean): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(value ?? '')?.[1];
  if (percent === undefined) return 0;
  const exact = (Number(percent) * total) / 100;
  return up ? Math.ceil(exact) : Math.floor(exact);
}

/** How far a rolling update may go above and below the desired number; never 0 both ways. */
export function fenceposts(deployment: KubeObject): { surge: number; unavailable: number } {
  const { strategy, replicas: desired = 1 } = deployment['spec'];
  if (strategy?.type !== 'RollingUpdate') return { surge: 0, unavailable: 0 };
  const surge = scaled(strategy.rollingUpdate?.maxSurge, desired, true);
  const unavailable = scaled(strategy.rollingUpdate?.maxUnavailable, desired, false);
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

/** Pods that a Deployment may have at most while it rolls. */
export const mostReplicas = (deployment: KubeObject): number => sizeOf(deployment) + fenceposts(deployment).surge;

/** Pods that may be missing while it rolls: never more than there are to be. */
export const maxUnavailable = (deployment: KubeObject): number =>
  Math.min(fenceposts(deployment).unavailable, sizeOf(deployment));

/** The size of the new ReplicaSet, one that does not exist yet counting as empty. */
export function newSetSize(deployment: KubeObject, newSize: number, allSize: number): number {
  const desired = sizeOf(deployment);
  if (deployment['spec'].strategy?.type === 'Recreate') return desired;
  const room = mostReplicas(deployment) - allSize;
  return room <= 0 ? newSize : newSize + Math.min(room, desired - newSize);
}

/** Oldest first. */
export const byAge = (a: KubeObject, b: KubeObject): number => {
  const [at, bt] = [a, b].map(({ metadata }) => metadata.creationTimestamp ?? '') as [string, string];
  if (at !== bt) return at < bt ? -1 : 1;
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
};

/** The next step of a rolling update: the new ReplicaSet grows first, and when it can't, the old ones shrink. */
export function rollingStep(deployment: KubeObject, newSet: KubeObject, oldSets: readonly KubeObject[]): Scale[] {
  const desired = sizeOf(deployment);
  const size = sizeOf(newSet);
  const all = sum([...oldSets, newSet], sizeOf);
  const to = size > desired ? desired : newSetSize(deployment, size, all);
  if (to !== size) return [{ set: newSet, to }];
  return shrinkOld(deployment, newSet, oldSets, all);
}

function shrinkOld(deployment: KubeObject, newSet: KubeObject, oldSets: readonly KubeObject[], all: number): Scale[] {
  const active = oldSets.filter((set) => sizeOf(set) > 0).toSorted(byAge);
  if (active.length === 0) return [];
  const least = sizeOf(deployment) - maxUnavailable(deployment);
  // Pods of the new ReplicaSet that aren't available yet must not cost old ones.
  const mostDown = all - least - (sizeOf(newSet) - availableOf(newSet));
  if (mostDown <= 0) return [];
  const sizes = new Map(active.map((set) => [set, sizeOf(set)]));
  // What is not available goes first: it costs nothing, and would be in the way of the rest.
  let left = mostDown;
  for (const set of active) {
    const down = Math.min(left, sizeOf(set) - availableOf(set));
    if (down <= 0) continue;
    sizes.set(set, sizeOf(set) - down);
    left -= down;
  }
  left = sum([...active, newSet], availableOf) - least;
  for (const set of active) {
    const now = sizes.get(set) ?? 0;
    const down = Math.min(now, Math.max(0, left));
    sizes.set(set, now - down);
    left -= down;
  }
  return active.flatMap((set) => {
    const to = sizes.get(set) ?? 0;
    return to === sizeOf(set) ? [] : [{ set, to }];
  });
}

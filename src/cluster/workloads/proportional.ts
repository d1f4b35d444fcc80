/**
 * What becomes of the ReplicaSets when a Deployment is scaled, also in the middle of a rollout or while it is paused
 * (kubernetes `pkg/controller/deployment/sync.go`, `scale`). Pure.
 */
import type { KubeObject } from '../api/object.ts';
import { DESIRED_REPLICAS, MAX_REPLICAS } from './revisions.ts';
import { byAge, mostReplicas, type Scale, sizeOf } from './rollout.ts';

const MOST = 2 ** 31 - 1;

/** A count that a ReplicaSet carries in an annotation. */
function countIn({ metadata }: KubeObject, annotation: string): number | undefined {
  const text = metadata.annotations?.[annotation] ?? '';
  return /^\d+$/.test(text) && Number(text) <= MOST ? Number(text) : undefined;
}

/** The Deployment's size has changed since its active ReplicaSets got theirs. */
export const isScalingEvent = (deployment: KubeObject, sets: readonly KubeObject[]): boolean =>
  sets.some((set) => {
    const desired = sizeOf(set) > 0 ? countIn(set, DESIRED_REPLICAS) : undefined;
    return desired !== undefined && desired !== sizeOf(deployment);
  });

/** A ReplicaSet has all pods of the Deployment, and all of them are available. */
const isSaturated = (deployment: KubeObject, set: KubeObject): boolean =>
  sizeOf(set) === sizeOf(deployment) &&
  countIn(set, DESIRED_REPLICAS) === sizeOf(deployment) &&
  (set['status']?.availableReplicas ?? 0) === sizeOf(deployment);

/** The sizes after a scaling; those that keep theirs are told too, for they learn of the new total. */
export function scaleAll(
  deployment: KubeObject,
  newSet: KubeObject | undefined,
  oldSets: readonly KubeObject[],
): Scale[] {
  const all = newSet ? [...oldSets, newSet] : [...oldSets];
  const active = all.filter((set) => sizeOf(set) > 0);
  if (active.length < 2) {
    const set = active[0] ?? newSet ?? oldSets.toSorted(byAge).at(-1);
    // Upstream leaves one alone that somebody else gave the right size, and then takes it for a scaling for ever.
    return set && (sizeOf(set) !== sizeOf(deployment) || isScalingEvent(deployment, [set]))
      ? [{ set, to: sizeOf(deployment) }]
      : [];
  }
  if (newSet && isSaturated(deployment, newSet)) {
    return oldSets.filter((set) => sizeOf(set) > 0).map((set) => ({ set, to: 0 }));
  }
  if (deployment['spec'].strategy?.type !== 'RollingUpdate') return [];
  return proportionally(deployment, active);
}

/** Spreads what is added or taken away over the active ReplicaSets by their sizes; the largest gets what is left over. */
function proportionally(deployment: KubeObject, active: readonly KubeObject[]): Scale[] {
  const allowed = sizeOf(deployment) > 0 ? mostReplicas(deployment) : 0;
  const toAdd = allowed - active.reduce((total, set) => total + sizeOf(set), 0);
  // Among equals the newer grow and the older shrink first.
  const sets = active.toSorted((a, b) => sizeOf(b) - sizeOf(a) || (toAdd > 0 ? byAge(b, a) : byAge(a, b)));
  let added = 0;
  const scales = sets.map((set) => {
    const part = toAdd === 0 || toAdd === added ? 0 : fraction(deployment, set);
    const share = toAdd > 0 ? Math.min(part, toAdd - added) : toAdd < 0 ? Math.max(part, toAdd - added) : 0;
    added += share;
    return { set, to: sizeOf(set) + share };
  });
  const [first] = scales;
  if (first) first.to = Math.max(0, first.to + toAdd - added);
  return scales;
}

function fraction(deployment: KubeObject, set: KubeObject): number {
  if (sizeOf(deployment) === 0) return -sizeOf(set);
  const before = countIn(set, MAX_REPLICAS) || ((deployment['status']?.replicas as number | undefined) ?? 0);
  if (before === 0) return 0;
  return Math.round((sizeOf(set) * mostReplicas(deployment)) / before) - sizeOf(set);
}

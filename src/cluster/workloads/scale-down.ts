/**
 * Which pods go first when there are too many (kubernetes `pkg/controller/controller_utils.go`, `ActivePodsWithRanks`;
 * `replicaset/replica_set.go`, `getPodsToDelete`). Pure.
 */
import type { KubeObject } from '../api/object.ts';
import { isActive, isReady, nodeOf, phaseOf, readySince } from '../api/pods.ts';

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
const PHASES: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };
const MOST_COST = 2 ** 31 - 1;

/** A cost that is no 32-bit integer counts as none. */
export function deletionCost({ metadata }: KubeObject): number {
  const text = metadata.annotations?.[DELETION_COST] ?? '';
  if (!/^(0|-?[1-9]\d*)$/.test(text)) return 0;
  const cost = Number(text);
  return cost > MOST_COST || cost < -MOST_COST - 1 ? 0 : cost;
}

/** Age in powers of two: pods of about the same age are equals. */
const logAge = (since: number, now: number): number =>
  now > since ? Math.trunc(Math.log2((now - since) * 1_000_000)) : -1;

/** Negative when the first goes first: the younger by powers of two, between equals the lesser UID. */
function younger(a: KubeObject, b: KubeObject, aSince: number, bSince: number, now: number): number {
  if (aSince === bSince) return 0;
  const difference = logAge(aSince, now) - logAge(bSince, now);
  if (difference !== 0) return difference;
  return (a.metadata.uid ?? '') < (b.metadata.uid ?? '') ? -1 : 1;
}

function mostRestarts({ spec, status }: KubeObject): readonly [containers: number, sidecars: number] {
  const most = (statuses: readonly { name: string; restartCount?: number }[]) =>
    Math.max(0, ...statuses.map(({ restartCount = 0 }) => restartCount));
  const init: readonly { name: string; restartPolicy?: string }[] = spec?.initContainers ?? [];
  const sidecars = new Set(init.filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name));
  const ofInit: readonly { name: string; restartCount?: number }[] = status?.initContainerStatuses ?? [];
  return [most(status?.containerStatuses ?? []), most(ofInit.filter(({ name }) => sidecars.has(name)))];
}

/**
 * Compares two pods, negative when the first is to be deleted first. `rank` counts a pod's relatives on its node;
 * `now` in milliseconds since 1970.
 */
export function compareForDeletion(
  a: KubeObject,
  b: KubeObject,
  rank: (pod: KubeObject) => number,
  now: number,
): number {
  if (!nodeOf(a) !== !nodeOf(b)) return nodeOf(a) ? 1 : -1;
  const phase = (PHASES[phaseOf(a)] ?? 0) - (PHASES[phaseOf(b)] ?? 0);
  if (phase !== 0) return phase;
  if (isReady(a) !== isReady(b)) return isReady(a) ? 1 : -1;
  const cost = deletionCost(a) - deletionCost(b);
  if (cost !== 0) return cost;
  const doubled = rank(b) - rank(a);
  if (doubled !== 0) return doubled;
  const [aReady, bReady] = [readySince(a), readySince(b)];
  if (isReady(a) && aReady !== bReady) {
    if (aReady === undefined || bReady === undefined) return aReady === undefined ? -1 : 1;
    return younger(a, b, aReady, bReady, now);
  }
  const [[aMain, aSide], [bMain, bSide]] = [mostRestarts(a), mostRestarts(b)];
  if (aMain !== bMain) return bMain - aMain;
  if (aSide !== bSide) return bSide - aSide;
  const created = ({ metadata }: KubeObject) => Date.parse(metadata.creationTimestamp ?? '');
  return younger(a, b, created(a), created(b), now);
}

/**
 * The `count` pods of `pods` to delete. `related` are the pods of all ReplicaSets with the same controller: of two pods the
 * one with more active relatives on its node goes first.
 */
export function podsToDelete(
  pods: readonly KubeObject[],
  related: readonly KubeObject[],
  count: number,
  now: number,
): KubeObject[] {
  if (count >= pods.length) return [...pods];
  const onNode = new Map<string, number>();
  for (const pod of related) if (isActive(pod)) onNode.set(nodeOf(pod), (onNode.get(nodeOf(pod)) ?? 0) + 1);
  const rank = (pod: KubeObject) => onNode.get(nodeOf(pod)) ?? 0;
  return pods.toSorted((a, b) => compareForDeletion(a, b, rank, now)).slice(0, count);
}

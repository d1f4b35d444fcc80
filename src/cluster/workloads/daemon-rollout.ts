/**
 * Which pods of a DaemonSet come and go (kubernetes `pkg/controller/daemon/daemon_controller.go` `podsShouldBeOnNode`, `update.go`
 * `rollingUpdate`). Pure.
 */
import type { KubeObject } from '../api/object.ts';
import { byNodeAndAge, fitOf, isUpdated } from './daemon-pods.ts';
import { availableIn, isReady, nodeOf, phaseOf } from '../api/pods.ts';
import { scaled } from './rollout.ts';

/** A DaemonSet, the nodes of the cluster and its pods by the nodes that they are on or meant for. */
export interface DaemonState {
  set: KubeObject;
  nodes: readonly KubeObject[];
  pods: ReadonlyMap<string, readonly KubeObject[]>;
  /** Of the current ControllerRevision. */
  hash: string;
  /** Milliseconds since 1970. */
  now: number;
}

export interface DaemonChange {
  /** Nodes that get a pod. */
  create: string[];
  delete: KubeObject[];
}

interface Limits {
  surge: number;
  unavailable: number;
  desired: number;
}

export function limitsOf({ set, nodes }: DaemonState): Limits {
  const desired = nodes.filter((node) => fitOf(set, node).shouldRun).length;
  const { type, rollingUpdate = {} } = set['spec'].updateStrategy ?? {};
  if (type !== 'RollingUpdate') return { surge: 0, unavailable: 0, desired };
  const surge = scaled(rollingUpdate.maxSurge, desired, true);
  const unavailable = scaled(rollingUpdate.maxUnavailable, desired, true);
  return { surge, unavailable: desired > 0 && surge === 0 && unavailable === 0 ? 1 : unavailable, desired };
}

const allowsSurge = (set: KubeObject): boolean => {
  const { type, rollingUpdate = {} } = set['spec'].updateStrategy ?? {};
  return type === 'RollingUpdate' && scaled(rollingUpdate.maxSurge, 1, true) > 0;
};

const isAvailable = ({ set, now }: DaemonState, pod: KubeObject): boolean =>
  availableIn(pod, set['spec'].minReadySeconds ?? 0, now) === 0;

const alive = (pods: readonly KubeObject[]): KubeObject[] => pods.filter(({ metadata }) => !metadata.deletionTimestamp);

const hasEnded = (pod: KubeObject): boolean => phaseOf(pod) === 'Failed' || phaseOf(pod) === 'Succeeded';

/** One pod where one belongs, none elsewhere. `mayReplace` says of a failed pod whether it is time to take it away. */
export function managed(state: DaemonState, mayReplace: (pod: KubeObject, node: string) => boolean): DaemonChange {
  const change: DaemonChange = { create: [], delete: [] };
  for (const node of state.nodes) {
    const { name = '' } = node.metadata;
    const pods = state.pods.get(name);
    const { shouldRun, mayStay } = fitOf(state.set, node);
    if (shouldRun && !pods) change.create.push(name);
    else if (mayStay) {
      const running = alive(pods ?? []);
      change.delete.push(
        ...running.filter(
          (pod) => phaseOf(pod) === 'Succeeded' || (phaseOf(pod) === 'Failed' && mayReplace(pod, name)),
        ),
      );
      const left = running.filter((pod) => !hasEnded(pod)).toSorted(byNodeAndAge);
      if (!allowsSurge(state.set)) change.delete.push(...left.slice(1));
      else if (left.length > 1) change.delete.push(...surplus(state, left));
      else if (left.length === 0 && shouldRun) change.create.push(name);
    } else change.delete.push(...alive(pods ?? []));
  }
  // Meant for nodes that are no more: nobody else would ever take them away.
  const names = new Set(state.nodes.map(({ metadata }) => metadata.name ?? ''));
  for (const [node, pods] of state.pods) {
    if (!names.has(node)) change.delete.push(...pods.filter((pod) => !nodeOf(pod)));
  }
  return change;
}

/** While surging there may be an old pod that is ready beside a new one that isn't available yet. */
function surplus(state: DaemonState, pods: readonly KubeObject[]): KubeObject[] {
  const updated = ({ metadata }: KubeObject) => metadata.labels?.['controller-revision-hash'] === state.hash;
  const newest = pods.find(updated);
  const oldest = pods.find((pod) => !updated(pod));
  const gone = pods.filter((pod) => pod !== newest && pod !== oldest);
  if (newest && oldest && (!isReady(oldest) || isAvailable(state, newest))) gone.push(oldest);
  return gone;
}

interface Pair {
  updated: KubeObject | undefined;
  old: KubeObject | undefined;
}

/** A node's pod of the newest template and its pod of an older one; undefined where there are more. */
function pairOn({ set, hash }: DaemonState, pods: readonly KubeObject[]): Pair | undefined {
  const updated = alive(pods).filter((pod) => isUpdated(set, pod, hash));
  const old = alive(pods).filter((pod) => !isUpdated(set, pod, hash));
  return updated.length > 1 || old.length > 1 ? undefined : { updated: updated[0], old: old[0] };
}

/** Every node that should have a pod, and every one that has some; in the order of their names. */
function places({ set, nodes, pods }: DaemonState): [string, readonly KubeObject[]][] {
  const all = new Map(pods);
  for (const node of nodes) {
    const { name = '' } = node.metadata;
    if (!all.has(name) && fitOf(set, node).shouldRun) all.set(name, []);
  }
  return [...all].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** The next step of a rolling update. */
export function rolled(state: DaemonState): DaemonChange {
  const limits = limitsOf(state);
  return limits.surge > 0 ? rolledBySurge(state, limits) : rolledByDeletion(state, limits);
}

/** Old pods go, as many as may be missing, and those first that are of no use anyway. */
function rolledByDeletion(state: DaemonState, { unavailable: most }: Limits): DaemonChange {
  let unavailable = 0;
  const useless: KubeObject[] = [];
  const candidates: KubeObject[] = [];
  for (const [, pods] of places(state)) {
    const pair = pairOn(state, pods);
    if (!pair || !pair.old === !pair.updated) unavailable++;
    else if (pair.updated) unavailable += isAvailable(state, pair.updated) ? 0 : 1;
    else if (pair.old && isAvailable(state, pair.old)) candidates.push(pair.old);
    else if (pair.old) {
      useless.push(pair.old);
      unavailable++;
    }
  }
  return { create: [], delete: [...useless, ...candidates.slice(0, Math.max(0, most - unavailable))] };
}

/** New pods come beside the old ones, and those go when the new ones are available. */
function rolledBySurge(state: DaemonState, { surge: most, desired }: Limits): DaemonChange {
  const nodes = new Map(state.nodes.map((node) => [node.metadata.name ?? '', node]));
  const change: DaemonChange = { create: [], delete: [] };
  const candidates: string[] = [];
  const misplaced: KubeObject[] = [];
  let surge = 0;
  let available = 0;
  for (const [name, pods] of places(state)) {
    const pair = pairOn(state, pods);
    if (!pair) {
      surge++;
      continue;
    }
    const { old, updated } = pair;
    const serving = old ?? updated;
    if (serving && isAvailable(state, serving)) available++;
    if (!old) continue;
    if (updated) {
      if (isAvailable(state, updated)) change.delete.push(old);
      else surge++;
      continue;
    }
    const node = nodes.get(name);
    const belongs = node !== undefined && fitOf(state.set, node).shouldRun;
    if (isAvailable(state, old)) {
      if (belongs) candidates.push(name);
      else misplaced.push(old);
    } else if (belongs) change.create.push(name);
    else change.delete.push(old);
  }
  change.delete.push(...misplaced.slice(0, Math.max(0, available - desired)));
  change.create.push(...candidates.slice(0, Math.max(0, most - surge)));
  return change;
}

/** Status of a DaemonSet. */
export function daemonStatus(state: DaemonState): Record<string, unknown> {
  const { set, nodes, pods, hash } = state;
  const counts = { desired: 0, current: 0, misscheduled: 0, ready: 0, updated: 0, available: 0 };
  for (const node of nodes) {
    const [pod] = [...(pods.get(node.metadata.name ?? '') ?? [])].toSorted(byNodeAndAge);
    if (!fitOf(set, node).shouldRun) {
      if (pod) counts.misscheduled++;
      continue;
    }
    counts.desired++;
    if (!pod) continue;
    counts.current++;
    if (isReady(pod)) counts.ready++;
    if (isAvailable(state, pod)) counts.available++;
    if (isUpdated(set, pod, hash)) counts.updated++;
  }
  return {
    ...set['status'],
    currentNumberScheduled: counts.current,
    numberMisscheduled: counts.misscheduled,
    desiredNumberScheduled: counts.desired,
    numberReady: counts.ready,
    observedGeneration: set.metadata.generation,
    updatedNumberScheduled: counts.updated,
    numberAvailable: counts.available,
    numberUnavailable: counts.desired - counts.available,
  };
}

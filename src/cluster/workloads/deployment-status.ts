/**
 * A Deployment's status: counts and the conditions Available, Progressing and ReplicaFailure (kubernetes
 * `pkg/controller/deployment/{sync,progress}.go`). Pure.
 */
import type { KubeObject } from '../api/object.ts';
import { type Condition, conditionOf } from '../api/pods.ts';
import { maxUnavailable, sizeOf } from './rollout.ts';
import { withCondition, withoutCondition } from '../controllers/status.ts';

export const PROGRESSING = 'Progressing';
const FAILURE = 'ReplicaFailure';
export const AVAILABLE_REASON = 'NewReplicaSetAvailable';
export const TIMED_OUT = 'ProgressDeadlineExceeded';
const PAUSED = 'DeploymentPaused';
const NEVER = 2 ** 31 - 1;

export interface DeploymentStatus {
  observedGeneration?: number;
  replicas?: number;
  updatedReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  unavailableReplicas?: number;
  terminatingReplicas?: number;
  collisionCount?: number;
  conditions?: readonly Condition[];
}

const statusOf = (object: KubeObject): DeploymentStatus => object['status'] ?? {};

export const condition = (type: string, status: string, reason: string, message: string, time: string): Condition => ({
  type,
  status,
  lastUpdateTime: time,
  lastTransitionTime: time,
  reason,
  message,
});

/** Seconds that a rollout may stand still; undefined for ever. */
export function progressDeadline(deployment: KubeObject): number | undefined {
  const seconds = deployment['spec'].progressDeadlineSeconds as number | undefined;
  return seconds === NEVER ? undefined : seconds;
}

/** Counts and Available; `time` is now, RFC 3339. */
export function countedStatus(
  deployment: KubeObject,
  newSet: KubeObject | undefined,
  oldSets: readonly KubeObject[],
  time: string,
): DeploymentStatus {
  const sets = newSet ? [...oldSets, newSet] : [...oldSets];
  const sum = (field: string) => sets.reduce((total, set) => total + (set['status']?.[field] ?? 0), 0);
  const available = sum('availableReplicas');
  const { collisionCount, conditions = [] } = statusOf(deployment);
  const enough = available >= sizeOf(deployment) - maxUnavailable(deployment);
  const words = `Deployment ${enough ? 'has' : 'does not have'} minimum availability.`;
  const reason = enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable';
  return {
    ...(deployment.metadata.generation !== undefined && { observedGeneration: deployment.metadata.generation }),
    replicas: sum('replicas'),
    updatedReplicas: newSet?.['status']?.replicas ?? 0,
    readyReplicas: sum('readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, sets.reduce((total, set) => total + sizeOf(set), 0) - available),
    terminatingReplicas: sum('terminatingReplicas'),
    ...(collisionCount !== undefined && { collisionCount }),
    conditions: withCondition(conditions, condition('Available', enough ? 'True' : 'False', reason, words, time)),
  };
}

/** All pods are of the new template and available, and no old one is left. */
export const isComplete = (deployment: KubeObject, status: DeploymentStatus): boolean =>
  [status.updatedReplicas, status.replicas, status.availableReplicas].every(
    (count) => (count ?? 0) === sizeOf(deployment),
  ) && (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0);

function hasProgressed(before: DeploymentStatus, now: DeploymentStatus): boolean {
  const old = ({ replicas = 0, updatedReplicas = 0 }: DeploymentStatus) => replicas - updatedReplicas;
  const more = (field: 'updatedReplicas' | 'readyReplicas' | 'availableReplicas') =>
    (now[field] ?? 0) > (before[field] ?? 0);
  return more('updatedReplicas') || old(now) < old(before) || more('readyReplicas') || more('availableReplicas');
}

function hasTimedOut(deadline: number, progressing: Condition | undefined, now: number): boolean {
  if (!progressing || progressing.reason === AVAILABLE_REASON) return false;
  if (progressing.reason === TIMED_OUT) return true;
  return Date.parse(progressing.lastUpdateTime ?? '') + deadline * 1000 < now;
}

/** The status in the course of a rollout; `now` in milliseconds since 1970, `time` the same as RFC 3339. */
export function rolloutStatus(
  deployment: KubeObject,
  newSet: KubeObject | undefined,
  oldSets: readonly KubeObject[],
  now: number,
  time: string,
): DeploymentStatus {
  const status = countedStatus(deployment, newSet, oldSets, time);
  let conditions = status.conditions ?? [];
  const deadline = progressDeadline(deployment);
  const current = conditions.find(({ type }) => type === PROGRESSING);
  const wasComplete = status.replicas === status.updatedReplicas && current?.reason === AVAILABLE_REASON;
  if (deadline === undefined) conditions = withoutCondition(conditions, PROGRESSING);
  else if (!wasComplete) {
    const { name } = deployment.metadata;
    const what = newSet ? `ReplicaSet "${newSet.metadata.name}"` : `Deployment "${name}"`;
    const progressing = (value: string, reason: string, words: string) =>
      condition(PROGRESSING, value, reason, `${what} ${words}`, time);
    if (isComplete(deployment, status)) {
      conditions = withCondition(conditions, progressing('True', AVAILABLE_REASON, 'has successfully progressed.'));
    } else if (hasProgressed(statusOf(deployment), status)) {
      const next = progressing('True', 'ReplicaSetUpdated', 'is progressing.');
      const since = current?.status === 'True' ? current.lastTransitionTime : next.lastTransitionTime;
      // Every progress counts anew, so the same reason again is written too.
      const rest = withoutCondition(conditions, PROGRESSING);
      conditions = [...rest, { ...next, ...(since && { lastTransitionTime: since }) }];
    } else if (hasTimedOut(deadline, current, now)) {
      conditions = withCondition(conditions, progressing('False', TIMED_OUT, 'has timed out progressing.'));
    }
  }
  const failure = replicaFailure(newSet, oldSets);
  conditions = failure ? withCondition(conditions, failure) : withoutCondition(conditions, FAILURE);
  return { ...status, conditions };
}

function replicaFailure(newSet: KubeObject | undefined, oldSets: readonly KubeObject[]): Condition | undefined {
  const sets = newSet ? [newSet, ...oldSets] : oldSets;
  const found = sets.map((set) => conditionOf(set, FAILURE)).find((one) => one !== undefined);
  return found && { ...found, lastUpdateTime: found.lastTransitionTime ?? null };
}

/** Progressing of a Deployment that has just been paused or resumed; undefined where nothing is to say. */
export function pausedConditions(deployment: KubeObject, time: string): readonly Condition[] | undefined {
  if (progressDeadline(deployment) === undefined) return undefined;
  const { conditions = [] } = statusOf(deployment);
  const { reason } = conditions.find(({ type }) => type === PROGRESSING) ?? {};
  const paused = deployment['spec'].paused === true;
  if (reason === TIMED_OUT || paused === (reason === PAUSED)) return undefined;
  const next = paused
    ? condition(PROGRESSING, 'Unknown', PAUSED, 'Deployment is paused', time)
    : condition(PROGRESSING, 'Unknown', 'DeploymentResumed', 'Deployment is resumed', time);
  return withCondition(conditions, next);
}

/** Milliseconds until a rollout that stands still is to be looked at again. */
export function nextProgressCheck(deployment: KubeObject, now: number): number | undefined {
  const deadline = progressDeadline(deployment);
  const progressing = conditionOf(deployment, PROGRESSING);
  if (deadline === undefined || !progressing || progressing.reason === TIMED_OUT) return undefined;
  if (progressing.reason === PAUSED || isComplete(deployment, statusOf(deployment))) return undefined;
  const due = Date.parse(progressing.lastUpdateTime ?? '') + deadline * 1000;
  // A second more, for times are whole seconds.
  return Math.max(0, due - now) + 1000;
}

/** What a ReplicaSet needs and reports (kubernetes `pkg/controller/replicaset`). Pure. */
import type { KubeObject } from '../api/object.ts';
import { availableIn, type Condition, isReady } from '../api/pods.ts';

/** As much of a sync that went wrong as the status says. */
export interface ManageFailure {
  reason: 'FailedCreate' | 'FailedDelete';
  message: string;
}

/** Status of a ReplicaSet with these pods of its own; `now` in milliseconds since 1970, `time` the same as RFC 3339. */
export function replicaSetStatus(
  set: KubeObject,
  active: readonly KubeObject[],
  terminating: number,
  failure: ManageFailure | undefined,
  now: number,
  time: string,
): Record<string, unknown> {
  const labels: Record<string, string> = set['spec'].template?.metadata?.labels ?? {};
  const fully = active.filter(({ metadata }) =>
    Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value),
  );
  const minReady: number = set['spec'].minReadySeconds ?? 0;
  const conditions = failureConditions(set['status']?.conditions ?? [], failure, time);
  return {
    ...set['status'],
    replicas: active.length,
    fullyLabeledReplicas: fully.length,
    readyReplicas: active.filter(isReady).length,
    availableReplicas: active.filter((pod) => availableIn(pod, minReady, now) === 0).length,
    terminatingReplicas: terminating,
    observedGeneration: set.metadata.generation,
    conditions,
  };
}

const FAILURE = 'ReplicaFailure';

/** A condition that is there already stays as it is while it fails (upstream does not tell a second failure from the first). */
function failureConditions(
  conditions: readonly Condition[],
  failure: ManageFailure | undefined,
  time: string,
): readonly Condition[] {
  const there = conditions.some(({ type }) => type === FAILURE);
  if (failure && !there) {
    const condition = { type: FAILURE, status: 'True', lastTransitionTime: time, ...failure };
    return [...conditions, condition];
  }
  return !failure && there ? conditions.filter(({ type }) => type !== FAILURE) : conditions;
}

/** What a PodDisruptionBudget allows (kubernetes `pkg/controller/disruption/disruption.go`). Pure. */
import type { JsonObject, KubeObject, OwnerReference } from '../api/object.ts';
import { labelSelectorOf } from '../selectors/label-selector.ts';
import { SelectorError } from '../selectors/requirement.ts';
import { conditionsOf, controllerOf, isReady } from '../api/pods.ts';

/** How long a pod that was evicted counts as gone while it is still there. */
const DELETION_MS = 120_000;

/** Whether a budget is about a pod of its namespace. A selector that is invalid selects nothing. */
export function guards(budget: KubeObject, pod: KubeObject): boolean {
  try {
    return labelSelectorOf(budget['spec']?.selector).matches(pod.metadata.labels ?? {});
  } catch (error) {
    if (error instanceof SelectorError) return false;
    throw error;
  }
}

/** Those of the budgets of a pod's namespace that are about the pod. */
export const budgetsOf = (pod: KubeObject, budgets: Iterable<KubeObject>): KubeObject[] =>
  [...budgets].filter((budget) => guards(budget, pod));

/** How many pods a pod's controller wants, and who that is. */
export interface Scale {
  uid: string;
  replicas: number;
}

export interface Guarded {
  budget: KubeObject;
  /** Those that it is about. */
  pods: readonly KubeObject[];
  /** The scale of a controller; undefined when there is none such. @throws Error when its kind has no scale. */
  scaleOf(owner: OwnerReference): Scale | undefined;
  /** RFC 3339. */
  now: string;
}

/** What a look at a budget's pods gives. */
export interface Verdict {
  status: JsonObject;
  /** Pods that no controller has, so that nobody knows how many there should be. */
  unmanaged: string[];
  /** Pods that were evicted and are there still. */
  undeleted: string[];
  /** Milliseconds until the status changes with time alone. */
  recheckMs: number | undefined;
}

/** Counts. @throws Error when a pod's controller can't be found: then nothing may be disrupted (`failed`). */
export function assess(guarded: Guarded): Verdict {
  const { budget, pods, now } = guarded;
  const unmanaged: string[] = [];
  const { expectedPods, desiredHealthy } = wanted(guarded, unmanaged);
  const before = budget['status'] ?? {};
  const at = Date.parse(now);
  const deadline = (name: string): number | undefined => {
    const since: string | undefined = before.disruptedPods?.[name];
    return since === undefined ? undefined : Date.parse(since) + DELETION_MS;
  };
  const staying = pods
    .filter(({ metadata }) => !metadata.deletionTimestamp)
    .map((pod) => ({ pod, name: pod.metadata.name ?? '', until: deadline(pod.metadata.name ?? '') }));
  const going = staying.filter(({ until }) => until !== undefined && until >= at);
  const waits = going.map(({ until = at }) => until - at);
  const healthy = staying.filter(({ pod, until }) => isReady(pod) && !(until !== undefined && until > at));
  const allowed = healthy.length - desiredHealthy;
  const counts = {
    disruptionsAllowed: expectedPods > 0 && allowed > 0 ? allowed : 0,
    currentHealthy: healthy.length,
    desiredHealthy,
    expectedPods,
    observedGeneration: budget.metadata.generation ?? 0,
  };
  const disruptedPods = Object.fromEntries(going.map(({ name }) => [name, before.disruptedPods[name]]));
  const status = {
    ...(before.conditions && { conditions: before.conditions }),
    ...counts,
    ...(going.length > 0 && { disruptedPods }),
  };
  return {
    status: { ...status, conditions: allowedCondition(status, now) },
    unmanaged,
    undeleted: staying.filter(({ until }) => until !== undefined && until < at).map(({ name }) => name),
    // A moment later, for the deadline itself still counts.
    recheckMs: waits.length > 0 ? Math.min(...waits) + 1 : undefined,
  };
}

/** How many pods there should be, and how many of them have to be healthy. */
function wanted(
  { budget, pods, scaleOf }: Guarded,
  unmanaged: string[],
): { expectedPods: number; desiredHealthy: number } {
  const { minAvailable, maxUnavailable } = budget['spec'] ?? {};
  if (maxUnavailable !== undefined) {
    const expectedPods = expectedScale(pods, scaleOf, unmanaged);
    return { expectedPods, desiredHealthy: Math.max(0, expectedPods - scaled(maxUnavailable, expectedPods)) };
  }
  if (minAvailable === undefined) return { expectedPods: 0, desiredHealthy: 0 };
  if (typeof minAvailable === 'number') return { expectedPods: pods.length, desiredHealthy: minAvailable };
  const expectedPods = expectedScale(pods, scaleOf, unmanaged);
  return { expectedPods, desiredHealthy: scaled(minAvailable, expectedPods) };
}

/** A number, or a percentage of a whole, rounded up. */
const scaled = (value: number | string, whole: number): number =>
  typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) * whole) / 100);

/** What all controllers of the pods want together. */
function expectedScale(pods: readonly KubeObject[], scaleOf: Guarded['scaleOf'], unmanaged: string[]): number {
  const scales = new Map<string, number>();
  const seen = new Set<string>();
  for (const pod of pods) {
    const { name = '' } = pod.metadata;
    const owner = controllerOf(pod);
    if (!owner) unmanaged.push(name);
    if (!owner || seen.has(owner.uid)) continue;
    const scale = scaleOf(owner);
    if (!scale) throw new Error(`found no controllers for pod "${name}"`);
    seen.add(owner.uid);
    scales.set(scale.uid, scale.replicas);
  }
  let sum = 0;
  for (const replicas of scales.values()) sum += replicas;
  return sum;
}

/** The conditions of a status, with the one that says whether it allows a disruption; `now` is RFC 3339. */
export const allowedCondition = (status: JsonObject, now: string): JsonObject[] =>
  (status['disruptionsAllowed'] as number) > 0
    ? withAllowed(status, 'True', 'SufficientPods', '', now)
    : withAllowed(status, 'False', 'InsufficientPods', '', now);

/** The status of a budget whose pods could not be counted: nothing may be disrupted. */
export function failed(budget: KubeObject, message: string, now: string): JsonObject {
  const status = { ...budget['status'], disruptionsAllowed: 0 };
  return { ...status, conditions: withAllowed(status, 'False', 'SyncFailed', message, now) };
}

function withAllowed(
  status: JsonObject,
  value: 'True' | 'False',
  reason: string,
  message: string,
  now: string,
): JsonObject[] {
  const type = 'DisruptionAllowed';
  const conditions = conditionsOf({ status } as unknown as KubeObject);
  const old = conditions.find((one) => one.type === type);
  const observedGeneration = (status['observedGeneration'] as number | undefined) ?? 0;
  const next = {
    type,
    status: value,
    ...(observedGeneration !== 0 && { observedGeneration }),
    lastTransitionTime: (old?.status === value && old.lastTransitionTime) || now,
    reason,
    message,
  };
  const all = old ? conditions.map((one) => (one === old ? next : one)) : [...conditions, next];
  return all.map((one) => ({ ...one }));
}

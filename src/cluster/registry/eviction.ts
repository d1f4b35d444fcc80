/** Whether a pod may be evicted (kubernetes `pkg/registry/core/pod/storage/eviction.go`). Pure. */
import type { JsonObject, KubeObject } from '../api/object.ts';
import { forbiddenError, StatusError } from '../api/status.ts';
import { allowedCondition, budgetsOf } from './disruption-budget.ts';
import { conditionOf, isReady, isTerminal, phaseOf } from '../api/pods.ts';

/** Evictions that nobody has confirmed, at which a budget gives no more. */
const MOST_UNCONFIRMED = 2000;

const VIOLATION = "Cannot evict pod as it would violate the pod's disruption budget.";

/** What an eviction takes out of a budget; undefined when it takes nothing. */
export type Taken = { budget: KubeObject; status: JsonObject } | undefined;

/**
 * Decides on the eviction of a pod by the budgets of its namespace; `now` is RFC 3339. What it takes has to be written
 * before the pod is deleted. @throws StatusError 429 when the pod has to stay for now.
 */
export function decideEviction(pod: KubeObject, budgets: Iterable<KubeObject>, now: string): Taken {
  // What does not serve, or will soon not, is no loss.
  if (isTerminal(pod) || phaseOf(pod) === 'Pending' || pod.metadata.deletionTimestamp) return undefined;
  const [budget, another] = budgetsOf(pod, budgets);
  if (!budget) return undefined;
  if (another) {
    const why = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    throw new StatusError(500, '', why);
  }
  const { currentHealthy = 0, desiredHealthy = 0 } = budget['status'] ?? {};
  if (!isReady(pod)) {
    if (budget['spec']?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return undefined;
    if (currentHealthy >= desiredHealthy && desiredHealthy > 0) return undefined;
  }
  return { budget, status: lessOne(budget, pod.metadata.name ?? '', now) };
}

/** A budget's status after an eviction. Throws when it has none to give. */
function lessOne(budget: KubeObject, pod: string, now: string): JsonObject {
  const { name = '', generation = 0 } = budget.metadata;
  const status = budget['status'] ?? {};
  const { observedGeneration = 0, disruptionsAllowed = 0, disruptedPods = {} } = status;
  if (observedGeneration < generation) {
    throw tooMany(`The disruption budget ${name} is still being processed by the server.`, 10);
  }
  if (disruptionsAllowed < 0) throw exhausted(name, 'pdb disruptions allowed is negative');
  if (Object.keys(disruptedPods).length > MOST_UNCONFIRMED) {
    const why = 'too many pending evictions not confirmed by PDB controller';
    throw exhausted(name, why, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller');
  }
  if (disruptionsAllowed === 0) throw tooMany(whyNone(budget, name));
  const left = disruptionsAllowed - 1;
  const taken = { ...status, disruptionsAllowed: left, disruptedPods: { ...disruptedPods, [pod]: now } };
  return left > 0 ? taken : { ...taken, conditions: allowedCondition(taken, now) };
}

/** The 403 of a budget that does not go on by itself. */
function exhausted(name: string, why: string, detail = why): StatusError {
  const { code, reason, message, details } = forbiddenError(
    { group: 'policy', name: 'poddisruptionbudget' },
    name,
    detail,
  );
  const said = `The disruption budget ${name} does not allow evicting pods currently: ${why}`;
  return new StatusError(code, reason, message, {
    ...details,
    causes: [{ reason: 'DisruptionBudget', message: said }],
  });
}

function whyNone(budget: KubeObject, name: string): string {
  const { currentHealthy = 0, desiredHealthy = 0 } = budget['status'] ?? {};
  const { status, reason, message } = conditionOf(budget, 'DisruptionAllowed') ?? {};
  const forbids = status === 'False' && message ? message : undefined;
  const no = `The disruption budget ${name} does not allow evicting pods currently`;
  // What it counts means nothing when it could not count.
  if (forbids && reason === 'SyncFailed') return `${no} because it failed sync: ${forbids}`;
  if (currentHealthy <= desiredHealthy) {
    return `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  }
  return forbids ? `${no} (${reason}): ${forbids}` : no;
}

const tooMany = (message: string, retryAfterSeconds?: number): StatusError =>
  new StatusError(429, 'TooManyRequests', VIOLATION, {
    causes: [{ reason: 'DisruptionBudget', message }],
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });

/** What controllers read from a pod (kubernetes `pkg/api/v1/pod/util.go`, `pkg/controller/controller_utils.go`). Pure. */
import type { KubeObject, OwnerReference } from './object.ts';

export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  /** RFC 3339, as all times here. */
  lastTransitionTime?: string | null;
  lastUpdateTime?: string | null;
  lastProbeTime?: string | null;
  lastHeartbeatTime?: string | null;
  observedGeneration?: number;
}

/** The owner that manages an object: there is at most one. */
export const controllerOf = ({ metadata }: KubeObject): OwnerReference | undefined =>
  metadata.ownerReferences?.find(({ controller }) => controller);

/** The reference that makes `owner` an object's controller. */
export const controllerReference = ({ apiVersion, kind, metadata }: KubeObject): OwnerReference => ({
  apiVersion,
  kind,
  name: metadata.name ?? '',
  uid: metadata.uid ?? '',
  controller: true,
  blockOwnerDeletion: true,
});

export const phaseOf = (pod: KubeObject): string => pod['status']?.phase ?? '';

export const nodeOf = (pod: KubeObject): string => pod['spec']?.nodeName ?? '';

/** All its containers have ended for good. */
export const isTerminal = (pod: KubeObject): boolean => phaseOf(pod) === 'Succeeded' || phaseOf(pod) === 'Failed';

/** Counts as a replica. */
export const isActive = (pod: KubeObject): boolean => !isTerminal(pod) && !pod.metadata.deletionTimestamp;

export const isTerminating = (pod: KubeObject): boolean => !isTerminal(pod) && !!pod.metadata.deletionTimestamp;

export const conditionsOf = (object: KubeObject): readonly Condition[] => object['status']?.conditions ?? [];

export const conditionOf = (object: KubeObject, type: string): Condition | undefined =>
  conditionsOf(object).find((one) => one.type === type);

export const isReady = (pod: KubeObject): boolean => conditionOf(pod, 'Ready')?.status === 'True';

/** Milliseconds since 1970 at which a pod became ready; undefined while it isn't. */
export function readySince(pod: KubeObject): number | undefined {
  const { status, lastTransitionTime } = conditionOf(pod, 'Ready') ?? {};
  return status === 'True' && lastTransitionTime ? Date.parse(lastTransitionTime) : undefined;
}

/**
 * Milliseconds until a pod has been ready for `minReadySeconds`: 0 when it is available, undefined when nothing but a
 * change makes it so. `now` in milliseconds since 1970.
 */
export function availableIn(pod: KubeObject, minReadySeconds: number, now: number): number | undefined {
  if (!isReady(pod)) return undefined;
  if (minReadySeconds === 0) return 0;
  const since = readySince(pod);
  return since === undefined ? undefined : Math.max(0, since + minReadySeconds * 1000 - now);
}

/** The least of the waits that are none of 0 or undefined. */
export function soonest(waits: readonly (number | undefined)[]): number | undefined {
  let least: number | undefined;
  for (const wait of waits) if (wait && (least === undefined || wait < least)) least = wait;
  return least;
}

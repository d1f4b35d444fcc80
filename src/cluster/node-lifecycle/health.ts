/** What becomes of a node that has fallen silent (kubernetes `pkg/controller/nodelifecycle`). Pure. */
import type { KubeObject } from '../api/object.ts';
import { type Condition, conditionOf, conditionsOf } from '../api/pods.ts';

/** Nodes whose kubelets this program itself runs have it. */
export const EMBEDDED_LABEL = 'sluice.dev/embedded';

/**
 * Whether a node is judged by its heartbeats at all: those with the label are, and those with a Lease, which only something that
 * renews it will have made. A node that somebody registered by hand (tests, tools that play with objects) has neither: nobody
 * will ever say that it is alive, so its silence means nothing, and it is left as it is.
 */
export const isJudged = (node: KubeObject, hasLease: boolean): boolean =>
  hasLease || node.metadata.labels?.[EMBEDDED_LABEL] === 'true';

/** `True`, `False` or `Unknown`; undefined where no kubelet has said anything yet. */
export const readiness = (node: KubeObject): string | undefined => conditionOf(node, 'Ready')?.status;

/** Conditions that a kubelet keeps; without it they are not known. */
const KEPT = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** The conditions of a node whose kubelet does not answer; `time` is now, RFC 3339. */
export function silentConditions(node: KubeObject, time: string): Condition[] {
  const known = conditionsOf(node).map((one) =>
    !KEPT.includes(one.type) || one.status === 'Unknown'
      ? one
      : {
          ...one,
          status: 'Unknown',
          reason: 'NodeStatusUnknown',
          message: 'Kubelet stopped posting node status.',
          lastTransitionTime: time,
        },
  );
  const missing = KEPT.filter((type) => !known.some((one) => one.type === type)).map((type) => ({
    type,
    status: 'Unknown',
    reason: 'NodeStatusNeverUpdated',
    message: 'Kubelet never posted node status.',
    lastHeartbeatTime: node.metadata.creationTimestamp ?? time,
    lastTransitionTime: time,
  }));
  return [...known, ...missing];
}

/** Pods that go because of what became of their node. */
import type { KubeObject } from '../api/object.ts';
import { MANAGER, updateAs } from '../controllers/writes.ts';
import { storedKind } from '../registry/kinds.ts';
import type { Registry } from '../registry/registry.ts';
import { type Condition, isTerminal } from '../api/pods.ts';
import { withCondition } from '../controllers/status.ts';

/** Why a pod is being disrupted, by nothing that it did itself. */
export interface Disruption {
  reason: string;
  message: string;
}

const conditionOf = ({ reason, message }: Disruption, pod: KubeObject, time: string): Condition => ({
  type: 'DisruptionTarget',
  status: 'True',
  reason,
  message,
  lastProbeTime: null,
  lastTransitionTime: time,
  ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
});

/** A pod's status with the condition that says why it goes. Pure. */
const disrupted = (pod: KubeObject, why: Disruption | undefined, time: string, phase?: string): object => ({
  ...pod['status'],
  ...(phase && { phase }),
  ...(why && { conditions: withCondition(pod['status']?.conditions ?? [], conditionOf(why, pod, time)) }),
});

function write(registry: Registry, pod: KubeObject, status: object): void {
  const { namespace = '', name = '' } = pod.metadata;
  updateAs(registry, MANAGER, { resource: 'pods', namespace, name }, (live) => ({ ...live, status }), 'status');
}

function remove(
  registry: Registry,
  { metadata: { namespace = '', name = '', uid = '' } }: KubeObject,
  grace?: number,
): void {
  const options = { preconditions: { uid }, ...(grace !== undefined && { gracePeriodSeconds: grace }) };
  registry.delete(storedKind('pods'), namespace, name, options, { dryRun: false });
}

/** Deletes a pod that runs, with the grace that it asks for. */
export function evict(registry: Registry, pod: KubeObject, why: Disruption): void {
  write(registry, pod, disrupted(pod, why, registry.time()));
  remove(registry, pod);
}

/** Removes a pod that nobody runs any more: it has failed unless it had ended before (`markFailedAndDeletePod`). */
export function forceDelete(registry: Registry, pod: KubeObject, why?: Disruption): void {
  if (!isTerminal(pod)) write(registry, pod, disrupted(pod, why, registry.time(), 'Failed'));
  const { namespace = '', name = '', uid } = pod.metadata;
  // The write of a status may have been the last thing that it waited for.
  if (registry.store.get('pods', namespace, name)?.object.metadata.uid === uid) remove(registry, pod, 0);
}

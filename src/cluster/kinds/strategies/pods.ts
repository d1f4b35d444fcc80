/** Pods (kubernetes `pkg/registry/core/pod`). */
import type { KubeObject } from '../../api/object.ts';
import { isDns1123Label } from '../../validation/names.ts';
import type { GracePeriod, Strategy } from '../kind.ts';
import { admitPod, admitPodUpdate } from './admission.ts';
import { hostnameWarning, list, nanosOf, type Part, struct } from './common.ts';
import { podDefaults } from './pod-spec.ts';
import { dropGated } from './pod-gates.ts';
import { isPodLevel, podLevelResources } from './pod-resources.ts';
import { podWarnings } from './pod-warnings.ts';
import { validatePodCreate, validatePodUpdate } from './validate-pod.ts';
import { validatePodStatusUpdate } from './validate-pod-status.ts';

/** Which of a pod's resources decide how it is treated when a node runs short (`pkg/apis/core/v1/helper/qos`). */
export function qosClass(spec: Part): string {
  const own: Part = spec['resources'] ?? {};
  if (Object.keys({ ...own['requests'], ...own['limits'] }).some(isPodLevel)) return qosOf(own);
  const classes = [...list(spec['initContainers']), ...list(spec['containers'])].map(({ resources }) =>
    qosOf(resources ?? {}),
  );
  const [first = 'BestEffort'] = classes;
  return classes.every((one) => one === first) ? first : 'Burstable';
}

function qosOf({ requests = {}, limits = {} }: Part): string {
  if (Object.keys(requests).length === 0 && Object.keys(limits).length === 0) return 'BestEffort';
  const [cpu, memory] = ['cpu', 'memory'].map((name) => {
    const [request, limit] = [nanosOf(requests[name]), nanosOf(limits[name])];
    if (request !== limit) return 'Burstable';
    return request === 0n ? 'BestEffort' : 'Guaranteed';
  }) as [string, string];
  return cpu === memory ? cpu : 'Burstable';
}

/** Label keys whose values the pod takes from its own labels (`applyLabelKeysToLabelSelector`). */
function mergeLabelKeys(term: Part, field: string, operator: string, labels: Record<string, string>): void {
  const keys: string[] = term[field] ?? [];
  if (!term['labelSelector']) return;
  for (const key of keys) {
    const value = labels[key];
    if (value === undefined) continue;
    const expressions = list(term['labelSelector'].matchExpressions);
    term['labelSelector'].matchExpressions = [...expressions, { key, operator, values: [value] }];
  }
}

function applyLabelKeys(spec: Part, labels: Record<string, string>): void {
  for (const kind of ['podAffinity', 'podAntiAffinity']) {
    const affinity = spec['affinity']?.[kind];
    const preferred = list(affinity?.preferredDuringSchedulingIgnoredDuringExecution);
    const terms = [
      ...preferred.map(({ podAffinityTerm }) => podAffinityTerm as Part),
      ...list(affinity?.requiredDuringSchedulingIgnoredDuringExecution),
    ];
    for (const term of terms) {
      mergeLabelKeys(term, 'matchLabelKeys', 'In', labels);
      mergeLabelKeys(term, 'mismatchLabelKeys', 'NotIn', labels);
    }
  }
  for (const constraint of list(spec['topologySpreadConstraints'])) {
    mergeLabelKeys(constraint, 'matchLabelKeys', 'In', labels);
  }
}

const GATED = {
  type: 'PodScheduled',
  status: 'False',
  reason: 'SchedulingGated',
  message: 'Scheduling is blocked due to non-empty scheduling gates',
};

function prepareForCreate(pod: KubeObject): void {
  const spec = struct(pod, 'spec');
  admitPod(pod);
  dropGated(pod, undefined);
  applyLabelKeys(spec, pod.metadata.labels ?? {});
  podLevelResources(spec);
  const { creationTimestamp } = pod.metadata;
  const gated = list(spec['schedulingGates']).length > 0;
  const condition = { ...GATED, lastProbeTime: null, lastTransitionTime: creationTimestamp ?? null };
  pod['status'] = {
    phase: 'Pending',
    ...(gated && { conditions: [condition] }),
    qosClass: qosClass(spec),
  };
}

function prepareForUpdate(pod: KubeObject, old: KubeObject): void {
  const resources = old['spec']?.resources;
  if (resources && pod['spec']) pod['spec'].resources ??= resources;
  admitPodUpdate(pod, old);
  dropGated(pod, old);
}

/** Behind gates that are off: DRANodeAllocatableResources, CSIVolumeHealth. */
const GATED_STATUS = ['nodeAllocatableResourceClaimStatuses', 'volumeHealth'];
const CLAIM_STATUSES = ['resourceClaimStatuses', 'extendedResourceClaimStatus', 'nodeAllocatableResourceClaimStatuses'];

const CONTAINER_STATUSES = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'];

const mountsOf = (status: Part): Part[] =>
  CONTAINER_STATUSES.flatMap((field) => list(status[field])).flatMap(({ volumeMounts }) => list(volumeMounts));

/** Which image a volume has, behind the gate ImageVolumeWithDigest, which is off. */
function dropDigests(status: Part, before: Part): void {
  if (mountsOf(before).some(({ volumeStatus }) => volumeStatus)) return;
  for (const mount of mountsOf(status)) delete mount['volumeStatus'];
}

function prepareForStatusUpdate(pod: KubeObject, old: KubeObject): void {
  const status = struct(pod, 'status');
  const before: Part = old['status'] ?? {};
  if (old.metadata.ownerReferences) pod.metadata.ownerReferences = old.metadata.ownerReferences;
  else delete pod.metadata.ownerReferences;
  if (old.metadata.deletionTimestamp) pod.metadata.deletionTimestamp = old.metadata.deletionTimestamp;
  else delete pod.metadata.deletionTimestamp;
  dropDigests(status, before);
  for (const field of GATED_STATUS) if (before[field] === undefined) delete status[field];
  if (!status['qosClass'] && before['qosClass']) status['qosClass'] = before['qosClass'];
  for (const field of CLAIM_STATUSES) if (before[field] !== undefined) status[field] ??= before[field];
  if (!status['observedGeneration'] && before['observedGeneration']) {
    status['observedGeneration'] = before['observedGeneration'];
  }
  const generations = new Map<string, number[]>();
  for (const { type, observedGeneration = 0 } of list(before['conditions'])) {
    generations.set(type, [...(generations.get(type) ?? []), observedGeneration]);
  }
  for (const condition of list(status['conditions'])) {
    const generation = generations.get(condition['type'])?.shift();
    if (!condition['observedGeneration'] && generation) condition['observedGeneration'] = generation;
  }
}

/** Seconds that a pod gets to end: none where no kubelet would wait for it (`CheckGracefulDelete`). */
export function podGracePeriod({ spec, status }: KubeObject): GracePeriod {
  const phase = status?.phase;
  if (!spec?.nodeName || phase === 'Failed' || phase === 'Succeeded') return 'none';
  const period: number = spec.terminationGracePeriodSeconds ?? 0;
  return period < 0 ? 1 : period;
}

export const POD: Strategy = {
  defaults: podDefaults,
  prepareForCreate,
  prepareForUpdate,
  validateCreate: validatePodCreate,
  validateUpdate: validatePodUpdate,
  prepareForStatusUpdate,
  validateStatusUpdate: validatePodStatusUpdate,
  // Updates of pods are too frequent for warnings.
  warnings: (pod, old) =>
    old ? [] : [...hostnameWarning(pod, "the Pod's hostname", isDns1123Label), ...podWarnings(pod)],
};

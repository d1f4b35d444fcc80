/** Defaults of the kinds that make pods (kubernetes `pkg/apis/{apps,batch}/v1/defaults.go`). */
import type { KubeObject } from '../../api/object.ts';
import { list, type Part, setDefault, struct } from './common.ts';
import { claimSpecDefaults, podSpecDefaults, resourceListDefaults } from './pod-spec.ts';

function templateDefaults(spec: Part): void {
  if (spec['template']) podSpecDefaults(struct(spec['template'], 'spec'));
}

export function deploymentDefaults(object: KubeObject): void {
  const spec = struct(object, 'spec');
  spec['replicas'] ??= 1;
  const strategy = struct(spec, 'strategy');
  setDefault(strategy, 'type', 'RollingUpdate');
  if (strategy['type'] === 'RollingUpdate') {
    const rolling = struct(strategy, 'rollingUpdate');
    rolling['maxUnavailable'] ??= '25%';
    rolling['maxSurge'] ??= '25%';
  }
  spec['revisionHistoryLimit'] ??= 10;
  spec['progressDeadlineSeconds'] ??= 600;
  templateDefaults(spec);
}

export function replicaSetDefaults(object: KubeObject): void {
  const spec = struct(object, 'spec');
  spec['replicas'] ??= 1;
  templateDefaults(spec);
}

/** A ReplicationController takes its labels and its selector from its template. */
export function replicationControllerDefaults(object: KubeObject): void {
  const spec = struct(object, 'spec');
  const labels = spec['template']?.metadata?.labels;
  if (labels) {
    if (Object.keys(spec['selector'] ?? {}).length === 0) spec['selector'] = { ...labels };
    if (Object.keys(object.metadata.labels ?? {}).length === 0) object.metadata.labels = { ...labels };
  }
  spec['replicas'] ??= 1;
  templateDefaults(spec);
}

export function daemonSetDefaults(object: KubeObject): void {
  const spec = struct(object, 'spec');
  const strategy = struct(spec, 'updateStrategy');
  setDefault(strategy, 'type', 'RollingUpdate');
  if (strategy['type'] === 'RollingUpdate') {
    const rolling = struct(strategy, 'rollingUpdate');
    rolling['maxUnavailable'] ??= 1;
    rolling['maxSurge'] ??= 0;
  }
  spec['revisionHistoryLimit'] ??= 10;
  templateDefaults(spec);
}

export function statefulSetDefaults(object: KubeObject): void {
  const spec = struct(object, 'spec');
  setDefault(spec, 'podManagementPolicy', 'OrderedReady');
  const strategy = struct(spec, 'updateStrategy');
  if (!strategy['type']) {
    strategy['type'] = 'RollingUpdate';
    struct(strategy, 'rollingUpdate');
  }
  const rolling = strategy['rollingUpdate'];
  if (strategy['type'] === 'RollingUpdate' && rolling) {
    rolling.partition ??= 0;
    rolling.maxUnavailable ??= 1;
  }
  const retention = struct(spec, 'persistentVolumeClaimRetentionPolicy');
  setDefault(retention, 'whenDeleted', 'Retain');
  setDefault(retention, 'whenScaled', 'Retain');
  spec['replicas'] ??= 1;
  spec['revisionHistoryLimit'] ??= 10;
  templateDefaults(spec);
  for (const claim of list(spec['volumeClaimTemplates'])) {
    Object.assign(claim, { apiVersion: 'v1', kind: 'PersistentVolumeClaim' });
    claimDefaults(claim);
  }
}

/** A claim, by itself or in a template. */
export function claimDefaults(claim: Part): void {
  const status = struct(claim, 'status');
  setDefault(status, 'phase', 'Pending');
  claimSpecDefaults(struct(claim, 'spec'));
  resourceListDefaults(status['capacity']);
  resourceListDefaults(status['allocatedResources']);
}

/** Every parallel job has a parallelism; only a job without both runs to one completion. */
function jobSpecDefaults(spec: Part): void {
  for (const rule of list(spec['podFailurePolicy']?.rules)) {
    for (const pattern of list(rule['onPodConditions'])) setDefault(pattern, 'status', 'True');
  }
  templateDefaults(spec);
}

const MOST_INT32 = 2147483647;

export function jobDefaults(object: KubeObject): void {
  const spec = struct(object, 'spec');
  if (isUnset(spec['completions']) && isUnset(spec['parallelism'])) spec['completions'] = 1;
  spec['parallelism'] ??= 1;
  spec['backoffLimit'] ??= isUnset(spec['backoffLimitPerIndex']) ? 6 : MOST_INT32;
  const labels = spec['template']?.metadata?.labels;
  // The same labels, not a copy: those that are generated for the template are the job's too (batch.ts).
  if (labels && Object.keys(object.metadata.labels ?? {}).length === 0) object.metadata.labels = labels;
  spec['completionMode'] ??= 'NonIndexed';
  spec['suspend'] ??= false;
  spec['podReplacementPolicy'] ??= spec['podFailurePolicy'] ? 'Failed' : 'TerminatingOrFailed';
  spec['manualSelector'] ??= false;
  jobSpecDefaults(spec);
}

const isUnset = (value: unknown): boolean => value === undefined || value === null;

export function cronJobDefaults(object: KubeObject): void {
  const spec = struct(object, 'spec');
  setDefault(spec, 'concurrencyPolicy', 'Allow');
  spec['suspend'] ??= false;
  spec['successfulJobsHistoryLimit'] ??= 3;
  spec['failedJobsHistoryLimit'] ??= 1;
  jobSpecDefaults(struct(struct(spec, 'jobTemplate'), 'spec'));
}

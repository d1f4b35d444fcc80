/** What the controller of Deployments writes: to ReplicaSets, and what it tells of that (kubernetes `pkg/controller/deployment/sync.go`). */
import { same } from '../api/metadata.ts';
import type { KubeObject } from '../api/object.ts';
import { StatusError } from '../api/status.ts';
import { recordEvent } from '../controllers/events.ts';
import { createAs, MANAGER, updateAs } from '../controllers/writes.ts';
import { storedKind } from '../registry/kinds.ts';
import type { Registry } from '../registry/registry.ts';
import { condition, type DeploymentStatus, progressDeadline, PROGRESSING } from './deployment-status.ts';
import { newReplicaSet } from './new-replica-set.ts';
import { namespaceGoing } from './pod-control.ts';
import { conditionOf } from '../api/pods.ts';
import {
  byRevision,
  DESIRED_REPLICAS,
  highestRevision,
  MAX_REPLICAS,
  newSetAnnotations,
  REVISION,
} from './revisions.ts';
import { mostReplicas, type Scale, sizeOf } from './rollout.ts';
import { withCondition, writeStatus } from '../controllers/status.ts';

export const DEPLOYMENTS = 'deployments.apps';
export const REPLICA_SETS = 'replicasets.apps';
export const COMPONENT = 'deployment-controller';
const KEEP_ALL = 2 ** 31 - 1;

export const liveOf = (
  registry: Registry,
  resource: string,
  { metadata: { namespace = '', name = '' } }: KubeObject,
): KubeObject | undefined => registry.store.get(resource, namespace, name)?.object;

export function writeDeployment(
  registry: Registry,
  deployment: KubeObject,
  status: DeploymentStatus,
  revision?: string,
): void {
  const annotations = revision === undefined ? undefined : { [REVISION]: revision };
  writeStatus(registry, DEPLOYMENTS, deployment, { ...status }, annotations);
}

function update(registry: Registry, { metadata }: KubeObject, change: (live: KubeObject) => KubeObject): void {
  const { namespace = '', name = '' } = metadata;
  updateAs(registry, MANAGER, { resource: REPLICA_SETS, namespace, name }, change);
}

/** The status with another word on how the rollout goes, where that is of interest. */
function progressing(
  deployment: KubeObject,
  value: string,
  reason: string,
  words: string,
  time: string,
): DeploymentStatus {
  const status: DeploymentStatus = deployment['status'] ?? {};
  if (progressDeadline(deployment) === undefined) return status;
  const next = condition(PROGRESSING, value, reason, words, time);
  return { ...status, conditions: withCondition(status.conditions ?? [], next) };
}

/** Keeps the new ReplicaSet's annotations and minReadySeconds, and the Deployment's revision; tells whether it wrote. */
export function syncRevision(
  registry: Registry,
  deployment: KubeObject,
  newSet: KubeObject,
  oldSets: readonly KubeObject[],
): boolean {
  const before = newSet.metadata.annotations ?? {};
  const annotations = newSetAnnotations(deployment, before, highestRevision(oldSets) + 1);
  const minReadySeconds: number = deployment['spec'].minReadySeconds ?? 0;
  if (!same(annotations, before) || (newSet['spec'].minReadySeconds ?? 0) !== minReadySeconds) {
    update(registry, newSet, (live) => ({
      ...live,
      metadata: { ...live.metadata, annotations },
      spec: { ...live['spec'], minReadySeconds },
    }));
    return true;
  }
  const revision = annotations[REVISION] ?? '';
  const silent = progressDeadline(deployment) !== undefined && !conditionOf(deployment, PROGRESSING);
  if (deployment.metadata.annotations?.[REVISION] === revision && !silent) return false;
  const words = `Found new replica set "${newSet.metadata.name}"`;
  const status = silent
    ? progressing(deployment, 'True', 'FoundNewReplicaSet', words, registry.time())
    : (deployment['status'] ?? {});
  writeDeployment(registry, deployment, status, revision);
  return true;
}

/** Makes the ReplicaSet of the Deployment's template; undefined when its name is taken, and the next try has another one. */
export function createNewSet(
  registry: Registry,
  deployment: KubeObject,
  oldSets: readonly KubeObject[],
): KubeObject | undefined {
  const revision = highestRevision(oldSets) + 1;
  const made = newReplicaSet(deployment, oldSets, revision);
  const name = made.metadata.name ?? '';
  if (liveOf(registry, REPLICA_SETS, made)) {
    const status: DeploymentStatus = deployment['status'] ?? {};
    writeDeployment(registry, deployment, { ...status, collisionCount: (status.collisionCount ?? 0) + 1 });
    return undefined;
  }
  try {
    const stored = createAs(registry, MANAGER, made);
    if (sizeOf(stored) > 0) tellScaled(registry, deployment, name, 0, sizeOf(stored));
    const words = `Created new replica set "${name}"`;
    const status = progressing(deployment, 'True', 'NewReplicaSetCreated', words, registry.time());
    writeDeployment(registry, deployment, status, String(revision));
    return stored;
  } catch (error) {
    if (!(error instanceof StatusError) || namespaceGoing(error)) throw error;
    const words = `Failed to create new replica set "${name}": ${error.message}`;
    const reason = 'ReplicaSetCreateError';
    writeDeployment(registry, deployment, progressing(deployment, 'False', reason, words, registry.time()));
    recordEvent(registry, COMPONENT, deployment, 'Warning', reason, words);
    throw error;
  }
}

/** Gives ReplicaSets their sizes, and the counts by which a later scaling is told from a rollout. */
export function scaleSets(registry: Registry, deployment: KubeObject, scales: readonly Scale[]): void {
  const counts = {
    [DESIRED_REPLICAS]: String(sizeOf(deployment)),
    [MAX_REPLICAS]: String(mostReplicas(deployment)),
  };
  for (const { set, to } of scales) {
    update(registry, set, (live) => ({
      ...live,
      metadata: { ...live.metadata, annotations: { ...live.metadata.annotations, ...counts } },
      spec: { ...live['spec'], replicas: to },
    }));
    if (to !== sizeOf(set)) tellScaled(registry, deployment, set.metadata.name ?? '', sizeOf(set), to);
  }
}

function tellScaled(registry: Registry, deployment: KubeObject, set: string, from: number, to: number): void {
  const words = `Scaled ${from < to ? 'up' : 'down'} replica set ${set} from ${from} to ${to}`;
  recordEvent(registry, COMPONENT, deployment, 'Normal', 'ScalingReplicaSet', words);
}

/** Lets the oldest of the old ReplicaSets go that are beyond the history's limit and empty. */
export function cleanUp(registry: Registry, deployment: KubeObject, oldSets: readonly KubeObject[]): void {
  const limit: number = deployment['spec'].revisionHistoryLimit ?? KEEP_ALL;
  const alive = oldSets.filter(({ metadata }) => !metadata.deletionTimestamp).toSorted(byRevision);
  for (const set of alive.slice(0, Math.max(0, limit === KEEP_ALL ? 0 : alive.length - limit))) {
    const { replicas = 0, observedGeneration = 0 } = set['status'] ?? {};
    if (replicas > 0 || sizeOf(set) > 0 || (set.metadata.generation ?? 0) > observedGeneration) continue;
    const { namespace = '', name = '' } = set.metadata;
    registry.delete(storedKind(REPLICA_SETS), namespace, name, {}, { dryRun: false });
  }
}

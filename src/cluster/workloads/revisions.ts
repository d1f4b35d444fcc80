/**
 * Which ReplicaSet is a Deployment's new one, and the numbers by which `kubectl rollout` knows the others (kubernetes
 * `pkg/controller/deployment/util/deployment_util.go`). Pure.
 */
import type { KubeObject } from '../api/object.ts';
import { equal } from '../kinds/strategies/common.ts';
import { byAge } from './rollout.ts';

export const REVISION = 'deployment.kubernetes.io/revision';
const HISTORY = 'deployment.kubernetes.io/revision-history';
export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';
export const TEMPLATE_HASH = 'pod-template-hash';

/** Annotations of a Deployment that its ReplicaSets do not get. */
const OWN = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  'deprecated.deployment.rollback.to',
]);

/** About 100 revisions. */
const MOST_HISTORY = 2000;

type Template = Partial<KubeObject> | undefined;

function withoutHash(template: Template): Template {
  const labels = template?.metadata?.labels;
  if (!template || labels?.[TEMPLATE_HASH] === undefined) return template;
  const { [TEMPLATE_HASH]: _, ...rest } = labels;
  return { ...template, metadata: { ...template.metadata, labels: rest } };
}

/** Templates that differ in nothing but the hash that a Deployment adds. */
export const sameTemplate = (a: Template, b: Template): boolean => equal(withoutHash(a), withoutHash(b));

/** A Deployment's ReplicaSets, told apart: the oldest with its template is the new one. */
export function newAndOld(
  deployment: KubeObject,
  sets: readonly KubeObject[],
): { newSet: KubeObject | undefined; oldSets: KubeObject[] } {
  const sorted = sets.toSorted(byAge);
  const newSet = sorted.find((set) => sameTemplate(set['spec'].template, deployment['spec'].template));
  return { newSet, oldSets: sorted.filter((set) => set !== newSet) };
}

/** A ReplicaSet's revision; one without is 0, undefined for what is no number. */
export function revisionOf({ metadata }: KubeObject): number | undefined {
  const text = metadata.annotations?.[REVISION];
  if (text === undefined) return 0;
  return /^[+-]?\d+$/.test(text) ? Number(text) : undefined;
}

export const highestRevision = (sets: readonly KubeObject[]): number =>
  Math.max(0, ...sets.map((set) => revisionOf(set) ?? 0));

/** Oldest revision first. */
export const byRevision = (a: KubeObject, b: KubeObject): number => {
  const [left, right] = [revisionOf(a), revisionOf(b)];
  return left === undefined || right === undefined || left === right ? byAge(a, b) : left - right;
};

/**
 * The annotations of the new ReplicaSet: the Deployment's, and its revision where that grows. One that comes back from an
 * earlier revision keeps that one in its history.
 */
export function newSetAnnotations(
  deployment: KubeObject,
  current: Readonly<Record<string, string>> = {},
  revision: number,
): Record<string, string> {
  const next: Record<string, string> = { ...current };
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {}))
    if (!OWN.has(key)) next[key] = value;
  const old = current[REVISION];
  // What is no number was somebody's own doing.
  if (old && !/^[+-]?\d+$/.test(old)) return next;
  if (Number(old ?? 0) >= revision) return next;
  next[REVISION] = String(revision);
  if (old === undefined) return next;
  const history = [...(current[HISTORY] ?? '').split(',').filter(Boolean), old];
  while (history.length > 1 && history.join(',').length > MOST_HISTORY) history.shift();
  next[HISTORY] = history.join(',');
  return next;
}

import { same } from '../api/metadata.ts';
import type { KubeObject } from '../api/object.ts';
import { MANAGER, updateAs } from './writes.ts';
import type { Registry } from '../registry/registry.ts';
import type { Condition } from '../api/pods.ts';

/** What Go's `omitempty` leaves out. */
const isEmpty = (value: unknown): boolean =>
  value === undefined || value === 0 || (Array.isArray(value) && value.length === 0);

/** Whether two statuses say the same. */
export function sameStatus(
  a: Readonly<Record<string, unknown>> = {},
  b: Readonly<Record<string, unknown>> = {},
): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => (isEmpty(a[key]) && isEmpty(b[key])) || same(a[key], b[key]));
}

/** Writes a status that differs from the object's. */
export function writeStatus(
  registry: Registry,
  resource: string,
  object: KubeObject,
  status: Readonly<Record<string, unknown>>,
  annotations?: Readonly<Record<string, string>>,
): void {
  if (!annotations && sameStatus(status, object['status'])) return;
  const { namespace = '', name = '' } = object.metadata;
  const change = (live: KubeObject) => {
    const metadata = annotations
      ? { ...live.metadata, annotations: { ...live.metadata.annotations, ...annotations } }
      : live.metadata;
    return { ...live, metadata, status };
  };
  updateAs(registry, MANAGER, { resource, namespace, name }, change, 'status');
}

/**
 * Conditions with one more, or with that one changed: one with the same status and reason stays as it is, and
 * lastTransitionTime changes with the status alone (`SetDeploymentCondition`). Pure.
 */
export function withCondition(conditions: readonly Condition[], next: Condition): readonly Condition[] {
  const now = conditions.find(({ type }) => type === next.type);
  if (now && now.status === next.status && now.reason === next.reason) return conditions;
  const since = now && now.status === next.status ? now.lastTransitionTime : next.lastTransitionTime;
  return [...withoutCondition(conditions, next.type), { ...next, ...(since && { lastTransitionTime: since }) }];
}

export const withoutCondition = (conditions: readonly Condition[], type: string): readonly Condition[] =>
  conditions.some((one) => one.type === type) ? conditions.filter((one) => one.type !== type) : conditions;

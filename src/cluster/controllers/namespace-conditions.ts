/** How far the end of a namespace is (kubernetes `pkg/controller/namespace/deletion/status_condition_utils.go`). Pure. */
import type { JsonObject } from '../api/object.ts';

/** Of one resource of a namespace: how many objects are left, and their finalizers. */
export interface Remaining {
  group: string;
  resource: string;
  count: number;
  finalizers: readonly string[];
}

const FINE: readonly (readonly [type: string, reason: string, message: string])[] = [
  ['NamespaceDeletionDiscoveryFailure', 'ResourcesDiscovered', 'All resources successfully discovered'],
  ['NamespaceDeletionGroupVersionParsingFailure', 'ParsedGroupVersions', 'All legacy kube types successfully parsed'],
  [
    'NamespaceDeletionContentFailure',
    'ContentDeleted',
    'All content successfully deleted, may be waiting on finalization',
  ],
  ['NamespaceContentRemaining', 'ContentRemoved', 'All content successfully removed'],
  ['NamespaceFinalizersRemaining', 'ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
];

/** The conditions of a namespace with these objects left; undefined when `old` says just that. `now` is RFC 3339. */
export function endConditions(
  old: readonly JsonObject[],
  remaining: readonly Remaining[],
  now: string,
): JsonObject[] | undefined {
  const trouble = new Map<string, { reason: string; message: string }>();
  if (remaining.length > 0) {
    const texts = remaining.map(({ group, resource, count }) => `${resource}.${group} has ${count} resource instances`);
    const message = `Some resources are remaining: ${texts.sort().join(', ')}`;
    trouble.set('NamespaceContentRemaining', { reason: 'SomeResourcesRemain', message });
  }
  const held = new Map<string, number>();
  for (const one of remaining.flatMap(({ finalizers }) => finalizers)) held.set(one, (held.get(one) ?? 0) + 1);
  if (held.size > 0) {
    const texts = [...held].map(([one, count]) => `${one} in ${count} resource instances`);
    const message = `Some content in the namespace has finalizers remaining: ${texts.sort().join(', ')}`;
    trouble.set('NamespaceFinalizersRemaining', { reason: 'SomeFinalizersRemain', message });
  }
  let changed = false;
  const conditions = new Map(old.map((one) => [one['type'] as string, one]));
  for (const [type, reason, message] of FINE) {
    const found = trouble.get(type);
    const wanted = { type, status: found ? 'True' : 'False', ...(found ?? { reason, message }) };
    const before = conditions.get(type);
    const same = (key: keyof typeof wanted) => before?.[key] === wanted[key];
    if (same('status') && same('reason') && same('message')) continue;
    changed = true;
    const since = same('status') ? (before?.['lastTransitionTime'] ?? now) : now;
    conditions.set(type, { ...wanted, lastTransitionTime: since });
  }
  return changed ? [...conditions.values()] : undefined;
}

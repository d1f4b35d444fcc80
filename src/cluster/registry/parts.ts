/** What writes to the parts of an object (itself, `status`, `finalize`) change, own and warn of. Pure. */
import type { KubeObject } from '../api/object.ts';
import type { Served } from './kinds.ts';

/** What a write goes to: '' is the object itself. */
export type Part = '' | 'status' | 'finalize';

// Each one object, for what is made of them is kept by them.
const NOTHING: readonly (readonly string[])[] = [];
const SPEC: readonly (readonly string[])[] = [['spec']];
const STATUS: readonly (readonly string[])[] = [['status']];

/** Parts of an object that a write through its URL leaves alone, and so never owns (`GetResetFields` of the strategies). */
export function resetsOf(kind: Served, part: Part): readonly (readonly string[])[] {
  if (part === '') return kind.status ? STATUS : NOTHING;
  return part === 'status' ? (kind.statusResets ?? SPEC) : STATUS;
}

export const warningsOf = (kind: Served, part: Part, object: KubeObject, old: KubeObject): string[] => {
  if (part === 'status') return kind.strategy?.statusWarnings?.(object) ?? [];
  return part === '' ? (kind.strategy?.warnings?.(object, old) ?? []) : [];
};

/** What of metadata a write to the status of some kinds leaves alone (apimachinery `ResetObjectMetaForStatus`). */
const RESET = ['deletionTimestamp', 'generation', 'labels', 'annotations', 'finalizers', 'ownerReferences'] as const;

/** A status write changes status, and of metadata what the kind lets it. */
export function onlyStatus(object: KubeObject, old: KubeObject, kind: Served): KubeObject {
  const next: KubeObject = { ...old, metadata: object.metadata };
  if (object['status'] === undefined) delete next['status'];
  else next['status'] = object['status'];
  for (const path of kind.statusResets ?? []) {
    const [first, second] = path;
    if (first !== 'metadata') continue;
    const metadata: Record<string, unknown> & KubeObject['metadata'] = { ...next.metadata };
    for (const field of second ? [second] : RESET) {
      const before = old.metadata[field as keyof typeof old.metadata];
      if (before === undefined) delete metadata[field];
      else metadata[field] = before;
    }
    next.metadata = metadata;
  }
  return next;
}

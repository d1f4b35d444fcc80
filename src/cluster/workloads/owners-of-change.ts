import { same } from '../api/metadata.ts';
import { controllerOf } from '../api/pods.ts';
import type { Change, Store } from '../store/store.ts';
import { selectorOf } from './claim.ts';

/**
 * Names of the objects of a kind that a dependent's change matters to: those that own it or owned it, and of an orphan that is
 * new or has other labels, those that would select it.
 */
export function* ownersOfChange(
  { type, item, old }: Change,
  { kind, resource }: { kind: string; resource: string },
  store: Store,
): Iterable<string> {
  const owner = controllerOf(item.object);
  const before = old && controllerOf(old.object);
  for (const one of [owner, before]) if (one?.kind === kind) yield one.name;
  if (owner || type === 'DELETED') return;
  if (old && !before && same(old.object.metadata.labels, item.object.metadata.labels)) return;
  for (const { name, object } of store.list(resource, item.namespace)) {
    if (selectorOf(object)?.matches(item.object.metadata.labels ?? {})) yield name;
  }
}

import type { Registry } from '../registry/registry.ts';
import { OwnedIndex, StoreIndex } from './owned-index.ts';
import { nodeOf } from '../api/pods.ts';

/** What workloads own and nodes have; shared by their controllers, and made before them. */
export interface Owned {
  pods: OwnedIndex;
  /** Pods by the name of their node, '' for those without. */
  podsOn: StoreIndex;
  replicaSets: OwnedIndex;
  revisions: OwnedIndex;
}

export const ownedIn = (registry: Registry): Owned => ({
  pods: new OwnedIndex(registry, 'pods'),
  podsOn: new StoreIndex(registry, 'pods', nodeOf),
  replicaSets: new OwnedIndex(registry, 'replicasets.apps'),
  revisions: new OwnedIndex(registry, 'controllerrevisions.apps'),
});

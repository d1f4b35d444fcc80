/**
 * Who an owner's objects are: it takes in orphans that its selector matches and lets go what it does not match any more
 * (kubernetes `pkg/controller/controller_ref_manager.go`).
 */
import type { KubeObject } from '../api/object.ts';
import { MANAGER, updateAs } from '../controllers/writes.ts';
import type { Registry } from '../registry/registry.ts';
import { type LabelSelector, labelSelectorOf } from '../selectors/label-selector.ts';
import { SelectorError } from '../selectors/requirement.ts';
import type { OwnedIndex } from '../controllers/owned-index.ts';
import { controllerReference } from '../api/pods.ts';

export interface Claims {
  /** The owner's, and to stay. */
  keep: KubeObject[];
  adopt: KubeObject[];
  release: KubeObject[];
}

/** Pure: `owned` has the owner as controller, `orphans` none. An owner that is being deleted changes nothing. */
export function decideClaims(
  owner: KubeObject,
  selector: LabelSelector,
  owned: readonly KubeObject[],
  orphans: readonly KubeObject[],
): Claims {
  const matches = ({ metadata }: KubeObject) => selector.matches(metadata.labels ?? {});
  const keep = owned.filter(matches);
  if (owner.metadata.deletionTimestamp) return { keep, adopt: [], release: [] };
  return {
    keep,
    adopt: orphans.filter((one) => !one.metadata.deletionTimestamp && matches(one)),
    release: owned.filter((one) => !one.metadata.deletionTimestamp && !matches(one)),
  };
}

/** A workload's selector; undefined when it is none that can be read, or would match everything. */
export function selectorOf(owner: KubeObject): LabelSelector | undefined {
  try {
    const selector = labelSelectorOf(owner['spec']?.selector);
    return selector.empty ? undefined : selector;
  } catch (error) {
    if (error instanceof SelectorError) return undefined;
    throw error;
  }
}

/** Settles whose the objects of a resource are, and gives those of the owner. `candidates` leaves some out of adoption and release. */
export function claim(
  registry: Registry,
  resource: string,
  owner: KubeObject,
  selector: LabelSelector,
  index: OwnedIndex,
  candidates: (object: KubeObject) => boolean = () => true,
): KubeObject[] {
  const { uid = '', namespace = '' } = owner.metadata;
  const owned = index.of(uid).filter(candidates);
  const decided = decideClaims(owner, selector, owned, index.orphans(namespace).filter(candidates));
  if (decided.adopt.length + decided.release.length === 0) return decided.keep;
  const write = (object: KubeObject, change: (owners: object[]) => object[]) => {
    const place = { resource, namespace, name: object.metadata.name ?? '' };
    updateAs(registry, MANAGER, place, (live) => {
      const { ownerReferences: owners = [], ...metadata } = live.metadata;
      const next = change(owners) as typeof owners;
      return { ...live, metadata: { ...metadata, ...(next.length > 0 && { ownerReferences: next }) } };
    });
  };
  for (const one of decided.adopt) write(one, (owners) => [...owners, controllerReference(owner)]);
  for (const one of decided.release) write(one, (owners) => owners.filter((other) => !hasUid(other, uid)));
  return index.of(uid).filter((one) => candidates(one) && selector.matches(one.metadata.labels ?? {}));
}

const hasUid = (owner: object, uid: string): boolean => (owner as { uid?: string }).uid === uid;

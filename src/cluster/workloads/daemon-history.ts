/** A DaemonSet's templates, kept as ControllerRevisions (kubernetes `pkg/controller/daemon/update.go`). */
import type { KubeObject } from '../api/object.ts';
import { createAs, MANAGER, updateAs } from '../controllers/writes.ts';
import { equal } from '../kinds/strategies/common.ts';
import { storedKind } from '../registry/kinds.ts';
import type { Registry } from '../registry/registry.ts';
import { REVISION_HASH } from './daemon-pods.ts';
import { controllerReference } from '../api/pods.ts';
import { writeStatus } from '../controllers/status.ts';
import { templateHash } from './template-hash.ts';

const REVISIONS = 'controllerrevisions.apps';

/** What `kubectl rollout undo` patches a DaemonSet with. Pure. */
export const revisionData = (set: KubeObject) => ({
  spec: { template: { ...set['spec'].template, $patch: 'replace' } },
});

const isOf = (set: KubeObject, revision: KubeObject): boolean => equal(revisionData(set), revision['data']);

const numberOf = (revision: KubeObject): number => revision['revision'] ?? 0;

export interface History {
  current: KubeObject;
  old: KubeObject[];
}

/** The revision of a DaemonSet's template and the others; makes it or makes it the latest. Undefined when its name was taken. */
export function historyOf(registry: Registry, set: KubeObject, revisions: readonly KubeObject[]): History | undefined {
  const mine = revisions.filter((one) => isOf(set, one)).toSorted((a, b) => numberOf(b) - numberOf(a));
  const old = revisions.filter((one) => !isOf(set, one));
  const next = Math.max(0, ...old.map(numberOf)) + 1;
  const [current] = mine;
  if (!current) {
    const made = snapshot(registry, set, next);
    return made && { current: made, old };
  }
  if (numberOf(current) >= next) return { current, old };
  const { namespace = '', name = '' } = current.metadata;
  updateAs(registry, MANAGER, { resource: REVISIONS, namespace, name }, (live) => ({ ...live, revision: next }));
  return { current: registry.get(storedKind(REVISIONS), namespace, name).object, old };
}

function snapshot(registry: Registry, set: KubeObject, revision: number): KubeObject | undefined {
  const { name = '', namespace = '', annotations } = set.metadata;
  const { template } = set['spec'];
  const status = set['status'] ?? {};
  const hash = templateHash(template, status.collisionCount);
  const taken = registry.store.get(REVISIONS, namespace, `${name}-${hash}`)?.object;
  if (taken && isOf(set, taken)) return taken;
  if (taken) {
    writeStatus(registry, 'daemonsets.apps', set, { ...status, collisionCount: (status.collisionCount ?? 0) + 1 });
    return undefined;
  }
  return createAs(registry, MANAGER, {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      labels: { ...template.metadata?.labels, [REVISION_HASH]: hash },
      ...(annotations && { annotations }),
      ownerReferences: [controllerReference(set)],
    },
    data: revisionData(set),
    revision,
  });
}

/** Lets the oldest revisions beyond the limit go that no pod is of. */
export function trimHistory(
  registry: Registry,
  set: KubeObject,
  old: readonly KubeObject[],
  pods: readonly KubeObject[],
): void {
  let beyond = old.length - (set['spec'].revisionHistoryLimit ?? 10);
  const inUse = new Set(pods.map(({ metadata }) => metadata.labels?.[REVISION_HASH]));
  for (const { metadata } of old.toSorted((a, b) => numberOf(a) - numberOf(b))) {
    if (beyond <= 0) return;
    if (inUse.has(metadata.labels?.[REVISION_HASH])) continue;
    registry.delete(storedKind(REVISIONS), metadata.namespace ?? '', metadata.name ?? '', {}, { dryRun: false });
    beyond--;
  }
}

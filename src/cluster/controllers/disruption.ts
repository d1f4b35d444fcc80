import type { KubeObject, OwnerReference } from '../api/object.ts';
import { findKind } from '../registry/kinds.ts';
import type { Registry } from '../registry/registry.ts';
import { controllerOf } from '../api/pods.ts';
import { writeStatus } from './status.ts';
import { assess, failed, guards, type Scale } from '../registry/disruption-budget.ts';
import { recordEvent } from './events.ts';
import type { Loop } from './loop.ts';

const BUDGETS = 'poddisruptionbudgets.policy';
const COMPONENT = 'controllermanager';

/**
 * Keeps the status of PodDisruptionBudgets, from which evictions take: as upstream's disruption controller, which looks when
 * a budget changes or one of its pods.
 */
export class DisruptionBudgets {
  readonly #registry: Registry;
  readonly #loop: Loop;

  constructor(registry: Registry, loop: Loop) {
    this.#registry = registry;
    this.#loop = loop;
    for (const { namespace, name } of registry.store.list(BUDGETS)) this.#look(namespace, name);
    registry.store.subscribe(({ resource, item, old, type }) => {
      if (resource === BUDGETS) {
        if (type !== 'DELETED') this.#look(item.namespace, item.name);
      } else if (resource === 'pods') this.#lookFor(item.namespace, old ? [item.object, old.object] : [item.object]);
    });
  }

  #look(namespace: string, name: string): void {
    this.#loop.add(`disruption budget ${namespace}/${name}`, () => this.#sync(namespace, name));
  }

  #lookFor(namespace: string, pods: readonly KubeObject[]): void {
    for (const { name, object } of this.#registry.store.list(BUDGETS, namespace)) {
      if (pods.some((pod) => guards(object, pod))) this.#look(namespace, name);
    }
  }

  #sync(namespace: string, name: string): void {
    const { store } = this.#registry;
    const budget = store.get(BUDGETS, namespace, name)?.object;
    if (!budget) return;
    const pods = Array.from(store.list('pods', namespace), (item) => item.object).filter((pod) => guards(budget, pod));
    const now = this.#registry.time();
    const warn = (object: KubeObject, reason: string, message: string) =>
      recordEvent(this.#registry, COMPONENT, object, 'Warning', reason, message);
    if (pods.length === 0) {
      recordEvent(this.#registry, COMPONENT, budget, 'Normal', 'NoPods', 'No matching pods found');
    }
    let verdict: ReturnType<typeof assess>;
    try {
      verdict = assess({ budget, pods, scaleOf: (owner) => this.#scaleOf(owner, namespace), now });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      warn(budget, 'CalculateExpectedPodCountFailed', `Failed to calculate the number of expected pods: ${why}`);
      writeStatus(this.#registry, BUDGETS, budget, failed(budget, why, now));
      return;
    }
    const { status, unmanaged, undeleted, recheckMs } = verdict;
    if (unmanaged.length > 0) {
      const remedy = 'To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.';
      warn(
        budget,
        'UnmanagedPods',
        `No controller has the pods ${unmanaged.join(', ')}, so the status cannot be calculated correctly. ${remedy}`,
      );
    }
    for (const pod of pods) {
      if (!undeleted.includes(pod.metadata.name ?? '')) continue;
      warn(pod, 'NotDeleted', `Pod was expected by PDB ${namespace}/${name} to be deleted but it wasn't`);
    }
    writeStatus(this.#registry, BUDGETS, budget, status);
    if (recheckMs !== undefined) {
      this.#loop.after(recheckMs, `disruption budget ${namespace}/${name}`, () => this.#sync(namespace, name));
    }
  }

  /** What a pod's controller wants; of a Deployment's ReplicaSet what the Deployment does. */
  #scaleOf({ apiVersion, kind, name, uid }: OwnerReference, namespace: string): Scale | undefined {
    const served = findKind(apiVersion, kind);
    if (!served) throw new Error(`no matches for kind "${kind}" in version "${apiVersion}"`);
    if (!served.scale) throw new Error(`${served.qualified} does not implement the scale subresource`);
    const found = this.#registry.store.get(served.stored, namespace, name)?.object;
    if (!found || found.metadata.uid !== uid) return undefined;
    const above = kind === 'ReplicaSet' ? controllerOf(found) : undefined;
    const deployment = above?.kind === 'Deployment' ? this.#scaleOf(above, namespace) : undefined;
    return deployment ?? { uid, replicas: found['spec']?.replicas ?? 1 };
  }
}

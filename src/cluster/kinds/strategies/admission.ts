/**
 * What kube-apiserver's default admission plugins do to an object, as far as people see it (kubernetes
 * `plugin/pkg/admission`). Mimicked: ServiceAccount (the account's name only: nothing here would mount a token),
 * DefaultTolerationSeconds, Priority (classes of the cluster through `admitPriority`), StorageObjectInUseProtection, RuntimeClass (there is none).
 * Left out: LimitRanger, ResourceQuota, PersistentVolumeClaimResize, TaintNodesByCondition, DefaultStorageClass, DefaultIngressClass,
 * PodSecurity (its default level allows everything), webhooks and policies. NamespaceLifecycle is the registry's.
 */
import { goQuote } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { list, type Part } from './common.ts';

const NO_EXECUTE = 'NoExecute';
const TOLERATED_TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];
const TOLERATION_SECONDS = 300;

/** Priorities of the classes that every cluster has. */
const SYSTEM_PRIORITIES: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

/** Tolerates a node's bad state for five minutes unless the pod says something about it. */
export function tolerateBadNodes(spec: Part): void {
  const tolerations = list(spec['tolerations']);
  const added = TOLERATED_TAINTS.filter(
    (taint) => !tolerations.some(({ key, effect }) => (!key || key === taint) && (!effect || effect === NO_EXECUTE)),
  ).map((key) => ({ key, operator: 'Exists', effect: NO_EXECUTE, tolerationSeconds: TOLERATION_SECONDS }));
  if (added.length > 0) spec['tolerations'] = [...tolerations, ...added];
}

/** A new pod. */
export function admitPod(pod: KubeObject): void {
  const spec = pod['spec'];
  if (!spec) return;
  if (!spec.serviceAccountName && !pod.metadata.annotations?.['kubernetes.io/config.mirror']) {
    spec.serviceAccountName = 'default';
    spec.serviceAccount = 'default';
  }
  tolerateBadNodes(spec);
  spec.priority ??= SYSTEM_PRIORITIES[spec.priorityClassName ?? ''] ?? 0;
  spec.preemptionPolicy ??= 'PreemptLowerPriority';
}

/**
 * Gives a new pod the priority of its class, or of the cluster's default class, before it is prepared. `classes` are
 * the cluster's PriorityClasses; the answer says why the pod is refused (403), if it is.
 */
export function admitPriority(pod: KubeObject, classes: readonly KubeObject[]): string | undefined {
  const { spec } = pod;
  if (!spec) return undefined;
  const name: string = spec.priorityClassName ?? '';
  const byValue = (a: KubeObject, b: KubeObject) => (a['value'] ?? 0) - (b['value'] ?? 0);
  const found = name
    ? classes.find((one) => one.metadata.name === name)
    : classes.filter((one) => one['globalDefault']).sort(byValue)[0];
  const system = SYSTEM_PRIORITIES[name];
  if (name && !found && system === undefined) return `no PriorityClass with name ${name} was found`;
  const value: number = found?.['value'] ?? system ?? 0;
  const policy: string = found?.['preemptionPolicy'] ?? 'PreemptLowerPriority';
  const computed = 'must not be provided in pod spec; priority admission controller computed';
  if (typeof spec.priority === 'number' && spec.priority !== value) {
    return `the integer value of priority (${spec.priority}) ${computed} ${value} from the given PriorityClass name`;
  }
  if (typeof spec.preemptionPolicy === 'string' && spec.preemptionPolicy !== policy) {
    return `the string value of PreemptionPolicy (${spec.preemptionPolicy}) ${computed} ${policy} from the given PriorityClass name`;
  }
  if (found && !name) spec.priorityClassName = found.metadata.name;
  spec.priority = value;
  spec.preemptionPolicy = policy;
  // The RuntimeClass plugin comes after it, and no such class is ever there.
  const { runtimeClassName: runtime } = spec;
  return typeof runtime === 'string' ? `pod rejected: RuntimeClass ${goQuote(runtime)} not found` : undefined;
}

/** An update of a pod: what admission set when it was made stays. */
export function admitPodUpdate(pod: KubeObject, old: KubeObject): void {
  const spec = pod['spec'];
  if (!spec) return;
  tolerateBadNodes(spec);
  for (const field of ['priority', 'preemptionPolicy']) {
    const before = old['spec']?.[field];
    if (before !== undefined) spec[field] ??= before;
  }
}

const CLAIM_PROTECTION = 'kubernetes.io/pvc-protection';

/** A new claim is not to go while a pod uses it. */
export function protectClaim({ metadata }: KubeObject): void {
  const finalizers = metadata.finalizers ?? [];
  if (!finalizers.includes(CLAIM_PROTECTION)) metadata.finalizers = [...finalizers, CLAIM_PROTECTION];
}

/** Which nodes get a DaemonSet's pods, and what those are like (kubernetes `pkg/controller/daemon`). Pure. */
import type { KubeObject } from '../api/object.ts';
import { matchesNode } from '../scheduling/node-affinity.ts';
import { HARD, type Taint, type Toleration, untolerated } from '../scheduling/taints.ts';
import { nodeOf } from '../api/pods.ts';

/** The label by which pods know their ControllerRevision. */
export const REVISION_HASH = 'controller-revision-hash';
const TEMPLATE_GENERATION = 'pod-template-generation';
const GENERATION_ANNOTATION = 'deprecated.daemonset.template.generation';

const exists = (key: string, effect: string): Toleration => ({
  key: `node.kubernetes.io/${key}`,
  operator: 'Exists',
  effect,
});

/** A daemon stays whatever happens to its node. */
const STAYS: readonly Toleration[] = [
  exists('not-ready', 'NoExecute'),
  exists('unreachable', 'NoExecute'),
  exists('disk-pressure', 'NoSchedule'),
  exists('memory-pressure', 'NoSchedule'),
  exists('pid-pressure', 'NoSchedule'),
  exists('unschedulable', 'NoSchedule'),
];

/** The template's tolerations and those of every daemon; of two about the same the latter counts. */
export function daemonTolerations(set: KubeObject): Toleration[] {
  const spec = set['spec'].template?.spec ?? {};
  const own: readonly Toleration[] = spec.tolerations ?? [];
  const added = spec.hostNetwork ? [...STAYS, exists('network-unavailable', 'NoSchedule')] : STAYS;
  const alike = (a: Toleration, b: Toleration) =>
    a.key === b.key && a.effect === b.effect && a.operator === b.operator && (a.value ?? '') === (b.value ?? '');
  const replaced = own.map((one) => added.find((other) => alike(one, other)) ?? one);
  return [...replaced, ...added.filter((one) => !own.some((other) => alike(one, other)))];
}

export interface Fit {
  /** A pod is to be there. */
  shouldRun: boolean;
  /** One that is there may stay. */
  mayStay: boolean;
}

export function fitOf(set: KubeObject, node: KubeObject): Fit {
  const { template = {} } = set['spec'];
  const name: string = template.spec?.nodeName ?? '';
  const taints: readonly Taint[] = node['spec']?.taints ?? [];
  const tolerations = daemonTolerations(set);
  if ((name && name !== node.metadata.name) || !matchesNode(template, node))
    return { shouldRun: false, mayStay: false };
  if (!untolerated(taints, tolerations, HARD)) return { shouldRun: true, mayStay: true };
  return { shouldRun: false, mayStay: !untolerated(taints, tolerations, ['NoExecute']) };
}

const generationOf = ({ metadata }: KubeObject): string | undefined => metadata.annotations?.[GENERATION_ANNOTATION];

/** The template of the pod for one node: bound to it by node affinity, so that the scheduler has the last word. */
export function daemonTemplate(set: KubeObject, node: string, hash: string): Partial<KubeObject> {
  const template = structuredClone(set['spec'].template);
  const generation = generationOf(set);
  const required = { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }] };
  const affinity = template.spec.affinity ?? {};
  return {
    metadata: {
      ...template.metadata,
      labels: {
        ...template.metadata?.labels,
        ...(generation !== undefined && { [TEMPLATE_GENERATION]: generation }),
        [REVISION_HASH]: hash,
      },
    },
    spec: {
      ...template.spec,
      tolerations: daemonTolerations(set),
      affinity: {
        ...affinity,
        nodeAffinity: { ...affinity.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: required },
      },
    },
  };
}

interface Field {
  key: string;
  operator: string;
  values?: readonly string[];
}

/** The node that a pod is on or is meant for. */
export function targetNode(pod: KubeObject): string | undefined {
  if (nodeOf(pod)) return nodeOf(pod);
  const required = pod['spec']?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const terms: readonly { matchFields?: readonly Field[] }[] = required?.nodeSelectorTerms ?? [];
  const field = terms
    .flatMap(({ matchFields }) => matchFields ?? [])
    .find(({ key, operator }) => key === 'metadata.name' && operator === 'In');
  return field?.values?.length === 1 ? field.values[0] : undefined;
}

/** A pod of the newest template. */
export function isUpdated(set: KubeObject, { metadata: { labels = {} } }: KubeObject, hash: string): boolean {
  const generation = generationOf(set);
  return labels[REVISION_HASH] === hash || (generation !== undefined && labels[TEMPLATE_GENERATION] === generation);
}

/** Those on nodes first, then the oldest. */
export function byNodeAndAge(a: KubeObject, b: KubeObject): number {
  if (!nodeOf(a) !== !nodeOf(b)) return nodeOf(a) ? -1 : 1;
  const text = ({ metadata: { creationTimestamp = '', name = '' } }: KubeObject) => `${creationTimestamp} ${name}`;
  return text(a) < text(b) ? -1 : 1;
}

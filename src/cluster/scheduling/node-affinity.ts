/** Which nodes a pod asks for by nodeSelector and node affinity (kubernetes `component-helpers/scheduling/corev1/nodeaffinity`). Pure. */
import type { KubeObject } from '../api/object.ts';

interface Requirement {
  key: string;
  operator: string;
  values?: readonly string[] | null;
}

export interface NodeSelectorTerm {
  matchExpressions?: readonly Requirement[] | null;
  matchFields?: readonly Requirement[] | null;
}

const INTEGER = /^[+-]?\d+$/;

function holds({ operator, values }: Requirement, value: string | undefined): boolean {
  const all = values ?? [];
  switch (operator) {
    case 'In':
      return value !== undefined && all.includes(value);
    case 'NotIn':
      return value === undefined || !all.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
    case 'Lt': {
      const [limit = ''] = all;
      if (value === undefined || !INTEGER.test(value) || !INTEGER.test(limit)) return false;
      return operator === 'Gt' ? BigInt(value) > BigInt(limit) : BigInt(value) < BigInt(limit);
    }
    default:
      return false;
  }
}

/** All that a term says holds for the node; a term that says nothing matches no node. */
export function matchesTerm(term: NodeSelectorTerm, node: KubeObject): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length + fields.length === 0) return false;
  const { labels = {}, name } = node.metadata;
  return (
    expressions.every((one) => holds(one, Object.hasOwn(labels, one.key) ? labels[one.key] : undefined)) &&
    fields.every((one) => one.key === 'metadata.name' && holds(one, name))
  );
}

/** The node has all labels of the pod's nodeSelector and matches a term of its required node affinity. */
export function matchesNode(pod: KubeObject, node: KubeObject): boolean {
  const spec = pod['spec'] ?? {};
  const wanted = Object.entries<string>(spec.nodeSelector ?? {});
  if (!wanted.every(([key, value]) => node.metadata.labels?.[key] === value)) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (!required) return true;
  const terms: readonly NodeSelectorTerm[] = required.nodeSelectorTerms ?? [];
  return terms.some((term) => matchesTerm(term, node));
}

/** How much a pod would like the node: the sum of the weights of the preferred terms that match. */
export function preference(pod: KubeObject, node: KubeObject): number {
  const preferred: readonly { weight: number; preference: NodeSelectorTerm }[] =
    pod['spec']?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return preferred.reduce((sum, { weight, preference: term }) => sum + (matchesTerm(term, node) ? weight : 0), 0);
}

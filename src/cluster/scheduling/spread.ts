/** topologySpreadConstraints (kubernetes `pkg/scheduler/framework/plugins/podtopologyspread`). Pure. */
import type { KubeObject } from '../api/object.ts';
import { type LabelSelector, labelSelectorOf } from '../selectors/label-selector.ts';
import { SelectorError } from '../selectors/requirement.ts';
import { matchesNode } from './node-affinity.ts';
import type { NodeView } from './node-view.ts';
import { HARD, type Toleration, untolerated } from './taints.ts';

interface Constraint {
  maxSkew: number;
  topologyKey: string;
  minDomains?: number;
  nodeAffinityPolicy?: string;
  nodeTaintsPolicy?: string;
  labelSelector?: object | null;
  whenUnsatisfiable: string;
}

interface Counted {
  constraint: Constraint;
  /** 1 when the pod itself is one of those that are spread. */
  self: number;
  /** Matching pods by the value of the topology's label. */
  counts: ReadonlyMap<string, number>;
  least: number;
}

const MISMATCH = "node(s) didn't match pod topology spread constraints";

/** How the pods that a pod's constraints are about are spread now. */
export class Spread {
  readonly #hard: readonly Counted[];
  readonly #soft: readonly Counted[];

  constructor(hard: readonly Counted[], soft: readonly Counted[]) {
    this.#hard = hard;
    this.#soft = soft;
  }

  /** Why a node would make the spread too uneven. */
  reasonAgainst(view: NodeView): string | undefined {
    for (const { constraint, self, counts, least } of this.#hard) {
      const value = view.label(constraint.topologyKey);
      if (value === undefined) return `${MISMATCH} (missing required label)`;
      if ((counts.get(value) ?? 0) + self - least > constraint.maxSkew) return MISMATCH;
    }
    return undefined;
  }

  /** How many pods are there already where a node is, by the constraints that only ask for an even spread. */
  crowd(view: NodeView): number {
    return this.#soft.reduce((sum, { constraint, counts }) => {
      const value = view.label(constraint.topologyKey);
      return sum + (value === undefined ? 0 : (counts.get(value) ?? 0));
    }, 0);
  }
}

/** Undefined for a pod without constraints. */
export function spreadOf(pod: KubeObject, views: readonly NodeView[]): Spread | undefined {
  const constraints: readonly Constraint[] = pod['spec']?.topologySpreadConstraints ?? [];
  if (constraints.length === 0) return undefined;
  const hard = constraints.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule');
  const soft = constraints.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'ScheduleAnyway');
  const count = (all: readonly Constraint[]) => all.map((one) => counted(pod, one, all, views));
  return new Spread(count(hard), count(soft));
}

function counted(
  pod: KubeObject,
  constraint: Constraint,
  all: readonly Constraint[],
  views: readonly NodeView[],
): Counted {
  const selector = selectorOf(constraint);
  const tolerations: readonly Toleration[] = pod['spec']?.tolerations ?? [];
  const counts = new Map<string, number>();
  for (const view of views) {
    const value = view.label(constraint.topologyKey);
    if (value === undefined || all.some(({ topologyKey }) => view.label(topologyKey) === undefined)) continue;
    if ((constraint.nodeAffinityPolicy ?? 'Honor') === 'Honor' && !matchesNode(pod, view.node)) continue;
    if (constraint.nodeTaintsPolicy === 'Honor' && untolerated(view.taints, tolerations, HARD)) continue;
    let count = counts.get(value) ?? 0;
    if (!selector.empty) {
      for (const { metadata } of view.pods()) {
        if (metadata.deletionTimestamp || metadata.namespace !== pod.metadata.namespace) continue;
        if (selector.matches(metadata.labels ?? {})) count++;
      }
    }
    counts.set(value, count);
  }
  // Too few domains: those that are missing count as empty.
  const least = counts.size < (constraint.minDomains ?? 1) ? 0 : Math.min(...counts.values());
  return { constraint, self: selector.matches(pod.metadata.labels ?? {}) ? 1 : 0, counts, least };
}

function selectorOf({ labelSelector }: Constraint): LabelSelector {
  try {
    return labelSelectorOf(labelSelector);
  } catch (error) {
    if (error instanceof SelectorError) return labelSelectorOf(undefined);
    throw error;
  }
}

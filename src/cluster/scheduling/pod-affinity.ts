/** Required affinity and anti-affinity between pods (kubernetes `pkg/scheduler/framework/plugins/interpodaffinity`). Pure. */
import type { KubeObject } from '../api/object.ts';
import { type LabelSelector, labelSelectorOf } from '../selectors/label-selector.ts';
import { SelectorError } from '../selectors/requirement.ts';
import type { NodeView } from './node-view.ts';

interface TermSpec {
  labelSelector?: object | null;
  namespaces?: readonly string[];
  namespaceSelector?: object | null;
  topologyKey: string;
}

/** Labels of a namespace; undefined for one that is not there. */
export type NamespaceLabels = (namespace: string) => Readonly<Record<string, string>> | undefined;

interface Term {
  topologyKey: string;
  matches(pod: KubeObject): boolean;
}

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';

function selectorOf(selector: object | null | undefined): LabelSelector {
  try {
    return labelSelectorOf(selector);
  } catch (error) {
    if (error instanceof SelectorError) return labelSelectorOf(undefined);
    throw error;
  }
}

/** Without namespaces of its own a term is about those of the pod that has it. */
function termOf(owner: KubeObject, term: TermSpec, labelsOf: NamespaceLabels): Term {
  const pods = selectorOf(term.labelSelector);
  const named = term.namespaces ?? [];
  const namespaces = new Set(named.length > 0 || term.namespaceSelector ? named : [owner.metadata.namespace ?? '']);
  const selected = selectorOf(term.namespaceSelector);
  return {
    topologyKey: term.topologyKey,
    matches: ({ metadata: { namespace = '', labels = {} } }) => {
      if (!pods.matches(labels)) return false;
      if (namespaces.has(namespace)) return true;
      return term.namespaceSelector ? selected.matches(labelsOf(namespace) ?? {}) : false;
    },
  };
}

const termsOf = (pod: KubeObject, kind: 'podAffinity' | 'podAntiAffinity', labelsOf: NamespaceLabels): Term[] =>
  ((pod['spec']?.affinity?.[kind]?.[REQUIRED] ?? []) as readonly TermSpec[]).map((term) => termOf(pod, term, labelsOf));

/** Whether a pod keeps others away: those are looked at for every pod that is to be scheduled. */
export const hasAntiAffinity = (pod: KubeObject): boolean =>
  (pod['spec']?.affinity?.podAntiAffinity?.[REQUIRED] ?? []).length > 0;

const hasAffinity = (pod: KubeObject): boolean => (pod['spec']?.affinity?.podAffinity?.[REQUIRED] ?? []).length > 0;

/** A value of a topology's label, with the label. */
const pairOf = (view: NodeView, key: string): string | undefined => {
  const value = view.label(key);
  return value === undefined ? undefined : `${key}=${value}`;
};

/** Where the pods are that a pod wants to be near to or far from, and those that want it to be far from them. */
export class PodAffinity {
  readonly #affinity: readonly Term[];
  readonly #anti: readonly Term[];
  readonly #near = new Set<string>();
  readonly #far = new Set<string>();
  readonly #unwelcome = new Set<string>();
  readonly #matchesItself: boolean;

  constructor(
    pod: KubeObject,
    views: readonly NodeView[],
    repellent: readonly { pod: KubeObject; view: NodeView }[],
    labelsOf: NamespaceLabels,
  ) {
    this.#affinity = termsOf(pod, 'podAffinity', labelsOf);
    this.#anti = termsOf(pod, 'podAntiAffinity', labelsOf);
    this.#matchesItself = this.#affinity.every((term) => term.matches(pod));
    const add = (pairs: Set<string>, view: NodeView, key: string) => {
      const pair = pairOf(view, key);
      if (pair !== undefined) pairs.add(pair);
    };
    if (this.#affinity.length + this.#anti.length > 0) {
      for (const view of views) {
        for (const other of view.pods()) {
          // One pod has to match all terms of an affinity.
          if (this.#affinity.every((term) => term.matches(other))) {
            for (const { topologyKey } of this.#affinity) add(this.#near, view, topologyKey);
          }
          for (const term of this.#anti) if (term.matches(other)) add(this.#far, view, term.topologyKey);
        }
      }
    }
    for (const { pod: other, view } of repellent) {
      for (const term of termsOf(other, 'podAntiAffinity', labelsOf)) {
        if (term.matches(pod)) add(this.#unwelcome, view, term.topologyKey);
      }
    }
  }

  reasonAgainst(view: NodeView): string | undefined {
    if (!this.#isNear(view)) return "node(s) didn't match pod affinity rules";
    const within = (pairs: ReadonlySet<string>, { topologyKey }: Term) => pairs.has(pairOf(view, topologyKey) ?? '');
    if (this.#anti.some((term) => within(this.#far, term))) return "node(s) didn't match pod anti-affinity rules";
    for (const pair of this.#unwelcome) {
      const [key = ''] = pair.split('=');
      if (pairOf(view, key) === pair) return "node(s) didn't satisfy existing pods anti-affinity rules";
    }
    return undefined;
  }

  #isNear(view: NodeView): boolean {
    const pairs = this.#affinity.map(({ topologyKey }) => pairOf(view, topologyKey));
    if (pairs.some((pair) => pair === undefined)) return false;
    if (pairs.every((pair) => this.#near.has(pair ?? ''))) return true;
    // The first of a group that wants to be together has nobody to be near to.
    return this.#near.size === 0 && this.#matchesItself;
  }
}

/** Undefined where no rule is about the pod. `repellent` are the pods that keep others away. */
export const podAffinityOf = (
  pod: KubeObject,
  views: readonly NodeView[],
  repellent: readonly { pod: KubeObject; view: NodeView }[],
  labelsOf: NamespaceLabels,
): PodAffinity | undefined =>
  hasAffinity(pod) || hasAntiAffinity(pod) || repellent.length > 0
    ? new PodAffinity(pod, views, repellent, labelsOf)
    : undefined;

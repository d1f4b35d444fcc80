import type { KubeObject } from '../api/object.ts';
import type { PolicyRule } from './rules.ts';

interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/** Does the selector make sense? One that does not makes upstream's controller leave the role alone. */
const valid = (selector: LabelSelector): boolean =>
  (selector.matchExpressions ?? []).every(({ operator, values = [] }) => {
    if (operator === 'In' || operator === 'NotIn') return values.length > 0;
    return (operator === 'Exists' || operator === 'DoesNotExist') && values.length === 0;
  });

/** The empty selector matches everything. */
function matches(selector: LabelSelector, labels: Record<string, string>): boolean {
  if (Object.entries(selector.matchLabels ?? {}).some(([key, value]) => labels[key] !== value)) return false;
  return (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = labels[key];
    if (operator === 'Exists') return value !== undefined;
    if (operator === 'DoesNotExist') return value === undefined;
    return (value !== undefined && values.includes(value)) === (operator === 'In');
  });
}

const sameList = (a: readonly string[] = [], b: readonly string[] = []) =>
  a.length === b.length && a.every((one, index) => one === b[index]);

const sameRule = (a: PolicyRule, b: PolicyRule): boolean =>
  sameList(a.verbs, b.verbs) &&
  sameList(a.apiGroups, b.apiGroups) &&
  sameList(a.resources, b.resources) &&
  sameList(a.resourceNames, b.resourceNames) &&
  sameList(a.nonResourceURLs, b.nonResourceURLs);

const rulesIn = (role: KubeObject): PolicyRule[] => (role['rules'] as PolicyRule[] | null | undefined) ?? [];

const labelsOf = (role: KubeObject) => role.metadata.labels ?? {};

/**
 * The rules that a ClusterRole with an aggregationRule gets from all ClusterRoles: by selector, then by name, each rule
 * once (kubernetes `pkg/controller/clusterroleaggregation`). Undefined when there is nothing to change.
 */
export function aggregatedRules(role: KubeObject, all: readonly KubeObject[]): PolicyRule[] | undefined {
  const rule = role['aggregationRule'] as { clusterRoleSelectors?: LabelSelector[] } | undefined;
  if (!rule) return undefined;
  const selectors = rule.clusterRoleSelectors ?? [];
  if (!selectors.every(valid)) return undefined;
  const rules: PolicyRule[] = [];
  for (const selector of selectors) {
    const found = all.filter((one) => one.metadata.name !== role.metadata.name && matches(selector, labelsOf(one)));
    found.sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
    for (const rule of found.flatMap(rulesIn)) if (!rules.some((known) => sameRule(known, rule))) rules.push(rule);
  }
  const old = rulesIn(role);
  const same = old.length === rules.length && old.every((rule, index) => sameRule(rule, rules[index] ?? { verbs: [] }));
  return same ? undefined : rules;
}

/**
 * All ClusterRoles whose rules are to be rewritten, with their new rules, until nothing changes any more: `admin` gathers
 * `edit`, which gathers `view`.
 */
export function aggregateRoles(all: readonly KubeObject[]): KubeObject[] {
  const roles = new Map(all.map((role) => [role.metadata.name ?? '', role]));
  const changed = new Map<string, KubeObject>();
  // Rules only travel along the chain of roles, so there are no more rounds than roles; a ring could turn for ever.
  for (let round = 0; round < all.length; round += 1) {
    let again = false;
    for (const [name, role] of roles) {
      const rules = aggregatedRules(role, [...roles.values()]);
      if (!rules) continue;
      const next: KubeObject = { ...role, rules };
      roles.set(name, next);
      changed.set(name, next);
      again = true;
    }
    if (!again) break;
  }
  return [...changed.values()];
}

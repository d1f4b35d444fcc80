import { goQuote } from '../api/field-error.ts';
import type { RequestInfo } from './request-info.ts';

/** A rule of a Role or ClusterRole. Absent and empty lists are the same. */
export interface PolicyRule {
  verbs: readonly string[];
  apiGroups?: readonly string[];
  resources?: readonly string[];
  resourceNames?: readonly string[];
  nonResourceURLs?: readonly string[];
}

const NONE: readonly string[] = [];
const has = (list: readonly string[] | undefined, ...wanted: string[]): boolean =>
  list?.some((one) => wanted.includes(one)) ?? false;

/** Does the rule allow the request? (kubernetes `pkg/apis/rbac/v1/evaluation_helpers.go`) */
export function ruleAllows(rule: PolicyRule, request: RequestInfo): boolean {
  if (!has(rule.verbs, '*', request.verb)) return false;
  if (!request.resourceRequest) {
    return (rule.nonResourceURLs ?? NONE).some((url) => url === '*' || urlCovers(url, request.path));
  }
  const { resource, subresource } = request;
  const allowed = subresource
    ? has(rule.resources, '*', `${resource}/${subresource}`, `*/${subresource}`)
    : has(rule.resources, '*', resource);
  return allowed && has(rule.apiGroups, '*', request.group) && namesAllow(rule, request.name);
}

const namesAllow = ({ resourceNames }: PolicyRule, name: string): boolean =>
  !resourceNames?.length || resourceNames.includes(name);

const urlCovers = (pattern: string, path: string): boolean =>
  pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, '')));

/** Rules of one verb, one resource and one name each that say the same as `rule`. */
function* parts(rule: PolicyRule): Generator<PolicyRule> {
  for (const group of rule.apiGroups ?? NONE) {
    for (const resource of rule.resources ?? NONE) {
      for (const verb of rule.verbs) {
        const part = { apiGroups: [group], resources: [resource], verbs: [verb] };
        if (!rule.resourceNames?.length) yield part;
        else for (const name of rule.resourceNames) yield { ...part, resourceNames: [name] };
      }
    }
  }
  for (const url of rule.nonResourceURLs ?? NONE) {
    for (const verb of rule.verbs) yield { nonResourceURLs: [url], verbs: [verb] };
  }
}

function covers(owned: PolicyRule, part: PolicyRule): boolean {
  const all = (list: readonly string[] | undefined, wanted: readonly string[] = NONE) =>
    has(list, '*') || wanted.every((one) => has(list, one));
  const resource = part.resources?.[0];
  const subresource = resource?.includes('/') ? `*/${resource.slice(resource.indexOf('/') + 1)}` : undefined;
  return (
    all(owned.verbs, part.verbs) &&
    all(owned.apiGroups, part.apiGroups) &&
    (all(owned.resources, part.resources) || (subresource !== undefined && has(owned.resources, subresource))) &&
    (part.nonResourceURLs ?? NONE).every((path) =>
      (owned.nonResourceURLs ?? NONE).some((url) => urlCovers(url, path)),
    ) &&
    (!owned.resourceNames?.length ||
      (!!part.resourceNames?.length && part.resourceNames.every((name) => has(owned.resourceNames, name))))
  );
}

/** What `wanted` allows and `owned` does not, in the smallest parts (component-helpers `policy_comparator.go`). */
export function missingRules(owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap((rule) => [...parts(rule)].filter((part) => !owned.some((own) => covers(own, part))));
}

/** The parts as upstream lists them: verbs of one resource together, sorted lines (`policy_compact.go`). */
export function describeRules(rules: readonly PolicyRule[]): string[] {
  const joined = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const key = rule.nonResourceURLs
      ? JSON.stringify(rule)
      : JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames]);
    const same = joined.get(key);
    joined.set(key, same && !rule.nonResourceURLs ? { ...same, verbs: [...same.verbs, ...rule.verbs] } : rule);
  }
  return [...new Set([...joined.values()].map(describe))].sort();
}

const describe = (rule: PolicyRule): string => {
  const list = (title: string, values: readonly string[] | undefined) =>
    values?.length ? [`${title}:${goQuotes(values)}`] : [];
  return `{${[
    ...list('APIGroups', rule.apiGroups),
    ...list('Resources', rule.resources),
    ...list('NonResourceURLs', rule.nonResourceURLs),
    ...list('ResourceNames', rule.resourceNames),
    ...list('Verbs', rule.verbs),
  ].join(', ')}}`;
};

/** Go's `%q` of a list: `["a" "b"]`. */
export const goQuotes = (values: readonly string[]): string => `[${values.map(goQuote).join(' ')}]`;

import type { KubePermission } from '../src/cloud/kube-permissions.ts';

/** One template of RBAC rules: who uses them and where, and under which condition. */
interface RuleSet {
  name: string;
  doc: string;
  user: KubePermission['user'];
  scope: KubePermission['scope'];
  when?: KubePermission['when'];
}

const RULE_SETS: readonly RuleSet[] = [
  { name: 'controller', doc: 'What the controller always needs.', user: 'controller', scope: 'cluster' },
  {
    name: 'leaderElection',
    doc: 'Electing a leader.',
    user: 'controller',
    scope: 'lease-namespace',
    when: 'leader-election',
  },
  {
    name: 'lbc',
    doc: "Holding aws-load-balancer-controller's class.",
    user: 'controller',
    scope: 'kube-system',
    when: 'lbc',
  },
  { name: 'release', doc: 'What `sluice release` always needs.', user: 'release', scope: 'cluster' },
  { name: 'releaseDelete', doc: '`sluice release --delete`.', user: 'release', scope: 'cluster', when: 'delete' },
];

/**
 * Named templates with the RBAC rules of each part, `sluice.rules.NAME`.
 * @throws Error for a permission that would be in no template.
 */
export function rulesTemplate(permissions: readonly KubePermission[]): string {
  const left = new Set(permissions);
  const templates = RULE_SETS.map(({ name, doc, user, scope, when }) => {
    const own = permissions.filter((one) => one.user === user && one.scope === scope && one.when === when);
    for (const one of own) left.delete(one);
    return `{{- /* ${doc} */}}\n{{- define "sluice.rules.${name}" -}}\n${rules(own)}{{- end }}\n`;
  });
  for (const { verb, resource, user, scope, when } of left) {
    throw new Error(`${verb} ${resource} (${user}, ${scope}, ${when ?? 'always'}) belongs to no set of rules`);
  }
  return templates.join('');
}

/** One rule for each resource or named object, with its verbs and what each is for. */
function rules(permissions: readonly KubePermission[]): string {
  const groups = new Map<string, KubePermission[]>();
  for (const one of permissions) {
    const key = JSON.stringify([one.apiGroup, one.resource, one.object]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map(rule).join('');
}

function rule(permissions: readonly KubePermission[]): string {
  const [{ apiGroup, resource, object } = permissions[0]!] = permissions;
  const names = object === undefined ? '' : `  resourceNames: [${object === 'lease' ? leaseName : object}]\n`;
  const verbs = permissions.map(({ verb, why }) => `    - ${verb} # ${why}\n`);
  return `- apiGroups: ["${apiGroup}"]\n  resources: [${resource}]\n${names}  verbs:\n${verbs.join('')}`;
}

const leaseName = '{{ include "sluice.leaseName" . | quote }}';

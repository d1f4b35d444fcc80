import type { KubeObject } from '../api/object.ts';
import { aggregateRoles } from './aggregation.ts';
import { CONTROLLER_ROLES } from './bootstrap-controllers.ts';
import { CLUSTER_ROLES } from './bootstrap-roles.ts';
import { EVENTS, READ, rule } from './bootstrap-rules.ts';
import type { RoleRef, Subject } from './rbac-index.ts';
import type { PolicyRule } from './rules.ts';

const API = 'rbac.authorization.k8s.io';
const AGGREGATE = `${API}/aggregate-to-`;

/** Roles that gather the rules of the roles with a label, and the label that they have themselves. */
const AGGREGATED: Readonly<Record<string, string | undefined>> = { admin: undefined, edit: 'admin', view: 'edit' };

const user = (name: string): Subject => ({ kind: 'User', apiGroup: API, name });
const group = (name: string): Subject => ({ kind: 'Group', apiGroup: API, name });
const account = (name: string): Subject => ({ kind: 'ServiceAccount', name, namespace: 'kube-system' });

/** Whom a ClusterRole of the same name is given to. */
const CLUSTER_ROLE_BINDINGS: Readonly<Record<string, readonly Subject[]>> = {
  'cluster-admin': [group('system:masters')],
  'system:basic-user': [group('system:authenticated')],
  'system:cluster-trust-bundle-discovery': [group('system:serviceaccounts')],
  'system:discovery': [group('system:authenticated')],
  'system:kube-controller-manager': [user('system:kube-controller-manager')],
  'system:kube-dns': [account('kube-dns')],
  'system:kube-scheduler': [user('system:kube-scheduler')],
  'system:monitoring': [group('system:monitoring')],
  'system:node': [],
  'system:node-proxier': [user('system:kube-proxy')],
  'system:public-info-viewer': [group('system:authenticated'), group('system:unauthenticated')],
  'system:service-account-issuer-discovery': [group('system:serviceaccounts')],
  'system:volume-scheduler': [user('system:kube-scheduler')],
};

const LEADER_LOCKING = [
  rule('create get list update watch', 'coordination.k8s.io', 'leases'),
  rule('create get list update watch', 'coordination.k8s.io', 'leasecandidates'),
];

interface NamespaceRole {
  namespace: string;
  name: string;
  rules: readonly PolicyRule[];
  /** Name of the binding where it is not the role's. */
  binding?: string;
  subjects: readonly Subject[];
}

const NAMESPACE_ROLES: readonly NamespaceRole[] = [
  {
    namespace: 'kube-public',
    name: 'system:controller:bootstrap-signer',
    rules: [rule(READ, 'core', 'configmaps'), rule('update', 'core', 'configmaps', 'cluster-info'), EVENTS],
    subjects: [account('bootstrap-signer')],
  },
  {
    namespace: 'kube-system',
    name: 'extension-apiserver-authentication-reader',
    rules: [rule(READ, 'core', 'configmaps', 'extension-apiserver-authentication')],
    binding: 'system::extension-apiserver-authentication-reader',
    subjects: [user('system:kube-controller-manager'), user('system:kube-scheduler')],
  },
  {
    namespace: 'kube-system',
    name: 'system::leader-locking-kube-controller-manager',
    rules: LEADER_LOCKING,
    subjects: [
      user('system:kube-controller-manager'),
      account('kube-controller-manager'),
      account('leader-election-controller'),
    ],
  },
  {
    namespace: 'kube-system',
    name: 'system::leader-locking-kube-scheduler',
    rules: LEADER_LOCKING,
    subjects: [user('system:kube-scheduler'), account('kube-scheduler')],
  },
  {
    namespace: 'kube-system',
    name: 'system:controller:bootstrap-signer',
    rules: [rule(READ, 'core', 'secrets')],
    subjects: [account('bootstrap-signer')],
  },
  {
    namespace: 'kube-system',
    name: 'system:controller:cloud-provider',
    rules: [rule('create get list watch', 'core', 'configmaps')],
    subjects: [account('cloud-provider')],
  },
  {
    namespace: 'kube-system',
    name: 'system:controller:token-cleaner',
    rules: [rule('delete get list watch', 'core', 'secrets'), EVENTS],
    subjects: [account('token-cleaner')],
  },
];

function make(kind: string, name: string, namespace: string, fields: object, labels: Record<string, string> = {}) {
  return {
    kind,
    apiVersion: `${API}/v1`,
    metadata: {
      name,
      ...(namespace && { namespace }),
      labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
      annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
    },
    ...fields,
  } satisfies KubeObject;
}

function makeBinding(kind: string, name: string, namespace: string, role: string, subjects: readonly Subject[]) {
  const roleRef: RoleRef = { apiGroup: API, kind: kind.replace('Binding', ''), name: role };
  return make(kind, name, namespace, { ...(subjects.length > 0 && { subjects }), roleRef });
}

const aggregateLabel = (to: string) => ({ [`${AGGREGATE}${to}`]: 'true' });

/** `system:aggregate-to-view` is gathered by `view`. */
const labelsOf = (name: string) =>
  name.startsWith('system:aggregate-to-') ? aggregateLabel(name.slice('system:aggregate-to-'.length)) : {};

/**
 * The roles and bindings that a new API server starts with (kubernetes `plugin/pkg/auth/authorizer/rbac/bootstrappolicy`):
 * without uid, resourceVersion and times. `admin`, `edit` and `view` have their rules already, which upstream's
 * controller manager gathers a moment later. The namespaces kube-system and kube-public have to be there.
 */
export function bootstrapObjects(): KubeObject[] {
  const roles: KubeObject[] = [
    ...Object.entries(CLUSTER_ROLES).map(([name, rules]) => make('ClusterRole', name, '', { rules }, labelsOf(name))),
    ...Object.entries(CONTROLLER_ROLES).map(([name, rules]) =>
      make('ClusterRole', `system:controller:${name}`, '', { rules }),
    ),
    ...Object.entries(AGGREGATED).map(([name, to]) => {
      const aggregationRule = { clusterRoleSelectors: [{ matchLabels: aggregateLabel(name) }] };
      return make('ClusterRole', name, '', { aggregationRule, rules: null }, to ? aggregateLabel(to) : {});
    }),
  ];
  const gathered = new Map(aggregateRoles(roles).map((role) => [role.metadata.name, role]));
  return structuredClone([
    ...roles.map((role) => gathered.get(role.metadata.name) ?? role),
    ...Object.entries(CLUSTER_ROLE_BINDINGS).map(([name, subjects]) =>
      makeBinding('ClusterRoleBinding', name, '', name, subjects),
    ),
    ...Object.keys(CONTROLLER_ROLES).map((name) => {
      const role = `system:controller:${name}`;
      return makeBinding('ClusterRoleBinding', role, '', role, [account(name)]);
    }),
    ...NAMESPACE_ROLES.flatMap(({ namespace, name, rules, binding = name, subjects }) => [
      make('Role', name, namespace, { rules }),
      makeBinding('RoleBinding', binding, namespace, name, subjects),
    ]),
  ]);
}

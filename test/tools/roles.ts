/** The API server as the installed chart may use it: under its service account and with its roles, nothing more. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { missingTools } from '../../scripts/tools.mjs';
import { KUBE_PERMISSIONS } from '../../src/cloud/kube-permissions.ts';
import { type ControlPlane, type KubeAccess, kubeconfigFor } from './control-plane.ts';
import { type RenderedObject, renderChart, type Values } from './helm.ts';

/** A service account's way to the API server. */
export interface Account extends KubeAccess {
  name: string;
  namespace: string;
  /** Path of a kubeconfig with its token. */
  kubeconfig: string;
}

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const NAMESPACE = 'kube-system';
const HOOK = 'helm.sh/hook';

const COLLECTIONS: Record<string, (namespace: string | undefined) => string> = {
  ServiceAccount: (namespace) => `/api/v1/namespaces/${namespace}/serviceaccounts`,
  Role: (namespace) => `${RBAC}/namespaces/${namespace}/roles`,
  RoleBinding: (namespace) => `${RBAC}/namespaces/${namespace}/rolebindings`,
  ClusterRole: () => `${RBAC}/clusterroles`,
  ClusterRoleBinding: () => `${RBAC}/clusterrolebindings`,
};

/**
 * Makes the chart's service account and roles, and with `hooks` those that it has during `helm uninstall` only.
 * @throws Error with what the API server answered.
 */
export async function installRoles(kube: ControlPlane, values: Values, hooks = false): Promise<Account> {
  // Without Helm the same permissions come straight from the table that the chart's roles are made from.
  const helmless = missingTools().helm !== undefined && process.env['CI'] !== 'true';
  const objects = helmless
    ? rolesOfTable()
    : (await renderChart(values, { namespace: NAMESPACE })).filter(
        ({ kind, metadata }) => kind in COLLECTIONS && (hooks || metadata.annotations?.[HOOK] === undefined),
      );
  for (const object of objects) await create(kube, object);
  const account = objects.find(({ kind }) => kind === 'ServiceAccount');
  if (!account) throw new Error('the chart renders no service account');
  return accountOf(kube, account.metadata.name);
}

/** A service account with every permission of the table, under the chart's names. */
function rolesOfTable(): RenderedObject[] {
  const [name, role, namespace] = ['sluice-controller', 'sluice-controller-leader-election', NAMESPACE];
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const rules = (scopes: readonly string[]) =>
    KUBE_PERMISSIONS.filter(({ scope }) => scopes.includes(scope)).map(({ apiGroup, resource, verb }) => ({
      apiGroups: [apiGroup],
      resources: [resource],
      verbs: [verb],
    }));
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  const roleRef = (kind: string, of = name) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name: of });
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    { apiVersion, kind: 'ClusterRole', metadata: { name }, rules: rules(['cluster']) },
    { apiVersion, kind: 'ClusterRoleBinding', metadata: { name }, subjects, roleRef: roleRef('ClusterRole') },
    { apiVersion, kind: 'Role', metadata: { name: role, namespace }, rules: rules(['lease-namespace', 'kube-system']) },
    { apiVersion, kind: 'RoleBinding', metadata: { name: role, namespace }, subjects, roleRef: roleRef('Role', role) },
  ];
}

async function create(kube: ControlPlane, object: RenderedObject): Promise<void> {
  const path = COLLECTIONS[object.kind]?.(object.metadata.namespace) ?? '';
  const { status, body } = await kube.request('POST', path, object);
  if (status !== 201) throw new Error(`${object.kind} ${object.metadata.name}: ${status} ${JSON.stringify(body)}`);
}

async function accountOf(kube: ControlPlane, name: string): Promise<Account> {
  const path = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${name}/token`;
  const { status, body } = await kube.request('POST', path, { spec: { expirationSeconds: 7200 } });
  if (status !== 201) throw new Error(`no token for ${name}: ${status} ${JSON.stringify(body)}`);
  const access = { url: kube.url, ca: kube.ca, token: body.status.token as string };
  const kubeconfig = join(kube.dir, `kubeconfig-${name}`);
  writeFileSync(kubeconfig, kubeconfigFor(access), { mode: 0o600 });
  return { ...access, name, namespace: NAMESPACE, kubeconfig };
}

/** Which groups, versions and resources there are: the legacy documents and the aggregated ones (KEP-3352). Pure. */
import { createHash } from 'node:crypto';
import type { JsonObject } from '../api/object.ts';
import { SERVED, type Served } from '../registry/kinds.ts';
import { SUBRESOURCE_KINDS, VIRTUAL_KINDS } from '../kinds/table.ts';

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const;

/** What can be done with a kind: namespaces are deleted one by one. */
export const verbsOf = (kind: Served): string[] =>
  VERBS.filter((verb) => verb !== 'deletecollection' || `${kind.group}/${kind.resource}` !== '/namespaces');

const PART_VERBS = ['get', 'patch', 'update'];

interface Subresource {
  name: string;
  kind: { group: string; version: string; kind: string };
  verbs: readonly string[];
}

/** The subresources that a kind is served with. */
export function subresources(kind: Served): Subresource[] {
  const own = { group: kind.group, version: kind.version, kind: kind.kind };
  const found: Subresource[] = [];
  const id = `${kind.group}/${kind.resource}`;
  if (id === '/namespaces') found.push({ name: 'finalize', kind: own, verbs: ['update'] });
  if (id === '/pods') {
    found.push({ name: 'binding', kind: of('Binding'), verbs: ['create'] });
    found.push({ name: 'ephemeralcontainers', kind: own, verbs: PART_VERBS });
    found.push({ name: 'eviction', kind: of('Eviction'), verbs: ['create'] });
  }
  if (kind.scale) found.push({ name: 'scale', kind: of('Scale'), verbs: PART_VERBS });
  if (kind.status) found.push({ name: 'status', kind: own, verbs: PART_VERBS });
  if (id === '/serviceaccounts') found.push({ name: 'token', kind: of('TokenRequest'), verbs: ['create'] });
  return found;
}

function of(name: string): Subresource['kind'] {
  const kind = SUBRESOURCE_KINDS.find((one) => one.kind === name);
  if (!kind) throw new Error(`no kind ${name} among those of subresources`);
  return kind;
}

/** Groups by upstream's priority (kubernetes `pkg/controlplane/apiserver/aggregator.go`); '' is the core group. */
const GROUP_ORDER = [
  '',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
];

/** Group versions in the order in which clients should prefer them; a group that the order leaves out goes last. */
const GROUP_VERSIONS: readonly { group: string; version: string }[] = (() => {
  const seen = new Map<string, { group: string; version: string }>();
  for (const { group, version } of [...SERVED, ...VIRTUAL_KINDS]) seen.set(`${group}/${version}`, { group, version });
  const rank = ({ group }: { group: string }) => {
    const index = GROUP_ORDER.indexOf(group);
    return index < 0 ? GROUP_ORDER.length : index;
  };
  return [...seen.values()].sort((a, b) => rank(a) - rank(b));
})();

/** Kinds that upstream stores as another group version than the one that they are served in. */
const STORED_AS: Readonly<Record<string, string>> = {
  'events.k8s.io/v1/Event': '/v1/Event',
  'apiextensions.k8s.io/v1/CustomResourceDefinition': 'apiextensions.k8s.io/v1beta1/CustomResourceDefinition',
};

/** Which version a kind is stored as, for clients that migrate what is stored (apiserver `storageversionhash.go`). */
function storageVersionHash({ group, version, kind }: Served): string {
  const id = `${group}/${version}/${kind}`;
  return createHash('sha256')
    .update(STORED_AS[id] ?? id)
    .digest()
    .subarray(0, 8)
    .toString('base64');
}

const byName = (key: string) => (a: JsonObject, b: JsonObject) => ((a[key] as string) < (b[key] as string) ? -1 : 1);

const GROUPS = [...new Set(GROUP_VERSIONS.map((one) => one.group))].filter(Boolean);

const groupVersion = (group: string, version: string): string => (group ? `${group}/${version}` : version);

export const servesVersion = (group: string, version: string): boolean =>
  GROUP_VERSIONS.some((one) => one.group === group && one.version === version);

/** `/api` */
export const coreVersions = (address: string): JsonObject => ({
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
});

function apiGroup(group: string): JsonObject {
  const versions = GROUP_VERSIONS.filter((one) => one.group === group).map(({ version }) => ({
    groupVersion: groupVersion(group, version),
    version,
  }));
  return { name: group, versions, preferredVersion: versions[0] ?? {} };
}

/** `/apis` */
export const groupList = (): JsonObject => ({ kind: 'APIGroupList', apiVersion: 'v1', groups: GROUPS.map(apiGroup) });

/** `/apis/GROUP`; undefined for a group that is not served. */
export const groupDocument = (group: string): JsonObject | undefined =>
  GROUPS.includes(group) ? { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(group) } : undefined;

/** `/api/v1` and `/apis/GROUP/VERSION`; undefined for one that is not served. */
export function resourceList(group: string, version: string): JsonObject | undefined {
  if (!servesVersion(group, version)) return undefined;
  const resources: JsonObject[] = [];
  for (const kind of SERVED) {
    if (kind.group !== group || kind.version !== version) continue;
    resources.push({
      name: kind.resource,
      singularName: kind.singular,
      namespaced: kind.namespaced,
      kind: kind.kind,
      verbs: verbsOf(kind),
      ...(kind.shortNames && { shortNames: [...kind.shortNames] }),
      ...(kind.categories && { categories: [...kind.categories] }),
      storageVersionHash: storageVersionHash(kind),
    });
    for (const { name, kind: of, verbs } of subresources(kind)) {
      const foreign = of.group !== group || of.version !== version;
      resources.push({
        name: `${kind.resource}/${name}`,
        singularName: '',
        namespaced: kind.namespaced,
        ...(foreign && { group: of.group, version: of.version }),
        kind: of.kind,
        verbs: [...verbs],
      });
    }
  }
  for (const kind of VIRTUAL_KINDS) {
    if (kind.group !== group || kind.version !== version) continue;
    const { resource: name, singular, namespaced } = kind;
    resources.push({ name, singularName: singular, namespaced, kind: kind.kind, verbs: ['create'] });
  }
  resources.sort(byName('name'));
  // Upstream leaves the version of the core group's document away.
  return {
    kind: 'APIResourceList',
    ...(group && { apiVersion: 'v1' }),
    groupVersion: groupVersion(group, version),
    resources,
  };
}

function aggregatedVersion(group: string, version: string): JsonObject {
  const resources: JsonObject[] = [];
  for (const kind of SERVED) {
    if (kind.group !== group || kind.version !== version) continue;
    const parts = subresources(kind).map(({ name, kind: of, verbs }) => ({
      subresource: name,
      responseKind: of.group === group && of.version === version ? ownKind(of.kind) : of,
      verbs: [...verbs],
    }));
    resources.push({
      resource: kind.resource,
      responseKind: ownKind(kind.kind),
      scope: kind.namespaced ? 'Namespaced' : 'Cluster',
      singularResource: kind.singular,
      verbs: verbsOf(kind),
      ...(kind.shortNames && { shortNames: [...kind.shortNames] }),
      ...(kind.categories && { categories: [...kind.categories] }),
      ...(parts.length > 0 && { subresources: parts }),
    });
  }
  for (const kind of VIRTUAL_KINDS) {
    if (kind.group !== group || kind.version !== version) continue;
    resources.push({
      resource: kind.resource,
      responseKind: ownKind(kind.kind),
      scope: kind.namespaced ? 'Namespaced' : 'Cluster',
      singularResource: kind.singular,
      verbs: ['create'],
    });
  }
  resources.sort(byName('resource'));
  return { version, resources, freshness: 'Current' };
}

/** A kind of the group version that it is listed under, which upstream does not say again. */
const ownKind = (kind: string): JsonObject => ({ group: '', version: '', kind });

/** `/api` or `/apis` for clients that ask for `apidiscovery.k8s.io/v2`. */
export function aggregated(core: boolean): JsonObject {
  const groups = core ? [''] : GROUPS;
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map((group) => ({
      metadata: group ? { name: group } : {},
      versions: GROUP_VERSIONS.filter((one) => one.group === group).map((one) => aggregatedVersion(group, one.version)),
    })),
  };
}

/** The paths of the API, which `/` lists. */
export const rootPaths = (): string[] => [
  '/api',
  '/api/v1',
  '/apis',
  '/apis/',
  ...GROUPS.map((group) => `/apis/${group}`),
  ...GROUP_VERSIONS.filter((one) => one.group).map(({ group, version }) => `/apis/${group}/${version}`),
  '/openapi/v2',
  '/openapi/v3',
  '/openapi/v3/',
  '/version',
];

/** Tables of the core group, but for pods and Services (kubernetes `pkg/printers/internalversion/printers.go`). */
import type { KubeObject } from '../../api/object.ts';
import type { Column } from '../columns.ts';
import { AGE, containerColumns, count, DEFAULT_COLUMNS, describe, field, integer, NAME, text, wide } from './column.ts';
import { EVENT_COLUMNS } from './event.ts';
import { firstThree, formatAmount, formatLabels, hostPort } from './format.ts';
import { POD_COLUMNS } from './pod.ts';
import { SERVICE_COLUMNS } from './service.ts';

const sizeOf = (value: object | null | undefined): number => Object.keys(value ?? {}).length;

const ROLE_PREFIX = 'node-role.kubernetes.io/';

function nodeStatus(node: KubeObject): string {
  const conditions: { type: string; status: string }[] = node['status']?.conditions ?? [];
  const ready = conditions.findLast((one) => one.type === 'Ready');
  const status = !ready ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return node['spec']?.unschedulable ? `${status},SchedulingDisabled` : status;
}

function nodeRoles(node: KubeObject): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX)) roles.add(key.slice(ROLE_PREFIX.length));
    else if (key === 'kubernetes.io/role') roles.add(value);
  }
  roles.delete('');
  return [...roles].sort().join(',') || '<none>';
}

const nodeAddress = (type: string) => (node: KubeObject) => {
  const addresses: { type: string; address: string }[] = node['status']?.addresses ?? [];
  return addresses.find((one) => one.type === type)?.address ?? '<none>';
};

const nodeInfo = (node: KubeObject): Record<string, string> => node['status']?.nodeInfo ?? {};

function kernelVersion(node: KubeObject): string {
  const { kernelVersion: version, architecture } = nodeInfo(node);
  return `${version || '<unknown>'}${architecture ? ` (${architecture})` : ''}`;
}

interface Subset {
  addresses?: { ip: string }[];
  ports?: { port: number }[];
}

/** All addresses of a subset with its first port, then with its second, and so on. */
function endpointsText(object: KubeObject): string {
  const subsets: Subset[] = object['subsets'] ?? [];
  if (subsets.length === 0) return '<none>';
  const all = subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip }) => ip)
      : ports.flatMap(({ port }) => addresses.map(({ ip }) => hostPort(ip, port))),
  );
  return firstThree(all);
}

const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';
const ACCESS_MODES = { ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' };

function accessModes(modes: readonly string[] = []): string {
  const shown = Object.entries(ACCESS_MODES).filter(([mode]) => modes.includes(mode));
  return shown.map(([, short]) => short).join(',');
}

/** A claim says what it has once it is bound to a volume. */
const bound =
  (show: (status: { capacity?: Record<string, string>; accessModes?: string[] }) => string) => (claim: KubeObject) =>
    claim['spec']?.volumeName ? show(claim['status'] ?? {}) : '';

/** The amounts of a quota whose resource is, or is not, one of `limits.`: `pods: 1/4, requests.cpu: 0/2`. */
const quotaText = (limits: boolean) => (quota: KubeObject) => {
  const { hard = {}, used = {} } = (quota['status'] ?? {}) as Record<
    'hard' | 'used',
    Record<string, string> | undefined
  >;
  return Object.keys(hard)
    .filter((resource) => resource.startsWith('limits.') === limits)
    .sort()
    .map((resource) => `${resource}: ${formatAmount(used[resource])}/${formatAmount(hard[resource])}`)
    .join(', ');
};

export const CORE_COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  '/Namespace': describe('/Namespace', [NAME, text('Status', field('status', 'phase')), AGE]),
  '/Node': describe('/Node', [
    NAME,
    text('Status', nodeStatus),
    text('Roles', nodeRoles),
    AGE,
    text('Version', field('status', 'nodeInfo', 'kubeletVersion')),
    wide(text('Internal-IP', nodeAddress('InternalIP'))),
    wide(text('External-IP', nodeAddress('ExternalIP'))),
    wide(text('OS-Image', (node) => nodeInfo(node)['osImage'] || '<unknown>')),
    wide(text('Kernel-Version', kernelVersion)),
    wide(text('Container-Runtime', (node) => nodeInfo(node)['containerRuntimeVersion'] || '<unknown>')),
  ]),
  '/Pod': POD_COLUMNS,
  '/Service': SERVICE_COLUMNS,
  '/Endpoints': describe('/Endpoints', [NAME, text('Endpoints', endpointsText), AGE]),
  '/Event': EVENT_COLUMNS,
  '/ConfigMap': describe('/ConfigMap', [
    NAME,
    text('Data', (object) => sizeOf(object['data']) + sizeOf(object['binaryData'])),
    AGE,
  ]),
  '/Secret': describe('/Secret', [
    NAME,
    text('Type', field('type')),
    text('Data', (object) => sizeOf(object['data'])),
    AGE,
  ]),
  '/ServiceAccount': describe('/ServiceAccount', [NAME, AGE]),
  '/ReplicationController': describe('/ReplicationController', [
    NAME,
    integer('Desired', count('spec', 'replicas')),
    integer('Current', count('status', 'replicas')),
    integer('Ready', count('status', 'readyReplicas')),
    AGE,
    ...containerColumns((object) => object['spec']?.template?.spec?.containers ?? []),
    wide(text('Selector', (object) => formatLabels(object['spec']?.selector))),
  ]),
  '/PersistentVolumeClaim': describe('/PersistentVolumeClaim', [
    NAME,
    text('Status', (claim) => (claim.metadata.deletionTimestamp ? 'Terminating' : (claim['status']?.phase ?? ''))),
    text('Volume', field('spec', 'volumeName')),
    text(
      'Capacity',
      bound(({ capacity }) => formatAmount(capacity?.['storage'])),
    ),
    text(
      'Access Modes',
      bound((status) => accessModes(status.accessModes)),
    ),
    text('StorageClass', (claim) => {
      return claim.metadata.annotations?.[CLASS_ANNOTATION] ?? claim['spec']?.storageClassName ?? '';
    }),
    text('VolumeAttributesClass', (claim) => claim['spec']?.volumeAttributesClassName ?? '<unset>'),
    AGE,
    wide(text('VolumeMode', (claim) => claim['spec']?.volumeMode ?? '<unset>')),
  ]),
  '/LimitRange': DEFAULT_COLUMNS,
  '/ResourceQuota': describe('/ResourceQuota', [
    NAME,
    text('Request', quotaText(false)),
    text('Limit', quotaText(true)),
    AGE,
  ]),
};

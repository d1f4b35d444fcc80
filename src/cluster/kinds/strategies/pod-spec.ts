/** Defaults of pod specs and all that is in them (kubernetes `pkg/apis/core/v1/defaults.go` and its generated part). */
import { formatQuantity, parseQuantity } from '../../schema/quantity.ts';
import { list, type Part, setDefault } from './common.ts';

const MILLI = 1_000_000n;

/** Amounts are rounded up to thousandths. */
export function resourceListDefaults(amounts: Part | null | undefined): void {
  for (const [name, amount] of Object.entries(amounts ?? {})) {
    const quantity = parseQuantity(String(amount));
    if (quantity instanceof Error || quantity.nanos % MILLI === 0n) continue;
    const { nanos } = quantity;
    // As a division that rounds away from zero.
    const rounded = (nanos / MILLI + (nanos > 0n ? 1n : -1n)) * MILLI;
    (amounts as Part)[name] = formatQuantity({ ...quantity, nanos: rounded });
  }
}

export function resourcesDefaults(resources: Part | null | undefined): void {
  resourceListDefaults(resources?.['limits']);
  resourceListDefaults(resources?.['requests']);
}

/** `Always` for images tagged `latest`, which is also what images without a tag and digest are. */
export function pullPolicy(image: string): string {
  const [name = ''] = image.split('@');
  const last = name.slice(name.lastIndexOf('/') + 1);
  const colon = last.indexOf(':');
  const tag = colon >= 0 ? last.slice(colon + 1) : image.includes('@') ? '' : 'latest';
  // What is no image name has no tag either.
  return tag === 'latest' && IMAGE.test(image) && repositoryOf(name).length <= MOST_NAME ? 'Always' : 'IfNotPresent';
}

const MOST_NAME = 255;

/** An image's name without its host and tag, as a registry has it. */
function repositoryOf(name: string): string {
  const [first = '', ...rest] = name.replace(/:[^/:]*$/, '').split('/');
  if (rest.length === 0) return `library/${first}`;
  return /[.:A-Z]/.test(first) || first === 'localhost' ? rest.join('/') : [first, ...rest].join('/');
}

// The names that distribution/reference takes: an optional host, lower-case parts, a tag, a digest.
const PART = '[a-z0-9]+(?:(?:[._]|__|[-]+)[a-z0-9]+)*';
const HOST =
  '(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?';
const DIGEST = '@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const IMAGE = new RegExp(`^(?:${HOST}/)?${PART}(?:/${PART})*(?::[\\w][\\w.-]{0,127})?(?:${DIGEST})?$`);

/** `SetDefaults_PodSpec` and the defaults of all parts. */
export function podSpecDefaults(spec: Part): void {
  setDefault(spec, 'serviceAccountName', spec['serviceAccount']);
  if (spec['serviceAccountName']) spec['serviceAccount'] = spec['serviceAccountName'];
  else {
    delete spec['serviceAccountName'];
    delete spec['serviceAccount'];
  }
  setDefault(spec, 'dnsPolicy', 'ClusterFirst');
  setDefault(spec, 'restartPolicy', 'Always');
  setDefault(spec, 'securityContext', {});
  setDefault(spec, 'terminationGracePeriodSeconds', 30);
  setDefault(spec, 'schedulerName', 'default-scheduler');
  for (const volume of list(spec['volumes'])) volumeDefaults(volume);
  for (const container of containersOf(spec)) containerDefaults(container);
  resourceListDefaults(spec['overhead']);
  resourcesDefaults(spec['resources']);
}

/** Init containers, containers and ephemeral containers. */
export const containersOf = (spec: Part): Part[] => [
  ...list(spec['initContainers']),
  ...list(spec['containers']),
  ...list(spec['ephemeralContainers']),
];

function containerDefaults(container: Part): void {
  setDefault(container, 'imagePullPolicy', pullPolicy(container['image'] ?? ''));
  setDefault(container, 'terminationMessagePath', '/dev/termination-log');
  setDefault(container, 'terminationMessagePolicy', 'File');
  for (const port of list(container['ports'])) setDefault(port, 'protocol', 'TCP');
  for (const { valueFrom } of list(container['env'])) {
    fieldRefDefaults(valueFrom?.fieldRef);
    if (valueFrom?.fileKeyRef) setDefault(valueFrom.fileKeyRef, 'optional', false);
  }
  resourcesDefaults(container['resources']);
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) probeDefaults(container[name]);
  httpGetDefaults(container['lifecycle']?.postStart?.httpGet);
  httpGetDefaults(container['lifecycle']?.preStop?.httpGet);
}

function probeDefaults(probe: Part | null | undefined): void {
  if (!probe) return;
  const numbers = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };
  for (const [name, value] of Object.entries(numbers)) probe[name] ||= value;
  httpGetDefaults(probe['httpGet']);
  const { grpc } = probe;
  if (grpc) grpc.service ??= '';
}

function httpGetDefaults(action: Part | null | undefined): void {
  if (!action) return;
  setDefault(action, 'path', '/');
  setDefault(action, 'scheme', 'HTTP');
}

function fieldRefDefaults(reference: Part | null | undefined): void {
  if (reference) setDefault(reference, 'apiVersion', 'v1');
}

const MODE = 0o644;

/** What a source of a volume gets when the client left it out; null means a pointer to it may be null too. */
const SOURCE_DEFAULTS: Readonly<Record<string, Part>> = {
  secret: { defaultMode: MODE },
  configMap: { defaultMode: MODE },
  downwardAPI: { defaultMode: MODE },
  projected: { defaultMode: MODE },
  iscsi: { iscsiInterface: 'default' },
  rbd: { pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' },
  azureDisk: { cachingMode: 'ReadWrite', fsType: 'ext4', readOnly: false, kind: 'Shared' },
  scaleIO: { storageMode: 'ThinProvisioned', fsType: 'xfs' },
};

/** Azure's fields are pointers: an empty text is a value. */
const POINTERS = new Set(['azureDisk']);

function volumeDefaults(volume: Part): void {
  if (Object.keys(volume).every((key) => key === 'name' || volume[key] === null)) volume['emptyDir'] = {};
  for (const [source, values] of Object.entries(SOURCE_DEFAULTS)) {
    const part = volume[source] as Part | undefined;
    if (!part) continue;
    for (const [name, value] of Object.entries(values)) {
      if (POINTERS.has(source)) part[name] ??= value;
      else setDefault(part, name, value);
    }
  }
  const { hostPath, downwardAPI, projected, ephemeral, image } = volume;
  if (hostPath) hostPath.type ??= '';
  if (image) setDefault(image, 'pullPolicy', pullPolicy(image.reference ?? ''));
  for (const item of list(downwardAPI?.items)) fieldRefDefaults(item['fieldRef']);
  for (const source of list(projected?.sources)) {
    for (const item of list(source['downwardAPI']?.items)) fieldRefDefaults(item['fieldRef']);
    if (source['serviceAccountToken']) source['serviceAccountToken'].expirationSeconds ??= 3600;
  }
  if (ephemeral?.volumeClaimTemplate) claimSpecDefaults(ephemeral.volumeClaimTemplate.spec);
}

/** `SetDefaults_PersistentVolumeClaimSpec`. */
export function claimSpecDefaults(spec: Part | null | undefined): void {
  if (!spec) return;
  spec['volumeMode'] ??= 'Filesystem';
  resourcesDefaults(spec['resources']);
}

/** Only pods, not templates of pods (`SetDefaults_Pod`). */
export function podDefaults(pod: Part): void {
  const { spec } = pod;
  if (!spec) return;
  if (spec.terminationGracePeriodSeconds < 0) spec.terminationGracePeriodSeconds = 1;
  const containers = [...list(spec.initContainers), ...list(spec.containers)];
  for (const { resources } of containers) {
    for (const [name, limit] of Object.entries(resources?.limits ?? {})) {
      resources.requests ??= {};
      resources.requests[name] ??= limit;
    }
  }
  spec.enableServiceLinks ??= true;
  if (spec.hostNetwork) {
    for (const container of containers) {
      for (const port of list(container['ports'])) port['hostPort'] ||= port['containerPort'];
    }
  }
  podSpecDefaults(spec);
  podStatusDefaults(pod['status']);
}

/** `podIP` and `podIPs` say the same; the single one wins. */
function podStatusDefaults(status: Part | null | undefined): void {
  if (!status) return;
  const [first] = list(status['podIPs']);
  if (status['podIP']) {
    if (first?.['ip'] !== status['podIP']) status['podIPs'] = [{ ip: status['podIP'] }];
  } else if (first) status['podIP'] = first['ip'];
}

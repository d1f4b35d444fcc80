/** Fields behind feature gates that are off in 1.37 (kubernetes `pkg/api/pod/util.go`, `dropDisabledFields`). Pure. */
import { list, type Part } from './common.ts';

const CONTAINERS = ['initContainers', 'containers', 'ephemeralContainers'];
const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'];
const inContainers = (...paths: string[]): string[] =>
  CONTAINERS.flatMap((kind) => paths.map((path) => `${kind}[].${path}`));

/** By gate: where its fields are in a pod's spec. */
const GATES: Readonly<Record<string, readonly string[]>> = {
  AtomicWriteVolumeUserFields: [
    ...['secret', 'configMap', 'downwardAPI', 'projected'].map((kind) => `volumes[].${kind}.defaultUser`),
    ...['secret', 'configMap', 'downwardAPI'].flatMap((kind) => [
      `volumes[].${kind}.items[].user`,
      `volumes[].projected.sources[].${kind}.items[].user`,
    ]),
    ...['serviceAccountToken', 'clusterTrustBundle', 'podCertificate'].map(
      (kind) => `volumes[].projected.sources[].${kind}.user`,
    ),
  ],
  GenericWorkload: ['schedulingGroup'],
  GRPCContainerProbeTLS: inContainers(...PROBES.map((probe) => `${probe}.grpc.mode`)),
  EvictionRequestAPI: ['evictionResponders'],
  EmptyDirVolumeMode: ['volumes[].emptyDir.mode'],
  VolumeBindMountOptions: inContainers('volumeMounts[].bindMountOptions'),
  ContainerStopSignals: inContainers('lifecycle.stopSignal'),
  H2CContainerProbe: inContainers(
    ...PROBES.map((probe) => `${probe}.httpGet.protocol`),
    'lifecycle.postStart.httpGet.protocol',
    'lifecycle.preStop.httpGet.protocol',
  ),
};

/** The parts that hold the last field of a path, where they are there. */
function holders(part: Part, keys: readonly string[]): Part[] {
  const [key = '', ...rest] = keys;
  if (rest.length === 0) return part[key] === undefined || part[key] === null ? [] : [part];
  const items = key.endsWith('[]') ? list(part[key.slice(0, -2)]) : [part[key] as Part | undefined];
  return items.flatMap((item) => (item ? holders(item, rest) : []));
}

/** Takes away what the gates hide, unless the old spec has such a field already. */
export function dropGatedFields(spec: Part, old: Part | undefined): void {
  for (const paths of Object.values(GATES)) {
    const found = paths.map((path) => ({ path, parts: holders(spec, path.split('.')) }));
    if (found.every(({ parts }) => parts.length === 0)) continue;
    if (old && paths.some((path) => holders(old, path.split('.')).length > 0)) continue;
    for (const { path, parts } of found) for (const part of parts) delete part[path.slice(path.lastIndexOf('.') + 1)];
    if (paths === GATES['ContainerStopSignals']) dropEmptyHooks(spec);
  }
}

/** Hooks that were nothing but a signal are none. */
function dropEmptyHooks(spec: Part): void {
  for (const container of CONTAINERS.flatMap((kind) => list(spec[kind]))) {
    const { lifecycle } = container;
    if (lifecycle && !lifecycle.postStart && !lifecycle.preStop) delete container['lifecycle'];
  }
}

/** Init containers were annotations once. */
const INIT_CONTAINERS = ['beta', 'alpha'].flatMap((stage) => [
  `pod.${stage}.kubernetes.io/init-containers`,
  `pod.${stage}.kubernetes.io/init-container-statuses`,
]);

/** The same of a pod or of a template of pods (`DropDisabledPodFields`, `DropDisabledTemplateFields`). */
export function dropGated(pod: Part | undefined, old: Part | undefined): void {
  if (!pod) return;
  if (pod['spec']) dropGatedFields(pod['spec'], old?.['spec']);
  for (const name of INIT_CONTAINERS) delete pod['metadata']?.annotations?.[name];
}

/** Of a kind whose pods are made from `spec.template`. */
export const dropGatedTemplate = (object: Part, old: Part | undefined): void =>
  dropGated(object['spec']?.template, old?.['spec']?.template);

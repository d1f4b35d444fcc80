/** PersistentVolumeClaims (kubernetes `pkg/apis/core/validation`, `pkg/api/persistentvolumeclaim`). */
import { type FieldError, forbidden, invalid, keyed, notSupported, required } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { isDns1123Subdomain } from '../../validation/names.ts';
import { validateLabelSelector } from '../../validation/selector.ts';
import type { Strategy } from '../kind.ts';
import { protectClaim } from './admission.ts';
import { all, equal, immutable, nanosOf, type Part, texts } from './common.ts';
import { fractionWarning } from './fraction.ts';
import { specDiff } from './diff.ts';
import { createdMeta, updatedMeta, wholeMeta } from './metadata.ts';
import { validateAmount } from './resources.ts';
import { claimDefaults } from './workload-defaults.ts';

const MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
const VOLUME_MODES = ['Block', 'Filesystem'];

function validateSource(source: Part, path: string): FieldError[] {
  const { name = '', kind = '', apiGroup } = source;
  const errors: FieldError[] = [];
  if (!name) errors.push(required(`${path}.name`));
  if (!kind) errors.push(required(`${path}.kind`));
  if (!apiGroup && kind !== 'PersistentVolumeClaim') {
    errors.push(invalid(path, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
  }
  if (apiGroup) errors.push(...all(`${path}.apiGroup`, apiGroup, isDns1123Subdomain(apiGroup)));
  return errors;
}

const sameSource = (a: Part, b: Part): boolean =>
  ['apiGroup', 'kind', 'name'].every((field) => (a[field] ?? null) === (b[field] ?? null));

export function validateClaimSpec(spec: Part, path: string): FieldError[] {
  const modes = texts(spec['accessModes']);
  const { storageClassName, volumeMode, dataSource, dataSourceRef, volumeAttributesClassName } = spec;
  const errors: FieldError[] = [];
  if (modes.length === 0) errors.push(required(`${path}.accessModes`, 'at least 1 access mode is required'));
  errors.push(...validateLabelSelector(spec['selector'], `${path}.selector`));
  for (const mode of modes) if (!MODES.includes(mode)) errors.push(notSupported(`${path}.accessModes`, mode, MODES));
  const others = modes.some((mode) => mode !== 'ReadWriteOncePod' && MODES.includes(mode));
  if (modes.includes('ReadWriteOncePod') && others) {
    errors.push(forbidden(`${path}.accessModes`, 'may not use ReadWriteOncePod with other access modes'));
  }
  const storage = spec['resources']?.requests?.storage;
  const place = keyed(`${path}.resources`, 'storage');
  if (storage === undefined) errors.push(required(place));
  else if (nanosOf(storage) <= 0n) errors.push(invalid(place, storage, 'must be greater than zero'));
  else errors.push(...validateAmount('storage', storage, place));
  const name = (field: string, value: unknown) =>
    typeof value === 'string' && value ? all(`${path}.${field}`, value, isDns1123Subdomain(value)) : [];
  errors.push(...name('storageClassName', storageClassName));
  if (typeof volumeMode === 'string' && !VOLUME_MODES.includes(volumeMode)) {
    errors.push(notSupported(`${path}.volumeMode`, volumeMode, VOLUME_MODES));
  }
  if (dataSource) errors.push(...validateSource(dataSource, `${path}.dataSource`));
  if (dataSourceRef) errors.push(...validateSource(dataSourceRef, `${path}.dataSourceRef`));
  // Upstream prints a path, which comes out as nothing.
  const clash = (words: string) => errors.push(invalid(path, {}, words));
  if (dataSourceRef?.namespace) {
    if (dataSource) clash('may not be specified when dataSourceRef.namespace is specified');
  } else if (dataSource && dataSourceRef && !sameSource(dataSource, dataSourceRef)) clash('must match dataSourceRef');
  return [...errors, ...name('volumeAttributesClassName', volumeAttributesClassName)];
}

const isClaimOrSnapshot = ({ apiGroup, kind }: Part): boolean =>
  (!apiGroup && kind === 'PersistentVolumeClaim') ||
  (apiGroup === 'snapshot.storage.k8s.io' && kind === 'VolumeSnapshot');

/** `dataSource` and `dataSourceRef` say the same; what the older could never hold is dropped from it. */
function syncSources(claim: KubeObject, old: KubeObject | undefined): void {
  const { spec } = claim;
  if (!spec) return;
  const used = old?.['spec']?.dataSource || old?.['spec']?.dataSourceRef;
  // Another namespace's data: the gate CrossNamespaceVolumeDataSource is off.
  if (spec.dataSourceRef?.namespace && !old?.['spec']?.dataSourceRef) delete spec.dataSourceRef;
  if (!used && !spec.dataSourceRef && spec.dataSource && !isClaimOrSnapshot(spec.dataSource)) delete spec.dataSource;
  if (spec.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource };
  else if (spec.dataSourceRef && !spec.dataSource && !spec.dataSourceRef.namespace) {
    const { namespace: _, ...rest } = spec.dataSourceRef;
    spec.dataSource = rest;
  }
}

/** A claim stays what it is, but for its volume (once) and, when it is bound, for its size and class. */
function validateChange(claim: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec: Part = structuredClone(claim['spec'] ?? {});
  const before: Part = structuredClone(old['spec'] ?? {});
  if (!before['volumeName'] && spec['volumeName']) before['volumeName'] = spec['volumeName'];
  const [size, oldSize] = [spec, before].map((one) => one['resources']?.requests?.storage);
  if (claim['status']?.phase === 'Bound') {
    if (spec['resources']?.requests && oldSize !== undefined) spec['resources'].requests.storage = oldSize;
    if (before['volumeAttributesClassName'] === undefined) delete spec['volumeAttributesClassName'];
    else spec['volumeAttributesClassName'] = before['volumeAttributesClassName'];
  }
  if (!equal(spec, before)) {
    const words =
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
    errors.push(forbidden('spec', `${words}\n${specDiff('PersistentVolumeClaimSpec', before, spec)}`));
  }
  const least = nanosOf(old['status']?.capacity?.storage);
  if (nanosOf(size) < nanosOf(oldSize) && nanosOf(size) <= least) {
    errors.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  }
  return [...errors, ...immutable(claim['spec']?.volumeMode, old['spec']?.volumeMode, 'volumeMode')];
}

const BETA_CLASS = 'volume.beta.kubernetes.io/storage-class';
const BETA_WORDS = 'deprecated since v1.8; use "storageClassName" attribute instead';

/** Warnings about a claim's spec (kubernetes `pkg/api/persistentvolumeclaim`). */
export const claimWarnings = (spec: Part, path: string): string[] =>
  ['requests', 'limits'].flatMap((field) =>
    fractionWarning(spec['resources']?.[field]?.storage, keyed(`${path}.resources.${field}`, 'storage')),
  );

export const PERSISTENT_VOLUME_CLAIM: Strategy = {
  defaults: claimDefaults,
  prepareForCreate: (claim) => {
    protectClaim(claim);
    claim['status'] = { phase: 'Pending' };
    syncSources(claim, undefined);
  },
  prepareForUpdate: syncSources,
  validateCreate: (claim) => [...createdMeta(claim), ...validateClaimSpec(claim['spec'] ?? {}, 'spec')],
  validateUpdate: (claim, old) => [
    ...updatedMeta(claim, old),
    ...wholeMeta(claim, { namespaced: true }),
    ...validateClaimSpec(claim['spec'] ?? {}, 'spec'),
    ...validateChange(claim, old),
  ],
  validateStatusUpdate: updatedMeta,
  warnings: ({ metadata, spec }) => [
    ...(metadata.annotations?.[BETA_CLASS] === undefined
      ? []
      : [`${keyed('metadata.annotations', BETA_CLASS)}: ${BETA_WORDS}`]),
    ...claimWarnings(spec ?? {}, 'spec'),
  ],
};

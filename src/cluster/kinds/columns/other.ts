/**
 * Tables of `policy`, `coordination.k8s.io`, `scheduling.k8s.io`, `storage.k8s.io` (kubernetes
 * `pkg/printers/internalversion/printers.go`) and of CustomResourceDefinitions (apiextensions-apiserver
 * `pkg/registry/customresourcedefinition/tableconvertor`).
 */
import type { KubeObject } from '../../api/object.ts';
import type { Column } from '../columns.ts';
import {
  AGE,
  boolean,
  count,
  CREATED_AT,
  describe,
  field,
  integer,
  NAME,
  named,
  nameOf,
  text,
  wide,
} from './column.ts';
import { timeOf } from './format.ts';

const DEFAULT_CLASS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

const markedDefault = ({ metadata }: KubeObject): boolean =>
  DEFAULT_CLASS.some((annotation) => metadata.annotations?.[annotation] === 'true');

/** Of several marked as default the youngest is, and the first by name of those made in the same second. */
function effectiveDefault(classes: readonly KubeObject[]): KubeObject | undefined {
  let found: KubeObject | undefined;
  for (const one of classes) {
    if (!markedDefault(one)) continue;
    const age = found ? timeOf(one.metadata.creationTimestamp) - timeOf(found.metadata.creationTimestamp) : 1;
    if (age > 0 || (age === 0 && found && nameOf(one) < nameOf(found))) found = one;
  }
  return found;
}

/** Which class is the default shows in lists only. */
function storageClassName(object: KubeObject, _now: number, list: readonly KubeObject[] = []): string {
  const chosen = markedDefault(object) && effectiveDefault(list);
  return chosen && nameOf(chosen) === nameOf(object) ? `${nameOf(object)} (default)` : nameOf(object);
}

/** `v1(storage),v1beta1`: the served versions, sorted as text. */
function servedVersions({ spec }: KubeObject): string {
  const versions: { name: string; served?: boolean; storage?: boolean }[] = spec?.versions ?? [];
  const served = versions.filter((one) => one.served);
  return served
    .map(({ name, storage }) => (storage ? `${name}(storage)` : name))
    .sort()
    .join(',');
}

function established({ status }: KubeObject): boolean {
  const conditions: { type: string; status: string }[] = status?.conditions ?? [];
  return conditions.some((one) => one.type === 'Established' && one.status === 'True');
}

/** A number or a percentage behind a pointer. */
const budget = (key: 'minAvailable' | 'maxUnavailable') => (object: KubeObject) =>
  String(object['spec']?.[key] ?? 'N/A');

export const OTHER_COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  'policy/PodDisruptionBudget': describe('policy/PodDisruptionBudget', [
    NAME,
    text('Min Available', budget('minAvailable')),
    text('Max Unavailable', budget('maxUnavailable')),
    integer('Allowed Disruptions', count('status', 'disruptionsAllowed')),
    AGE,
  ]),
  'coordination.k8s.io/Lease': describe('coordination.k8s.io/Lease', [
    NAME,
    text('Holder', field('spec', 'holderIdentity')),
    AGE,
  ]),
  'scheduling.k8s.io/PriorityClass': describe('scheduling.k8s.io/PriorityClass', [
    NAME,
    integer('Value', count('value')),
    boolean('Global-Default', (object) => object['globalDefault'] ?? false),
    AGE,
    text('PreemptionPolicy', field('preemptionPolicy')),
  ]),
  'storage.k8s.io/StorageClass': describe('storage.k8s.io/StorageClass', [
    named(storageClassName),
    text('Provisioner', field('provisioner')),
    text('ReclaimPolicy', (object) => object['reclaimPolicy'] ?? 'Delete'),
    text('VolumeBindingMode', (object) => object['volumeBindingMode'] ?? 'Immediate'),
    text('AllowVolumeExpansion', (object) => object['allowVolumeExpansion'] ?? false),
    AGE,
  ]),
  'storage.k8s.io/CSINode': describe('storage.k8s.io/CSINode', [
    NAME,
    integer('Drivers', (object) => object['spec']?.drivers?.length ?? 0),
    AGE,
  ]),
  'apiextensions.k8s.io/CustomResourceDefinition': describe('apiextensions.k8s.io/CustomResourceDefinition', [
    NAME,
    text('Scope', field('spec', 'scope')),
    text('Versions', servedVersions),
    CREATED_AT,
    wide(text('Group', field('spec', 'group'))),
    wide(text('Kind', field('spec', 'names', 'kind'))),
    wide(text('ShortNames', ({ spec }: KubeObject) => (spec?.names?.shortNames ?? []).join(','))),
    wide(boolean('Established', established)),
  ]),
};

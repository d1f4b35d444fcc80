/** StatefulSets (kubernetes `pkg/apis/apps/validation`). */
import { at, type FieldError, invalid, notSupported, required } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { notNegative } from '../../validation/metadata.ts';
import { isDns1123Label } from '../../validation/names.ts';
import type { Strategy } from '../kind.ts';
import { claimWarnings, validateClaimSpec } from './claims.ts';
import { all, equal, IMMUTABLE, immutable, list, type Part, struct } from './common.ts';
import { internalForm } from './internal.ts';
import { amountOf, validatePositiveIntOrPercent, validateWithin100Percent } from './int-or-percent.ts';
import { dropGatedTemplate } from './pod-gates.ts';
import { createdMeta, updatedMeta } from './metadata.ts';
import { statefulSetDefaults } from './workload-defaults.ts';
import {
  sameSelector,
  templateWarnings,
  THAN_REPLICAS,
  validateCollisions,
  validateCounts,
  validateForever,
  validateSelectorAndTemplate,
} from './workload-rules.ts';

function validateStatefulStrategy({ type = '', rollingUpdate: rolling }: Part): FieldError[] {
  const path = 'spec.updateStrategy';
  if (!type) return [required(path)];
  const printed = rolling
    ? { Partition: rolling.partition ?? 0, MaxUnavailable: rolling.maxUnavailable ?? null }
    : null;
  if (type === 'OnDelete') {
    const words = "only allowed for updateStrategy 'RollingUpdate'";
    return rolling ? [invalid(`${path}.rollingUpdate`, printed, words)] : [];
  }
  if (type !== 'RollingUpdate') {
    return [invalid(path, { Type: type, RollingUpdate: printed }, "must be 'RollingUpdate' or 'OnDelete'")];
  }
  const errors = notNegative(`${path}.rollingUpdate.partition`, rolling?.partition ?? 0);
  const most = rolling?.maxUnavailable;
  if (most === undefined || most === null) return errors;
  const place = `${path}.rollingUpdate.maxUnavailable`;
  errors.push(...validatePositiveIntOrPercent(most, place));
  if (amountOf(most) === 0) errors.push(invalid(place, most, 'cannot be 0'));
  return [...errors, ...validateWithin100Percent(most, place)];
}

const RETENTION = ['Retain', 'Delete'];

/** The template as the controller completes it: claims become volumes, names are the pods' own. */
function completedTemplate(spec: Part): Part {
  const template = structuredClone(spec['template'] ?? {});
  const own = struct(template, 'spec');
  delete own['subdomain'];
  delete own['hostname'];
  const claims = new Set<string>(list(spec['volumeClaimTemplates']).map(({ metadata }) => metadata?.name ?? ''));
  const added = [...claims].map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  own['volumes'] = [...added, ...list(own['volumes']).filter(({ name }) => !claims.has(name))];
  return template;
}

function validateStatefulSet({ spec = {} }: KubeObject, old?: KubeObject): FieldError[] {
  const { podManagementPolicy: policy = '', serviceName, persistentVolumeClaimRetentionPolicy: retention } = spec;
  const errors: FieldError[] = [];
  if (!policy) errors.push(required('spec.podManagementPolicy'));
  else if (policy !== 'OrderedReady' && policy !== 'Parallel') {
    errors.push(invalid('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'"));
  }
  errors.push(...validateStatefulStrategy(spec.updateStrategy ?? {}));
  for (const field of ['whenDeleted', 'whenScaled']) {
    const value = retention?.[field] ?? '';
    if (!RETENTION.includes(value)) {
      errors.push(notSupported(`spec.persistentVolumeClaimRetentionPolicy.${field}`, value, RETENTION));
    }
  }
  // They never change.
  (old ? [] : list(spec.volumeClaimTemplates)).forEach((claim, index) => {
    errors.push(...validateClaimSpec(claim['spec'] ?? {}, `${at('spec.volumeClaimTemplates', index)}.spec`));
  });
  errors.push(
    ...notNegative('spec.replicas', spec.replicas ?? 0),
    ...notNegative('spec.minReadySeconds', spec.minReadySeconds ?? 0),
    ...notNegative('spec.ordinals.start', spec.ordinals?.start ?? 0),
  );
  // Nor does this, and once it could be wrong.
  if (serviceName && !old) errors.push(...all('spec.serviceName', serviceName, isDns1123Label(serviceName)));
  const template = completedTemplate(spec);
  return [
    ...errors,
    ...validateSelectorAndTemplate({ ...spec, template }, 'statefulset'),
    ...validateForever(template, 'StatefulSet'),
  ];
}

const FIXED = ['serviceName', 'podManagementPolicy'];

function validateClaimChange(set: KubeObject, old: KubeObject): FieldError[] {
  const [now, before] = [set, old].map((one) => one['spec']?.volumeClaimTemplates as unknown);
  if (equal(now, before)) return [];
  const printed = internalForm('[]PersistentVolumeClaim', now);
  return [invalid('spec.volumeClaimTemplates', printed, IMMUTABLE)];
}

function statefulWarnings(set: KubeObject, old: KubeObject | undefined): string[] {
  const spec: Part = set['spec'] ?? {};
  const negative =
    'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended';
  return [
    ...templateWarnings(set, old),
    ...list(spec['volumeClaimTemplates']).flatMap((claim, index) =>
      // Upstream writes the field in another way in an update.
      claimWarnings(claim['spec'] ?? {}, `${at('spec.volumeClaimTemplates', index)}${old ? '.Spec' : ''}`),
    ),
    ...(spec['revisionHistoryLimit'] < 0 ? [negative] : []),
  ];
}

export const STATEFUL_SET: Strategy = {
  defaults: statefulSetDefaults,
  prepareForCreate: (set) => dropGatedTemplate(set, undefined),
  prepareForUpdate: dropGatedTemplate,
  validateCreate: (set) => [...createdMeta(set), ...validateStatefulSet(set)],
  validateUpdate: (set, old) => [
    ...updatedMeta(set, old),
    ...validateStatefulSet(set, old),
    ...sameSelector(set, old),
    ...validateClaimChange(set, old),
    ...FIXED.flatMap((field) => immutable(set['spec']?.[field], old['spec']?.[field], `spec.${field}`)),
  ],
  validateStatusUpdate: (set, old) => [
    ...validateCounts(
      set['status'] ?? {},
      [
        'replicas',
        'readyReplicas',
        'currentReplicas',
        'updatedReplicas',
        'availableReplicas',
        'observedGeneration',
        'collisionCount',
      ],
      [
        ['readyReplicas', 'replicas', THAN_REPLICAS],
        ['currentReplicas', 'replicas', THAN_REPLICAS],
        ['updatedReplicas', 'replicas', THAN_REPLICAS],
        ['availableReplicas', 'replicas', THAN_REPLICAS],
        ['availableReplicas', 'readyReplicas', 'cannot be greater than status.readyReplicas'],
      ],
    ),
    ...updatedMeta(set, old),
    ...validateCollisions(set, old),
  ],
  warnings: statefulWarnings,
};

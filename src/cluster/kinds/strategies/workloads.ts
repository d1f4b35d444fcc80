/** Deployments, ReplicaSets, DaemonSets, StatefulSets, ReplicationControllers (kubernetes `pkg/apis/apps/validation`). */
import { at, type FieldError, forbidden, invalid, notSupported, required } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { matchesSelector } from './selector.ts';
import { notNegative } from '../../validation/metadata.ts';
import { isDns1123Label } from '../../validation/names.ts';
import { hasInvalidLabelValue, validateLabelSelector } from '../../validation/selector.ts';
import type { Strategy } from '../kind.ts';
import { all, equal, hostnameWarning, immutable, list, type Part, struct } from './common.ts';
import { validateClaimSpec } from './claims.ts';
import { amountOf, validatePositiveIntOrPercent, validateWithin100Percent } from './int-or-percent.ts';
import { createdMeta, updatedMeta } from './metadata.ts';
import { validatePodTemplate } from './validate-pod-spec.ts';
import {
  daemonSetDefaults,
  deploymentDefaults,
  replicaSetDefaults,
  replicationControllerDefaults,
  statefulSetDefaults,
} from './workload-defaults.ts';

const TEMPLATE = 'spec.template';

/** What a pod of a workload may not be. */
function validateForever(template: Part, kind: string): FieldError[] {
  const { restartPolicy = '', activeDeadlineSeconds } = template['spec'] ?? {};
  const errors: FieldError[] = [];
  if (restartPolicy !== 'Always') {
    errors.push(notSupported(`${TEMPLATE}.spec.restartPolicy`, restartPolicy, ['Always']));
  }
  if (typeof activeDeadlineSeconds === 'number') {
    const path = `${TEMPLATE}.spec.activeDeadlineSeconds`;
    errors.push(forbidden(path, `activeDeadlineSeconds in ${kind} is not Supported`));
  }
  return errors;
}

const labelsOf = (template: Part): Record<string, string> => template['metadata']?.labels ?? {};

/** No selector at all matches nothing. */
function validateMatch(selector: Part | undefined, template: Part): FieldError[] {
  if (selector && matchesSelector(selector, labelsOf(template))) return [];
  const printed = template['metadata']?.labels ?? null;
  return [invalid(`${TEMPLATE}.metadata.labels`, printed, '`selector` does not match template `labels`')];
}

const isEmptySelector = (selector: Part): boolean =>
  Object.keys(selector['matchLabels'] ?? {}).length + list(selector['matchExpressions']).length === 0;

/** A selector that Go can't make a selector of: reported once more, as a whole. */
const isBroken = (selector: Part): boolean => validateLabelSelector(selector, '').length > 0;

/** The selector and the template that it must match (`ValidatePodTemplateSpecForReplicaSet`). */
function validateSelectorAndTemplate(spec: Part, kind: string): FieldError[] {
  const selector = spec['selector'] as Part | undefined;
  const template = spec['template'] ?? {};
  const path = 'spec.selector';
  const errors: FieldError[] = [];
  if (!selector) errors.push(required(path));
  else {
    errors.push(...validateLabelSelector(selector, path));
    if (isEmptySelector(selector)) errors.push(invalid(path, selector, `empty selector is invalid for ${kind}`));
    if (isBroken(selector)) {
      return [...errors, invalid(path, selector, kind === 'statefulset' ? '' : 'invalid label selector')];
    }
  }
  if (!selector || !isEmptySelector(selector)) errors.push(...validateMatch(selector, template));
  return [...errors, ...validatePodTemplate(template, TEMPLATE)];
}

function validateRolling(rolling: Part, path: string): FieldError[] {
  const { maxUnavailable = 0, maxSurge = 0 } = rolling;
  const errors = [
    ...validatePositiveIntOrPercent(maxUnavailable, `${path}.maxUnavailable`),
    ...validatePositiveIntOrPercent(maxSurge, `${path}.maxSurge`),
  ];
  if (amountOf(maxUnavailable) === 0 && amountOf(maxSurge) === 0) {
    errors.push(invalid(`${path}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0'));
  }
  return [...errors, ...validateWithin100Percent(maxUnavailable, `${path}.maxUnavailable`)];
}

function validateDeploymentStrategy(strategy: Part): FieldError[] {
  const path = 'spec.strategy';
  const { type = '', rollingUpdate: rolling } = strategy;
  if (type === 'Recreate') {
    const words = "may not be specified when strategy `type` is 'Recreate'";
    return rolling ? [forbidden(`${path}.rollingUpdate`, words)] : [];
  }
  if (type === 'RollingUpdate') return validateRolling(rolling ?? {}, `${path}.rollingUpdate`);
  const printed = {
    Type: type,
    RollingUpdate: rolling ? { MaxUnavailable: rolling.maxUnavailable ?? 0, MaxSurge: rolling.maxSurge ?? 0 } : null,
  };
  return [notSupported(path, printed, ['Recreate', 'RollingUpdate'])];
}

function validateDeployment({ spec = {} }: KubeObject): FieldError[] {
  const { minReadySeconds = 0, progressDeadlineSeconds: deadline } = spec;
  const errors = [
    ...notNegative('spec.replicas', spec.replicas ?? 0),
    ...validateSelectorAndTemplate(spec, 'deployment'),
    ...validateForever(spec.template ?? {}, 'ReplicaSet'),
    ...validateDeploymentStrategy(spec.strategy ?? {}),
    ...notNegative('spec.minReadySeconds', minReadySeconds),
    ...notNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit ?? 0),
  ];
  if (typeof deadline === 'number') {
    errors.push(...notNegative('spec.progressDeadlineSeconds', deadline));
    if (deadline <= minReadySeconds) {
      errors.push(invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'));
    }
  }
  return errors;
}

const sameSelector = (object: KubeObject, old: KubeObject): FieldError[] =>
  immutable(object['spec']?.selector, old['spec']?.selector, 'spec.selector');

/** Counts of a status: none below zero, none of some above another. */
function validateCounts(
  status: Part,
  counts: readonly string[],
  limits: readonly (readonly [string, string, string])[],
) {
  return [
    ...counts.flatMap((field) => notNegative(`status.${field}`, status[field] ?? 0)),
    ...limits.flatMap(([field, most, words]) =>
      (status[field] ?? 0) > (status[most] ?? 0) ? [invalid(`status.${field}`, status[field], words)] : [],
    ),
  ];
}

const THAN_REPLICAS = 'cannot be greater than status.replicas';
const THAN_READY = 'cannot be greater than readyReplicas';

function validateCollisions(object: KubeObject, old: KubeObject): FieldError[] {
  const [now, before] = [object, old].map((one) => one['status']?.collisionCount);
  if (typeof before !== 'number' || (typeof now === 'number' && now >= before)) return [];
  return [invalid('status.collisionCount', now ?? 0, 'cannot be decremented')];
}

const podNames = (object: KubeObject, old: KubeObject | undefined): string[] =>
  old ? [] : hostnameWarning(object, 'Pod names and hostnames', isDns1123Label);

export const DEPLOYMENT: Strategy = {
  defaults: deploymentDefaults,
  validateCreate: (object) => [...createdMeta(object), ...validateDeployment(object)],
  validateUpdate: (object, old) => [
    ...updatedMeta(object, old),
    ...validateDeployment(object),
    ...sameSelector(object, old),
  ],
  prepareForStatusUpdate: (object, old) => {
    if (old.metadata.labels) object.metadata.labels = old.metadata.labels;
    else delete object.metadata.labels;
  },
  validateStatusUpdate: (object, old) => [
    ...updatedMeta(object, old),
    ...validateCounts(
      object['status'] ?? {},
      [
        'observedGeneration',
        'replicas',
        'updatedReplicas',
        'readyReplicas',
        'availableReplicas',
        'unavailableReplicas',
        'terminatingReplicas',
        'collisionCount',
      ],
      [
        ['updatedReplicas', 'replicas', THAN_REPLICAS],
        ['readyReplicas', 'replicas', THAN_REPLICAS],
        ['availableReplicas', 'replicas', THAN_REPLICAS],
        ['availableReplicas', 'readyReplicas', THAN_READY],
      ],
    ),
    ...validateCollisions(object, old),
  ],
  warnings: podNames,
};

const REPLICA_COUNTS = [
  'replicas',
  'fullyLabeledReplicas',
  'readyReplicas',
  'availableReplicas',
  'observedGeneration',
  'terminatingReplicas',
];
const REPLICA_LIMITS = [
  ['fullyLabeledReplicas', 'replicas', THAN_REPLICAS],
  ['readyReplicas', 'replicas', THAN_REPLICAS],
  ['availableReplicas', 'replicas', THAN_REPLICAS],
  ['availableReplicas', 'readyReplicas', THAN_READY],
] as const;

const validateReplicaStatus = (object: KubeObject, old: KubeObject): FieldError[] => [
  ...updatedMeta(object, old),
  ...validateCounts(object['status'] ?? {}, REPLICA_COUNTS, REPLICA_LIMITS),
];

function validateReplicaSet({ spec = {} }: KubeObject): FieldError[] {
  return [
    ...notNegative('spec.replicas', spec.replicas ?? 0),
    ...notNegative('spec.minReadySeconds', spec.minReadySeconds ?? 0),
    // Upstream's words are the Deployment's.
    ...validateSelectorAndTemplate(spec, 'deployment'),
    ...validateForever(spec.template ?? {}, 'ReplicaSet'),
  ];
}

export const REPLICA_SET: Strategy = {
  defaults: replicaSetDefaults,
  validateCreate: (object) => [...createdMeta(object), ...validateReplicaSet(object)],
  validateUpdate: (object, old) => [
    ...updatedMeta(object, old),
    ...validateReplicaSet(object),
    ...sameSelector(object, old),
  ],
  validateStatusUpdate: validateReplicaStatus,
  warnings: podNames,
};

function validateController({ spec = {} }: KubeObject): FieldError[] {
  const { selector = {}, template } = spec;
  const errors: FieldError[] = [];
  if (Object.keys(selector).length === 0) errors.push(required('spec.selector'));
  if (!template) errors.push(required(TEMPLATE));
  else {
    if (Object.keys(selector).length > 0) errors.push(...validateMatch({ matchLabels: selector }, template));
    errors.push(...validatePodTemplate(template, TEMPLATE), ...validateForever(template, 'ReplicationController'));
  }
  return [
    ...errors,
    ...notNegative('spec.replicas', spec.replicas ?? 0),
    ...notNegative('spec.minReadySeconds', spec.minReadySeconds ?? 0),
  ];
}

export const REPLICATION_CONTROLLER: Strategy = {
  defaults: replicationControllerDefaults,
  validateCreate: (object) => [...createdMeta(object), ...validateController(object)],
  validateUpdate: (object, old) => [...updatedMeta(object, old), ...validateController(object)],
  validateStatusUpdate: validateReplicaStatus,
  warnings: podNames,
};

function validateDaemonStrategy(strategy: Part): FieldError[] {
  const path = 'spec.updateStrategy';
  const { type = '', rollingUpdate: rolling } = strategy;
  if (type === 'OnDelete') return [];
  if (type !== 'RollingUpdate') {
    const printed = {
      Type: type,
      RollingUpdate: rolling ? { MaxUnavailable: rolling.maxUnavailable ?? 0, MaxSurge: rolling.maxSurge ?? 0 } : null,
    };
    return [notSupported(path, printed, ['RollingUpdate', 'OnDelete'])];
  }
  const { maxUnavailable = 0, maxSurge = 0 } = rolling ?? {};
  const place = `${path}.rollingUpdate`;
  const errors = [
    ...validatePositiveIntOrPercent(maxUnavailable, `${place}.maxUnavailable`),
    ...validatePositiveIntOrPercent(maxSurge, `${place}.maxSurge`),
    ...validateWithin100Percent(maxUnavailable, `${place}.maxUnavailable`),
    ...validateWithin100Percent(maxSurge, `${place}.maxSurge`),
  ];
  const [unavailable, surge] = [amountOf(maxUnavailable) !== 0, amountOf(maxSurge) !== 0];
  if (unavailable && surge) {
    errors.push(invalid(`${place}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'));
  } else if (!unavailable && !surge) {
    errors.push(required(`${place}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
  }
  return errors;
}

function validateDaemonSet({ spec = {} }: KubeObject, old: KubeObject | undefined): FieldError[] {
  const { selector, template = {} } = spec;
  const options = { allowInvalidValues: hasInvalidLabelValue(old?.['spec']?.selector) };
  const errors = validateLabelSelector(selector, 'spec.selector', options);
  if (!selector || !isBroken(selector)) errors.push(...validateMatch(selector, template));
  if (selector && isEmptySelector(selector)) {
    errors.push(invalid('spec.selector', selector, 'empty selector is invalid for daemonset'));
  }
  return [
    ...errors,
    ...validatePodTemplate(template, TEMPLATE),
    ...validateForever(template, 'DaemonSet'),
    ...notNegative('spec.minReadySeconds', spec.minReadySeconds ?? 0),
    ...validateDaemonStrategy(spec.updateStrategy ?? {}),
    ...notNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit ?? 0),
  ];
}

/** Old-style revisions of a DaemonSet's template, which v1 keeps in an annotation. */
const GENERATION = 'deprecated.daemonset.template.generation';

function setTemplateGeneration(set: KubeObject, generation: number): void {
  set.metadata.annotations = { ...set.metadata.annotations, [GENERATION]: String(generation) };
}

const templateGeneration = ({ metadata }: KubeObject): number => Number(metadata.annotations?.[GENERATION] ?? 0) || 0;

export const DAEMON_SET: Strategy = {
  defaults: daemonSetDefaults,
  prepareForCreate: (set) => setTemplateGeneration(set, Math.max(1, templateGeneration(set))),
  prepareForUpdate: (set, old) => {
    const changed = !equal(set['spec']?.template, old['spec']?.template);
    setTemplateGeneration(set, templateGeneration(old) + (changed ? 1 : 0));
  },
  validateCreate: (set) => [...createdMeta(set), ...validateDaemonSet(set, undefined)],
  validateUpdate: (set, old) => [...updatedMeta(set, old), ...sameSelector(set, old), ...validateDaemonSet(set, old)],
  validateStatusUpdate: (set, old) => [
    ...updatedMeta(set, old),
    ...validateCounts(
      set['status'] ?? {},
      [
        'currentNumberScheduled',
        'numberMisscheduled',
        'desiredNumberScheduled',
        'numberReady',
        'observedGeneration',
        'updatedNumberScheduled',
        'numberAvailable',
        'numberUnavailable',
        'collisionCount',
      ],
      [],
    ),
    ...validateCollisions(set, old),
  ],
};

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
  const claims = list(spec['volumeClaimTemplates']).map(({ metadata }) => metadata?.name ?? '');
  const added = claims.map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  own['volumes'] = [...added, ...list(own['volumes']).filter(({ name }) => !claims.includes(name))];
  return template;
}

function validateStatefulSet({ spec = {} }: KubeObject): FieldError[] {
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
  list(spec.volumeClaimTemplates).forEach((claim, index) => {
    errors.push(...validateClaimSpec(claim['spec'] ?? {}, `${at('spec.volumeClaimTemplates', index)}.spec`));
  });
  errors.push(
    ...notNegative('spec.replicas', spec.replicas ?? 0),
    ...notNegative('spec.minReadySeconds', spec.minReadySeconds ?? 0),
    ...notNegative('spec.ordinals.start', spec.ordinals?.start ?? 0),
  );
  if (serviceName) errors.push(...all('spec.serviceName', serviceName, isDns1123Label(serviceName)));
  const template = completedTemplate(spec);
  return [
    ...errors,
    ...validateSelectorAndTemplate({ ...spec, template }, 'statefulset'),
    ...validateForever(template, 'StatefulSet'),
  ];
}

const FIXED = ['selector', 'volumeClaimTemplates', 'serviceName', 'podManagementPolicy'];

export const STATEFUL_SET: Strategy = {
  defaults: statefulSetDefaults,
  validateCreate: (set) => [...createdMeta(set), ...validateStatefulSet(set)],
  validateUpdate: (set, old) => [
    ...updatedMeta(set, old),
    ...validateStatefulSet(set),
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
};

const validateRevision = ({ revision = 0 }: KubeObject): FieldError[] => notNegative('revision', revision);

/** A revision of a workload's template: its data never changes. */
export const CONTROLLER_REVISION: Strategy = {
  validateCreate: (object) => [
    ...createdMeta(object),
    ...validateRevision(object),
    ...(object['data'] === undefined || object['data'] === null ? [required('data', 'data is mandatory')] : []),
  ],
  validateUpdate: (object, old) => [
    ...updatedMeta(object, old),
    ...validateRevision(object),
    ...(equal(object['data'], old['data']) ? [] : [invalid('data', object['data'] ?? null, 'field is immutable')]),
  ],
};

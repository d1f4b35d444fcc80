/** Deployments, ReplicaSets, ReplicationControllers, ControllerRevisions (kubernetes `pkg/apis/apps/validation`). */
import { type FieldError, forbidden, invalid, notSupported, required } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { notNegative } from '../../validation/metadata.ts';
import type { Strategy } from '../kind.ts';
import { equal, type Part } from './common.ts';
import { amountOf, validatePositiveIntOrPercent, validateWithin100Percent } from './int-or-percent.ts';
import { createdMeta, updatedMeta, wholeMeta } from './metadata.ts';
import { dropGatedTemplate } from './pod-gates.ts';
import { validatePodTemplate } from './validate-pod-spec.ts';
import { deploymentDefaults, replicaSetDefaults, replicationControllerDefaults } from './workload-defaults.ts';
import {
  controllerWarnings,
  namedTemplateWarnings,
  sameSelector,
  TEMPLATE,
  THAN_READY,
  THAN_REPLICAS,
  validateCollisions,
  validateCounts,
  validateForever,
  validateMatch,
  validateSelectorAndTemplate,
} from './workload-rules.ts';

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

export const DEPLOYMENT: Strategy = {
  defaults: deploymentDefaults,
  prepareForCreate: (object) => dropGatedTemplate(object, undefined),
  prepareForUpdate: dropGatedTemplate,
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
  warnings: namedTemplateWarnings,
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
  prepareForCreate: (object) => dropGatedTemplate(object, undefined),
  prepareForUpdate: dropGatedTemplate,
  validateCreate: (object) => [...createdMeta(object), ...validateReplicaSet(object)],
  validateUpdate: (object, old) => [
    ...updatedMeta(object, old),
    ...validateReplicaSet(object),
    ...sameSelector(object, old),
  ],
  validateStatusUpdate: validateReplicaStatus,
  warnings: namedTemplateWarnings,
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
  prepareForCreate: (object) => dropGatedTemplate(object, undefined),
  prepareForUpdate: dropGatedTemplate,
  validateCreate: (object) => [...createdMeta(object), ...validateController(object)],
  validateUpdate: (object, old) => [...updatedMeta(object, old), ...validateController(object)],
  validateStatusUpdate: validateReplicaStatus,
  warnings: controllerWarnings,
};

const validateRevision = ({ revision = 0 }: KubeObject): FieldError[] => notNegative('revision', revision);

function validateData(data: unknown): FieldError[] {
  if (data === undefined || data === null) return [required('data', 'data is mandatory')];
  const isObject = typeof data === 'object' && !Array.isArray(data);
  return isObject ? [] : [required('data', 'data must be a valid JSON object')];
}

/** A revision of a workload's template: its data never changes. */
export const CONTROLLER_REVISION: Strategy = {
  validateCreate: (object) => [...createdMeta(object), ...validateRevision(object), ...validateData(object['data'])],
  validateUpdate: (object, old) => [
    ...updatedMeta(object, old),
    ...wholeMeta(object, { namespaced: true }),
    ...validateRevision(object),
    ...(equal(object['data'], old['data']) ? [] : [invalid('data', object['data'] ?? null, 'field is immutable')]),
  ],
};

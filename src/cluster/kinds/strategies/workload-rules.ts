/** What the kinds that make pods have in common (kubernetes `pkg/apis/apps/validation`). */
import { type FieldError, forbidden, invalid, notSupported, required } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { notNegative } from '../../validation/metadata.ts';
import { isDns1123Label } from '../../validation/names.ts';
import { validateLabelSelector } from '../../validation/selector.ts';
import { hostnameWarning, immutable, list, type Part } from './common.ts';
import { podWarnings } from './pod-warnings.ts';
import { matchesSelector } from './selector.ts';
import { validatePodTemplate } from './validate-pod-spec.ts';

export const TEMPLATE = 'spec.template';

/** What a pod of a workload may not be. */
export function validateForever(template: Part, kind: string): FieldError[] {
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
export function validateMatch(selector: Part | undefined, template: Part): FieldError[] {
  if (selector && matchesSelector(selector, labelsOf(template))) return [];
  const printed = template['metadata']?.labels ?? null;
  return [invalid(`${TEMPLATE}.metadata.labels`, printed, '`selector` does not match template `labels`')];
}

export const isEmptySelector = (selector: Part): boolean =>
  Object.keys(selector['matchLabels'] ?? {}).length + list(selector['matchExpressions']).length === 0;

/** A selector that Go can't make a selector of: reported once more, as a whole. */
export const isBroken = (selector: Part): boolean => validateLabelSelector(selector, '').length > 0;

/** The selector and the template that it must match (`ValidatePodTemplateSpecForReplicaSet`). */
export function validateSelectorAndTemplate(spec: Part, kind: string): FieldError[] {
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

export const sameSelector = (object: KubeObject, old: KubeObject): FieldError[] =>
  immutable(object['spec']?.selector, old['spec']?.selector, 'spec.selector');

/** Counts of a status: none below zero, none of some above another. */
export function validateCounts(
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

export const THAN_REPLICAS = 'cannot be greater than status.replicas';
export const THAN_READY = 'cannot be greater than readyReplicas';

export function validateCollisions(object: KubeObject, old: KubeObject): FieldError[] {
  const [now, before] = [object, old].map((one) => one['status']?.collisionCount);
  if (typeof before !== 'number' || (typeof now === 'number' && now >= before)) return [];
  return [invalid('status.collisionCount', now ?? 0, 'cannot be decremented')];
}

const podNames = (object: KubeObject): string[] => hostnameWarning(object, 'Pod names and hostnames', isDns1123Label);

const isNewGeneration = (object: KubeObject, old: KubeObject | undefined): boolean =>
  object.metadata.generation !== old?.metadata.generation;

/** Warnings about `spec.template`, when there is a new one or anything else of the spec is new. */
export const templateWarnings = (object: KubeObject, old: KubeObject | undefined): string[] =>
  isNewGeneration(object, old) ? podWarnings(object['spec']?.template ?? {}, TEMPLATE) : [];

/** The same of kinds whose names end up in host names. */
export const namedTemplateWarnings = (object: KubeObject, old: KubeObject | undefined): string[] => [
  ...(old ? [] : podNames(object)),
  ...templateWarnings(object, old),
];

/** A ReplicationController's updates are warned of what was there before: upstream mixes them up. */
export const controllerWarnings = (object: KubeObject, old: KubeObject | undefined): string[] =>
  old && isNewGeneration(object, old)
    ? podWarnings(old['spec']?.template ?? {}, TEMPLATE)
    : namedTemplateWarnings(object, old);

const MOST_COMPLETIONS = 100_000;
const MOST_PARALLEL = 10_000;

/** Warnings about a Job's spec at `path` (kubernetes `pkg/api/job/warnings.go`). */
export function jobWarnings(object: KubeObject, old: KubeObject | undefined, spec: Part, path: string): string[] {
  if (!isNewGeneration(object, old)) return [];
  const { completionMode, completions = 0, parallelism = 0 } = spec;
  const huge = completionMode === 'Indexed' && completions > MOST_COMPLETIONS && parallelism > MOST_PARALLEL;
  const words =
    'In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, ' +
    'Kubernetes might not be able to track completedIndexes when a big number of indexes fail';
  return [
    ...(old ? [] : podNames(object)),
    ...(huge ? [`${path}: ${words}`] : []),
    ...podWarnings(spec['template'] ?? {}, `${path}.template`),
  ];
}

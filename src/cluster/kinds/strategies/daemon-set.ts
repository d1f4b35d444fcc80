/** DaemonSets (kubernetes `pkg/apis/apps/validation`, `pkg/registry/apps/daemonset`). */
import { type FieldError, invalid, notSupported, required } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { notNegative } from '../../validation/metadata.ts';
import { hasInvalidLabelValue, validateLabelSelector } from '../../validation/selector.ts';
import type { Strategy } from '../kind.ts';
import { equal, type Part } from './common.ts';
import { amountOf, validatePositiveIntOrPercent, validateWithin100Percent } from './int-or-percent.ts';
import { createdMeta, updatedMeta } from './metadata.ts';
import { dropGatedTemplate } from './pod-gates.ts';
import { podWarnings } from './pod-warnings.ts';
import { validatePodTemplate } from './validate-pod-spec.ts';
import { daemonSetDefaults } from './workload-defaults.ts';
import {
  isBroken,
  isEmptySelector,
  sameSelector,
  TEMPLATE,
  validateCollisions,
  validateCounts,
  validateForever,
  validateMatch,
} from './workload-rules.ts';

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
  defaults: (set) => {
    daemonSetDefaults(set);
    // v1 has the internal number as an annotation, always.
    setTemplateGeneration(set, templateGeneration(set));
  },
  prepareForCreate: (set) => {
    setTemplateGeneration(set, Math.max(1, templateGeneration(set)));
    dropGatedTemplate(set, undefined);
  },
  prepareForUpdate: (set, old) => {
    dropGatedTemplate(set, old);
    const changed = !equal(set['spec']?.template, old['spec']?.template);
    setTemplateGeneration(set, templateGeneration(old) + (changed ? 1 : 0));
  },
  validateCreate: (set) => [...createdMeta(set), ...validateDaemonSet(set, undefined)],
  validateUpdate: (set, old) => [...updatedMeta(set, old), ...sameSelector(set, old), ...validateDaemonSet(set, old)],
  prepareForStatusUpdate: (set, old) => setTemplateGeneration(set, templateGeneration(old)),
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
  warnings: (set, old) =>
    old && templateGeneration(set) === templateGeneration(old)
      ? []
      : podWarnings(set['spec']?.template ?? {}, TEMPLATE),
};

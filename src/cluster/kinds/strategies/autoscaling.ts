/** HorizontalPodAutoscalers, autoscaling/v2 (kubernetes `pkg/apis/autoscaling`). */
import { at, type FieldError, forbidden, invalid, notSupported, required } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { listAsGiven } from '../../schema/decode.ts';
import { notNegative } from '../../validation/metadata.ts';
import { isDns1123Label, isPathSegmentName } from '../../validation/names.ts';
import type { Strategy } from '../kind.ts';
import { all, list, nanosOf, type Part, struct } from './common.ts';
import { createdMeta, updatedMeta } from './metadata.ts';
import { validateContainerResourceName } from './resources.ts';

const UP: Part = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};
const DOWN: Part = { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] };

/** Rules completed from what they are without any. A list of no policies is kept, to be refused. */
function rulesWith(defaults: Part, rules: Part | undefined): Part {
  const given = Object.entries(rules ?? {}).filter(([, value]) => value !== undefined && value !== null);
  const completed: Part = { ...structuredClone(defaults), ...Object.fromEntries(given) };
  completed['policies'] = listAsGiven(rules, 'policies') ?? completed['policies'];
  return completed;
}

function autoscalerDefaults(object: KubeObject): void {
  const spec = struct(object, 'spec');
  spec['minReplicas'] ??= 1;
  if (list(spec['metrics']).length === 0) {
    const target = { type: 'Utilization', averageUtilization: 80 };
    spec['metrics'] = [{ type: 'Resource', resource: { name: 'cpu', target } }];
  }
  const { behavior } = spec;
  if (!behavior) return;
  behavior.scaleUp = rulesWith(UP, behavior.scaleUp);
  behavior.scaleDown = rulesWith(DOWN, behavior.scaleDown);
}

const SELECT = ['Disabled', 'Max', 'Min'];
const POLICIES = ['Percent', 'Pods'];
const MOST_WINDOW = 3600;
const MOST_PERIOD = 1800;

function validateRules(rules: Part | undefined, path: string): FieldError[] {
  if (!rules) return [];
  const { stabilizationWindowSeconds: window, selectPolicy, tolerance } = rules;
  const place = `${path}.stabilizationWindowSeconds`;
  const errors: FieldError[] = [];
  if (typeof window === 'number' && window < 0) {
    errors.push(invalid(place, window, 'must be greater than or equal to zero'));
  }
  if (window > MOST_WINDOW) errors.push(invalid(place, window, `must be less than or equal to ${MOST_WINDOW}`));
  if (typeof selectPolicy === 'string' && !SELECT.includes(selectPolicy)) {
    errors.push(notSupported(`${path}.selectPolicy`, selectPolicy, SELECT));
  }
  const policies = list(rules['policies']);
  if (policies.length === 0) errors.push(required(`${path}.policies`, 'must specify at least one Policy'));
  policies.forEach(({ type = '', value = 0, periodSeconds = 0 }, index) => {
    const one = at(`${path}.policies`, index);
    if (!POLICIES.includes(type)) errors.push(notSupported(`${one}.type`, type, POLICIES));
    if (value <= 0) errors.push(invalid(`${one}.value`, value, 'must be greater than zero'));
    if (periodSeconds <= 0) errors.push(invalid(`${one}.periodSeconds`, periodSeconds, 'must be greater than zero'));
    if (periodSeconds > MOST_PERIOD) {
      errors.push(invalid(`${one}.periodSeconds`, periodSeconds, `must be less than or equal to ${MOST_PERIOD}`));
    }
  });
  if (tolerance !== undefined && nanosOf(tolerance) < 0n) {
    errors.push(invalid(`${path}.tolerance`, tolerance, 'must be greater than or equal to 0'));
  }
  return errors;
}

function validateTarget(target: Part, path: string): FieldError[] {
  const { type = '', averageUtilization, value, averageValue } = target;
  const errors: FieldError[] = [];
  if (!type) errors.push(required(`${path}.type`, 'must specify a metric target type'));
  if (!TARGETS.includes(type)) {
    errors.push(invalid(`${path}.type`, type, 'must be either Utilization, Value, or AverageValue'));
  }
  if (value !== undefined && nanosOf(value) <= 0n) {
    errors.push(invalid(`${path}.value`, value, 'must be positive'));
  }
  if (averageValue !== undefined && nanosOf(averageValue) <= 0n) {
    errors.push(invalid(`${path}.averageValue`, averageValue, 'must be positive'));
  }
  if (typeof averageUtilization === 'number' && averageUtilization < 1) {
    errors.push(invalid(`${path}.averageUtilization`, averageUtilization, 'must be greater than 0'));
  }
  return errors;
}

const TARGETS = ['Utilization', 'Value', 'AverageValue'];

/** Its selector is the metrics server's to understand. */
const validateMetricName = ({ name = '' }: Part, path: string): FieldError[] =>
  name ? all(`${path}.name`, name, isPathSegmentName(name)) : [required(`${path}.name`, 'must specify a metric name')];

const validateResource = (target: Part, path: string): FieldError[] => {
  const [share, amount] = [target['averageUtilization'] !== undefined, target['averageValue'] !== undefined];
  const errors = validateTarget(target, path);
  if (!share && !amount) {
    const words = 'must set either a target raw value or a target utilization';
    errors.push(required(`${path}.averageUtilization`, words));
  }
  if (share && amount) {
    errors.push(forbidden(`${path}.averageValue`, 'may not set both a target raw value and a target utilization'));
  }
  return errors;
};

/** Where a metric comes from, in upstream's order. */
const SOURCES: Readonly<Record<string, (source: Part, path: string) => FieldError[]>> = {
  object: ({ describedObject = {}, metric = {}, target = {} }, path) => [
    ...validateReference(describedObject, `${path}.describedObject`),
    ...validateMetricName(metric, `${path}.metric`),
    ...validateTarget(target, `${path}.target`),
    ...(target.value === undefined && target.averageValue === undefined
      ? [required(`${path}.target.averageValue`, 'must set either a target value or averageValue')]
      : []),
  ],
  external: ({ metric = {}, target = {} }, path) => {
    const [value, average] = [target.value !== undefined, target.averageValue !== undefined];
    const missing = 'must set either a target value for metric or a per-pod target';
    const both = 'may not set both a target value for metric and a per-pod target';
    return [
      ...validateMetricName(metric, `${path}.metric`),
      ...validateTarget(target, `${path}.target`),
      ...(value || average ? [] : [required(`${path}.target.averageValue`, missing)]),
      ...(value && average ? [forbidden(`${path}.target.value`, both)] : []),
    ];
  },
  pods: ({ metric = {}, target = {} }, path) => [
    ...validateMetricName(metric, `${path}.metric`),
    ...validateTarget(target, `${path}.target`),
    ...(target.averageValue === undefined
      ? [required(`${path}.target.averageValue`, 'must specify a positive target averageValue')]
      : []),
  ],
  resource: ({ name = '', target = {} }, path) => [
    ...(name ? [] : [required(`${path}.name`, 'must specify a resource name')]),
    ...validateResource(target, `${path}.target`),
  ],
  containerResource: ({ name = '', container = '', target = {} }, path) => [
    ...(name
      ? validateContainerResourceName(name, `${path}.name`)
      : [required(`${path}.name`, 'must specify a resource name')]),
    ...(container
      ? all(`${path}.container`, container, isDns1123Label(container))
      : [required(`${path}.container`, 'must specify a container')]),
    ...validateResource(target, `${path}.target`),
  ],
};
const METRIC_TYPES = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'];

function validateMetric(metric: Part, path: string): FieldError[] {
  const { type = '' } = metric;
  const known = METRIC_TYPES.includes(type);
  const unsupported = notSupported(`${path}.type`, type, METRIC_TYPES);
  const errors = type ? [] : [required(`${path}.type`, 'must specify a metric source type')];
  if (!known) errors.push(unsupported);
  const present = Object.keys(SOURCES).filter((field) => metric[field]);
  const [first] = present;
  if (first) errors.push(...(SOURCES[first]?.(metric[first], `${path}.${first}`) ?? []));
  const expected = `${type.charAt(0).toLowerCase()}${type.slice(1)}`;
  if (!known) errors.push(unsupported);
  else if (!metric[expected]) {
    errors.push(required(`${path}.${expected}`, 'must populate information for the given metric source'));
  }
  if (present.length !== 1) {
    for (const field of present) {
      if (field !== expected) errors.push(forbidden(`${path}.${field}`, 'must populate the given metric source only'));
    }
  }
  return errors;
}

function validateReference({ kind = '', name = '', apiVersion = '' }: Part, path: string, group = false): FieldError[] {
  const wrong = groupVersionProblem(apiVersion, group);
  return [
    ...(kind ? all(`${path}.kind`, kind, isPathSegmentName(kind)) : [required(`${path}.kind`)]),
    ...(name ? all(`${path}.name`, name, isPathSegmentName(name)) : [required(`${path}.name`)]),
    ...(wrong ? [invalid(`${path}.apiVersion`, apiVersion, wrong)] : []),
  ];
}

function groupVersionProblem(apiVersion: string, mustHaveGroup: boolean): string | undefined {
  if (apiVersion.split('/').length > 2) return `unexpected GroupVersion string: ${apiVersion}`;
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return mustHaveGroup && group === '' ? 'apiVersion must specify API group' : undefined;
}

function validateAutoscaler({ spec = {} }: KubeObject, old: KubeObject | undefined): FieldError[] {
  const { minReplicas: min, maxReplicas: max = 0, scaleTargetRef = {}, metrics, behavior } = spec;
  const before = old?.['spec']?.scaleTargetRef;
  const sameTarget = before && before.kind === scaleTargetRef.kind && before.apiVersion === scaleTargetRef.apiVersion;
  const mustHaveGroup = !sameTarget && scaleTargetRef.kind !== 'ReplicationController';
  const errors: FieldError[] = [];
  if (typeof min === 'number') {
    if (max < min) errors.push(invalid('spec.maxReplicas', max, 'must be greater than or equal to `minReplicas`'));
  }
  errors.push(...validateReference(scaleTargetRef, 'spec.scaleTargetRef', mustHaveGroup));
  list(metrics).forEach((one, index) => errors.push(...validateMetric(one, at('spec.metrics', index))));
  const outside = list(metrics).some(({ type }) => type === 'Object' || type === 'External');
  if (min === 0 && !outside) {
    const words = 'must specify at least one Object or External metric to support scaling to zero replicas';
    errors.push(forbidden('spec.metrics', words));
  }
  errors.push(
    ...validateRules(behavior?.scaleUp, 'spec.behavior.scaleUp'),
    ...validateRules(behavior?.scaleDown, 'spec.behavior.scaleDown'),
  );
  // Upstream's declarative rules come after the others.
  if (min < 0) errors.push(invalid('spec.minReplicas', min, 'must be greater than or equal to 0'));
  if (max === 0) errors.push(required('spec.maxReplicas'));
  else if (max < 0) errors.push(invalid('spec.maxReplicas', max, 'must be greater than or equal to 1'));
  return errors;
}

export const HORIZONTAL_POD_AUTOSCALER: Strategy = {
  defaults: autoscalerDefaults,
  validateCreate: (object) => [...createdMeta(object), ...validateAutoscaler(object, undefined)],
  validateUpdate: (object, old) => [...updatedMeta(object, old), ...validateAutoscaler(object, old)],
  validateStatusUpdate: (object, old) => [
    ...updatedMeta(object, old),
    ...list(object['status']?.conditions).flatMap(({ observedGeneration = 0 }, index) =>
      notNegative(`${at('status.conditions', index)}.observedGeneration`, observedGeneration),
    ),
    ...['currentReplicas', 'desiredReplicas'].flatMap((field) =>
      notNegative(`status.${field}`, object['status']?.[field] ?? 0),
    ),
  ],
};

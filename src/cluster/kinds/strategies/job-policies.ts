/** When a Job is given up, or done early (kubernetes `pkg/apis/batch/validation`). Pure. */
import {
  at,
  duplicate,
  type FieldError,
  goQuote,
  invalid,
  notSupported,
  required,
  tooMany,
} from '../../api/field-error.ts';
import { notNegative } from '../../validation/metadata.ts';
import { isQualifiedName } from '../../validation/names.ts';
import { all, list, type Part } from './common.ts';
import { internalForm } from './internal.ts';

const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const OPERATORS = ['In', 'NotIn'];
const STATUSES = ['False', 'True', 'Unknown'];
const MOST = { rules: 20, values: 255, patterns: 20 };

const valid = (values: readonly string[]): string => `valid values: [${values.map(goQuote).join(' ')}]`;

function oneOf(value: string, allowed: readonly string[], path: string): FieldError[] {
  if (!value) return [required(path, valid(allowed))];
  return allowed.includes(value) ? [] : [notSupported(path, value, allowed)];
}

/** An error that does not say the value. */
const unsaid = (field: string, words: string): FieldError => ({
  type: 'FieldValueInvalid',
  field,
  message: `Invalid value: ${words}`,
});

function validateExitCodes(codes: Part, containers: ReadonlySet<string>, path: string): FieldError[] {
  const { operator = '', containerName: name } = codes;
  const values = (codes['values'] ?? []) as number[];
  const place = `${path}.values`;
  const errors = oneOf(operator, OPERATORS, `${path}.operator`);
  if (typeof name === 'string' && !containers.has(name)) {
    const words = 'must be one of the container or initContainer names in the pod template';
    errors.push(invalid(`${path}.containerName`, name, words));
  }
  if (values.length === 0) errors.push(invalid(place, codes['values'] ?? null, 'at least one value is required'));
  else if (values.length > MOST.values) errors.push(tooMany(place, values.length, MOST.values));
  const seen = new Set<number>();
  let ordered = true;
  values.forEach((value, index) => {
    if (operator === 'In' && value === 0) {
      errors.push(invalid(at(place, index), value, 'must not be 0 for the In operator'));
    }
    if (seen.has(value)) errors.push(duplicate(at(place, index), value));
    seen.add(value);
    if (index > 0 && (values[index - 1] ?? 0) > value) ordered = false;
  });
  if (!ordered) errors.push(invalid(place, values, 'must be ordered'));
  return errors;
}

function validateRule(rule: Part, spec: Part, containers: ReadonlySet<string>, path: string): FieldError[] {
  const { action = '', onExitCodes: codes } = rule;
  const patterns = list(rule['onPodConditions']);
  const errors: FieldError[] = [];
  if (action === 'FailIndex') {
    if (typeof spec['backoffLimitPerIndex'] !== 'number') {
      errors.push(invalid(`${path}.action`, action, 'requires the backoffLimitPerIndex to be set'));
    }
  } else errors.push(...oneOf(action, ACTIONS, `${path}.action`));
  if (codes) errors.push(...validateExitCodes(codes, containers, `${path}.onExitCodes`));
  if (patterns.length > MOST.patterns) {
    errors.push(tooMany(`${path}.onPodConditions`, patterns.length, MOST.patterns));
  }
  patterns.forEach(({ type = '', status = '' }, index) => {
    const place = at(`${path}.onPodConditions`, index);
    errors.push(...all(`${place}.type`, type, isQualifiedName(type)), ...oneOf(status, STATUSES, `${place}.status`));
  });
  if (codes && patterns.length > 0) {
    errors.push(unsaid(path, 'specifying both OnExitCodes and OnPodConditions is not supported'));
  }
  if (!codes && patterns.length === 0) {
    errors.push(unsaid(path, 'specifying one of OnExitCodes and OnPodConditions is required'));
  }
  return errors;
}

/** `spec.successPolicy` of a Job, which may be absent; which indexes it names is not looked into. */
export function validateSuccessPolicy(spec: Part, path: string): FieldError[] {
  const policy = spec['successPolicy'] as Part | undefined;
  if (!policy) return [];
  const place = `${path}.successPolicy`;
  if (spec['completionMode'] !== 'Indexed') {
    return [invalid(place, internalForm('SuccessPolicy', policy), 'requires indexed completion mode')];
  }
  const rules = list(policy['rules']);
  const where = `${place}.rules`;
  const none = 'at least one rules must be specified when the successPolicy is specified';
  const { completions = 0 } = spec;
  return [
    ...(rules.length > 0 ? [] : [required(where, none)]),
    ...(rules.length > MOST.rules ? [tooMany(where, rules.length, MOST.rules)] : []),
    ...rules.flatMap(({ succeededCount: count, succeededIndexes: indexes }, index) => {
      const rule = at(where, index);
      const words = 'at least one of succeededCount or succeededIndexes must be specified';
      if (typeof count !== 'number') return typeof indexes === 'string' ? [] : [required(rule, words)];
      const most = `must be less than or equal to ${completions} (the number of specified completions)`;
      return [
        ...notNegative(`${rule}.succeededCount`, count),
        ...(count > completions ? [invalid(`${rule}.succeededCount`, count, most)] : []),
      ];
    }),
  ];
}

/** `spec.podFailurePolicy` of a Job, which may be absent. */
export function validateFailurePolicy(spec: Part, path: string): FieldError[] {
  const policy = spec['podFailurePolicy'] as Part | undefined;
  if (!policy) return [];
  const place = `${path}.podFailurePolicy.rules`;
  const rules = list(policy['rules']);
  const pod: Part = spec['template']?.spec ?? {};
  const names = [...list(pod['containers']), ...list(pod['initContainers'])].map(({ name = '' }) => name as string);
  const containers = new Set(names);
  return [
    ...(rules.length > MOST.rules ? [tooMany(place, rules.length, MOST.rules)] : []),
    ...rules.flatMap((rule, index) => validateRule(rule, spec, containers, at(place, index))),
  ];
}

/** ResourceQuotas and LimitRanges (kubernetes `pkg/apis/core/validation`). */
import { at, duplicate, type FieldError, forbidden, invalid, keyed, required } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { isQualifiedName } from '../../validation/names.ts';
import type { Strategy } from '../kind.ts';
import { all, list, nanosOf, type Part, texts } from './common.ts';
import { createdMeta, updatedMeta, wholeMeta } from './metadata.ts';
import { resourceListDefaults } from './pod-spec.ts';
import {
  isStandardQuota,
  mayOvercommit,
  validateAmount,
  validateContainerResourceName,
  validateQuotaResourceName,
  validateResourceName,
} from './resources.ts';

type Amounts = Record<string, string>;

const SCOPES = new Set([
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'PriorityClass',
  'VolumeAttributesClass',
  'CrossNamespacePodAffinity',
]);
const CONFLICTS = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;
const COMPUTE = ['cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'];

/** Which resources a scope may be about. */
function fitsScope(scope: string, resource: string): boolean {
  if (!SCOPES.has(scope)) return true;
  if (scope === 'BestEffort') return resource === 'pods';
  if (scope === 'VolumeAttributesClass') return ['persistentvolumeclaims', 'requests.storage'].includes(resource);
  return resource === 'pods' || COMPUTE.includes(resource);
}

function validateHard(amounts: Amounts | undefined, path: string): FieldError[] {
  return Object.entries(amounts ?? {}).flatMap(([name, amount]) => {
    const place = keyed(path, name);
    return [...validateQuotaResourceName(name, place), ...validateAmount(name, amount, place)];
  });
}

function validateScopes(spec: Part): FieldError[] {
  const path = 'spec.scopes';
  const scopes = texts(spec['scopes']);
  const resources = Object.keys(spec['hard'] ?? {}).sort();
  const wrong = (words: string) => invalid(path, scopes, words);
  const errors = scopes.flatMap((scope) => [
    ...(SCOPES.has(scope) ? [] : [wrong('unsupported scope')]),
    ...resources
      .filter((name) => isStandardQuota(name) && !fitsScope(scope, name))
      .map(() => wrong('unsupported scope applied to resource')),
  ]);
  for (const [a, b] of CONFLICTS)
    if (scopes.includes(a) && scopes.includes(b)) errors.push(wrong('conflicting scopes'));
  return errors;
}

const EXISTS_WORDS =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, " +
  'ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity';

/** Upstream's paths have no index. */
function validateScopeSelector(spec: Part): FieldError[] {
  const path = 'spec.scopeSelector.matchExpressions';
  return list(spec['scopeSelector']?.matchExpressions).flatMap(({ scopeName = '', operator = '', values }) => {
    const given = texts(values);
    const errors: FieldError[] = [];
    if (!SCOPES.has(scopeName)) errors.push(invalid(`${path}.scopeName`, scopeName, 'unsupported scope'));
    const classes = scopeName === 'PriorityClass' || scopeName === 'VolumeAttributesClass';
    if (SCOPES.has(scopeName) && !classes && operator !== 'Exists') {
      errors.push(invalid(`${path}.operator`, operator, EXISTS_WORDS));
    }
    if (operator === 'In' || operator === 'NotIn') {
      const words = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
      if (given.length === 0) errors.push(required(`${path}.values`, words));
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      const words = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
      if (given.length > 0) errors.push(invalid(`${path}.values`, given, words));
    } else errors.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'));
    return errors;
  });
}

const validateQuotaSpec = ({ spec = {} }: KubeObject): FieldError[] => [
  ...validateHard(spec.hard, 'spec.hard'),
  ...validateScopes(spec),
  ...validateScopeSelector(spec),
];

const validateQuotaStatus = ({ status }: KubeObject): FieldError[] => [
  ...validateHard(status?.hard, 'status.hard'),
  ...validateHard(status?.used, 'status.used'),
];

export const RESOURCE_QUOTA: Strategy = {
  defaults: ({ spec, status }) => {
    resourceListDefaults(spec?.hard);
    resourceListDefaults(status?.hard);
    resourceListDefaults(status?.used);
  },
  validateCreate: (quota) => [...createdMeta(quota), ...validateQuotaSpec(quota)],
  validateUpdate: (quota, old) => {
    const [now, before] = [quota, old].map((one) => [...new Set(texts(one['spec']?.scopes))].sort().join());
    return [
      ...updatedMeta(quota, old),
      ...validateQuotaSpec(quota),
      ...(now === before ? [] : [invalid('spec.scopes', quota['spec']?.scopes ?? null, 'field is immutable')]),
    ];
  },
  validateStatusUpdate: (quota, old) => [...updatedMeta(quota, old), ...validateQuotaStatus(quota)],
};

function limitDefaults(limit: Part): void {
  if (limit['type'] === 'Container') {
    const fill = (into: Amounts, from: Amounts | undefined) => {
      for (const [name, amount] of Object.entries(from ?? {})) into[name] ??= amount;
    };
    const most: Amounts = { ...limit['default'] };
    fill(most, limit['max']);
    const asked: Amounts = { ...limit['defaultRequest'] };
    fill(asked, most);
    fill(asked, limit['min']);
    limit['default'] = most;
    limit['defaultRequest'] = asked;
  }
  for (const field of ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio']) {
    resourceListDefaults(limit[field]);
  }
}

const LIMIT_TYPES = new Set(['Pod', 'Container', 'PersistentVolumeClaim']);
const BILLION = 1_000_000_000n;

function validateLimitType(type: string, path: string): FieldError[] {
  const errors = all(path, type, isQualifiedName(type));
  if (errors.length > 0 || type.includes('/') || LIMIT_TYPES.has(type)) return errors;
  return [invalid(path, type, 'must be a standard limit type or fully qualified')];
}

/** How the amounts of one resource stand to each other. */
function validateOrder(limit: Part, name: string, path: string): FieldError[] {
  const own = limit['type'] !== 'Pod';
  const [min, max, ratio] = ['min', 'max', 'maxLimitRequestRatio'].map((field) => limit[field]?.[name]) as (
    | string
    | undefined
  )[];
  const [most, asked] = ['default', 'defaultRequest'].map((field) => (own ? limit[field]?.[name] : undefined)) as (
    | string
    | undefined
  )[];
  const errors: FieldError[] = [];
  const above = (a: string | undefined, b: string | undefined) =>
    a !== undefined && b !== undefined && nanosOf(a) > nanosOf(b);
  const wrong = (field: string, value: unknown, words: string) =>
    errors.push(invalid(keyed(`${path}.${field}`, name), value, words));
  if (above(min, max)) wrong('min', min, `min value ${min} is greater than max value ${max}`);
  if (above(min, asked))
    wrong('defaultRequest', asked, `min value ${min} is greater than default request value ${asked}`);
  if (above(asked, max))
    wrong('defaultRequest', asked, `default request value ${asked} is greater than max value ${max}`);
  if (above(asked, most)) {
    wrong('defaultRequest', asked, `default request value ${asked} is greater than default limit value ${most}`);
  }
  if (above(min, most)) wrong('default', min, `min value ${min} is greater than default value ${most}`);
  if (above(most, max)) wrong('default', max, `default value ${most} is greater than max value ${max}`);
  if (ratio !== undefined) {
    if (nanosOf(ratio) < BILLION) wrong('maxLimitRequestRatio', ratio, `ratio ${ratio} is less than 1`);
    const possible = min && max ? Number(nanosOf(max)) / Number(nanosOf(min)) : Number.POSITIVE_INFINITY;
    if (Number(nanosOf(ratio)) / 1e9 > possible) {
      wrong('maxLimitRequestRatio', ratio, `ratio ${ratio} is greater than max/min = ${possible.toFixed(6)}`);
    }
  }
  if (!mayOvercommit(name) && most !== undefined && asked !== undefined && nanosOf(most) !== nanosOf(asked)) {
    wrong('defaultRequest', asked, `default value ${most} must equal to defaultRequest value ${asked} in ${name}`);
  }
  return errors;
}

function validateLimitRange({ spec }: KubeObject): FieldError[] {
  const types = new Set<string>();
  return list(spec?.limits).flatMap((limit, index) => {
    const path = at('spec.limits', index);
    const { type = '' } = limit;
    const errors = validateLimitType(type, `${path}.type`);
    if (types.has(type)) errors.push(duplicate(`${path}.type`, type));
    types.add(type);
    const ofPods = type === 'Pod' || type === 'Container';
    const names = new Set<string>();
    const check = (field: string) => {
      for (const name of Object.keys(limit[field] ?? {})) {
        const place = keyed(`${path}.${field}`, name);
        errors.push(...(ofPods ? validateContainerResourceName(name, place) : validateResourceName(name, place)));
        names.add(name);
      }
    };
    check('max');
    check('min');
    for (const field of ['default', 'defaultRequest']) {
      if (type !== 'Pod') check(field);
      else if (Object.keys(limit[field] ?? {}).length > 0) {
        errors.push(forbidden(`${path}.${field}`, "may not be specified when `type` is 'Pod'"));
      }
    }
    const { min, max } = limit;
    if (type === 'PersistentVolumeClaim' && min?.storage === undefined && max?.storage === undefined) {
      const words = 'either minimum or maximum storage value is required, but neither was provided';
      errors.push(required(`${path}.limits`, words));
    }
    check('maxLimitRequestRatio');
    return [...errors, ...[...names].flatMap((name) => validateOrder(limit, name, path))];
  });
}

export const LIMIT_RANGE: Strategy = {
  defaults: ({ spec }) => {
    for (const limit of list(spec?.limits)) limitDefaults(limit);
  },
  // Upstream draws a UUID for it; here it is made of the object's.
  prepareForCreate: ({ metadata }) => {
    const { uid } = metadata;
    if (!metadata.name && uid) metadata.name = uid.slice(-8) + uid.slice(8);
  },
  validateCreate: (range) => [...createdMeta(range), ...validateLimitRange(range)],
  validateUpdate: (range) => [...wholeMeta(range, { namespaced: true }), ...validateLimitRange(range)],
};

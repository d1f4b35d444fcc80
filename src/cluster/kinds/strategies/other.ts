/** Leases, PodDisruptionBudgets, PriorityClasses, StorageClasses, CSINodes, ControllerRevisions. */
import {
  at,
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
  tooLong,
} from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { notNegative, validateLabelName, validateObjectMetaUpdate } from '../../validation/metadata.ts';
import { isDns1123Subdomain, isQualifiedName } from '../../validation/names.ts';
import { hasInvalidLabelValue, validateLabelSelector } from '../../validation/selector.ts';
import type { Strategy } from '../kind.ts';
import { all, immutable, immutableSilently, list, type Part, texts } from './common.ts';
import { validateCondition } from './condition.ts';
import { createdMeta, updatedMeta, wholeMeta } from './metadata.ts';
import { validatePositiveIntOrPercent, validateWithin100Percent } from './int-or-percent.ts';

const LEASE_STRATEGIES = ['OldestEmulationVersion'];

/** `pkg/apis/coordination/validation`. Coordinated leader election is off by default: its fields are dropped. */
function validateLease({ spec }: KubeObject): FieldError[] {
  const { leaseDurationSeconds, leaseTransitions, strategy, preferredHolder } = spec ?? {};
  const errors: FieldError[] = [];
  if (typeof leaseDurationSeconds === 'number' && leaseDurationSeconds <= 0) {
    errors.push(invalid('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0'));
  }
  if (typeof leaseTransitions === 'number') errors.push(...notNegative('spec.leaseTransitions', leaseTransitions));
  if (typeof strategy === 'string') {
    const path = 'spec.strategy.strategy';
    if (strategy.includes('/')) errors.push(...all(path, strategy, isQualifiedName(strategy)));
    else if (!LEASE_STRATEGIES.includes(strategy)) errors.push(notSupported(path, strategy, LEASE_STRATEGIES));
  }
  if (preferredHolder && !strategy) {
    errors.push(forbidden('spec.preferredHolder', 'may only be specified if `strategy` is defined'));
  }
  return errors;
}

const COORDINATED = ['strategy', 'preferredHolder'];

export const LEASE: Strategy = {
  prepareForCreate: ({ spec }) => {
    for (const field of COORDINATED) if (spec) delete spec[field];
  },
  prepareForUpdate: ({ spec }, old) => {
    for (const field of COORDINATED) if (spec && old['spec']?.[field] === undefined) delete spec[field];
  },
  validateCreate: validateLease,
  validateUpdate: (lease, old) => [
    ...validateObjectMetaUpdate(lease.metadata, old.metadata, 'metadata', { generic: true }),
    ...validateLease(lease),
  ],
};

const EVICTION_POLICIES = ['AlwaysAllow', 'IfHealthyBudget'];

function validateBudget({ spec }: KubeObject, old: KubeObject | undefined): FieldError[] {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = spec ?? {};
  const isSet = (value: unknown): value is number | string => value !== undefined && value !== null;
  const errors: FieldError[] = [];
  if (isSet(minAvailable) && isSet(maxUnavailable)) {
    const printed = {
      MinAvailable: minAvailable,
      Selector: selector ?? null,
      MaxUnavailable: maxUnavailable,
      UnhealthyPodEvictionPolicy: policy ?? null,
    };
    errors.push(invalid('spec', printed, 'minAvailable and maxUnavailable cannot be both set'));
  }
  for (const field of ['minAvailable', 'maxUnavailable']) {
    const value: unknown = spec?.[field];
    if (!isSet(value)) continue;
    errors.push(...validatePositiveIntOrPercent(value, `spec.${field}`));
    errors.push(...validateWithin100Percent(value, `spec.${field}`));
  }
  const allowInvalidValues = hasInvalidLabelValue(old?.['spec']?.selector);
  errors.push(...validateLabelSelector(selector, 'spec.selector', { allowInvalidValues }));
  if (typeof policy === 'string' && !EVICTION_POLICIES.includes(policy)) {
    errors.push(notSupported('spec.unhealthyPodEvictionPolicy', policy, EVICTION_POLICIES));
  }
  return errors;
}

const BUDGET_COUNTS = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'];

function validateBudgetStatus({ status }: KubeObject): FieldError[] {
  const conditions = list(status?.conditions);
  const types = new Set<string>();
  return [
    ...conditions.flatMap((condition, index) => {
      const path = at('status.conditions', index);
      const { type = '' } = condition;
      const twice = types.has(type) ? [duplicate(path, type)] : [];
      types.add(type);
      return [...twice, ...validateCondition(condition, path)];
    }),
    ...BUDGET_COUNTS.flatMap((field) => notNegative(`status.${field}`, status?.[field] ?? 0)),
  ];
}

export const POD_DISRUPTION_BUDGET: Strategy = {
  validateCreate: (budget) => validateBudget(budget, undefined),
  validateUpdate: validateBudget,
  validateStatusUpdate: validateBudgetStatus,
};

const HIGHEST_PRIORITY = 1_000_000_000;
const SYSTEM_CLASSES: Readonly<Record<string, number>> = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
};
const PREEMPTION = ['PreemptLowerPriority', 'Never'];

function systemClassProblem(name: string, value: number, globalDefault: boolean): string | undefined {
  const wanted = SYSTEM_CLASSES[name];
  if (wanted === undefined) return `${name} is not a known system priority class`;
  if (value !== wanted) return `value of ${name} PriorityClass must be ${wanted}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

function validatePriorityClass(one: KubeObject): FieldError[] {
  const { name = '' } = one.metadata;
  const { value = 0, preemptionPolicy: policy } = one;
  const errors: FieldError[] = [];
  if (name.startsWith('system-')) {
    const wrong = systemClassProblem(name, value, one['globalDefault'] ?? false);
    const words = "priority class names with 'system-' prefix are reserved for system use only. error: ";
    if (wrong) errors.push(forbidden('metadata.name', words + wrong));
  } else if (value > HIGHEST_PRIORITY) {
    const words = `maximum allowed value of a user defined priority is ${HIGHEST_PRIORITY}`;
    errors.push(forbidden('value', words));
  }
  if (policy === '') errors.push(required('preemptionPolicy'));
  else if (policy && !PREEMPTION.includes(policy)) errors.push(notSupported('preemptionPolicy', policy, PREEMPTION));
  return errors;
}

export const PRIORITY_CLASS: Strategy = {
  defaults: (one) => {
    one['preemptionPolicy'] ??= 'PreemptLowerPriority';
  },
  validateCreate: (one) => [...createdMeta(one), ...validatePriorityClass(one)],
  validateUpdate: (one, old) => [
    ...updatedMeta(one, old),
    ...(one['value'] === old['value'] ? [] : [forbidden('value', 'may not be changed in an update.')]),
    ...immutable(one['preemptionPolicy'], old['preemptionPolicy'], 'preemptionPolicy'),
  ],
};

const RECLAIM = ['Delete', 'Retain'];
const BINDING_MODES = ['Immediate', 'WaitForFirstConsumer'];

/** Where volumes may be: terms of labels with their values, no two alike. */
function validateTopologies(terms: Part[]): FieldError[] {
  const seen = new Set<string>();
  return terms.flatMap((term, index) => {
    const path = `${at('allowedTopologies', index)}.matchLabelExpressions`;
    const sets = new Map<string, string[]>();
    const errors = list(term['matchLabelExpressions']).flatMap((expression, i) => {
      const place = at(path, i);
      const { key = '' } = expression;
      const values = texts(expression['values']);
      const twice = values.flatMap((value, j) =>
        values.indexOf(value) < j ? [duplicate(at(`${place}.values`, j), value)] : [],
      );
      const own = [
        ...(values.length > 0 ? [] : [required(`${place}.values`)]),
        ...twice,
        ...validateLabelName(key, `${place}.key`),
        ...(sets.has(key) ? [duplicate(`${place}.key`, key)] : []),
      ];
      sets.set(key, [...new Set(values)].sort());
      return own;
    });
    const printed = JSON.stringify([...sets].sort(([a], [b]) => (a < b ? -1 : 1)));
    const known = sets.size === 0 ? EMPTY_TERM : printed;
    // Upstream compares each with as many empty terms as there are terms, too.
    if (sets.size === 0) errors.push(...terms.map(() => duplicate(path, '')));
    if (seen.has(known)) errors.push(duplicate(path, ''));
    seen.add(known);
    return errors;
  });
}

const EMPTY_TERM = '';

function validateStorageClass(one: KubeObject): FieldError[] {
  const { provisioner = '', reclaimPolicy, volumeBindingMode: mode } = one;
  const errors: FieldError[] = [];
  if (provisioner)
    errors.push(...all('provisioner', provisioner.toLowerCase(), isQualifiedName(provisioner.toLowerCase())));
  for (const key of Object.keys(one['parameters'] ?? {})) {
    if (key === '') errors.push(invalid('parameters', key, 'field can not be empty.'));
  }
  if (reclaimPolicy && !RECLAIM.includes(reclaimPolicy)) {
    errors.push(notSupported('reclaimPolicy', reclaimPolicy, RECLAIM));
  }
  if (mode === undefined || mode === null) errors.push(required('volumeBindingMode'));
  else if (!BINDING_MODES.includes(mode)) errors.push(notSupported('volumeBindingMode', mode, BINDING_MODES));
  errors.push(...validateTopologies(list(one['allowedTopologies'])));
  if (!provisioner) errors.push(required('provisioner'));
  return errors;
}

const FIXED = ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'];

export const STORAGE_CLASS: Strategy = {
  defaults: (one) => {
    one['reclaimPolicy'] ??= 'Delete';
    one['volumeBindingMode'] ??= 'Immediate';
  },
  validateCreate: (one) => [...createdMeta(one), ...validateStorageClass(one)],
  validateUpdate: (one, old) => [
    ...wholeMeta(one, { namespaced: false }),
    ...validateStorageClass(one),
    ...updatedMeta(one, old),
    ...FIXED.flatMap((field) => immutableSilently(one[field], old[field], field)),
  ],
};

const MOST_NODE_ID = 256;
const MOST_DRIVER = 63;

function validateDrivers({ spec }: KubeObject): FieldError[] {
  const names = new Set<string>();
  return list(spec?.drivers).flatMap((driver, index) => {
    const path = at('spec.drivers', index);
    const { name = '', nodeID = '', allocatable, topologyKeys } = driver;
    const errors = name
      ? all(`${path}.name`, name, isDns1123Subdomain(name.toLowerCase()))
      : [required(`${path}.name`)];
    if (name.length > MOST_DRIVER) errors.unshift(tooLong(`${path}.name`, MOST_DRIVER));
    if (!nodeID) errors.push(required(`${path}.nodeID`));
    if (nodeID.length > MOST_NODE_ID) {
      errors.push(invalid(`${path}.nodeID`, nodeID, `must be ${MOST_NODE_ID} characters or less`));
    }
    errors.push(...notNegative(`${path}.allocatable.count`, allocatable?.count ?? 0));
    if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
    names.add(name);
    const keys = new Set<string>();
    for (const key of texts(topologyKeys)) {
      if (!key) errors.push(required(path));
      if (keys.has(key)) errors.push(duplicate(path, key));
      keys.add(key);
      errors.push(...all(path, key, isQualifiedName(key)));
    }
    return errors;
  });
}

/** A driver that stays, stays what it is but for how much it takes. Printed as upstream's internal type. */
function validateDriverChanges({ spec }: KubeObject, old: KubeObject): FieldError[] {
  const printed = ({ name = '', nodeID = '', topologyKeys }: Part): Part => ({
    Name: name,
    NodeID: nodeID,
    TopologyKeys: topologyKeys ?? null,
    Allocatable: null,
  });
  return list(old['spec']?.drivers).flatMap((before) =>
    list(spec?.drivers)
      .filter(({ name }) => name === before['name'])
      .flatMap((after) => immutable(printed(after), printed(before), 'spec.drivers')),
  );
}

export const CSI_NODE: Strategy = {
  validateCreate: (node) => [...createdMeta(node), ...validateDrivers(node)],
  validateUpdate: (node, old) => [
    ...wholeMeta(node, { namespaced: false }),
    ...validateDrivers(node),
    ...validateDriverChanges(node, old),
  ],
  validateStatusUpdate: updatedMeta,
};

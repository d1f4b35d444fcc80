/** Where pods may run: tolerations, affinity, spreading (kubernetes `pkg/apis/core/validation`). */
import { at, duplicate, type FieldError, forbidden, invalid, notSupported, required } from '../../api/field-error.ts';
import { validateLabelName } from '../../validation/metadata.ts';
import { isDns1123Label, isDns1123Subdomain, isLabelValue } from '../../validation/names.ts';
import { validateLabelSelector } from '../../validation/selector.ts';
import { all, list, type Part, texts } from './common.ts';
import { validateTaintEffect } from './node.ts';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';
const UNSATISFIABLE = ['DoNotSchedule', 'ScheduleAnyway'];
const NODE_POLICIES = ['Honor', 'Ignore'];

/** A toleration; its key's error is a declarative one, which upstream puts at the end (`declared`). */
export function validateTolerations(tolerations: Part[], path: string): FieldError[] {
  return tolerations.flatMap((toleration, index) => {
    const place = at(path, index);
    const { key = '', operator = '', value = '', effect = '', tolerationSeconds: seconds } = toleration;
    const errors = key ? validateLabelName(key, `${place}.key`) : [];
    if (!key && operator !== 'Exists') {
      const words = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      errors.push(invalid(`${place}.operator`, operator, words));
    }
    if (typeof seconds === 'number' && effect !== 'NoExecute') {
      errors.push(invalid(`${place}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
    }
    if (operator === '' || operator === 'Equal') {
      const wrong = isLabelValue(value);
      if (wrong.length > 0) errors.push(invalid(`${place}.operator`, value, wrong.join(';')));
    } else if (operator === 'Exists') {
      if (value) errors.push(invalid(`${place}.operator`, value, "value must be empty when `operator` is 'Exists'"));
    } else {
      const comparing = operator === 'Lt' || operator === 'Gt';
      errors.push(notSupported(`${place}.operator`, operator, ['Equal', 'Exists', ...(comparing ? ['Lt', 'Gt'] : [])]));
    }
    if (effect) errors.push(...validateTaintEffect(effect, `${place}.effect`));
    return errors;
  });
}

function validateRequirement({ key = '', operator = '', values }: Part, path: string, strict: boolean): FieldError[] {
  const given = texts(values);
  const errors: FieldError[] = [];
  if (operator === 'In' || operator === 'NotIn') {
    if (given.length === 0) {
      errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    }
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (given.length > 0) {
      errors.push(forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
    }
  } else if (operator === 'Gt' || operator === 'Lt') {
    if (given.length !== 1) {
      errors.push(required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
    }
  } else errors.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'));
  errors.push(...validateLabelName(key, `${path}.key`));
  if (strict) given.forEach((one, i) => errors.push(...all(at(`${path}.values`, i), one, isLabelValue(one))));
  return errors;
}

function validateFieldRequirement({ key = '', operator = '', values }: Part, path: string): FieldError[] {
  const given = texts(values);
  const errors: FieldError[] = [];
  if (operator !== 'In' && operator !== 'NotIn') {
    errors.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'));
  } else if (given.length !== 1) {
    const words = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    errors.push(required(`${path}.values`, words));
  }
  if (key !== 'metadata.name') errors.push(invalid(`${path}.key`, key, 'not a valid field selector key'));
  else given.forEach((one, i) => errors.push(...all(at(`${path}.values`, i), one, isDns1123Subdomain(one))));
  return errors;
}

const validateTerm = (term: Part, path: string, strict: boolean): FieldError[] => [
  ...list(term['matchExpressions']).flatMap((one, i) =>
    validateRequirement(one, at(`${path}.matchExpressions`, i), strict),
  ),
  ...list(term['matchFields']).flatMap((one, i) => validateFieldRequirement(one, at(`${path}.matchFields`, i))),
];

const validateWeight = (weight: number, path: string): FieldError[] =>
  weight <= 0 || weight > 100 ? [invalid(`${path}.weight`, weight, 'must be in the range 1-100')] : [];

function validateNodeAffinity(affinity: Part, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const must = affinity[REQUIRED] as Part | undefined;
  if (must) {
    const place = `${path}.${REQUIRED}.nodeSelectorTerms`;
    const terms = list(must['nodeSelectorTerms']);
    if (terms.length === 0) errors.push(required(place, 'must have at least one node selector term'));
    terms.forEach((term, i) => errors.push(...validateTerm(term, at(place, i), true)));
  }
  list(affinity[PREFERRED]).forEach(({ weight = 0, preference = {} }, i) => {
    const place = at(`${path}.${PREFERRED}`, i);
    errors.push(...validateWeight(weight, place), ...validateTerm(preference, `${place}.preference`, false));
  });
  return errors;
}

function validateLabelKeys(keys: string[], selector: unknown, path: string): FieldError[] {
  if (keys.length === 0) return [];
  if (!selector) return [forbidden(path, 'must not be specified when labelSelector is not set')];
  return keys.flatMap((key, i) => validateLabelName(key, at(path, i)));
}

function validateMatchKeys(term: Part, path: string): FieldError[] {
  const [match, mismatch] = [texts(term['matchLabelKeys']), texts(term['mismatchLabelKeys'])];
  const { labelSelector: selector } = term;
  const errors = [
    ...validateLabelKeys(match, selector, `${path}.matchLabelKeys`),
    ...validateLabelKeys(mismatch, selector, `${path}.mismatchLabelKeys`),
  ];
  const known = new Set(Object.keys(selector?.matchLabels ?? {}));
  for (const { key = '' } of list(selector?.matchExpressions)) {
    // Upstream keeps the last place of each key.
    const index = match.lastIndexOf(key);
    if (index >= 0 && known.has(key)) {
      errors.push(invalid(at(path, index), key, 'exists in both matchLabelKeys and labelSelector'));
    }
    known.add(key);
  }
  match.forEach((key, i) => {
    if (!mismatch.includes(key)) return;
    errors.push(invalid(at(`${path}.matchLabelKeys`, i), key, 'exists in both matchLabelKeys and mismatchLabelKeys'));
  });
  return errors;
}

function validatePodTerm(term: Part, path: string): FieldError[] {
  const { topologyKey = '' } = term;
  return [
    ...validateLabelSelector(term['labelSelector'], `${path}.labelSelector`),
    ...validateLabelSelector(term['namespaceSelector'], `${path}.namespaceSelector`),
    ...texts(term['namespaces']).flatMap((name) => all(`${path}.namespace`, name, isDns1123Label(name))),
    ...validateMatchKeys(term, path),
    ...(topologyKey ? [] : [required(`${path}.topologyKey`, 'can not be empty')]),
    ...validateLabelName(topologyKey, `${path}.topologyKey`),
  ];
}

const validatePodAffinity = (affinity: Part, path: string): FieldError[] => [
  ...list(affinity[REQUIRED]).flatMap((term, i) => validatePodTerm(term, at(`${path}.${REQUIRED}`, i))),
  ...list(affinity[PREFERRED]).flatMap(({ weight = 0, podAffinityTerm = {} }, i) => {
    const place = at(`${path}.${PREFERRED}`, i);
    return [...validateWeight(weight, place), ...validatePodTerm(podAffinityTerm, `${place}.podAffinityTerm`)];
  }),
];

export function validateAffinity(affinity: Part | undefined, path: string): FieldError[] {
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity ?? {};
  return [
    ...(nodeAffinity ? validateNodeAffinity(nodeAffinity, `${path}.nodeAffinity`) : []),
    ...(podAffinity ? validatePodAffinity(podAffinity, `${path}.podAffinity`) : []),
    ...(podAntiAffinity ? validatePodAffinity(podAntiAffinity, `${path}.podAntiAffinity`) : []),
  ];
}

export function validateSpread(constraints: Part[], path: string): FieldError[] {
  return constraints.flatMap((constraint, index) => {
    const place = at(path, index);
    const { maxSkew = 0, topologyKey = '', whenUnsatisfiable: when = '', minDomains } = constraint;
    const errors: FieldError[] = [];
    if (maxSkew <= 0) errors.push(invalid(`${place}.maxSkew`, maxSkew, 'must be greater than zero'));
    if (!topologyKey) errors.push(required(`${place}.topologyKey`, 'can not be empty'));
    if (!UNSATISFIABLE.includes(when)) errors.push(notSupported(`${place}.whenUnsatisfiable`, when, UNSATISFIABLE));
    const again = constraints
      .slice(index + 1)
      .some((one) => (one['topologyKey'] ?? '') === topologyKey && (one['whenUnsatisfiable'] ?? '') === when);
    if (again) errors.push(duplicate(`${place}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${when}}`));
    if (typeof minDomains === 'number') {
      const domains = `${place}.minDomains`;
      if (minDomains <= 0) errors.push(invalid(domains, minDomains, 'must be greater than zero'));
      if (when !== 'DoNotSchedule') {
        const words = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${when}`;
        errors.push(invalid(domains, minDomains, words));
      }
    }
    for (const field of ['nodeAffinityPolicy', 'nodeTaintsPolicy']) {
      const policy = constraint[field];
      if (typeof policy === 'string' && !NODE_POLICIES.includes(policy)) {
        errors.push(notSupported(`${place}.${field}`, policy, NODE_POLICIES));
      }
    }
    errors.push(...validateMatchKeys(constraint, place));
    return [...errors, ...validateLabelSelector(constraint['labelSelector'], `${place}.labelSelector`)];
  });
}

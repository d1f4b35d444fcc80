/** Roles and bindings (kubernetes `pkg/apis/rbac/validation`). */
import { at, type FieldError, invalid, notSupported, required } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { isDns1123Subdomain, isPathSegmentName } from '../../validation/names.ts';
import { hasInvalidLabelValue, validateLabelSelector } from '../../validation/selector.ts';
import { validateObjectMeta, validateObjectMetaUpdate } from '../../validation/metadata.ts';
import type { Strategy } from '../kind.ts';
import { all, immutable, list, type Part, setDefault, struct, texts } from './common.ts';

const GROUP = 'rbac.authorization.k8s.io';
const KINDS = ['ServiceAccount', 'User', 'Group'];

/** What upstream's declarative rules find comes after everything else. */
interface Found {
  errors: FieldError[];
  declared: FieldError[];
}

const flat = (found: readonly Found[]): FieldError[] => [
  ...found.flatMap(({ errors }) => errors),
  ...found.flatMap(({ declared }) => declared),
];

/** RBAC checks metadata in an update as in a create, and does not look at finalizers' names. */
const metaOf = (object: KubeObject, old: KubeObject | undefined, namespaced: boolean): FieldError[] =>
  old
    ? [
        ...validateObjectMeta(object.metadata, { namespaced, nameRule: 'path-segment' }, 'metadata'),
        ...validateObjectMetaUpdate(object.metadata, old.metadata, 'metadata'),
      ]
    : [];

function validateRule(rule: Part, namespaced: boolean, path: string): Found {
  const errors: FieldError[] = [];
  const [verbs, groups, resources, names, urls] = [
    'verbs',
    'apiGroups',
    'resources',
    'resourceNames',
    'nonResourceURLs',
  ].map((field) => texts(rule[field])) as [string[], string[], string[], string[], string[]];
  const declared = verbs.length === 0 ? [required(`${path}.verbs`)] : [];
  const place = `${path}.nonResourceURLs`;
  if (urls.length > 0) {
    if (namespaced) errors.push(invalid(place, urls, 'namespaced rules cannot apply to non-resource URLs'));
    if (groups.length > 0 || resources.length > 0 || names.length > 0) {
      errors.push(invalid(place, urls, 'rules cannot apply to both regular resources and non-resource URLs'));
    }
    return { errors, declared };
  }
  if (groups.length === 0) {
    errors.push(required(`${path}.apiGroups`, 'resource rules must supply at least one api group'));
  }
  if (resources.length === 0) {
    errors.push(required(`${path}.resources`, 'resource rules must supply at least one resource'));
  }
  return { errors, declared };
}

function validateAggregation({ aggregationRule }: KubeObject, old: KubeObject | undefined): FieldError[] {
  if (!aggregationRule) return [];
  const path = 'aggregationRule.clusterRoleSelectors';
  const selectors = list(aggregationRule.clusterRoleSelectors);
  if (selectors.length === 0) {
    return [required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil')];
  }
  const before = list(old?.['aggregationRule']?.clusterRoleSelectors);
  const allowInvalidValues = before.some((one) => hasInvalidLabelValue(one));
  return selectors.flatMap((one, index) => {
    const place = at(path, index);
    const broken = validateLabelSelector(one, place).length > 0;
    return [
      ...validateLabelSelector(one, place, { allowInvalidValues }),
      ...(broken ? [invalid(place, null, 'invalid label selector.')] : []),
    ];
  });
}

function validateRole(role: KubeObject, old: KubeObject | undefined, namespaced: boolean): FieldError[] {
  const rules = list(role['rules']).map((rule, index) => validateRule(rule, namespaced, at('rules', index)));
  return [
    ...rules.flatMap(({ errors }) => errors),
    ...(namespaced ? [] : validateAggregation(role, old)),
    ...metaOf(role, old, namespaced),
    ...rules.flatMap(({ declared }) => declared),
  ];
}

const role = (namespaced: boolean): Strategy => ({
  validateCreate: (object) => validateRole(object, undefined, namespaced),
  validateUpdate: (object, old) => validateRole(object, old, namespaced),
});

export const ROLE = role(true);
export const CLUSTER_ROLE = role(false);

function bindingDefaults(binding: KubeObject): void {
  setDefault(struct(binding, 'roleRef'), 'apiGroup', GROUP);
  for (const subject of list(binding['subjects'])) {
    if (subject['kind'] === 'User' || subject['kind'] === 'Group') setDefault(subject, 'apiGroup', GROUP);
  }
}

function validateSubject(subject: Part, namespaced: boolean, path: string): Found {
  const { kind = '', name = '', apiGroup = '', namespace = '' } = subject;
  const errors: FieldError[] = [];
  const wrongGroup = (group: string) => notSupported(`${path}.apiGroup`, apiGroup, [group]);
  if (kind === 'ServiceAccount') {
    if (name) errors.push(...all(`${path}.name`, name, isDns1123Subdomain(name)));
    if (apiGroup) errors.push(wrongGroup(''));
    if (!namespaced && !namespace) errors.push(required(`${path}.namespace`));
  } else if (kind === 'User' || kind === 'Group') {
    if (apiGroup !== GROUP) errors.push(wrongGroup(GROUP));
  } else errors.push(notSupported(`${path}.kind`, kind, KINDS));
  return { errors, declared: name ? [] : [required(`${path}.name`)] };
}

function validateBinding(binding: KubeObject, old: KubeObject | undefined, namespaced: boolean): FieldError[] {
  const { apiGroup = '', kind = '', name = '' } = binding['roleRef'] ?? {};
  const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  const own: FieldError[] = [];
  if (apiGroup !== GROUP) own.push(notSupported('roleRef.apiGroup', apiGroup, [GROUP]));
  if (!kinds.includes(kind)) own.push(notSupported('roleRef.kind', kind, kinds));
  if (name) own.push(...all('roleRef.name', name, isPathSegmentName(name)));
  const subjects = list(binding['subjects']).map((one, i) => validateSubject(one, namespaced, at('subjects', i)));
  return [
    ...flat([{ errors: own, declared: [] }, ...subjects.map(({ errors }) => ({ errors, declared: [] }))]),
    ...metaOf(binding, old, namespaced),
    ...subjects.flatMap(({ declared }) => declared),
    ...(name ? [] : [required('roleRef.name')]),
    ...(old ? immutable(printedRef(binding), printedRef(old), 'roleRef') : []),
  ];
}

/** As upstream prints it: its internal type. */
const printedRef = ({ roleRef }: KubeObject): Part => ({
  APIGroup: roleRef?.apiGroup ?? '',
  Kind: roleRef?.kind ?? '',
  Name: roleRef?.name ?? '',
});

const binding = (namespaced: boolean): Strategy => ({
  defaults: bindingDefaults,
  validateCreate: (object) => validateBinding(object, undefined, namespaced),
  validateUpdate: (object, old) => validateBinding(object, old, namespaced),
});

export const ROLE_BINDING = binding(true);
export const CLUSTER_ROLE_BINDING = binding(false);

import { at, type FieldError, forbidden, invalid, required } from '../api/field-error.ts';
import type { KubeObject } from '../api/object.ts';
import { invalidError } from '../api/status.ts';

interface Requirement {
  key?: string;
  operator?: string;
  values?: string[];
}

interface Selector {
  rawSelector?: string;
  requirements?: Requirement[];
}

export interface ReviewSpec {
  resourceAttributes?: {
    namespace?: string;
    verb?: string;
    group?: string;
    version?: string;
    resource?: string;
    subresource?: string;
    name?: string;
    fieldSelector?: Selector;
    labelSelector?: Selector;
  } | null;
  nonResourceAttributes?: { path?: string; verb?: string } | null;
  user?: string;
  groups?: string[];
  uid?: string;
  extra?: Record<string, string[]>;
}

/**
 * Throws the 422 for a SubjectAccessReview (`other`), a SelfSubjectAccessReview (`self`) or a LocalSubjectAccessReview
 * (`local`) that makes no sense (kubernetes `pkg/apis/authorization/validation`). The message names no kind, as
 * upstream's: it looks for it in an object that has none.
 */
export function checkReview(object: KubeObject, review: 'self' | 'other' | 'local'): void {
  const spec = (object['spec'] as ReviewSpec | undefined) ?? {};
  const errors = [...specErrors(spec, review !== 'self'), ...metadataErrors(object, review === 'local')];
  if (review === 'local') errors.push(...localErrors(object, spec));
  if (errors.length > 0) throw invalidError({ group: 'authorization.k8s.io', name: '' }, '', errors);
}

/** Upstream prints its internal type, whose fields have no JSON names. */
const printable = (attributes: ReviewSpec['nonResourceAttributes']) =>
  attributes ? { Path: attributes.path ?? '', Verb: attributes.verb ?? '' } : null;

function specErrors(spec: ReviewSpec, ofOther: boolean): FieldError[] {
  const { resourceAttributes, nonResourceAttributes } = spec;
  const errors: FieldError[] = [];
  if (!resourceAttributes === !nonResourceAttributes) {
    const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    errors.push(invalid('spec', printable(nonResourceAttributes), why));
  }
  if (ofOther && !spec.user && !spec.groups?.length) {
    errors.push(invalid('spec.user', '', 'at least one of user or group must be specified'));
  }
  const path = 'spec.resourceAttributes';
  errors.push(...selectorErrors(resourceAttributes?.fieldSelector, `${path}.fieldSelector`, fieldKeyErrors));
  errors.push(...selectorErrors(resourceAttributes?.labelSelector, `${path}.labelSelector`, labelErrors));
  return errors;
}

function metadataErrors({ metadata }: KubeObject, local: boolean): FieldError[] {
  const { managedFields: _fields, namespace, ...rest } = metadata;
  const empty = Object.keys(rest).length === 0 && (local || !namespace);
  return empty ? [] : [invalid('metadata', metadata, local ? 'must be empty except for namespace' : 'must be empty')];
}

function localErrors({ metadata }: KubeObject, spec: ReviewSpec): FieldError[] {
  const errors: FieldError[] = [];
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec;
  const namespace = resource?.namespace ?? '';
  if (resource && namespace !== (metadata.namespace ?? '')) {
    errors.push(invalid('spec.resourceAttributes.namespace', namespace, 'must match metadata.namespace'));
  }
  if (path) {
    errors.push(invalid('spec.nonResourceAttributes', printable(path), 'disallowed on this kind of request'));
  }
  return errors;
}

type RequirementErrors = (requirement: Requirement, path: string) => [before: FieldError[], after: FieldError[]];

function selectorErrors(selector: Selector | undefined, path: string, own: RequirementErrors): FieldError[] {
  if (!selector) return [];
  const { rawSelector = '', requirements = [] } = selector;
  const errors: FieldError[] = [];
  if (rawSelector && requirements.length > 0) {
    errors.push(invalid(`${path}.rawSelector`, rawSelector, 'may not specified at the same time as requirements'));
  }
  if (!rawSelector && requirements.length === 0) {
    errors.push(required(`${path}.requirements`, `when ${path} is specified, requirements or rawSelector is required`));
  }
  for (const [index, requirement] of requirements.entries()) {
    const here = at(`${path}.requirements`, index);
    const [before, after] = own(requirement, here);
    errors.push(...before, ...valuesErrors(requirement, `${here}.values`), ...after);
  }
  return errors;
}

function valuesErrors({ operator = '', values = [] }: Requirement, field: string): FieldError[] {
  if (/^(In|NotIn)$/.test(operator) && values.length === 0) {
    return [required(field, "must be specified when `operator` is 'In' or 'NotIn'")];
  }
  if (/^(Exists|DoesNotExist)$/.test(operator) && values.length > 0) {
    return [forbidden(field, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
  }
  return [];
}

const fieldKeyErrors: RequirementErrors = ({ key }, path) => [
  key ? [] : [required(`${path}.key`, 'must be specified')],
  [],
];

const NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

const labelErrors: RequirementErrors = ({ key = '', values = [] }, path) => {
  const name = key.slice(key.lastIndexOf('/') + 1);
  const keys = name ? [] : [invalid(`${path}.key`, key, 'name part must be non-empty')];
  if (!NAME.test(name)) keys.push(invalid(`${path}.key`, key, KEY_RULE));
  const wrong = [...values.entries()].filter(([, value]) => value !== '' && !NAME.test(value));
  return [[], [...keys, ...wrong.map(([index, value]) => invalid(at(`${path}.values`, index), value, VALUE_RULE))]];
};

const PART =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const KEY_RULE =
  `name part ${PART} (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is ` +
  "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE_RULE =
  `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end ` +
  "with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is " +
  "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

const KEY = String.raw`(?:[-A-Za-z0-9_.]+/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?`;
const VALUE = String.raw`(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?`;
const LABEL_TERM = [
  `!?\\s*${KEY}`,
  `${KEY}\\s*(?:=|==|!=)\\s*${VALUE}`,
  `${KEY}\\s*[<>]\\s*-?\\d+`,
  `${KEY}\\s+(?:in|notin)\\s*\\(\\s*${VALUE}(?:\\s*,\\s*${VALUE})*\\s*\\)`,
].join('|');
const LABEL_SELECTOR = new RegExp(`^\\s*(?:${LABEL_TERM})(?:\\s*,\\s*(?:${LABEL_TERM}))*\\s*$`);
const FIELD_SELECTOR = /^[^=,]+=[^,]*(,[^=,]+=[^,]*)*$/;

/**
 * Selectors that can't be understood are left out of the question, and the answer says so. Roles do not look at
 * selectors at all.
 */
export function ignoredSelectors({ resourceAttributes }: ReviewSpec): string {
  const { fieldSelector, labelSelector } = resourceAttributes ?? {};
  const one = ({ operator = '', values = [] }: Requirement) => /^(In|NotIn)$/.test(operator) && values.length === 1;
  const known = ({ operator = '' }: Requirement) => /^(In|NotIn|Exists|DoesNotExist)$/.test(operator);
  const texts = [
    ignored(fieldSelector, FIELD_SELECTOR, one, 'field'),
    ignored(labelSelector, LABEL_SELECTOR, known, 'label'),
  ];
  return texts.filter(Boolean).join('; ');
}

function ignored(
  selector: Selector | undefined,
  syntax: RegExp,
  understood: (one: Requirement) => boolean,
  what: string,
): string {
  const { rawSelector = '', requirements = [] } = selector ?? {};
  const good = requirements.filter(understood).length;
  if (good === requirements.length && (!rawSelector || syntax.test(rawSelector))) return '';
  return `spec.resourceAttributes.${what}Selector ${good > 0 ? 'partially ' : ''}ignored due to parse error`;
}

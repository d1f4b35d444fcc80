import {
  at,
  type FieldError,
  forbidden,
  goQuote,
  invalid,
  notSupported,
  required,
  tooLong,
} from '../api/field-error.ts';
import type { ManagedFieldsEntry, ObjectMeta, OwnerReference } from '../api/object.ts';
import { isDns1123Label, isLabelValue, isQualifiedName, type NameRule, nameRule } from './names.ts';

/**
 * The rules for `metadata` that all kinds share, in upstream's order and words (apimachinery
 * `pkg/api/validation/objectmeta.go`, `pkg/apis/meta/v1/validation`). `path` is `metadata`, or where the metadata is
 * inside another object (`spec.template.metadata`). The metadata has been normalised.
 */

export interface MetadataRules {
  namespaced: boolean;
  /** `dns1123-subdomain` when absent. */
  nameRule?: NameRule;
  /**
   * Only what apiserver checks of every object (before a kind's own rules on an update, after them on a create); a
   * kind's own check also wants finalizers to be standard or qualified.
   */
  generic?: boolean;
}

const ANNOTATIONS_MOST_BYTES = 256 * 1024;
const MANAGER_MOST_BYTES = 128;
const SUBRESOURCE_MOST_BYTES = 256;
const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';

type Labels = Readonly<Record<string, string>> | undefined | null;

/** A new object's metadata; its name has been generated already. */
export function validateObjectMeta(meta: ObjectMeta, rules: MetadataRules, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const check = nameRule(rules.nameRule ?? 'dns1123-subdomain');
  const { name = '', generateName = '', namespace = '' } = meta;
  if (generateName) {
    for (const wrong of check(generateName, true)) errors.push(invalid(`${path}.generateName`, generateName, wrong));
  }
  if (!name) errors.push(required(`${path}.name`, 'name or generateName is required'));
  else for (const wrong of check(name, false)) errors.push(invalid(`${path}.name`, name, wrong));
  if (!rules.namespaced) {
    if (namespace) errors.push(forbidden(`${path}.namespace`, 'not allowed on this type'));
  } else if (!namespace) errors.push(required(`${path}.namespace`));
  else for (const wrong of isDns1123Label(namespace)) errors.push(invalid(`${path}.namespace`, namespace, wrong));
  return [
    ...errors,
    ...notNegative(`${path}.generation`, meta.generation ?? 0),
    ...validateLabels(meta.labels, `${path}.labels`),
    ...validateAnnotations(meta.annotations, `${path}.annotations`),
    ...validateOwnerReferences(meta.ownerReferences, `${path}.ownerReferences`),
    ...validateFinalizers(meta.finalizers, `${path}.finalizers`),
    ...validateManagedFields(meta.managedFields, `${path}.managedFields`),
    ...(rules.generic ? [] : knownFinalizers(meta.finalizers, `${path}.finalizers`)),
  ];
}

/** What an update may not change, and what it must be right about. */
export function validateObjectMetaUpdate(
  meta: ObjectMeta,
  old: ObjectMeta,
  path: string,
  { generic = false }: Pick<MetadataRules, 'generic'> = {},
): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp !== undefined) {
    errors.push(...noNewFinalizers(meta.finalizers ?? [], old.finalizers ?? [], `${path}.finalizers`));
  }
  if (!meta.resourceVersion) {
    errors.push(invalid(`${path}.resourceVersion`, meta.resourceVersion ?? '', 'must be specified for an update'));
  }
  const generation = meta.generation ?? 0;
  errors.push(...notNegative(`${path}.generation`, generation));
  if (generation < (old.generation ?? 0)) {
    errors.push(invalid(`${path}.generation`, generation, 'must not be decremented'));
  }
  return [
    ...errors,
    ...validateImmutableField(meta.name ?? '', old.name ?? '', `${path}.name`),
    ...validateImmutableField(meta.namespace ?? '', old.namespace ?? '', `${path}.namespace`),
    ...validateImmutableField(meta.uid ?? '', old.uid ?? '', `${path}.uid`),
    ...validateImmutableField(meta.creationTimestamp, old.creationTimestamp, `${path}.creationTimestamp`),
    ...validateImmutableField(meta.deletionTimestamp, old.deletionTimestamp, `${path}.deletionTimestamp`),
    ...validateImmutableField(
      meta.deletionGracePeriodSeconds,
      old.deletionGracePeriodSeconds,
      `${path}.deletionGracePeriodSeconds`,
    ),
    ...validateLabels(meta.labels, `${path}.labels`),
    ...validateAnnotations(meta.annotations, `${path}.annotations`),
    ...validateOwnerReferences(meta.ownerReferences, `${path}.ownerReferences`),
    ...validateManagedFields(meta.managedFields, `${path}.managedFields`),
    ...(generic ? [] : knownFinalizers(meta.finalizers, `${path}.finalizers`)),
  ];
}

/** "field is immutable" unless both are equal as JSON (keys in the same order, as normalised objects have them). */
export function validateImmutableField(value: unknown, old: unknown, path: string): FieldError[] {
  const equal = value === old || JSON.stringify(value ?? null) === JSON.stringify(old ?? null);
  return equal ? [] : [invalid(path, value ?? null, 'field is immutable')];
}

export const notNegative = (path: string, value: number): FieldError[] =>
  value < 0 ? [invalid(path, value, 'must be greater than or equal to 0')] : [];

/** A label's key; also used for condition types and topology keys. */
export const validateLabelName = (name: string, path: string): FieldError[] =>
  isQualifiedName(name).map((wrong) => invalid(path, name, wrong));

export function validateLabels(labels: Labels, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(labels ?? {})) {
    errors.push(...validateLabelName(key, path));
    for (const wrong of isLabelValue(value)) errors.push(invalid(path, value, wrong));
  }
  return errors;
}

/** Keys are as for labels but in any case; all keys and values together may have 256 KiB. */
export function validateAnnotations(annotations: Labels, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    for (const wrong of isQualifiedName(key.toLowerCase())) errors.push(invalid(path, key, wrong));
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size > ANNOTATIONS_MOST_BYTES) errors.push(tooLong(path, ANNOTATIONS_MOST_BYTES));
  return errors;
}

export function validateOwnerReferences(references: readonly OwnerReference[] | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let controller = '';
  (references ?? []).forEach((reference, index) => {
    errors.push(...validateOwnerReference(reference, at(path, index)));
    if (!reference.controller) return;
    const current = `${reference.kind}/${reference.name}`;
    if (controller) {
      const found = `Found "true" in references for ${controller} and ${current}`;
      const words = `Only one reference can have Controller set to true. ${found}`;
      errors.push(invalid(path, references, words));
    } else controller = current;
  });
  return errors;
}

function validateOwnerReference(reference: OwnerReference, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { apiVersion, kind, name, uid } = reference;
  const parts = apiVersion.split('/');
  const version = parts.length > 2 ? '' : (parts.at(-1) ?? '');
  if (!apiVersion) errors.push(required(`${path}.apiVersion`, 'must not be empty'));
  else if (!version) {
    errors.push(invalid(`${path}.apiVersion`, apiVersion, 'must be <group>/<version> or <version>'));
  }
  if (!kind) errors.push(required(`${path}.kind`, 'must not be empty'));
  if (!name) errors.push(required(`${path}.name`, 'must not be empty'));
  if (!uid) errors.push(required(`${path}.uid`, 'must not be empty'));
  if (kind === 'Event' && (apiVersion === 'v1' || apiVersion === '/v1')) {
    errors.push(invalid(path, reference, '/v1, Kind=Event is disallowed from being an owner'));
  }
  return errors;
}

/** Errors name the list, not the item, as upstream has it. */
export function validateFinalizers(finalizers: readonly string[] | undefined, path: string): FieldError[] {
  const all = finalizers ?? [];
  const errors = all.flatMap((one) => validateLabelName(one, path));
  if (all.includes(FOREGROUND) && all.includes(ORPHAN)) {
    errors.push(invalid(path, all, `finalizer ${ORPHAN} and ${FOREGROUND} cannot be both set`));
  }
  return errors;
}

const STANDARD_FINALIZERS = new Set(['kubernetes', ORPHAN, FOREGROUND]);

/** Kubernetes' own kinds want a domain before a finalizer's name (kubernetes `pkg/apis/core/validation`). */
function knownFinalizers(finalizers: readonly string[] | undefined, path: string): FieldError[] {
  return (finalizers ?? []).flatMap((one, index) =>
    one.includes('/') || STANDARD_FINALIZERS.has(one)
      ? []
      : [invalid(at(path, index), one, 'name is neither a standard finalizer name nor is it fully qualified')],
  );
}

function noNewFinalizers(finalizers: readonly string[], old: readonly string[], path: string): FieldError[] {
  const added = [...new Set(finalizers)].filter((one) => !old.includes(one)).sort();
  if (added.length === 0) return [];
  const found = `[]string{${added.map(goQuote).join(', ')}}`;
  const words = `no new finalizers can be added if the object is being deleted, found new finalizers ${found}`;
  return [forbidden(path, words)];
}

export function validateManagedFields(entries: readonly ManagedFieldsEntry[] | undefined, path: string): FieldError[] {
  return (entries ?? []).flatMap((entry, index) => {
    const errors: FieldError[] = [];
    const place = at(path, index);
    const { operation = '', fieldsType = '', manager = '', subresource = '' } = entry as Partial<ManagedFieldsEntry>;
    if (operation === '') errors.push(required(`${place}.operation`, 'must not be empty'));
    else if (operation !== 'Apply' && operation !== 'Update') {
      errors.push(notSupported(`${place}.operation`, operation, ['Apply', 'Update']));
    }
    if (fieldsType !== '' && fieldsType !== 'FieldsV1') {
      errors.push(invalid(`${place}.fieldsType`, fieldsType, 'must be `FieldsV1`'));
    }
    errors.push(...validateFieldManager(manager, `${place}.manager`));
    if (Buffer.byteLength(subresource) > SUBRESOURCE_MOST_BYTES) {
      errors.push(tooLong(`${place}.subresource`, SUBRESOURCE_MOST_BYTES));
    }
    return errors;
  });
}

const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** Who writes: also the query's `fieldManager`. */
export function validateFieldManager(manager: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (Buffer.byteLength(manager) > MANAGER_MOST_BYTES) errors.push(tooLong(path, MANAGER_MOST_BYTES));
  let position = 0;
  for (const one of manager) {
    if (!PRINTABLE.test(one)) {
      const code = (one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
      errors.push(invalid(path, manager, `invalid character U+${code} (at position ${position})`));
    }
    position += Buffer.byteLength(one);
  }
  return errors;
}

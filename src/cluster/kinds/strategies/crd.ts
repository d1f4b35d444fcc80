/** CustomResourceDefinitions, as far as they are definitions (apiextensions-apiserver `pkg/apis/apiextensions`). */
import { at, type FieldError, invalid, notSupported, required } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { isDns1035Label, isDns1123Subdomain } from '../../validation/names.ts';
import type { Strategy } from '../kind.ts';
import { equal, immutable, list, type Part, setDefault, struct, texts } from './common.ts';
import { validateDeprecation, validateParts } from './crd-versions.ts';
import { updatedMeta } from './metadata.ts';

const SCOPES = ['Cluster', 'Namespaced'];
const NAME_WORDS = 'must be spec.names.plural+"."+spec.group';

function crdDefaults(crd: KubeObject): void {
  const spec = struct(crd, 'spec');
  const names = struct(spec, 'names');
  const kind: string = names['kind'] ?? '';
  if (kind) setDefault(names, 'singular', kind.toLowerCase());
  if (kind) setDefault(names, 'listKind', `${kind}List`);
  spec['conversion'] ??= { strategy: 'None' };
  const service = spec['conversion'].webhook?.clientConfig?.service;
  if (service) service.port ??= 443;
  storeVersion(crd);
}

/** The version that objects are stored in is one of those that they ever were. */
function storeVersion(crd: KubeObject): void {
  const storage = list(crd['spec']?.versions).find((one) => one['storage'])?.['name'];
  const status = struct(crd, 'status');
  status['conditions'] ??= [];
  const names = struct(status, 'acceptedNames');
  names['plural'] ??= '';
  names['kind'] ??= '';
  const stored = texts(status['storedVersions']);
  status['storedVersions'] = storage === undefined || stored.includes(storage) ? stored : [...stored, storage];
}

const freshStatus = (crd: KubeObject): void => {
  crd['status'] = { conditions: [], acceptedNames: { plural: '', kind: '' }, storedVersions: [] };
  storeVersion(crd);
};

/** Several messages about one name come as one. */
const joined = (path: string, value: string, messages: readonly string[], before = ''): FieldError[] =>
  messages.length > 0 ? [invalid(path, value, before + messages.join(','))] : [];

const MIXED_CASE = 'may have mixed case, but should otherwise match: ';

function validateNames(names: Part): FieldError[] {
  const path = 'spec.names';
  const { kind = '', listKind = '' } = names;
  const errors = ['plural', 'singular', 'kind', 'listKind'].flatMap((field) =>
    names[field] ? [] : [required(`${path}.${field}`)],
  );
  for (const field of ['plural', 'singular']) {
    const name: string = names[field] ?? '';
    if (name) errors.push(...joined(`${path}.${field}`, name, isDns1035Label(name)));
  }
  for (const field of ['kind', 'listKind']) {
    const name: string = names[field] ?? '';
    if (name) errors.push(...joined(`${path}.${field}`, name, isDns1035Label(name.toLowerCase()), MIXED_CASE));
  }
  const list1035 = (field: string) =>
    texts(names[field]).flatMap((one, i) => joined(at(`${path}.${field}`, i), one, isDns1035Label(one)));
  errors.push(...list1035('shortNames'));
  if (kind && kind === listKind) {
    errors.push(invalid(`${path}.listKind`, listKind, 'kind and listKind may not be the same'));
  }
  return [...errors, ...list1035('categories')];
}

/** Upstream keeps what all versions have in common outside of them. */
const isShared = (versions: Part[], field: string): boolean =>
  versions.every((one) => equal(one[field], versions[0]?.[field]));

/** As upstream prints its internal type, where the versions have these in common. */
const printedVersion = (version: Part): Part => ({
  Name: version['name'] ?? '',
  Served: version['served'] ?? false,
  Storage: version['storage'] ?? false,
  Deprecated: version['deprecated'] ?? false,
  DeprecationWarning: version['deprecationWarning'] ?? null,
  Schema: null,
  Subresources: null,
  AdditionalPrinterColumns: null,
  SelectableFields: null,
});

function validateVersions(spec: Part): FieldError[] {
  const path = 'spec.versions';
  const versions = list(spec['versions']);
  const shared = isShared(versions, 'schema');
  const names = versions.map(({ name = '' }) => name as string);
  const errors = versions.flatMap(({ schema }, index) =>
    schema?.openAPIV3Schema ? [] : [required(`${at(path, index)}.schema.openAPIV3Schema`)],
  );
  versions.forEach((version, index) => {
    const { name = '', schema } = version;
    const own = at(path, index);
    errors.push(...joined(`${own}.name`, name, isDns1035Label(name)), ...validateDeprecation(version, own));
    const place = shared ? 'spec.validation' : `${at(path, index)}.schema`;
    if (schema?.openAPIV3Schema && !(shared && index > 0)) {
      errors.push(...rootType(schema.openAPIV3Schema, `${place}.openAPIV3Schema`));
    }
    errors.push(...validateParts(version, own));
  });
  const wrong = (words: string) =>
    errors.push(invalid(path, versions.length > 0 ? versions.map(printedVersion) : versions, words));
  if (new Set(names).size < names.length) wrong('must contain unique version names');
  const storage = versions.filter((one) => one['storage']);
  if (storage.length !== 1) wrong('must have exactly one version marked as storage version');
  return errors;
}

function rootType({ type = '' }: Part, path: string): FieldError[] {
  if (type === 'object') return [];
  if (!type) return [required(`${path}.type`, 'must not be empty at the root')];
  return [invalid(`${path}.type`, type, 'must be object at the root')];
}

function validateStored({ spec, status }: KubeObject): FieldError[] {
  const path = 'status.storedVersions';
  const stored = texts(status?.storedVersions);
  if (stored.length === 0) return [invalid(path, null, 'must have at least one stored version')];
  const versions = list(spec?.versions);
  const missing = versions.filter(({ name, storage }) => storage && !stored.includes(name));
  const gone = stored.flatMap((name, index) => {
    if (versions.some((one) => one['name'] === name)) return [];
    const words =
      `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions ` +
      `until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
    return [invalid(at(path, index), name, words)];
  });
  return [...missing.map(({ name }) => invalid(path, stored, `must have the storage version ${name}`)), ...gone];
}

function validateDefinition(crd: KubeObject): FieldError[] {
  const { spec = {} } = crd;
  const { group = '', scope = '', names = {} } = spec;
  const errors: FieldError[] = [];
  if (!group) errors.push(required('spec.group'));
  else {
    const wrong = joined('spec.group', group, isDns1123Subdomain(group));
    errors.push(...wrong);
    if (wrong.length === 0 && !group.includes('.')) {
      errors.push(invalid('spec.group', group, 'should be a domain with at least one dot'));
    }
  }
  if (!scope) errors.push(required('spec.scope'));
  else if (!SCOPES.includes(scope)) errors.push(notSupported('spec.scope', scope, SCOPES));
  if (spec.preserveUnknownFields) {
    const words =
      'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
    errors.push(invalid('spec.preserveUnknownFields', true, words));
  }
  return [...errors, ...validateVersions(spec), ...validateNames(names), ...validateStored(crd)];
}

function validateName({ metadata, spec }: KubeObject): FieldError[] {
  const { name = '' } = metadata;
  const wanted = `${spec?.names?.plural ?? ''}.${spec?.group ?? ''}`;
  return name && name !== wanted ? [invalid('metadata.name', name, NAME_WORDS)] : [];
}

const isEstablished = ({ status }: KubeObject): boolean =>
  list(status?.conditions).some(({ type, status: state }) => type === 'Established' && state === 'True');

/** What stays once objects may exist. */
function validateFixed(crd: KubeObject, old: KubeObject): FieldError[] {
  const [spec, before] = [crd['spec'] ?? {}, old['spec'] ?? {}];
  const errors = immutable(spec.group, before.group, 'spec.group');
  errors.push(...immutable(spec.names?.plural, before.names?.plural, 'spec.names.plural'));
  if (!isEstablished(old)) return errors;
  return [
    ...errors,
    ...immutable(spec.scope, before.scope, 'spec.scope'),
    ...immutable(spec.names?.kind, before.names?.kind, 'spec.names.kind'),
  ];
}

export const CUSTOM_RESOURCE_DEFINITION: Strategy = {
  defaults: crdDefaults,
  prepareForCreate: freshStatus,
  prepareForUpdate: (crd) => {
    // It is the stored object's: a refused write must not change that.
    crd['status'] = structuredClone(crd['status'] ?? {});
    storeVersion(crd);
  },
  validateCreate: (crd) => [...validateName(crd), ...validateDefinition(crd)],
  validateUpdate: (crd, old) => [...updatedMeta(crd, old), ...validateDefinition(crd), ...validateFixed(crd, old)],
  validateStatusUpdate: updatedMeta,
};

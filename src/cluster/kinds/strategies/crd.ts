/** CustomResourceDefinitions, as far as they are definitions (apiextensions-apiserver `pkg/apis/apiextensions`). */
import { at, type FieldError, invalid, notSupported, required } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { isDns1035Label, isDns1123Subdomain } from '../../validation/names.ts';
import type { Strategy } from '../kind.ts';
import { all, immutable, list, type Part, setDefault, struct, texts } from './common.ts';
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

function validateNames(names: Part): FieldError[] {
  const path = 'spec.names';
  const { plural = '', singular = '', kind = '', listKind = '' } = names;
  const label = (field: string, value: string) => all(`${path}.${field}`, value, isDns1035Label(value));
  const errors = plural ? label('plural', plural) : [required(`${path}.plural`)];
  if (singular) errors.push(...label('singular', singular));
  if (!kind) errors.push(required(`${path}.kind`));
  else errors.push(...all(`${path}.kind`, kind, isDns1035Label(kind.toLowerCase()).map(caseless)));
  if (!listKind) errors.push(required(`${path}.listKind`));
  else errors.push(...all(`${path}.listKind`, listKind, isDns1035Label(listKind.toLowerCase()).map(caseless)));
  texts(names['shortNames']).forEach((one, i) => {
    errors.push(...all(at(`${path}.shortNames`, i), one, isDns1035Label(one)));
  });
  if (kind && kind === listKind) {
    errors.push(invalid(`${path}.listKind`, listKind, 'kind and listKind may not be the same'));
  }
  texts(names['categories']).forEach((one, i) => {
    errors.push(...all(at(`${path}.categories`, i), one, isDns1035Label(one)));
  });
  return errors;
}

const caseless = (message: string): string => `may have mixed case, but should otherwise match: ${message}`;

function validateVersions(spec: Part): FieldError[] {
  const path = 'spec.versions';
  const versions = list(spec['versions']);
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  let unique = true;
  versions.forEach((version, index) => {
    const { name = '', schema } = version;
    if (!name) errors.push(required(`${at(path, index)}.name`));
    else errors.push(...all(`${at(path, index)}.name`, name, isDns1035Label(name)));
    if (seen.has(name)) unique = false;
    seen.add(name);
    if (!schema?.openAPIV3Schema) {
      errors.push(required(`${at(path, index)}.schema.openAPIV3Schema`, 'schemas are required'));
    } else if (schema.openAPIV3Schema.type !== 'object') {
      errors.push(...rootType(schema.openAPIV3Schema, `${at(path, index)}.schema.openAPIV3Schema`));
    }
  });
  if (!unique) errors.push(invalid(path, [...seen], 'must contain unique version names'));
  const storage = versions.filter((one) => one['storage']).length;
  const names = versions.map(({ name = '' }) => name);
  if (versions.length === 0) errors.push(invalid(path, [], 'must have exactly one version marked as storage version'));
  else if (storage !== 1) {
    errors.push(invalid(path, names, 'must have exactly one version marked as storage version'));
  }
  return errors;
}

function rootType({ type = '' }: Part, path: string): FieldError[] {
  if (!type) return [required(`${path}.type`, 'must not be empty at the root')];
  return [invalid(`${path}.type`, type, 'must be object at the root')];
}

function validateDefinition(crd: KubeObject): FieldError[] {
  const { spec = {} } = crd;
  const { group = '', scope = '', names = {} } = spec;
  const errors: FieldError[] = [];
  if (!group) errors.push(required('spec.group'));
  else {
    errors.push(...all('spec.group', group, isDns1123Subdomain(group)));
    if (group.split('.').length < 2)
      errors.push(invalid('spec.group', group, 'should be a domain with at least one dot'));
  }
  if (!scope) errors.push(required('spec.scope'));
  else if (!SCOPES.includes(scope)) errors.push(notSupported('spec.scope', scope, SCOPES));
  return [...errors, ...validateVersions(spec), ...validateNames(names)];
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
  prepareForUpdate: storeVersion,
  validateCreate: (crd) => [...validateName(crd), ...validateDefinition(crd)],
  validateUpdate: (crd, old) => [...updatedMeta(crd, old), ...validateDefinition(crd), ...validateFixed(crd, old)],
  validateStatusUpdate: updatedMeta,
};

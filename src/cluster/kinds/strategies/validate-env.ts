/** Environment variables and the downward API (kubernetes `pkg/apis/core/validation`). */
import { at, type FieldError, invalid, notFound, notSupported, required } from '../../api/field-error.ts';
import {
  isConfigMapKey,
  isDns1123Label,
  isDns1123Subdomain,
  isEnvVarName,
  isQualifiedName,
} from '../../validation/names.ts';
import { all, list, type Part } from './common.ts';
import { containersWithPaths } from './validate-os.ts';

export const ENV_FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
export const VOLUME_FIELDS = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];
const KNOWN_FIELDS = new Set([
  ...ENV_FIELDS,
  ...VOLUME_FIELDS,
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
]);
const RESOURCES = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];
const SUBSCRIPTED = /^(.*)\['(.*)'\]$/s;

export function validateFieldRef(
  { apiVersion = '', fieldPath = '' }: Part,
  fields: readonly string[],
  path: string,
): FieldError[] {
  if (!apiVersion) return [required(`${path}.apiVersion`)];
  if (!fieldPath) return [required(`${path}.fieldPath`)];
  const wrong = (words: string) => [invalid(`${path}.fieldPath`, fieldPath, `error converting fieldPath: ${words}`)];
  if (apiVersion !== 'v1') return wrong(`unsupported pod version: ${apiVersion}`);
  const match = SUBSCRIPTED.exec(fieldPath);
  if (match) {
    const [, map = '', key = ''] = match;
    if (map === 'metadata.annotations') return all(path, key.toLowerCase(), isQualifiedName(key.toLowerCase()));
    if (map === 'metadata.labels') return all(path, key, isQualifiedName(key));
    return wrong(`field label does not support subscript: ${fieldPath}`);
  }
  const field = fieldPath === 'spec.host' ? 'spec.nodeName' : fieldPath;
  if (!KNOWN_FIELDS.has(field)) return wrong(`field label not supported: ${fieldPath}`);
  return fields.includes(field) ? [] : [notSupported(`${path}.fieldPath`, field, fields)];
}

const DIVISORS: readonly (readonly [RegExp, readonly string[], string])[] = [
  [/^(limits|requests)\.cpu$/, ['0', '1', '1m'], "only divisor's values 1m and 1 are supported with the cpu resource"],
  [
    /^(limits|requests)\.memory$/,
    ['0', '1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'],
    "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the memory resource",
  ],
  [
    /^(limits|requests)\.ephemeral-storage$/,
    ['0', '1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'],
    "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the local ephemeral storage resource",
  ],
];

export function validateResourceFieldRef(reference: Part, path: string, volume: boolean): FieldError[] {
  const { containerName = '', resource = '', divisor = '0' } = reference;
  const errors: FieldError[] = [];
  if (volume && !containerName) errors.push(required(`${path}.containerName`));
  else if (!resource) errors.push(required(`${path}.resource`));
  else if (!RESOURCES.includes(resource) && !/^(requests|limits)\.hugepages-/.test(resource)) {
    errors.push(notSupported(`${path}.resource`, resource, RESOURCES));
  }
  for (const [pattern, allowed, words] of DIVISORS) {
    if (pattern.test(resource) && !allowed.includes(String(divisor))) {
      // Upstream prints the resource.
      errors.push(invalid(`${path}.divisor`, resource, words));
    }
  }
  return errors;
}

function validateKeyRef({ name = '', key = '' }: Part, path: string): FieldError[] {
  return [
    ...all(`${path}.name`, name, isDns1123Subdomain(name)),
    ...(key ? all(`${path}.key`, key, isConfigMapKey(key)) : [required(`${path}.key`)]),
  ];
}

function validateFileKey({ key = '', volumeName = '', path: file = '' }: Part, path: string): FieldError[] {
  return [
    ...(key ? all(`${path}.key`, key, isEnvVarName(key)) : [required(`${path}.key`)]),
    ...(volumeName
      ? all(`${path}.volumeName`, volumeName, isDns1123Label(volumeName))
      : [required(`${path}.volumeName`)]),
    ...(file ? validateNoBacksteps(file, `${path}.path`) : [required(`${path}.path`)]),
  ];
}

const validateNoBacksteps = (text: string, path: string): FieldError[] =>
  text.split('/').includes('..') ? [invalid(path, text, "must not contain '..'")] : [];

/** Variables from files: their volumes are empty directories of the pod. */
export function validateFileKeyVolumes(spec: Part, path: string): FieldError[] {
  const volumes = new Map(list(spec['volumes']).map((volume) => [volume['name'] ?? '', volume]));
  return containersWithPaths(spec, path).flatMap(({ container, path: place }) =>
    list(container['env']).flatMap(({ valueFrom }, index) => {
      const reference = valueFrom?.fileKeyRef as Part | undefined;
      if (!reference) return [];
      const where = `${at(`${place}.env`, index)}.valueFrom.fileKeyRef.volumeName`;
      const { volumeName = '' } = reference;
      const volume = volumes.get(volumeName);
      if (!volume) return [notFound(where, volumeName)];
      return volume['emptyDir'] ? [] : [invalid(where, volumeName, 'referenced volume must be of type emptyDir')];
    }),
  );
}

const SOURCES: readonly (readonly [string, (source: Part, path: string) => FieldError[]])[] = [
  ['fieldRef', (source, path) => validateFieldRef(source, ENV_FIELDS, path)],
  ['resourceFieldRef', (source, path) => validateResourceFieldRef(source, path, false)],
  ['configMapKeyRef', validateKeyRef],
  ['secretKeyRef', validateKeyRef],
  ['fileKeyRef', validateFileKey],
];
const NO_SOURCE =
  'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';

export function validateEnv(variables: Part[], path: string): FieldError[] {
  return variables.flatMap(({ name = '', value, valueFrom }, index) => {
    const place = at(path, index);
    const errors = name ? all(`${place}.name`, name, isEnvVarName(name)) : [required(`${place}.name`)];
    if (!valueFrom) return errors;
    const from = `${place}.valueFrom`;
    const given = SOURCES.filter(([field]) => valueFrom[field]);
    for (const [field, check] of given) errors.push(...check(valueFrom[field], `${from}.${field}`));
    if (given.length === 0) errors.push(invalid(from, '', NO_SOURCE));
    else if (value) errors.push(invalid(from, '', 'may not be specified when `value` is not empty'));
    else if (given.length > 1) {
      errors.push(invalid(from, '', 'may not have more than one field specified at a time'));
    }
    return errors;
  });
}

export function validateEnvFrom(sources: Part[], path: string): FieldError[] {
  return sources.flatMap(({ prefix, configMapRef, secretRef }, index) => {
    const place = at(path, index);
    const errors = prefix ? all(`${place}.prefix`, prefix, isEnvVarName(prefix)) : [];
    const source = ({ name = '' }: Part, field: string) =>
      name ? all(`${place}.${field}.name`, name, prefixName(name)) : [required(`${place}.${field}.name`)];
    if (configMapRef) errors.push(...source(configMapRef, 'configMapRef'));
    if (secretRef) errors.push(...source(secretRef, 'secretRef'));
    // Upstream's path is the list's.
    if (!configMapRef && !secretRef) {
      errors.push(invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    } else if (configMapRef && secretRef) {
      errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
    }
    return errors;
  });
}

/** These names are checked as if more were to follow. */
const prefixName = (name: string): string[] =>
  isDns1123Subdomain(name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name);

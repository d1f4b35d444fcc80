/**
 * Volumes of pods (kubernetes `pkg/apis/core/validation`). The sources that a modern cluster has are checked in full;
 * those of long gone volume plugins only as to being the volume's only source.
 */
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
import type { ObjectMeta } from '../../api/object.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../validation/names.ts';
import { validateAnnotations, validateLabels } from '../../validation/metadata.ts';
import { all, isEmpty, list, nanosOf, type Part } from './common.ts';
import { validateClaimSpec } from './claims.ts';
import { validateFieldRef, validateResourceFieldRef, VOLUME_FIELDS } from './validate-env.ts';

const MODE_WORDS = 'must be a number between 0 and 0777 (octal), both inclusive';
const MOST_MODE = 0o777;

export function validateRelativePath(text: string, path: string): FieldError[] {
  const errors = text.startsWith('/') ? [invalid(path, text, 'must be a relative path')] : [];
  return [...errors, ...validateNoBacksteps(text, path)];
}

const validateNoBacksteps = (text: string, path: string): FieldError[] =>
  text.split('/').includes('..') ? [invalid(path, text, "must not contain '..'")] : [];

function validateLocalPath(text: string, path: string): FieldError[] {
  const reserved = text.startsWith('..') && !text.startsWith('../') && text !== '..';
  const dots = text === '..' || reserved;
  return [...validateRelativePath(text, path), ...(dots ? [invalid(path, text, "must not start with '..'")] : [])];
}

const validateMode = (mode: unknown, path: string): FieldError[] =>
  typeof mode === 'number' && (mode < 0 || mode > MOST_MODE) ? [invalid(path, mode, MODE_WORDS)] : [];

function validateItems(items: Part[], path: string): FieldError[] {
  return items.flatMap(({ key = '', path: target = '', mode }, index) => {
    const place = at(path, index);
    return [
      ...(key ? [] : [required(`${place}.key`)]),
      ...(target ? [] : [required(`${place}.path`)]),
      ...validateLocalPath(target, `${place}.path`),
      ...validateMode(mode, `${place}.mode`),
    ];
  });
}

function validateFile({ path: target = '', fieldRef, resourceFieldRef, mode }: Part, path: string): FieldError[] {
  const errors = target ? [] : [required(`${path}.path`)];
  errors.push(...validateLocalPath(target, `${path}.path`));
  if (fieldRef) {
    errors.push(...validateFieldRef(fieldRef, VOLUME_FIELDS, `${path}.fieldRef`));
    if (resourceFieldRef) {
      errors.push(invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
    }
  } else if (resourceFieldRef) {
    errors.push(...validateResourceFieldRef(resourceFieldRef, `${path}.resourceFieldRef`, true));
  } else errors.push(required(path, 'one of fieldRef and resourceFieldRef is required'));
  return [...errors, ...validateMode(mode, `${path}.mode`)];
}

const HOST_PATH_TYPES = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];

function validateHostPath({ path: target = '', type }: Part, path: string): FieldError[] {
  if (!target) return [required(`${path}.path`)];
  const known = typeof type !== 'string' || HOST_PATH_TYPES.includes(type);
  return [
    ...validateNoBacksteps(target, `${path}.path`),
    ...(known ? [] : [notSupported(`${path}.type`, type, HOST_PATH_TYPES)]),
  ];
}

const named =
  (field: string) =>
  (source: Part, path: string): FieldError[] => [
    ...(source[field] ? [] : [required(`${path}.${field}`)]),
    ...validateMode(source['defaultMode'], `${path}.defaultMode`),
    ...validateItems(list(source['items']), `${path}.items`),
  ];

function validateToken(
  { expirationSeconds: seconds, path: target = '' }: Part,
  path: string,
  list: string,
): FieldError[] {
  const place = `${path}.expirationSeconds`;
  const errors: FieldError[] = [];
  if (typeof seconds !== 'number') errors.push(required(place));
  else if (seconds < 600) errors.push(invalid(place, seconds, 'may not specify a duration less than 10 minutes'));
  else if (seconds > 2 ** 32)
    errors.push(invalid(place, seconds, 'may not specify a duration larger than 2^32 seconds'));
  // Upstream's path is the volume's.
  if (!target) errors.push(required(`${list}.path`));
  else errors.push(...validateLocalPath(target, `${list}.path`));
  return errors;
}

function validateProjected(projected: Part, path: string): FieldError[] {
  const errors = validateMode(projected['defaultMode'], `${path}.defaultMode`);
  const paths = new Set<string>();
  const claim = (target: string | undefined, printed: string) => {
    if (!target) return;
    if (paths.has(target)) errors.push(invalid(path, printed, 'conflicting duplicate paths'));
    paths.add(target);
  };
  list(projected['sources']).forEach((source, index) => {
    const place = at(`${path}.sources`, index);
    for (const kind of ['secret', 'configMap']) {
      const one = source[kind] as Part | undefined;
      if (!one) continue;
      if (!one['name']) errors.push(required(`${place}.${kind}.name`));
      errors.push(...validateItems(list(one['items']), `${place}.${kind}.items`));
      for (const item of list(one['items'])) claim(item['path'], one['name'] ?? '');
    }
    for (const file of list(source['downwardAPI']?.items)) {
      errors.push(...validateFile(file, `${place}.downwardAPI`));
      claim(file['path'], file['path'] ?? '');
    }
    const token = source['serviceAccountToken'] as Part | undefined;
    if (token) errors.push(...validateToken(token, `${place}.serviceAccountToken`, path));
    const count = Object.values(source).filter((one) => one !== undefined && one !== null).length;
    if (count > 1) errors.push(forbidden(place, 'may not specify more than 1 volume type per source'));
  });
  return errors;
}

type SourceCheck = (source: Part, path: string) => FieldError[];

const unchecked: SourceCheck = () => [];

/** Sources in upstream's order; the path in the error is not always the field's. */
const SOURCES: readonly (readonly [string, SourceCheck, string?])[] = [
  ['hostPath', validateHostPath],
  ['gitRepo', unchecked],
  ['gcePersistentDisk', unchecked],
  ['awsElasticBlockStore', unchecked],
  ['secret', named('secretName')],
  ['nfs', validateNfs],
  ['iscsi', unchecked],
  ['glusterfs', unchecked],
  ['flocker', unchecked],
  ['persistentVolumeClaim', ({ claimName }, path) => (claimName ? [] : [required(`${path}.claimName`)])],
  ['rbd', unchecked],
  ['cinder', unchecked],
  ['cephfs', unchecked, 'cephFS'],
  ['quobyte', unchecked],
  ['downwardAPI', validateDownwardApi, 'downwarAPI'],
  ['fc', unchecked],
  ['flexVolume', unchecked],
  ['configMap', named('name')],
  ['azureFile', unchecked],
  ['vsphereVolume', unchecked],
  ['photonPersistentDisk', unchecked],
  ['portworxVolume', unchecked],
  ['azureDisk', unchecked],
  ['storageos', unchecked],
  ['projected', validateProjected],
  ['scaleIO', unchecked],
  ['csi', validateCsi],
  ['ephemeral', validateEphemeral],
  ['image', validateImage],
];

function validateNfs({ server, path: target = '' }: Part, path: string): FieldError[] {
  return [
    ...(server ? [] : [required(`${path}.server`)]),
    ...(target ? [] : [required(`${path}.path`)]),
    ...(target.startsWith('/') ? [] : [invalid(`${path}.path`, target, 'must be an absolute path')]),
  ];
}

function validateDownwardApi(source: Part, path: string): FieldError[] {
  return [
    ...validateMode(source['defaultMode'], `${path}.defaultMode`),
    ...list(source['items']).flatMap((file) => validateFile(file, path)),
  ];
}

const MOST_DRIVER = 63;

function validateCsi({ driver = '', nodePublishSecretRef: secret }: Part, path: string): FieldError[] {
  const place = `${path}.driver`;
  const errors = driver ? all(place, driver, isDns1123Subdomain(driver.toLowerCase())) : [required(place)];
  if (driver.length > MOST_DRIVER) errors.unshift(tooLong(place, MOST_DRIVER));
  const { name = '' } = secret ?? {};
  // Upstream's path of a wrong name is the source's.
  if (secret && !name) errors.push(required(`${path}.nodePublishSecretRef.name`));
  else if (secret) errors.push(...all(`${path}.name`, name, isDns1123Subdomain(name)));
  return errors;
}

/** Of the metadata of a template only labels and annotations mean something. */
function validateTemplateMeta(meta: Part, path: string): FieldError[] {
  return [
    ...validateAnnotations(meta['annotations'], `${path}.annotations`),
    ...validateLabels(meta['labels'], `${path}.labels`),
    ...Object.keys(META)
      .filter((field) => !isEmpty(meta[field]) && meta[field] !== 0)
      .map((field) => forbidden(`${path}.${META[field]}`, 'cannot be set')),
  ];
}

/** In the order of Go's struct, whose names upstream prints. */
const META: Readonly<Record<string, string>> = {
  name: 'name',
  generateName: 'generateName',
  namespace: 'namespace',
  selfLink: 'selfLink',
  uid: 'uID',
  resourceVersion: 'resourceVersion',
  generation: 'generation',
  creationTimestamp: 'creationTimestamp',
  deletionTimestamp: 'deletionTimestamp',
  deletionGracePeriodSeconds: 'deletionGracePeriodSeconds',
  ownerReferences: 'ownerReferences',
  finalizers: 'finalizers',
  managedFields: 'managedFields',
};

function validateEphemeral({ volumeClaimTemplate: template }: Part, path: string): FieldError[] {
  const place = `${path}.volumeClaimTemplate`;
  if (!template) return [required(place)];
  return [
    ...validateTemplateMeta(template.metadata ?? {}, `${place}.metadata`),
    ...validateClaimSpec(template.spec ?? {}, `${place}.spec`),
  ];
}

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];

function validateImage({ reference, pullPolicy = '' }: Part, path: string): FieldError[] {
  const errors = reference ? [] : [required(`${path}.reference`)];
  if (!pullPolicy) errors.push(required(`${path}.pullPolicy`));
  else if (!PULL_POLICIES.includes(pullPolicy)) {
    errors.push(notSupported(`${path}.pullPolicy`, pullPolicy, PULL_POLICIES));
  }
  return errors;
}

function validateSource(volume: Part, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  const { emptyDir } = volume;
  if (emptyDir) {
    count++;
    if (nanosOf(emptyDir.sizeLimit) < 0n) {
      errors.push(forbidden(`${path}.emptyDir.sizeLimit`, 'SizeLimit field must be a valid resource quantity'));
    }
  }
  for (const [name, check, printed = name] of SOURCES) {
    const source = volume[name] as Part | undefined;
    if (!source) continue;
    if (count > 0) errors.push(forbidden(`${path}.${printed}`, 'may not specify more than 1 volume type'));
    else errors.push(...check(source, `${path}.${name}`));
    count++;
  }
  return count > 0 ? errors : [required(path, 'must specify a volume type')];
}

/** The volumes that are right, by name, and what is wrong with the others. */
export function validateVolumes(
  volumes: Part[],
  meta: ObjectMeta | undefined,
  path: string,
): { known: Map<string, Part>; errors: FieldError[] } {
  const known = new Map<string, Part>();
  const errors: FieldError[] = [];
  const made = new Set(volumes.filter((one) => one['ephemeral']).map(({ name }) => `${meta?.name}-${name}`));
  volumes.forEach((volume, index) => {
    const place = at(path, index);
    const { name = '' } = volume;
    const own = validateSource(volume, place);
    own.push(...(name ? all(`${place}.name`, name, isDns1123Label(name)) : [required(`${place}.name`)]));
    if (known.has(name)) own.push(duplicate(`${place}.name`, name));
    if (own.length === 0) known.set(name, volume);
    errors.push(...own);
    const claim = volume['persistentVolumeClaim']?.claimName;
    if (meta?.name && claim !== undefined && made.has(claim)) {
      const words = 'must not reference a PVC that gets created for an ephemeral volume';
      errors.push(invalid(`${place}.persistentVolumeClaim.claimName`, claim, words));
    }
  });
  return { known, errors };
}

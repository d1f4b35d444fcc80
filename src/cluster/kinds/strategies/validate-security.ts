/** Security contexts (kubernetes `pkg/apis/core/validation`). */
import { at, type FieldError, invalid, notSupported, required } from '../../api/field-error.ts';
import { isInRange } from '../../validation/names.ts';
import { all, list, type Part } from './common.ts';
import { validateWindowsOptions } from './validate-os.ts';
import { validateRelativePath } from './validate-volumes.ts';

const MOST_ID = 2147483647;
const PROC_MOUNTS = ['Default', 'Unmasked'];
const PROFILES = ['Localhost', 'RuntimeDefault', 'Unconfined'];

const validateId = (value: unknown, path: string): FieldError[] =>
  typeof value === 'number' ? all(path, value, isInRange(value, 0, MOST_ID)) : [];

function validateSeccomp(profile: Part | undefined, path: string): FieldError[] {
  if (!profile) return [];
  const { type = '', localhostProfile: local } = profile;
  const place = `${path}.localhostProfile`;
  const errors: FieldError[] = [];
  if (!type) errors.push(required(`${path}.type`, 'type is required when seccompProfile is set'));
  else if (!PROFILES.includes(type)) errors.push(notSupported(`${path}.type`, type, PROFILES));
  const has = typeof local === 'string';
  if (type === 'Localhost') {
    if (has) errors.push(...validateRelativePath(local, place));
    else errors.push(required(place, 'must be set when seccomp type is Localhost'));
  } else if (has) {
    const printed = { Type: type, LocalhostProfile: local };
    errors.push(invalid(place, printed, 'can only be set when seccomp type is Localhost'));
  }
  return errors;
}

function validateAppArmor(profile: Part | undefined, path: string): FieldError[] {
  if (!profile) return [];
  const { type = '', localhostProfile: local } = profile;
  const place = `${path}.localhostProfile`;
  const missing = required(place, 'must be set when AppArmor type is Localhost');
  if (!type) return [required(`${path}.type`, 'type is required when appArmorProfile is set')];
  if (!PROFILES.includes(type)) return [notSupported(`${path}.type`, type, PROFILES)];
  if (type !== 'Localhost') {
    return typeof local === 'string' ? [invalid(place, local, 'can only be set when AppArmor type is Localhost')] : [];
  }
  if (typeof local !== 'string') return [missing];
  if (local.trim() !== local) return [invalid(place, local, 'must not be padded with whitespace')];
  return local === '' ? [missing] : [];
}

/** A container's. Privileged containers are allowed, as kube-apiserver has it with `--allow-privileged`. */
export function validateSecurityContext(context: Part | undefined, path: string, hostUsers: boolean): FieldError[] {
  if (!context) return [];
  const { procMount, allowPrivilegeEscalation: escalate, privileged, capabilities } = context;
  const errors = [
    ...validateId(context['runAsUser'], `${path}.runAsUser`),
    ...validateId(context['runAsGroup'], `${path}.runAsGroup`),
  ];
  if (typeof procMount === 'string') {
    const place = `${path}.procMount`;
    if (!PROC_MOUNTS.includes(procMount)) errors.push(notSupported(place, procMount, PROC_MOUNTS));
    if (hostUsers && procMount === 'Unmasked') {
      errors.push(invalid(place, procMount, '`hostUsers` must be false to use `Unmasked`'));
    }
  }
  errors.push(...validateSeccomp(context['seccompProfile'], `${path}.seccompProfile`));
  if (escalate === false) {
    const refuse = (what: string) =>
      errors.push(
        invalid(path, printedContext(context), `cannot set \`allowPrivilegeEscalation\` to false and ${what}`),
      );
    if (privileged) refuse('`privileged` to true');
    for (const one of capabilities?.add ?? []) {
      if (one === 'CAP_SYS_ADMIN') refuse('`capabilities.Add` CAP_SYS_ADMIN');
    }
  }
  return [
    ...errors,
    ...validateWindowsOptions(context['windowsOptions'], `${path}.windowsOptions`),
    ...validateAppArmor(context['appArmorProfile'], `${path}.appArmorProfile`),
  ];
}

const CONTEXT_FIELDS = [
  'capabilities',
  'privileged',
  'seLinuxOptions',
  'windowsOptions',
  'runAsUser',
  'runAsGroup',
  'runAsNonRoot',
  'readOnlyRootFilesystem',
  'allowPrivilegeEscalation',
  'procMount',
  'seccompProfile',
  'appArmorProfile',
];

const upper = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`.replace('SeLinux', 'SELinux');

/** As Go prints its internal type. */
function printedContext(context: Part): Part {
  const inner = (value: unknown): unknown =>
    value && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).map(([key, one]) => [upper(key), one]))
      : (value ?? null);
  const printed = Object.fromEntries(CONTEXT_FIELDS.map((field) => [upper(field), inner(context[field])]));
  const { capabilities, seccompProfile: seccomp, appArmorProfile: armor } = context;
  const profile = ({ type = '', localhostProfile = null }: Part) => ({
    Type: type,
    LocalhostProfile: localhostProfile,
  });
  if (seccomp) printed['SeccompProfile'] = profile(seccomp);
  if (armor) printed['AppArmorProfile'] = profile(armor);
  if (capabilities) printed['Capabilities'] = { Add: capabilities.add ?? null, Drop: capabilities.drop ?? null };
  return printed;
}

const FS_GROUP_POLICIES = ['Always', 'OnRootMismatch'];
const GROUPS_POLICIES = ['Merge', 'Strict'];
const SELINUX_POLICIES = ['MountOption', 'Recursive'];
const SYSCTL = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;
const SYSCTL_WORDS =
  'must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$';

/** Kernel parameters of the IPC namespace besides `fs.mqueue.*` (component-helpers `node/util/sysctl`). */
const IPC = new Set(
  ['sem', 'shmall', 'shmmax', 'shmmni', 'shm_rmid_forced', 'shm', 'msgmax', 'msgmnb', 'msgmni', 'msg'].map(
    (name) => `kernel.${name}`,
  ),
);

/** A parameter of a namespace that the pod shares with its host is the host's. */
function validateHostSysctl(name: string, spec: Part, path: string): FieldError[] {
  // The first separator tells which one separates; the other is a part of the name then.
  const slash = name.search(/[./]/);
  const dotted = name[slash] === '/' ? name.replaceAll(/[./]/g, (one) => (one === '/' ? '.' : '/')) : name;
  const refuse = (field: string) => [invalid(path, name, `may not be specified when '${field}' is true`)];
  if (spec['hostNetwork'] && dotted.startsWith('net.')) return refuse('hostNetwork');
  return spec['hostIPC'] && (IPC.has(dotted) || dotted.startsWith('fs.mqueue.')) ? refuse('hostIPC') : [];
}

/** A pod's. */
export function validatePodSecurityContext(spec: Part, path: string): FieldError[] {
  const context = spec['securityContext'] as Part | undefined;
  if (!context) return [];
  const errors = ['fsGroup', 'runAsUser', 'runAsGroup'].flatMap((field) =>
    validateId(context[field], `${path}.${field}`),
  );
  (context['supplementalGroups'] ?? []).forEach((id: number, index: number) => {
    errors.push(...validateId(id, at(`${path}.supplementalGroups`, index)));
  });
  const names = new Set<string>();
  list(context['sysctls']).forEach(({ name = '' }, index) => {
    const place = `${at(`${path}.sysctls`, index)}.name`;
    if (!name) errors.push(required(place));
    else if (name.length > 253 || !SYSCTL.test(name)) errors.push(invalid(place, name, SYSCTL_WORDS));
    else if (names.has(name)) {
      errors.push({ type: 'FieldValueDuplicate', field: place, message: `Duplicate value: ${JSON.stringify(name)}` });
    }
    names.add(name);
    errors.push(...validateHostSysctl(name, spec, place));
  });
  const one = (field: string, allowed: readonly string[]) => {
    const value = context[field];
    if (typeof value === 'string' && !allowed.includes(value)) {
      errors.push(notSupported(`${path}.${field}`, value, allowed));
    }
  };
  one('fsGroupChangePolicy', FS_GROUP_POLICIES);
  errors.push(
    ...validateSeccomp(context['seccompProfile'], `${path}.seccompProfile`),
    ...validateWindowsOptions(context['windowsOptions'], `${path}.windowsOptions`),
    ...validateAppArmor(context['appArmorProfile'], `${path}.appArmorProfile`),
  );
  one('supplementalGroupsPolicy', GROUPS_POLICIES);
  one('seLinuxChangePolicy', SELINUX_POLICIES);
  return errors;
}

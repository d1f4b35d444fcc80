/** What a pod may say when it is for Linux or for Windows (kubernetes `pkg/apis/core/validation`). Pure. */
import { at, type FieldError, forbidden, invalid, notSupported, required } from '../../api/field-error.ts';
import { isDns1123Subdomain } from '../../validation/names.ts';
import { all, list, type Part } from './common.ts';

const SYSTEMS = ['linux', 'windows'];
const POD_LINUX = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'fsGroup',
  'fsGroupChangePolicy',
  'sysctls',
  'runAsUser',
  'runAsGroup',
  'supplementalGroups',
  'supplementalGroupsPolicy',
  'seLinuxChangePolicy',
];
const CONTAINER_LINUX = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
];

/** All containers of a pod, with their paths. */
export const containersWithPaths = (spec: Part, path: string): { container: Part; path: string }[] =>
  ['initContainers', 'containers', 'ephemeralContainers'].flatMap((kind) =>
    list(spec[kind]).map((container, index) => ({ container, path: at(`${path}.${kind}`, index) })),
  );

const isSet = (value: unknown): boolean => value !== undefined && value !== null;

function validateWindowsPod(spec: Part, path: string): FieldError[] {
  const refuse = (place: string) => forbidden(place, 'cannot be set for a windows pod');
  const context: Part = spec['securityContext'] ?? {};
  const given = (field: string) => (field === 'sysctls' ? list(context[field]).length > 0 : isSet(context[field]));
  const errors = POD_LINUX.filter(given).map((field) => refuse(`${path}.securityContext.${field}`));
  if (isSet(spec['hostUsers'])) errors.push(refuse(`${path}.hostUsers`));
  for (const field of ['hostPID', 'hostIPC']) if (spec[field]) errors.push(refuse(`${path}.${field}`));
  if (isSet(spec['shareProcessNamespace'])) errors.push(refuse(`${path}.shareProcessNamespace`));
  for (const { container, path: place } of containersWithPaths(spec, path)) {
    const own: Part = container['securityContext'] ?? {};
    for (const field of CONTAINER_LINUX) {
      if (isSet(own[field])) errors.push(refuse(`${place}.securityContext.${field}`));
    }
  }
  return errors;
}

function validateLinuxPod(spec: Part, path: string): FieldError[] {
  const words = 'windows options cannot be set for a linux pod';
  const places = [
    ...(spec['securityContext']?.windowsOptions ? [path] : []),
    ...containersWithPaths(spec, path).flatMap(({ container, path: place }) =>
      container['securityContext']?.windowsOptions ? [place] : [],
    ),
  ];
  return places.map((place) => forbidden(`${place}.securityContext.windowsOptions`, words));
}

export function validateOs(spec: Part, path: string): FieldError[] {
  const { os } = spec;
  if (!os) return [];
  const { name = '' } = os;
  if (!name) return [required(`${path}.os.name`)];
  if (!SYSTEMS.includes(name)) return [notSupported(`${path}.os`, name, SYSTEMS)];
  return name === 'linux' ? validateLinuxPod(spec, path) : validateWindowsPod(spec, path);
}

const MOST_SPEC = 64 * 1024;
const MOST_DOMAIN = 256;
const MOST_USER = 104;
// oxlint-disable-next-line no-control-regex -- what the rule forbids
const CONTROL = /[\x00-\x1f\x7f]/;
const NETBIOS = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const DNS = /^[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)*$/;
const USER_CHARACTERS = /["/\\:;|=,+*?<>@[\]]/;

function userProblems(text: string): string[] {
  if (text === '') return ['runAsUserName cannot be an empty string'];
  if (CONTROL.test(text)) return ['runAsUserName cannot contain control characters'];
  const parts = text.split('\\');
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash'];
  const user = parts.at(-1) ?? '';
  const domain = parts.length === 2 ? parts[0] : undefined;
  const size = Buffer.byteLength(user);
  return [
    ...(domain !== undefined && Buffer.byteLength(domain) >= MOST_DOMAIN
      ? [`runAsUserName's Domain length must be under ${MOST_DOMAIN} characters`]
      : []),
    ...(domain !== undefined && !NETBIOS.test(domain) && !DNS.test(domain)
      ? ["runAsUserName's Domain doesn't match the NetBios nor the DNS format"]
      : []),
    ...(size === 0 ? ["runAsUserName's User cannot be empty"] : []),
    ...(size > MOST_USER ? [`runAsUserName's User length must not be longer than ${MOST_USER} characters`] : []),
    ...(/^[. ]+$/.test(user) ? ["runAsUserName's User cannot contain only periods or spaces"] : []),
    ...(USER_CHARACTERS.test(user)
      ? ['runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]']
      : []),
  ];
}

/** Windows' part of a security context. */
export function validateWindowsOptions(options: Part | undefined, path: string): FieldError[] {
  if (!options) return [];
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: text, runAsUserName: user } = options;
  const errors: FieldError[] = [];
  if (typeof name === 'string') errors.push(...all(`${path}.gmsaCredentialSpecName`, name, isDns1123Subdomain(name)));
  if (text === '') {
    errors.push(invalid(`${path}.gmsaCredentialSpec`, text, 'gmsaCredentialSpec cannot be an empty string'));
  } else if (typeof text === 'string' && Buffer.byteLength(text) > MOST_SPEC) {
    errors.push(invalid(`${path}.gmsaCredentialSpec`, text, 'gmsaCredentialSpec size must be under 64 KiB'));
  }
  if (typeof user === 'string') errors.push(...all(`${path}.runAsUserName`, user, userProblems(user)));
  return errors;
}

/** Either all containers run as processes of the host or none does. */
export function validateHostProcess(spec: Part, path: string): FieldError[] {
  const pods: boolean | undefined = spec['securityContext']?.windowsOptions?.hostProcess ?? undefined;
  const containers = containersWithPaths(spec, path);
  const errors: FieldError[] = [];
  let count = 0;
  for (const { container, path: place } of containers) {
    const own: boolean | undefined = container['securityContext']?.windowsOptions?.hostProcess ?? undefined;
    if (own ?? pods) count++;
    if (own === undefined || pods === undefined || own === pods) continue;
    const words = `pod hostProcess value must be identical if both are specified, was ${pods}`;
    errors.push(invalid(`${place}.securityContext.windowsOptions.hostProcess`, own, words));
  }
  if (count === 0) return errors;
  if (count < containers.length) {
    const words = 'If pod contains any hostProcess containers then all containers must be HostProcess containers';
    errors.push(invalid(path, '', words));
  }
  if (!spec['hostNetwork']) {
    const words = 'hostNetwork must be true if pod contains any hostProcess containers';
    errors.push(invalid(`${path}.hostNetwork`, false, words));
  }
  return errors;
}

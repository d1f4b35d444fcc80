/** Pod specs, in pods and in templates (kubernetes `pkg/apis/core/validation`, `ValidatePodSpec`). */
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
import { isValidIpForLegacyField } from '../../validation/ip.ts';
import { validateAnnotations, validateLabels } from '../../validation/metadata.ts';
import {
  isDns1123Label,
  isDns1123Subdomain,
  isDns1123SubdomainWithUnderscore,
  isInRange,
  isQualifiedName,
} from '../../validation/names.ts';
import { all, list, type Part, texts } from './common.ts';
import { validateContainerResourceName } from './resources.ts';
import { type PodContext, validateContainers, validateInitContainers } from './validate-container.ts';
import { validateFileKeyVolumes } from './validate-env.ts';
import { validateEphemeralContainers } from './validate-ephemeral.ts';
import { containersWithPaths, validateHostProcess, validateOs } from './validate-os.ts';
import { validatePodResources } from './validate-pod-resources.ts';
import { validateRequirements } from './validate-resources.ts';
import { validateAffinity, validateSpread, validateTolerations } from './validate-scheduling.ts';
import { validatePodSecurityContext } from './validate-security.ts';
import { validateVolumes } from './validate-volumes.ts';

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const PREEMPTION = ['PreemptLowerPriority', 'Never'];
const MOST_INT32 = 2147483647;

function oneOf(value: string, allowed: readonly string[], path: string): FieldError[] {
  if (!value) return [required(path)];
  return allowed.includes(value) ? [] : [notSupported(path, value, allowed)];
}

/** With the host's network a container's port is the host's. */
function validateHostNetwork(spec: Part, path: string, isPod: boolean): FieldError[] {
  if (!spec['hostNetwork']) return [];
  return list(spec['containers']).flatMap((container, index) =>
    list(container['ports']).flatMap(({ hostPort = 0, containerPort = 0 }, i) => {
      if (hostPort === containerPort || (hostPort === 0 && !isPod)) return [];
      const place = `${at(`${at(`${path}.containers`, index)}.ports`, i)}.hostPort`;
      return [invalid(place, hostPort, 'must match `containerPort` when `hostNetwork` is true')];
    }),
  );
}

function validateDns(spec: Part, path: string): FieldError[] {
  const { dnsPolicy, dnsConfig: config } = spec;
  const servers = texts(config?.nameservers);
  const searches = texts(config?.searches);
  if (dnsPolicy === 'None') {
    if (!config) return [required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')];
    if (servers.length === 0) {
      const words = 'must provide at least one DNS nameserver when `dnsPolicy` is None';
      return [required(`${path}.nameservers`, words)];
    }
  }
  if (!config) return [];
  const errors: FieldError[] = [];
  if (servers.length > 3) errors.push(invalid(`${path}.nameservers`, servers, 'must not have more than 3 nameservers'));
  servers.forEach((one, i) => errors.push(...isValidIpForLegacyField(at(`${path}.nameservers`, i), one)));
  if (searches.length > 32) {
    errors.push(invalid(`${path}.searches`, searches, 'must not have more than 32 search paths'));
  }
  if (searches.join(' ').length > 2048) {
    const words = 'must not have more than 2048 characters (including spaces) in the search list';
    errors.push(invalid(`${path}.searches`, searches, words));
  }
  searches.forEach((one, i) => {
    if (one === '.') return;
    const search = one.endsWith('.') ? one.slice(0, -1) : one;
    errors.push(...all(at(`${path}.searches`, i), search, isDns1123SubdomainWithUnderscore(search)));
  });
  list(config.options).forEach(({ name }, i) => {
    if (!name) errors.push(required(at(`${path}.options`, i), 'must not be empty'));
  });
  return errors;
}

function validateGates(spec: Part, path: string): FieldError[] {
  const errors = list(spec['readinessGates']).flatMap(({ conditionType = '' }, i) =>
    all(`${at(`${path}.readinessGates`, i)}.conditionType`, conditionType, isQualifiedName(conditionType)),
  );
  const seen = new Set<string>();
  list(spec['schedulingGates']).forEach(({ name = '' }, i) => {
    const place = at(`${path}.schedulingGates`, i);
    errors.push(...all(place, name, isQualifiedName(name)));
    if (seen.has(name)) {
      errors.push({ type: 'FieldValueDuplicate', field: place, message: `Duplicate value: ${JSON.stringify(name)}` });
    }
    seen.add(name);
  });
  return errors;
}

function validateHostUsers(spec: Part, path: string): FieldError[] {
  if (spec['hostUsers'] !== false) return [];
  const words = 'when `hostUsers` is false';
  return [
    ...(spec['hostNetwork'] ? [forbidden(`${path}.hostNetwork`, words)] : []),
    ...(spec['hostPID'] ? [forbidden(`${path}.HostPID`, words)] : []),
    ...(spec['hostIPC'] ? [forbidden(`${path}.HostIPC`, words)] : []),
    ...containersWithPaths(spec, path).flatMap(({ container, path: place }) =>
      list(container['volumeDevices']).length > 0 ? [forbidden(`${place}.volumeDevices`, words)] : [],
    ),
  ];
}

const MOST_HOSTNAME = 64;

function validateHostnameOverride(spec: Part, path: string): FieldError[] {
  const { hostnameOverride: name } = spec;
  if (typeof name !== 'string') return [];
  const place = `${path}.hostnameOverride`;
  return [
    ...['setHostnameAsFQDN', 'hostNetwork']
      .filter((field) => spec[field])
      .map((field) => forbidden(place, `may not be specified when ${field} is true`)),
    ...(Buffer.byteLength(name) > MOST_HOSTNAME ? [tooLong(place, MOST_HOSTNAME)] : []),
    ...all(place, name, isDns1123Subdomain(name)),
  ];
}

/** Claims of devices; upstream prints its internal type. */
function validateResourceClaims(claims: Part[], meta: ObjectMeta | undefined, path: string): FieldError[] {
  const seen = new Set<string>();
  return claims.flatMap((claim, index) => {
    if (meta?.annotations?.['kubernetes.io/config.mirror'] !== undefined) {
      return [forbidden('', 'static pods do not support resource claims')];
    }
    const place = at(path, index);
    const { name = '', resourceClaimName: own = null, resourceClaimTemplateName: template = null } = claim;
    const errors: FieldError[] = [];
    if (!name) errors.push(required(`${place}.name`));
    else if (seen.has(name)) errors.push(duplicate(`${place}.name`, name));
    else errors.push(...all(`${place}.name`, name, isDns1123Label(name)));
    seen.add(name);
    const printed = { Name: name, ResourceClaimName: own, ResourceClaimTemplateName: template };
    if (own !== null && template !== null) {
      const words = 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified';
      errors.push(invalid(place, printed, words));
    }
    if (own === null && template === null) {
      errors.push(invalid(place, printed, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'));
    }
    const check = (field: string, value: string | null) =>
      value === null ? [] : all(`${place}.${field}`, value, isDns1123Subdomain(value));
    return [...errors, ...check('resourceClaimName', own), ...check('resourceClaimTemplateName', template)];
  });
}

/** Names in the spec, each with its rule; only where they are given. */
const NAMES: readonly (readonly [string, (name: string) => string[]])[] = [
  ['serviceAccountName', isDns1123Subdomain],
  ['nodeName', isDns1123Subdomain],
];

function validateNames(spec: Part, path: string, names: typeof NAMES): FieldError[] {
  return names.flatMap(([field, rule]) => {
    const name = spec[field];
    return name ? all(`${path}.${field}`, name, rule(name)) : [];
  });
}

function validateHostAliases(aliases: Part[], path: string): FieldError[] {
  return aliases.flatMap(({ ip = '', hostnames }, index) => {
    const place = at(path, index);
    return [
      ...isValidIpForLegacyField(`${place}.ip`, ip),
      ...texts(hostnames).flatMap((name, i) => all(at(`${place}.hostnames`, i), name, isDns1123Subdomain(name))),
    ];
  });
}

function validateDeadline(seconds: unknown, path: string): FieldError[] {
  return typeof seconds === 'number' ? all(path, seconds, isInRange(seconds, 1, MOST_INT32)) : [];
}

/** `meta` is a pod's; templates have none here. */
export function validatePodSpec(spec: Part, meta: ObjectMeta | undefined, path: string): FieldError[] {
  const grace = spec['terminationGracePeriodSeconds'];
  const { known, errors } = validateVolumes(list(spec['volumes']), meta, `${path}.volumes`);
  const context: PodContext = {
    volumes: known,
    claimNames: new Set(list(spec['resourceClaims']).map(({ name = '' }) => name as string)),
    grace: typeof grace === 'number' ? grace : undefined,
    restartPolicy: spec['restartPolicy'] ?? '',
    hostUsers: spec['hostUsers'] !== false,
  };
  const { preemptionPolicy: preemption } = spec;
  return [
    ...errors,
    ...validateResourceClaims(list(spec['resourceClaims']), meta, `${path}.resourceClaims`),
    ...validateContainers(list(spec['containers']), context, `${path}.containers`),
    ...validateInitContainers(spec, context, `${path}.initContainers`),
    ...validateEphemeralContainers(spec, context, `${path}.ephemeralContainers`),
    ...validatePodResources(spec, context.claimNames, path),
    ...validateHostNetwork(spec, path, meta !== undefined),
    ...oneOf(context.restartPolicy, RESTART_POLICIES, `${path}.restartPolicy`),
    ...oneOf(spec['dnsPolicy'] ?? '', DNS_POLICIES, `${path}.dnsPolicy`),
    ...validateLabels(spec['nodeSelector'], `${path}.nodeSelector`),
    ...validatePodSecurityContext(spec, `${path}.securityContext`),
    ...(spec['shareProcessNamespace'] && spec['hostPID']
      ? [invalid(`${path}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled')]
      : []),
    ...validateAffinity(spec['affinity'], `${path}.affinity`),
    ...validateDns(spec, `${path}.dnsConfig`),
    ...validateGates(spec, path),
    ...validateSpread(list(spec['topologySpreadConstraints']), `${path}.topologySpreadConstraints`),
    ...validateHostProcess(spec, path),
    ...validateHostUsers(spec, path),
    ...validateHostnameOverride(spec, path),
    ...validateNames(spec, path, NAMES),
    ...validateDeadline(spec['activeDeadlineSeconds'], `${path}.activeDeadlineSeconds`),
    ...validateNames(spec, path, [
      ['hostname', isDns1123Label],
      ['subdomain', isDns1123Label],
    ]),
    ...validateTolerations(list(spec['tolerations']), `${path}.tolerations`),
    ...validateHostAliases(list(spec['hostAliases']), `${path}.hostAliases`),
    ...validateNames(spec, path, [
      ['priorityClassName', isDns1123Subdomain],
      ['runtimeClassName', isDns1123Subdomain],
    ]),
    ...(typeof preemption === 'string' ? oneOf(preemption, PREEMPTION, `${path}.preemptionPolicy`) : []),
    ...(spec['overhead']
      ? validateRequirements({ limits: spec['overhead'] }, `${path}.overhead`, validateContainerResourceName)
      : []),
    ...validateOs(spec, path),
    ...validateFileKeyVolumes(spec, path),
  ];
}

/** A template of pods; its labels are the kind's own business besides. */
export function validatePodTemplate(template: Part, path: string): FieldError[] {
  const spec = template['spec'] ?? {};
  return [
    ...validateLabels(template['metadata']?.labels, `${path}.labels`),
    ...validateAnnotations(template['metadata']?.annotations, `${path}.annotations`),
    ...validatePodSpec(spec, undefined, `${path}.spec`),
    ...(list(spec['ephemeralContainers']).length > 0
      ? [forbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template')]
      : []),
  ];
}

/** Writes to the status of pods (kubernetes `pkg/apis/core/validation`, `ValidatePodStatusUpdate`). Pure. */
import {
  at,
  duplicate,
  type FieldError,
  forbidden,
  internal,
  invalid,
  notSupported,
  required,
  tooLong,
} from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { parseIp } from '../../validation/address.ts';
import { isValidIpForLegacyField } from '../../validation/ip.ts';
import { isDns1123Label, isDns1123Subdomain, isInRange, isQualifiedName } from '../../validation/names.ts';
import { all, immutable, list, type Part } from './common.ts';
import { updatedMeta } from './metadata.ts';
import { validateAnnotationChange, validateAnnotations } from './validate-pod-annotations.ts';

/** Addresses of a list, at most one of each family. */
function validateAddresses(addresses: string[], old: string[], path: string, printed: unknown): FieldError[] {
  const errors = addresses.flatMap((ip, index) => isValidIpForLegacyField(at(path, index), ip, old));
  if (addresses.length < 2) return errors;
  const families = addresses.map((ip) => parseIp(ip)?.family);
  const wrong = families.indexOf(undefined);
  if (wrong >= 0) {
    const words = `failed to check for dual stack with error:invalid IP[${wrong}]: ${addresses[wrong]}`;
    errors.push(internal(path, words));
  }
  if (wrong >= 0 || new Set(families).size < 2 || addresses.length > 2) {
    errors.push(invalid(path, printed, 'may specify no more than one IP for each IP family'));
  }
  return errors;
}

const ipsOf = (status: Part | undefined, field: string): string[] => list(status?.[field]).map(({ ip = '' }) => ip);

function validateIps(pod: KubeObject, old: KubeObject): FieldError[] {
  const { status } = pod;
  const [pods, hosts] = [ipsOf(status, 'podIPs'), ipsOf(status, 'hostIPs')];
  const printed = (ips: string[]) => ips.map((IP) => ({ IP }));
  const errors = validateAddresses(pods, ipsOf(old['status'], 'podIPs'), 'status.podIPs', printed(pods));
  const podIp = status?.podIP ?? '';
  if ((podIp !== '') !== pods.length > 0) {
    const words = 'podIP and podIPs must either both be set or both be unset';
    errors.push(invalid('status.podIPs', printed(pods), words));
  } else if (pods.length > 0 && pods[0] !== podIp) {
    errors.push(invalid('status.podIPs[0].ip', pods[0], 'must be equal to `podIP`'));
  }
  if (hosts.length > 0) {
    if ((status?.hostIP ?? '') !== hosts[0]) {
      errors.push(invalid('status.hostIPs[0].ip', hosts[0], 'must be equal to `hostIP`'));
    }
    errors.push(...validateAddresses(hosts, ipsOf(old['status'], 'hostIPs'), 'status.hostIPs', printed(hosts)));
  }
  return errors;
}

const SYSTEM_CONDITIONS = new Set(['PodScheduled', 'Ready', 'Initialized']);

const validateConditions = (conditions: Part[]): FieldError[] =>
  conditions.flatMap(({ type = '', observedGeneration = 0 }, index) => {
    const place = at('status.conditions', index);
    const words = 'must be a non-negative integer';
    return [
      ...(observedGeneration < 0 ? [invalid(`${place}.observedGeneration`, observedGeneration, words)] : []),
      ...(SYSTEM_CONDITIONS.has(type) ? [] : all(`${place}.Type`, type, isQualifiedName(type))),
    ];
  });

/** Does a container start again after it ended? Its own rules come before the pod's (KEP-5307). */
function restarts({ restartPolicy: own, restartPolicyRules }: Part, pod: string, exitCode: number): boolean {
  if (own) {
    const matches = ({ exitCodes }: Part) =>
      (exitCodes?.values ?? []).includes(exitCode) === (exitCodes?.operator === 'In');
    if (list(restartPolicyRules).some(matches)) return true;
  }
  const policy = own ?? pod;
  return policy === 'OnFailure' ? exitCode !== 0 : policy !== 'Never';
}

const restartsAll = (container: Part): boolean =>
  list(container['restartPolicyRules']).some(({ action }) => action === 'RestartAllContainers');

/** Containers that have ended for good do not start again. */
function validateTransitions(pod: KubeObject, old: KubeObject, field: string, kind: string): FieldError[] {
  const spec: Part = old['spec'] ?? {};
  const containers = list(spec[kind]);
  const ephemeral = kind === 'ephemeralContainers';
  const all = [...list(spec['initContainers']), ...list(spec['containers'])];
  if (!ephemeral && all.some(restartsAll)) return [];
  return list(old['status']?.[field]).flatMap(({ name, state }, index) => {
    const ended = state?.terminated;
    const next = list(pod['status']?.[field]).find((one) => one['name'] === name);
    if (!ended || !next || next['state']?.terminated) return [];
    const container = containers.find((one) => one['name'] === name);
    const may = !ephemeral && container && restarts(container, spec['restartPolicy'] ?? '', ended.exitCode ?? 0);
    const words = 'may not be transitioned to non-terminated state';
    return may ? [] : [forbidden(`${at(`status.${field}`, index)}.state`, words)];
  });
}

function validateClaims(pod: KubeObject): FieldError[] {
  const path = 'status.resourceClaimStatuses';
  const claims = new Set(list(pod['spec']?.resourceClaims).map(({ name = '' }) => name));
  const seen = new Set<string>();
  return list(pod['status']?.resourceClaimStatuses).flatMap(({ name = '', resourceClaimName }, index) => {
    const place = at(path, index);
    const errors: FieldError[] = [];
    if (!claims.has(name)) {
      errors.push(invalid(`${place}.name`, name, 'must match the name of an entry in `spec.resourceClaims`'));
    }
    if (seen.has(name)) errors.push(duplicate(`${place}.name`, name));
    seen.add(name);
    if (typeof resourceClaimName === 'string') {
      errors.push(...all(`${place}.resourceClaimName`, resourceClaimName, isDns1123Subdomain(resourceClaimName)));
    }
    return errors;
  });
}

/** Devices that stand for extended resources (KEP-5004). */
function validateExtendedClaim(pod: KubeObject): FieldError[] {
  const claim = pod['status']?.extendedResourceClaimStatus as Part | undefined;
  if (!claim) return [];
  const path = 'status.extendedResourceClaimStatus';
  const spec: Part = pod['spec'] ?? {};
  const containers = new Map(
    [...list(spec['initContainers']), ...list(spec['containers'])].map((one) => [one['name'], one]),
  );
  const mappings = list(claim['requestMappings']);
  const errors: FieldError[] = [];
  if (mappings.length === 0) {
    errors.push(required(`${path}.requestMappings`, 'at least one request mapping is required'));
  }
  const seen = new Set<string>();
  mappings.forEach(({ containerName: container = '', resourceName: resource = '', requestName: request = '' }, i) => {
    const place = at(`${path}.requestMappings`, i);
    const found = containers.get(container);
    if (!found) {
      const words = 'must match the name of an entry in spec.initContainers.name or spec.containers.name';
      errors.push(invalid(`${place}.containerName`, container, words));
    } else if (found['resources']?.requests?.[resource] === undefined) {
      const where = 'spec.initContainers.resources.requests or spec.containers.resources.requests';
      const words = `must match the extended resource name of an entry in ${where}`;
      errors.push(invalid(`${place}.resourceName`, resource, words));
    }
    errors.push(...all(`${path}.requestName`, request, isDns1123Label(request)));
    const key = JSON.stringify([container, resource, request]);
    if (seen.has(key)) {
      const fields = { containerName: container, resourceName: resource, requestName: request };
      for (const [field, value] of Object.entries(fields)) errors.push(duplicate(`${place}.${field}`, value));
    }
    seen.add(key);
  });
  const { resourceClaimName: name = '' } = claim;
  if (!name) errors.push(required(`${path}.resourceClaimName`));
  else errors.push(...all(`${path}.resourceClaimName`, name, isDns1123Subdomain(name)));
  return errors;
}

const MOST_UID = 2 ** 32 - 1;
const MOST_GID = 2 ** 31 - 1;

function validateUsers(pod: KubeObject, field: string): FieldError[] {
  const system = pod['spec']?.os?.name ?? 'linux';
  return list(pod['status']?.[field]).flatMap(({ user }, index) => {
    const linux = user?.linux as Part | undefined;
    const path = `${at(`status.${field}`, index)}.user.linux`;
    if (!linux) return [];
    if (system === 'windows') return [forbidden(path, 'cannot be set for a windows pod')];
    if (system !== 'linux') return [];
    const { uid = 0, gid = 0, supplementalGroups } = linux;
    const group = (value: number, place: string) => all(place, value, isInRange(value, 0, MOST_GID));
    const words = `must be between 0 and ${MOST_UID}, inclusive`;
    return [
      ...(uid < 0 || uid > MOST_UID ? [invalid(`${path}.uid`, uid, words)] : []),
      ...group(gid, `${path}.gid`),
      ...((supplementalGroups ?? []) as number[]).flatMap((one, i) => group(one, at(`${path}.supplementalGroups`, i))),
    ];
  });
}

const HEALTH = ['Healthy', 'Unhealthy', 'Unknown'];
const MOST_MESSAGE = 1024;
const CLAIM = 'claim:';

/** Names of a container's resources that a status may speak of. */
function mayHave(name: string, container: Part, claim: Part | undefined): boolean {
  const { claims, requests } = container['resources'] ?? {};
  if (!name.startsWith(CLAIM)) return requests?.[name] !== undefined;
  const named = ({ name: own, request }: Part) => `${CLAIM}${own}${request ? `/${request}` : ''}` === name;
  if (list(claims).some(named)) return true;
  const mapped = list(claim?.['requestMappings']).find(
    ({ containerName, requestName }) =>
      containerName === container['name'] && `${CLAIM}${claim?.['resourceClaimName']}/${requestName}` === name,
  );
  return mapped !== undefined && requests?.[mapped['resourceName']] !== undefined;
}

function validateAllocated(pod: KubeObject, field: string, kind: string): FieldError[] {
  const containers = list(pod['spec']?.[kind]);
  const claim = pod['status']?.extendedResourceClaimStatus as Part | undefined;
  return list(pod['status']?.[field]).flatMap((status, index) => {
    const container = containers.find((one) => one['name'] === status['name']);
    return list(status['allocatedResourcesStatus']).flatMap(({ name = '', resources }, j) => {
      const path = at(`${at(`status.${field}`, index)}.allocatedResourcesStatus`, j);
      const errors: FieldError[] = [];
      if (container && !mayHave(name, container, claim)) {
        const words = name.startsWith(CLAIM)
          ? "must match one of the container's resource claims as 'claim:<claimName>/<requestName>' when container.resources.claims[*].request is set or 'claim:<claimName>' when it is empty"
          : "must match one of the container's resource requests";
        errors.push(invalid(`${path}.name`, name, words));
      }
      const seen = new Set<string>();
      list(resources).forEach(({ health = '', message, resourceID = '' }, k) => {
        const place = at(`${path}.resources`, k);
        if (!HEALTH.includes(health)) errors.push(notSupported(`${place}.health`, health, HEALTH));
        if (message === '') errors.push(required(`${place}.message`, 'must be non-empty if specified'));
        else if (typeof message === 'string' && Buffer.byteLength(message) > MOST_MESSAGE) {
          errors.push(tooLong(`${place}.message`, MOST_MESSAGE));
        }
        if (seen.has(resourceID)) errors.push(duplicate(`${place}.resourceID`, resourceID));
        seen.add(resourceID);
      });
      return errors;
    });
  });
}

const NONE_ALLOCATED = 'must not be specified in container status';

export function validatePodStatusUpdate(pod: KubeObject, old: KubeObject): FieldError[] {
  const status: Part = pod['status'] ?? {};
  const { nominatedNodeName: nominated = '', observedGeneration = 0 } = status;
  const path = 'status.nominatedNodeName';
  const errors = [
    ...updatedMeta(pod, old),
    ...validateAnnotationChange(pod, old),
    ...validateAnnotations(pod, old),
    ...validateConditions(list(status['conditions'])),
  ];
  if (nominated && nominated !== old['status']?.nominatedNodeName) {
    errors.push(...all(path, nominated, isDns1123Subdomain(nominated)));
    if (old['spec']?.nodeName) errors.push(forbidden(path, 'may not be set on pods that are already bound to a node'));
  }
  if (observedGeneration < 0) {
    errors.push(invalid('status.observedGeneration', observedGeneration, 'must be a non-negative integer'));
  }
  return [
    ...errors,
    ...immutable(status['qosClass'] ?? '', old['status']?.qosClass ?? '', 'status.qosClass'),
    ...validateTransitions(pod, old, 'containerStatuses', 'containers'),
    ...validateTransitions(pod, old, 'initContainerStatuses', 'initContainers'),
    ...validateTransitions(pod, old, 'ephemeralContainerStatuses', 'ephemeralContainers'),
    ...validateClaims(pod),
    ...validateExtendedClaim(pod),
    ...validateIps(pod, old),
    ...['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'].flatMap((field) =>
      validateUsers(pod, field),
    ),
    ...validateAllocated(pod, 'containerStatuses', 'containers'),
    ...validateAllocated(pod, 'initContainerStatuses', 'initContainers'),
    ...list(status['ephemeralContainerStatuses']).flatMap(({ allocatedResourcesStatus }, index) =>
      list(allocatedResourcesStatus).length > 0
        ? [forbidden(`${at('status.ephemeralContainerStatuses', index)}.allocatedResourcesStatus`, NONE_ALLOCATED)]
        : [],
    ),
  ];
}

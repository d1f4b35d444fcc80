/** Pods themselves (kubernetes `pkg/apis/core/validation`: `ValidatePodCreate`, `ValidatePodUpdate`, `ValidatePodStatusUpdate`). */
import { at, type FieldError, forbidden, invalid, keyed, required } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { parseIp } from '../../validation/address.ts';
import { isValidIpForLegacyField } from '../../validation/ip.ts';
import { notNegative } from '../../validation/metadata.ts';
import { isDns1123Subdomain, isInRange, isQualifiedName } from '../../validation/names.ts';
import { all, equal, list, type Part } from './common.ts';
import { specDiff } from './diff.ts';
import { createdMeta, updatedMeta, wholeMeta } from './metadata.ts';
import { validatePodSpec } from './validate-pod-spec.ts';
import { validateTolerations } from './validate-scheduling.ts';

const MIRROR = 'kubernetes.io/config.mirror';
const MOST_INT32 = 2147483647;

/** Images of a pod, unlike those of a template, have no space around them. */
function validateImages(spec: Part): FieldError[] {
  return ['containers', 'initContainers'].flatMap((field) =>
    list(spec[field]).flatMap(({ image = '' }, index) =>
      image.trim() === image
        ? []
        : [invalid(`${at(`spec.${field}`, index)}.image`, image, 'must not have leading or trailing whitespace')],
    ),
  );
}

function validateMirror({ metadata, spec }: KubeObject): FieldError[] {
  if (metadata.annotations?.[MIRROR] === undefined || spec?.nodeName) return [];
  const path = keyed('metadata.annotations', MIRROR);
  return [invalid(path, metadata.annotations[MIRROR], 'must set spec.nodeName if mirror pod annotation is set')];
}

function validateSpec(pod: KubeObject): FieldError[] {
  const spec: Part = pod['spec'] ?? {};
  const grace = spec['terminationGracePeriodSeconds'];
  return [
    ...validateMirror(pod),
    ...validatePodSpec(spec, pod.metadata, 'spec'),
    ...(typeof grace === 'number' ? notNegative('spec.terminationGracePeriodSeconds', grace) : []),
    ...validateImages(spec),
  ];
}

export function validatePodCreate(pod: KubeObject): FieldError[] {
  const spec: Part = pod['spec'] ?? {};
  const errors = [...createdMeta(pod), ...validateSpec(pod)];
  if (list(spec['ephemeralContainers']).length > 0) {
    errors.push(forbidden('spec.ephemeralContainers', 'cannot be set on create'));
  }
  if (spec['nodeName'] && list(spec['schedulingGates']).length > 0) {
    errors.push(forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
  }
  return errors;
}

function validateMirrorChange(pod: KubeObject, old: KubeObject): FieldError[] {
  const [before, after] = [old.metadata.annotations?.[MIRROR], pod.metadata.annotations?.[MIRROR]];
  if (before === after) return [];
  const verb = before === undefined ? 'add' : 'remove or update';
  return [forbidden(keyed('metadata.annotations', MIRROR), `may not ${verb} mirror pod annotation`)];
}

/** New images; containers may neither come nor go. */
function validateContainerChanges(spec: Part, old: Part, field: string): { errors: FieldError[]; stop: boolean } {
  const path = `spec.${field}`;
  const containers = list(spec[field]);
  if (containers.length !== list(old[field]).length) {
    return { errors: [forbidden(path, 'pod updates may not add or remove containers')], stop: true };
  }
  const errors = containers.flatMap(({ image = '' }, index) => {
    const place = `${at(path, index)}.image`;
    if (!image) return [required(place)];
    return image.trim() === image ? [] : [invalid(place, image, 'must not have leading or trailing whitespace')];
  });
  return { errors, stop: false };
}

/** A deadline may be set, and brought closer. */
function validateDeadlineChange(seconds: unknown, old: unknown): { errors: FieldError[]; stop: boolean } {
  const path = 'spec.activeDeadlineSeconds';
  if (typeof seconds !== 'number') {
    const words = 'must not update from a positive integer to nil value';
    return { errors: typeof old === 'number' ? [invalid(path, null, words)] : [], stop: false };
  }
  const range = seconds < 0 || seconds > MOST_INT32 ? all(path, seconds, isInRange(seconds, 0, MOST_INT32)) : [];
  if (range.length > 0) return { errors: range, stop: true };
  if (typeof old === 'number' && old < seconds) {
    return { errors: [invalid(path, seconds, 'must be less than or equal to previous value')], stop: true };
  }
  return { errors: [], stop: false };
}

function validateTolerationChange(spec: Part, old: Part): FieldError[] {
  const path = 'spec.tolerations';
  const fixed = ({ tolerationSeconds: _, ...rest }: Part): Part => rest;
  const now = list(spec['tolerations']);
  const kept = list(old['tolerations']).every((before) => now.some((one) => equal(fixed(one), fixed(before))));
  if (!kept) return [forbidden(path, 'existing toleration can not be modified except its tolerationSeconds')];
  return validateTolerations(now, path);
}

function validateGateChange(spec: Part, old: Part): FieldError[] {
  const before = new Set(list(old['schedulingGates']).map(({ name }) => name));
  return list(spec['schedulingGates']).flatMap(({ name }, index) => {
    const words = `only deletion is allowed, but found new scheduling gate '${name}'`;
    return before.has(name) ? [] : [forbidden(`${at('spec.schedulingGates', index)}.name`, words)];
  });
}

const CHANGEABLE = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
];

/** The new spec with the old values of all that may change. */
function withoutChangeable(spec: Part, old: Part): Part {
  const munged: Part = { ...spec };
  for (const field of ['containers', 'initContainers']) {
    if (!spec[field]) continue;
    const before = list(old[field]);
    munged[field] = list(spec[field]).map((one, index) => ({ ...one, image: before[index]?.['image'] }));
  }
  const restore = (field: string) => {
    if (old[field] === undefined) delete munged[field];
    else munged[field] = old[field];
  };
  for (const field of ['activeDeadlineSeconds', 'schedulingGates', 'tolerations']) restore(field);
  if (list(old['schedulingGates']).length > 0) restore('nodeSelector');
  return munged;
}

/** A gated pod may be sent to fewer nodes. */
function validateNodeSelectorChange(spec: Part, old: Part): FieldError[] {
  if (list(old['schedulingGates']).length === 0 || equal(spec['nodeSelector'], old['nodeSelector'])) return [];
  const path = 'spec.nodeSelector';
  return Object.entries(old['nodeSelector'] ?? {}).every(([key, value]) => spec['nodeSelector']?.[key] === value)
    ? []
    : [
        invalid(
          path,
          spec['nodeSelector'] ?? null,
          'only additions to spec.nodeSelector are allowed (no mutations or deletions)',
        ),
      ];
}

export function validatePodUpdate(pod: KubeObject, before: KubeObject): FieldError[] {
  const spec: Part = pod['spec'] ?? {};
  const old: Part = before['spec'] ?? {};
  const errors = [
    ...updatedMeta(pod, before),
    ...wholeMeta(pod, { namespaced: true }),
    ...validateSpec(pod),
    ...validateMirrorChange(pod, before),
  ];
  const steps = [
    () => validateContainerChanges(spec, old, 'containers'),
    () => validateContainerChanges(spec, old, 'initContainers'),
    () => validateDeadlineChange(spec['activeDeadlineSeconds'], old['activeDeadlineSeconds']),
  ];
  for (const step of steps) {
    const found = step();
    errors.push(...found.errors);
    if (found.stop) return errors;
  }
  errors.push(...validateTolerationChange(spec, old), ...validateGateChange(spec, old));
  errors.push(...validateNodeSelectorChange(spec, old));
  const munged = withoutChangeable(spec, old);
  if (!equal(munged, old)) {
    const words = `pod updates may not change fields other than ${CHANGEABLE.join(',')}\n${specDiff(old, munged)}`;
    errors.push(forbidden('spec', words));
  }
  return errors;
}

/** Addresses of a list, at most one of each family. */
function validateAddresses(addresses: string[], old: string[], path: string, printed: unknown): FieldError[] {
  const errors = addresses.flatMap((ip, index) => isValidIpForLegacyField(at(path, index), ip, old));
  if (addresses.length < 2) return errors;
  const families = new Set(addresses.map((ip) => parseIp(ip)?.family));
  if (families.size < 2 || addresses.length > 2) {
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

const SYSTEM_CONDITIONS = new Set([
  'PodScheduled',
  'Ready',
  'Initialized',
  'ContainersReady',
  'DisruptionTarget',
  'PodReadyToStartContainers',
  'PodResizePending',
  'PodResizeInProgress',
]);

/** Containers that have ended for good do not start again. */
function validateTransitions(pod: KubeObject, old: KubeObject, field: string): FieldError[] {
  const policy = old['spec']?.restartPolicy;
  if (policy === 'Always') return [];
  const now = new Map(list(pod['status']?.[field]).map((one) => [one['name'], one]));
  return list(old['status']?.[field]).flatMap(({ name, state }, index) => {
    const ended = state?.terminated;
    const next = now.get(name);
    if (!ended || !next || next['state']?.terminated) return [];
    if (policy === 'OnFailure' && ended.exitCode !== 0) return [];
    const words = 'may not be transitioned to non-terminated state';
    return [forbidden(`${at(`status.${field}`, index)}.state`, words)];
  });
}

export function validatePodStatusUpdate(pod: KubeObject, old: KubeObject): FieldError[] {
  const status: Part = pod['status'] ?? {};
  const { nominatedNodeName: nominated = '' } = status;
  const path = 'status.nominatedNodeName';
  const errors = [...updatedMeta(pod, old), ...validateMirrorChange(pod, old), ...validateMirror(pod)];
  list(status['conditions']).forEach(({ type = '', observedGeneration = 0 }, index) => {
    const place = at('status.conditions', index);
    if (observedGeneration < 0) {
      errors.push(invalid(`${place}.observedGeneration`, observedGeneration, 'must be a non-negative integer'));
    }
    if (!SYSTEM_CONDITIONS.has(type)) errors.push(...all(`${place}.type`, type, isQualifiedName(type)));
  });
  if (nominated && nominated !== old['status']?.nominatedNodeName) {
    errors.push(...all(path, nominated, isDns1123Subdomain(nominated)));
    if (old['spec']?.nodeName) errors.push(forbidden(path, 'may not be set on pods that are already bound to a node'));
  }
  return [
    ...errors,
    ...validateTransitions(pod, old, 'containerStatuses'),
    ...validateTransitions(pod, old, 'initContainerStatuses'),
    ...validateIps(pod, old),
  ];
}

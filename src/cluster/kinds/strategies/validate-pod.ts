/** Pods themselves (kubernetes `pkg/apis/core/validation`: `ValidatePodCreate`, `ValidatePodUpdate`). */
import { at, type FieldError, forbidden, invalid, required } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { notNegative } from '../../validation/metadata.ts';
import { isInRange } from '../../validation/names.ts';
import { all, equal, list, type Part } from './common.ts';
import { specDiff } from './diff.ts';
import { createdMeta, updatedMeta, wholeMeta } from './metadata.ts';
import { validateAnnotationChange, validateAnnotations } from './validate-pod-annotations.ts';
import { validatePodSpec } from './validate-pod-spec.ts';
import { validateTolerations } from './validate-scheduling.ts';

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

function validateSpec(pod: KubeObject, old?: KubeObject): FieldError[] {
  const spec: Part = pod['spec'] ?? {};
  const grace = spec['terminationGracePeriodSeconds'];
  return [
    ...validateAnnotations(pod, old),
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

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';

/** Where a gated pod's node affinity changed, the old one. */
function restoreNodeAffinity(munged: Part, old: Part): void {
  const { affinity } = munged;
  const before = old['affinity']?.nodeAffinity;
  if (equal(affinity?.nodeAffinity, before)) return;
  if (!affinity) munged['affinity'] = { nodeAffinity: before };
  else if (!old['affinity'] && !affinity.podAffinity && !affinity.podAntiAffinity) delete munged['affinity'];
  else {
    munged['affinity'] = { ...affinity, nodeAffinity: before };
    if (before === undefined) delete munged['affinity'].nodeAffinity;
  }
}

/** A term as upstream's internal type. */
const printedTerm = (term: Part): Part => {
  const expressions = (value: unknown) =>
    Array.isArray(value)
      ? value.map(({ key = '', operator = '', values = null }) => ({ Key: key, Operator: operator, Values: values }))
      : null;
  const { matchExpressions, matchFields } = term;
  return { MatchExpressions: expressions(matchExpressions), MatchFields: expressions(matchFields) };
};

function onlyAdds(term: Part, old: Part): boolean {
  const fields = ['matchExpressions', 'matchFields'];
  if (fields.every((field) => list(old[field]).length === 0))
    return fields.every((field) => list(term[field]).length === 0);
  return fields.every((field) => {
    const before = list(old[field]);
    return equal(list(term[field]).slice(0, before.length), before);
  });
}

/** A gated pod's required terms may ask for more. */
function validateNodeAffinityChange(spec: Part, old: Part): FieldError[] {
  const [now, before] = [spec, old].map(({ affinity }) => affinity?.nodeAffinity) as [
    Part | undefined,
    Part | undefined,
  ];
  if (list(old['schedulingGates']).length === 0 || equal(now, before)) return [];
  const [terms, was] = [list(now?.[REQUIRED]?.nodeSelectorTerms), list(before?.[REQUIRED]?.nodeSelectorTerms)];
  const path = `spec.affinity.nodeAffinity.${REQUIRED}.nodeSelectorTerms`;
  if (was.length > 0 && was.length !== terms.length) {
    const printed = now?.[REQUIRED]?.nodeSelectorTerms ? terms.map(printedTerm) : null;
    return [invalid(path, printed, 'no additions/deletions to non-empty NodeSelectorTerms list are allowed')];
  }
  return was.flatMap((one, index) => {
    const term = terms[index] ?? {};
    const words = 'only additions are allowed (no mutations or deletions)';
    return onlyAdds(term, one) ? [] : [invalid(at(path, index), printedTerm(term), words)];
  });
}

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
  if (list(old['schedulingGates']).length > 0) {
    restore('nodeSelector');
    restoreNodeAffinity(munged, old);
  }
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
    ...validateSpec(pod, before),
    ...validateAnnotationChange(pod, before),
    ...validateAnnotations(pod, before),
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
  if (equal(spec, old)) return errors;
  errors.push(...validateNodeSelectorChange(spec, old), ...validateNodeAffinityChange(spec, old));
  const munged = withoutChangeable(spec, old);
  if (!equal(munged, old)) {
    const words = `pod updates may not change fields other than ${CHANGEABLE.join(',')}\n${specDiff('PodSpec', old, munged)}`;
    errors.push(forbidden('spec', words));
  }
  return errors;
}

/** Writes to a pod's subresource `ephemeralcontainers` (kubernetes `pkg/registry/core/pod`, `podEphemeralContainersStrategy`). */
import { type FieldError, forbidden } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Strategy } from '../kind.ts';
import { equal, list, type Part } from './common.ts';
import { specDiff } from './diff.ts';
import { updatedMeta } from './metadata.ts';
import { podDefaults } from './pod-spec.ts';
import { validatePodSpec } from './validate-pod-spec.ts';

const MIRROR = 'kubernetes.io/config.mirror';
const PATH = 'spec.ephemeralContainers';

/** Everything but the ephemeral containers stays as it is. */
function prepareForUpdate(pod: KubeObject, old: KubeObject): void {
  const spec: Part = { ...structuredClone(old['spec'] as Part) };
  const containers = (pod['spec'] as Part | undefined)?.['ephemeralContainers'];
  if (containers === undefined) delete spec['ephemeralContainers'];
  else spec['ephemeralContainers'] = containers;
  pod['spec'] = spec;
  for (const field of ['labels', 'annotations', 'finalizers', 'ownerReferences', 'deletionTimestamp'] as const) {
    const value = old.metadata[field];
    if (value === undefined) delete pod.metadata[field];
    else Object.assign(pod.metadata, { [field]: value });
  }
}

/** They come, and neither change nor go. */
function validateUpdate(pod: KubeObject, old: KubeObject): FieldError[] {
  if (old.metadata.annotations?.[MIRROR] !== undefined) {
    return [forbidden('', 'static pods do not support ephemeral containers')];
  }
  const spec: Part = pod['spec'] ?? {};
  const now = new Map(list(spec['ephemeralContainers']).map((one) => [one['name'] as string, one]));
  const errors = [...updatedMeta(pod, old), ...validatePodSpec(spec, pod.metadata, 'spec')];
  for (const before of list((old['spec'] as Part)['ephemeralContainers'])) {
    const name = JSON.stringify(before['name']);
    const after = now.get(before['name'] as string);
    if (!after) errors.push(forbidden(PATH, `existing ephemeral containers ${name} may not be removed\n`));
    else if (!equal(before, after)) {
      const words = `existing ephemeral containers ${name} may not be changed\n${specDiff('EphemeralContainer', before, after)}`;
      errors.push(forbidden(PATH, words));
    }
  }
  return errors;
}

export const EPHEMERAL_CONTAINERS: Strategy = { defaults: podDefaults, prepareForUpdate, validateUpdate };

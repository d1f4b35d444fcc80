/** When `metadata.generation` grows (PrepareForUpdate of the strategies in kubernetes `pkg/registry`). Pure. */
import type { KubeObject } from '../api/object.ts';
import type { Kind } from './kind.ts';

/** Whether an update of the object, not of its status, is a new generation. Kinds without generations have none. */
export function generationGrows(
  { group, kind, generation }: Pick<Kind, 'group' | 'kind' | 'generation'>,
  object: KubeObject,
  old: KubeObject,
): boolean {
  if (!generation) return false;
  switch (`${group}/${kind}`) {
    case 'scheduling.k8s.io/PriorityClass':
      return false;
    case 'apps/Deployment':
      // Annotations go on to the ReplicaSets.
      return (
        !equal(object['spec'], old['spec']) || !equal(object.metadata.annotations ?? {}, old.metadata.annotations ?? {})
      );
    case 'discovery.k8s.io/EndpointSlice':
      return (
        ['addressType', 'endpoints', 'ports'].some((field) => !equal(object[field], old[field])) ||
        !equal(object.metadata.labels ?? {}, old.metadata.labels ?? {})
      );
    default:
      return !equal(object['spec'], old['spec']);
  }
}

/** Equality in which an empty list is as good as none (apimachinery `Semantic.DeepEqual`). */
function equal(a: unknown, b: unknown): boolean {
  if (a === b || (isNothing(a) && isNothing(b))) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b || Array.isArray(a) !== Array.isArray(b)) return false;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((key) => equal(left[key], right[key]));
}

const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);

/** When `metadata.generation` grows (PrepareForUpdate of the strategies in kubernetes `pkg/registry`). Pure. */
import type { KubeObject } from '../api/object.ts';
import { parseQuantity } from '../schema/quantity.ts';
import { kindSchema, type Schema } from '../schema/schema.ts';
import type { Kind } from './kind.ts';

/** Whether an update of the object, not of its status, is a new generation. Kinds without generations have none. */
export function generationGrows(
  { group, version, kind, generation }: Pick<Kind, 'group' | 'version' | 'kind' | 'generation'>,
  object: KubeObject,
  old: KubeObject,
): boolean {
  if (!generation) return false;
  const { fields } = kindSchema(group, version, kind);
  const changed = (...names: string[]) =>
    names.some((name) => !equal(object[name], old[name], fields.get(name)?.schema));
  switch (`${group}/${kind}`) {
    case 'apps/Deployment':
      // Annotations go on to the ReplicaSets.
      return changed('spec') || !equal(object.metadata.annotations ?? {}, old.metadata.annotations ?? {});
    case 'discovery.k8s.io/EndpointSlice':
      return (
        changed('addressType', 'endpoints', 'ports') || !equal(object.metadata.labels ?? {}, old.metadata.labels ?? {})
      );
    default:
      // A PriorityClass has no spec, so it stays what it was created as: the first.
      return changed('spec');
  }
}

/** Equality in which an empty list is as good as none, and amounts are what they are worth (`Semantic.DeepEqual`). */
function equal(a: unknown, b: unknown, schema?: Schema): boolean {
  if (a === b || (isNothing(a) && isNothing(b))) return true;
  if (schema?.of === 'special' && schema.name === 'Quantity') return worth(a) === worth(b);
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b || Array.isArray(a) !== Array.isArray(b)) return false;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((key) =>
    equal(left[key], right[key], memberSchema(schema, key)),
  );
}

function memberSchema(schema: Schema | undefined, key: string): Schema | undefined {
  if (schema?.of === 'struct') return schema.fields.get(key)?.schema;
  return schema?.of === 'list' || schema?.of === 'map' ? schema.item : undefined;
}

/** An amount in billionths; undefined without one. */
function worth(amount: unknown): bigint | undefined {
  const quantity = typeof amount === 'string' ? parseQuantity(amount) : undefined;
  return quantity instanceof Error ? undefined : quantity?.nanos;
}

const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);

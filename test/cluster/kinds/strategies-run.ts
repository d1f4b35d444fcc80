import { cause, type FieldError, line } from '../../../src/cluster/api/field-error.ts';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import type { Kind } from '../../../src/cluster/kinds/kind.ts';
import { STRATEGIES } from '../../../src/cluster/kinds/strategies/index.ts';
import { KINDS } from '../../../src/cluster/kinds/table.ts';
import { normaliseObject } from '../../../src/cluster/schema/decode.ts';
import { kindSchema } from '../../../src/cluster/schema/schema.ts';
import { validateObjectMeta, validateObjectMetaUpdate } from '../../../src/cluster/validation/metadata.ts';

/** What a write came to: an object, or the causes of a 422. */
export type Outcome = { object: KubeObject } | { causes: unknown[] };

/** A change of an object that exists. */
export interface Change {
  name: string;
  subresource?: 'status';
  change(object: KubeObject): void;
}

export interface Case {
  name: string;
  /** Without apiVersion, kind and namespace where they follow from the kind. */
  object: Partial<KubeObject>;
  changes?: Change[];
}

export function kindOf(id: string): Kind {
  const kind = KINDS.find((one) => `${one.group}/${one.kind}` === id);
  if (!kind) throw new Error(`no kind ${id}`);
  return kind;
}

const strategyOf = ({ group, kind }: Kind) => STRATEGIES[`${group}/${kind}`] ?? {};

const decode = (kind: Kind, object: KubeObject): KubeObject =>
  normaliseObject(structuredClone(object), kindSchema(kind.group, kind.version, kind.kind));

/** A create through our functions, in the registry's order. */
export function create(kind: Kind, given: KubeObject, system: KubeObject['metadata']): Outcome {
  const strategy = strategyOf(kind);
  let object = decode(kind, given);
  strategy.defaults?.(object);
  object.metadata = { ...object.metadata, ...system };
  if (kind.status && !kind.statusOnCreate) delete object['status'];
  strategy.prepareForCreate?.(object);
  object = decode(kind, object);
  const rules = { namespaced: kind.namespaced, nameRule: kind.nameRule ?? 'dns1123-subdomain' } as const;
  const errors = [
    ...validateObjectMeta(object.metadata, rules, 'metadata'),
    ...(strategy.validateCreate?.(object) ?? []),
  ];
  return outcome(object, errors);
}

/** The server says once what several rules say. */
function outcome(object: KubeObject, errors: FieldError[]): Outcome {
  const causes = [...new Map(errors.map((error) => [line(error), cause(error)])).values()];
  return causes.length > 0 ? { causes } : { object };
}

/** The same for an update; `old` is what is stored. */
export function update(kind: Kind, given: KubeObject, old: KubeObject, subresource?: 'status'): Outcome {
  const strategy = strategyOf(kind);
  let object = decode(kind, given);
  strategy.defaults?.(object);
  if (subresource) {
    object = { ...structuredClone(old), metadata: object.metadata, status: object['status'] };
    strategy.prepareForStatusUpdate?.(object, old);
  } else {
    if (kind.status) object['status'] = structuredClone(old['status']);
    strategy.prepareForUpdate?.(object, old);
  }
  object = decode(kind, object);
  const errors = [
    ...validateObjectMeta(object.metadata, { namespaced: kind.namespaced, nameRule: 'path-segment' }, 'metadata'),
    ...validateObjectMetaUpdate(object.metadata, old.metadata, 'metadata'),
    ...((subresource ? strategy.validateStatusUpdate : strategy.validateUpdate)?.(object, old) ?? []),
  ];
  return outcome(object, errors);
}

/**
 * Field selectors: which fields each kind takes (kubernetes `pkg/apis/*` AddFieldLabelConversionFunc), and what is
 * compared (`GetAttrs` of `pkg/registry`). Pure.
 */
import { goQuote } from '../api/field-error.ts';
import type { KubeObject } from '../api/object.ts';
import type { Kind } from './kind.ts';

type Named = Pick<Kind, 'group' | 'kind' | 'selectable'>;

/** Cluster-scoped kinds that name their fields themselves; all other kinds take metadata.namespace, scoped or not. */
const WITHOUT_NAMESPACE = new Set(['/Namespace', '/Node']);

const idOf = ({ group, kind }: Named): string => `${group}/${kind}`;

/** Every field that a selector on this kind may name. */
export const selectableFields = (kind: Named): readonly string[] => [
  'metadata.name',
  ...(WITHOUT_NAMESPACE.has(idOf(kind)) ? [] : ['metadata.namespace']),
  ...(kind.selectable ?? []),
];

/** The words of the 400 for a selector that names another field. */
export function unsupportedField(kind: Named, field: string): string {
  if (idOf(kind) === 'batch/Job') return `field label ${goQuote(field)} not supported for Job`;
  if (kind.selectable) return `field label not supported: ${field}`;
  return `${goQuote(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`;
}

/** Where a field is not what its name says. */
const SPECIAL: Readonly<Record<string, (object: KubeObject) => string>> = {
  '/Node spec.unschedulable': (object) => String(object['spec']?.unschedulable ?? false),
  '/Pod spec.hostNetwork': (object) => String(object['spec']?.hostNetwork ?? false),
  '/Pod spec.host': (object) => object['spec']?.nodeName ?? '',
  '/Pod status.podIP': (object) => object['status']?.podIP || (object['status']?.podIPs?.[0]?.ip ?? ''),
  // A selector may name it, but no pod has a value for it.
  '/Pod status.podIPs': () => '',
  '/ReplicationController status.replicas': (object) => String(object['status']?.replicas ?? 0),
  'batch/Job status.successful': (object) => String(object['status']?.succeeded ?? 0),
  '/Event source': (object) => object['source']?.component || (object['reportingComponent'] ?? ''),
};

/** The text that a selector compares; `field` is one of `selectableFields(kind)`. '' for a field that is not there. */
export function fieldValue(kind: Named, object: KubeObject, field: string): string {
  const special = SPECIAL[`${idOf(kind)} ${field}`];
  if (special) return special(object);
  let value: unknown = object;
  for (const key of field.split('.')) value = (value as Record<string, unknown> | null | undefined)?.[key];
  return typeof value === 'string' ? value : '';
}

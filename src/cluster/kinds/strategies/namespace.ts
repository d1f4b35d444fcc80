/** Namespaces (kubernetes `pkg/registry/core/namespace`). */
import { type FieldError, invalid } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { validateLabelName } from '../../validation/metadata.ts';
import type { Strategy } from '../kind.ts';
import { setDefault, struct, texts } from './common.ts';
import { createdMeta, updatedMeta, wholeMeta } from './metadata.ts';

const NAME_LABEL = 'kubernetes.io/metadata.name';
const FINALIZER = 'kubernetes';
const STANDARD = new Set([FINALIZER, 'orphan', 'foregroundDeletion']);

/** Every namespace carries its name as a label, so that selectors can tell it. */
function labelWithName({ metadata }: KubeObject): void {
  if (metadata.name) metadata.labels = { ...metadata.labels, [NAME_LABEL]: metadata.name };
}

/** The subresource `finalize` says which of them is wrong, other writes do not: `indexed`. */
export function validateFinalizers(namespace: KubeObject, indexed = false): FieldError[] {
  return texts(namespace['spec']?.finalizers).flatMap((name, index) => {
    const path = indexed ? `spec.finalizers[${index}]` : 'spec.finalizers';
    return [
      ...validateLabelName(name, path),
      ...(name.includes('/') || STANDARD.has(name)
        ? []
        : [invalid(path, name, 'name is neither a standard finalizer name nor is it fully qualified')]),
    ];
  });
}

export const NAMESPACE: Strategy = {
  defaults: (namespace) => {
    labelWithName(namespace);
    setDefault(struct(namespace, 'status'), 'phase', 'Active');
  },
  prepareForCreate: (namespace) => {
    labelWithName(namespace);
    namespace['status'] = { phase: 'Active' };
    const spec = struct(namespace, 'spec');
    const finalizers = texts(spec['finalizers']);
    if (!finalizers.includes(FINALIZER)) spec['finalizers'] = [...finalizers, FINALIZER];
  },
  prepareForUpdate: (namespace, old) => {
    labelWithName(namespace);
    // Only the subresource `finalize` changes them.
    const { finalizers } = old['spec'] ?? {};
    const spec = struct(namespace, 'spec');
    if (finalizers) spec['finalizers'] = finalizers;
    else delete spec['finalizers'];
  },
  validateCreate: (namespace) => [...createdMeta(namespace), ...validateFinalizers(namespace)],
  validateUpdate: (namespace, old) => [
    ...wholeMeta(namespace, { namespaced: false, nameRule: 'dns1123-label' }),
    ...validateFinalizers(namespace),
    ...updatedMeta(namespace, old),
  ],
  prepareForStatusUpdate: (namespace, old) => {
    labelWithName(namespace);
    namespace['spec'] = old['spec'];
  },
  validateStatusUpdate: (namespace, old) => {
    const errors = updatedMeta(namespace, old);
    const phase = namespace['status']?.phase ?? '';
    const going = namespace.metadata.deletionTimestamp !== undefined;
    if (!going && phase !== 'Active') {
      errors.push(invalid('status.Phase', phase, "may only be 'Active' if `deletionTimestamp` is empty"));
    }
    if (going && phase !== 'Terminating') {
      errors.push(invalid('status.Phase', phase, "may only be 'Terminating' if `deletionTimestamp` is not empty"));
    }
    return errors;
  },
};

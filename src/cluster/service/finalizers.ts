import { at, type FieldError, invalid } from '../api/field-error.ts';
import type { ObjectMeta } from '../api/object.ts';

const STANDARD = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);
const WORDS = 'name is neither a standard finalizer name nor is it fully qualified';

/**
 * What the kinds of Kubernetes itself want of a finalizer's name besides what every kind wants
 * (`validateKubeFinalizerName`, `pkg/apis/core/validation/validation.go`).
 */
export const validateKubeFinalizers = ({ finalizers = [] }: ObjectMeta): FieldError[] =>
  finalizers.flatMap((name, index) =>
    name.includes('/') || STANDARD.has(name) ? [] : [invalid(at('metadata.finalizers', index), name, WORDS)],
  );

/** How the kinds' own checks of metadata come in, besides those that the registry does for all kinds. */
import { at, type FieldError, invalid } from '../../api/field-error.ts';
import type { KubeObject, ObjectMeta } from '../../api/object.ts';
import { type MetadataRules, validateObjectMeta, validateObjectMetaUpdate } from '../../validation/metadata.ts';

const STANDARD = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** Finalizers of Kubernetes' own kinds are standard ones, or have a domain (`validateKubeFinalizerName`). */
const validateKubeFinalizers = ({ finalizers = [] }: ObjectMeta): FieldError[] =>
  finalizers.flatMap((name, index) =>
    name.includes('/') || STANDARD.has(name)
      ? []
      : [
          invalid(
            at('metadata.finalizers', index),
            name,
            'name is neither a standard finalizer name nor is it fully qualified',
          ),
        ],
  );

/** What a create checks besides what the registry has checked: finalizers (`ValidateObjectMeta` of core's validation). */
export const createdMeta = (object: KubeObject): FieldError[] => validateKubeFinalizers(object.metadata);

/** Upstream's kinds check metadata again in an update, and so report what is wrong with it twice. */
export const updatedMeta = (object: KubeObject, old: KubeObject): FieldError[] => [
  ...validateObjectMetaUpdate(object.metadata, old.metadata, 'metadata'),
  ...validateKubeFinalizers(object.metadata),
];

/** Kinds whose update runs the checks of a create too. */
export const wholeMeta = (object: KubeObject, rules: MetadataRules): FieldError[] => [
  ...validateObjectMeta(object.metadata, rules, 'metadata'),
  ...validateKubeFinalizers(object.metadata),
];

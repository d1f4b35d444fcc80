import type { FieldError } from '../api/field-error.ts';
import type { KubeObject } from '../api/object.ts';
import type { NameRule } from '../validation/names.ts';
import type { Column } from './columns.ts';

/** What a strategy's checks may look at besides the objects. */
export interface StrategyContext {
  /** RFC 3339, whole seconds. */
  now: string;
}

/**
 * What is special about a kind, each step pure. The order of a create is: defaults, prepareForCreate, validateCreate;
 * of an update: defaults, prepareForUpdate, validateUpdate (and the `status` forms of both for that subresource).
 * Every function may change `object`, which belongs to it, and must leave `old` alone.
 */
export interface Strategy {
  /** Fills in what the client left out (upstream's `SetDefaults_*`). Runs whenever an object is read from a client. */
  defaults?(object: KubeObject): void;
  prepareForCreate?(object: KubeObject): void;
  prepareForUpdate?(object: KubeObject, old: KubeObject): void;
  validateCreate?(object: KubeObject): FieldError[];
  validateUpdate?(object: KubeObject, old: KubeObject): FieldError[];
  prepareForStatusUpdate?(object: KubeObject, old: KubeObject): void;
  validateStatusUpdate?(object: KubeObject, old: KubeObject): FieldError[];
  /** Texts for Warning headers. */
  warnings?(object: KubeObject, old: KubeObject | undefined): string[];
  /** The same of a write to `status`. */
  statusWarnings?(object: KubeObject): string[];
}

/** Seconds for a deletion without a wish of its own; `none` when nobody runs the object, so that no wish counts. */
export type GracePeriod = number | 'none';

/** A row of the registry: one kind of object, and all that the server needs to serve it. */
export interface Kind {
  /** '' is the core group. */
  group: string;
  version: string;
  kind: string;
  /** The resource: lower case, plural. */
  resource: string;
  singular: string;
  shortNames?: readonly string[];
  /** Such as `all`. */
  categories?: readonly string[];
  namespaced: boolean;
  /** Has the subresource `status`, so that other writes leave status alone. */
  status?: boolean;
  /** Has the subresource `scale`. */
  scale?: boolean;
  /** `metadata.generation` grows when anything but metadata and status changes. */
  generation?: boolean;
  nameRule?: NameRule;
  /** Its finalizers may have any qualified name: the kind's own checks are those of apimachinery alone. */
  anyFinalizer?: boolean;
  /** PUT of an object that does not exist creates it. */
  createOnUpdate?: boolean;
  /** An update must name the resourceVersion (most kinds allow an unconditional one). */
  conditionalUpdate?: boolean;
  /** Fields besides metadata.name and metadata.namespace that a field selector may name. */
  selectable?: readonly string[];
  /** Columns of its table after NAME; kinds without get NAME and AGE. */
  columns?: readonly Column[];
  strategy?: Strategy;
  /** How long a deletion waits for whoever runs the object; absent: deleted at once. */
  gracePeriod?(object: KubeObject): GracePeriod;
  /** A create keeps the status that the client sent (nodes). */
  statusOnCreate?: boolean;
  /** Fields besides spec that a write to `status` leaves alone, for server-side apply's bookkeeping. */
  statusResets?: readonly (readonly string[])[];
  /** A deletion answers with the object instead of a Status. */
  returnsDeleted?: boolean;
  /** Said in a Warning header of every answer: what is deprecated since when, and what to use (upstream's APILifecycleDeprecated). */
  deprecated?: string;
  /** Stored under this resource instead of its own: two versions of one thing (`events`). */
  storedAs?: string;
}

/** `services`, or `deployments.apps`. */
export const resourceName = ({ group, resource }: Kind): string => (group ? `${resource}.${group}` : resource);

/** `v1`, or `apps/v1`. */
export const apiVersion = ({ group, version }: Pick<Kind, 'group' | 'version'>): string =>
  group ? `${group}/${version}` : version;

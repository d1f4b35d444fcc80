import type { FieldError } from '../api/field-error.ts';
import type { KubeObject } from '../api/object.ts';
import type { Write } from '../store/store.ts';

/** What allocating writes for kinds that hold numbers (Services): see services.ts. */
export interface Allocated {
  object: KubeObject;
  errors: FieldError[];
  warnings: string[];
  /** Objects that go into the same commit. */
  writes: Write[];
  /** After the commit. */
  keep(): void;
}

/** Kinds with an allocation around their writes. */
export interface Allocation {
  create(object: KubeObject, dryRun: boolean): Allocated;
  /** A write to `status` of an object that is not there. */
  createThroughStatus(object: KubeObject): Allocated;
  update(object: KubeObject, old: KubeObject, dryRun: boolean): Allocated;
  /** A write to `status`. */
  updateStatus(object: KubeObject, old: KubeObject): Pick<Allocated, 'object' | 'errors' | 'warnings'>;
  /** What is given back when an object goes. */
  remove(old: KubeObject): { writes: Write[]; keep(): void };
}

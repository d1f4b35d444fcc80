import type { Json } from '../services/case.ts';

/** A valid object with many fields set, and where it is mutated. */
export interface Sample {
  /** `group/Kind` */
  kind: string;
  /** Besides the kind's first sample: what sets this one apart. */
  title?: string;
  /** With metadata.name. */
  object: Json;
  /** What is written to `status` before updates are tried; it is mutated in writes to `status`. */
  status?: Json;
  /** Fields (`a.b[].c`, and all below them) that are left as they are: see docs/cluster.md, "What it does not do". */
  leave?: readonly string[];
}

/** The namespace of all samples. */
export const NAMESPACE = 'kinds';
/** That of those that limit what may be in one. */
export const LIMITED = 'kinds-limited';

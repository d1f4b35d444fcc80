import type { ClusterName, Json } from './case.ts';
import { type Difference, compareValues } from './compare.ts';

/**
 * Where the embedded API server may answer another thing than kube-apiserver does. A difference that is not here fails, and
 * so does one that is here and no longer occurs.
 */
export interface Allowed {
  cluster: ClusterName;
  case: string;
  step: number;
  path: string;
  /** What kube-apiserver answers there; `undefined` for nothing. */
  first: Json;
  second: Json;
  /** Documentation or upstream issue that tells who is right, or why neither is. */
  source: string;
}

export const DIFFERENCES: readonly Allowed[] = [];

/** The differences that are not listed, and the listed ones that did not occur. */
export function unexpected(
  found: readonly (Difference & { cluster: ClusterName })[],
  allowed: readonly Allowed[],
): { unlisted: Difference[]; gone: Allowed[] } {
  const same = (a: Difference & { cluster: ClusterName }, { source: _, ...b }: Allowed) =>
    compareValues(a, b).length === 0;
  return {
    unlisted: found.filter((difference) => !allowed.some((entry) => same(difference, entry))),
    gone: allowed.filter((entry) => !found.some((difference) => same(difference, entry))),
  };
}

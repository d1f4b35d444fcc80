/** How long a pod may stay on a node whose taints say that it should go (kubernetes `pkg/controller/tainteviction`). Pure. */
import { type Taint, type Toleration, tolerates } from '../scheduling/taints.ts';

/**
 * Milliseconds from the first notice until the pod goes: 0 at once, Infinity never. `taints` are those with the effect
 * NoExecute. Of each taint the first toleration counts that there is for it, of all of them the shortest.
 */
export function toleratedFor(taints: readonly Taint[], tolerations: readonly Toleration[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (const taint of taints) {
    const used = tolerations.find((one) => tolerates(one, taint));
    if (!used) return 0;
    const { tolerationSeconds: seconds } = used;
    if (seconds !== undefined) least = Math.min(least, Math.max(0, seconds) * 1000);
  }
  return least;
}

export const noExecute = (taints: readonly Taint[] | undefined): Taint[] =>
  (taints ?? []).filter(({ effect }) => effect === 'NoExecute');

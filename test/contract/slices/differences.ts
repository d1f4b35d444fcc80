import { compareValues } from '../services/compare.ts';
import type { Json } from '../services/case.ts';
import type { Difference } from './play.ts';

/**
 * Where Sluice writes other slices or Endpoints than kube-controller-manager does. A difference that is not here fails, and so
 * does one that is here and no longer occurs.
 */
export interface Allowed {
  history: string;
  step: number;
  path: string;
  /** What kube-controller-manager writes there; `undefined` for nothing. */
  first: Json;
  second: Json;
  /** Specification or upstream issue that tells who is right. */
  source: string;
}

export const DIFFERENCES: readonly Allowed[] = [];

/** The differences that are not listed, and the listed ones that did not occur. */
export function unexpected(
  found: readonly Difference[],
  allowed: readonly Allowed[],
): { unlisted: Difference[]; gone: Allowed[] } {
  const same = (a: Difference, { source: _, ...b }: Allowed) => compareValues(a, b).length === 0;
  return {
    unlisted: found.filter((difference) => !allowed.some((entry) => same(difference, entry))),
    gone: allowed.filter((entry) => !found.some((difference) => same(difference, entry))),
  };
}

/** Differences to read: each history once, with what was done up to there. */
export function reported(
  differences: readonly Difference[],
  histories: readonly { name: string; steps: readonly unknown[] }[],
): string {
  const byHistory = Map.groupBy(differences, ({ history }) => history);
  const parts = [...byHistory].slice(0, 20).map(([name, found]) => {
    const steps = histories.find((history) => history.name === name)?.steps.slice(0, (found[0]?.step ?? 0) + 1) ?? [];
    const done = steps.map((step, i) => `  ${i}. ${JSON.stringify(step).slice(0, 500)}`);
    const lines = found.slice(0, 12).map(({ step, path, first, second }) => {
      return `  step ${step}, ${path}:\n    ${JSON.stringify(first)}\n    ${JSON.stringify(second)}`;
    });
    return [name, ...done, ...lines].join('\n');
  });
  return `${differences.length} differences in ${byHistory.size} histories\n${parts.join('\n')}`;
}

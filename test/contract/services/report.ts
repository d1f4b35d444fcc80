import type { Difference } from './compare.ts';
import type { Comparison } from './contract.ts';

const SHOWN = 40;

/** Differences to read: each case once, with its requests. */
export function reported(differences: readonly Difference[], { requests }: Comparison): string {
  const byCase = Map.groupBy(differences, (difference) => difference.case);
  const parts = [...byCase].slice(0, SHOWN).map(([name, found]) => {
    const asked = requests.get(name)?.first.map(({ method, path, body }, step) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      return `  ${step}. ${method} ${path} ${text?.slice(0, 600) ?? ''}`;
    });
    const lines = found.slice(0, 12).map(({ step, path, first, second }) => {
      return `  step ${step}, ${path}:\n    ${JSON.stringify(first)}\n    ${JSON.stringify(second)}`;
    });
    return [`${name}`, ...(asked ?? []), ...lines].join('\n');
  });
  return `${differences.length} differences in ${byCase.size} cases\n${parts.join('\n')}`;
}

import { describe, test } from 'vitest';
import { missingTools, type Requirement } from '../../scripts/tools.mjs';

export type { Requirement };

/**
 * `describe` for tests that need real programs (in files named `*.real.test.ts`). Where one is missing the tests are
 * skipped, and the title says why; with CI=true they fail instead, so that nothing is skipped unseen.
 */
export function describeWith(requirements: readonly Requirement[], title: string, define: () => void): void {
  const missing = missingTools();
  const reasons = new Set(requirements.flatMap((requirement) => missing[requirement] ?? []));
  if (reasons.size === 0) {
    describe(title, define);
    return;
  }
  const reason = [...reasons].join('; ');
  if (process.env['CI'] === 'true') {
    describe(title, () => {
      test(`has ${requirements.join(', ')}`, () => {
        throw new Error(reason);
      });
    });
    return;
  }
  describe.skip(`${title} (skipped: ${reason})`, define);
}

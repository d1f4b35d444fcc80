import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Minutes each: started last, one of them would run alone at the end. */
const LONGEST = ['e2e/crash', 'faults', 'services', 'slices', 'replacement'].map((name) => `${name}.real.test.ts`);

/** What of the controller's tests runs on LocalStack and on the embedded API server outside CI. */
const SHORT = ['lifecycle', 'ports'].map((name) => `${name}.real.test.ts`);

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => (LONGEST.some((name) => moduleId.endsWith(`/${name}`)) ? 0 : 1);
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

/** Against real programs, which use the processors too: after the unit tests, two files at a time. */
const real = { maxWorkers: 2, testTimeout: 90_000, hookTimeout: 120_000, sequence: { groupOrder: 1 } };

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.real.test.ts'],
          testTimeout: 10_000,
        },
      },
      { extends: true, test: { ...real, name: 'real', include: ['test/**/*.real.test.ts'] } },
      {
        extends: true,
        test: {
          // The controller's and the runtime's tests once more, on the embedded API server: in CI all of them.
          ...real,
          name: 'embedded',
          include: [
            'test/kube/*.real.test.ts',
            ...(process.env['CI'] === 'true' ? ['test/e2e/*.real.test.ts'] : SHORT.map((name) => `test/e2e/${name}`)),
          ],
          env: { SLUICE_TEST_API_SERVER: 'embedded' },
        },
      },
      {
        extends: true,
        test: {
          // The controller's tests once more, on a LocalStack gateway (test/tools/endpoint.ts): in CI all of them.
          ...real,
          name: 'localstack',
          include: process.env['CI'] === 'true' ? ['test/e2e/*.real.test.ts'] : SHORT.map((name) => `test/e2e/${name}`),
          env: { SLUICE_TEST_ENDPOINT: 'localstack' },
        },
      },
    ],
  },
});

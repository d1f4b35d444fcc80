import { defineConfig } from 'vitest/config';

/** Against real programs: they use the processors too, so these run after the unit tests, two files at a time. */
const real = { maxWorkers: 2, testTimeout: 90_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
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
      {
        extends: true,
        test: { ...real, name: 'real', include: ['test/**/*.real.test.ts'], sequence: { groupOrder: 1 } },
      },
      {
        extends: true,
        test: {
          // The controller's tests once more, on a LocalStack gateway (test/tools/endpoint.ts).
          ...real,
          name: 'localstack',
          include: ['test/e2e/*.real.test.ts'],
          env: { SLUICE_TEST_ENDPOINT: 'localstack' },
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});

import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../../support/requirements.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane.ts';
import { Scenario } from './oracle.ts';
import { HISTORY } from './random.ts';
import { createDeployment, SCALES, scaleStep } from './scale-oracle.ts';
import { SCENARIOS } from './scenarios.ts';

describeWith(['control-plane'], 'managed fields of kube-apiserver', () => {
  let plane: ControlPlane;
  let count = 0;

  beforeAll(async () => {
    plane = await startControlPlane();
  }, 120_000);

  afterAll(() => plane?.stop());

  test.for(Object.entries(SCENARIOS))('%s', async ([, { kind, steps }]) => {
    const scenario = new Scenario(plane, kind, `history-${count++}`);
    for (const [index, step] of steps.entries()) {
      const { theirs, ours } = await scenario.step(step);
      expect(ours, `step ${index}: ${step.verb} by ${step.by}`).toEqual(theirs);
    }
    const { live, normalised } = await scenario.normalised();
    expect(normalised).toEqual(live);
  });

  test.for(Object.entries(SCALES))('scale: %s', async ([, steps]) => {
    const name = `scale-${count++}`;
    await createDeployment(plane, name);
    for (const [index, step] of steps.entries()) {
      const outcome = await scaleStep(plane, name, step);
      if (outcome) expect(outcome.ours, `step ${index}: ${step.verb} by ${step.by}`).toEqual(outcome.theirs);
    }
  });

  // A failure prints its seed and the shortest history that fails: pass both to fc.assert to repeat it.
  test('random histories', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(HISTORY, async ({ kind, steps }) => {
        const scenario = new Scenario(plane, kind, `random-${count++}`);
        for (const step of steps) {
          const { theirs, ours } = await scenario.step(step);
          expect(ours).toEqual(theirs);
        }
      }),
      { numRuns: 40, verbose: 1 },
    );
  });
});

/**
 * The controller is killed at every single call that it makes to AWS, and at every write to the Service, while it creates,
 * changes and deletes; the next one finishes what it began, makes nothing twice and forgets nothing. Outside CI, at a
 * sample of them.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sample } from '../support/sample.ts';
import { after, before, fresh, named, namedOpen, open, small } from './crash-forms.ts';
import { type Lane, openLanes } from './crash-lane.ts';
import { die, dieAtEachWrite, inLanes, type Point, POINTS, type Scenario, undisturbed } from './crash-trial.ts';
import { type Stage, startStage, describeStage } from './stage.ts';

const create: Scenario = { name: 'create', to: fresh };
const abandoned: Scenario = { name: 'create, deleted meanwhile', to: fresh, abandoned: true };
const update: Scenario = { name: 'update', from: before, to: after };
const remove: Scenario = { name: 'delete', from: before };
const scheme: Scenario = { name: 'scheme change', from: small, to: open };
const replacement: Scenario = { name: 'replacement under a fixed name', from: named, to: namedOpen };

/** Trials wait half of their time, for two processors. */
const LANES = 4;
const MINUTES = 60_000;

describeStage('a controller that is killed', () => {
  let stage: Stage;
  let lanes: Lane[];
  const kills = new Map<string, number>();

  beforeAll(async () => {
    stage = await startStage({ nodes: 2 });
    lanes = await openLanes(stage, 'crash', LANES);
  });
  afterAll(async () => {
    const total = [...kills.values()].reduce((sum, count) => sum + count, 0);
    console.log(`kill points exercised: ${total}`, Object.fromEntries(kills));
    for (const lane of lanes ?? []) await lane.stop();
    await stage?.stop();
  });

  /** Trials at all calls to AWS and all writes to the Service. */
  const everywhere = async (scenario: Scenario, pointsAt: (k: number) => readonly Point[]) => {
    const start = performance.now();
    const calls = await undisturbed(lanes[0] as Lane, scenario);
    const list = (['aws', 'kube'] as const).flatMap((via) =>
      calls[via].flatMap((what, index) => {
        const k = index + 1;
        // Where nothing is written, all points are the same.
        const points = what.startsWith('Describe') ? (['before'] as const) : pointsAt(k);
        return points.map((point) => ({ via, k, point, what }));
      }),
    );
    const tally = await inLanes(
      lanes,
      sample(list),
      ({ via, k, point, what }) => `${scenario.name}, ${via} call ${k} of ${calls[via].length} (${what}), ${point}`,
      (lane, kill) => die(lane, scenario, kill),
    );
    kills.set(scenario.name, tally.reached);
    const seconds = Math.round((performance.now() - start) / 1000);
    const words = `${calls.aws.length} AWS calls, ${calls.kube.length} writes to the Service`;
    console.log(`${scenario.name}: ${words}, ${tally.reached} kills in ${seconds} s`);
    expect(tally.failures.join('\n\n')).toBe('');
    // A poll more or less is a matter of timing; all else comes every time.
    expect(tally.missed.length, tally.missed.join('\n')).toBeLessThanOrEqual(Math.ceil(sample(list).length * 0.05));
  };

  for (const scenario of [create, remove]) {
    test(`${scenario.name}: before, in and after each call`, { timeout: 10 * MINUTES }, () =>
      everywhere(scenario, () => POINTS),
    );
  }

  // After one call is before the next: the longest list does without the third point.
  test('update: in each call, and before or after it', { timeout: 10 * MINUTES }, () =>
    everywhere(update, (k) => ['applied', k % 2 === 0 ? 'answered' : 'before']),
  );

  // Carried out and unanswered: of the three points the one where the least is known.
  for (const scenario of [abandoned, scheme, replacement]) {
    test(`${scenario.name}: in each call`, { timeout: 10 * MINUTES }, () => everywhere(scenario, () => ['applied']));
  }

  test('again and again, at each write', { timeout: 10 * MINUTES }, async () => {
    let lives = 0;
    const tally = await inLanes(
      lanes,
      [create, update, scheme, replacement, remove],
      ({ name }) => `${name}, each write is the last`,
      async (lane, scenario) => {
        const taken = await dieAtEachWrite(lane, scenario);
        lives += taken - 1;
        return true;
      },
    );
    kills.set('at each write', lives);
    expect(tally.failures.join('\n\n')).toBe('');
  });
});

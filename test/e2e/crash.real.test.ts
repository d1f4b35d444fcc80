/**
 * The controller is killed at every single call that it makes to AWS, and at every write to the Service, while it creates,
 * changes and deletes; the next one finishes what it began, makes nothing twice and forgets nothing.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../support/requirements.ts';
import { after, before, named, namedOpen, open, small } from './crash-forms.ts';
import { type Lane, openLanes } from './crash-lane.ts';
import { die, dieAtEachWrite, inLanes, type Kill, POINTS, type Scenario, undisturbed } from './crash-trial.ts';
import { type Stage, startStage } from './stage.ts';

const create: Scenario = { name: 'create', to: before };
const update: Scenario = { name: 'update', from: before, to: after };
const scheme: Scenario = { name: 'scheme change', from: small, to: open };
const replacement: Scenario = { name: 'replacement under a fixed name', from: named, to: namedOpen };
const remove: Scenario = { name: 'delete', from: before };
const cold = (scenario: Scenario): Scenario => ({ ...scenario, name: `${scenario.name} while down`, cold: true });

/** Two processors, and a trial waits half of its time. */
const LANES = Number(process.env.CRASH_LANES ?? 4);
const MINUTES = 60_000;

describeWith(['control-plane', 'moto'], 'a controller that is killed', () => {
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

  const everywhere = async (scenario: Scenario, points: readonly Kill['point'][]) => {
    const start = performance.now();
    const calls = await undisturbed(lanes[0] as Lane, scenario);
    const list = (['aws', 'kube'] as const).flatMap((via) =>
      calls[via].flatMap((what, index) =>
        points.map((point): Kill & { what: string } => ({ via, k: index + 1, point, what })),
      ),
    );
    const tally = await inLanes(
      lanes,
      list,
      ({ via, k, point, what }) => `${scenario.name}, ${via} call ${k} of ${calls[via].length} (${what}), ${point}`,
      (lane, kill) => die(lane, scenario, kill),
    );
    kills.set(scenario.name, tally.reached);
    const seconds = Math.round((performance.now() - start) / 1000);
    console.log(
      `${scenario.name}: ${calls.aws.length} AWS calls, ${calls.kube.length} writes, ${tally.reached} kills in ${seconds} s`,
      calls.aws.join(' '),
    );
    expect(tally.failures.join('\n\n')).toBe('');
    // Polls depend on the time of day; all else comes every time.
    expect(tally.missed.length, tally.missed.join('\n')).toBeLessThanOrEqual(list.length * 0.05);
  };

  for (const scenario of [create, update, scheme, replacement, remove]) {
    test(`${scenario.name}: at each call, before it, carried out, and answered`, { timeout: 4 * MINUTES }, () =>
      everywhere(scenario, POINTS),
    );
  }

  for (const scenario of [create, update, scheme, replacement, remove].map(cold)) {
    test(`${scenario.name}: at each call, carried out`, { timeout: 4 * MINUTES }, () =>
      everywhere(scenario, ['applied']),
    );
  }

  test('again and again, at each write', { timeout: 4 * MINUTES }, async () => {
    let lives = 0;
    const tally = await inLanes(
      lanes,
      [create, update, scheme, replacement, remove],
      ({ name }) => `${name}, each write is the last`,
      async (lane, scenario) => {
        lives += (await dieAtEachWrite(lane, scenario)) - 1;
        return true;
      },
    );
    kills.set('at each write', lives);
    expect(tally.failures.join('\n\n')).toBe('');
  });
});

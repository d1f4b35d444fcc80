import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../../support/requirements.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane.ts';
import { startEmbeddedCluster } from '../../tools/embedded-cluster.ts';
import { casesOf, SAMPLES } from './cases.ts';
import { compareKinds, type KindDifference, prepare } from './compare-kinds.ts';
import { DIFFERENCES, unexplained } from './differences.ts';

const SEED = Number(process.env['SLUICE_SEED'] ?? 1);
/** Requests about each sample. */
const COUNT = Number(process.env['SLUICE_COUNT'] ?? 50);
const TEN_MINUTES = 600_000;
const SHOWN = Number(process.env['SLUICE_SHOWN'] ?? 40);

/** From where two texts differ. */
function shown(first: unknown, second: unknown): string {
  const [a, b] = [first, second].map((one) => JSON.stringify(one) ?? 'nothing') as [string, string];
  let from = 0;
  while (from < a.length && a[from] === b[from]) from++;
  from = Math.max(0, from - 60);
  return [a, b].map((one) => `      ${one.slice(from, from + 400)}`).join('\n');
}

function reported(differences: readonly KindDifference[]): string {
  const byCase = Map.groupBy(differences, (one) => one.case);
  const parts = [...byCase].slice(0, SHOWN).map(([name, found]) => {
    const lines = found.slice(0, 3).map(({ path, first, second }) => `    ${path}\n${shown(first, second)}`);
    return [name, ...lines].join('\n');
  });
  return `SLUICE_SEED=${SEED} SLUICE_COUNT=${COUNT}: ${byCase.size} cases differ\n${parts.join('\n')}`;
}

describeWith(['control-plane'], 'objects of all kinds on two API servers', () => {
  let first: ControlPlane;
  let second: ControlPlane;

  beforeAll(async () => {
    [first, second] = await Promise.all([startControlPlane(), startEmbeddedCluster({ controllerManager: false })]);
    await Promise.all([prepare(first.request), prepare(second.request)]);
  }, 120_000);
  afterAll(() => Promise.all([first?.stop(), second?.stop()]));

  test('are taken and refused alike, whatever field is wrong', { timeout: TEN_MINUTES }, async () => {
    const cases = casesOf(SEED, COUNT);
    const started = performance.now();
    const { differences, statuses } = await compareKinds(first, second, cases);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const answers = [...statuses].map(([status, count]) => `${count} times ${status}`).join(', ');
    console.log(`SLUICE_SEED=${SEED} SLUICE_COUNT=${COUNT}: ${cases.length} cases in ${seconds} s: ${answers}`);
    const unlisted = unexplained(differences);
    expect(unlisted, reported(unlisted)).toEqual([]);
    // Neither refuses everything, nor takes it.
    for (const status of [200, 201, 400, 422]) expect(statuses.get(status)).toBeGreaterThan(SAMPLES.length);
  });

  test.each(DIFFERENCES)('$what: the difference cites its source', ({ source }) => {
    expect(source).toMatch(/https:\/\//);
  });
});

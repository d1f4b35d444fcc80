import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../../support/requirements.ts';
import { Breadth } from './breadth.ts';
import { CORPUS } from './corpus.ts';
import { type Allowed, DIFFERENCES, reported, unexpected } from './differences.ts';
import { generatedHistories } from './generate.ts';
import type { History } from './history.ts';
import { type Outcome, play, setUp } from './play.ts';
import { shrink } from './shrink.ts';
import { type Side, startOurs, startUpstream } from './side.ts';

/** kube-controller-manager against itself proves that histories and comparison don't depend on luck; then nothing may differ. */
const ITSELF = process.env['SLUICE_TEST_SLICES'] === 'kube-controller-manager';
const ALLOWED: readonly Allowed[] = ITSELF ? [] : DIFFERENCES;

/** Outside CI every fourth history; of listed differences nothing can be said then. */
const ALL = process.env['CI'] === 'true' || ITSELF;
const sampled = (histories: readonly History[]): readonly History[] =>
  ALL ? histories : histories.filter((_, index) => index % 4 === 0);

const SEED = Number(process.env['SLUICE_SEED'] ?? 1);
const COUNT = Number(process.env['SLUICE_COUNT'] ?? 80);
const TEN_MINUTES = 600_000;

describeWith(['control-plane', 'client-go'], "kube-controller-manager's slices and Sluice's", () => {
  let sides: [Side, Side];
  const breadth = new Breadth();

  beforeAll(async () => {
    const started = await Promise.allSettled([startUpstream(), ITSELF ? startUpstream() : startOurs()]);
    sides = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])) as typeof sides;
    for (const one of started) if (one.status === 'rejected') throw one.reason;
    await setUp(sides);
  });
  afterAll(() => Promise.all((sides ?? []).map((side) => side.stop())));

  const told = (what: string, started: number, histories: number, { steps, writes, compared }: Outcome) => {
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(
      `${what}: ${histories} histories, ${steps} steps, ${writes} writes, ${compared} comparisons in ${seconds} s`,
    );
  };

  /**
   * What still differs when the histories that had unlisted differences are played again. Both sides look at a Service when they get to
   * it: where one happened to look once more than it had to, nothing differs the second time.
   */
  const recurring = async (
    histories: readonly History[],
    differences: Outcome['differences'],
  ): Promise<Outcome['differences']> => {
    const names = new Set(unexpected(differences, ALLOWED).unlisted.map(({ history }) => history));
    if (names.size === 0) return differences;
    console.log(`played again: ${[...names].join('; ')}\n${reported(differences, histories)}`);
    const second = await play(
      sides,
      histories.filter(({ name }) => names.has(name)),
    );
    return [...differences.filter(({ history }) => !names.has(history)), ...second.differences];
  };

  test('are the same after every step, but for the differences that are listed', { timeout: TEN_MINUTES }, async () => {
    const started = performance.now();
    const histories = sampled(CORPUS);
    const outcome = await play(sides, histories, breadth);
    told('written', started, histories.length, outcome);
    const { unlisted, gone } = unexpected(await recurring(histories, outcome.differences), ALLOWED);
    expect(unlisted, reported(unlisted, histories)).toEqual([]);
    if (ALL) expect(gone).toEqual([]);
  });

  test('are the same in histories that nobody wrote', { timeout: TEN_MINUTES }, async () => {
    const started = performance.now();
    const histories = sampled(generatedHistories(SEED, COUNT));
    const outcome = await play(sides, histories, breadth);
    told(`SLUICE_SEED=${SEED} SLUICE_COUNT=${COUNT}`, started, histories.length, outcome);
    const differences = await recurring(histories, outcome.differences);
    if (differences.length === 0) return;
    console.log(reported(differences, histories));
    const [failing] = histories.filter(({ name }) => name === differences[0]?.history);
    const failingOf = async (candidates: readonly History[]) => {
      const named = candidates.map((history, i) => ({ ...history, name: `${history.name}, smaller ${i}` }));
      const found = new Set((await play(sides, named)).differences.map(({ history }) => history));
      return candidates.filter((_, i) => found.has(named[i]?.name ?? ''));
    };
    const smallest = failing && (await shrink(failing, failingOf));
    const again = smallest ? (await play(sides, [smallest])).differences : [];
    const text = `${reported(differences, histories)}\nat its smallest:\n${smallest ? reported(again, [smallest]) : ''}`;
    expect(differences, text).toEqual([]);
  });

  test('show enough to know', () => {
    console.log(`together: ${breadth}`);
    expect(breadth.pairs).toBeGreaterThan(ALL ? 500 : 300);
  });

  test.each(DIFFERENCES)('$history, step $step, $path: the difference cites its source', ({ source }) => {
    expect(source).toMatch(/https:\/\//);
  });
});

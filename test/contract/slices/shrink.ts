import type { History, Step } from './history.ts';

/** Smaller histories than this one: a step less, or a write less. The boldest first. */
export function smaller({ steps, ...rest }: History): History[] {
  const without = steps.map((_, i) => steps.toSpliced(i, 1)).filter(({ length }) => length > 0);
  const lesser = steps.flatMap((step, i) => smallerSteps(step).map((less) => steps.with(i, less)));
  return [...without, ...lesser].map((some) => ({ ...rest, steps: some }));
}

function smallerSteps(step: Step): Step[] {
  if (step.writes.length < 2) return [];
  return step.writes.map((_, i) => ({ ...step, writes: step.writes.toSpliced(i, 1) }));
}

/** The smallest history found that still fails; in each round the candidates are played beside each other. */
export async function shrink(
  failing: History,
  failingOf: (histories: readonly History[]) => Promise<readonly History[]>,
  rounds = 6,
): Promise<History> {
  let smallest = failing;
  for (let round = 0; round < rounds; round++) {
    const [first] = await failingOf(smaller(smallest).slice(0, 40));
    if (!first) break;
    smallest = first;
  }
  return smallest;
}

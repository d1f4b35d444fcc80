import type { Case, Json, Step } from './case.ts';

/** Smaller cases than this one: a step less, or a key or an item of a body less. The boldest first. */
export function smaller({ steps, ...rest }: Case): Case[] {
  const without = steps.map((_, i) => steps.toSpliced(i, 1)).filter(({ length }) => length > 0);
  const lesser = steps.flatMap((step, i) => smallerSteps(step).map((less) => steps.with(i, less)));
  return [...without, ...lesser].map((some) => ({ ...rest, steps: some }));
}

function smallerSteps(step: Step): Step[] {
  const { query, ...rest } = step;
  const found: Step[] = query ? [rest] : [];
  if (typeof step.body !== 'object' || step.body === null) return found;
  return [...found, ...smallerBodies(step.body).map((body) => ({ ...step, body }))];
}

/** Every way to leave out one key or item, outermost first. */
export function smallerBodies(body: Json): Json[] {
  if (body === null || typeof body !== 'object') return [];
  if (Array.isArray(body)) {
    const without = body.map((_, i) => body.toSpliced(i, 1));
    return [...without, ...body.flatMap((item, i) => smallerBodies(item).map((less) => body.with(i, less)))];
  }
  const keys = Object.keys(body);
  const without = keys.map((key) => Object.fromEntries(Object.entries(body).filter(([other]) => other !== key)));
  return [...without, ...keys.flatMap((key) => smallerBodies(body[key]).map((less) => ({ ...body, [key]: less })))];
}

/** The smallest case found that still fails, in at most `tries` looks. */
export async function shrink(failing: Case, fails: (one: Case) => Promise<boolean>, tries = 150): Promise<Case> {
  let smallest = failing;
  let left = tries;
  for (let found = true; found && left > 0; ) {
    found = false;
    for (const candidate of smaller(smallest)) {
      if (left-- <= 0) break;
      if (!(await fails(candidate))) continue;
      smallest = candidate;
      found = true;
      break;
    }
  }
  return smallest;
}

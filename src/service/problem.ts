/** One thing a user wrote that Sluice can't act on, with what to do about it. */
export interface Problem {
  /** Where it was written: an annotation key, or a path such as `spec.loadBalancerSourceRanges[1]`. */
  field: string;
  /** What was written there, as the user wrote it. */
  value: string;
  /** What is wrong, with no full stop: "is not a scheme". */
  message: string;
  /** What to write instead, as an order: "use internal or internet-facing". */
  remedy: string;
}

/** Longer values are cut: conditions and events have room for several problems, and the field says where to look. */
const MAX_VALUE = 120;

/** One line, whatever the value contains, for conditions, events, logs and the terminal. */
export function formatProblem(problem: Problem): string {
  const characters = [...problem.value];
  const value = characters.length <= MAX_VALUE ? problem.value : `${characters.slice(0, MAX_VALUE).join('')}…`;
  return `${problem.field}=${JSON.stringify(value)}: ${problem.message}; ${problem.remedy}`;
}

/** The unified diff of two values as JSON that upstream puts into some messages (apimachinery `pkg/util/diff`). */
import type { Part } from './common.ts';

const CONTEXT = 3;

interface Step {
  /** ' ', '-' or '+'. */
  mark: string;
  text: string;
  /** How many lines of both sides come before it. */
  before: readonly [number, number];
}

/** Longest common subsequence of lines; specs have a few hundred at most. */
function steps(a: readonly string[], b: readonly string[]): Step[] {
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const out: Step[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const before = [i, j] as const;
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push({ mark: ' ', text: a[i] ?? '', before });
      i++;
      j++;
    } else if (i < a.length && (j === b.length || at(i + 1, j) >= at(i, j + 1))) {
      out.push({ mark: '-', text: a[i++] ?? '', before });
    } else out.push({ mark: '+', text: b[j++] ?? '', before });
  }
  return out;
}

const range = (start: number, length: number): string => {
  if (length === 1) return String(start + 1);
  return `${length === 0 ? start : start + 1},${length}`;
};

/**
 * `@@ -1,7 +1,7 @@` and so on. Upstream prints its internal types, whose fields have other names and are all there; this
 * prints what clients know.
 */
export function specDiff(old: Part, next: Part): string {
  const text = (value: Part) => JSON.stringify(value, undefined, 1).split('\n');
  const all = steps(text(old), text(next));
  const changed = all.flatMap(({ mark }, index) => (mark === ' ' ? [] : [index]));
  const hunks: [number, number][] = [];
  for (const index of changed) {
    const last = hunks.at(-1);
    const [from, to] = [Math.max(0, index - CONTEXT), Math.min(all.length, index + CONTEXT + 1)];
    if (last && from <= last[1]) last[1] = to;
    else hunks.push([from, to]);
  }
  const lines = hunks.flatMap(([from, to]) => {
    const part = all.slice(from, to);
    const [left, right] = part[0]?.before ?? [0, 0];
    const count = (mark: string) => part.filter((one) => one.mark !== mark).length;
    const head = `@@ -${range(left, count('+'))} +${range(right, count('-'))} @@`;
    return [head, ...part.map(({ mark, text: line }) => mark + line)];
  });
  return lines.map((line) => `${line}\n`).join('');
}

/**
 * The unified diff of two values that upstream puts into some messages (apimachinery `pkg/util/diff`). Its lines are matched
 * as Python's difflib matches them: Ratcliff and Obershelp's "gestalt pattern matching". Pure.
 */
import { escapeHtml } from '../../api/field-error.ts';
import { internalForm } from './internal.ts';

const CONTEXT = 3;
/** From this many lines on, those that are there too often are no anchors. */
const MANY = 200;

interface Block {
  a: number;
  b: number;
  size: number;
}

/** Where each line of `b` is, without those that tell nothing. */
function placesOf(b: readonly string[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  b.forEach((line, index) => {
    const found = places.get(line);
    if (found) found.push(index);
    else places.set(line, [index]);
  });
  if (b.length < MANY) return places;
  const most = Math.floor(b.length / 100) + 1;
  for (const [line, found] of places) if (found.length > most) places.delete(line);
  return places;
}

/** The blocks that both have, in order: the longest, then what is before and after it in the same way. */
function matchingBlocks(a: readonly string[], b: readonly string[]): Block[] {
  const places = placesOf(b);

  function longest(aFrom: number, aTo: number, bFrom: number, bTo: number): Block {
    const best = { a: aFrom, b: bFrom, size: 0 };
    let lengths = new Map<number, number>();
    for (let i = aFrom; i < aTo; i++) {
      const next = new Map<number, number>();
      for (const j of places.get(a[i] ?? '') ?? []) {
        if (j < bFrom || j >= bTo) continue;
        const size = (lengths.get(j - 1) ?? 0) + 1;
        next.set(j, size);
        if (size > best.size) Object.assign(best, { a: i - size + 1, b: j - size + 1, size });
      }
      lengths = next;
    }
    while (best.a > aFrom && best.b > bFrom && a[best.a - 1] === b[best.b - 1]) {
      best.a--;
      best.b--;
      best.size++;
    }
    const end = () => [best.a + best.size, best.b + best.size] as const;
    for (let [i, j] = end(); i < aTo && j < bTo && a[i] === b[j]; [i, j] = end()) best.size++;
    return best;
  }

  const blocks: Block[] = [];
  function match(aFrom: number, aTo: number, bFrom: number, bTo: number): void {
    const found = longest(aFrom, aTo, bFrom, bTo);
    if (found.size === 0) return;
    if (aFrom < found.a && bFrom < found.b) match(aFrom, found.a, bFrom, found.b);
    const last = blocks.at(-1);
    if (last && last.a + last.size === found.a && last.b + last.size === found.b) last.size += found.size;
    else blocks.push(found);
    const [i, j] = [found.a + found.size, found.b + found.size];
    if (i < aTo && j < bTo) match(i, aTo, j, bTo);
  }
  match(0, a.length, 0, b.length);
  return blocks;
}

interface Line {
  /** ' ', '-' or '+'. */
  mark: string;
  text: string;
  /** How many lines of both sides come before it. */
  before: readonly [number, number];
}

function linesOf(a: readonly string[], b: readonly string[]): Line[] {
  const out: Line[] = [];
  let [i, j] = [0, 0];
  for (const block of [...matchingBlocks(a, b), { a: a.length, b: b.length, size: 0 }]) {
    for (; i < block.a; i++) out.push({ mark: '-', text: a[i] ?? '', before: [i, j] });
    for (; j < block.b; j++) out.push({ mark: '+', text: b[j] ?? '', before: [i, j] });
    for (const end = i + block.size; i < end; i++, j++) out.push({ mark: ' ', text: a[i] ?? '', before: [i, j] });
  }
  return out;
}

const range = (start: number, length: number): string => {
  if (length === 1) return String(start + 1);
  return `${length === 0 ? start : start + 1},${length}`;
};

/** `@@ -1,7 +1,7 @@` and so on, of two texts. */
export function unifiedDiff(a: readonly string[], b: readonly string[]): string {
  const all = linesOf(a, b);
  const hunks: [number, number][] = [];
  all.forEach(({ mark }, index) => {
    if (mark === ' ') return;
    const last = hunks.at(-1);
    const [from, to] = [Math.max(0, index - CONTEXT), Math.min(all.length, index + CONTEXT + 1)];
    if (last && from <= last[1]) last[1] = to;
    else hunks.push([from, to]);
  });
  const lines = hunks.flatMap(([from, to]) => {
    const part = all.slice(from, to);
    const [left, right] = part[0]?.before ?? [0, 0];
    const count = (mark: string) => part.filter((one) => one.mark !== mark).length;
    const head = `@@ -${range(left, count('+'))} +${range(right, count('-'))} @@`;
    return [head, ...part.map(({ mark, text: line }) => mark + line)];
  });
  return lines.map((line) => `${line}\n`).join('');
}

/** The diff of two values of an internal type (`PodSpec`), each given as clients know it. */
export function specDiff(type: string, old: unknown, next: unknown): string {
  const text = (value: unknown) => escapeHtml(JSON.stringify(internalForm(type, value), undefined, 1)).split('\n');
  return unifiedDiff(text(old), text(next));
}

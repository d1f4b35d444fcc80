import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Loop } from '../../../src/cluster/controllers/loop.ts';

let done: string[];
let failed: string[];
let loop: Loop;
beforeEach(() => {
  vi.useFakeTimers();
  done = [];
  failed = [];
  loop = new Loop((what, error) => failed.push(`${what}: ${String(error)}`));
});
afterEach(() => {
  loop.stop();
  vi.useRealTimers();
});
const work = (name: string) => () => done.push(name);

test('work is done after what asked for it, each piece once and the latest of it', () => {
  loop.add('a', work('first'));
  loop.add('a', work('a'));
  loop.add('b', () => {
    done.push('b');
    loop.add('a', work('a again'));
    loop.add('b', work('b again'));
  });
  expect(done).toEqual([]);
  vi.advanceTimersByTime(0);
  expect(done.slice(0, 2)).toEqual(['a', 'b']);
  vi.advanceTimersByTime(1);
  expect(done).toEqual(['a', 'b', 'a again', 'b again']);
});

test('what fails is tried again, later and later, and does not keep others', () => {
  const times: number[] = [];
  const start = Date.now();
  loop.add('bad', () => {
    times.push(Date.now() - start);
    if (times.length < 5) throw new Error('no');
  });
  loop.add('good', work('good'));
  vi.advanceTimersByTime(0);
  expect(done).toEqual(['good']);
  vi.advanceTimersByTime(10_000);
  expect(times.map((at, index) => at - (times[index - 1] ?? 0)).map((ms) => Math.round(ms / 10) * 10)).toEqual([
    0, 20, 40, 80, 160,
  ]);
  expect(failed).toEqual(Array.from({ length: 4 }, () => 'bad: Error: no'));
  // A success forgets the failures.
  times.length = 3;
  loop.add('bad', () => {
    times.push(Date.now());
    if (times.length === 4) throw new Error('no');
  });
  vi.advanceTimersByTime(0);
  vi.advanceTimersByTime(25);
  expect(times).toHaveLength(5);
});

test('no wait is longer than half a minute', () => {
  const times: number[] = [];
  loop.add('bad', () => {
    times.push(Date.now());
    throw new Error('no');
  });
  vi.advanceTimersByTime(600_000);
  const waits = times.map((at, index) => at - (times[index - 1] ?? at));
  expect(Math.max(...waits)).toBeLessThanOrEqual(30_001);
  expect(waits.filter((wait) => wait >= 30_000).length).toBeGreaterThan(10);
});

test('some comes with time, until the loop stops', () => {
  loop.every(1000, 'tick', work('tick'));
  loop.after(2500, 'once', work('once'));
  vi.advanceTimersByTime(3500);
  expect(done).toEqual(['tick', 'tick', 'once', 'tick']);
  loop.after(100, 'never', work('never'));
  loop.stop();
  loop.add('never', work('never'));
  loop.after(100, 'never', work('never'));
  vi.advanceTimersByTime(10_000);
  expect(done).toHaveLength(4);
});

test('work that takes long leaves turns to others, in its order', () => {
  const busy = (name: string) => () => {
    done.push(name);
    clock += 30;
  };
  let clock = 0;
  const now = vi.spyOn(performance, 'now').mockImplementation(() => clock);
  for (const name of ['a', 'b', 'c']) loop.add(name, busy(name));
  setImmediate(() => {
    done.push('somebody else');
    loop.add('c', work('c, the latest'));
    loop.add('d', work('d'));
  });
  vi.advanceTimersByTime(5);
  expect(done).toEqual(['a', 'somebody else', 'b', 'c, the latest', 'd']);
  now.mockRestore();
});

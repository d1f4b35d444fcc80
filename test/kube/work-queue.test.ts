import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DelayHeap } from '../../src/kube/delay-heap.ts';
import { TokenBucket } from '../../src/kube/rate-limit.ts';
import { type WorkHandler, WorkQueue, type WorkQueueOptions } from '../../src/kube/work-queue.ts';
import { FakeClock, settle } from './fake-clock.ts';

/** A queue whose handlers wait until they are let go. */
function setUp(options: WorkQueueOptions = {}, concurrency = 1) {
  const clock = new FakeClock();
  const queue = new WorkQueue({ clock, random: () => 0, ...options });
  const controller = new AbortController();
  const started: string[] = [];
  const waiting = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
  const handler: WorkHandler = (key) => {
    started.push(key);
    return new Promise((resolve, reject) => waiting.set(key, { resolve, reject }));
  };
  const start = () => queue.run(concurrency, handler, controller.signal);
  const finish = async (key: string, error?: Error) => {
    const waiter = waiting.get(key);
    if (!waiter) throw new Error(`${key} is not being handled`);
    waiting.delete(key);
    if (error) waiter.reject(error);
    else waiter.resolve();
    await settle();
  };
  return { clock, queue, controller, started, waiting, start, finish };
}

describe('WorkQueue', () => {
  it('handles a key once however often it was added', async () => {
    const { queue, started, start } = setUp({}, 3);
    for (const key of ['a', 'b', 'a', 'a']) queue.add(key);
    expect(queue.length).toBe(2);
    void start();
    await settle();
    expect(started).toEqual(['a', 'b']);
  });

  it('never handles a key twice at a time, and once more for what came meanwhile', async () => {
    const { queue, started, start, finish } = setUp({}, 4);
    queue.add('a');
    void start();
    await settle();
    queue.add('a');
    queue.add('a');
    await settle();
    expect(started).toEqual(['a']);
    await finish('a');
    expect(started).toEqual(['a', 'a']);
    await finish('a');
    expect(started).toEqual(['a', 'a']);
    expect(queue.length).toBe(0);
  });

  it('keeps at most `concurrency` handlers busy, and that many', async () => {
    const { queue, started, start, finish } = setUp({}, 2);
    for (const key of ['a', 'b', 'c']) queue.add(key);
    void start();
    await settle();
    expect(started).toEqual(['a', 'b']);
    await finish('b');
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it.each<[string, (queue: WorkQueue) => void, string[]]>([
    ['low waits behind normal', (q) => [q.add('l', { priority: 'low' }), q.add('n')], ['n', 'l']],
    ['low becomes normal', (q) => [q.add('l', { priority: 'low' }), q.add('n'), q.add('l')], ['n', 'l']],
    [
      'low becomes normal and overtakes low',
      (q) => [q.add('l1', { priority: 'low' }), q.add('l2', { priority: 'low' }), q.add('l2')],
      ['l2', 'l1'],
    ],
    [
      'normal does not become low',
      (q) => [q.add('a'), q.add('l', { priority: 'low' }), q.add('a', { priority: 'low' })],
      ['a', 'l'],
    ],
  ])('priority: %s', async (_, fill, expected) => {
    const { queue, started, start, finish } = setUp();
    fill(queue);
    void start();
    await settle();
    while (started.length < expected.length) await finish(started.at(-1) ?? '');
    expect(started).toEqual(expected);
  });

  it('of several delays the earliest counts, and only once', async () => {
    const { clock, queue, started, start, finish } = setUp();
    void start();
    queue.addAfter('a', 500);
    queue.addAfter('a', 200);
    queue.addAfter('a', 900);
    await clock.advance(199);
    expect(started).toEqual([]);
    await clock.advance(1);
    expect(started).toEqual(['a']);
    await finish('a');
    await clock.advance(10_000);
    expect(started).toEqual(['a']);
    expect(clock.timers).toBe(0);
  });

  it('backs off exponentially per key up to the limit, and starts over when the key succeeds', async () => {
    const failed: string[] = [];
    const { clock, queue, started, start, finish } = setUp({
      backoff: { baseMs: 100, maxMs: 500 },
      onError: (key, error) => failed.push(`${key}: ${(error as Error).message}`),
    });
    void start();
    queue.add('a');
    for (const [index, delay] of [100, 200, 400, 500, 500].entries()) {
      await settle();
      expect(started).toHaveLength(index + 1);
      await finish('a', new Error(`no ${index}`));
      expect(queue.retries('a')).toBe(index + 1);
      await clock.advance(delay - 1);
      expect(started).toHaveLength(index + 1);
      await clock.advance(1);
    }
    expect(failed).toEqual(['a: no 0', 'a: no 1', 'a: no 2', 'a: no 3', 'a: no 4']);
    await finish('a');
    expect(queue.retries('a')).toBe(0);
    expect(clock.timers).toBe(0);
  });

  it('spreads many failures by the retry bucket', async () => {
    const { clock, queue } = setUp({
      backoff: { baseMs: 10, maxMs: 10 },
      retryBucket: { ratePerSecond: 10, burst: 2 },
    });
    for (const key of ['a', 'b', 'c', 'd']) queue.addRateLimited(key);
    const lengths: number[] = [];
    for (const ms of [10, 89, 1, 99, 1]) {
      await clock.advance(ms);
      lengths.push(queue.length);
    }
    expect(lengths).toEqual([2, 2, 3, 3, 4]);
  });

  it('a delay that a successful handler asked for survives, and its backoff is reset', async () => {
    const { clock, queue, started, start, finish } = setUp();
    void start();
    queue.addRateLimited('a');
    await clock.advance(500);
    queue.addAfter('a', 1000);
    await finish('a');
    expect(queue.retries('a')).toBe(0);
    await clock.advance(1000);
    expect(started).toEqual(['a', 'a']);
  });

  it('a backoff that a successful handler asked for is kept', async () => {
    const { clock, queue, start, finish } = setUp();
    void start();
    queue.add('a');
    await settle();
    queue.addRateLimited('a');
    await finish('a');
    expect(queue.retries('a')).toBe(1);
    await clock.advance(500);
    await finish('a');
    expect(queue.retries('a')).toBe(0);
  });

  it('a failed low key stays low', async () => {
    const { clock, queue, started, start, finish } = setUp({ backoff: { baseMs: 100, maxMs: 100 } });
    queue.add('sweep', { priority: 'low' });
    void start();
    await settle();
    queue.add('x');
    await finish('sweep', new Error('no'));
    await clock.advance(100);
    queue.add('y');
    await finish('x');
    await finish('y');
    expect(started).toEqual(['sweep', 'x', 'y', 'sweep']);
  });

  it('drains on abort: starts no key, waits for those under way, and leaves no timer behind', async () => {
    const { clock, queue, controller, started, start, finish } = setUp({}, 2);
    for (const key of ['a', 'b', 'c']) queue.add(key);
    queue.addAfter('d', 60_000);
    let done = false;
    const run = start().then(() => {
      done = true;
    });
    await settle();
    controller.abort();
    await finish('a');
    expect({ started, done }).toEqual({ started: ['a', 'b'], done: false });
    await finish('b', new Error('interrupted'));
    await run;
    expect(started).toEqual(['a', 'b']);
    expect(clock.timers).toBe(0);
  });

  it('run with an aborted signal resolves at once', async () => {
    const { queue, controller, started, start } = setUp();
    queue.add('a');
    controller.abort();
    await start();
    expect(started).toEqual([]);
  });

  it('tells its hooks', async () => {
    const seen: [string, number][] = [];
    const note = (name: string) => (value?: number) => void seen.push([name, value ?? 1]);
    const hooks = {
      depth: note('depth'),
      adds: note('adds'),
      latency: note('latency'),
      workDuration: note('work'),
      retries: note('retries'),
    };
    const { clock, queue, start, finish } = setUp({ hooks });
    queue.add('a');
    queue.add('a');
    clock.freeze(2000);
    void start();
    await settle();
    clock.freeze(3000);
    await finish('a', new Error('no'));
    expect(seen).toEqual([
      ['adds', 1],
      ['depth', 1],
      ['depth', 0],
      ['latency', 2],
      ['retries', 1],
      ['work', 3],
    ]);
  });

  it.each([
    [() => new WorkQueue({ backoff: { baseMs: 0, maxMs: 5 } }), 'baseMs'],
    [() => new WorkQueue({ backoff: { baseMs: 9, maxMs: 5 } }), '9, 5'],
    [() => new WorkQueue({ retryBucket: { ratePerSecond: 0, burst: 1 } }), 'ratePerSecond'],
    [() => void new WorkQueue().run(0, async () => {}, new AbortController().signal), 'concurrency'],
  ])('refuses nonsense %#', (make, message) => {
    expect(make).toThrow(message);
  });

  it('loses no key and never doubles one, whatever happens', async () => {
    const action = fc.oneof(
      fc.record({ do: fc.constant('add' as const), key: fc.constantFrom('a', 'b', 'c'), low: fc.boolean() }),
      fc.record({
        do: fc.constant('after' as const),
        key: fc.constantFrom('a', 'b', 'c'),
        ms: fc.integer({ min: 0, max: 50 }),
      }),
      fc.record({ do: fc.constant('limited' as const), key: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 30 }) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { maxLength: 40 }),
        fc.infiniteStream(fc.boolean()),
        async (actions, failures) => {
          const clock = new FakeClock();
          const queue = new WorkQueue({ clock, random: () => 0, backoff: { baseMs: 5, maxMs: 20 } });
          const stop = new AbortController();
          const busy = new Set<string>();
          /** Wishes not yet answered by a run that started after them. */
          const owed = new Set<string>();
          const run = queue.run(
            2,
            async (key) => {
              expect(busy.has(key)).toBe(false);
              busy.add(key);
              owed.delete(key);
              await new Promise<void>((resolve) => clock.setTimeout(resolve, 3));
              busy.delete(key);
              if (failures.next().value) {
                owed.add(key);
                throw new Error('no');
              }
            },
            stop.signal,
          );
          for (const step of actions) {
            if (step.do === 'advance') await clock.advance(step.ms);
            else owed.add(step.key);
            if (step.do === 'add') queue.add(step.key, { priority: step.low ? 'low' : 'normal' });
            if (step.do === 'after') queue.addAfter(step.key, step.ms);
            if (step.do === 'limited') queue.addRateLimited(step.key);
          }
          for (let turn = 0; owed.size > 0 && turn < 100; turn++) await clock.advance(20);
          expect([...owed]).toEqual([]);
          stop.abort();
          await clock.advance(10);
          await run;
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('DelayHeap', () => {
  it('gives keys in order of their earliest deadlines', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...'abcdefgh'), fc.integer({ min: 0, max: 20 }))), (entries) => {
        const heap = new DelayHeap();
        const earliest = new Map<string, number>();
        for (const [key, at] of entries) {
          heap.set(key, at);
          earliest.set(key, Math.min(at, earliest.get(key) ?? at));
        }
        const times = heap.takeDue(20).map((key) => earliest.get(key));
        expect(times).toEqual([...earliest.values()].sort((a, b) => a - b));
        expect(heap.size).toBe(0);
        expect(heap.peek()).toBeUndefined();
      }),
    );
  });
});

describe('TokenBucket', () => {
  it('reserves ahead and refills with time up to its burst', () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket({ ratePerSecond: 2, burst: 2 }, clock);
    expect([1, 2, 3, 4].map(() => bucket.reserve())).toEqual([0, 0, 500, 1000]);
    expect(bucket.tryTake()).toBe(false);
    clock.freeze(1500);
    expect(bucket.tryTake()).toBe(true);
    expect(bucket.tryTake()).toBe(false);
    clock.freeze(60_000);
    expect([1, 2, 3].map(() => bucket.tryTake())).toEqual([true, true, false]);
  });
});

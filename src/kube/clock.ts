/**
 * Time as the kube runtime sees it. `now` is monotonic and only good for differences: a corrected wall clock must never
 * shorten a lease or fire a timer. `wall` is for stamps that people and other programs read.
 */
export interface Clock {
  /** Monotonic milliseconds from an arbitrary origin. */
  now(): number;
  /** Milliseconds since the epoch. */
  wall(): number;
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

/** Longer delays overflow Node's 32-bit timers, which then fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The real clock. Timers longer than 24.8 days fire early: who waits that long looks at `now` again. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  setTimeout: (callback, ms) => setTimeout(callback, Math.min(Math.max(0, ms), LONGEST_TIMER_MS)),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
};

/** Waits `ms`, or less if `signal` aborts: callers look at the signal afterwards. Never rejects. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clock.clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}

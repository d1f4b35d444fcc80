/** How long a container that ended waits until it runs again (kubernetes `client-go/util/flowcontrol/backoff.go`). Pure. */

export interface BackoffTimes {
  /** The second wait; the first restart waits for nothing. */
  baseMs: number;
  mostMs: number;
}

/** How soon it is looked again for an image or configuration that was not there: it may come at any time, and looking is cheap. */
export const LOOK_BACKOFF: BackoffTimes = { baseMs: 1000, mostMs: 10_000 };

/** As a kubelet. */
export const CRASH_BACKOFF: BackoffTimes = { baseMs: 10_000, mostMs: 300_000 };

/** The next wait after one of `waitMs`; undefined: there was none yet. One that ran well for long begins anew. */
export function nextWait(waitMs: number | undefined, ranMs: number, { baseMs, mostMs }: BackoffTimes): number {
  if (waitMs === undefined || ranMs > 2 * mostMs) return 0;
  return Math.min(waitMs === 0 ? baseMs : waitMs * 2, mostMs);
}

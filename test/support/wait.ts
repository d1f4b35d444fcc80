import { setTimeout as sleep } from 'node:timers/promises';

/** How long to wait, how often to look, and what to call it when it never comes. */
export interface WaitOptions {
  timeoutMs?: number;
  intervalMs?: number;
  what: string;
}

/**
 * Calls `look` until it returns something truthy, and returns that. What `look` throws counts as "not yet" and is told
 * in the error when time is up.
 */
export async function waitFor<T>(
  look: () => T | Promise<T>,
  { timeoutMs = 10_000, intervalMs = 25, what }: WaitOptions,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found) return found;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= deadline) {
      throw new Error(`timed out after ${timeoutMs} ms waiting for ${what}`, { cause: last });
    }
    await sleep(intervalMs);
  }
}

import type { Clock } from './clock.ts';

export interface TokenBucketOptions {
  ratePerSecond: number;
  burst: number;
}

/** A token bucket that starts full. */
export class TokenBucket {
  readonly #options: TokenBucketOptions;
  readonly #clock: Clock;
  /** May be negative: reservations borrow from the future. */
  #tokens: number;
  #updatedAt: number;

  constructor(options: TokenBucketOptions, clock: Clock) {
    if (!(options.ratePerSecond > 0)) throw new RangeError(`ratePerSecond must be > 0, got ${options.ratePerSecond}`);
    if (!(options.burst >= 1)) throw new RangeError(`burst must be >= 1, got ${options.burst}`);
    this.#options = options;
    this.#clock = clock;
    this.#tokens = options.burst;
    this.#updatedAt = clock.now();
  }

  /** Takes a token, now or ahead of time; returns the milliseconds until it is really there. */
  reserve(): number {
    this.#refill();
    this.#tokens--;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / this.#options.ratePerSecond) * 1000;
  }

  /** Takes a token if one is there. */
  tryTake(): boolean {
    this.#refill();
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  #refill(): void {
    const now = this.#clock.now();
    const gained = ((now - this.#updatedAt) / 1000) * this.#options.ratePerSecond;
    this.#tokens = Math.min(this.#options.burst, this.#tokens + gained);
    this.#updatedAt = now;
  }
}

export interface BackoffOptions {
  baseMs: number;
  maxMs: number;
}

/** `base × 2^(failures − 1)` up to `max`, and up to 10 % more, so that what failed together does not return together. */
export function backoffDelay(failures: number, { baseMs, maxMs }: BackoffOptions, random: () => number): number {
  // 2^1000 is still finite, and capped all the same.
  return Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, 1000)) * (1 + random() * 0.1);
}

/** Token buckets in front of the SDK, one for each of AWS's API rate limit categories, so that calls wait here and not there. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface BucketSize {
  /** Calls at once. */
  burst: number;
  /** Calls a second. */
  refill: number;
}

/** For how long a throttled answer halves a bucket's rate. */
const PENALTY_MS = 60_000;
const MAX_HALVINGS = 4;

/** Background work that has waited so long counts as urgent, or a busy account would never see a deletion. */
const PATIENCE_MS = 60_000;

interface Waiter {
  low: boolean;
  since: number;
  resolve: () => void;
}

/**
 * A token bucket whose waiters are served in order of arrival, background work after everything else. Services call one
 * at a time, so order of arrival is a fair round among them.
 * Invariant: a drain is under way while there are waiters, and ends when there are none.
 */
export class TokenBucket {
  readonly size: BucketSize;
  readonly #now: () => number;
  readonly #sleep: (ms: number) => Promise<unknown>;
  #tokens: number;
  #filledAt: number;
  #halvings = 0;
  #penaltyUntil = 0;
  #waiters: Waiter[] = [];
  #draining = false;

  constructor(size: BucketSize, now = () => performance.now(), wait: (ms: number) => Promise<unknown> = sleep) {
    this.size = size;
    this.#now = now;
    this.#sleep = wait;
    this.#tokens = size.burst;
    this.#filledAt = now();
  }

  /** Calls a second at present: halved for a minute by each throttled answer. */
  get rate(): number {
    return this.#now() < this.#penaltyUntil ? this.#slowed : this.size.refill;
  }

  /** Resolves when a call may be made. @throws the reason of `signal`, once it is aborted. */
  async take(low = false, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.#fill();
    if (this.#waiters.length === 0 && this.#tokens >= 1) {
      this.#tokens -= 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const waiter = { low, since: this.#now(), resolve };
      this.#waiters.push(waiter);
      const leave = () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', leave, { once: true });
      waiter.resolve = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      if (!this.#draining) void this.#drain();
    });
  }

  /** AWS throttled a call although this bucket let it pass: somebody else uses the account too. */
  throttled(): void {
    this.#fill();
    this.#tokens = Math.min(this.#tokens, 0);
    const halvings = this.#now() < this.#penaltyUntil ? this.#halvings : 0;
    this.#halvings = Math.min(halvings + 1, MAX_HALVINGS);
    this.#penaltyUntil = this.#now() + PENALTY_MS;
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    while (this.#waiters.length > 0) {
      this.#fill();
      if (this.#tokens < 1) {
        await this.#sleep(Math.max(1, Math.ceil(((1 - this.#tokens) / this.rate) * 1000)));
        continue;
      }
      const patientSince = this.#now() - PATIENCE_MS;
      const urgent = this.#waiters.findIndex((waiter) => !waiter.low || waiter.since <= patientSince);
      const [next] = this.#waiters.splice(Math.max(0, urgent), 1);
      this.#tokens -= 1;
      next?.resolve();
    }
    this.#draining = false;
  }

  get #slowed(): number {
    return this.size.refill / 2 ** this.#halvings;
  }

  #fill(): void {
    const now = this.#now();
    // A penalty that ended since the last time counts up to its end.
    const slowUntil = Math.max(this.#filledAt, Math.min(now, this.#penaltyUntil));
    const gained = (slowUntil - this.#filledAt) * this.#slowed + (now - slowUntil) * this.size.refill;
    this.#tokens = Math.min(this.size.burst, this.#tokens + gained / 1000);
    this.#filledAt = now;
  }
}

export type Category =
  | 'resource-intensive'
  | 'registration'
  | 'mutating'
  | 'describe'
  | 'ec2-mutating'
  | 'ec2-describe';

/**
 * AWS's defaults per account and Region: "API request rates" of Elastic Load Balancing, and "Request throttling for the
 * Amazon EC2 API". Where sources differ, the lower number.
 */
export const AWS_RATE_LIMITS: Record<Category, BucketSize> = {
  'resource-intensive': { burst: 10, refill: 0.2 },
  registration: { burst: 20, refill: 4 },
  mutating: { burst: 20, refill: 3 },
  describe: { burst: 40, refill: 10 },
  'ec2-mutating': { burst: 50, refill: 5 },
  'ec2-describe': { burst: 50, refill: 10 },
};

/** All ELBv2 calls together. */
const ACCOUNT_WIDE: BucketSize = { burst: 40, refill: 10 };

export function categoryOf(service: 'elbv2' | 'ec2', operation: string): Category {
  const describes = operation.startsWith('Describe');
  if (service === 'ec2') return describes ? 'ec2-describe' : 'ec2-mutating';
  if (describes) return 'describe';
  if (['CreateLoadBalancer', 'SetSubnets'].includes(operation)) return 'resource-intensive';
  return ['RegisterTargets', 'DeregisterTargets'].includes(operation) ? 'registration' : 'mutating';
}

/** The buckets of one process, shared by all its clients. */
export class RateLimits {
  readonly #buckets: ReadonlyMap<Category, TokenBucket>;
  readonly #accountWide: TokenBucket;

  constructor(now?: () => number, wait?: (ms: number) => Promise<unknown>) {
    this.#buckets = new Map(
      Object.entries(AWS_RATE_LIMITS).map(([name, size]) => [name as Category, new TokenBucket(size, now, wait)]),
    );
    this.#accountWide = new TokenBucket(ACCOUNT_WIDE, now, wait);
  }

  async take(service: 'elbv2' | 'ec2', operation: string, low: boolean, signal?: AbortSignal): Promise<void> {
    await this.#bucket(categoryOf(service, operation)).take(low, signal);
    if (service === 'elbv2') await this.#accountWide.take(low, signal);
  }

  throttled(service: 'elbv2' | 'ec2', operation: string): void {
    this.#bucket(categoryOf(service, operation)).throttled();
  }

  #bucket(category: Category): TokenBucket {
    return this.#buckets.get(category) as TokenBucket;
  }
}

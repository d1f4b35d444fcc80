import { type Clock, sleep, systemClock } from './clock.ts';
import { isAlreadyExists, isConflict, isNotFound } from './errors.ts';
import { checkOptions, type LeaderElectorOptions, type LeaseEvent } from './lease-options.ts';
import {
  expiresAt,
  type LeaseDraft,
  leasePath,
  type Observation,
  observe,
  released,
  renewed,
  sameTerm,
  taken,
} from './lease-record.ts';
import type { Lease } from './objects.ts';

export type { LeaderElectorOptions, LeaseEvent } from './lease-options.ts';

/** A write was attempted without a lease that surely holds. */
export class NotLeaderError extends Error {
  override readonly name = 'NotLeaderError';
}

/** One period of leadership. */
interface Term {
  lease: Lease;
  /** The fence, on the monotonic clock. Moved only while it has not passed. */
  until: number;
  /** Ends `lead`: the lease is lost, or the caller wants to stop. */
  stop: AbortController;
  /** The lease may be another's. Its reason says why. */
  lost: AbortController;
}

/**
 * Leader election on a coordination.k8s.io Lease, compatible with client-go's.
 *
 * Two leaders never start a write at once, as long as their clocks tick at the same rate: a leader stops `renewDeadlineMs` after the
 * *start* of its last successful renewal, and others wait `leaseDurationMs`, which is longer, from when they *see* that
 * renewal, which is later. No one reads another's clock. The difference is how long a write that was sent in time may
 * still take to arrive. Not covered: a machine that is suspended, for the monotonic clock may stand still meanwhile.
 */
export class LeaderElector {
  readonly #options: LeaderElectorOptions;
  readonly #clock: Clock;
  readonly #leaseDurationMs: number;
  readonly #renewDeadlineMs: number;
  readonly #retryPeriodMs: number;
  #term: Term | undefined;

  constructor(options: LeaderElectorOptions) {
    const { leaseDurationMs = 15_000, renewDeadlineMs = 10_000, retryPeriodMs = 2000 } = options;
    checkOptions(options.identity, leaseDurationMs, renewDeadlineMs, retryPeriodMs);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#leaseDurationMs = leaseDurationMs;
    this.#renewDeadlineMs = renewDeadlineMs;
    this.#retryPeriodMs = retryPeriodMs;
  }

  /** True only while no other can have taken the lease, by this process's own monotonic clock: it needs no timer to turn false. */
  isLeading(): boolean {
    const term = this.#term;
    return term !== undefined && !term.lost.signal.aborted && this.#clock.now() < term.until;
  }

  /** The fence in front of every write (`writeGuard`). @throws NotLeaderError */
  assertLeading(): void {
    const { namespace, name } = this.#options;
    if (!this.isLeading()) throw new NotLeaderError(`not the leader of ${namespace}/${name}`);
  }

  /**
   * Waits for the lease, then leads once. `lead`'s signal aborts when the lease is lost and when `signal` aborts; in the
   * latter case the lease is renewed until `lead` has ended, so it may finish its writes, and then released.
   * Resolves `stopped` after `signal` aborted or `lead` ended by itself, `lost` after the lease was lost and `lead` ended.
   * @throws what `lead` threw, unless the lease was lost.
   */
  async run(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<'lost' | 'stopped'> {
    const term = await this.#acquire(signal);
    if (!term) return 'stopped';
    const lost = term.lost.signal;
    this.#term = term;
    this.#report({ type: 'acquired', transitions: term.lease.spec?.leaseTransitions ?? 0 });
    const ended = new AbortController();
    const stop = (): void => term.stop.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    const renewing = this.#keep(term, ended.signal);
    try {
      if (!signal.aborted) await lead(term.stop.signal);
    } catch (error) {
      this.#loseIfOverdue(term);
      if (!lost.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', stop);
      ended.abort();
      await renewing;
      this.#loseIfOverdue(term);
      // The fence is closed before the lease is given away.
      this.#term = undefined;
      if (!lost.aborted) await this.#release(term);
    }
    return lost.aborted ? 'lost' : 'stopped';
  }

  async #acquire(signal: AbortSignal): Promise<Term | undefined> {
    let seen: Observation | undefined;
    while (!signal.aborted) {
      try {
        const current = await this.#read(signal);
        if (current) seen = observe(seen, current, this.#clock.now());
        const holder = current?.spec?.holderIdentity;
        // This identity's own old lease is waited for too: a namesake may still run.
        const expired = !seen || this.#clock.now() >= expiresAt(seen, this.#leaseDurationMs);
        if (!holder || expired) {
          const term = await this.#take(current);
          if (term) return term;
        } else {
          this.#report({ type: 'waiting', holder });
        }
      } catch (error) {
        // A conflict means that another candidate was faster.
        const outrun = isConflict(error) || isAlreadyExists(error);
        if (!signal.aborted && !outrun) this.#report({ type: 'request-failed', error });
      }
      const period = this.#retryPeriodMs * (1 + (this.#options.random ?? Math.random)() * 0.2);
      const expiry = seen ? expiresAt(seen, this.#leaseDurationMs) - this.#clock.now() : 0;
      await sleep(this.#clock, expiry > 0 ? Math.min(period, expiry) : period, signal);
    }
    return undefined;
  }

  /** Not abortable: an aborted write may still take the lease, and then no one would release it. */
  async #take(current: Lease | undefined): Promise<Term | undefined> {
    const { namespace, name, identity } = this.#options;
    const claim = { namespace, name, identity, leaseDurationMs: this.#leaseDurationMs, wall: this.#clock.wall() };
    const until = this.#clock.now() + this.#renewDeadlineMs;
    const lease = await this.#write(taken(current, claim), this.#renewDeadlineMs);
    if (this.#clock.now() >= until) return undefined;
    return { lease, until, stop: new AbortController(), lost: new AbortController() };
  }

  /** Renews until `ended`. Declares the lease lost on time, even when a request hangs. */
  async #keep(term: Term, ended: AbortSignal): Promise<void> {
    const quit = AbortSignal.any([ended, term.lost.signal]);
    const watchdog = this.#watchDeadline(term, quit);
    while (!quit.aborted) {
      await sleep(this.#clock, this.#retryPeriodMs, quit);
      if (quit.aborted) break;
      // Before anything is sent: after a freeze this may run ahead of the watchdog.
      if (!this.#loseIfOverdue(term)) await this.#renew(term, quit);
    }
    await watchdog;
  }

  async #watchDeadline(term: Term, quit: AbortSignal): Promise<void> {
    for (let left = term.until - this.#clock.now(); left > 0; left = term.until - this.#clock.now()) {
      await sleep(this.#clock, left, quit);
      if (quit.aborted) return;
    }
    this.#loseIfOverdue(term);
  }

  async #renew(term: Term, quit: AbortSignal): Promise<void> {
    const requested = this.#clock.now();
    // Half, so that one request lost on a dead connection leaves time for another.
    const timeoutMs = Math.min(this.#renewDeadlineMs / 2, term.until - requested);
    try {
      const lease = await this.#write(renewed(term.lease, this.#clock.wall()), timeoutMs, quit);
      if (this.#loseIfOverdue(term)) return;
      term.lease = lease;
      term.until = requested + this.#renewDeadlineMs;
      this.#report({ type: 'renewed' });
    } catch (error) {
      if (quit.aborted) return;
      if (isNotFound(error)) return this.#lose(term, 'the lease was deleted');
      if (isConflict(error)) return this.#reread(term, timeoutMs, quit);
      this.#report({ type: 'request-failed', error });
    }
  }

  /** After a conflict: a renewal whose answer was lost, or an edit of the labels, is no reason to step down. */
  async #reread(term: Term, timeoutMs: number, quit: AbortSignal): Promise<void> {
    try {
      const current = await this.#read(quit, timeoutMs);
      if (current && sameTerm(current, term.lease)) term.lease = current;
      else this.#lose(term, current ? `taken by ${current.spec?.holderIdentity || 'no one'}` : 'the lease was deleted');
    } catch (error) {
      if (!quit.aborted) this.#report({ type: 'request-failed', error });
    }
  }

  /** Best effort: if it fails, others wait for the lease to expire. */
  async #release(term: Term): Promise<void> {
    const timeoutMs = this.#renewDeadlineMs / 2;
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        await this.#write(released(term.lease, this.#clock.wall()), timeoutMs);
        return this.#report({ type: 'released' });
      } catch (error) {
        if (!isConflict(error)) return this.#report({ type: 'request-failed', error });
      }
      // The renewal that was under way may have come first.
      const current = await this.#read(undefined, timeoutMs).catch(() => undefined);
      if (!current || !sameTerm(current, term.lease)) return;
      term.lease = current;
    }
  }

  #lose(term: Term, reason: string): void {
    if (term.lost.signal.aborted) return;
    const error = new NotLeaderError(reason);
    term.lost.abort(error);
    term.stop.abort(error);
    this.#report({ type: 'lost', reason });
  }

  /** The fence may be found fallen by anyone, before the watchdog's timer: a write it refused, or the next renewal. */
  #loseIfOverdue(term: Term): boolean {
    if (this.#clock.now() < term.until) return false;
    this.#lose(term, `not renewed for ${this.#renewDeadlineMs} ms`);
    return true;
  }

  async #read(signal?: AbortSignal, timeoutMs = this.#renewDeadlineMs): Promise<Lease | undefined> {
    const { client, namespace, name } = this.#options;
    try {
      return await client.request<Lease>('GET', leasePath(namespace, name), { timeoutMs, ...(signal && { signal }) });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  #write(lease: LeaseDraft | Lease, timeoutMs: number, signal?: AbortSignal): Promise<Lease> {
    const { client, namespace, name } = this.#options;
    const options = { body: lease, timeoutMs, unguarded: true, ...(signal && { signal }) };
    if (lease.metadata.resourceVersion) return client.request('PUT', leasePath(namespace, name), options);
    return client.request('POST', leasePath(namespace), options);
  }

  #report(event: LeaseEvent): void {
    this.#options.onEvent?.(event);
  }
}

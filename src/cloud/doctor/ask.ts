/** Asking, so that no question that fails or hangs takes the others with it. */
import { orAborted } from '../../kube/abort.ts';
import type { ClockReading } from './facts.ts';
import { failureOf, type Look } from './look.ts';

/** What came of a question; after `signal`, that time was up. */
export async function ask<T>(signal: AbortSignal, question: () => Promise<T>): Promise<Look<T>> {
  try {
    return { value: await orAborted(question(), signal) };
  } catch (error) {
    if (!signal.aborted) return { failure: failureOf(error) };
    return { failure: { kind: 'deadline', message: 'no answer within --timeout' } };
  }
}

/** Keeps the most exact reading of another machine's clock. */
export class RemoteClock {
  reading: ClockReading | undefined;

  /** Takes the `Date` header of an answer that has just come, `tookMs` after its request went out. */
  hear(date: unknown, tookMs: number): void {
    const tells = typeof date === 'string' ? Date.parse(date) : Number.NaN;
    if (Number.isNaN(tells)) return;
    // It was written about half-way, and tells the second that had begun.
    const offsetMs = tells + 500 - (Date.now() - tookMs / 2);
    const uncertaintyMs = 500 + tookMs / 2;
    if (uncertaintyMs < (this.reading?.uncertaintyMs ?? Number.POSITIVE_INFINITY)) {
      this.reading = { offsetMs, uncertaintyMs };
    }
  }

  /** Its time now, as far as it is known. Milliseconds since the epoch. */
  now(): number {
    return Date.now() + (this.reading?.offsetMs ?? 0);
  }
}

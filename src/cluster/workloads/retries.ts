import type { Loop } from '../controllers/loop.ts';

const FIRST_MS = 100;
const LONGEST_MS = 30_000;

/** Tries again what a user has to mend (a template that is refused), later and later, without calling it a fault of the server. */
export class Retries {
  readonly #loop: Loop;
  readonly #failures = new Map<string, number>();

  constructor(loop: Loop) {
    this.#loop = loop;
  }

  again(key: string, work: () => void): void {
    const count = this.#failures.get(key) ?? 0;
    this.#failures.set(key, count + 1);
    this.#loop.after(Math.min(FIRST_MS * 2 ** count, LONGEST_MS), key, work);
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }
}

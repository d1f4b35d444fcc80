import type { Registry } from '../registry/registry.ts';
import type { Loop } from './loop.ts';

/** Longer waits overflow Node's timers, which then fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Wake-up calls for keys: what is asked for again and again until it is due takes one timer. Work that is woken looks for
 * itself whether there is anything to do, and asks again if it is too early.
 */
export class Alarms {
  readonly #registry: Registry;
  readonly #loop: Loop;
  /** When the earliest timer of a key fires, in milliseconds since 1970. */
  readonly #due = new Map<string, number>();

  constructor(registry: Registry, loop: Loop) {
    this.#registry = registry;
    this.#loop = loop;
  }

  /** Does `work` under `key` in `ms` or earlier: not at all again when a call that is no later is on its way. */
  set(key: string, ms: number, work: () => void): void {
    const wait = Math.min(Math.max(0, ms), LONGEST_MS);
    const due = this.#registry.clock.now() + wait;
    const pending = this.#due.get(key);
    if (pending !== undefined && pending <= due) return;
    this.#due.set(key, due);
    this.#loop.after(wait, `alarm ${key}`, () => {
      // A later timer of this key may have taken this one's place in the loop, never the other way round.
      if ((this.#due.get(key) ?? 0) <= due) this.#due.delete(key);
      work();
    });
  }
}

/** What a loop tells of work that failed. */
export type Failure = (what: string, error: unknown) => void;

/** Wait after the first failure of a piece of work; doubled with each further one. */
const RETRY_MS = 20;
const LONGEST_RETRY_MS = 30_000;

/** How long work goes on before everybody else in the process has a turn: requests, kubelets' heartbeats. */
const TURN_MS = 20;

/**
 * Work for the controllers that live in the server's own process: each piece once however often it was asked for,
 * after the write that caused it and never inside it; what fails is tried again, later and later.
 */
export class Loop {
  readonly #work = new Map<string, () => void>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #failed: Failure;
  #scheduled = false;
  #stopped = false;

  constructor(failed: Failure) {
    this.#failed = failed;
  }

  add(key: string, work: () => void): void {
    if (this.#stopped) return;
    this.#work.set(key, work);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#run());
  }

  /** Does a piece of work again and again; unlike added work it comes with time, not with a change. */
  every(ms: number, key: string, work: () => void): void {
    const timer = setInterval(() => this.add(key, work), ms);
    timer.unref();
    this.#timers.add(timer);
  }

  /** Asks for a piece of work in some time. */
  after(ms: number, key: string, work: () => void): void {
    if (this.#stopped) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.add(key, work);
    }, ms);
    timer.unref();
    this.#timers.add(timer);
  }

  stop(): void {
    this.#stopped = true;
    this.#work.clear();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #run(): void {
    this.#scheduled = false;
    const batch = [...this.#work];
    this.#work.clear();
    const end = performance.now() + TURN_MS;
    for (const [index, [key, work]] of batch.entries()) {
      if (this.#stopped) return;
      if (index > 0 && performance.now() > end) {
        this.#postpone(batch.slice(index));
        return;
      }
      try {
        work();
        this.#failures.delete(key);
      } catch (error) {
        const count = (this.#failures.get(key) ?? 0) + 1;
        this.#failures.set(key, count);
        this.#failed(key, error);
        this.after(Math.min(RETRY_MS * 2 ** (count - 1), LONGEST_RETRY_MS), key, work);
      }
    }
  }

  /** Leaves work for the next turn, before what was asked for meanwhile; what was asked for anew is done once. */
  #postpone(rest: readonly (readonly [string, () => void])[]): void {
    const meanwhile = [...this.#work];
    this.#work.clear();
    for (const [key, work] of [...rest, ...meanwhile]) this.add(key, work);
  }
}

/** Keeps trying to listen where something else may stand in the way. */
import type { Listener } from './listener.ts';

export interface BindingHooks<L extends Listener> {
  open(): Promise<L>;
  /** Called for the first failure, and when it becomes another one. */
  failed(error: NodeJS.ErrnoException): void;
  /** Called when it listens after all. */
  recovered(): void;
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;

/** One listener, wanted from `open` to `close`. */
export class Binding<L extends Listener> {
  readonly #hooks: BindingHooks<L>;
  #listener: L | undefined;
  #timer: NodeJS.Timeout | undefined;
  #delayMs = FIRST_RETRY_MS;
  #failure: string | undefined;
  #closed = false;

  constructor(hooks: BindingHooks<L>) {
    this.#hooks = hooks;
  }

  get listener(): L | undefined {
    return this.#listener;
  }

  /** Resolves after the first attempt, whether it listens then or not. */
  async open(): Promise<void> {
    this.#timer = undefined;
    try {
      const listener = await this.#hooks.open();
      if (this.#closed) {
        void listener.close();
        return;
      }
      this.#listener = listener;
      if (this.#failure !== undefined) this.#hooks.recovered();
    } catch (error) {
      if (this.#closed) return;
      const { code = String(error) } = error as NodeJS.ErrnoException;
      if (code !== this.#failure) this.#hooks.failed(error as NodeJS.ErrnoException);
      this.#failure = code;
      this.#timer = setTimeout(() => void this.open(), this.#delayMs);
      // Who has it may end at any time, and be another node's proxy that did the same (loopback mode).
      this.#delayMs = code === 'EADDRINUSE' ? FIRST_RETRY_MS : Math.min(LAST_RETRY_MS, this.#delayMs * 2);
    }
  }

  /** Resolves when nobody is served by it any more. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#listener?.close();
  }
}

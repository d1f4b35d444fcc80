import type { Probe } from './pod.ts';
import type { ProbeResult } from './prober.ts';
import { afterResult, initialState, type ProbeKind, type ProbeState, probeTimes } from './probe-state.ts';

/** One probe of one run of a container, asked again and again until it is stopped. */
export class ProbeRunner {
  readonly kind: ProbeKind;
  readonly #ask: () => Promise<ProbeResult>;
  readonly #told: (verdict: boolean, result: ProbeResult) => void;
  readonly #times;
  #state: ProbeState;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  /**
   * `ask` asks once and keeps to the probe's time; `told` takes every result with the verdict that stands after it. The first
   * question comes after the probe's initial delay, counted from now.
   */
  constructor(
    kind: ProbeKind,
    probe: Probe,
    ask: (timeoutMs: number) => Promise<ProbeResult>,
    told: (verdict: boolean, result: ProbeResult) => void,
  ) {
    this.kind = kind;
    this.#times = probeTimes(probe);
    this.#ask = () => ask(this.#times.timeoutMs);
    this.#told = told;
    this.#state = initialState(kind);
    this.#in(this.#times.initialDelayMs);
  }

  /** Whether as many failures as its threshold came in a row, also before it ever passed. */
  get failed(): boolean {
    return this.#state.last === false && this.#state.run >= this.#times.failureThreshold;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #in(ms: number): void {
    this.#timer = setTimeout(() => void this.#once(), ms);
  }

  async #once(): Promise<void> {
    const begun = performance.now();
    const result = await this.#ask();
    if (this.#stopped) return;
    this.#state = afterResult(this.#state, result.ok, this.#times);
    this.#told(this.#state.verdict, result);
    if (!this.#stopped) this.#in(Math.max(0, this.#times.periodMs - (performance.now() - begun)));
  }
}

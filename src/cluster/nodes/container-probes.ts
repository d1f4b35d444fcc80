import type { Container, Handler, Probe } from './pod.ts';
import { ProbeRunner } from './probe-runner.ts';
import type { ProbeKind } from './probe-state.ts';
import type { ProbeResult } from './prober.ts';

/** What becomes of a container by its probes. */
export interface Probed {
  /** Does what a probe asks for; keeps to the time. */
  ask(handler: Handler, timeoutMs: number): Promise<ProbeResult>;
  /** The startup probe has passed. */
  started(): void;
  ready(ready: boolean): void;
  /** One result that was no. */
  unhealthy(message: string): void;
  /** It has failed as often as it may, and the container is to be ended. `graceMs` is the probe's own, if it has one. */
  failed(kind: ProbeKind, graceMs: number | undefined): void;
}

/** The probes of one run of a container: the startup probe first, then the others beside each other. */
export class ContainerProbes {
  readonly #container: Container;
  readonly #probed: Probed;
  #runners: ProbeRunner[] = [];

  constructor(container: Container, probed: Probed) {
    this.#container = container;
    this.#probed = probed;
  }

  begin(): void {
    const { startupProbe } = this.#container;
    if (startupProbe) this.#start('startup', startupProbe);
    else this.#beginOthers();
  }

  /** Of these kinds, or all. A stopped probe says nothing more. */
  stop(...kinds: ProbeKind[]): void {
    const stops = ({ kind }: ProbeRunner): boolean => kinds.length === 0 || kinds.includes(kind);
    for (const runner of this.#runners.filter(stops)) runner.stop();
    this.#runners = this.#runners.filter((runner) => !stops(runner));
  }

  #beginOthers(): void {
    const { readinessProbe, livenessProbe } = this.#container;
    if (readinessProbe) this.#start('readiness', readinessProbe);
    if (livenessProbe) this.#start('liveness', livenessProbe);
  }

  #start(kind: ProbeKind, probe: Probe): void {
    const probed = this.#probed;
    const runner = new ProbeRunner(
      kind,
      probe,
      (timeoutMs) => probed.ask(probe, timeoutMs),
      (verdict, { ok, message }) => {
        if (!ok) probed.unhealthy(`${kind[0]?.toUpperCase()}${kind.slice(1)} probe failed: ${message}`);
        if (kind === 'readiness') probed.ready(verdict);
        else if (kind === 'startup' && verdict) {
          this.stop('startup');
          probed.started();
          this.#beginOthers();
        } else if (runner.failed) {
          const seconds = probe.terminationGracePeriodSeconds;
          probed.failed(kind, seconds === undefined ? undefined : seconds * 1000);
        }
      },
    );
    this.#runners.push(runner);
  }
}

/** When a probe has passed and when it has failed: thresholds and delays (kubernetes `pkg/kubelet/prober/worker.go`). Pure. */
import type { Probe } from './pod.ts';

export type ProbeKind = 'startup' | 'liveness' | 'readiness';

/** A probe's numbers, with upstream's defaults (the API server has set them already where it could). */
export interface ProbeTimes {
  initialDelayMs: number;
  timeoutMs: number;
  periodMs: number;
  successThreshold: number;
  failureThreshold: number;
}

export function probeTimes(probe: Probe): ProbeTimes {
  return {
    initialDelayMs: (probe.initialDelaySeconds ?? 0) * 1000,
    timeoutMs: (probe.timeoutSeconds || 1) * 1000,
    periodMs: (probe.periodSeconds || 10) * 1000,
    successThreshold: probe.successThreshold || 1,
    failureThreshold: probe.failureThreshold || 3,
  };
}

/** A run of equal results, and the verdict that stands until the other one's threshold is reached. */
export interface ProbeState {
  verdict: boolean;
  last: boolean | undefined;
  run: number;
}

/** Before its first result: not ready, not started, but alive. */
export const initialState = (kind: ProbeKind): ProbeState => ({
  verdict: kind === 'liveness',
  last: undefined,
  run: 0,
});

/** The state after one more result. */
export function afterResult(
  state: ProbeState,
  passed: boolean,
  { successThreshold, failureThreshold }: Pick<ProbeTimes, 'successThreshold' | 'failureThreshold'>,
): ProbeState {
  const run = state.last === passed ? state.run + 1 : 1;
  const decided = run >= (passed ? successThreshold : failureThreshold);
  return { verdict: decided ? passed : state.verdict, last: passed, run };
}

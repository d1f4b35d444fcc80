import type { Clock } from './clock.ts';
import type { KubeClient } from './request.ts';

export interface LeaderElectorOptions {
  client: KubeClient;
  namespace: string;
  name: string;
  /** Who this is, such as the pod's name. Two that run at once must differ. */
  identity: string;
  /** How long others leave a lease alone after they last saw it change. Whole seconds. Default 15,000. */
  leaseDurationMs?: number;
  /** How long a leader may act after the start of its last successful renewal. Default 10,000. */
  renewDeadlineMs?: number;
  /** Between two renewals or attempts. Default 2,000. */
  retryPeriodMs?: number;
  clock?: Clock;
  random?: () => number;
  onEvent?: (event: LeaseEvent) => void;
}

export type LeaseEvent =
  | { type: 'waiting'; holder: string }
  | { type: 'acquired'; transitions: number }
  | { type: 'renewed' }
  | { type: 'request-failed'; error: unknown }
  | { type: 'lost'; reason: string }
  | { type: 'released' };

/** @throws RangeError that quotes the option and its value; durations in milliseconds. */
export function checkOptions(identity: string, lease: number, deadline: number, retry: number): void {
  const fail = (problem: string): never => {
    throw new RangeError(problem);
  };
  if (!identity) fail('identity must not be empty');
  if (lease % 1000 !== 0) fail(`leaseDurationMs must be whole seconds, got ${lease}`);
  if (!(lease > deadline)) fail(`leaseDurationMs (${lease}) must be greater than renewDeadlineMs (${deadline})`);
  if (!(retry > 0 && deadline > retry)) {
    fail(`renewDeadlineMs (${deadline}) must be greater than retryPeriodMs (${retry})`);
  }
}

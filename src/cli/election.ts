import { ConfigError } from '../runtime/config-error.ts';
import { type Given, wrongValue } from './parse.ts';

interface ElectionTimes {
  leaseDurationMs: number;
  renewDeadlineMs: number;
  retryPeriodMs: number;
}

/** What the times of leader election demand of each other. @throws ConfigError */
export function checkElection(config: ElectionTimes, given: (key: keyof ElectionTimes) => Given): void {
  const [lease, deadline, retry] = [given('leaseDurationMs'), given('renewDeadlineMs'), given('retryPeriodMs')];
  if (config.renewDeadlineMs >= config.leaseDurationMs) {
    throw new ConfigError(wrongValue(deadline, `is not shorter than ${lease.source}, ${lease.text}`));
  }
  if (config.retryPeriodMs >= config.renewDeadlineMs) {
    throw new ConfigError(wrongValue(retry, `is not shorter than ${deadline.source}, ${deadline.text}`));
  }
}

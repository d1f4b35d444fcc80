/** This machine's clock against those of the API server and of AWS. Pure. */
import { formatDuration } from '../../runtime/duration.ts';
import type { ClockReading, Facts } from './facts.ts';
import { type CheckResult, error, type Finding, judged, unknown, warning } from './report.ts';

const WARN_MS = 30_000;
/** AWS refuses signatures that are 5 minutes off; a drifting clock is there soon. */
const ERROR_MS = 240_000;

const REMEDY = 'synchronise it with NTP (on EC2: chrony with server 169.254.169.123)';

export function checkClock({ kube, aws }: Facts['clocks']): CheckResult {
  const check = 'clock';
  if (!kube && !aws) return unknown(check, 'neither the API server nor AWS told its time');
  const findings: Finding[] = [];
  const compare = (whose: string, reading: ClockReading | undefined, stake: string) => {
    if (!reading) return;
    const offMs = Math.abs(reading.offsetMs);
    const sureMs = offMs - reading.uncertaintyMs;
    if (sureMs <= WARN_MS) return;
    const way = reading.offsetMs > 0 ? 'behind' : 'ahead of';
    const problem = `is ${formatDuration(Math.round(offMs / 1000) * 1000)} ${way} that of ${whose}; ${stake}`;
    findings.push((sureMs > ERROR_MS ? error : warning)('clock of this machine', problem, remedyFor(kube, aws)));
  };
  compare('AWS', aws, 'AWS refuses signatures that are 5m off');
  compare('the API server', kube, 'tokens and Leases are judged by the time');
  const against = [kube && 'the API server', aws && 'AWS'].filter(Boolean).join(' and ');
  return judged(check, findings.length === 0 ? `agrees with ${against}` : `compared with ${against}`, findings);
}

/** Two that agree against a third say which is wrong. */
function remedyFor(kube: ClockReading | undefined, aws: ClockReading | undefined): string {
  if (!kube || !aws) return REMEDY;
  const apart = Math.abs(kube.offsetMs - aws.offsetMs) - kube.uncertaintyMs - aws.uncertaintyMs;
  if (apart <= WARN_MS) return REMEDY;
  return Math.abs(aws.offsetMs) - aws.uncertaintyMs <= WARN_MS
    ? `this machine agrees with AWS, so the API server's clock is off: ${REMEDY} there`
    : REMEDY;
}

/** What a check says, and what all of them together mean. Pure. */

/** Every check, in the order in which they are shown; the names are stable. */
export const CHECKS = [
  'kubernetes-api',
  'kubernetes-version',
  'kubernetes-permissions',
  'clock',
  'aws-access',
  'vpc',
  'iam-reads',
  'iam-security-groups',
  'iam-load-balancers',
  'subnets',
  'nodes',
  'node-security-groups',
  'aws-load-balancer-controller',
  'cloud-controller-manager',
  'other-sluice',
  'services',
] as const;

export type CheckName = (typeof CHECKS)[number];

export interface Finding {
  severity: 'warning' | 'error';
  /** What it is about: `node a`, `subnet-1`, `default/web`. */
  object: string;
  /** What is wrong, with no full stop. */
  problem: string;
  /** What to do about it, as an order. */
  remedy: string;
}

export interface CheckResult {
  check: CheckName;
  /** That of the worst finding; `unknown` when nothing was found because it could not be looked at. */
  status: 'ok' | 'warning' | 'error' | 'unknown';
  summary: string;
  findings: Finding[];
}

export interface Report {
  clusterName: string;
  /** No check found an error, and whatever the controller can't do without could be looked at. */
  healthy: boolean;
  checks: CheckResult[];
}

/** Without these looks nobody can say that the controller would work. The others need more rights than it has. */
const ESSENTIAL: ReadonlySet<CheckName> = new Set([
  'kubernetes-api',
  'kubernetes-version',
  'kubernetes-permissions',
  'aws-access',
  'vpc',
  'iam-reads',
  'subnets',
  'nodes',
  'node-security-groups',
  'services',
]);

export function reportOf(clusterName: string, checks: CheckResult[]): Report {
  const failed = ({ check, status }: CheckResult) =>
    status === 'error' || (status === 'unknown' && ESSENTIAL.has(check));
  return { clusterName, healthy: !checks.some(failed), checks };
}

/** A check that could be made: its status is that of its worst finding. */
export function judged(check: CheckName, summary: string, findings: Finding[] = []): CheckResult {
  const has = (severity: Finding['severity']) => findings.some((finding) => finding.severity === severity);
  return { check, status: has('error') ? 'error' : has('warning') ? 'warning' : 'ok', summary, findings };
}

/** A check that could not be made. */
export function unknown(check: CheckName, why: string): CheckResult {
  return { check, status: 'unknown', summary: `could not be looked at: ${why}`, findings: [] };
}

export function error(object: string, problem: string, remedy: string): Finding {
  return { severity: 'error', object, problem, remedy };
}

export function warning(object: string, problem: string, remedy: string): Finding {
  return { severity: 'warning', object, problem, remedy };
}

/** What a ConfigError says, which ends with its remedy; without one, `otherwise` is. */
export function mistake(object: string, message: string, otherwise: string): Finding {
  const end = message.lastIndexOf('; ');
  return end === -1 ? error(object, message, otherwise) : error(object, message.slice(0, end), message.slice(end + 2));
}

/** `3 nodes`, `1 node`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}

const NAMED = 5;

/** The first few names; how many more there are. */
export function some(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).join(', ');
  return names.length > NAMED ? `${shown} and ${names.length - NAMED} more` : shown;
}

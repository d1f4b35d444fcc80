/** What a Service's status says: its hostname, and four conditions that never claim more than is true. */
import type { Condition, LoadBalancerIngress, Service } from '../kube/objects.ts';
import { formatProblem, type Problem } from '../service/problem.ts';
import type { DesiredLoadBalancer, ObservedLoadBalancer, ObservedTargetGroup } from './model.ts';
import type { LeftOut } from './nodes.ts';
import { isReady, type Plan } from './plan.ts';

/** The Service is Sluice's and its configuration is valid. */
export const ACCEPTED = 'sluice.dev/Accepted';
/** The load balancer is active and has a listener for every port. */
export const PROVISIONED = 'sluice.dev/Provisioned';
/** Every target group has a healthy target. */
export const TARGETS_HEALTHY = 'sluice.dev/TargetsHealthy';
/** AWS matches the Service as far as Sluice has looked. */
export const SYNCED = 'sluice.dev/Synced';

export const CONDITION_TYPES = [ACCEPTED, PROVISIONED, TARGETS_HEALTHY, SYNCED];

/** Set by `sluice release`: the Service is left alone until the annotation is taken off. */
export const RELEASED_ANNOTATION = 'sluice.dev/released';

export function isReleased(service: Service): boolean {
  return service.metadata.annotations?.[RELEASED_ANNOTATION] !== undefined;
}

/** A condition before the server's bookkeeping (transition time, observed generation). */
export type Verdict = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

export interface ServiceStatus {
  /** Absent: what is published stays. Empty: nothing is published. */
  ingress?: LoadBalancerIngress[];
  conditions: Verdict[];
}

export interface Outcome {
  desired: DesiredLoadBalancer;
  plan: Plan;
  /** Matched target groups of the load balancer, by port key. */
  groups: Map<string, ObservedTargetGroup>;
  /** Load balancers that were there before this one and still are. */
  superseded: ObservedLoadBalancer[];
  leftOut: LeftOut[];
  /** The last error, when steps failed. */
  error?: string;
}

export function refusedStatus(problems: Problem[]): ServiceStatus {
  const message = problems.map(formatProblem).join('; ');
  return { conditions: [{ type: ACCEPTED, status: 'False', reason: 'InvalidConfiguration', message }] };
}

export function releasedStatus(): ServiceStatus {
  const message = `released by "sluice release"; to take it back: kubectl annotate service NAME ${RELEASED_ANNOTATION}-`;
  return yieldedStatus('Released', message);
}

export function yieldedStatus(reason: string, message: string): ServiceStatus {
  return { conditions: [{ type: ACCEPTED, status: 'False', reason, message }] };
}

/** The status of an accepted Service after a look at AWS. */
export function statusOf(service: Service, outcome: Outcome): ServiceStatus {
  const { desired, plan, superseded } = outcome;
  const current = plan.current;
  const ready = current !== undefined && isReady(desired, current);
  const published = service.status?.loadBalancer?.ingress?.[0]?.hostname;
  const predecessor = superseded.find((lb) => lb.dnsName === published && lb.state.startsWith('active'));
  // Clients are sent to a successor only when it serves them.
  const waits = predecessor !== undefined && !plan.serving;
  const ingress = ready && !waits ? [ingressOf(service, current.dnsName)] : undefined;
  return {
    ...(ingress ? { ingress } : {}),
    conditions: [
      { type: ACCEPTED, status: 'True', reason: 'Accepted', message: 'the configuration is valid' },
      provisioned(outcome, ready && !waits),
      targetsHealthy(outcome),
      synced(outcome),
    ],
  };
}

/** A node that can't be a target, in words. */
export function leftOutText({ node, reason }: LeftOut): string {
  return `node ${node} is left out (${reason})`;
}

function ingressOf(service: Service, hostname: string): LoadBalancerIngress {
  const ports = (service.spec.ports ?? []).map(({ port, protocol = 'TCP' }) => ({
    port,
    protocol,
  }));
  return { hostname, ports };
}

function provisioned({ plan, superseded, error }: Outcome, ready: boolean): Verdict {
  const arn = (plan.current ?? superseded[0])?.arn ?? 'no load balancer yet';
  const type = PROVISIONED;
  if (plan.blocked.length > 0) {
    const message = `${arn}: ${plan.blocked.map(formatProblem).join('; ')}`;
    return { type, status: ready ? 'True' : 'False', reason: 'Blocked', message };
  }
  if (ready) return { type, status: 'True', reason: 'Provisioned', message: arn };
  if (error) return { type, status: 'False', reason: 'Error', message: `${arn}: ${error}` };
  return { type, status: 'False', reason: 'Provisioning', message: [arn, ...plan.waiting].join(': ') };
}

function targetsHealthy({ desired, plan, groups, leftOut }: Outcome): Verdict {
  const type = TARGETS_HEALTHY;
  const targets = [...groups.values()].flatMap((group) => (group.targets ?? []).filter((t) => t.state !== 'draining'));
  const healthy = targets.filter((target) => target.state === 'healthy').length;
  const reasons = [...new Set(targets.flatMap((target) => (target.reason ? [target.reason] : [])))].sort();
  const message = [
    `${healthy}/${targets.length} targets healthy`,
    ...(reasons.length > 0 ? [`reasons: ${reasons.join(', ')}`] : []),
    ...leftOut.map(leftOutText),
  ].join('; ');
  if (desired.instances.length === 0) return { type, status: 'False', reason: 'NoTargets', message };
  const everyGroup =
    plan.current !== undefined &&
    groups.size === desired.targetGroups.length &&
    [...groups.values()].every((group) => (group.targets ?? []).some((target) => target.state === 'healthy'));
  if (everyGroup) {
    return { type, status: 'True', reason: healthy === targets.length ? 'AllHealthy' : 'SomeHealthy', message };
  }
  // A target group that a listener has just taken still shows its targets as unused.
  const pending =
    plan.current === undefined ||
    targets.some((target) => target.state === 'initial') ||
    targets.every((target) => target.state === 'unused');
  return pending
    ? { type, status: 'Unknown', reason: 'Pending', message }
    : { type, status: 'False', reason: 'NotHealthy', message };
}

function synced({ plan, error }: Outcome): Verdict {
  const type = SYNCED;
  if (error) return { type, status: 'False', reason: 'Error', message: error };
  if (plan.blocked.length > 0) {
    return { type, status: 'False', reason: 'Blocked', message: plan.blocked.map(formatProblem).join('; ') };
  }
  if (plan.steps.length > 0) {
    const message = `${plan.steps.length} steps are left: ${plan.steps.map((step) => step.why).join('; ')}`;
    return { type, status: 'False', reason: 'InProgress', message };
  }
  if (plan.waiting.length > 0) return { type, status: 'False', reason: 'Waiting', message: plan.waiting.join('; ') };
  return { type, status: 'True', reason: 'InSync', message: 'AWS matches the Service' };
}

/**
 * Desired × observed → ordered steps, each with its reason. Pure. The order keeps traffic flowing: what a step needs
 * comes before it, new targets are registered before a listener moves to them, a successor serves before its predecessor
 * goes, and a rule is added before the one that it replaces is revoked.
 *
 * Crash safety rests here: a plan depends on nothing but what AWS shows now, so whatever part of an earlier plan was
 * carried out, the next plan is what remains of it.
 */
import { defaultAttribute } from './attributes.ts';
import type { Problem } from '../service/problem.ts';
import {
  BACKEND_GROUP,
  type CidrRule,
  type DesiredLoadBalancer,
  FRONT_GROUP,
  LOAD_BALANCER,
  type ObservedLoadBalancer,
  type ObservedStack,
  type ObservedTargetGroup,
  type PlanContext,
  type Ref,
  type Step,
} from './model.ts';
import { freeName, loadBalancerName } from './naming.ts';
import { AWS_RULE_LIMIT } from './node-rules.ts';
import type { Scheme } from './options.ts';
import { diffAttributes, diffRules, sameSet, tagSteps } from './plan-diff.ts';
import { planListeners } from './plan-listeners.ts';
import { matchTargetGroups, planTargetGroups } from './plan-target-groups.ts';

export interface Plan {
  steps: Step[];
  /** What can't be done without leave or help; nothing that it concerns is in the steps. */
  blocked: Problem[];
  /** What the plan waits for AWS to do, in words; empty when nothing. */
  waiting: string[];
  /** The load balancer that serves, or will serve, this Service. */
  current?: ObservedLoadBalancer;
  /** Whether clients of a predecessor lose nothing by going to the current one. */
  serving: boolean;
}

/** What is left to do so that the Service has exactly `desired`. */
export function planLoadBalancer(desired: DesiredLoadBalancer, observed: ObservedStack, context: PlanContext): Plan {
  const { current, superseded } = chooseCurrent(desired, observed, context.publishedHostname);
  const groups = matchTargetGroups(desired, observed, current);
  const serving = current !== undefined && isServing(desired, current, groups, observed);
  const plan: Plan = { steps: [], blocked: [], waiting: [], serving, ...(current ? { current } : {}) };

  const holder = desired.fixedName && !current && superseded.find((lb) => lb.name === desired.fixedName);
  // One that failed serves nobody, so nothing is interrupted.
  if (holder && holder.state !== 'failed' && !desired.allowReplacement) {
    plan.blocked.push(needsInterruption(desired, holder));
    return plan;
  }
  if (holder) {
    plan.steps.push(...deleteLoadBalancer(holder, plan.blocked, `replaced under its fixed name ${holder.name}`));
    if (plan.blocked.length > 0) return plan;
  }

  planFrontGroup(desired, observed, context, plan);
  planTargetGroups(desired, groups, observed, context, plan.steps);
  const balancer = planBalancer(desired, observed, current, context, plan);
  planListeners(desired, groups, current, balancer, context, plan.steps);

  const others = superseded.filter((lb) => lb !== holder);
  const removable = planSuccession(current, others, context, plan);
  planSurplus(observed, groups, current, removable, plan);
  return plan;
}

/** What is left to do so that nothing of the Service remains. The shared backend group is not the Service's to remove. */
export function planDeletion(observed: ObservedStack, reason: string): Plan {
  const plan: Plan = { steps: [], blocked: [], waiting: [], serving: false };
  for (const lb of observed.loadBalancers) plan.steps.push(...deleteLoadBalancer(lb, plan.blocked, reason));
  // What hangs on a protected load balancer stays with it: half a load balancer serves nobody.
  if (plan.blocked.length > 0) return { ...plan, steps: [] };
  for (const group of observed.targetGroups) {
    plan.steps.push({ do: 'delete-target-group', group: group.arn, why: reason });
  }
  for (const group of observed.frontGroups) {
    plan.steps.push({ do: 'delete-security-group', group: group.id, why: reason });
  }
  return plan;
}

/**
 * Among the Service's load balancers the one to go on with: of the wanted scheme, and name where one is fixed; best the
 * one that clients already use, then one that is active, then the oldest. All others are superseded.
 */
export function chooseCurrent(desired: DesiredLoadBalancer, observed: ObservedStack, publishedHostname?: string) {
  const [current] = observed.loadBalancers
    .filter((lb) => lb.scheme === desired.scheme && lb.state !== 'failed')
    .filter((lb) => desired.fixedName === undefined || lb.name === desired.fixedName)
    .sort(byPreference(publishedHostname));
  return { current, superseded: observed.loadBalancers.filter((lb) => lb !== current) };
}

/** What clients already use first, then what is active, then the oldest; the ARN only makes the order total. */
function byPreference(publishedHostname: string | undefined) {
  const rank = (lb: ObservedLoadBalancer) => (lb.dnsName === publishedHostname ? 0 : lb.state === 'active' ? 1 : 2);
  return (a: ObservedLoadBalancer, b: ObservedLoadBalancer) =>
    rank(a) - rank(b) || a.createdAt.localeCompare(b.createdAt) || a.arn.localeCompare(b.arn);
}

/** The load balancer whose scheme and subnets a Service keeps when it does not name its own. */
export function chooseExisting(
  observed: ObservedStack,
  scheme: Scheme | undefined,
  publishedHostname?: string,
): { scheme: Scheme; subnetIds: string[] } | undefined {
  const candidates = observed.loadBalancers.filter((lb) => lb.state !== 'failed' && (!scheme || lb.scheme === scheme));
  const [best] = candidates.sort(byPreference(publishedHostname));
  return best && { scheme: best.scheme as Scheme, subnetIds: [...best.subnetIds].sort() };
}

function planFrontGroup(desired: DesiredLoadBalancer, observed: ObservedStack, context: PlanContext, plan: Plan): void {
  const { frontGroup } = desired;
  const [group] = observed.frontGroups;
  if (!group) {
    const { name, description, tags, rules } = frontGroup;
    plan.steps.push({
      do: 'create-security-group',
      name,
      description,
      tags,
      why: 'the front security group is missing',
    });
    plan.steps.push({
      do: 'authorize-ingress',
      group: FRONT_GROUP,
      rules,
      why: 'listen ports of a new security group',
    });
    return;
  }
  plan.steps.push(...tagSteps(group.id, frontGroup.tags, group.tags, context.applied.tags));
  const { missing, extra } = diffRules(frontGroup.rules, group.cidrRules);
  const words = (rules: CidrRule[]) => rules.map((r) => `${r.protocol}/${r.fromPort} from ${r.cidr}`).join(', ');
  const steps: Step[] = [];
  if (missing.length > 0) {
    const why = `rules missing: ${words(missing)}`;
    steps.push({ do: 'authorize-ingress', group: group.id, rules: missing, why });
  }
  if (extra.length > 0) {
    const why = `rules not asked for: ${words(extra)}`;
    steps.push({ do: 'revoke-ingress', group: group.id, rules: extra, why });
  }
  const present = group.cidrRules.length + group.groupRules.length + group.otherRules;
  // Old beside new, so that nobody who is allowed both before and after is kept out; unless AWS has no room for both.
  plan.steps.push(...(present + missing.length <= AWS_RULE_LIMIT ? steps : steps.reverse()));
}

/** Creates or corrects the load balancer itself; returns how later steps refer to it. */
function planBalancer(
  desired: DesiredLoadBalancer,
  observed: ObservedStack,
  current: ObservedLoadBalancer | undefined,
  context: PlanContext,
  plan: Plan,
): Ref {
  const { steps } = plan;
  const front = observed.frontGroups[0]?.id ?? FRONT_GROUP;
  const groups = [front, context.backendGroupId ?? BACKEND_GROUP];
  if (!current) {
    const taken = new Set(observed.loadBalancers.map((lb) => lb.name));
    const why = observed.loadBalancers.length > 0 ? 'a successor is needed' : 'the load balancer is missing';
    const name = desired.fixedName ?? freeName((n) => loadBalancerName(context.identity, desired.scheme, n), taken);
    const { scheme, tags } = desired;
    steps.push({ do: 'create-load-balancer', name, scheme, subnets: desired.subnets.ids, groups, tags, why });
    if (Object.keys(desired.attributes).length > 0) {
      const { attributes } = desired;
      steps.push({
        do: 'set-load-balancer-attributes',
        loadBalancer: LOAD_BALANCER,
        attributes,
        why: 'a new load balancer',
      });
    }
    return LOAD_BALANCER;
  }
  const { arn } = current;
  steps.push(...tagSteps(arn, desired.tags, current.tags, context.applied.tags));
  if (desired.subnets.chosen && !sameSet(desired.subnets.ids, current.subnetIds)) {
    const why = `subnets are ${current.subnetIds.join(', ')}`;
    steps.push({ do: 'set-subnets', loadBalancer: arn, subnets: desired.subnets.ids, why });
  }
  if (current.securityGroupIds.length === 0) {
    // AWS: a Network Load Balancer created without security groups can never get one (SetSecurityGroups).
    plan.blocked.push({
      field: 'loadBalancer',
      value: arn,
      message: 'the load balancer was made without security groups and AWS allows none to be added',
      remedy: 'delete and re-create the Service',
    });
  } else if (!sameSet(groups, current.securityGroupIds)) {
    const why = `security groups are ${current.securityGroupIds.join(', ')}`;
    steps.push({ do: 'set-security-groups', loadBalancer: arn, groups, why });
  }
  const attributes = diffAttributes(
    desired.attributes,
    current.attributes,
    context.applied.loadBalancerAttributes,
    (key) => defaultAttribute('load-balancer', key, { scheme: desired.scheme }),
  );
  if (Object.keys(attributes).length > 0) {
    const why = `attributes differ: ${Object.keys(attributes).join(', ')}`;
    steps.push({ do: 'set-load-balancer-attributes', loadBalancer: arn, attributes, why });
  }
  if (current.state === 'provisioning') plan.waiting.push('AWS is provisioning the load balancer');
  return arn;
}

/** Deletes predecessors once the successor serves and clients have been told; returns those that go now. */
function planSuccession(
  current: ObservedLoadBalancer | undefined,
  superseded: ObservedLoadBalancer[],
  context: PlanContext,
  plan: Plan,
): ObservedLoadBalancer[] {
  if (superseded.length === 0) return [];
  const ready = plan.serving && plan.steps.length === 0;
  const told = context.publishedHostname === current?.dnsName;
  const gone = superseded.filter((lb) => lb.state === 'failed' || (ready && told));
  if (gone.length < superseded.length) {
    plan.waiting.push(ready ? 'the new hostname is being published' : 'the successor does not serve yet');
  }
  const blockedBefore = plan.blocked.length;
  for (const lb of gone) plan.steps.push(...deleteLoadBalancer(lb, plan.blocked, 'superseded by its successor'));
  return plan.blocked.length > blockedBefore ? [] : gone;
}

/** Target groups and front groups that no load balancer of the Service uses any more. */
function planSurplus(
  observed: ObservedStack,
  groups: Map<string, ObservedTargetGroup>,
  current: ObservedLoadBalancer | undefined,
  removed: ObservedLoadBalancer[],
  plan: Plan,
): void {
  const kept = new Set([...groups.values()].map((group) => group.arn));
  const staying = observed.loadBalancers.filter((lb) => lb !== current && !removed.includes(lb)).map((lb) => lb.arn);
  for (const group of observed.targetGroups) {
    if (kept.has(group.arn) || group.loadBalancerArns.some((arn) => staying.includes(arn))) continue;
    plan.steps.push({ do: 'delete-target-group', group: group.arn, why: 'no listener asks for it' });
  }
  for (const group of observed.frontGroups.slice(1)) {
    plan.steps.push({ do: 'delete-security-group', group: group.id, why: 'a second front group of the Service' });
  }
}

/**
 * Whether traffic through the load balancer reaches targets: active, every listener there, and in every target group a
 * healthy target; or nothing is healthy behind its predecessors either, so that nobody is served worse.
 */
function isServing(
  desired: DesiredLoadBalancer,
  lb: ObservedLoadBalancer,
  groups: Map<string, ObservedTargetGroup>,
  observed: ObservedStack,
): boolean {
  const healthy = (group: ObservedTargetGroup) => (group.targets ?? []).some((target) => target.state === 'healthy');
  const predecessors = observed.loadBalancers.filter((other) => other !== lb).map(({ arn }) => arn);
  const theirs = observed.targetGroups.filter((g) => g.loadBalancerArns.some((arn) => predecessors.includes(arn)));
  if (!isReady(desired, lb)) return false;
  return desired.instances.length === 0 || [...groups.values()].every(healthy) || !theirs.some(healthy);
}

/** Whether the load balancer takes connections on every port of the Service: active, with a listener for each. */
export function isReady(desired: DesiredLoadBalancer, lb: ObservedLoadBalancer): boolean {
  const listening = new Set((lb.listeners ?? []).map((listener) => `${listener.port}/${listener.protocol}`));
  const active = lb.state === 'active' || lb.state === 'active_impaired';
  return active && desired.listeners.every(({ port, protocol }) => listening.has(`${port}/${protocol}`));
}

/** AWS refuses to delete a protected load balancer, and Sluice never switches the protection off. */
function deleteLoadBalancer(lb: ObservedLoadBalancer, blocked: Problem[], why: string): Step[] {
  if (lb.attributes?.['deletion_protection.enabled'] !== 'true') {
    return [{ do: 'delete-load-balancer', loadBalancer: lb.arn, why }];
  }
  blocked.push({
    field: 'deletion_protection.enabled',
    value: 'true',
    message: `load balancer ${lb.arn} has deletion protection and must go (${why})`,
    remedy: 'switch deletion_protection.enabled off in AWS, or keep the Service as it was',
  });
  return [];
}

function needsInterruption(desired: DesiredLoadBalancer, holder: ObservedLoadBalancer): Problem {
  return {
    field: 'service.beta.kubernetes.io/aws-load-balancer-name',
    value: holder.name,
    message: `the change from scheme ${holder.scheme} to ${desired.scheme} needs interruption: a second load balancer can't have the same name while ${holder.arn} serves`,
    remedy: 'set sluice.dev/allow-replacement: "true" to delete it first, or choose another name',
  };
}

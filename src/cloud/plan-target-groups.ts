/** The target groups of a Service: which of the existing ones serve on, and what they lack. */
import { defaultAttribute } from './attributes.ts';
import {
  type DesiredLoadBalancer,
  type DesiredTargetGroup,
  type ObservedLoadBalancer,
  type ObservedStack,
  type ObservedTargetGroup,
  type PlanContext,
  type Step,
  targetGroupRef,
} from './model.ts';
import { freeName, TAG_RESOURCE, targetGroupName } from './naming.ts';
import { diffAttributes, diffHealthCheck, diffTargets, portKey, tagSteps } from './plan-diff.ts';

/** RegisterTargets and DeregisterTargets name no limit; LBC sends 200 at a time and AWS takes it. */
const TARGETS_PER_CALL = 200;

/**
 * The observed target group for each desired one, by {@link portKey} of the service port. AWS fixes port, protocol and
 * target type for life, and lets a target group serve one load balancer only, so a group matches when those are right and
 * no other load balancer holds it. The group that the listener already uses comes first.
 */
export function matchTargetGroups(
  desired: DesiredLoadBalancer,
  observed: ObservedStack,
  current: ObservedLoadBalancer | undefined,
): Map<string, ObservedTargetGroup> {
  // Endpoints may name load balancers that are gone (moto does): only those that exist hold a group.
  const others = new Set(observed.loadBalancers.filter((lb) => lb !== current).map((lb) => lb.arn));
  const inUse = new Map((current?.listeners ?? []).map((listener) => [listener.targetGroupArn, listener.port]));
  const matched = new Map<string, ObservedTargetGroup>();
  for (const wanted of desired.targetGroups) {
    const rank = (group: ObservedTargetGroup) => (inUse.get(group.arn) === wanted.servicePort ? 0 : 1);
    const [best] = observed.targetGroups
      .filter((group) => group.targetType === 'instance')
      .filter((group) => group.port === wanted.port && group.protocol === wanted.protocol)
      .filter((group) => group.tags[TAG_RESOURCE] === wanted.tags[TAG_RESOURCE])
      .filter((group) => !group.loadBalancerArns.some((arn) => others.has(arn)))
      .sort((a, b) => rank(a) - rank(b) || (a.arn < b.arn ? -1 : 1));
    if (best) matched.set(portKey(wanted.servicePort, wanted.protocol), best);
  }
  return matched;
}

/** Creates what is missing, corrects what differs, registers what should be there and deregisters what should not. */
export function planTargetGroups(
  desired: DesiredLoadBalancer,
  matched: Map<string, ObservedTargetGroup>,
  observed: ObservedStack,
  context: PlanContext,
  steps: Step[],
): void {
  const taken = new Set(observed.targetGroups.map((group) => group.name));
  for (const wanted of desired.targetGroups) {
    const group = matched.get(portKey(wanted.servicePort, wanted.protocol));
    if (group) steps.push(...correct(wanted, group, desired.instances, context));
    else steps.push(...create(wanted, desired.instances, taken, context));
  }
}

function create(wanted: DesiredTargetGroup, instances: string[], taken: Set<string>, context: PlanContext): Step[] {
  const { servicePort, port: nodePort, protocol, healthCheck } = wanted;
  const identity = {
    nodePort,
    servicePort,
    protocol,
    healthCheckProtocol: healthCheck.protocol,
    healthCheckInterval: healthCheck.intervalSeconds,
  };
  const name = freeName((generation) => targetGroupName(context.identity, identity, generation), taken);
  taken.add(name);
  const ref = targetGroupRef(servicePort, protocol);
  const why = `no target group for port ${servicePort}/${protocol} on NodePort ${nodePort}`;
  const steps: Step[] = [{ do: 'create-target-group', ref, name, target: wanted, why }];
  if (Object.keys(wanted.attributes).length > 0) {
    const { attributes } = wanted;
    steps.push({ do: 'set-target-group-attributes', group: ref, attributes, why: 'a new target group' });
  }
  const targets = instances.map((id) => ({ id, port: nodePort }));
  for (const chunk of chunks(targets)) {
    steps.push({ do: 'register-targets', group: ref, targets: chunk, why: 'a new target group' });
  }
  return steps;
}

function correct(
  wanted: DesiredTargetGroup,
  group: ObservedTargetGroup,
  instances: string[],
  context: PlanContext,
): Step[] {
  const steps = tagSteps(group.arn, wanted.tags, group.tags, context.applied.tags);
  const fields = diffHealthCheck(wanted.healthCheck, group.healthCheck);
  if (fields.length > 0) {
    const why = `health check differs in ${fields.join(', ')}`;
    steps.push({ do: 'modify-health-check', group: group.arn, healthCheck: wanted.healthCheck, why });
  }
  const attributes = diffAttributes(wanted.attributes, group.attributes, context.applied.targetGroupAttributes, (key) =>
    defaultAttribute('target-group', key, { protocol: wanted.protocol, targetType: 'instance' }),
  );
  if (Object.keys(attributes).length > 0) {
    const why = `attributes differ: ${Object.keys(attributes).join(', ')}`;
    steps.push({ do: 'set-target-group-attributes', group: group.arn, attributes, why });
  }
  if (!group.targets) return steps;
  const { missing, extra } = diffTargets(instances, wanted.port, group.targets);
  for (const targets of chunks(missing)) {
    steps.push({ do: 'register-targets', group: group.arn, targets, why: `${missing.length} targets missing` });
  }
  for (const targets of chunks(extra)) {
    steps.push({ do: 'deregister-targets', group: group.arn, targets, why: `${extra.length} targets not wanted` });
  }
  return steps;
}

function chunks<T>(items: T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / TARGETS_PER_CALL) }, (_, index) =>
    items.slice(index * TARGETS_PER_CALL, (index + 1) * TARGETS_PER_CALL),
  );
}

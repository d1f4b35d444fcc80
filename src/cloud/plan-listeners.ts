/** The listeners of a load balancer: one a port, forwarding to that port's target group. */
import {
  type DesiredLoadBalancer,
  type ObservedListener,
  type ObservedLoadBalancer,
  type ObservedTargetGroup,
  type PlanContext,
  type Ref,
  type Step,
  targetGroupRef,
} from './model.ts';
import { portKey, tagSteps } from './plan-diff.ts';

export function planListeners(
  desired: DesiredLoadBalancer,
  groups: Map<string, ObservedTargetGroup>,
  current: ObservedLoadBalancer | undefined,
  loadBalancer: Ref,
  context: PlanContext,
  steps: Step[],
): void {
  const unclaimed = new Set(current?.listeners ?? []);
  const modified: Step[] = [];
  for (const { port, protocol, tags } of desired.listeners) {
    const group = groups.get(portKey(port, protocol))?.arn ?? targetGroupRef(port, protocol);
    const listener = [...unclaimed].find((candidate) => candidate.port === port);
    if (!listener) {
      const why = `no listener on port ${port}/${protocol}`;
      modified.push({ do: 'create-listener', loadBalancer, port, protocol, group, tags, why });
      continue;
    }
    unclaimed.delete(listener);
    if (listener.tags) modified.push(...tagSteps(listener.arn, tags, listener.tags, context.applied.tags));
    const why = difference(listener, protocol, group);
    if (why)
      modified.push({ do: 'modify-listener', loadBalancer, listener: listener.arn, port, protocol, group, tags, why });
  }
  steps.push(...modified);
  for (const listener of unclaimed) {
    const why = `port ${listener.port} is not asked for`;
    steps.push({ do: 'delete-listener', loadBalancer, listener: listener.arn, why });
  }
}

function difference(listener: ObservedListener, protocol: string, group: Ref): string | undefined {
  if (listener.protocol !== protocol) return `listener ${listener.port} speaks ${listener.protocol}`;
  if (listener.targetGroupArn !== group) return `listener ${listener.port} forwards to ${listener.targetGroupArn}`;
  return undefined;
}

/** Steps on load balancers. */
import * as elb from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Ref, Step } from '../model.ts';
import { PlanOutdatedError, quickly, type Run, StrangerError, tagList } from './apply-common.ts';
import { decodeLoadBalancer } from './decode.ts';
import { errorCode, isNotFound } from './errors.ts';
import { describeTags } from './inventory.ts';

export async function createLoadBalancer(run: Run, step: Extract<Step, { do: 'create-load-balancer' }>): Promise<void> {
  const { aws, inventory, stack, signal } = run.context;
  const { name } = step;
  await refuseStranger(run, name);
  const groups: string[] = [];
  for (const ref of step.groups) groups.push(await run.resolve(ref));
  const input: elb.CreateLoadBalancerCommandInput = {
    Name: name,
    Type: 'network',
    Scheme: step.scheme,
    IpAddressType: 'ipv4',
    Subnets: step.subnets,
    SecurityGroups: groups,
    Tags: tagList(step.tags),
  };
  const answer = await quickly(
    // A security group that was just made may not be visible yet.
    (error) => errorCode(error) === 'InvalidSecurityGroup',
    signal,
    () => aws.elb.send(new elb.CreateLoadBalancerCommand(input), { abortSignal: signal }),
  );
  const [lb] = answer.LoadBalancers ?? [];
  const arn = lb?.LoadBalancerArn ?? '';
  if (lb?.VpcId && lb.VpcId !== run.context.vpcId) throw new StrangerError('load balancer', name, arn);
  // None of the attributes it is to have, so that they are still missed if setting them fails.
  inventory.loadBalancers.put({ ...decodeLoadBalancer(lb ?? {}, step.tags), listeners: [], attributes: {} });
  inventory.setTags(arn, step.tags);
  run.made('@load-balancer', arn, answer);
  run.context.logger.debug('load balancer is being provisioned', { stack, arn });
}

/**
 * AWS answers a create for a name that exists with the existing load balancer when the settings are the same, whoever
 * it belongs to. So look first.
 */
async function refuseStranger(run: Run, name: string): Promise<void> {
  const { aws, inventory, stack, signal } = run.context;
  let found: elb.LoadBalancer | undefined;
  try {
    const command = new elb.DescribeLoadBalancersCommand({ Names: [name] });
    found = (await aws.elb.send(command, { abortSignal: signal })).LoadBalancers?.[0];
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  if (!found) return;
  const arn = found.LoadBalancerArn ?? '';
  const tags = await describeTags(aws, [arn], signal);
  if (!inventory.owns(tags.get(arn) ?? {}, stack)) throw new StrangerError('load balancer', name, arn);
  inventory.setTags(arn, tags.get(arn) ?? {});
  throw new PlanOutdatedError(`load balancer ${name}`);
}

export async function setLoadBalancerAttributes(run: Run, ref: Ref, attributes: Record<string, string>): Promise<void> {
  const { aws, inventory, signal } = run.context;
  const arn = await run.resolve(ref);
  const input = { LoadBalancerArn: arn, Attributes: tagList(attributes) };
  await aws.elb.send(new elb.ModifyLoadBalancerAttributesCommand(input), { abortSignal: signal });
  const known = inventory.loadBalancers.get(arn)?.attributes;
  inventory.loadBalancers.patch(arn, { attributes: { ...known, ...attributes } });
}

export async function setSubnets(run: Run, ref: Ref, subnets: string[]): Promise<void> {
  const { aws, inventory, signal } = run.context;
  const arn = await run.resolve(ref);
  await aws.elb.send(new elb.SetSubnetsCommand({ LoadBalancerArn: arn, Subnets: subnets }), { abortSignal: signal });
  inventory.loadBalancers.patch(arn, { subnetIds: [...subnets].sort() });
}

export async function setSecurityGroups(run: Run, ref: Ref, refs: Ref[]): Promise<void> {
  const { aws, inventory, signal } = run.context;
  const arn = await run.resolve(ref);
  const groups: string[] = [];
  for (const group of refs) groups.push(await run.resolve(group));
  const input = { LoadBalancerArn: arn, SecurityGroups: groups };
  await aws.elb.send(new elb.SetSecurityGroupsCommand(input), { abortSignal: signal });
  inventory.loadBalancers.patch(arn, { securityGroupIds: groups });
}

export async function deleteLoadBalancer(run: Run, ref: Ref): Promise<void> {
  const { aws, inventory, signal } = run.context;
  const arn = await run.resolve(ref);
  try {
    await aws.elb.send(new elb.DeleteLoadBalancerCommand({ LoadBalancerArn: arn }), { abortSignal: signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  inventory.loadBalancers.remove(arn);
  for (const group of inventory.targetGroups.all()) {
    if (!group.loadBalancerArns.includes(arn)) continue;
    inventory.targetGroups.patch(group.arn, { loadBalancerArns: group.loadBalancerArns.filter((a) => a !== arn) });
  }
}

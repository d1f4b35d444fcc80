/**
 * Tries each AWS permission of the table, and changes nothing: what only looks is called (EC2's as dry runs, too, where
 * Sluice itself does not call it), changes of security groups are dry runs, changes of load balancers have none.
 */
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DeleteSecurityGroupCommand,
  DeleteTagsCommand,
  DescribeAccountAttributesCommand,
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DescribeInternetGatewaysCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import {
  DescribeListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeTagsCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AWS_PERMISSIONS, type AwsPermission } from '../aws/aws-permissions.ts';
import type { Aws } from '../aws/client.ts';
import { errorCode } from '../aws/errors.ts';
import { partitionOf } from '../aws/iam-policy.ts';
import { TAG_CLUSTER } from '../naming.ts';
import type { PermissionTrial } from './facts.ts';
import { failureOf } from './look.ts';

export interface TrialGround {
  aws: Aws;
  clusterName: string;
  region: string;
  vpcId: string | undefined;
  /** A security group with this cluster's tag, where there is one. */
  ownGroup: string | undefined;
  /** Groups in which NodePorts are opened. */
  nodeGroups: readonly string[];
  /** Whether the endpoint knows dry runs: one that does not would carry them out. */
  dryRuns: boolean;
  signal: AbortSignal;
}

type Outcome = PermissionTrial['outcome'];
/** The calls that try a permission, or why there is none. */
type Plan = { calls: (() => Promise<unknown>)[] } | { untried: string };

export async function tryPermissions(ground: TrialGround): Promise<PermissionTrial[]> {
  const plans = plansFor(ground);
  const done = new Map<Plan, Promise<Outcome>>();
  const outcomeOf = (key: string): Promise<Outcome> => {
    const plan = plans[key] ?? { untried: 'for want of a way' };
    const outcome = done.get(plan) ?? carryOut(plan);
    done.set(plan, outcome);
    return outcome;
  };
  return Promise.all(
    AWS_PERMISSIONS.map(async (permission) => ({ permission, outcome: await outcomeOf(keyOf(permission)) })),
  );
}

/** The tags that a call brings are tried with the call; what Elastic Load Balancing looks up, by itself. */
function keyOf({ action, operation, grant, implied }: AwsPermission): string {
  if (implied !== 'tags' && action.startsWith('ec2:')) return `${action} ${grant}`;
  return action.startsWith('ec2:') ? `ec2:${operation} create-group` : action;
}

async function carryOut(plan: Plan): Promise<Outcome> {
  if ('untried' in plan) return { kind: 'untried', why: plan.untried };
  const outcomes = await Promise.all(plan.calls.map(outcomeOfCall));
  const order: Outcome['kind'][] = ['denied', 'unanswered', 'unclear', 'allowed'];
  return outcomes.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))[0] as Outcome;
}

async function outcomeOfCall(call: () => Promise<unknown>): Promise<Outcome> {
  try {
    await call();
    return { kind: 'allowed' };
  } catch (error) {
    if (errorCode(error) === 'DryRunOperation') return { kind: 'allowed' };
    const { kind, message } = failureOf(error);
    if (kind === 'forbidden') return { kind: 'denied', message };
    // IAM is asked before anything is looked for.
    if (kind === 'not-found') return { kind: 'allowed' };
    if (kind === 'other') return { kind: 'unclear', message };
    return { kind: 'unanswered', message };
  }
}

function plansFor(ground: TrialGround): Record<string, Plan> {
  return { ...readPlans(ground), ...loadBalancerReadPlans(ground), ...changePlans(ground) };
}

function readPlans({ aws, signal }: TrialGround): Record<string, Plan> {
  const options = { abortSignal: signal };
  const dry = { DryRun: true };
  const one = (call: () => Promise<unknown>): Plan => ({ calls: [call] });
  return {
    'ec2:DescribeInstances read': one(() => aws.ec2.send(new DescribeInstancesCommand(dry), options)),
    'ec2:DescribeSecurityGroups read': one(() => aws.ec2.send(new DescribeSecurityGroupsCommand(dry), options)),
    'ec2:DescribeSubnets read': one(() => aws.ec2.send(new DescribeSubnetsCommand(dry), options)),
    'ec2:DescribeVpcs read': one(() => aws.ec2.send(new DescribeVpcsCommand(dry), options)),
    'ec2:DescribeAccountAttributes read': one(() => aws.ec2.send(new DescribeAccountAttributesCommand(dry), options)),
    'ec2:DescribeAddresses read': one(() => aws.ec2.send(new DescribeAddressesCommand(dry), options)),
    'ec2:DescribeInternetGateways read': one(() => aws.ec2.send(new DescribeInternetGatewaysCommand(dry), options)),
  };
}

/** On a load balancer and a target group that are there; else on names that nothing has. */
function loadBalancerReadPlans({ aws, region, signal }: TrialGround): Record<string, Plan> {
  const options = { abortSignal: signal };
  const arn = `arn:${partitionOf(region)}:elasticloadbalancing:${region}:000000000000`;
  const balancers = aws.elb.send(new DescribeLoadBalancersCommand({ PageSize: 1 }), options);
  const groups = aws.elb.send(new DescribeTargetGroupsCommand({ PageSize: 1 }), options);
  const balancer = balancers
    .then(({ LoadBalancers }) => LoadBalancers?.[0]?.LoadBalancerArn)
    .catch(() => undefined)
    .then((found) => found ?? `${arn}:loadbalancer/net/sluice-doctor/0000000000000000`);
  const group = groups
    .then(({ TargetGroups }) => TargetGroups?.[0]?.TargetGroupArn)
    .catch(() => undefined)
    .then((found) => found ?? `${arn}:targetgroup/sluice-doctor/0000000000000000`);
  const plan = (name: string, call: () => Promise<unknown>) => [`elasticloadbalancing:${name}`, { calls: [call] }];
  return Object.fromEntries([
    plan('DescribeLoadBalancers', () => balancers),
    plan('DescribeTargetGroups', () => groups),
    plan('DescribeLoadBalancerAttributes', async () =>
      aws.elb.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: await balancer }), options),
    ),
    plan('DescribeListeners', async () =>
      aws.elb.send(new DescribeListenersCommand({ LoadBalancerArn: await balancer, PageSize: 1 }), options),
    ),
    plan('DescribeTags', async () =>
      aws.elb.send(new DescribeTagsCommand({ ResourceArns: [await balancer] }), options),
    ),
    plan('DescribeTargetGroupAttributes', async () =>
      aws.elb.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn: await group }), options),
    ),
    plan('DescribeTargetHealth', async () =>
      aws.elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: await group }), options),
    ),
  ]) as Record<string, Plan>;
}

function changePlans(ground: TrialGround): Record<string, Plan> {
  const { aws, clusterName, vpcId, ownGroup, nodeGroups, dryRuns, signal } = ground;
  const options = { abortSignal: signal };
  const dry = { DryRun: true } as const;
  const owner = { Key: TAG_CLUSTER, Value: clusterName };
  const on = (groups: readonly string[], absent: string, call: (group: string) => Promise<unknown>): Plan => {
    if (!dryRuns) return { untried: 'on an endpoint that does not know dry runs' };
    return groups.length === 0 ? { untried: absent } : { calls: groups.map((group) => () => call(group)) };
  };
  const onOwn = (call: (group: string) => Promise<unknown>) =>
    on(ownGroup ? [ownGroup] : [], 'on security groups of this cluster, of which there is none yet', call);
  const onNodes = (call: (group: string) => Promise<unknown>) =>
    on(nodeGroups, 'on security groups of nodes, of which none is clear', call);
  const rule = (group: string) => ({
    ...dry,
    GroupId: group,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: 30000, ToPort: 30000, UserIdGroupPairs: [{ GroupId: group }] }],
  });
  const authorize = (group: string) => aws.ec2.send(new AuthorizeSecurityGroupIngressCommand(rule(group)), options);
  const revoke = (group: string) => aws.ec2.send(new RevokeSecurityGroupIngressCommand(rule(group)), options);
  const create = on(vpcId ? [vpcId] : [], 'without a VPC to make them in', (VpcId) => {
    const tags = [{ ResourceType: 'security-group' as const, Tags: [owner] }];
    const input = { ...dry, VpcId, GroupName: 'sluice-doctor', Description: 'dry run', TagSpecifications: tags };
    return aws.ec2.send(new CreateSecurityGroupCommand(input), options);
  });
  const tags = [{ Key: 'sluice.dev/doctor', Value: '' }];
  return {
    'ec2:CreateSecurityGroup create-group': create,
    'ec2:CreateSecurityGroup create-group-in-vpc': create,
    'ec2:DeleteSecurityGroup change-group': onOwn((GroupId) =>
      aws.ec2.send(new DeleteSecurityGroupCommand({ ...dry, GroupId }), options),
    ),
    'ec2:AuthorizeSecurityGroupIngress change-group': onOwn(authorize),
    'ec2:RevokeSecurityGroupIngress change-group': onOwn(revoke),
    'ec2:AuthorizeSecurityGroupIngress node-rules': onNodes(authorize),
    'ec2:RevokeSecurityGroupIngress node-rules': onNodes(revoke),
    'ec2:CreateTags retag-group': onOwn((group) =>
      aws.ec2.send(new CreateTagsCommand({ ...dry, Resources: [group], Tags: tags }), options),
    ),
    'ec2:DeleteTags retag-group': onOwn((group) =>
      aws.ec2.send(new DeleteTagsCommand({ ...dry, Resources: [group], Tags: tags }), options),
    ),
  };
}

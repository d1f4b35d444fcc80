/** What one lane has in AWS, asked of moto itself; by its tags, or, where it has none, by its name. */
import {
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  type IpPermission,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import {
  DeleteLoadBalancerCommand,
  DeleteTargetGroupCommand,
  DescribeListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeTagsCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetHealthCommand,
  paginateDescribeLoadBalancers,
  paginateDescribeTargetGroups,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Stage } from './stage.ts';

export type Tags = Record<string, string>;

export interface LaneCloud {
  loadBalancers: {
    arn: string;
    name: string;
    scheme: string;
    dnsName: string;
    subnets: string[];
    groups: string[];
    tags: Tags;
    attributes: Tags;
    listeners: { arn: string; port: number; protocol: string; group: string; tags: Tags }[];
  }[];
  targetGroups: {
    arn: string;
    name: string;
    port: number;
    protocol: string;
    interval: number;
    tags: Tags;
    attributes: Tags;
    /** As `i-…:port`. */
    targets: string[];
  }[];
  groups: { id: string; name: string; tags: Tags; rules: string[] }[];
  /** The lane's rules in the nodes' group, as `tcp/30080 from sg-…`. */
  nodeRules: string[];
  nodePermissions: IpPermission[];
}

const CLUSTER_TAG = 'elbv2.k8s.aws/cluster';
const TAGS_PER_CALL = 20;

export async function laneCloud({ elb, ec2, network }: Stage, lane: string): Promise<LaneCloud> {
  const tagsOf = async (arns: string[]): Promise<Map<string, Tags>> => {
    const found = new Map<string, Tags>();
    for (let start = 0; start < arns.length; start += TAGS_PER_CALL) {
      const command = new DescribeTagsCommand({ ResourceArns: arns.slice(start, start + TAGS_PER_CALL) });
      for (const { ResourceArn = '', Tags } of (await elb.send(command)).TagDescriptions ?? []) {
        found.set(ResourceArn, pairs(Tags));
      }
    }
    return found;
  };
  // A load balancer or target group without tags is a leak, and its name says whose.
  const isLanes = (name = '', tags: Tags = {}) =>
    tags[CLUSTER_TAG] === lane || (tags[CLUSTER_TAG] === undefined && name.includes(`-${lane}-`));

  const balancers = [];
  for await (const page of paginateDescribeLoadBalancers({ client: elb }, {})) {
    balancers.push(...(page.LoadBalancers ?? []));
  }
  const groups = [];
  for await (const page of paginateDescribeTargetGroups({ client: elb }, {})) groups.push(...(page.TargetGroups ?? []));
  const arns = [...balancers.map((lb) => lb.LoadBalancerArn ?? ''), ...groups.map((one) => one.TargetGroupArn ?? '')];
  const tags = await tagsOf(arns);
  const cloud: LaneCloud = { loadBalancers: [], targetGroups: [], groups: [], nodeRules: [], nodePermissions: [] };

  for (const lb of balancers) {
    const arn = lb.LoadBalancerArn ?? '';
    if (!isLanes(lb.LoadBalancerName, tags.get(arn))) continue;
    const listeners = (await elb.send(new DescribeListenersCommand({ LoadBalancerArn: arn }))).Listeners ?? [];
    const listenerTags = await tagsOf(listeners.map((one) => one.ListenerArn ?? ''));
    const attributes = await elb.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: arn }));
    cloud.loadBalancers.push({
      arn,
      name: lb.LoadBalancerName ?? '',
      scheme: lb.Scheme ?? '',
      dnsName: lb.DNSName ?? '',
      subnets: (lb.AvailabilityZones ?? []).map((zone) => zone.SubnetId ?? '').sort(),
      groups: [...(lb.SecurityGroups ?? [])].sort(),
      tags: tags.get(arn) ?? {},
      attributes: pairs(attributes.Attributes),
      listeners: listeners
        .map((one) => ({
          arn: one.ListenerArn ?? '',
          port: one.Port ?? 0,
          protocol: one.Protocol ?? '',
          group: one.DefaultActions?.[0]?.TargetGroupArn ?? '',
          tags: listenerTags.get(one.ListenerArn ?? '') ?? {},
        }))
        .sort((a, b) => a.port - b.port),
    });
  }

  for (const group of groups) {
    const arn = group.TargetGroupArn ?? '';
    if (!isLanes(group.TargetGroupName, tags.get(arn))) continue;
    const health = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: arn }));
    const attributes = await elb.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn: arn }));
    cloud.targetGroups.push({
      arn,
      name: group.TargetGroupName ?? '',
      port: group.Port ?? 0,
      protocol: group.Protocol ?? '',
      interval: group.HealthCheckIntervalSeconds ?? 0,
      tags: tags.get(arn) ?? {},
      attributes: pairs(attributes.Attributes),
      targets: (health.TargetHealthDescriptions ?? []).map((one) => `${one.Target?.Id}:${one.Target?.Port}`).sort(),
    });
  }

  const filters = [{ Name: 'vpc-id', Values: [network.vpcId] }];
  const answer = await ec2.send(new DescribeSecurityGroupsCommand({ Filters: filters, MaxResults: 1000 }));
  const securityGroups = answer.SecurityGroups ?? [];
  const own = securityGroups.filter((group) => isLanes(group.GroupName, pairs(group.Tags)));
  const ownIds = new Set(own.map((group) => group.GroupId));
  cloud.groups = own.map((group) => ({
    id: group.GroupId ?? '',
    name: group.GroupName ?? '',
    tags: pairs(group.Tags),
    rules: (group.IpPermissions ?? [])
      .flatMap((one) => (one.IpRanges ?? []).map((range) => `${one.IpProtocol}/${ports(one)} from ${range.CidrIp}`))
      .sort(),
  }));
  const nodes = securityGroups.find((group) => group.GroupId === network.nodeSecurityGroupId);
  cloud.nodePermissions = (nodes?.IpPermissions ?? []).flatMap((one) =>
    (one.UserIdGroupPairs ?? [])
      .filter(({ Description = '', GroupId }) => Description.endsWith(`=${lane}`) || ownIds.has(GroupId))
      .map((source) => ({
        IpProtocol: one.IpProtocol,
        FromPort: one.FromPort,
        ToPort: one.ToPort,
        UserIdGroupPairs: [source],
      })),
  );
  cloud.nodeRules = cloud.nodePermissions
    .map((one) => `${one.IpProtocol}/${ports(one)} from ${one.UserIdGroupPairs?.[0]?.GroupId}`)
    .sort();
  return cloud;
}

/** Everything there is, a line each. */
export function leftovers({ loadBalancers, targetGroups, groups, nodeRules }: LaneCloud): string[] {
  const untagged = (tags: Tags) => (Object.keys(tags).length === 0 ? ' (without tags)' : '');
  return [
    ...loadBalancers.map((lb) => `load balancer ${lb.arn}${untagged(lb.tags)}, ${lb.listeners.length} listeners`),
    ...targetGroups.map((group) => `target group ${group.arn}${untagged(group.tags)}`),
    ...groups.map((group) => `security group ${group.name}${untagged(group.tags)}`),
    ...nodeRules.map((rule) => `node rule ${rule}`),
  ];
}

export async function wipe({ elb, ec2, network }: Stage, cloud: LaneCloud): Promise<void> {
  for (const { arn } of cloud.loadBalancers) await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: arn }));
  for (const { arn } of cloud.targetGroups) await elb.send(new DeleteTargetGroupCommand({ TargetGroupArn: arn }));
  if (cloud.nodePermissions.length > 0) {
    const input = { GroupId: network.nodeSecurityGroupId, IpPermissions: cloud.nodePermissions };
    await ec2.send(new RevokeSecurityGroupIngressCommand(input));
  }
  for (const { id } of cloud.groups) await ec2.send(new DeleteSecurityGroupCommand({ GroupId: id }));
}

function ports({ FromPort, ToPort }: { FromPort?: number | undefined; ToPort?: number | undefined }): string {
  return FromPort === ToPort ? String(FromPort) : `${FromPort}-${ToPort}`;
}

function pairs(list: { Key?: string | undefined; Value?: string | undefined }[] | undefined): Tags {
  return Object.fromEntries((list ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}

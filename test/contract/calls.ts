/** The calls that Sluice makes, and the ways in which they are refused, as one script against any AWS endpoint. */
import * as ec2 from '@aws-sdk/client-ec2';
import * as elb from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Network } from '../tools/network.ts';

/** What earlier calls made. */
export interface Made {
  network: Network;
  front: string;
  group: string;
  loadBalancer: string;
  listener: string;
}

export interface Clients {
  ec2: ec2.EC2Client;
  elb: elb.ElasticLoadBalancingV2Client;
}

export interface Call {
  name: string;
  /** Gives the answer; what it puts into `made` is there for the calls after it. */
  run(clients: Clients, made: Made): Promise<unknown>;
}

const missing = (kind: string, rest: string) => `arn:aws:elasticloadbalancing:us-east-1:000000000000:${kind}/${rest}`;
const NO_GROUP = missing('targetgroup', 'nobody/0123456789abcdef');
const NO_LOAD_BALANCER = missing('loadbalancer', 'net/nobody/0123456789abcdef');
const NO_LISTENER = missing('listener', 'net/nobody/0123456789abcdef/0123456789abcdef');

const rule = (from: number): ec2.IpPermission => ({
  IpProtocol: 'tcp',
  FromPort: from,
  ToPort: from,
  IpRanges: [{ CidrIp: '192.0.2.0/24', Description: 'test' }],
});

export const CALLS: readonly Call[] = [
  { name: 'no load balancer yet', run: ({ elb: c }) => c.send(new elb.DescribeLoadBalancersCommand({})) },
  {
    name: 'a security group is made with its tags',
    async run({ ec2: c }, made) {
      const Tags = [{ Key: 'elbv2.k8s.aws/cluster', Value: 'contract' }];
      const TagSpecifications = [{ ResourceType: 'security-group' as const, Tags }];
      const input = { GroupName: 'front', Description: 'front', VpcId: made.network.vpcId, TagSpecifications };
      const answer = await c.send(new ec2.CreateSecurityGroupCommand(input));
      made.front = answer.GroupId ?? '';
      return answer;
    },
  },
  {
    name: 'its name is taken',
    run: ({ ec2: c }, { network: { vpcId: VpcId } }) =>
      c.send(new ec2.CreateSecurityGroupCommand({ GroupName: 'front', Description: 'front', VpcId })),
  },
  {
    name: 'a rule is added',
    run: ({ ec2: c }, { front: GroupId }) =>
      c.send(new ec2.AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [rule(80)] })),
  },
  {
    name: 'the same rule again',
    run: ({ ec2: c }, { front: GroupId }) =>
      c.send(new ec2.AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [rule(80)] })),
  },
  {
    name: 'a rule is revoked that is not there',
    run: ({ ec2: c }, { front: GroupId }) =>
      c.send(new ec2.RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions: [rule(81)] })),
  },
  {
    name: 'the group, by its id',
    run: ({ ec2: c }, { front }) => c.send(new ec2.DescribeSecurityGroupsCommand({ GroupIds: [front] })),
  },
  {
    name: 'a group that is not there',
    run: ({ ec2: c }) => c.send(new ec2.DescribeSecurityGroupsCommand({ GroupIds: ['sg-0123456789abcdef0'] })),
  },
  {
    name: 'a filter that EC2 does not know',
    run: ({ ec2: c }) => c.send(new ec2.DescribeSubnetsCommand({ Filters: [{ Name: 'nonsense', Values: ['1'] }] })),
  },
  {
    name: 'a target group is made',
    async run({ elb: c }, made) {
      const VpcId = made.network.vpcId;
      const Tags = [{ Key: 'elbv2.k8s.aws/cluster', Value: 'contract' }];
      const input = { Name: 'web', Protocol: 'TCP' as const, Port: 30080, VpcId, Tags };
      const answer = await c.send(new elb.CreateTargetGroupCommand(input));
      made.group = answer.TargetGroups?.[0]?.TargetGroupArn ?? '';
      return answer;
    },
  },
  {
    name: 'its name is taken by another',
    run: ({ elb: c }, { network: { vpcId: VpcId } }) =>
      c.send(new elb.CreateTargetGroupCommand({ Name: 'web', Protocol: 'UDP', Port: 1, VpcId })),
  },
  {
    name: 'a load balancer is made',
    async run({ elb: c }, made) {
      const input: elb.CreateLoadBalancerInput = {
        Name: 'web',
        Type: 'network',
        Scheme: 'internal',
        Subnets: made.network.subnetIds.internal,
        SecurityGroups: [made.front],
        Tags: [{ Key: 'elbv2.k8s.aws/cluster', Value: 'contract' }],
      };
      const answer = await c.send(new elb.CreateLoadBalancerCommand(input));
      made.loadBalancer = answer.LoadBalancers?.[0]?.LoadBalancerArn ?? '';
      return answer;
    },
  },
  {
    name: 'in a subnet that is not there',
    run: ({ elb: c }) =>
      c.send(
        new elb.CreateLoadBalancerCommand({ Name: 'lost', Type: 'network', Subnets: ['subnet-0123456789abcdef0'] }),
      ),
  },
  {
    name: 'the load balancer becomes active',
    run: ({ elb: c }, { loadBalancer }) =>
      c.send(new elb.DescribeLoadBalancersCommand({ LoadBalancerArns: [loadBalancer] })),
  },
  {
    name: 'a load balancer that is not there',
    run: ({ elb: c }) => c.send(new elb.DescribeLoadBalancersCommand({ LoadBalancerArns: [NO_LOAD_BALANCER] })),
  },
  {
    name: 'its attributes',
    run: ({ elb: c }, { loadBalancer: LoadBalancerArn }) =>
      c.send(new elb.DescribeLoadBalancerAttributesCommand({ LoadBalancerArn })),
  },
  {
    name: 'an attribute that is not one',
    run: ({ elb: c }, { loadBalancer: LoadBalancerArn }) =>
      c.send(
        new elb.ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes: [{ Key: 'no.such', Value: '1' }] }),
      ),
  },
  {
    name: 'targets are registered',
    run: ({ elb: c }, { group: TargetGroupArn, network }) =>
      c.send(
        new elb.RegisterTargetsCommand({ TargetGroupArn, Targets: network.instances.map(({ id }) => ({ Id: id })) }),
      ),
  },
  {
    name: 'targets of a group that is not there',
    run: ({ elb: c }, { network }) =>
      c.send(
        new elb.RegisterTargetsCommand({
          TargetGroupArn: NO_GROUP,
          Targets: network.instances.map(({ id }) => ({ Id: id })),
        }),
      ),
  },
  {
    name: 'a listener is made',
    async run({ elb: c }, made) {
      const answer = await c.send(
        new elb.CreateListenerCommand({
          LoadBalancerArn: made.loadBalancer,
          Protocol: 'TCP',
          Port: 80,
          DefaultActions: [{ Type: 'forward', TargetGroupArn: made.group }],
        }),
      );
      made.listener = answer.Listeners?.[0]?.ListenerArn ?? '';
      return answer;
    },
  },
  {
    name: 'its protocol becomes UDP',
    run: ({ elb: c }, { listener: ListenerArn }) =>
      c.send(new elb.ModifyListenerCommand({ ListenerArn, Protocol: 'UDP' })),
  },
  {
    name: 'the health of its targets',
    run: ({ elb: c }, { group: TargetGroupArn }) => c.send(new elb.DescribeTargetHealthCommand({ TargetGroupArn })),
  },
  {
    name: 'tags of several resources',
    run: ({ elb: c }, { loadBalancer, group }) =>
      c.send(new elb.DescribeTagsCommand({ ResourceArns: [loadBalancer, group] })),
  },
  {
    name: 'one zone less',
    run: ({ elb: c }, { loadBalancer: LoadBalancerArn, network }) =>
      c.send(new elb.SetSubnetsCommand({ LoadBalancerArn, Subnets: network.subnetIds.internal.slice(0, 1) })),
  },
  {
    name: 'a target group that is in use is deleted',
    run: ({ elb: c }, { group: TargetGroupArn }) => c.send(new elb.DeleteTargetGroupCommand({ TargetGroupArn })),
  },
  {
    name: 'a listener that is not there is deleted',
    run: ({ elb: c }) => c.send(new elb.DeleteListenerCommand({ ListenerArn: NO_LISTENER })),
  },
  {
    name: 'the load balancer is deleted',
    run: ({ elb: c }, { loadBalancer: LoadBalancerArn }) =>
      c.send(new elb.DeleteLoadBalancerCommand({ LoadBalancerArn })),
  },
  {
    name: 'and again',
    run: ({ elb: c }, { loadBalancer: LoadBalancerArn }) =>
      c.send(new elb.DeleteLoadBalancerCommand({ LoadBalancerArn })),
  },
  {
    name: 'the target group is deleted',
    run: ({ elb: c }, { group: TargetGroupArn }) => c.send(new elb.DeleteTargetGroupCommand({ TargetGroupArn })),
  },
  {
    name: 'the security group is deleted',
    run: ({ ec2: c }, { front: GroupId }) => c.send(new ec2.DeleteSecurityGroupCommand({ GroupId })),
  },
  {
    name: 'a security group that is not there is deleted',
    run: ({ ec2: c }) => c.send(new ec2.DeleteSecurityGroupCommand({ GroupId: 'sg-0123456789abcdef0' })),
  },
];

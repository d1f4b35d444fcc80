/** A Service's resources made from nothing. */
import * as ec2 from '@aws-sdk/client-ec2';
import * as elb from '@aws-sdk/client-elastic-load-balancing-v2';
import { beforeEach, expect, test } from 'vitest';
import { markUncertain } from '../../src/cloud/aws/errors.ts';
import { awsError, awsLoadBalancer, tagList } from './support/aws.ts';
import { applying, type BareStep } from './support/applying.ts';
import { desired } from './support/model.ts';

let s: ReturnType<typeof applying>;
const rule = { protocol: 'tcp' as const, fromPort: 80, toPort: 80, cidr: '0.0.0.0/0' };
const [group] = desired().targetGroups as [ReturnType<typeof desired>['targetGroups'][0]];
const none = { $metadata: { attempts: 1 } };

beforeEach(() => {
  s = applying({ empty: true });
  s.elb.on(elb.DescribeLoadBalancersCommand).rejects(awsError('LoadBalancerNotFound'));
  s.elb
    .on(elb.CreateTargetGroupCommand)
    .resolves({ ...none, TargetGroups: [{ TargetGroupArn: 'tg', Port: 30080, Protocol: 'TCP' }] });
  s.elb
    .on(elb.CreateLoadBalancerCommand)
    .resolves({ ...none, LoadBalancers: [awsLoadBalancer('lb', { State: { Code: 'provisioning' } })] });
  s.elb
    .on(elb.CreateListenerCommand)
    .resolves({ ...none, Listeners: [{ ListenerArn: 'ls', Port: 80, Protocol: 'TCP' }] });
  s.elb.on(elb.RegisterTargetsCommand).resolves({});
  s.ec2.on(ec2.CreateSecurityGroupCommand).resolves({ GroupId: 'sg-new' });
  s.ec2.on(ec2.AuthorizeSecurityGroupIngressCommand).resolves({});
});
const tags = desired().tags;
const all: BareStep[] = [
  { do: 'create-security-group', name: 'front', description: 'd', tags: desired().frontGroup.tags },
  { do: 'authorize-ingress', group: '@front-group', rules: [rule] },
  { do: 'create-target-group', ref: '@target-group:80/TCP', name: 'n', target: group },
  { do: 'register-targets', group: '@target-group:80/TCP', targets: [{ id: 'i-1', port: 30080 }] },
  {
    do: 'create-load-balancer',
    name: 'n',
    scheme: 'internal',
    subnets: ['subnet-a'],
    groups: ['@front-group', '@backend-group'],
    tags,
  },
  {
    do: 'create-listener',
    loadBalancer: '@load-balancer',
    port: 80,
    protocol: 'TCP',
    group: '@target-group:80/TCP',
    tags: { t: '1' },
  },
];

test('references become what was made, every create carries its tags, and ports are open before the listener', async () => {
  await s.apply(...all);
  expect(s.told).toEqual(['backend group', 'open after 6 calls']);
  const inputs = Object.fromEntries(s.calls());
  expect(inputs).toMatchObject({
    CreateSecurityGroup: {
      TagSpecifications: [{ ResourceType: 'security-group', Tags: tagList(desired().frontGroup.tags) }],
    },
    AuthorizeSecurityGroupIngress: { GroupId: 'sg-new' },
    CreateTargetGroup: { Name: 'n', Port: 30080, Protocol: 'TCP', TargetType: 'instance', Tags: tagList(group.tags) },
    RegisterTargets: { TargetGroupArn: 'tg' },
    CreateLoadBalancer: {
      Name: 'n',
      Type: 'network',
      Scheme: 'internal',
      Subnets: ['subnet-a'],
      SecurityGroups: ['sg-new', 'sg-backend'],
      Tags: tagList(tags),
    },
    CreateListener: {
      LoadBalancerArn: 'lb',
      DefaultActions: [{ TargetGroupArn: 'tg' }],
      Tags: [{ Key: 't', Value: '1' }],
    },
  });
  expect(s.stack()).toMatchObject({
    loadBalancers: [{ arn: 'lb', state: 'provisioning', listeners: [{ arn: 'ls', tags: { t: '1' } }] }],
    targetGroups: [{ arn: 'tg', targets: [{ id: 'i-1', state: 'initial' }], loadBalancerArns: ['lb'] }],
    frontGroups: [{ id: 'sg-new', cidrRules: [rule] }],
  });
});

test('a create that may have been carried out twice is told of', async () => {
  const answer = { ...none, TargetGroups: [{ TargetGroupArn: 'tg' }] };
  markUncertain(answer);
  s.elb.on(elb.CreateTargetGroupCommand).resolves(answer);
  await s.apply(...all.slice(2, 3));
  expect(s.told).toEqual(['repeated create']);
});

test('the first failure ends the run; what was done is known', async () => {
  s.elb.on(elb.CreateTargetGroupCommand).rejects(awsError('TooManyTargetGroups'));
  await expect(s.apply(...all)).rejects.toMatchObject({ Code: 'TooManyTargetGroups' });
  expect(s.names()).toEqual(['CreateTargetGroup', 'CreateSecurityGroup', 'AuthorizeSecurityGroupIngress']);
  expect(s.stack()).toMatchObject({ loadBalancers: [], targetGroups: [], frontGroups: [{ id: 'sg-new' }] });
});

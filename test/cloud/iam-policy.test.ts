import { describe, expect, test } from 'vitest';
import { AWS_PERMISSIONS } from '../../src/cloud/aws/aws-permissions.ts';
import { formatPolicy, iamPolicy } from '../../src/cloud/aws/iam-policy.ts';
import { allowedBy } from '../tools/iam.ts';

describe('the IAM policy', () => {
  const policy = iamPolicy({ clusterName: 'demo' });

  test('allows nothing but reading without a condition, or on all that there is', () => {
    for (const { Sid, Action, Resource, Condition } of policy.Statement) {
      expect(Action.filter((action) => action.includes('*'))).toEqual([]);
      if (Sid === 'Read') for (const action of Action) expect(action).toMatch(/:Describe/);
      // The VPC has no tag of the request; the group in it has.
      else if (Sid !== 'CreateGroupInVpc')
        expect([Sid, Resource === '*', Condition]).toEqual([Sid, false, expect.anything()]);
    }
  });

  test('grants each permission once, and nothing else', () => {
    const granted = policy.Statement.flatMap(({ Sid, Action }) => Action.map((action) => `${Sid} ${action}`));
    expect(new Set(granted).size).toBe(granted.length);
    expect(new Set(policy.Statement.flatMap(({ Action }) => Action))).toEqual(
      new Set(AWS_PERMISSIONS.map(({ action }) => action)),
    );
  });

  test('fits into a managed policy, with the longest name of a cluster', () => {
    // IAM and STS quotas: 6,144 characters, not counting white space.
    const longest = iamPolicy({ clusterName: 'c'.repeat(100), partition: 'aws-us-gov', region: 'us-gov-west-1' });
    expect(formatPolicy(longest).replaceAll(/\s/g, '').length).toBeLessThanOrEqual(6144);
  });

  test.each([
    [{ region: 'eu-central-1' }, 'arn:aws:elasticloadbalancing:eu-central-1:*:loadbalancer/net/*/*'],
    [{ region: 'cn-north-1' }, 'arn:aws-cn:elasticloadbalancing:cn-north-1:*:loadbalancer/net/*/*'],
    [{ region: 'us-gov-west-1' }, 'arn:aws-us-gov:elasticloadbalancing:us-gov-west-1:*:loadbalancer/net/*/*'],
    [{ partition: 'aws-cn' }, 'arn:aws-cn:elasticloadbalancing:*:*:loadbalancer/net/*/*'],
    [{ vpcId: 'vpc-1' }, 'arn:aws:ec2:*:*:vpc/vpc-1'],
  ])('for %j names %s', (scope, arn) => {
    const { Statement } = iamPolicy({ clusterName: 'demo', ...scope });
    expect(Statement.flatMap(({ Resource }) => Resource)).toContain(arn);
  });

  test('takes a dollar sign in the name of a cluster for what it is', () => {
    const { Statement } = iamPolicy({ clusterName: '${aws:username}' });
    const create = Statement.find(({ Sid }) => Sid === 'Create');
    expect(create?.Condition?.['StringEquals']).toEqual({
      'aws:RequestTag/elbv2.k8s.aws/cluster': '${$}{aws:username}',
    });
  });
});

describe('what the policy allows', () => {
  const policy = iamPolicy({ clusterName: 'demo' });
  const elb = (resource: string) => `arn:aws:elasticloadbalancing:eu-central-1:123456789012:${resource}`;
  const lb = elb('loadbalancer/net/web/0');
  const alb = elb('loadbalancer/app/web/0');
  const group = elb('targetgroup/web/0');
  const listener = elb('listener/net/web/0/0');
  const sg = 'arn:aws:ec2:eu-central-1:123456789012:security-group/sg-0';
  const instance = 'arn:aws:ec2:eu-central-1:123456789012:instance/i-0';
  const OWNER = 'elbv2.k8s.aws/cluster';
  const own = { [`aws:ResourceTag/${OWNER}`]: 'demo' };
  const others = { [`aws:ResourceTag/${OWNER}`]: 'other' };
  const asOwn = { [`aws:RequestTag/${OWNER}`]: 'demo', 'aws:TagKeys': [OWNER] };
  const asOthers = { [`aws:RequestTag/${OWNER}`]: 'other', 'aws:TagKeys': [OWNER] };
  const team = { 'aws:RequestTag/team': 'blue', 'aws:TagKeys': ['team'] };
  const node = { 'aws:ResourceTag/kubernetes.io/cluster/demo': 'owned' };
  const on = (service: string, action: string) => ({ [`${service}:CreateAction`]: action });

  test.each<[action: string, resource: string, context: Record<string, string | string[]>, sid: string | undefined]>([
    ['elasticloadbalancing:DescribeTags', '*', {}, 'Read'],
    ['elasticloadbalancing:CreateLoadBalancer', lb, asOwn, 'Create'],
    ['elasticloadbalancing:CreateLoadBalancer', lb, {}, undefined],
    ['elasticloadbalancing:CreateLoadBalancer', lb, asOthers, undefined],
    ['elasticloadbalancing:CreateLoadBalancer', alb, asOwn, undefined],
    ['elasticloadbalancing:CreateTargetGroup', group, asOwn, 'Create'],
    ['elasticloadbalancing:CreateTargetGroup', group, team, undefined],
    ['elasticloadbalancing:CreateListener', lb, own, 'ChangeOwn'],
    ['elasticloadbalancing:CreateListener', lb, others, undefined],
    ['elasticloadbalancing:DeleteLoadBalancer', lb, own, 'ChangeOwn'],
    ['elasticloadbalancing:DeleteLoadBalancer', lb, others, undefined],
    ['elasticloadbalancing:DeleteLoadBalancer', lb, {}, undefined],
    ['elasticloadbalancing:DeleteLoadBalancer', alb, own, undefined],
    ['elasticloadbalancing:ModifyListener', listener, own, 'ChangeOwn'],
    ['elasticloadbalancing:ModifyListener', listener, {}, undefined],
    ['elasticloadbalancing:RegisterTargets', group, own, 'ChangeOwn'],
    ['elasticloadbalancing:RegisterTargets', group, others, undefined],
    ['elasticloadbalancing:AddTags', lb, { ...asOwn, ...on('elasticloadbalancing', 'CreateLoadBalancer') }, 'TagNew'],
    [
      'elasticloadbalancing:AddTags',
      lb,
      { ...asOthers, ...on('elasticloadbalancing', 'CreateLoadBalancer') },
      undefined,
    ],
    ['elasticloadbalancing:AddTags', lb, { ...own, ...team }, 'RetagOwn'],
    // A stranger's can't be made one's own, and one's own can't be given away.
    ['elasticloadbalancing:AddTags', lb, asOwn, undefined],
    ['elasticloadbalancing:AddTags', lb, { ...others, ...asOwn }, undefined],
    ['elasticloadbalancing:AddTags', lb, { ...others, ...team }, undefined],
    ['elasticloadbalancing:AddTags', lb, { ...own, ...asOthers }, undefined],
    ['elasticloadbalancing:RemoveTags', lb, { ...own, 'aws:TagKeys': ['team'] }, 'RetagOwn'],
    ['elasticloadbalancing:RemoveTags', lb, { ...own, 'aws:TagKeys': ['team', OWNER] }, undefined],
    ['ec2:CreateSecurityGroup', sg, asOwn, 'CreateGroup'],
    ['ec2:CreateSecurityGroup', sg, {}, undefined],
    ['ec2:CreateTags', sg, { ...asOwn, ...on('ec2', 'CreateSecurityGroup') }, 'TagNewGroup'],
    ['ec2:CreateTags', sg, asOwn, undefined],
    ['ec2:CreateTags', instance, { ...asOwn, ...on('ec2', 'RunInstances') }, undefined],
    ['ec2:CreateTags', sg, { ...own, ...team }, 'RetagOwnGroup'],
    ['ec2:CreateTags', sg, { ...node, ...asOwn }, undefined],
    ['ec2:DeleteSecurityGroup', sg, own, 'ChangeOwnGroup'],
    ['ec2:DeleteSecurityGroup', sg, node, undefined],
    ['ec2:AuthorizeSecurityGroupIngress', sg, own, 'ChangeOwnGroup'],
    ['ec2:AuthorizeSecurityGroupIngress', sg, node, 'NodeRules'],
    ['ec2:AuthorizeSecurityGroupIngress', sg, { 'aws:ResourceTag/kubernetes.io/cluster/other': 'owned' }, undefined],
    ['ec2:RevokeSecurityGroupIngress', sg, {}, undefined],
    ['ec2:RunInstances', instance, own, undefined],
    ['iam:CreateServiceLinkedRole', 'arn:aws:iam::1:role/aws-service-role/rds.amazonaws.com/x', {}, undefined],
  ])('%s on %s with %j: %s', (action, resource, context, sid) => {
    expect(allowedBy(policy, { action, resource, context })?.Sid).toBe(sid);
  });
});

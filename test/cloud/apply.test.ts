/** Each step is one AWS call, and the inventory knows at once what it changed. */
import { beforeEach, describe, expect, test } from 'vitest';
import { awsError } from './support/aws.ts';
import { applying } from './support/applying.ts';
import { FRONT, tcpCheck } from './support/model.ts';

let s: ReturnType<typeof applying>;
beforeEach(() => {
  s = applying();
  s.elb.onAnyCommand().resolves({});
  s.ec2.onAnyCommand().resolves({});
});
const rule = (port: number) => ({ protocol: 'tcp' as const, fromPort: port, toPort: port, cidr: '0.0.0.0/0' });

describe('one call a step', () => {
  type Apply = Parameters<typeof s.apply>[0];
  // step | call | its input | what the inventory says then
  test.each<[Apply, string, object, object]>([
    [
      { do: 'authorize-ingress', group: FRONT, rules: [rule(81)] },
      'AuthorizeSecurityGroupIngress',
      {
        GroupId: FRONT,
        IpPermissions: [{ IpProtocol: 'tcp', FromPort: 81, ToPort: 81, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
      },
      { frontGroups: [{ cidrRules: [rule(80), rule(81)] }] },
    ],
    [
      {
        do: 'modify-health-check',
        group: 'tg-80',
        healthCheck: { ...tcpCheck, protocol: 'HTTP', path: '/up', successCodes: '200' },
      },
      'ModifyTargetGroup',
      {
        TargetGroupArn: 'tg-80',
        HealthCheckProtocol: 'HTTP',
        HealthCheckPath: '/up',
        Matcher: { HttpCode: '200' },
        HealthCheckPort: 'traffic-port',
        HealthyThresholdCount: 3,
      },
      { targetGroups: [{ healthCheck: { protocol: 'HTTP', path: '/up' } }] },
    ],
    [
      { do: 'set-target-group-attributes', group: 'tg-80', attributes: { a: '1' } },
      'ModifyTargetGroupAttributes',
      { TargetGroupArn: 'tg-80', Attributes: [{ Key: 'a', Value: '1' }] },
      { targetGroups: [{ attributes: { a: '1' } }] },
    ],
    [
      { do: 'register-targets', group: 'tg-80', targets: [{ id: 'i-3', port: 30080 }] },
      'RegisterTargets',
      { TargetGroupArn: 'tg-80', Targets: [{ Id: 'i-3', Port: 30080 }] },
      { targetGroups: [{ targets: [{ id: 'i-1' }, { id: 'i-2' }, { id: 'i-3', port: 30080, state: 'initial' }] }] },
    ],
    [
      { do: 'deregister-targets', group: 'tg-80', targets: [{ id: 'i-1', port: 30080 }] },
      'DeregisterTargets',
      { TargetGroupArn: 'tg-80', Targets: [{ Id: 'i-1', Port: 30080 }] },
      {
        targetGroups: [
          {
            targets: [
              { id: 'i-1', state: 'draining' },
              { id: 'i-2', state: 'healthy' },
            ],
          },
        ],
      },
    ],
    [
      { do: 'set-load-balancer-attributes', loadBalancer: 'lb-1', attributes: { a: '1' } },
      'ModifyLoadBalancerAttributes',
      { LoadBalancerArn: 'lb-1', Attributes: [{ Key: 'a', Value: '1' }] },
      { loadBalancers: [{ attributes: { a: '1' } }] },
    ],
    [
      { do: 'set-subnets', loadBalancer: 'lb-1', subnets: ['subnet-d', 'subnet-c'] },
      'SetSubnets',
      { LoadBalancerArn: 'lb-1', Subnets: ['subnet-d', 'subnet-c'] },
      { loadBalancers: [{ subnetIds: ['subnet-c', 'subnet-d'] }] },
    ],
    [
      { do: 'set-security-groups', loadBalancer: 'lb-1', groups: [FRONT, '@backend-group'] },
      'SetSecurityGroups',
      { LoadBalancerArn: 'lb-1', SecurityGroups: [FRONT, 'sg-backend'] },
      { loadBalancers: [{ securityGroupIds: [FRONT, 'sg-backend'] }] },
    ],
    [
      {
        do: 'modify-listener',
        loadBalancer: 'lb-1',
        listener: 'ls-80',
        port: 80,
        protocol: 'TCP',
        group: 'tg-new',
        tags: {},
      },
      'ModifyListener',
      {
        ListenerArn: 'ls-80',
        Port: 80,
        Protocol: 'TCP',
        DefaultActions: [{ Type: 'forward', TargetGroupArn: 'tg-new' }],
      },
      {
        loadBalancers: [{ listeners: [{ arn: 'ls-80', targetGroupArn: 'tg-new' }] }],
        targetGroups: [{ loadBalancerArns: [] }],
      },
    ],
    [
      { do: 'delete-listener', loadBalancer: 'lb-1', listener: 'ls-80' },
      'DeleteListener',
      { ListenerArn: 'ls-80' },
      { loadBalancers: [{ listeners: [] }] },
    ],
    [
      { do: 'delete-load-balancer', loadBalancer: 'lb-1' },
      'DeleteLoadBalancer',
      { LoadBalancerArn: 'lb-1' },
      { loadBalancers: [], targetGroups: [{ loadBalancerArns: [] }] },
    ],
    [
      { do: 'delete-target-group', group: 'tg-80' },
      'DeleteTargetGroup',
      { TargetGroupArn: 'tg-80' },
      { targetGroups: [] },
    ],
    [{ do: 'delete-security-group', group: FRONT }, 'DeleteSecurityGroup', { GroupId: FRONT }, { frontGroups: [] }],
    [
      { do: 'add-tags', resource: 'lb-1', tags: { a: '1' } },
      'AddTags',
      { ResourceArns: ['lb-1'], Tags: [{ Key: 'a', Value: '1' }] },
      { loadBalancers: [{ tags: { a: '1', 'service.k8s.aws/stack': 'shop/web' } }] },
    ],
    [
      { do: 'add-tags', resource: 'ls-80', tags: { a: '1' } },
      'AddTags',
      { ResourceArns: ['ls-80'] },
      { loadBalancers: [{ listeners: [{ tags: { a: '1' } }] }] },
    ],
    [
      { do: 'add-tags', resource: FRONT, tags: { a: '1' } },
      'CreateTags',
      { Resources: [FRONT], Tags: [{ Key: 'a', Value: '1' }] },
      { frontGroups: [{ tags: { a: '1' } }] },
    ],
    [
      { do: 'remove-tags', resource: 'tg-80', keys: ['a'] },
      'RemoveTags',
      { ResourceArns: ['tg-80'], TagKeys: ['a'] },
      {},
    ],
    [
      { do: 'remove-tags', resource: FRONT, keys: ['a'] },
      'DeleteTags',
      { Resources: [FRONT], Tags: [{ Key: 'a' }] },
      {},
    ],
  ])('$do', async (step, name, input, known) => {
    await s.apply(step);
    expect(s.calls()).toEqual([[name, expect.objectContaining(input)]]);
    expect(s.stack()).toMatchObject(known);
  });

  test('a revoked rule is forgotten', async () => {
    await s.apply({ do: 'revoke-ingress', group: FRONT, rules: s.stack().frontGroups[0]?.cidrRules ?? [] });
    expect(s.names()).toEqual(['RevokeSecurityGroupIngress']);
    expect(s.stack().frontGroups[0]?.cidrRules).toEqual([]);
  });

  test.each([
    [{ do: 'delete-load-balancer', loadBalancer: 'lb-1' }, 'LoadBalancerNotFound'],
    [{ do: 'delete-target-group', group: 'tg-80' }, 'TargetGroupNotFound'],
    [{ do: 'delete-listener', loadBalancer: 'lb-1', listener: 'ls-80' }, 'ListenerNotFound'],
    [{ do: 'delete-security-group', group: FRONT }, 'InvalidGroup.NotFound'],
  ] as const)('$do of what is gone succeeds', async (step, code) => {
    s.elb.onAnyCommand().rejects(awsError(code));
    s.ec2.onAnyCommand().rejects(awsError(code));
    await s.apply(step);
  });
});

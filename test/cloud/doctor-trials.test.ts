/** Trying AWS permissions without changing anything, with AWS mocked. */
import { describe, expect, test } from 'vitest';
import { DescribeLoadBalancersCommand, DescribeTargetGroupsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { type TrialGround, tryPermissions } from '../../src/cloud/doctor/trials.ts';
import { awsError, mockAws } from './support/aws.ts';

const DRY = awsError('DryRunOperation', 412);

/** All trials where EC2 answers dry runs so, and ELBv2 knows none of what is asked for. */
async function tryAll(
  change: Partial<TrialGround> = {},
  ec2Answers: Error | object = DRY,
  elbAnswers?: Error | object,
) {
  const { aws, ec2, elb, calls } = mockAws();
  if (ec2Answers instanceof Error) ec2.onAnyCommand().rejects(ec2Answers);
  else ec2.onAnyCommand().resolves(ec2Answers);
  const elbSays = elbAnswers ?? awsError('LoadBalancerNotFound');
  if (elbSays instanceof Error) elb.onAnyCommand().rejects(elbSays);
  else elb.onAnyCommand().resolves(elbSays);
  if (!elbAnswers) elb.on(DescribeLoadBalancersCommand).resolves({}).on(DescribeTargetGroupsCommand).resolves({});
  const trials = await tryPermissions({
    aws,
    clusterName: 'prod',
    region: 'cn-north-1',
    vpcId: 'vpc-1',
    ownGroup: 'sg-own',
    nodeGroups: ['sg-node', 'sg-other'],
    dryRuns: true,
    signal: new AbortController().signal,
    ...change,
  });
  const outcomes = (kind: string) =>
    trials.flatMap(({ permission, outcome }) =>
      outcome.kind === kind ? [`${permission.action} ${permission.grant}`] : [],
    );
  return { trials, calls: calls() as [string, Record<string, unknown>][], outcomes, elb };
}

const isRead = ([name]: [string, object]) => name.startsWith('Describe');

describe('trials', () => {
  test('every permission is tried but for changes of load balancers, which are never sent', async () => {
    const { trials, calls, outcomes } = await tryAll();
    expect(outcomes('denied')).toEqual([]);
    expect(outcomes('unclear')).toEqual([]);
    const untried = trials.filter(({ outcome }) => outcome.kind === 'untried').map(({ permission }) => permission);
    expect(untried.filter(({ access, action }) => access === 'read' || action.startsWith('ec2:'))).toEqual([]);
    expect(untried.length).toBeGreaterThan(15);
    const changes = calls.filter((call) => !isRead(call));
    expect(new Set(changes.map(([name]) => name))).toEqual(
      new Set([
        'CreateSecurityGroup',
        'DeleteSecurityGroup',
        'AuthorizeSecurityGroupIngress',
        'RevokeSecurityGroupIngress',
        'CreateTags',
        'DeleteTags',
      ]),
    );
    for (const [name, input] of changes) expect([name, input['DryRun']]).toEqual([name, true]);
  });

  test('on what the policy allows them: own groups, node groups, and what is tagged as the cluster’s', async () => {
    const { calls } = await tryAll();
    const groups = (name: string) => calls.filter(([one]) => one === name).map(([, input]) => String(input['GroupId']));
    expect(groups('AuthorizeSecurityGroupIngress').toSorted()).toEqual(['sg-node', 'sg-other', 'sg-own']);
    expect(groups('DeleteSecurityGroup')).toEqual(['sg-own']);
    const created = calls.filter(([name]) => name === 'CreateSecurityGroup');
    expect(created).toEqual([
      [
        'CreateSecurityGroup',
        expect.objectContaining({
          VpcId: 'vpc-1',
          TagSpecifications: [
            { ResourceType: 'security-group', Tags: [{ Key: 'elbv2.k8s.aws/cluster', Value: 'prod' }] },
          ],
        }),
      ],
    ]);
  });

  test('an endpoint without dry runs is sent no change', async () => {
    const { calls, outcomes } = await tryAll({ dryRuns: false }, {});
    expect(calls.filter((call) => !isRead(call))).toEqual([]);
    expect(outcomes('allowed').filter((one) => one.startsWith('ec2:') && !one.includes('Describe'))).toEqual([]);
  });

  test.each([
    ['no group of the cluster’s', { ownGroup: undefined }, ['change-group', 'retag-group']],
    ['no clear group of the nodes’', { nodeGroups: [] }, ['node-rules']],
    ['no VPC', { vpcId: undefined }, ['create-group', 'create-group-in-vpc', 'tag-new-group']],
  ])('with %s those that need it are not tried', async (_what, change, grants) => {
    const { trials, outcomes } = await tryAll(change);
    const untried = outcomes('untried').filter((one) => one.startsWith('ec2:'));
    expect(new Set(untried.map((one) => one.split(' ')[1]))).toEqual(new Set(grants));
    const whys = trials.flatMap(({ permission, outcome }) =>
      outcome.kind === 'untried' && permission.action.startsWith('ec2:') ? [outcome.why] : [],
    );
    expect(new Set(whys).size).toBe(1);
    expect(outcomes('allowed').length).toBeGreaterThan(10);
  });

  test.each([
    ['denied', awsError('UnauthorizedOperation', 403), awsError('AccessDenied', 403)],
    [
      'unanswered',
      Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
      Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
    ],
    ['unclear', awsError('InternalFailure', 500), awsError('ValidationError')],
    ['allowed', {}, {}],
  ])('%s', async (kind, ec2Answers, elbAnswers) => {
    const { trials, outcomes } = await tryAll({}, ec2Answers, elbAnswers);
    const tried = trials.filter(({ outcome }) => outcome.kind !== 'untried');
    expect(outcomes(kind)).toHaveLength(tried.length);
    expect(tried.length).toBeGreaterThan(20);
  });

  test('details are asked of what is there; else of what nobody has, in the partition of the region', async () => {
    const { calls: none } = await tryAll();
    const arnOf = (calls: [string, Record<string, unknown>][], name: string, key: string) =>
      calls.find(([one]) => one === name)?.[1][key];
    expect(arnOf(none, 'DescribeTargetHealth', 'TargetGroupArn')).toBe(
      'arn:aws-cn:elasticloadbalancing:cn-north-1:000000000000:targetgroup/sluice-doctor/0000000000000000',
    );
    const there = { LoadBalancers: [{ LoadBalancerArn: 'arn:lb' }], TargetGroups: [{ TargetGroupArn: 'arn:tg' }] };
    const { calls: some } = await tryAll({}, DRY, there);
    expect(arnOf(some, 'DescribeListeners', 'LoadBalancerArn')).toBe('arn:lb');
    expect(arnOf(some, 'DescribeTags', 'ResourceArns')).toEqual(['arn:lb']);
    expect(arnOf(some, 'DescribeTargetGroupAttributes', 'TargetGroupArn')).toBe('arn:tg');
  });
});

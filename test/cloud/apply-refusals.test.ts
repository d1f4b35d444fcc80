/** What AWS's refusals mean: somebody else's, ours already, or only a matter of moments. */
import * as ec2 from '@aws-sdk/client-ec2';
import * as elb from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PlanOutdatedError, StrangerError } from '../../src/cloud/aws/apply-common.ts';
import { awsError, awsLoadBalancer, ownedTags, tagList } from './support/aws.ts';
import { applying, type BareStep } from './support/applying.ts';
import { desired, FRONT } from './support/model.ts';

let s: ReturnType<typeof applying>;
beforeEach(() => {
  s = applying();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});
const [target] = desired().targetGroups as [ReturnType<typeof desired>['targetGroups'][0]];
const createGroup: BareStep = { do: 'create-target-group', ref: '@target-group:80/TCP', name: 'n', target };
const createFront: BareStep = { do: 'create-security-group', name: 'front', description: 'd', tags: {} };
const createBalancer: BareStep = {
  do: 'create-load-balancer',
  name: 'n',
  scheme: 'internal',
  subnets: ['subnet-a'],
  groups: [FRONT],
  tags: ownedTags(),
};
const createListener: BareStep = {
  do: 'create-listener',
  loadBalancer: 'lb-1',
  port: 80,
  protocol: 'TCP',
  group: 'tg-80',
  tags: {},
};

/** Lets the pauses between retries pass; resolves with what the work came to. */
async function settled(work: Promise<unknown>): Promise<unknown> {
  const outcome = work.then(
    () => 'done',
    (error: unknown) => error,
  );
  await vi.advanceTimersByTimeAsync(10_000);
  return outcome;
}
const writes = () => s.names().filter((name) => !name.startsWith('Describe'));

describe('the name is taken', () => {
  const cases: [string, Record<string, string>, unknown][] = [
    ['by nobody’s', {}, StrangerError],
    ['by another cluster’s', { ...ownedTags(), 'elbv2.k8s.aws/cluster': 'test' }, StrangerError],
    ['by another Service’s', ownedTags('shop/other'), StrangerError],
    ['by ours', ownedTags(), PlanOutdatedError],
  ];

  test.each(cases)('load balancer, %s: nothing is written', async (_name, tags, expected) => {
    s.elb.on(elb.DescribeLoadBalancersCommand).resolves({ LoadBalancers: [awsLoadBalancer('lb-x')] });
    s.elb.on(elb.DescribeTagsCommand).resolves({ TagDescriptions: [{ ResourceArn: 'lb-x', Tags: tagList(tags) }] });
    const error = await settled(s.apply(createBalancer));
    expect(error).toBeInstanceOf(expected);
    if (error instanceof StrangerError) {
      expect(error.message).toBe(`load balancer "n" exists (lb-x) and its tags don't say that it is this Service's`);
      expect(error.problem).toMatchObject({ value: 'n', remedy: 'choose another name, or delete or rename lb-x' });
    }
    expect(s.names()).toEqual(['DescribeLoadBalancers', 'DescribeTags']);
  });

  test('AWS answers a create with a load balancer of another VPC: a stranger, and unknown', async () => {
    s.elb.on(elb.DescribeLoadBalancersCommand).rejects(awsError('LoadBalancerNotFound'));
    s.elb.on(elb.CreateLoadBalancerCommand).resolves({ LoadBalancers: [awsLoadBalancer('lb-x', { VpcId: 'vpc-2' })] });
    expect(await settled(s.apply(createBalancer))).toBeInstanceOf(StrangerError);
    expect(s.inventory.loadBalancers.get('lb-x')).toBeUndefined();
  });

  test.each(cases)('target group, %s', async (_name, tags, expected) => {
    s.elb.on(elb.CreateTargetGroupCommand).rejects(awsError('DuplicateTargetGroupName'));
    s.elb.on(elb.DescribeTargetGroupsCommand).resolves({ TargetGroups: [{ TargetGroupArn: 'tg-x' }] });
    s.elb.on(elb.DescribeTagsCommand).resolves({ TagDescriptions: [{ ResourceArn: 'tg-x', Tags: tagList(tags) }] });
    expect(await settled(s.apply(createGroup))).toBeInstanceOf(expected);
    expect(writes()).toEqual(['CreateTargetGroup']);
  });

  test.each(cases)('front group, %s', async (_name, tags, expected) => {
    s.ec2.on(ec2.CreateSecurityGroupCommand).rejects(awsError('InvalidGroup.Duplicate'));
    s.ec2
      .on(ec2.DescribeSecurityGroupsCommand)
      .resolves({ SecurityGroups: [{ GroupId: 'sg-x', Tags: tagList(tags) }] });
    expect(await settled(s.apply(createFront))).toBeInstanceOf(expected);
    expect(writes()).toEqual(['CreateSecurityGroup']);
  });

  test('front group, gone again when looked for: the error stands', async () => {
    s.ec2.on(ec2.CreateSecurityGroupCommand).rejects(awsError('InvalidGroup.Duplicate'));
    s.ec2.on(ec2.DescribeSecurityGroupsCommand).resolves({ SecurityGroups: [] });
    expect(await settled(s.apply(createFront))).toMatchObject({ Code: 'InvalidGroup.Duplicate' });
  });

  test('listener: the plan was outdated', async () => {
    s.elb.on(elb.CreateListenerCommand).rejects(awsError('DuplicateListener'));
    expect(await settled(s.apply(createListener))).toBeInstanceOf(PlanOutdatedError);
  });
});

describe('what passes within seconds is tried again, 4 times in all, and nothing else is', () => {
  /** Every call answers with these errors in turn, then succeeds. */
  const fails = (codes: readonly string[]) => {
    for (const answers of [s.elb.onAnyCommand(), s.ec2.onAnyCommand()]) {
      for (const code of codes) answers.rejectsOnce(awsError(code));
      answers.resolves({ $metadata: {}, Listeners: [{ ListenerArn: 'ls' }] } as never);
    }
  };
  const deleteGroup = { do: 'delete-target-group', group: 'tg-80' } as const;
  const deleteFront = { do: 'delete-security-group', group: FRONT } as const;

  // step | errors in turn | calls | outcome
  test.each([
    [deleteGroup, ['ResourceInUse'], 2, 'done'],
    [deleteGroup, ['ResourceInUse', 'ResourceInUse', 'ResourceInUse'], 4, 'done'],
    [deleteGroup, ['ResourceInUse', 'ResourceInUse', 'ResourceInUse', 'ResourceInUse'], 4, 'ResourceInUse'],
    [deleteGroup, ['ResourceInUse', 'TargetGroupNotFound'], 2, 'done'],
    [deleteGroup, ['AccessDenied'], 1, 'AccessDenied'],
    [deleteGroup, ['Throttling'], 1, 'Throttling'],
    [deleteFront, ['DependencyViolation', 'DependencyViolation'], 3, 'done'],
    [deleteFront, ['InvalidGroup.InUse'], 2, 'done'],
    [createListener, ['LoadBalancerNotFound', 'TargetGroupNotFound'], 3, 'done'],
    [createListener, ['TooManyListeners'], 1, 'TooManyListeners'],
    [{ do: 'delete-load-balancer', loadBalancer: 'lb-1' }, ['OperationNotPermitted'], 1, 'OperationNotPermitted'],
  ] as const)('$do, $1', async (step, codes, calls, outcome) => {
    fails(codes);
    const result = await settled(s.apply(step));
    expect(result === 'done' ? 'done' : (result as { Code: string }).Code).toBe(outcome);
    expect(s.names()).toHaveLength(calls);
    // What was not deleted is still known.
    if (outcome !== 'done')
      expect(s.stack()).toMatchObject({ loadBalancers: [{}], targetGroups: [{}], frontGroups: [{}] });
  });

  test('a security group that was just made may not be visible to a new load balancer yet', async () => {
    s.elb.on(elb.DescribeLoadBalancersCommand).rejects(awsError('LoadBalancerNotFound'));
    s.elb
      .on(elb.CreateLoadBalancerCommand)
      .rejectsOnce(awsError('InvalidSecurityGroup'))
      .resolves({ $metadata: {}, LoadBalancers: [awsLoadBalancer('lb-2')] });
    expect(await settled(s.apply(createBalancer))).toBe('done');
    expect(writes()).toEqual(['CreateLoadBalancer', 'CreateLoadBalancer']);
  });
});

test('an endpoint that can’t change a listener’s protocol gets a new listener', async () => {
  s.elb.on(elb.ModifyListenerCommand).rejects(awsError('UnsupportedProtocol'));
  s.elb.on(elb.DeleteListenerCommand).resolves({});
  s.elb
    .on(elb.CreateListenerCommand)
    .resolves({ $metadata: {}, Listeners: [{ ListenerArn: 'ls-new', Port: 80, Protocol: 'UDP' }] });
  const step = {
    do: 'modify-listener',
    loadBalancer: 'lb-1',
    listener: 'ls-80',
    port: 80,
    protocol: 'UDP',
    group: 'tg-80',
    tags: { t: '1' },
  } as const;
  expect(await settled(s.apply(step))).toBe('done');
  expect(s.names()).toEqual(['ModifyListener', 'DeleteListener', 'CreateListener']);
  expect(s.stack().loadBalancers[0]?.listeners).toMatchObject([{ arn: 'ls-new', protocol: 'UDP', tags: { t: '1' } }]);
});

describe('rules that are there, or gone, already', () => {
  const rules = [80, 81, 82].map((port) => ({
    protocol: 'tcp' as const,
    fromPort: port,
    toPort: port,
    cidr: '0.0.0.0/0',
  }));
  const ports = (input: { IpPermissions?: { FromPort?: number }[] }) => input.IpPermissions?.map((p) => p.FromPort);

  test.each([
    ['authorize-ingress', 'InvalidPermission.Duplicate', ec2.AuthorizeSecurityGroupIngressCommand],
    ['revoke-ingress', 'InvalidPermission.NotFound', ec2.RevokeSecurityGroupIngressCommand],
  ] as const)('%s: each goes alone then, and that one is fine', async (kind, code, command) => {
    s.ec2.on(command).callsFake((input: { IpPermissions: { FromPort: number }[] }) => {
      if (ports(input)?.includes(81)) throw awsError(code);
      return {};
    });
    expect(await settled(s.apply({ do: kind, group: FRONT, rules }))).toBe('done');
    expect(s.calls().map(([, input]) => ports(input))).toEqual([[80, 81, 82], [80], [81], [82]]);
  });

  test('another error is an error', async () => {
    s.ec2.on(ec2.AuthorizeSecurityGroupIngressCommand).rejects(awsError('RulesPerSecurityGroupLimitExceeded'));
    const error = await settled(s.apply({ do: 'authorize-ingress', group: FRONT, rules }));
    expect(error).toMatchObject({ Code: 'RulesPerSecurityGroupLimitExceeded' });
    expect(s.names()).toHaveLength(1);
  });
});

describe('targets that AWS refuses', () => {
  const targets = Array.from({ length: 8 }, (_, i) => ({ id: `i-${i}`, port: 30080 }));
  const refuse = (...bad: string[]) =>
    s.elb.on(elb.RegisterTargetsCommand).callsFake(({ Targets }: { Targets: { Id: string }[] }) => {
      if (Targets.some(({ Id }) => bad.includes(Id))) throw awsError('InvalidTarget');
      return {};
    });
  const register = () => settled(s.apply({ do: 'register-targets', group: 'tg-80', targets }));
  const known = () =>
    s
      .stack()
      .targetGroups[0]?.targets?.filter(({ reason, id }) => reason ?? id === 'i-0')
      .map(({ id, state }) => `${id} ${state}`);

  test.each([
    [[], 1, ['i-0 initial']],
    [['i-5'], 7, ['i-0 initial', 'i-5 unavailable']],
    [['i-0', 'i-7'], 11, ['i-0 unavailable', 'i-7 unavailable']],
  ])('%j keep nobody else out', async (bad, calls, expected) => {
    refuse(...bad);
    expect(await register()).toBe('done');
    expect(s.names()).toHaveLength(calls);
    const registered = s.elb
      .commandCalls(elb.RegisterTargetsCommand)
      .flatMap((call) => call.args[0].input.Targets ?? [])
      .map(({ Id }) => Id);
    for (const { id } of targets) expect(registered).toContain(id);
    expect(known()?.sort()).toEqual(expected);
    expect(s.warnings).toHaveLength(bad.length);
  });

  test('any other refusal is an error', async () => {
    s.elb.on(elb.RegisterTargetsCommand).rejects(awsError('TooManyTargets'));
    expect(await register()).toMatchObject({ Code: 'TooManyTargets' });
    expect(s.names()).toHaveLength(1);
  });
});

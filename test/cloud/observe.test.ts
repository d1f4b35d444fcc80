/** The details of one Service's resources: what is read when, and what AWS's NotFound means for the rest. */
import {
  DescribeListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeTagsCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetHealthCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { beforeEach, describe, expect, test } from 'vitest';
import { Inventory } from '../../src/cloud/aws/inventory.ts';
import { Observer } from '../../src/cloud/aws/observe.ts';
import { awsError, awsLoadBalancer, mockAws, ownedTags, tagList, VPC } from './support/aws.ts';
import { loadBalancer, STACK, targetGroup } from './support/model.ts';

const signal = new AbortController().signal;
const TG = 'arn:aws:elasticloadbalancing:r:1:targetgroup/tg/1';

function setup() {
  const mock = mockAws();
  const inventory = new Inventory(mock.aws, 'prod', VPC);
  const observer = new Observer(mock.aws, inventory);
  const { listeners: _l, attributes: _a, ...lb } = loadBalancer({ tags: ownedTags() });
  const { targets: _t, attributes: _b, ...group } = targetGroup('80:30080', { arn: TG, tags: ownedTags() });
  inventory.loadBalancers.put(lb);
  inventory.targetGroups.put(group);
  mock.elb.on(DescribeListenersCommand).resolves({
    Listeners: [
      { ListenerArn: 'ls-1', Port: 80, Protocol: 'TCP', DefaultActions: [{ Type: 'forward', TargetGroupArn: TG }] },
    ],
  });
  mock.elb.on(DescribeTagsCommand).resolves({ TagDescriptions: [{ ResourceArn: 'ls-1', Tags: tagList({ a: '1' }) }] });
  mock.elb.on(DescribeTargetHealthCommand).resolves({
    TargetHealthDescriptions: [
      { Target: { Id: 'i-1', Port: 30080 }, TargetHealth: { State: 'healthy' } },
      { Target: { Id: 'i-2', Port: 30080 }, TargetHealth: { State: 'unhealthy', Reason: 'Target.Timeout' } },
    ],
  });
  mock.elb
    .on(DescribeTargetGroupAttributesCommand)
    .resolves({ Attributes: [{ Key: 'stickiness.enabled', Value: 'false' }] });
  mock.elb
    .on(DescribeLoadBalancerAttributesCommand)
    .resolves({ Attributes: [{ Key: 'deletion_protection.enabled', Value: 'true' }] });
  return { ...mock, inventory, observer };
}
let s: ReturnType<typeof setup>;
beforeEach(() => {
  s = setup();
});

describe('loading', () => {
  test('what was never read: listeners and targets, in two calls; then none', async () => {
    await s.observer.load(STACK, 'unknown', signal);
    expect(s.names()).toEqual(['DescribeListeners', 'DescribeTargetHealth']);
    expect(s.inventory.loadBalancers.get('lb-1')?.listeners).toEqual([
      { arn: 'ls-1', port: 80, protocol: 'TCP', targetGroupArn: TG },
    ]);
    expect(s.inventory.targetGroups.get(TG)?.targets).toEqual([
      { id: 'i-1', port: 30080, state: 'healthy' },
      { id: 'i-2', port: 30080, state: 'unhealthy', reason: 'Target.Timeout' },
    ]);
    await s.observer.load(STACK, 'unknown', signal);
    expect(s.names()).toHaveLength(2);
  });

  test('everything, anew each time', async () => {
    const all = [
      'DescribeListeners',
      'DescribeTags',
      'DescribeLoadBalancerAttributes',
      'DescribeTargetHealth',
      'DescribeTargetGroupAttributes',
    ];
    await s.observer.load(STACK, 'all', signal);
    expect(s.names()).toEqual(all);
    expect(s.inventory.loadBalancers.get('lb-1')).toMatchObject({
      listeners: [{ arn: 'ls-1', tags: { a: '1' } }],
      attributes: { 'deletion_protection.enabled': 'true' },
    });
    expect(s.inventory.targetGroups.get(TG)?.attributes).toEqual({ 'stickiness.enabled': 'false' });
    await s.observer.load(STACK, 'all', signal);
    expect(s.names()).toEqual([...all, ...all]);
  });

  test('of two load balancers one may have to go: their protection is read too', async () => {
    s.inventory.loadBalancers.put({ ...loadBalancer({ arn: 'lb-2', tags: ownedTags() }), attributes: {} });
    await s.observer.load(STACK, 'unknown', signal);
    const asked = s.elb.commandCalls(DescribeLoadBalancerAttributesCommand).map((c) => c.args[0].input.LoadBalancerArn);
    expect(new Set(asked)).toEqual(new Set(['lb-1', 'lb-2']));
  });

  test('other Services’ resources are left alone', async () => {
    await s.observer.load('shop/other', 'all', signal);
    expect(s.names()).toEqual([]);
  });

  test('a load balancer that is gone is dropped, and its target group read', async () => {
    s.elb.on(DescribeListenersCommand).rejects(awsError('LoadBalancerNotFound'));
    await s.observer.load(STACK, 'all', signal);
    expect(s.inventory.stack(STACK)).toMatchObject({ loadBalancers: [], targetGroups: [{ arn: TG, attributes: {} }] });
  });

  test('a target group that is gone is dropped', async () => {
    s.elb.on(DescribeTargetHealthCommand).rejects(awsError('TargetGroupNotFound'));
    await s.observer.load(STACK, 'unknown', signal);
    expect(s.inventory.stack(STACK)).toMatchObject({ loadBalancers: [{ arn: 'lb-1' }], targetGroups: [] });
  });

  test('any other error says nothing of what is there', async () => {
    s.elb.on(DescribeListenersCommand).rejects(awsError('Throttling'));
    await expect(s.observer.load(STACK, 'all', signal)).rejects.toMatchObject({ Code: 'Throttling' });
    expect(s.inventory.stack(STACK).loadBalancers).toHaveLength(1);
  });

  test('health and protection alone', async () => {
    await s.observer.loadHealth(STACK, signal);
    await s.observer.loadProtection(STACK, signal);
    expect(s.names()).toEqual(['DescribeTargetHealth', 'DescribeLoadBalancerAttributes']);
  });
});

describe('polling states', () => {
  const arns = (count: number) => Array.from({ length: count }, (_, i) => `lb-${i}`);
  const know = (ids: string[]) => {
    for (const arn of ids) s.inventory.loadBalancers.put(loadBalancer({ arn, state: 'provisioning' }));
  };
  const asked = () => s.elb.commandCalls(DescribeLoadBalancersCommand).map((c) => c.args[0].input.LoadBalancerArns);
  /** AWS knows these as active; asking for any other fails the whole call. */
  const awsKnows = (ids: string[], lenient = false) =>
    s.elb.on(DescribeLoadBalancersCommand).callsFake(({ LoadBalancerArns }: { LoadBalancerArns: string[] }) => {
      if (!lenient && LoadBalancerArns.some((arn) => !ids.includes(arn))) throw awsError('LoadBalancerNotFound');
      return { LoadBalancers: LoadBalancerArns.filter((arn) => ids.includes(arn)).map((arn) => awsLoadBalancer(arn)) };
    });

  test('those that come together share calls of 20, and each ARN is asked for once', async () => {
    const ids = arns(45);
    know(ids);
    awsKnows(ids);
    await Promise.all([...ids, 'lb-0', 'lb-44'].map((arn) => s.observer.pollState(arn)));
    expect(asked().map((some) => some?.length)).toEqual([20, 20, expect.any(Number)]);
    expect(ids.map((arn) => s.inventory.loadBalancers.get(arn)?.state)).toEqual(ids.map(() => 'active'));
  });

  test('what was read apart stays', async () => {
    know(['lb-0']);
    awsKnows(['lb-0']);
    await s.observer.pollState('lb-0');
    expect(s.inventory.loadBalancers.get('lb-0')).toMatchObject({ state: 'active', listeners: [{}], attributes: {} });
  });

  test.each([
    ['with an error for the whole call', false],
    ['by silence', true],
  ])('one that is gone is dropped, and the others answered: AWS says so %s', async (_name, lenient) => {
    know(arns(3));
    awsKnows(['lb-0', 'lb-2'], lenient);
    await Promise.all(arns(3).map((arn) => s.observer.pollState(arn)));
    expect(arns(3).map((arn) => s.inventory.loadBalancers.get(arn)?.state)).toEqual(['active', undefined, 'active']);
  });

  test('an error is everybody’s who shared the call, and the next poll asks again', async () => {
    know(arns(2));
    s.elb
      .on(DescribeLoadBalancersCommand)
      .rejectsOnce(awsError('Throttling'))
      .resolves({ LoadBalancers: arns(2).map((arn) => awsLoadBalancer(arn)) });
    const results = await Promise.allSettled(arns(2).map((arn) => s.observer.pollState(arn)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await s.observer.pollState('lb-0');
    expect(s.inventory.loadBalancers.get('lb-0')?.state).toBe('active');
  });
});

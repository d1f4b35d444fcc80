/** What AWS fixes for life is replaced: the successor is made and serves before its predecessor goes. */
import { describe, expect, test } from 'vitest';
import type { DesiredLoadBalancer, ObservedStack, PlanContext } from '../../src/cloud/model.ts';
import { loadBalancerName, targetGroupName } from '../../src/cloud/naming.ts';
import { planLoadBalancer } from '../../src/cloud/plan.ts';
import { context, desired, IDENTITY, listener, loadBalancer, stack, target, targetGroup } from './support/model.ts';
import { show } from './support/steps.ts';

const plan = (wanted: DesiredLoadBalancer, observed: ObservedStack, change?: Partial<PlanContext>) => {
  const { steps, blocked, waiting, current } = planLoadBalancer(wanted, observed, context(change));
  return { steps: steps.map(show), blocked: blocked.map((p) => p.message), waiting, current: current?.arn, raw: steps };
};

describe('ports', () => {
  test('a port is added', () => {
    expect(plan(desired({}, ['80:30080', '81:30081']), stack()).steps).toEqual([
      'authorize-ingress sg-front tcp/81:0.0.0.0/0',
      'create-target-group @target-group:81/TCP',
      'register-targets @target-group:81/TCP i-1:30081 i-2:30081',
      'create-listener lb-1 81/TCP → @target-group:81/TCP',
    ]);
  });

  test('a port is removed', () => {
    expect(plan(desired(), stack({}, ['80:30080', '81:30081'])).steps).toEqual([
      'revoke-ingress sg-front tcp/81:0.0.0.0/0',
      'delete-listener ls-81',
      'delete-target-group tg-81',
    ]);
  });

  test('another NodePort: the new target group holds targets before the listener moves; the old goes last', () => {
    expect(plan(desired({}, ['80:30090']), stack()).steps).toEqual([
      'create-target-group @target-group:80/TCP',
      'register-targets @target-group:80/TCP i-1:30090 i-2:30090',
      'modify-listener ls-80 80/TCP → @target-group:80/TCP',
      'delete-target-group tg-80',
    ]);
  });

  test('another protocol: likewise, and the front rule opens first', () => {
    expect(plan(desired({}, ['80:30080/TCP_UDP']), stack()).steps).toEqual([
      'authorize-ingress sg-front udp/80:0.0.0.0/0',
      'create-target-group @target-group:80/TCP_UDP',
      'register-targets @target-group:80/TCP_UDP i-1:30080 i-2:30080',
      'modify-listener ls-80 80/TCP_UDP → @target-group:80/TCP_UDP',
      'delete-target-group tg-80',
    ]);
  });

  test('two Service ports trade NodePorts', () => {
    expect(plan(desired({}, ['80:30081', '81:30080']), stack({}, ['80:30080', '81:30081'])).steps).toEqual([
      'create-target-group @target-group:80/TCP',
      'register-targets @target-group:80/TCP i-1:30081 i-2:30081',
      'create-target-group @target-group:81/TCP',
      'register-targets @target-group:81/TCP i-1:30080 i-2:30080',
      'modify-listener ls-80 80/TCP → @target-group:80/TCP',
      'modify-listener ls-81 81/TCP → @target-group:81/TCP',
      'delete-target-group tg-80',
      'delete-target-group tg-81',
    ]);
  });

  test('a target group of ip targets is never reused', () => {
    const observed = stack({ targetGroups: [targetGroup('80:30080', { targetType: 'ip' })] });
    expect(plan(desired(), observed).steps).toContain('create-target-group @target-group:80/TCP');
  });

  test('of two that fit, the one that the listener uses stays', () => {
    const twin = targetGroup('80:30080', { arn: 'tg-00', loadBalancerArns: [] });
    expect(plan(desired(), stack({ targetGroups: [twin, targetGroup('80:30080')] })).steps).toEqual([
      'delete-target-group tg-00',
    ]);
  });

  test('names that are taken are passed over', () => {
    const identity = {
      nodePort: 30090,
      servicePort: 80,
      protocol: 'TCP',
      healthCheckProtocol: 'TCP',
      healthCheckInterval: 10,
    };
    const name = (generation: number) => targetGroupName(IDENTITY, identity, generation);
    const observed = stack({ targetGroups: [targetGroup('80:30080', { name: name(0) })] });
    const { raw } = plan(desired({}, ['80:30090']), observed);
    expect(raw.find((step) => step.do === 'create-target-group')).toMatchObject({ name: name(1) });
  });
});

describe('scheme change', () => {
  const wanted = desired({ scheme: 'internet-facing' });
  const old = loadBalancer();
  const successor = (change = {}) =>
    loadBalancer({
      arn: 'lb-2',
      scheme: 'internet-facing',
      dnsName: 'two.example.com',
      listeners: [listener('80:30080', { arn: 'ls-2', targetGroupArn: 'tg-2' })],
      ...change,
    });
  const second = (change = {}) => targetGroup('80:30080', { arn: 'tg-2', loadBalancerArns: ['lb-2'], ...change });
  const both = (lb = {}, tg = {}) =>
    stack({ loadBalancers: [old, successor(lb)], targetGroups: [targetGroup('80:30080'), second(tg)] });
  const two = { publishedHostname: 'two.example.com' };

  test('first the successor is made beside the predecessor, with target groups of its own', () => {
    const first = plan(wanted, stack());
    expect(first.steps).toEqual([
      'create-target-group @target-group:80/TCP',
      'register-targets @target-group:80/TCP i-1:30080 i-2:30080',
      'create-load-balancer internet-facing in subnet-a subnet-b with sg-front sg-backend',
      'create-listener @load-balancer 80/TCP → @target-group:80/TCP',
    ]);
    expect(first.waiting).toEqual(['the successor does not serve yet']);
    expect(first.raw.find((step) => step.do === 'create-load-balancer')).toMatchObject({
      name: loadBalancerName(IDENTITY, 'internet-facing'),
    });
  });

  // what | load balancer | target group | published | waits for
  test.each<[string, object, object, Partial<PlanContext>, string[]]>([
    [
      'is provisioned',
      { state: 'provisioning' },
      {},
      {},
      ['AWS is provisioning the load balancer', 'the successor does not serve yet'],
    ],
    [
      'has a healthy target',
      {},
      { targets: [target('i-1', 30080, 'initial'), target('i-2', 30080, 'unhealthy')] },
      {},
      ['the successor does not serve yet'],
    ],
    ['is published', {}, {}, {}, ['the new hostname is being published']],
  ])('the predecessor stays until the successor %s', (_name, lb, tg, published, waiting) => {
    expect(plan(wanted, both(lb, tg), published)).toMatchObject({ steps: [], waiting, current: 'lb-2' });
  });

  test('nor does it go in the round that mends the successor', () => {
    expect(plan(wanted, both({ listeners: [] }), two).steps).toEqual(['create-listener lb-2 80/TCP → tg-2']);
    expect(plan(wanted, both({ securityGroupIds: ['sg-x'] }), two)).toMatchObject({
      steps: ['set-security-groups lb-2 sg-front sg-backend'],
      waiting: ['the successor does not serve yet'],
    });
  });

  test('then it goes, and its target groups after it', () => {
    expect(plan(wanted, both(), two)).toMatchObject({
      steps: ['delete-load-balancer lb-1', 'delete-target-group tg-80'],
      waiting: [],
    });
  });

  test('with no instances at all there is no health to wait for', () => {
    expect(plan(desired({ scheme: 'internet-facing', instances: [] }), both({}, { targets: [] }), two).steps).toContain(
      'delete-load-balancer lb-1',
    );
  });

  test('where the predecessor reaches nobody either, its successor takes over at once', () => {
    const sick = ['i-1', 'i-2'].map((id) => ({ id, port: 30080, state: 'unhealthy' }));
    const observed = both({}, { targets: sick });
    for (const group of observed.targetGroups) group.targets = sick;
    expect(plan(wanted, observed, two).steps).toContain('delete-load-balancer lb-1');
  });

  test('and back again: what clients use is kept, the successor goes', () => {
    expect(plan(desired(), both()).steps).toEqual(['delete-load-balancer lb-2', 'delete-target-group tg-2']);
  });

  test('a protected predecessor stays with its target groups, and the plan says so', () => {
    const loadBalancers = [loadBalancer({ attributes: { 'deletion_protection.enabled': 'true' } }), successor()];
    const result = plan(wanted, { ...both(), loadBalancers }, two);
    expect(result).toMatchObject({ steps: [], blocked: [expect.stringContaining('lb-1 has deletion protection')] });
  });
});

describe('oddities', () => {
  test('a failed load balancer is replaced under the next name and goes at once', () => {
    const name = loadBalancerName(IDENTITY, 'internal');
    const observed = stack({ loadBalancers: [loadBalancer({ name, state: 'failed' })] });
    const result = plan(desired(), observed);
    expect(result.steps.map((step) => step.split(' ')[0])).toEqual([
      'create-target-group',
      'register-targets',
      'create-load-balancer',
      'create-listener',
      'delete-load-balancer',
      'delete-target-group',
    ]);
    expect(result.raw.find((step) => step.do === 'create-load-balancer')).toMatchObject({
      name: loadBalancerName(IDENTITY, 'internal', 1),
    });
  });

  // Of two with the same tags: published, active, older.
  test.each([
    ['the published one', { dnsName: 'one.example.com', state: 'provisioning' }, {}, 'lb-1'],
    ['else the active one', { dnsName: 'x', state: 'provisioning' }, {}, 'lb-2'],
    ['else the older one', { dnsName: 'x', createdAt: '2025-01-01T00:00:00.000Z' }, {}, 'lb-1'],
  ])('of duplicates, %s stays', (_name, one, other, expected) => {
    const loadBalancers = [loadBalancer(one), loadBalancer({ arn: 'lb-2', name: 'other', dnsName: 'two', ...other })];
    expect(plan(desired(), stack({ loadBalancers })).current).toBe(expected);
  });

  test('the other duplicate goes when the kept one serves and is published', () => {
    const loadBalancers = [loadBalancer(), loadBalancer({ arn: 'lb-2', name: 'other', dnsName: 'two', listeners: [] })];
    expect(plan(desired(), stack({ loadBalancers })).steps).toEqual(['delete-load-balancer lb-2']);
  });

  test('security groups can’t be added to a load balancer made without: a problem, and the rest goes on', () => {
    const observed = stack({ loadBalancers: [loadBalancer({ securityGroupIds: [] })] });
    const result = plan(desired({ instances: ['i-1', 'i-2', 'i-3'] }), observed);
    expect(result.blocked).toEqual([expect.stringContaining('without security groups')]);
    expect(result.steps).toEqual(['register-targets tg-80 i-3:30080']);
  });
});

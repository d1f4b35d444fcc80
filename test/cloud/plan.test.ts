/** Plans from nothing, with nothing left to do, and to nothing. Each difference and replacements have files of their own. */
import { describe, expect, test } from 'vitest';
import type { ObservedStack } from '../../src/cloud/model.ts';
import { planDeletion, planLoadBalancer } from '../../src/cloud/plan.ts';
import { context, desired, FRONT, loadBalancer, stack, targetGroup } from './support/model.ts';
import { show } from './support/steps.ts';

const empty: ObservedStack = { loadBalancers: [], targetGroups: [], frontGroups: [] };

test('nothing exists: everything is made, what is needed first', () => {
  const wanted = desired({ attributes: { a: '1' } }, ['80:30080', '53:30053/TCP_UDP'], { attributes: { b: '2' } });
  const plan = planLoadBalancer(wanted, empty, { identity: context().identity, applied: context().applied });
  expect(plan.steps.map(show)).toEqual([
    'create-security-group front-name',
    'authorize-ingress @front-group tcp/80:0.0.0.0/0 tcp/53:0.0.0.0/0 udp/53:0.0.0.0/0',
    'create-target-group @target-group:80/TCP',
    'set-target-group-attributes @target-group:80/TCP b=2',
    'register-targets @target-group:80/TCP i-1:30080 i-2:30080',
    'create-target-group @target-group:53/TCP_UDP',
    'set-target-group-attributes @target-group:53/TCP_UDP b=2',
    'register-targets @target-group:53/TCP_UDP i-1:30053 i-2:30053',
    'create-load-balancer internal in subnet-a subnet-b with @front-group @backend-group',
    'set-load-balancer-attributes @load-balancer a=1',
    'create-listener @load-balancer 80/TCP → @target-group:80/TCP',
    'create-listener @load-balancer 53/TCP_UDP → @target-group:53/TCP_UDP',
  ]);
  expect(plan).toMatchObject({ blocked: [], waiting: [] });
  expect(plan.current).toBeUndefined();
});

test('all in place: no steps', () => {
  const plan = planLoadBalancer(desired(), stack(), context());
  expect(plan).toMatchObject({ steps: [], blocked: [], waiting: [], current: { arn: 'lb-1' } });
});

test('while AWS provisions, the plan waits', () => {
  const observed = stack({ loadBalancers: [loadBalancer({ state: 'provisioning' })] });
  expect(planLoadBalancer(desired(), observed, context())).toMatchObject({
    steps: [],
    waiting: ['AWS is provisioning the load balancer'],
  });
});

test('each step says why', () => {
  const plan = planLoadBalancer(desired({ instances: ['i-3'] }), stack(), context());
  expect(plan.steps.map((step) => step.why)).toEqual(['1 targets missing', '2 targets not wanted']);
});

test('targets go 200 to a call', () => {
  const instances = Array.from({ length: 401 }, (_, index) => `i-${index}`);
  const observed = stack({ targetGroups: [targetGroup('80:30080', { targets: [] })] });
  const sizes = planLoadBalancer(desired({ instances }), observed, context()).steps.map(
    (step) => step.do === 'register-targets' && step.targets.length,
  );
  expect(sizes).toEqual([200, 200, 1]);
});

describe('deletion', () => {
  test('load balancers, then target groups, then security groups', () => {
    const observed = stack({ loadBalancers: [loadBalancer(), loadBalancer({ arn: 'lb-2' })] });
    expect(planDeletion(observed, 'because').steps.map(show)).toEqual([
      'delete-load-balancer lb-1',
      'delete-load-balancer lb-2',
      'delete-target-group tg-80',
      `delete-security-group ${FRONT}`,
    ]);
  });

  test('nothing is touched while any of them is protected', () => {
    const attributes = { 'deletion_protection.enabled': 'true' };
    const observed = stack({ loadBalancers: [loadBalancer(), loadBalancer({ arn: 'lb-2', attributes })] });
    expect(planDeletion(observed, 'because')).toMatchObject({
      steps: [],
      blocked: [{ field: 'deletion_protection.enabled', message: expect.stringContaining('lb-2') }],
    });
  });

  test('nothing is there: no steps', () => {
    expect(planDeletion(empty, 'because')).toMatchObject({ steps: [], blocked: [] });
  });
});

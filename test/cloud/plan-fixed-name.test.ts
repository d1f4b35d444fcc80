/** A load balancer whose name the annotation fixes: AWS holds a name only once. */
import { describe, expect, test } from 'vitest';
import type { DesiredLoadBalancer, ObservedStack } from '../../src/cloud/model.ts';
import { planLoadBalancer } from '../../src/cloud/plan.ts';
import { context, desired, loadBalancer, stack } from './support/model.ts';
import { show } from './support/steps.ts';

const plan = (wanted: DesiredLoadBalancer, observed: ObservedStack) => {
  const { steps, blocked } = planLoadBalancer(wanted, observed, context());
  return { steps: steps.map(show), blocked: blocked.map((p) => p.message), raw: steps };
};

describe('a fixed name', () => {
  const wanted = (change = {}) => desired({ fixedName: 'fixed', scheme: 'internet-facing', ...change });
  const holder = (change = {}) => stack({ loadBalancers: [loadBalancer({ name: 'fixed', ...change })] });

  test('with a scheme change needs leave, without which nothing is touched', () => {
    const result = plan(wanted(), holder());
    expect(result.steps).toEqual([]);
    expect(result.blocked).toEqual([
      expect.stringContaining('from scheme internal to internet-facing needs interruption'),
    ]);
  });

  const replaced = [
    'delete-load-balancer lb-1',
    'create-target-group @target-group:80/TCP',
    'register-targets @target-group:80/TCP i-1:30080 i-2:30080',
    'create-load-balancer internet-facing in subnet-a subnet-b with sg-front sg-backend',
    'create-listener @load-balancer 80/TCP → @target-group:80/TCP',
  ];

  test('with leave the holder goes first', () => {
    const result = plan(wanted({ allowReplacement: true }), holder());
    expect(result).toMatchObject({ steps: replaced, blocked: [] });
    expect(result.raw.find((step) => step.do === 'create-load-balancer')).toMatchObject({ name: 'fixed' });
  });

  test('but not a protected one', () => {
    const result = plan(
      wanted({ allowReplacement: true }),
      holder({ attributes: { 'deletion_protection.enabled': 'true' } }),
    );
    expect(result).toMatchObject({ steps: [], blocked: [expect.stringContaining('deletion protection')] });
  });

  test('a failed holder interrupts nobody and goes without leave', () => {
    expect(plan(wanted(), holder({ state: 'failed' }))).toMatchObject({ steps: replaced, blocked: [] });
  });

  test('given to a Service that has a load balancer: a successor under that name', () => {
    const result = plan(desired({ fixedName: 'fixed' }), stack());
    expect(result.raw.find((step) => step.do === 'create-load-balancer')).toMatchObject({ name: 'fixed' });
    expect(result.steps).not.toContain('delete-load-balancer lb-1');
  });

  test('taken off again: the load balancer keeps it', () => {
    expect(plan(desired(), holder()).steps).toEqual([]);
  });
});

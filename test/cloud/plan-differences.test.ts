/** Each single difference between a Service and what it has in AWS gives exactly the steps that mend it. */
import { expect, test } from 'vitest';
import type { DesiredLoadBalancer, ObservedStack, PlanContext } from '../../src/cloud/model.ts';
import { planLoadBalancer } from '../../src/cloud/plan.ts';
import {
  BACKEND,
  context,
  desired,
  FRONT,
  frontGroup,
  listener,
  loadBalancer,
  owned,
  stack,
  target,
  targetGroup,
  tcpCheck,
} from './support/model.ts';
import { show } from './support/steps.ts';

const steps = (wanted: DesiredLoadBalancer, observed: ObservedStack, change?: Partial<PlanContext>) =>
  planLoadBalancer(wanted, observed, context(change)).steps.map(show);

const lb = (change: Parameters<typeof loadBalancer>[0]) => stack({ loadBalancers: [loadBalancer(change)] });
const tg = (change: Parameters<typeof targetGroup>[1]) => stack({ targetGroups: [targetGroup('80:30080', change)] });
const front = (change: Parameters<typeof frontGroup>[0]) => stack({ frontGroups: [frontGroup(change)] });
const group = (change: Parameters<typeof desired>[2]) => desired({}, ['80:30080'], change);
const rule = (port: number, cidr = '0.0.0.0/0') => ({ protocol: 'tcp' as const, fromPort: port, toPort: port, cidr });
const applied = (change: Partial<PlanContext['applied']>) => ({ applied: { ...context().applied, ...change } });

// what | desired | observed | context | steps
test.each<[string, DesiredLoadBalancer, ObservedStack, Partial<PlanContext>, string[]]>([
  ['the listener is gone', desired(), lb({ listeners: [] }), {}, ['create-listener lb-1 80/TCP → tg-80']],
  [
    'a listener nobody asked for',
    desired(),
    lb({ listeners: [listener('80:30080'), listener('81:30081')] }),
    {},
    ['delete-listener ls-81'],
  ],
  [
    'the listener forwards elsewhere',
    desired(),
    lb({ listeners: [listener('80:30080', { targetGroupArn: 'tg-x' })] }),
    {},
    ['modify-listener ls-80 80/TCP → tg-80'],
  ],
  [
    'a listener tag',
    desired(),
    lb({ listeners: [listener('80:30080', { tags: {} })] }),
    {},
    [expect.stringContaining('add-tags ls-80') as string],
  ],
  [
    'listener tags that were not read',
    desired(),
    lb({ listeners: [listener('80:30080', { tags: undefined as never })] }),
    {},
    [],
  ],
  ['a node came', desired({ instances: ['i-1', 'i-2', 'i-3'] }), stack(), {}, ['register-targets tg-80 i-3:30080']],
  ['a node left', desired({ instances: ['i-2'] }), stack(), {}, ['deregister-targets tg-80 i-1:30080']],
  [
    'a node was swapped: in before out',
    desired({ instances: ['i-2', 'i-3'] }),
    stack(),
    {},
    ['register-targets tg-80 i-3:30080', 'deregister-targets tg-80 i-1:30080'],
  ],
  [
    'a target on another port',
    desired(),
    tg({ targets: [target('i-1', 30080), target('i-2', 30080), target('i-1', 1)] }),
    {},
    ['deregister-targets tg-80 i-1:1'],
  ],
  [
    'a draining target that is not wanted',
    desired({ instances: ['i-1'] }),
    tg({ targets: [target('i-1', 30080), target('i-2', 30080, 'draining')] }),
    {},
    [],
  ],
  [
    'a draining target that is wanted again',
    desired(),
    tg({ targets: [target('i-1', 30080), target('i-2', 30080, 'draining')] }),
    {},
    ['register-targets tg-80 i-2:30080'],
  ],
  [
    'an unhealthy target stays',
    desired(),
    tg({ targets: [target('i-1', 30080, 'unhealthy'), target('i-2', 30080)] }),
    {},
    [],
  ],
  ['targets that were not read', desired({ instances: [] }), tg({ targets: undefined as never }), {}, []],
  [
    'the health check',
    group({ healthCheck: { ...tcpCheck, protocol: 'HTTP', path: '/', successCodes: '200' } }),
    stack(),
    {},
    ['modify-health-check tg-80 HTTP'],
  ],
  [
    'a path left over from HTTP',
    desired(),
    tg({ healthCheck: { ...tcpCheck, path: '/old', successCodes: '200' } }),
    {},
    [],
  ],
  [
    'a target group attribute',
    group({ attributes: { 'stickiness.enabled': 'true' } }),
    tg({ attributes: { 'stickiness.enabled': 'false' } }),
    {},
    ['set-target-group-attributes tg-80 stickiness.enabled=true'],
  ],
  [
    'a target group attribute no longer asked for',
    desired(),
    tg({ attributes: { 'deregistration_delay.timeout_seconds': '5' } }),
    applied({ targetGroupAttributes: ['deregistration_delay.timeout_seconds'] }),
    ['set-target-group-attributes tg-80 deregistration_delay.timeout_seconds=300'],
  ],
  [
    'a load balancer attribute',
    desired({ attributes: { x: '1' } }),
    lb({ attributes: { x: '2', y: '3' } }),
    {},
    ['set-load-balancer-attributes lb-1 x=1'],
  ],
  [
    'load balancer attributes no longer asked for go back to the default, which the scheme may decide',
    desired(),
    lb({ attributes: { 'ipv6.deny_all_igw_traffic': 'false', 'load_balancing.cross_zone.enabled': 'true' } }),
    applied({ loadBalancerAttributes: ['ipv6.deny_all_igw_traffic', 'load_balancing.cross_zone.enabled'] }),
    ['set-load-balancer-attributes lb-1 ipv6.deny_all_igw_traffic=true load_balancing.cross_zone.enabled=false'],
  ],
  [
    'one that is at its default already',
    desired(),
    lb({ attributes: { 'load_balancing.cross_zone.enabled': 'false' } }),
    applied({ loadBalancerAttributes: ['load_balancing.cross_zone.enabled'] }),
    [],
  ],
  [
    'one that AWS does not show',
    desired(),
    lb({ attributes: {} }),
    applied({ loadBalancerAttributes: ['load_balancing.cross_zone.enabled'] }),
    [],
  ],
  ['one nobody set before', desired(), lb({ attributes: { 'load_balancing.cross_zone.enabled': 'true' } }), {}, []],
  [
    'attributes that were not read',
    desired({ attributes: { x: '1' } }),
    lb({ attributes: undefined as never }),
    {},
    [],
  ],
  [
    'a tag, and one that is asked for no more',
    desired({ tags: { ...owned('LoadBalancer'), team: 'b' } }),
    lb({ tags: { ...owned('LoadBalancer'), team: 'a', old: '1', others: '2' } }),
    applied({ tags: ['old', 'team', 'never-there'] }),
    ['add-tags lb-1 team=b', 'remove-tags lb-1 old'],
  ],
  [
    'a tag of a target group',
    group({ tags: { ...owned('shop/web:80'), team: 'b' } }),
    stack(),
    {},
    ['add-tags tg-80 team=b'],
  ],
  [
    'a tag of the front group',
    desired(),
    front({ tags: { ...owned('ManagedLBSecurityGroup'), old: '1' } }),
    applied({ tags: ['old'] }),
    [`remove-tags ${FRONT} old`],
  ],
  ['a front rule is gone', desired(), front({ cidrRules: [] }), {}, [`authorize-ingress ${FRONT} tcp/80:0.0.0.0/0`]],
  [
    'a front rule nobody asked for',
    desired(),
    front({ cidrRules: [rule(80), rule(22)] }),
    {},
    [`revoke-ingress ${FRONT} tcp/22:0.0.0.0/0`],
  ],
  [
    'other source ranges: added before the old is revoked',
    desired({ frontGroup: { ...desired().frontGroup, rules: [rule(80, '10.0.0.0/8')] } }),
    stack(),
    {},
    [`authorize-ingress ${FRONT} tcp/80:10.0.0.0/8`, `revoke-ingress ${FRONT} tcp/80:0.0.0.0/0`],
  ],
  [
    'so many other source ranges that AWS has no room for both: the old go first',
    desired({ frontGroup: { ...desired().frontGroup, rules: [rule(80, '10.0.0.0/8'), rule(80, '11.0.0.0/8')] } }),
    front({ cidrRules: [rule(80)], otherRules: 58 }),
    {},
    [`revoke-ingress ${FRONT} tcp/80:0.0.0.0/0`, `authorize-ingress ${FRONT} tcp/80:10.0.0.0/8 tcp/80:11.0.0.0/8`],
  ],
  [
    'named subnets',
    desired({ subnets: { ids: ['subnet-a', 'subnet-c'], chosen: true } }),
    stack(),
    {},
    ['set-subnets lb-1 subnet-a subnet-c'],
  ],
  [
    'named subnets in another order',
    desired({ subnets: { ids: ['subnet-b', 'subnet-a'], chosen: true } }),
    stack(),
    {},
    [],
  ],
  ['discovered subnets', desired({ subnets: { ids: ['subnet-c'], chosen: false } }), stack(), {}, []],
  [
    'security groups',
    desired(),
    lb({ securityGroupIds: [FRONT] }),
    {},
    [`set-security-groups lb-1 ${FRONT} ${BACKEND}`],
  ],
  ['security groups in another order', desired(), lb({ securityGroupIds: [BACKEND, FRONT] }), {}, []],
  [
    'a second front group',
    desired(),
    stack({ frontGroups: [frontGroup(), frontGroup({ id: 'sg-second' })] }),
    {},
    ['delete-security-group sg-second'],
  ],
  [
    'a target group that nothing uses',
    desired(),
    stack({ targetGroups: [targetGroup('80:30080'), targetGroup('81:30081', { loadBalancerArns: [] })] }),
    {},
    ['delete-target-group tg-81'],
  ],
])('%s', (_name, wanted, observed, change, expected) => {
  expect(steps(wanted, observed, change)).toEqual(expected);
});

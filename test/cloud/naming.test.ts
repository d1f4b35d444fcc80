import { describe, expect, test } from 'vitest';
import {
  backendGroupName,
  backendGroupTags,
  freeName,
  frontGroupName,
  loadBalancerName,
  ownershipTags,
  targetGroupName,
  targetGroupResource,
} from '../../src/cloud/naming.ts';

// The hex digits were made with `printf '%s' PARTS | sha256sum | cut -c1-10`, PARTS being what aws-load-balancer-controller
// v3.5.0 hashes, joined with nothing between.
const UID = 'b8b9f3f2-1c0e-4c56-9b0a-0a1b2c3d4e5f';
const web = { clusterName: 'prod', namespace: 'shop', name: 'web', uid: UID };
const long = { ...web, namespace: 'team-payments', name: 'my-very.long_service-name' };
const http = {
  nodePort: 30080,
  servicePort: 80,
  protocol: 'TCP',
  healthCheckProtocol: 'TCP',
  healthCheckInterval: 10,
};
const dns = { ...http, nodePort: 30053, servicePort: 53, protocol: 'TCP_UDP', healthCheckProtocol: 'HTTP' };

describe('golden names', () => {
  // what is hashed | name | expected
  test.each([
    ['prod UID internal', loadBalancerName(web, 'internal'), 'k8s-shop-web-68ad07075c'],
    ['prod UID internet-facing', loadBalancerName(web, 'internet-facing'), 'k8s-shop-web-01d3812e40'],
    ['the same, longer name', loadBalancerName(long, 'internal'), 'k8s-teampaym-myverylo-68ad07075c'],
    ['prod UID internal #1', loadBalancerName(web, 'internal', 1), 'k8s-shop-web-4f3084255e'],
    ['prod UID internal #2', loadBalancerName(web, 'internal', 2), 'k8s-shop-web-f7d64a7dec'],
    ['prod UID 30080 80 instance TCP TCP 10', targetGroupName(web, http), 'k8s-shop-web-a0e5ef28e0'],
    ['the same #1', targetGroupName(web, http, 1), 'k8s-shop-web-cca23ed610'],
    [
      'prod UID 30053 53 instance TCP_UDP HTTP 30',
      targetGroupName(web, { ...dns, healthCheckInterval: 30 }),
      'k8s-shop-web-74b63b05ca',
    ],
    ['prod web shop UID', frontGroupName(web), 'k8s-shop-web-213dcaa121'],
    ['prod NAME NAMESPACE UID', frontGroupName(long), 'k8s-teampaym-myverylo-98d04ec6f2'],
    ['prod', backendGroupName('prod'), 'k8s-traffic-prod-6754af9632'],
    ['a-b. 80 times', backendGroupName('a-b.'.repeat(80)), `k8s-traffic-${'ab'.repeat(80)}-b59e483eac`],
    ['x 300 times', backendGroupName('x'.repeat(300)), `k8s-traffic-${'x'.repeat(232)}-0d4e2ca9e9`],
  ])('sha256(%s) → %s', (_hashed, name, expected) => {
    expect(name).toBe(expected);
  });
});

test('names keep to AWS’s limits', () => {
  expect(loadBalancerName(long, 'internal')).toMatch(/^[A-Za-z0-9-]{1,32}$/);
  expect(targetGroupName(long, http)).toMatch(/^[A-Za-z0-9-]{1,32}$/);
  expect(backendGroupName('x'.repeat(300)).length).toBe(255);
});

test('a name goes by UID, scheme, ports, protocols and interval', () => {
  const names = [
    loadBalancerName(web, 'internal'),
    loadBalancerName({ ...web, uid: 'other' }, 'internal'),
    targetGroupName(web, http),
    ...[
      { nodePort: 30081 },
      { servicePort: 81 },
      { protocol: 'UDP' },
      { healthCheckProtocol: 'HTTP' },
      { healthCheckInterval: 11 },
    ].map((change) => targetGroupName(web, { ...http, ...change })),
  ];
  expect(new Set(names).size).toBe(names.length);
});

test('the first free generation is taken', () => {
  const name = (generation: number) => `n${generation}`;
  expect(freeName(name, new Set())).toBe('n0');
  expect(freeName(name, new Set(['n0', 'n1', 'n3']))).toBe('n2');
});

test('tags', () => {
  expect(ownershipTags('prod', 'shop/web', 'LoadBalancer')).toEqual({
    'elbv2.k8s.aws/cluster': 'prod',
    'service.k8s.aws/stack': 'shop/web',
    'service.k8s.aws/resource': 'LoadBalancer',
  });
  expect(backendGroupTags('prod')).toEqual({
    'elbv2.k8s.aws/cluster': 'prod',
    'elbv2.k8s.aws/resource': 'backend-sg',
  });
  expect(targetGroupResource('shop/web', 80)).toBe('shop/web:80');
});

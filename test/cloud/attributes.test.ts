import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AttributeKind, checkAttributes, checkProtocols, defaultAttribute } from '../../src/cloud/attributes.ts';
import { formatProblem } from '../../src/service/problem.ts';

const LB = 'load-balancer';
const TG = 'target-group';
const check = (kind: AttributeKind, key: string, value: string) => checkAttributes(kind, { [key]: value }, 'f');

describe('values of known attributes', () => {
  // kind, key, accepted values, refused values
  test.each([
    [LB, 'deletion_protection.enabled', ['true', 'false'], ['True', 'yes', '1', '']],
    [LB, 'load_balancing.cross_zone.enabled', ['true', 'false'], ['use_load_balancer_configuration']],
    [LB, 'access_logs.s3.enabled', ['false'], ['on']],
    [LB, 'access_logs.s3.bucket', ['logs'], ['']],
    [LB, 'access_logs.s3.prefix', ['', 'shop/web'], []],
    [LB, 'ipv6.deny_all_igw_traffic', ['true', 'false'], ['deny']],
    [LB, 'zonal_shift.config.enabled', ['true', 'false'], ['enabled']],
    [
      LB,
      'dns_record.client_routing_policy',
      ['any_availability_zone', 'availability_zone_affinity', 'partial_availability_zone_affinity'],
      ['zonal'],
    ],
    [LB, 'secondary_ips.auto_assigned.per_subnet', ['0', '7'], ['8', '-1', 'seven']],
    [TG, 'deregistration_delay.timeout_seconds', ['0', '300', '3600'], ['3601', '-1', '5m', '0300', '1e2']],
    [TG, 'deregistration_delay.connection_termination.enabled', ['true', 'false'], ['maybe']],
    [TG, 'preserve_client_ip.enabled', ['true', 'false'], ['off']],
    [TG, 'proxy_protocol_v2.enabled', ['true', 'false'], ['*']],
    [TG, 'stickiness.enabled', ['true', 'false'], ['source_ip']],
    [TG, 'stickiness.type', ['source_ip'], ['lb_cookie', 'app_cookie', 'source_ip_dest_ip', 'source_ip_dest_ip_proto']],
    [TG, 'load_balancing.cross_zone.enabled', ['true', 'false', 'use_load_balancer_configuration'], ['auto']],
    [TG, 'target_group_health.dns_failover.minimum_healthy_targets.count', ['off', '1', '1000'], ['0', 'none']],
    [
      TG,
      'target_group_health.dns_failover.minimum_healthy_targets.percentage',
      ['off', '1', '100'],
      ['0', '101', '50%'],
    ],
    [TG, 'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count', ['1'], ['off', '0']],
    [TG, 'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage', ['off', '100'], ['101']],
    [TG, 'target_health_state.unhealthy.connection_termination.enabled', ['true', 'false'], ['']],
    [TG, 'target_health_state.unhealthy.draining_interval_seconds', ['0', '360000'], ['360001']],
  ] as const)('%s %s takes %j, not %j', (kind, key, accepted, refused) => {
    for (const value of accepted) expect(check(kind, key, value)).toEqual([]);
    for (const value of refused) {
      const message = 'has a value that AWS does not take';
      expect(check(kind, key, value)).toMatchObject([{ field: 'f', value: `${key}=${value}`, message }]);
    }
  });
});

describe('keys', () => {
  // kind, key, the message, and what the remedy names
  test.each([
    [LB, 'idle_timeout.timeout_seconds', 'is an attribute of an Application Load Balancer', 'remove'],
    [LB, 'client_keep_alive.seconds', 'is an attribute of an Application Load Balancer', 'remove'],
    [LB, 'routing.http2.enabled', 'is an attribute of an Application Load Balancer', 'remove'],
    [LB, 'routing.http.some_new_one', 'is an attribute of an Application Load Balancer', 'remove'],
    [LB, 'waf.fail_open.enabled', 'is an attribute of an Application Load Balancer', 'remove'],
    [LB, 'connection_logs.s3.enabled', 'is an attribute of an Application Load Balancer', 'remove'],
    [LB, 'tcp.idle_timeout.seconds', 'is an attribute of a listener', 'remove'],
    [
      LB,
      'preserve_client_ip.enabled',
      'is an attribute of a target group',
      'aws-load-balancer-target-group-attributes',
    ],
    [LB, 'deletion_protection.enable', 'is not an attribute', 'deletion_protection.enabled'],
    [LB, 'load_balancing.crosszone.enabled', 'is not an attribute', 'load_balancing.cross_zone.enabled'],
    [LB, 'load_balancing.cross-zone.enabled', 'is not an attribute', 'load_balancing.cross_zone.enabled'],
    [TG, 'slow_start.duration_seconds', 'is an attribute of an Application Load Balancer', 'remove'],
    [TG, 'load_balancing.algorithm.type', 'is an attribute of an Application Load Balancer', 'remove'],
    [TG, 'stickiness.lb_cookie.duration_seconds', 'is an attribute of an Application Load Balancer', 'remove'],
    [TG, 'lambda.multi_value_headers.enabled', 'is an attribute of an Application Load Balancer', 'remove'],
    [TG, 'target_failover.on_unhealthy', 'is an attribute of a Gateway Load Balancer', 'remove'],
    [TG, 'send_tcp_reset.on_unhealthy.enabled', 'is an attribute of a Gateway Load Balancer', 'remove'],
    [TG, 'deletion_protection.enabled', 'is an attribute of a load balancer', 'aws-load-balancer-attributes'],
    [TG, 'deregistration_delay.timeout_second', 'is not an attribute', 'deregistration_delay.timeout_seconds'],
    [TG, 'proxy_protocol_v2.enable', 'is not an attribute', 'proxy_protocol_v2.enabled'],
  ] as const)('%s %s %s', (kind, key, message, remedy) => {
    const problems = check(kind, key, 'true');
    expect(problems).toMatchObject([{ message, remedy: expect.stringContaining(remedy) }]);
  });

  test.each([
    [LB, 'brand_new.feature.enabled'],
    [TG, 'brand_new.feature.enabled'],
    [LB, 'constructor'],
    [TG, '__proto__'],
    [LB, 'deletion_protection.en'],
  ] as const)('%s %s may be new to AWS and passes', (kind, key) => {
    expect(checkAttributes(kind, Object.fromEntries([[key, 'x']]), 'f')).toEqual([]);
  });

  test('every problem is reported, in the order written', () => {
    const problems = checkAttributes(TG, { lambda: 'x', 'stickiness.type': 'x', 'stickiness.enabled': 'x' }, 'f');
    expect(problems.map(({ value }) => value)).toEqual(['lambda=x', 'stickiness.type=x', 'stickiness.enabled=x']);
  });
});

test.each([
  [{ 'access_logs.s3.enabled': 'true' }, 1],
  [{ 'access_logs.s3.enabled': 'true', 'access_logs.s3.bucket': 'logs' }, 0],
  [{ 'access_logs.s3.enabled': 'false' }, 0],
  [{ 'access_logs.s3.bucket': 'logs' }, 0],
])('access logs need a bucket: %j has %i problems', (map, count) => {
  expect(checkAttributes(LB, map, 'f')).toHaveLength(count);
});

describe('attributes against protocols', () => {
  const cut = 'target_health_state.unhealthy.connection_termination.enabled';
  const drain = 'target_health_state.unhealthy.draining_interval_seconds';
  test.each([
    [{ 'preserve_client_ip.enabled': 'false' }, ['TCP'], []],
    [{ 'preserve_client_ip.enabled': 'false' }, ['UDP'], ['preserve_client_ip.enabled=false']],
    [{ 'preserve_client_ip.enabled': 'false' }, ['TCP', 'TCP_UDP'], ['preserve_client_ip.enabled=false']],
    [{ 'preserve_client_ip.enabled': 'true' }, ['UDP'], []],
    [{ [cut]: 'true' }, ['TCP'], []],
    [{ [cut]: 'true' }, ['TCP', 'UDP'], [`${cut}=true`]],
    [{ [cut]: 'false' }, ['UDP'], []],
    [{ [drain]: '60' }, ['TCP'], [`${drain}=60`]],
    [{ [drain]: '60', [cut]: 'false' }, ['TCP'], []],
    [{ [drain]: '60' }, ['UDP'], []],
    [{ [drain]: '0' }, ['TCP'], []],
  ])('%j with %j refuses %j', (map, protocols, refused) => {
    expect(checkProtocols(map, protocols, 'f').map(({ value }) => value)).toEqual(refused);
  });
});

describe('defaults', () => {
  test.each([
    ['deletion_protection.enabled', {}, 'false'],
    ['load_balancing.cross_zone.enabled', {}, 'false'],
    ['access_logs.s3.enabled', {}, 'false'],
    ['access_logs.s3.bucket', {}, undefined],
    ['access_logs.s3.prefix', {}, ''],
    ['dns_record.client_routing_policy', {}, 'any_availability_zone'],
    ['zonal_shift.config.enabled', {}, 'false'],
    ['ipv6.deny_all_igw_traffic', { scheme: 'internal' }, 'true'],
    ['ipv6.deny_all_igw_traffic', { scheme: 'internet-facing' }, 'false'],
    ['ipv6.deny_all_igw_traffic', {}, undefined],
    ['secondary_ips.auto_assigned.per_subnet', {}, undefined],
    ['stickiness.type', {}, undefined],
    ['constructor', {}, undefined],
  ] as const)('load balancer %s, %j: %s', (key, context, value) => {
    expect(defaultAttribute(LB, key, context)).toBe(value);
  });

  // key | instance TCP, instance UDP, instance TCP_UDP, ip TCP, ip TLS, ip UDP
  test.each([
    ['deregistration_delay.timeout_seconds', '300', '300', '300', '300', '300', '300'],
    ['deregistration_delay.connection_termination.enabled', 'false', 'true', 'true', 'false', 'false', 'true'],
    ['preserve_client_ip.enabled', 'true', 'true', 'true', 'false', 'false', 'true'],
    ['target_health_state.unhealthy.connection_termination.enabled', 'true', 'false', 'false', 'true', 'true', 'false'],
    ['target_health_state.unhealthy.draining_interval_seconds', '0', '0', '0', '0', '0', '0'],
    ['proxy_protocol_v2.enabled', 'false', 'false', 'false', 'false', 'false', 'false'],
    ['stickiness.enabled', 'false', 'false', 'false', 'false', 'false', 'false'],
    ['stickiness.type', 'source_ip', 'source_ip', 'source_ip', 'source_ip', 'source_ip', 'source_ip'],
    [
      'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage',
      'off',
      'off',
      'off',
      'off',
      'off',
      'off',
    ],
  ])('target group %s', (key, ...values) => {
    const contexts = [
      { targetType: 'instance', protocol: 'TCP' },
      { targetType: 'instance', protocol: 'UDP' },
      { targetType: 'instance', protocol: 'TCP_UDP' },
      { targetType: 'ip', protocol: 'TCP' },
      { targetType: 'ip', protocol: 'TLS' },
      { targetType: 'ip', protocol: 'UDP' },
    ] as const;
    expect(contexts.map((context) => defaultAttribute(TG, key, context))).toEqual(values);
  });

  test('a default that needs the protocol is unknown without it', () => {
    expect(defaultAttribute(LB, 'deletion_protection.enabled')).toBe('false');
    expect(defaultAttribute(TG, 'preserve_client_ip.enabled')).toBeUndefined();
    expect(defaultAttribute(TG, 'deregistration_delay.connection_termination.enabled', {})).toBeUndefined();
  });

  test('every default is a value that the check accepts', () => {
    const keys = [
      ...['deletion_protection.enabled', 'access_logs.s3.prefix', 'dns_record.client_routing_policy'].map((k) => [
        LB,
        k,
      ]),
      ...[
        'stickiness.type',
        'load_balancing.cross_zone.enabled',
        'target_group_health.dns_failover.minimum_healthy_targets.count',
      ].map((k) => [TG, k]),
    ] as [AttributeKind, string][];
    for (const [kind, key] of keys) {
      const value = defaultAttribute(kind, key, { protocol: 'TCP', targetType: 'instance', scheme: 'internal' });
      expect(value).toBeDefined();
      expect(check(kind, key, value!)).toEqual([]);
    }
  });
});

describe('a problem', () => {
  test('is one line that names field, value and remedy', () => {
    const problem = { field: 'spec.x', value: 'a\nb', message: 'is wrong', remedy: 'use c' };
    expect(formatProblem(problem)).toBe(String.raw`spec.x="a\nb": is wrong; use c`);
  });

  test('stays one short line whatever was written', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 400 }), (units) => {
        const value = String.fromCharCode(...units);
        const line = formatProblem({ field: 'f', value, message: 'm', remedy: 'r' });
        expect(line).not.toContain('\n');
        expect(line.length).toBeLessThan(1000);
      }),
    );
  });
});

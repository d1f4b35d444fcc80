import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseOptions } from '../../src/cloud/annotations.ts';
import type { LoadBalancerOptions } from '../../src/cloud/options.ts';
import type { Service, ServiceSpec } from '../../src/kube/objects.ts';
import { ALLOW, NLB, nothing, parse, service } from './annotations-service.ts';

describe('a Service that asks for nothing', () => {
  test('has no options and no problems', () => {
    expect(parseOptions(service({}))).toEqual({ options: nothing, problems: [] });
  });

  test('may have no annotations at all', () => {
    const bare: Service = { metadata: { name: 'web', uid: 'u', resourceVersion: '1' }, spec: {} };
    expect(parseOptions(bare)).toEqual({ options: nothing, problems: [] });
  });

  test.each([
    ['kubectl.kubernetes.io/last-applied-configuration', '{}'],
    ['service.kubernetes.io/topology-mode', 'Auto'],
    ['service.beta.kubernetes.io/azure-load-balancer-internal', 'true'],
    ['service.beta.kubernetes.io/oci-load-balancer-internal', 'true'],
    ['service.beta.kubernetes.io/do-loadbalancer-name', 'x'],
    ['external-dns.alpha.kubernetes.io/hostname', 'web.example.com'],
    ['sluice.dev/last-applied', '{}'],
    ['sluice.dev/anything', 'x'],
  ])('%s is somebody else’s', (key, value) => {
    expect(parseOptions(service({ [key]: value }))).toEqual({ options: nothing, problems: [] });
  });
});

describe('what is understood', () => {
  // suffix, value, the options it sets
  test.each<[string, string, Partial<LoadBalancerOptions>]>([
    ['type', 'external', {}],
    ['type', 'nlb', {}],
    ['nlb-target-type', 'instance', {}],
    ['scheme', 'internal', { scheme: 'internal' }],
    ['scheme', 'internet-facing', { scheme: 'internet-facing' }],
    ['name', 'web', { name: 'web' }],
    ['name', 'a', { name: 'a' }],
    ['name', 'A-1'.padEnd(32, 'x'), { name: 'A-1'.padEnd(32, 'x') }],
    ['subnets', 'subnet-1, my subnet', { subnets: ['subnet-1', 'my subnet'] }],
    ['additional-resource-tags', 'team=shop,cost center=42', { additionalTags: { team: 'shop', 'cost center': '42' } }],
    ['additional-resource-tags', '', {}],
    [
      'attributes',
      'deletion_protection.enabled=true',
      { loadBalancerAttributes: { 'deletion_protection.enabled': 'true' } },
    ],
    ['target-group-attributes', 'stickiness.enabled=true', { targetGroupAttributes: { 'stickiness.enabled': 'true' } }],
    ['target-node-labels', 'pool=edge,example.com/az=', { targetNodeLabels: { pool: 'edge', 'example.com/az': '' } }],
    ['healthcheck-protocol', 'tcp', { healthCheck: { protocol: 'TCP' } }],
    ['healthcheck-protocol', 'Http', { healthCheck: { protocol: 'HTTP' } }],
    ['healthcheck-protocol', 'HTTPS', { healthCheck: { protocol: 'HTTPS' } }],
    ['healthcheck-port', 'traffic-port', { healthCheck: { port: 'traffic-port' } }],
    ['healthcheck-port', '1', { healthCheck: { port: 1 } }],
    ['healthcheck-port', '65535', { healthCheck: { port: 65535 } }],
    ['healthcheck-port', 'admin', { healthCheck: { port: 'admin' } }],
    ['healthcheck-interval', '10', { healthCheck: { intervalSeconds: 10 } }],
    ['healthcheck-interval', '300', { healthCheck: { intervalSeconds: 300 } }],
    ['healthcheck-timeout', '2', { healthCheck: { timeoutSeconds: 2 } }],
    ['healthcheck-timeout', '10', { healthCheck: { timeoutSeconds: 10 } }],
    ['healthcheck-healthy-threshold', '2', { healthCheck: { healthyThreshold: 2 } }],
    ['healthcheck-unhealthy-threshold', '10', { healthCheck: { unhealthyThreshold: 10 } }],
  ])('%s: %j', (suffix, value, options) => {
    expect(parse({ [suffix]: value })).toEqual({ options: { ...nothing, ...options }, problems: [] });
  });

  test.each([
    ['true', true],
    ['false', false],
  ])('allow-replacement: %s', (value, allowReplacement) => {
    expect(parseOptions(service({ [ALLOW]: value }))).toEqual({
      options: { ...nothing, allowReplacement },
      problems: [],
    });
  });
});

describe('what is refused', () => {
  // suffix, value, message, what the remedy names
  test.each([
    ['type', 'nlb-ip', 'not supported yet', 'external'],
    ['type', 'alb', 'is not a load balancer type', 'external or nlb'],
    ['type', 'External', 'is not a load balancer type', 'external or nlb'],
    ['nlb-target-type', 'ip', 'not supported yet', 'instance'],
    ['nlb-target-type', 'pod', 'is not a target type', 'instance'],
    ['scheme', 'public', 'is not a scheme', 'internal or internet-facing'],
    ['scheme', '', 'is not a scheme', 'internal or internet-facing'],
    ['scheme', 'Internal', 'is not a scheme', 'internal or internet-facing'],
    ['name', '', 'is empty', '1 to 32'],
    ['name', 'x'.repeat(33), 'is longer than 32', '1 to 32'],
    ['name', 'my_lb', 'a character that AWS does not allow', 'letters, digits and hyphens'],
    ['name', '-web', 'starts or ends with a hyphen', 'letters, digits and hyphens'],
    ['name', 'web-', 'starts or ends with a hyphen', 'letters, digits and hyphens'],
    ['name', 'internal-web', 'starts with internal-', 'letters, digits and hyphens'],
    ['subnets', '', 'names no subnet', 'remove the annotation'],
    ['subnets', ' , ', 'names no subnet', 'remove the annotation'],
    ['subnets', 'a,b, a,a', 'names a twice', 'once'],
    ['additional-resource-tags', 'team', 'has an entry without "=": "team"', 'key=value'],
    ['additional-resource-tags', `${'k'.repeat(129)}=v`, 'a key longer than 128', 'shorten'],
    ['additional-resource-tags', `k=${'v'.repeat(257)}`, 'a value longer than 256', 'shorten'],
    ['additional-resource-tags', 'a*b=c', 'a key with a character', 'letters'],
    ['additional-resource-tags', 'a={c}', 'a value with a character', 'letters'],
    ['additional-resource-tags', 'aws:team=x', "AWS's own prefix", 'rename'],
    ['additional-resource-tags', 'AWS:team=x', "AWS's own prefix", 'rename'],
    ['additional-resource-tags', 'elbv2.k8s.aws/cluster=x', "Sluice's ownership", 'remove'],
    ['additional-resource-tags', 'elbv2.k8s.aws/resource=x', "Sluice's ownership", 'remove'],
    ['additional-resource-tags', 'service.k8s.aws/stack=x', "Sluice's ownership", 'remove'],
    ['additional-resource-tags', 'service.k8s.aws/resource=x', "Sluice's ownership", 'remove'],
    ['attributes', 'idle_timeout.timeout_seconds=60', 'an Application Load Balancer', 'remove'],
    ['attributes', 'deletion_protection.enabled', 'has an entry without "="', 'key=value'],
    ['target-group-attributes', 'stickiness.type=lb_cookie', 'a value that AWS does not take', 'source_ip'],
    ['target-node-labels', 'pool', 'has an entry without "="', 'key=value'],
    ['target-node-labels', 'pool=a b', 'cannot be the label of a node', 'labels'],
    ['target-node-labels', '-pool=a', 'cannot be the label of a node', 'labels'],
    ['healthcheck-protocol', 'UDP', 'is not a health check protocol', 'TCP, HTTP or HTTPS'],
    ['healthcheck-port', '0', 'is not a port number', '1 to 65535'],
    ['healthcheck-port', '65536', 'is not a port number', '1 to 65535'],
    ['healthcheck-port', 'metrics', 'is not the name of one', 'http, admin'],
    ['healthcheck-port', '', 'is not the name of one', 'http, admin'],
    ['healthcheck-path', 'healthz', 'does not start with /', '/healthz'],
    ['healthcheck-interval', '4', 'is not a whole number from 5 to 300', '5 to 300'],
    ['healthcheck-interval', '301', 'is not a whole number from 5 to 300', '5 to 300'],
    ['healthcheck-interval', '10s', 'is not a whole number from 5 to 300', '5 to 300'],
    ['healthcheck-timeout', '1', 'is not a whole number from 2 to 120', '2 to 120'],
    ['healthcheck-timeout', '121', 'is not a whole number from 2 to 120', '2 to 120'],
    ['healthcheck-healthy-threshold', '1', 'is not a whole number from 2 to 10', '2 to 10'],
    ['healthcheck-unhealthy-threshold', '11', 'is not a whole number from 2 to 10', '2 to 10'],
    ['healthcheck-unhealthy-threshold', '2.5', 'is not a whole number from 2 to 10', '2 to 10'],
  ])('%s: %j %s', (suffix, value, message, remedy) => {
    const { problems } = parse({ [suffix]: value });
    const [first] = problems;
    expect(first).toMatchObject({ field: `${NLB}${suffix}`, message: expect.stringContaining(message) });
    expect(first?.remedy).toContain(remedy);
    expect(problems).toHaveLength(1);
  });

  test('a refused value sets nothing', () => {
    const { options } = parse({ scheme: 'public', name: '', subnets: '', 'healthcheck-interval': '1' });
    expect(options).toEqual(nothing);
  });

  test.each(['yes', 'True', '1', ''])('allow-replacement: %j', (value) => {
    const { options, problems } = parseOptions(service({ [ALLOW]: value }));
    expect(problems).toMatchObject([{ field: ALLOW, value, message: 'is neither true nor false' }]);
    expect(options.allowReplacement).toBe(false);
  });

  test.each([
    [46, 0],
    [47, 1],
  ])('%i tags: %i problems', (count, expected) => {
    const tags = Array.from({ length: count }, (_, at) => `k${at}=v`).join(',');
    expect(parse({ 'additional-resource-tags': tags }).problems).toHaveLength(expected);
  });

  test('tag lengths count characters, not code units', () => {
    const fits = `${'𝒌'.repeat(128)}=${'𝒗'.repeat(256)}`;
    expect(parse({ 'additional-resource-tags': fits }).problems).toEqual([]);
  });

  test('a port that has no name to choose from is told so', () => {
    const { problems } = parse({ 'healthcheck-port': 'web' }, { ports: [{ port: 80 }] });
    expect(problems[0]?.remedy).toContain('the ports have no names');
  });
});

describe('all problems at once', () => {
  const annotations = {
    [`${NLB}zzz-unknown`]: 'z',
    [`${NLB}scheme`]: 'public',
    [ALLOW]: 'maybe',
    [`${NLB}additional-resource-tags`]: 'aws:a=1,service.k8s.aws/stack=x',
    [`${NLB}ssl-cert`]: 'arn:aws:acm:x',
    [`${NLB}healthcheck-path`]: 'up',
    [`${NLB}attributes`]: 'deletion_protection.enabled=yes',
  };
  const spec: ServiceSpec = { loadBalancerSourceRanges: ['x'] };

  test('are reported, in a fixed order', () => {
    const { problems } = parseOptions(service(annotations, spec));
    expect(problems.map(({ field, value }) => [field.replace(NLB, ''), value])).toEqual([
      ['scheme', 'public'],
      ['additional-resource-tags', 'aws:a=1'],
      ['additional-resource-tags', 'service.k8s.aws/stack=x'],
      ['attributes', 'deletion_protection.enabled=yes'],
      ['healthcheck-path', 'up'],
      [ALLOW, 'maybe'],
      ['ssl-cert', 'arn:aws:acm:x'],
      ['zzz-unknown', 'z'],
      ['spec.loadBalancerSourceRanges[0]', 'x'],
    ]);
  });

  test('do not depend on the order of the annotations', () => {
    const expected = parseOptions(service(annotations, spec));
    const shuffled = fc.shuffledSubarray(Object.entries(annotations), { minLength: Object.keys(annotations).length });
    fc.assert(
      fc.property(shuffled, (entries) => {
        expect(parseOptions(service(Object.fromEntries(entries), spec))).toEqual(expected);
      }),
    );
  });

  test('whatever is written, parsing does not throw, and every problem has a remedy', () => {
    const suffix = fc.constantFrom(
      ...Object.keys(annotations),
      `${NLB}healthcheck-port`,
      `${NLB}name`,
      `${NLB}subnets`,
    );
    fc.assert(
      fc.property(fc.dictionary(suffix, fc.string()), (written) => {
        for (const problem of parseOptions(service(written)).problems) {
          expect(problem.field).not.toBe('');
          expect(problem.message).not.toBe('');
          expect(problem.remedy).not.toBe('');
        }
      }),
    );
  });
});

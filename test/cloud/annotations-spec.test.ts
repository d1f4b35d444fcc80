import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseOptions } from '../../src/cloud/annotations.ts';
import type { ServiceSpec } from '../../src/kube/objects.ts';
import { nothing, parse, service } from './annotations-service.ts';

describe('attributes against the ports', () => {
  const udp: ServiceSpec = { ports: [{ port: 53, protocol: 'UDP' }] };
  const shared: ServiceSpec = {
    ports: [
      { port: 53, protocol: 'UDP' },
      { port: 53, protocol: 'TCP' },
    ],
  };
  const draining = 'target_health_state.unhealthy.draining_interval_seconds=60';
  test.each<[string, ServiceSpec, number]>([
    ['preserve_client_ip.enabled=false', {}, 0],
    ['preserve_client_ip.enabled=false', udp, 1],
    ['preserve_client_ip.enabled=false', shared, 1],
    [draining, {}, 1],
    // TCP beside UDP on one port is no TCP target group.
    [draining, shared, 0],
  ])('%s on %j: %i problems', (attributes, spec, count) => {
    expect(parse({ 'target-group-attributes': attributes }, spec).problems).toHaveLength(count);
  });
});

describe('source ranges', () => {
  test.each<[string[] | undefined, string[]]>([
    [undefined, ['0.0.0.0/0']],
    [[], ['0.0.0.0/0']],
    [['10.0.0.0/8'], ['10.0.0.0/8']],
    [[' 10.0.0.0/8 '], ['10.0.0.0/8']],
    [['10.1.2.3/8'], ['10.0.0.0/8']],
    [['203.0.113.7/32'], ['203.0.113.7/32']],
    [
      ['10.0.0.0/8', '10.9.0.0/8', '192.168.0.0/16', '10.0.0.0/8'],
      ['10.0.0.0/8', '192.168.0.0/16'],
    ],
    [['100.68.0.18/18'], ['100.68.0.0/18']],
  ])('%j → %j', (loadBalancerSourceRanges, sourceRanges) => {
    const spec = loadBalancerSourceRanges ? { loadBalancerSourceRanges } : {};
    expect(parseOptions(service({}, spec))).toEqual({ options: { ...nothing, sourceRanges }, problems: [] });
  });

  test.each([
    ['10.0.0.0', 'is not a CIDR'],
    ['10.0.0.0/33', 'is not a CIDR'],
    ['10.0.0/8', 'is not a CIDR'],
    ['010.0.0.0/8', 'is not a CIDR'],
    ['256.0.0.0/8', 'is not a CIDR'],
    ['', 'is not a CIDR'],
    ['0.0.0.0/0,10.0.0.0/8', 'is not a CIDR'],
    ['::/0', 'is an IPv6 range'],
    ['2001:db8::/32', 'is an IPv6 range'],
  ])('%j %s, and never means everyone', (range, message) => {
    const { options, problems } = parseOptions(service({}, { loadBalancerSourceRanges: [range] }));
    expect(problems).toMatchObject([{ field: 'spec.loadBalancerSourceRanges[0]', value: range }]);
    expect(problems[0]?.message).toContain(message);
    expect(options.sourceRanges).toEqual([]);
  });

  test('the problem says which', () => {
    const { problems } = parseOptions(service({}, { loadBalancerSourceRanges: ['10.0.0.0/8', 'x', '::/0'] }));
    expect(problems.map(({ field }) => field)).toEqual([
      'spec.loadBalancerSourceRanges[1]',
      'spec.loadBalancerSourceRanges[2]',
    ]);
  });

  test('equal ranges come out equal, however they are written', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(octet, octet, octet, octet, fc.integer({ min: 0, max: 32 }), (a, b, c, d, bits) => {
        const address = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
        const size = 2 ** (32 - bits);
        const first = Math.floor(address / size) * size;
        const dotted = [first >>> 24, (first >>> 16) & 255, (first >>> 8) & 255, first & 255].join('.');
        const spec = { loadBalancerSourceRanges: [`${a}.${b}.${c}.${d}/${bits}`] };
        expect(parseOptions(service({}, spec)).options.sourceRanges).toEqual([`${dotted}/${bits}`]);
      }),
    );
  });
});

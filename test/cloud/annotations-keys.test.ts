import { describe, expect, test } from 'vitest';
import { parseOptions } from '../../src/cloud/annotations.ts';
import { ALLOW, DOMAIN, NLB, nothing, service } from './annotations-service.ts';

describe('annotations of LBC that are not supported yet', () => {
  // key, what the remedy names
  test.each([
    [`${DOMAIN}load-balancer-source-ranges`, 'spec.loadBalancerSourceRanges'],
    [`${DOMAIN}actions.TCP-80`, 'remove'],
    [`${NLB}internal`, `${NLB}scheme`],
    [`${NLB}ip-address-type`, 'IPv4'],
    [`${NLB}eip-allocations`, 'remove'],
    [`${NLB}private-ipv4-addresses`, 'remove'],
    [`${NLB}ipv6-addresses`, 'IPv4'],
    [`${NLB}enable-prefix-for-ipv6-source-nat`, 'IPv4'],
    [`${NLB}source-nat-ipv6-prefixes`, 'IPv4'],
    [`${NLB}security-groups`, 'security group'],
    [`${NLB}manage-backend-security-group-rules`, 'rules of the nodes'],
    [`${NLB}disable-nlb-sg`, 'security group'],
    [`${NLB}security-group-prefix-lists`, 'spec.loadBalancerSourceRanges'],
    [`${NLB}enable-icmp-for-path-mtu-discovery`, 'remove'],
    [`${NLB}inbound-sg-rules-on-private-link-traffic`, 'remove'],
    [`${NLB}access-log-enabled`, 'access_logs.s3.enabled'],
    [`${NLB}access-log-s3-bucket-name`, 'access_logs.s3.bucket'],
    [`${NLB}access-log-s3-bucket-prefix`, 'access_logs.s3.prefix'],
    [`${NLB}cross-zone-load-balancing-enabled`, 'load_balancing.cross_zone.enabled'],
    [`${NLB}minimum-load-balancer-capacity`, 'remove'],
    [`${NLB}ssl-cert`, 'TLS'],
    [`${NLB}ssl-ports`, 'TLS'],
    [`${NLB}ssl-negotiation-policy`, 'TLS'],
    [`${NLB}backend-protocol`, 'TLS'],
    [`${NLB}alpn-policy`, 'TLS'],
    [`${NLB}listener-attributes.TCP-80`, 'remove'],
    [`${NLB}enable-tcp-udp-listener`, 'share a listener'],
    [`${NLB}quic-enabled-ports`, 'remove'],
    [`${NLB}proxy-protocol`, 'proxy_protocol_v2.enabled=true'],
    [`${NLB}proxy-protocol-per-target-group`, 'proxy_protocol_v2.enabled=true'],
    [`${NLB}target-group-attributes.80`, `${NLB}target-group-attributes`],
    [`${NLB}multi-cluster-target-group`, 'remove'],
  ])('%s', (field, remedy) => {
    expect(parseOptions(service({ [field]: 'v' }))).toEqual({
      options: nothing,
      problems: [{ field, value: 'v', message: 'is not supported yet', remedy: expect.stringContaining(remedy) }],
    });
  });
});

describe('keys that do not exist', () => {
  // key as written, the key that the remedy names
  test.each([
    [`${NLB}schema`, `${NLB}scheme`],
    [`${NLB}shceme`, `${NLB}scheme`],
    [`${NLB}Scheme`, `${NLB}scheme`],
    [`${NLB}subnet`, `${NLB}subnets`],
    [`${NLB}health-check-path`, `${NLB}healthcheck-path`],
    [`${NLB}healthcheck-interval-seconds`, `${NLB}healthcheck-interval`],
    [`${NLB}target-type`, `${NLB}nlb-target-type`],
    [`${NLB}target-groups-attributes`, `${NLB}target-group-attributes`],
    [`${NLB}security-group`, `${NLB}security-groups`],
    [`${DOMAIN}aws-load-balancer.scheme`, `${NLB}scheme`],
    [`${DOMAIN}aws-loadbalancer-scheme`, `${NLB}scheme`],
    [`${DOMAIN}load-balancer-source-range`, `${DOMAIN}load-balancer-source-ranges`],
    ['sluice.dev/allow-replacements', ALLOW],
    ['sluice.dev/allow_replacement', ALLOW],
    ['sluice.dev/allow-replace', ALLOW],
  ])('%s: use %s', (field, near) => {
    const { problems } = parseOptions(service({ [field]: 'v' }));
    expect(problems).toMatchObject([{ field, value: 'v', message: 'is set by an annotation that does not exist' }]);
    expect(problems[0]?.remedy).toMatch(new RegExp(`^use ${near.replaceAll('.', '\\.')}(,|$)`));
  });

  test.each(['x', 'completely-different-thing', '', 'constructor'])('%j is near nothing', (suffix) => {
    const field = `${NLB}${suffix}`;
    expect(parseOptions(service({ [field]: 'v' })).problems).toEqual([
      { field, value: 'v', message: 'is set by an annotation that does not exist', remedy: 'remove the annotation' },
    ]);
  });
});

/**
 * Which annotation keys there are: those Sluice acts on, those LBC has and Sluice does not yet, and everything else
 * under the prefix, which is taken for a mistake rather than ignored.
 */

import type { Problem } from '../service/problem.ts';
import { nearest } from '../service/nearest.ts';

const DOMAIN = 'service.beta.kubernetes.io/';
const NLB = 'aws-load-balancer-';
const SLUICE_DOMAIN = 'sluice.dev/';

/** Sluice's own: a change that must interrupt traffic may be made now. */
export const ALLOW_REPLACEMENT = `${SLUICE_DOMAIN}allow-replacement`;

const SUPPORTED = [
  'type',
  'nlb-target-type',
  'scheme',
  'name',
  'subnets',
  'additional-resource-tags',
  'attributes',
  'target-group-attributes',
  'target-node-labels',
  'healthcheck-protocol',
  'healthcheck-port',
  'healthcheck-path',
  'healthcheck-interval',
  'healthcheck-timeout',
  'healthcheck-healthy-threshold',
  'healthcheck-unhealthy-threshold',
  'healthcheck-success-codes',
] as const;

/** What follows `service.beta.kubernetes.io/aws-load-balancer-` in a key that Sluice reads. */
export type Suffix = (typeof SUPPORTED)[number];

/** The whole key of a supported annotation. */
export function annotationKey(suffix: Suffix): string {
  return `${DOMAIN}${NLB}${suffix}`;
}

const REMOVE = 'remove the annotation';
const IPV4_ONLY = 'remove the annotation: load balancers are IPv4';
const NO_TLS = 'remove the annotation: TLS must end in the pods';
const OWN_GROUP = 'remove the annotation: Sluice makes a security group for each load balancer';
const attribute = (setting: string) => `set ${setting} in ${annotationKey('attributes')}`;
const targetAttribute = (setting: string) => `set ${setting} in ${annotationKey('target-group-attributes')}`;

/** LBC's annotations that Sluice does not act on yet, below the domain, each with what to do today. */
const NOT_YET: Record<string, string> = {
  'load-balancer-source-ranges': 'list the ranges in spec.loadBalancerSourceRanges',
  [`${NLB}internal`]: `use ${annotationKey('scheme')}: internal or internet-facing`,
  [`${NLB}ip-address-type`]: IPV4_ONLY,
  [`${NLB}eip-allocations`]: REMOVE,
  [`${NLB}eip-allocations-discovery-tags`]: REMOVE,
  [`${NLB}private-ipv4-addresses`]: REMOVE,
  [`${NLB}ipv6-addresses`]: IPV4_ONLY,
  [`${NLB}enable-prefix-for-ipv6-source-nat`]: IPV4_ONLY,
  [`${NLB}source-nat-ipv6-prefixes`]: IPV4_ONLY,
  [`${NLB}security-groups`]: OWN_GROUP,
  [`${NLB}manage-backend-security-group-rules`]: 'remove the annotation: Sluice always manages the rules of the nodes',
  [`${NLB}disable-nlb-sg`]: OWN_GROUP,
  [`${NLB}security-group-prefix-lists`]: 'list CIDRs in spec.loadBalancerSourceRanges',
  [`${NLB}enable-icmp-for-path-mtu-discovery`]: REMOVE,
  [`${NLB}inbound-sg-rules-on-private-link-traffic`]: REMOVE,
  [`${NLB}access-log-enabled`]: attribute('access_logs.s3.enabled'),
  [`${NLB}access-log-s3-bucket-name`]: attribute('access_logs.s3.bucket'),
  [`${NLB}access-log-s3-bucket-prefix`]: attribute('access_logs.s3.prefix'),
  [`${NLB}cross-zone-load-balancing-enabled`]: attribute('load_balancing.cross_zone.enabled'),
  [`${NLB}minimum-load-balancer-capacity`]: REMOVE,
  [`${NLB}ssl-cert`]: NO_TLS,
  [`${NLB}ssl-ports`]: NO_TLS,
  [`${NLB}ssl-negotiation-policy`]: NO_TLS,
  [`${NLB}backend-protocol`]: NO_TLS,
  [`${NLB}alpn-policy`]: NO_TLS,
  [`${NLB}enable-tcp-udp-listener`]: 'remove the annotation: TCP and UDP on one port always share a listener',
  [`${NLB}quic-enabled-ports`]: REMOVE,
  [`${NLB}proxy-protocol`]: targetAttribute('proxy_protocol_v2.enabled=true'),
  [`${NLB}proxy-protocol-per-target-group`]: targetAttribute('proxy_protocol_v2.enabled=true (for every port)'),
  [`${NLB}multi-cluster-target-group`]: REMOVE,
};

/** Keys that end in the port they are about, such as `listener-attributes.TCP-80`. */
const NOT_YET_BY_PORT: Record<string, string> = {
  actions: REMOVE,
  [`${NLB}listener-attributes`]: REMOVE,
  [`${NLB}target-group-attributes`]: `use ${annotationKey('target-group-attributes')}, for every port`,
};

const READ = new Set<string>(SUPPORTED.map((suffix) => `${NLB}${suffix}`));
const UNREAD = new Map(Object.entries(NOT_YET));
const UNREAD_BY_PORT = new Map(Object.entries(NOT_YET_BY_PORT));
const KNOWN = [...new Set([...READ, ...UNREAD.keys(), ...UNREAD_BY_PORT.keys()])];

/** Problems with the keys themselves, whatever the order the annotations come in. */
export function checkKeys(annotations: Record<string, string>): Problem[] {
  const problems: Problem[] = [];
  for (const field of Object.keys(annotations).sort()) {
    const value = annotations[field]!;
    const fault = field.startsWith(DOMAIN)
      ? keyFault(field.slice(DOMAIN.length))
      : field.startsWith(SLUICE_DOMAIN)
        ? ownKeyFault(field)
        : undefined;
    if (fault) problems.push({ field, value, ...fault });
  }
  return problems;
}

type Fault = Pick<Problem, 'message' | 'remedy'>;

function keyFault(key: string): Fault | undefined {
  if (READ.has(key)) return undefined;
  const remedy = UNREAD.get(key) ?? UNREAD_BY_PORT.get(key.split('.', 1)[0]!);
  if (remedy !== undefined) return { message: 'is not supported yet', remedy };

  // The domain is shared with other clouds' controllers, so outside AWS's prefix only a slip of the pen is ours.
  const under = key.startsWith(NLB);
  const written = under ? key.slice(NLB.length) : key;
  const near = under
    ? nearest(
        written,
        KNOWN.filter((known) => known.startsWith(NLB)).map((known) => known.slice(NLB.length)),
        Math.max(2, Math.floor(written.length * 0.4)),
      )
    : nearest(written, KNOWN, 2);
  if (!under && near === undefined) return undefined;
  const message = 'is set by an annotation that does not exist';
  if (near === undefined) return { message, remedy: REMOVE };
  return { message, remedy: `use ${DOMAIN}${under ? NLB : ''}${near}, or ${REMOVE}` };
}

/** Sluice keeps records of its own under its domain; only what was clearly meant as the user's switch is reported. */
function ownKeyFault(field: string): Fault | undefined {
  if (field === ALLOW_REPLACEMENT || nearest(field, [ALLOW_REPLACEMENT], 4) === undefined) return undefined;
  return { message: 'is set by an annotation that does not exist', remedy: `use ${ALLOW_REPLACEMENT}` };
}

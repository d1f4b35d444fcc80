/**
 * The attributes of Network Load Balancers and of their target groups, as AWS documents them: which values each takes,
 * and what AWS sets when nobody says anything, so that an attribute whose annotation was removed can go back to it.
 */

import type { Problem } from '../service/problem.ts';
import { nearest } from '../service/nearest.ts';
import { annotationKey } from './annotation-keys.ts';
import { parseInteger } from './annotation-values.ts';
import type { Scheme } from './options.ts';

/** What the attributes belong to. */
export type AttributeKind = 'load-balancer' | 'target-group';

/** What some defaults depend on: a load balancer's on its scheme, a target group's on its protocol and target type. */
export interface AttributeContext {
  protocol?: string;
  targetType?: 'instance' | 'ip';
  scheme?: Scheme;
}

interface Attribute {
  check: (value: string) => boolean;
  /** What `check` accepts, in words. */
  takes: string;
  /** Absent where AWS has no default, or none that can be returned to. */
  default?: string | ((context: AttributeContext) => string | undefined);
}

const oneOf = (...values: string[]) => ({ check: (v: string) => values.includes(v), takes: values.join(' or ') });
const bool = oneOf('true', 'false');
// AWS reports 300 for 0300, which would look like drift for ever, so numbers must be written as AWS writes them.
const integer = (min: number, max = Number.MAX_SAFE_INTEGER) => ({
  check: (value: string) => String(parseInteger(value, min, max)) === value,
  takes: max === Number.MAX_SAFE_INTEGER ? `a whole number from ${min}` : `a whole number from ${min} to ${max}`,
});
const orOff = (numbers: ReturnType<typeof integer>) => ({
  check: (value: string) => value === 'off' || numbers.check(value),
  takes: `off or ${numbers.takes}`,
});
const text = { check: () => true, takes: 'text' };
const filled = { check: (value: string) => value !== '', takes: 'a name' };

const carriesUdp = (protocol: string) => protocol === 'UDP' || protocol === 'TCP_UDP';

const LOAD_BALANCER: Record<string, Attribute> = {
  'deletion_protection.enabled': { ...bool, default: 'false' },
  'load_balancing.cross_zone.enabled': { ...bool, default: 'false' },
  'access_logs.s3.enabled': { ...bool, default: 'false' },
  // Means nothing while logging is off, and AWS documents no way to empty it.
  'access_logs.s3.bucket': filled,
  'access_logs.s3.prefix': { ...text, default: '' },
  'ipv6.deny_all_igw_traffic': {
    ...bool,
    default: ({ scheme }) => (scheme === undefined ? undefined : String(scheme === 'internal')),
  },
  'zonal_shift.config.enabled': { ...bool, default: 'false' },
  'dns_record.client_routing_policy': {
    ...oneOf('any_availability_zone', 'availability_zone_affinity', 'partial_availability_zone_affinity'),
    default: 'any_availability_zone',
  },
  // Starts at 0, but AWS refuses to lower it again.
  'secondary_ips.auto_assigned.per_subnet': integer(0, 7),
};

const TARGET_GROUP: Record<string, Attribute> = {
  'deregistration_delay.timeout_seconds': { ...integer(0, 3600), default: '300' },
  'deregistration_delay.connection_termination.enabled': {
    ...bool,
    default: ({ protocol }) => protocol && String(carriesUdp(protocol)),
  },
  'preserve_client_ip.enabled': {
    ...bool,
    default: ({ protocol, targetType }) =>
      protocol && targetType && String(targetType === 'instance' || (protocol !== 'TCP' && protocol !== 'TLS')),
  },
  'proxy_protocol_v2.enabled': { ...bool, default: 'false' },
  'stickiness.enabled': { ...bool, default: 'false' },
  'stickiness.type': { ...oneOf('source_ip'), default: 'source_ip' },
  'load_balancing.cross_zone.enabled': {
    ...oneOf('true', 'false', 'use_load_balancer_configuration'),
    default: 'use_load_balancer_configuration',
  },
  'target_group_health.dns_failover.minimum_healthy_targets.count': { ...orOff(integer(1)), default: '1' },
  'target_group_health.dns_failover.minimum_healthy_targets.percentage': { ...orOff(integer(1, 100)), default: 'off' },
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': { ...integer(1), default: '1' },
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': {
    ...orOff(integer(1, 100)),
    default: 'off',
  },
  'target_health_state.unhealthy.connection_termination.enabled': {
    ...bool,
    // AWS documents `true`, and that it can't be so where there is UDP.
    default: ({ protocol }) => protocol && String(!carriesUdp(protocol)),
  },
  'target_health_state.unhealthy.draining_interval_seconds': { ...integer(0, 360_000), default: '0' },
};

const TABLES = {
  'load-balancer': new Map(Object.entries(LOAD_BALANCER)),
  'target-group': new Map(Object.entries(TARGET_GROUP)),
};

const OTHER_KIND = { 'load-balancer': 'target-group', 'target-group': 'load-balancer' } as const;
const ANNOTATION = {
  'load-balancer': annotationKey('attributes'),
  'target-group': annotationKey('target-group-attributes'),
};

/** Whole families that AWS has for something else; a key belongs if it is one of these or continues it after a dot. */
const ELSEWHERE: Record<AttributeKind, [family: string, owner: string][]> = {
  'load-balancer': [
    ['idle_timeout', 'an Application Load Balancer'],
    ['client_keep_alive', 'an Application Load Balancer'],
    ['connection_logs', 'an Application Load Balancer'],
    ['health_check_logs', 'an Application Load Balancer'],
    ['routing', 'an Application Load Balancer'],
    ['waf', 'an Application Load Balancer'],
    ['tcp.idle_timeout', 'a listener'],
  ],
  'target-group': [
    ['load_balancing.algorithm', 'an Application Load Balancer'],
    ['slow_start', 'an Application Load Balancer'],
    ['stickiness.app_cookie', 'an Application Load Balancer'],
    ['stickiness.lb_cookie', 'an Application Load Balancer'],
    ['lambda', 'an Application Load Balancer'],
    ['target_failover', 'a Gateway Load Balancer'],
    ['send_tcp_reset', 'a Gateway Load Balancer'],
  ],
};

/**
 * Problems with attributes as they are written. A key that AWS's documentation did not have when this was written is
 * passed on, for AWS adds attributes; unless it is all but one that exists.
 */
export function checkAttributes(kind: AttributeKind, map: Record<string, string>, field: string): Problem[] {
  const problems: Problem[] = [];
  for (const [key, value] of Object.entries(map)) {
    const fault = attributeFault(kind, key, value);
    if (fault) problems.push({ field, value: `${key}=${value}`, ...fault });
  }
  if (kind === 'load-balancer' && map['access_logs.s3.enabled'] === 'true' && !('access_logs.s3.bucket' in map)) {
    problems.push({
      field,
      value: 'access_logs.s3.enabled=true',
      message: 'has no bucket to write the logs to',
      remedy: 'add access_logs.s3.bucket=NAME',
    });
  }
  return problems;
}

function attributeFault(
  kind: AttributeKind,
  key: string,
  value: string,
): Pick<Problem, 'message' | 'remedy'> | undefined {
  const table = TABLES[kind];
  const attribute = table.get(key);
  if (attribute) {
    if (attribute.check(value)) return undefined;
    return { message: 'has a value that AWS does not take', remedy: `use ${attribute.takes}` };
  }
  const other = OTHER_KIND[kind];
  if (TABLES[other].has(key)) {
    return { message: `is an attribute of a ${other.replace('-', ' ')}`, remedy: `move it to ${ANNOTATION[other]}` };
  }
  const elsewhere = ELSEWHERE[kind].find(([family]) => key === family || key.startsWith(`${family}.`));
  if (elsewhere) return { message: `is an attribute of ${elsewhere[1]}`, remedy: 'remove it' };
  const near = nearest(key, table.keys(), 2);
  if (near) return { message: 'is not an attribute', remedy: `use ${near}` };
  return undefined;
}

/**
 * Problems that a target group of one of these protocols would certainly meet at AWS. One map is for all the
 * Service's target groups, so one that refuses is enough.
 */
export function checkProtocols(map: Record<string, string>, protocols: Iterable<string>, field: string): Problem[] {
  const problems: Problem[] = [];
  const refuse = (key: string, message: string, remedy: string) => {
    problems.push({ field, value: `${key}=${map[key]}`, message, remedy });
  };
  const all = [...protocols];
  const udp = all.some(carriesUdp);
  const split = 'remove it, or put the UDP ports into a Service of their own';
  const keepsIp = 'preserve_client_ip.enabled';
  const cuts = 'target_health_state.unhealthy.connection_termination.enabled';
  const drains = 'target_health_state.unhealthy.draining_interval_seconds';

  if (udp && map[keepsIp] === 'false') refuse(keepsIp, 'cannot be so for the UDP ports of the Service', split);
  if (udp && map[cuts] === 'true') refuse(cuts, 'cannot be so for the UDP ports of the Service', split);
  // Where there is no UDP, AWS cuts unhealthy targets off at once unless told not to, and then there is no draining.
  const draining = map[drains] !== undefined && map[drains] !== '0';
  if (draining && map[cuts] !== 'false' && all.some((protocol) => !carriesUdp(protocol))) {
    refuse(drains, 'cannot apply while connections to unhealthy targets are terminated', `add ${cuts}=false`);
  }
  return problems;
}

/**
 * The value AWS gives an attribute that nobody set; undefined if Sluice does not know it, if it depends on something
 * the context leaves out, or if AWS does not let the attribute return to it.
 */
export function defaultAttribute(kind: AttributeKind, key: string, context: AttributeContext = {}): string | undefined {
  const value = TABLES[kind].get(key)?.default;
  return typeof value === 'function' ? value(context) : value;
}

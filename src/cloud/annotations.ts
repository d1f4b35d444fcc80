/**
 * A Service's annotations, and the fields of its spec that only load balancers read, as options. LBC's names and
 * meanings; where LBC silently falls back, or finds out from AWS half-way through, Sluice reports a problem.
 */

import ipaddr from 'ipaddr.js';
import type { Service, ServicePort } from '../kube/objects.ts';
import type { Problem } from '../service/problem.ts';
import { parseHealthCheck } from './annotation-health.ts';
import { ALLOW_REPLACEMENT, annotationKey, checkKeys, type Suffix } from './annotation-keys.ts';
import { checkTags } from './annotation-tags.ts';
import { isLabelKey, isLabelValue, parseList, parseMap } from './annotation-values.ts';
import { checkAttributes, checkProtocols } from './attributes.ts';
import type { LoadBalancerOptions } from './options.ts';

/** The options, and everything that is wrong. Where there is a problem, the options are incomplete: do not act on them. */
export interface ParsedOptions {
  options: LoadBalancerOptions;
  problems: Problem[];
}

/** Reads all of it and reports every problem, in an order that depends only on what is written, not on key order. */
export function parseOptions(service: Service): ParsedOptions {
  const annotations = service.metadata.annotations ?? {};
  const problems: Problem[] = [];
  const read = (suffix: Suffix) => annotations[annotationKey(suffix)];
  const refuse = (suffix: Suffix, value: string, message: string, remedy: string) => {
    problems.push({ field: annotationKey(suffix), value, message, remedy });
  };
  const readMap = (suffix: Suffix): Record<string, string> => {
    const raw = read(suffix);
    if (raw === undefined) return {};
    const { map, faults } = parseMap(raw);
    for (const fault of faults) refuse(suffix, raw, fault, 'write key=value,key=value (\\, is a comma in a value)');
    return map;
  };

  const options: LoadBalancerOptions = {
    additionalTags: readMap('additional-resource-tags'),
    loadBalancerAttributes: readMap('attributes'),
    targetGroupAttributes: readMap('target-group-attributes'),
    healthCheck: {},
    sourceRanges: [],
    allowReplacement: false,
  };

  // These two ask for what happens anyway, or for what Sluice can't do: nothing follows from them.
  const type = read('type');
  if (type === 'nlb-ip')
    refuse('type', type, 'asks for pods as targets, which is not supported yet', 'use external, or remove it');
  else if (type !== undefined && type !== 'external' && type !== 'nlb')
    refuse('type', type, 'is not a load balancer type of Sluice', 'use external or nlb, or remove it');
  const targetType = read('nlb-target-type');
  if (targetType === 'ip')
    refuse('nlb-target-type', targetType, 'is not supported yet', 'use instance, or remove the annotation');
  else if (targetType !== undefined && targetType !== 'instance')
    refuse('nlb-target-type', targetType, 'is not a target type', 'use instance, or remove the annotation');

  const scheme = read('scheme');
  if (scheme === 'internal' || scheme === 'internet-facing') options.scheme = scheme;
  else if (scheme !== undefined) refuse('scheme', scheme, 'is not a scheme', 'use internal or internet-facing');

  const name = read('name');
  if (name !== undefined) {
    const fault = nameFault(name);
    if (fault === undefined) options.name = name;
    else refuse('name', name, fault, 'use 1 to 32 letters, digits and hyphens');
  }

  const subnets = read('subnets');
  if (subnets !== undefined) {
    const list = parseList(subnets);
    const duplicates = new Set(list.filter((entry, at) => list.indexOf(entry) !== at));
    if (list.length === 0) {
      const remedy = 'name at least one, or remove the annotation to have them discovered';
      refuse('subnets', subnets, 'names no subnet', remedy);
    }
    for (const entry of duplicates) refuse('subnets', subnets, `names ${entry} twice`, 'name each subnet once');
    if (list.length > 0 && duplicates.size === 0) options.subnets = list;
  }

  if (read('target-node-labels') !== undefined) {
    options.targetNodeLabels = readMap('target-node-labels');
    for (const [key, value] of Object.entries(options.targetNodeLabels)) {
      if (isLabelKey(key) && isLabelValue(value)) continue;
      const remedy = 'use labels as kubectl get nodes --show-labels prints them';
      refuse('target-node-labels', `${key}=${value}`, 'cannot be the label of a node', remedy);
    }
  }

  const protocols = targetGroupProtocols(service.spec.ports ?? []);
  problems.push(
    ...checkTags(options.additionalTags, annotationKey('additional-resource-tags')),
    ...checkAttributes('load-balancer', options.loadBalancerAttributes, annotationKey('attributes')),
    ...checkAttributes('target-group', options.targetGroupAttributes, annotationKey('target-group-attributes')),
    ...checkProtocols(options.targetGroupAttributes, protocols, annotationKey('target-group-attributes')),
  );

  const health = parseHealthCheck(service);
  options.healthCheck = health.healthCheck;
  problems.push(...health.problems);

  const allow = annotations[ALLOW_REPLACEMENT];
  options.allowReplacement = allow === 'true';
  if (allow !== undefined && allow !== 'true' && allow !== 'false') {
    const remedy = 'use "true" or "false"';
    problems.push({ field: ALLOW_REPLACEMENT, value: allow, message: 'is neither true nor false', remedy });
  }

  problems.push(...checkKeys(annotations));

  const ranges = parseSourceRanges(service.spec.loadBalancerSourceRanges ?? []);
  options.sourceRanges = ranges.cidrs;
  problems.push(...ranges.problems);
  return { options, problems };
}

/** As the target groups will have them: TCP and UDP on one port share one. */
function targetGroupProtocols(ports: ServicePort[]): string[] {
  const onUdp = new Set(ports.filter(({ protocol }) => protocol === 'UDP').map(({ port }) => port));
  return ports.map(({ port, protocol = 'TCP' }) => (protocol === 'TCP' && onUdp.has(port) ? 'TCP_UDP' : protocol));
}

function nameFault(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name.length > 32) return 'is longer than 32 characters';
  if (!/^[A-Za-z0-9-]+$/.test(name)) return 'has a character that AWS does not allow in names';
  if (name.startsWith('-') || name.endsWith('-')) return 'starts or ends with a hyphen';
  if (name.startsWith('internal-')) return 'starts with internal-, which AWS keeps for itself';
  return undefined;
}

const EVERYONE = '0.0.0.0/0';

/**
 * In the form that EC2 stores and reports, host bits zero, or every later comparison would find a difference. If ranges
 * were given and none can be read, the list stays empty: never everyone by mistake.
 */
function parseSourceRanges(ranges: string[]): { cidrs: string[]; problems: Problem[] } {
  const cidrs = new Set<string>(ranges.length === 0 ? [EVERYONE] : []);
  const problems: Problem[] = [];
  for (const [at, value] of ranges.entries()) {
    const range = value.trim();
    const field = `spec.loadBalancerSourceRanges[${at}]`;
    if (ipaddr.IPv4.isValidCIDRFourPartDecimal(range)) {
      cidrs.add(`${ipaddr.IPv4.networkAddressFromCIDR(range)}/${Number(range.split('/')[1])}`);
    } else if (ipaddr.IPv6.isValidCIDR(range)) {
      const remedy = 'remove it: load balancers are IPv4';
      problems.push({ field, value, message: 'is an IPv6 range, which is not supported yet', remedy });
    } else {
      problems.push({ field, value, message: 'is not a CIDR', remedy: 'write it like 203.0.113.0/24' });
    }
  }
  return { cidrs: [...cidrs], problems };
}

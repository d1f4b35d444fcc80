import { at, type FieldError, forbidden, invalid, keyed, notSupported, required } from '../api/field-error.ts';
import { type Ip, parseIp } from '../validation/address.ts';
import { isValidCidrForLegacyField, isValidIpForLegacyField } from '../validation/ip.ts';
import { validateLabels } from '../validation/metadata.ts';
import { isDns1123Subdomain, isPortNumber, isQualifiedName } from '../validation/names.ts';
import { isExternallyAccessible, isHeadless, isLoadBalancer, needsHealthCheck, type Service } from './types.ts';
import { validateClusterIps } from './validate-ips.ts';
import { validatePortPairs, validatePorts } from './validate-ports.ts';
import { trimSpace, typed } from './words.ts';

export const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';
export const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints';
const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';

const ONLY_LOAD_BALANCER = "may only be used when `type` is 'LoadBalancer'";
const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const AFFINITIES = ['ClientIP', 'None'];
const TRAFFIC_POLICIES = ['Cluster', 'Local'];
const DISTRIBUTIONS = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];
const AFFINITY_MOST_SECONDS = 86_400;

/**
 * Everything but metadata of a Service that has its defaults and its numbers, in upstream's order (`validateService`,
 * `pkg/apis/core/validation/validation.go`). What defaults and allocation rule out is not looked at.
 */
export function validateService(service: Service, old: Service | undefined): FieldError[] {
  return [
    ...validateTopology(service),
    ...validateType(service),
    ...validatePorts(service),
    ...(service.spec.selector ? validateLabels(service.spec.selector, 'spec.selector') : []),
    ...validateAffinity(service),
    ...validateClusterIps(service, old),
    ...validateExternalIps(service, old),
    ...validateTypeName(service),
    ...validatePortPairs(service),
    ...validateSourceRanges(service, old),
    ...validateLoadBalancerFields(service),
    ...validateExternalTrafficPolicy(service),
    ...validateHealthCheckPort(service),
    ...validateInternalTraffic(service),
  ];
}

function validateTopology({ metadata }: Service): FieldError[] {
  const mode = metadata.annotations?.[TOPOLOGY_MODE];
  const hints = metadata.annotations?.[TOPOLOGY_HINTS];
  if (mode === undefined || hints === undefined || mode === hints) return [];
  const field = keyed('metadata.annotations', TOPOLOGY_MODE);
  return [invalid(field, mode, `must match annotations[${TOPOLOGY_HINTS}] when both are specified`)];
}

function validateType(service: Service): FieldError[] {
  const { spec } = service;
  const errors: FieldError[] = [];
  const headless = isHeadless(service);
  if (!spec.ports?.length && !headless && spec.type !== 'ExternalName') errors.push(required('spec.ports'));
  if (headless && (spec.type === 'LoadBalancer' || spec.type === 'NodePort')) {
    errors.push(invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`));
  }
  if (spec.type !== 'ExternalName') return errors;
  const words = 'may not be set for ExternalName services';
  if (spec.clusterIPs?.length) errors.push(forbidden('spec.clusterIPs', words));
  if (spec.ipFamilies?.length) errors.push(forbidden('spec.ipFamilies', words));
  if (spec.ipFamilyPolicy !== undefined) errors.push(forbidden('spec.ipFamilyPolicy', words));
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  if (!name) errors.push(required('spec.externalName'));
  else for (const message of isDns1123Subdomain(name)) errors.push(invalid('spec.externalName', name, message));
  return errors;
}

function validateAffinity({ spec }: Service): FieldError[] {
  const { sessionAffinity } = spec;
  if (!AFFINITIES.includes(sessionAffinity ?? '')) {
    return [notSupported('spec.sessionAffinity', typed(sessionAffinity), AFFINITIES)];
  }
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (sessionAffinity !== 'ClientIP' || seconds === undefined) return [];
  if (seconds > 0 && seconds <= AFFINITY_MOST_SECONDS) return [];
  const words = `must be greater than 0 and less than ${AFFINITY_MOST_SECONDS}`;
  return [invalid('spec.sessionAffinityConfig.clientIP.timeoutSeconds', seconds, words)];
}

function validateExternalIps({ spec }: Service, old: Service | undefined): FieldError[] {
  return (spec.externalIPs ?? []).flatMap((text, index) => {
    const field = at('spec.externalIPs', index);
    const errors = isValidIpForLegacyField(field, text, old?.spec.externalIPs);
    return errors.length > 0 ? errors : validateEndpointIp(text, field);
  });
}

/** Addresses that can't be another machine's (`ValidateEndpointIP`). */
function validateEndpointIp(text: string, field: string): FieldError[] {
  const ip = parseIp(text);
  if (!ip) return [invalid(field, text, 'must be a valid IP address')];
  const errors: FieldError[] = [];
  const { family, value } = ip;
  if (value === 0n) errors.push(invalid(field, text, `may not be unspecified (${text})`));
  if (family === 4 ? startsWith(ip, 127n, 8) : value === 1n) {
    errors.push(invalid(field, text, 'may not be in the loopback range (127.0.0.0/8, ::1/128)'));
  }
  if (family === 4 ? startsWith(ip, 0xa9fen, 16) : startsWith(ip, 0x3fan, 10)) {
    errors.push(invalid(field, text, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'));
  }
  // Of IPv6's multicast, only the scope counts, whatever the flags.
  if (family === 4 ? startsWith(ip, 0xe00000n, 24) : startsWith(ip, 0xffn, 8) && ((value >> 112n) & 15n) === 2n) {
    errors.push(invalid(field, text, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'));
  }
  return errors;
}

const startsWith = ({ family, value }: Ip, prefix: bigint, bits: number): boolean =>
  value >> BigInt((family === 4 ? 32 : 128) - bits) === prefix;

const validateTypeName = ({ spec }: Service): FieldError[] =>
  TYPES.includes(spec.type ?? '') ? [] : [notSupported('spec.type', typed(spec.type), TYPES)];

/** The field, or the annotation from before there was one. */
function validateSourceRanges(service: Service, old: Service | undefined): FieldError[] {
  const ranges = service.spec.loadBalancerSourceRanges ?? [];
  const annotation = service.metadata.annotations?.[SOURCE_RANGES];
  if (ranges.length > 0) {
    // Upstream writes the field with a capital L.
    const field = 'spec.LoadBalancerSourceRanges';
    const existing = (old?.spec.loadBalancerSourceRanges ?? []).map(trimSpace);
    return [
      ...(isLoadBalancer(service) ? [] : [forbidden(field, ONLY_LOAD_BALANCER)]),
      ...ranges.flatMap((range, index) => isValidCidrForLegacyField(at(field, index), trimSpace(range), existing)),
    ];
  }
  if (annotation === undefined) return [];
  const field = keyed('metadata.annotations', SOURCE_RANGES);
  const changed = !old || (old.metadata.annotations?.[SOURCE_RANGES] ?? '') !== annotation;
  const texts = changed && trimSpace(annotation) ? trimSpace(annotation).split(',') : [];
  return [
    ...(isLoadBalancer(service) ? [] : [forbidden(field, ONLY_LOAD_BALANCER)]),
    ...texts.flatMap((text) => isValidCidrForLegacyField(field, trimSpace(text))),
  ];
}

function validateLoadBalancerFields(service: Service): FieldError[] {
  const { spec } = service;
  const errors: FieldError[] = [];
  if (!isLoadBalancer(service) && spec.allocateLoadBalancerNodePorts !== undefined) {
    errors.push(forbidden('spec.allocateLoadBalancerNodePorts', ONLY_LOAD_BALANCER));
  }
  return [...errors, ...validateLoadBalancerClass(service)];
}

/** Also a part of what is checked of every update. */
export function validateLoadBalancerClass(service: Service): FieldError[] {
  const { loadBalancerClass } = service.spec;
  if (loadBalancerClass === undefined) return [];
  const field = 'spec.loadBalancerClass';
  if (!isLoadBalancer(service)) return [forbidden(field, ONLY_LOAD_BALANCER)];
  return isQualifiedName(loadBalancerClass).map((message) => invalid(field, loadBalancerClass, message));
}

function validateExternalTrafficPolicy(service: Service): FieldError[] {
  const policy = service.spec.externalTrafficPolicy;
  const field = 'spec.externalTrafficPolicy';
  if (!isExternallyAccessible(service)) {
    return policy ? [invalid(field, typed(policy), 'may only be set for externally-accessible services')] : [];
  }
  if (!policy) return [required(field)];
  return TRAFFIC_POLICIES.includes(policy) ? [] : [notSupported(field, typed(policy), TRAFFIC_POLICIES)];
}

function validateHealthCheckPort(service: Service): FieldError[] {
  const port = service.spec.healthCheckNodePort ?? 0;
  const field = 'spec.healthCheckNodePort';
  if (needsHealthCheck(service)) {
    return port === 0 ? [required(field)] : isPortNumber(port).map((message) => invalid(field, port, message));
  }
  const words = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
  return port === 0 ? [] : [invalid(field, port, words)];
}

function validateInternalTraffic({ spec }: Service): FieldError[] {
  const { internalTrafficPolicy: policy, trafficDistribution } = spec;
  const errors: FieldError[] = [];
  if (policy !== undefined && !TRAFFIC_POLICIES.includes(policy)) {
    errors.push(notSupported('spec.internalTrafficPolicy', typed(policy), TRAFFIC_POLICIES));
  }
  if (trafficDistribution !== undefined && !DISTRIBUTIONS.includes(trafficDistribution)) {
    errors.push(notSupported('spec.trafficDistribution', trafficDistribution, DISTRIBUTIONS));
  }
  return errors;
}

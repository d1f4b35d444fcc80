import { at, type FieldError, forbidden, invalid, notSupported, required } from '../api/field-error.ts';
import { parseIp } from '../validation/address.ts';
import { ipWarnings, isValidIpForLegacyField } from '../validation/ip.ts';
import { isDns1123Subdomain } from '../validation/names.ts';
import { isLoadBalancer, type LoadBalancerIngress, type Service } from './types.ts';
import { typed } from './words.ts';

const INGRESS = 'status.loadBalancer.ingress';
const IP_MODES = ['Proxy', 'VIP'];

const ingressOf = ({ status }: Service): LoadBalancerIngress[] => status?.loadBalancer?.ingress ?? [];

/** The load balancer's addresses (`ValidateLoadBalancerStatus`). Conditions are not looked at. */
export function validateLoadBalancerStatus(service: Service, old: Service): FieldError[] {
  const ingress = ingressOf(service);
  if (!isLoadBalancer(service) && ingress.length > 0) {
    return [forbidden(INGRESS, "may only be used when `spec.type` is 'LoadBalancer'")];
  }
  const existing = ingressOf(old).flatMap(({ ip }) => (ip ? [ip] : []));
  return ingress.flatMap((one, index) => validateIngress(one, at(INGRESS, index), existing));
}

function validateIngress(
  { ip, ipMode, hostname }: LoadBalancerIngress,
  path: string,
  existing: string[],
): FieldError[] {
  const errors: FieldError[] = [];
  if (ip) errors.push(...isValidIpForLegacyField(`${path}.ip`, ip, existing));
  const mode = `${path}.ipMode`;
  if (ipMode === undefined) {
    if (ip) errors.push(required(mode, 'must be specified when `ip` is set'));
  } else if (!ip) errors.push(forbidden(mode, 'may not be specified when `ip` is not set'));
  else if (!IP_MODES.includes(ipMode)) errors.push(notSupported(mode, typed(ipMode), IP_MODES));
  if (hostname) {
    const field = `${path}.hostname`;
    for (const message of isDns1123Subdomain(hostname)) errors.push(invalid(field, hostname, message));
    if (parseIp(hostname)) errors.push(invalid(field, hostname, 'must be a DNS name, not an IP address'));
  }
  return errors;
}

/** Texts for Warning headers of a write to status. */
export const statusWarnings = (service: Service): string[] =>
  ingressOf(service).flatMap(({ ip }, index) => (ip ? ipWarnings(at(INGRESS, index), ip) : []));

import { at, duplicate, type FieldError, internal, invalid, notSupported, required } from '../api/field-error.ts';
import { parseIp } from '../validation/address.ts';
import { isValidIpForLegacyField } from '../validation/ip.ts';
import { isHeadless, NONE, type Service } from './types.ts';
import { typed } from './words.ts';

const CLUSTER_IPS = 'spec.clusterIPs';
const FAMILIES = ['IPv4', 'IPv6'];
const POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];

/**
 * clusterIP, clusterIPs, ipFamilies and ipFamilyPolicy together (`ValidateServiceClusterIPsRelatedFields`,
 * `pkg/apis/core/validation/validation.go`). Runs before allocation and again in validation.
 */
export function validateClusterIps(service: Service, old: Service | undefined): FieldError[] {
  const { spec } = service;
  if (spec.type === 'ExternalName') return [];
  const ips = spec.clusterIPs ?? [];
  const errors = [...validateFirst(service), ...validateFamilies(service)];
  const existing = old?.spec.clusterIPs ?? [];
  let wrong = false;
  for (const [index, ip] of ips.entries()) {
    if (index === 0 && ip === NONE) {
      if (ips.length === 1) continue;
      wrong = true;
      errors.push(invalid(CLUSTER_IPS, ips, "'None' must be the first and only value"));
      continue;
    }
    const found = isValidIpForLegacyField(at(CLUSTER_IPS, index), ip, existing);
    wrong ||= found.length > 0;
    errors.push(...found);
  }
  if (ips.length > 2) errors.push(invalid(CLUSTER_IPS, ips, 'may only hold up to 2 values'));
  // What follows makes no sense of addresses that are none.
  if (wrong) return errors;
  if (ips.length > 1) errors.push(...validateDualStack(ips));
  if (!isHeadless(service)) errors.push(...validateFamilyOfEach(ips, spec.ipFamilies ?? []));
  return errors;
}

function validateFirst({ spec }: Service): FieldError[] {
  const ips = spec.clusterIPs ?? [];
  if (!spec.clusterIP) {
    return ips.length > 0 ? [invalid(CLUSTER_IPS, ips, 'must be empty when `clusterIP` is not specified')] : [];
  }
  if (ips.length === 0) return [required(CLUSTER_IPS)];
  return ips[0] === spec.clusterIP ? [] : [invalid(CLUSTER_IPS, ips, 'first value must match `clusterIP`')];
}

function validateFamilies({ spec }: Service): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, family] of (spec.ipFamilies ?? []).entries()) {
    const field = at('spec.ipFamilies', index);
    if (!FAMILIES.includes(family)) errors.push(notSupported(field, typed(family), FAMILIES));
    if (seen.has(family)) errors.push(duplicate(field, typed(family)));
    seen.add(family);
  }
  const policy = spec.ipFamilyPolicy;
  if (policy !== undefined && !POLICIES.includes(policy)) {
    errors.push(notSupported('spec.ipFamilyPolicy', typed(policy), POLICIES));
  }
  return errors;
}

function validateDualStack(ips: string[]): FieldError[] {
  const families = new Set<number>();
  const errors: FieldError[] = [];
  for (const [index, text] of ips.entries()) {
    const family = parseIp(text)?.family;
    if (family) families.add(family);
    else {
      // Only what the object already had (None) gets here without being an address.
      families.clear();
      errors.push(internal(CLUSTER_IPS, `failed to check for dual stack with error:invalid IP[${index}]: ${text}`));
      break;
    }
  }
  if (families.size < 2) errors.push(invalid(CLUSTER_IPS, ips, 'may specify no more than one IP for each IP family'));
  return errors;
}

function validateFamilyOfEach(ips: string[], families: string[]): FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, ip] of ips.slice(0, families.length).entries()) {
    const family = families[index];
    const isIpv6 = parseIp(ip)?.family === 6;
    if (family === (isIpv6 ? 'IPv4' : 'IPv6')) {
      const words = `expected an ${family} value as indicated by \`ipFamilies[${index}]\``;
      errors.push(invalid(at(CLUSTER_IPS, index), ip, words));
    }
  }
  return errors;
}

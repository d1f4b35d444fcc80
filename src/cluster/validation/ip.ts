import { type FieldError, goQuote, invalid } from '../api/field-error.ts';
import { type Cidr, cidrText, type Ip, ipText, parseCidr, parseIp } from './address.ts';

/**
 * What the API takes for an IP address or a CIDR, with upstream's words (apimachinery `pkg/util/validation/ip.go`).
 * Fields that are older than the strict rules take non-canonical IPv6; that they no longer take leading zeros,
 * IPv4-mapped addresses and bits beyond a prefix is the gate StrictIPCIDRValidation, on by default since 1.36.
 */

const asErrors = (field: string, value: string, messages: readonly string[]): FieldError[] =>
  messages.map((message) => invalid(field, value, message));

function legacyIpProblems(value: string): { ip: Ip | undefined; problems: string[] } {
  const ip = parseIp(value);
  if (!ip) return { ip, problems: ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'] };
  // Go's netip does not get as far as seeing a mapped address when it stumbles over zeros.
  if (ip.leadingZeros) return { ip, problems: ['must not have leading 0s'] };
  return { ip, problems: ip.mapped ? ['must not be an IPv4-mapped IPv6 address'] : [] };
}

/** What is wrong with an address of a field that wants the canonical form; [] when nothing is. */
export function ipProblems(value: string): string[] {
  const { ip, problems } = legacyIpProblems(value);
  if (!ip || problems.length > 0) return problems;
  const canonical = ipText(ip);
  return value === canonical ? [] : [`must be in canonical form (${goQuote(canonical)})`];
}

/** An address in canonical form (new fields). */
export const isValidIp = (field: string, value: string): FieldError[] => asErrors(field, value, ipProblems(value));

/** An address of an older field; values that the object already had are fine. */
export const isValidIpForLegacyField = (field: string, value: string, old: readonly string[] = []): FieldError[] =>
  old.includes(value) ? [] : asErrors(field, value, legacyIpProblems(value).problems);

/** Warnings about an address of an older field, for a Warning header. */
export function ipWarnings(field: string, value: string): string[] {
  const ip = parseIp(value);
  if (!ip) return [];
  const canonical = goQuote(ipText(ip));
  if (ip.leadingZeros || ip.mapped) {
    return [`${field}: non-standard IP address ${goQuote(value)} is invalid: use ${canonical}`];
  }
  if (ip.family === 6 && ipText(ip) !== value) {
    return [`${field}: IPv6 address ${goQuote(value)} should be in RFC 5952 canonical format (${canonical})`];
  }
  return [];
}

function legacyCidrProblems(value: string): { cidr: Cidr | undefined; problems: string[] } {
  const cidr = parseCidr(value);
  if (!cidr) return { cidr, problems: ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'] };
  if (cidr.ip.leadingZeros || cidr.leadingZeros) {
    return { cidr, problems: ['must not have leading 0s in IP or prefix length'] };
  }
  if (cidr.ip.mapped) return { cidr, problems: ['must not have an IPv4-mapped IPv6 address'] };
  if (hasHostBits(cidr)) return { cidr, problems: ['must not have bits set beyond the prefix length'] };
  return { cidr, problems: [] };
}

/** A mapped address whose network no longer is one differs from it, as in Go's IP.Equal. */
const hasHostBits = ({ ip, network }: Cidr): boolean => ip.family !== network.family || ip.value !== network.value;

/** A CIDR in canonical form (new fields). */
export function isValidCidr(field: string, value: string): FieldError[] {
  const { cidr, problems } = legacyCidrProblems(value);
  if (!cidr || problems.length > 0) return asErrors(field, value, problems);
  const canonical = cidrText(cidr);
  return value === canonical ? [] : [invalid(field, value, `must be in canonical form (${goQuote(canonical)})`)];
}

/** A CIDR of an older field; values that the object already had are fine. */
export const isValidCidrForLegacyField = (field: string, value: string, old: readonly string[] = []): FieldError[] =>
  old.includes(value) ? [] : asErrors(field, value, legacyCidrProblems(value).problems);

/** Warnings about a CIDR of an older field, for a Warning header. */
export function cidrWarnings(field: string, value: string): string[] {
  const cidr = parseCidr(value);
  if (!cidr) return [];
  const { ip, network } = cidr;
  const canonical = goQuote(cidrText(cidr));
  const warnings: string[] = [];
  if (hasHostBits(cidr)) {
    // The mask's length decides, not the family: a mapped address has a mask of 128 bits.
    const single = goQuote(`${ipText(ip)}/${ip.family === 4 && !ip.mapped ? 32 : 128}`);
    warnings.push(
      `${field}: CIDR value ${goQuote(value)} is ambiguous in this context (should be ${canonical} or ${single}?)`,
    );
  }
  if (ip.leadingZeros || cidr.leadingZeros || ip.mapped) {
    warnings.push(`${field}: non-standard CIDR value ${goQuote(value)} is invalid: use ${canonical}`);
  }
  if (warnings.length === 0 && network.family === 6 && cidrText(cidr) !== value) {
    warnings.push(`${field}: IPv6 CIDR value ${goQuote(value)} should be in RFC 5952 canonical format (${canonical})`);
  }
  return warnings;
}

/** An address with the length of its network's prefix (`192.168.1.5/24`), in canonical form. */
export function isValidInterfaceAddress(field: string, value: string): FieldError[] {
  const cidr = parseCidr(value);
  if (!cidr) {
    return [invalid(field, value, 'must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)')];
  }
  const { ip, writtenPrefix } = cidr;
  const prefix = ip.family === 4 && writtenPrefix > 32 ? writtenPrefix - 96 : writtenPrefix;
  const canonical = `${ipText(ip)}/${prefix}`;
  return value === canonical ? [] : [invalid(field, value, `must be in canonical form (${goQuote(canonical)})`)];
}

/**
 * IP addresses and CIDRs as numbers, read and written as Go does it. `parseIp` and `parseCidr` are as lenient as
 * upstream's (`k8s.io/utils/net`: leading zeros are fine) and say when Go's net/netip would refuse the text.
 */

/** An address. An IPv4-mapped IPv6 address counts as IPv4, as in Go's net.IP. */
export interface Ip {
  family: 4 | 6;
  /** 32 or 128 bits. */
  value: bigint;
  /** Written as an IPv4-mapped IPv6 address (`::ffff:10.0.0.1`). */
  mapped: boolean;
  /** Written with leading zeros that net/netip refuses (`010.0.0.1`, or a group of five digits). */
  leadingZeros: boolean;
}

/** A CIDR. As in Go, `::ffff:10.0.0.0/104` is the IPv4 network 10.0.0.0/8. */
export interface Cidr {
  /** The address as written, bits beyond the prefix included. */
  ip: Ip;
  /** The network: `ip` with the bits beyond the prefix cleared. */
  network: Ip;
  /** Length of the prefix in `network`'s family. */
  prefix: number;
  /** Length of the prefix as written, which differs from `prefix` for an IPv4-mapped address. */
  writtenPrefix: number;
  /** The prefix was written with leading zeros. */
  leadingZeros: boolean;
}

const MAPPED = 0xffffn;

/** 32 or 128. */
export const bitsOf = (family: 4 | 6): number => (family === 4 ? 32 : 128);

/** All ones in a family. */
export const allOnes = (family: 4 | 6): bigint => (1n << BigInt(bitsOf(family))) - 1n;

/** An address of a family by its number. */
export const ipOf = (family: 4 | 6, value: bigint): Ip => ({ family, value, mapped: false, leadingZeros: false });

/** `10.0.0.1`, `fe80::1`; undefined for anything that Go's net.ParseIP did not take before it refused leading zeros. */
export function parseIp(text: string): Ip | undefined {
  // As in Go, whichever comes first decides the family.
  for (const one of text) {
    if (one === '.') return parseIpv4(text);
    if (one === ':') return parseIpv6(text);
  }
  return undefined;
}

function parseIpv4(text: string): Ip | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  let leadingZeros = false;
  for (const part of parts) {
    if (!/^[0-9]+$/.test(part)) return undefined;
    const octet = Number(part);
    if (octet > 255) return undefined;
    if (part.length > 1 && part.startsWith('0')) leadingZeros = true;
    value = value * 256 + octet;
  }
  return { family: 4, value: BigInt(value), mapped: false, leadingZeros };
}

function parseIpv6(text: string): Ip | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = halves[0] ? halves[0].split(':') : [];
  const tail = halves[1] ? halves[1].split(':') : [];
  const written = [...head, ...tail];
  const last = text.endsWith('::') ? undefined : written.at(-1);
  const embedded = last?.includes('.') ? parseIpv4(last) : undefined;
  if (last?.includes('.') && !embedded) return undefined;
  let leadingZeros = embedded?.leadingZeros ?? false;
  const groups: bigint[] = [];
  const plain = embedded ? written.slice(0, -1) : written;
  for (const part of plain) {
    if (!/^[0-9a-fA-F]+$/.test(part)) return undefined;
    const group = Number.parseInt(part, 16);
    if (group > 0xffff) return undefined;
    if (part.length > 4) leadingZeros = true;
    groups.push(BigInt(group));
  }
  if (embedded) groups.push(embedded.value >> 16n, embedded.value & 0xffffn);
  // `::` stands for at least one group.
  const missing = 8 - groups.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  if (missing > 0) groups.splice(head.length, 0, ...Array<bigint>(missing).fill(0n));
  const value = groups.reduce((all, group) => (all << 16n) | group, 0n);
  const mapped = value >> 32n === MAPPED;
  return mapped
    ? { family: 4, value: value & 0xffff_ffffn, mapped, leadingZeros }
    : { family: 6, value, mapped, leadingZeros };
}

/** The canonical text: dotted decimals, or RFC 5952 for IPv6. */
export function ipText({ family, value }: Ip): string {
  if (family === 4) {
    const all = Number(value);
    return [all >>> 24, (all >>> 16) & 255, (all >>> 8) & 255, all & 255].join('.');
  }
  return ipv6Text(value);
}

/** RFC 5952: lower case, the first longest run of two or more zero groups as `::`. */
function ipv6Text(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(112 - 16 * index)) & 0xffffn));
  let start = -1;
  let length = 1;
  for (let from = 0; from < 8; from++) {
    let to = from;
    while (to < 8 && groups[to] === 0) to++;
    if (to - from > length) {
      start = from;
      length = to - from;
    }
    from = Math.max(from, to - 1);
  }
  const text = (part: number[]) => part.map((group) => group.toString(16)).join(':');
  if (start < 0) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

/** `10.0.0.0/8`, also with bits beyond the prefix; undefined for anything else. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const address = text.slice(0, slash);
  const length = text.slice(slash + 1);
  const ip = parseIpv4(address) ?? parseIpv6(address);
  if (!ip || !/^[0-9]+$/.test(length)) return undefined;
  const writtenPrefix = Number(length);
  const writtenFamily = ip.family === 4 && !ip.mapped ? 4 : 6;
  if (writtenPrefix > bitsOf(writtenFamily)) return undefined;
  const full = ip.mapped ? (MAPPED << 32n) | ip.value : ip.value;
  const masked =
    (full >> BigInt(bitsOf(writtenFamily) - writtenPrefix)) << BigInt(bitsOf(writtenFamily) - writtenPrefix);
  const stillMapped = ip.mapped && writtenPrefix >= 96;
  const network: Ip = stillMapped
    ? { family: 4, value: masked & 0xffff_ffffn, mapped: true, leadingZeros: false }
    : ipOf(writtenFamily, masked);
  return {
    ip,
    network,
    prefix: stillMapped ? writtenPrefix - 96 : writtenPrefix,
    writtenPrefix,
    leadingZeros: length.length > 1 && length.startsWith('0'),
  };
}

/** `10.0.0.0/8`: the network, bits beyond the prefix cleared. */
export const cidrText = ({ network, prefix }: Cidr): string => `${ipText(network)}/${prefix}`;

/** Is the address one of the network's? */
export function cidrContains({ network, prefix }: Cidr, ip: Ip): boolean {
  if (network.family !== ip.family) return false;
  const shift = BigInt(bitsOf(ip.family) - prefix);
  return network.value >> shift === ip.value >> shift;
}

/** How many addresses the network has. */
export const cidrSize = ({ network, prefix }: Cidr): bigint => 1n << BigInt(bitsOf(network.family) - prefix);

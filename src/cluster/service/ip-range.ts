import { allOnes, bitsOf, type Cidr, cidrSize, type Ip, ipOf, ipText, parseCidr } from '../validation/address.ts';
import type { AddressSet } from './address-set.ts';

/** A network that Services get addresses from, in the two bands of KEP-3070. */
export interface IpRange {
  cidr: Cidr;
  family: 4 | 6;
  /** The first and the last address that may be given away; first > last when there is none. */
  first: bigint;
  last: bigint;
  /** How many addresses at the start are only given away by chance when the rest is full. */
  offset: bigint;
}

/** A uniform integer in [0, below), below being at most 2^32. */
export type Random = (below: number) => number;

/** How long an IPv6 prefix has to be, at least. */
const SHORTEST_IPV6_PREFIX = 64;

const OFFSET_LEAST = 16n;
const OFFSET_MOST = 256n;
const OFFSET_STEP = 16n;

/**
 * The range of a network (`pkg/registry/core/service/ipallocator/ipallocator.go`): without the network's own address
 * and IPv4's broadcast address. Undefined for networks that upstream makes no allocator for.
 */
export function ipRange(text: string): IpRange | undefined {
  const cidr = parseCidr(text);
  if (!cidr) return undefined;
  const { family, value } = cidr.network;
  if (family === 6 && cidr.prefix < SHORTEST_IPV6_PREFIX) return undefined;
  const size = cidrSize(cidr);
  const first = value + 1n;
  const last = value + size - (family === 4 ? 2n : 1n);
  return { cidr, family, first, last, offset: bandOffset(cidr) };
}

/** `min(max(16, size / 16), 256)`; 0 for networks of up to 16 addresses. */
function bandOffset(cidr: Cidr): bigint {
  // Upstream gives up on counting the halves of the whole IPv4 space.
  if (cidr.network.family === 4 && cidr.prefix <= 1) return 0n;
  const size = cidrSize(cidr);
  if (size <= OFFSET_LEAST) return 0n;
  const offset = size / OFFSET_STEP;
  if (offset < OFFSET_LEAST) return OFFSET_LEAST;
  return offset > OFFSET_MOST ? OFFSET_MOST : offset;
}

/** Can this address be given away from the range? */
export const inRange = ({ family, first, last }: IpRange, ip: Ip): boolean =>
  ip.family === family && ip.value >= first && ip.value <= last;

/**
 * A free address: the first one from a random place in the upper band, going round, then the same in the lower band;
 * undefined when the range is full. Claims nothing.
 */
export function nextFreeIp(range: IpRange, taken: AddressSet, random: Random): Ip | undefined {
  const { family, first, last, offset } = range;
  const dynamic = first + offset;
  if (last < dynamic) return undefined;
  const upper = freeAround(family, dynamic, last, taken, random);
  if (upper !== undefined) return ipOf(family, upper);
  if (offset === 0n) return undefined;
  const lower = freeAround(family, first, dynamic - 1n, taken, random);
  return lower === undefined ? undefined : ipOf(family, lower);
}

function freeAround(family: 4 | 6, from: bigint, to: bigint, taken: AddressSet, random: Random): bigint | undefined {
  const start = from + randomBelow(to - from + 1n, random);
  return taken.firstFree(family, start, to) ?? (start > from ? taken.firstFree(family, from, start - 1n) : undefined);
}

const WORD = 2 ** 32;

function randomBelow(below: bigint, random: Random): bigint {
  if (below <= BigInt(WORD)) return BigInt(random(Number(below)));
  // 128 random bits for a range of at most 2^64: what the remainder prefers can't be seen.
  let all = 0n;
  for (let word = 0; word < 4; word++) all = (all << 32n) | BigInt(random(WORD));
  return all % below;
}

/** The network's own address and IPv4's broadcast address don't count as contained (`pkg/api/servicecidr`). */
export function containsIp({ network, prefix }: Cidr, ip: Ip): boolean {
  if (network.family !== ip.family || network.value === ip.value) return false;
  const hosts = BigInt(bitsOf(ip.family) - prefix);
  const mask = allOnes(ip.family) >> BigInt(prefix);
  if (ip.family === 4 && (network.value | mask) === ip.value) return false;
  return network.value >> hosts === ip.value >> hosts;
}

/** The network's own address: what a dry run answers. */
export const baseAddress = ({ cidr }: IpRange): string => ipText(cidr.network);

import { ipText, parseIp } from '../validation/address.ts';
import type { AddressSet } from './address-set.ts';
import { baseAddress, containsIp, inRange, ipRange, type IpRange, nextFreeIp, type Random } from './ip-range.ts';

/** A ServiceCIDR as the allocator sees it. */
export interface CidrState {
  name: string;
  cidrs: readonly string[];
  /** Its condition Ready is not False. */
  ready: boolean;
  /** It has a deletionTimestamp. */
  deleting: boolean;
}

/** What is wrong with an allocation, in upstream's words. `full` becomes a 500, everything else a 422. */
export class AllocationError extends Error {
  override name = 'AllocationError';
  readonly full: boolean;

  constructor(message: string, full = false) {
    super(message);
    this.full = full;
  }
}

const FULL = 'range is full';
const NOT_READY = 'allocator not ready';
const ALLOCATED = 'provided IP is already allocated';
const MISMATCH = 'the provided network does not match the current range';

interface Source {
  range: IpRange;
  ready: boolean;
}

/** Ranges by their text: ServiceCIDRs are few and don't change. */
const ranges = new Map<string, IpRange | undefined>();
const RANGES_MOST = 1000;

function rangeOf(text: string): IpRange | undefined {
  if (!ranges.has(text)) {
    if (ranges.size >= RANGES_MOST) ranges.clear();
    ranges.set(text, ipRange(text));
  }
  return ranges.get(text);
}

/**
 * The addresses of one family, out of all ServiceCIDRs: upstream's MetaAllocator
 * (`pkg/registry/core/service/ipallocator/cidrallocator.go`). Claims nothing by itself.
 */
export class IpPool {
  readonly #sources: Source[];
  readonly #taken: AddressSet;
  readonly #random: Random;

  constructor(family: 4 | 6, cidrs: readonly CidrState[], taken: AddressSet, random: Random) {
    const byText = new Map<string, Source>();
    for (const cidr of cidrs) {
      const ready = cidr.ready && !cidr.deleting;
      for (const text of cidr.cidrs) {
        const known = byText.get(text);
        if (known) {
          known.ready ||= ready;
          continue;
        }
        const range = rangeOf(text);
        if (range?.family === family) byText.set(text, { range, ready });
      }
    }
    this.#sources = [...byText.values()];
    this.#taken = taken;
    this.#random = random;
  }

  /** Upstream takes any of them first: the order of a Go map. */
  #anyOrder(): Source[] {
    const sources = this.#sources;
    if (sources.length < 2) return sources;
    const start = this.#random(sources.length);
    return [...sources.slice(start), ...sources.slice(0, start)];
  }

  /** A free address in canonical form. `mayClaim` is asked about a range's address before it is given. */
  next(mayClaim: (ip: string) => void): string {
    for (const { range, ready } of this.#anyOrder()) {
      const ip = ready ? nextFreeIp(range, this.#taken, this.#random) : undefined;
      if (!ip) continue;
      const text = ipText(ip);
      mayClaim(text);
      return text;
    }
    throw new AllocationError(FULL, true);
  }

  /** Throws when this address can't be had. Gives its canonical form. */
  explicit(text: string, mayClaim: (ip: string) => void): string {
    const ip = parseIp(text);
    if (!ip) throw new AllocationError(`failed to parse service IP "${text}"`);
    if (!this.#sources.some(({ range, ready }) => ready && containsIp(range.cidr, ip))) {
      throw new AllocationError(MISMATCH);
    }
    const canonical = ipText(ip);
    mayClaim(canonical);
    if (this.#taken.has(ip)) throw new AllocationError(ALLOCATED);
    return canonical;
  }

  /** What a dry run answers: the base of any one range. */
  dryNext(): string {
    const source = this.#anyOrder()[0];
    if (!source?.ready) throw new AllocationError(NOT_READY);
    return baseAddress(source.range);
  }

  /** A dry run looks at any one range, and not whether the address is taken. */
  dryExplicit(text: string): void {
    const ip = parseIp(text);
    const source = this.#anyOrder()[0];
    if (!source?.ready || !ip) throw new AllocationError(NOT_READY);
    if (inRange(source.range, ip)) return;
    const { network, prefix } = source.range.cidr;
    throw new AllocationError(
      `the provided IP (${ipText(ip)}) is not in the valid range. ` +
        `The range of valid IPs is ${ipText(network)}/${prefix}`,
    );
  }

  /** Only addresses of a ServiceCIDR, ready or not, are given back. */
  releases(text: string): string | undefined {
    const ip = parseIp(text);
    return ip && this.#sources.some(({ range }) => containsIp(range.cidr, ip)) ? ipText(ip) : undefined;
  }
}

import type { Random } from './ip-range.ts';

/** What is wrong with a port, in upstream's words. */
export class PortError extends Error {
  override name = 'PortError';
}

/** What a change takes and gives back, as far as ports go. */
export interface PortChange {
  claims: { ports: readonly number[] };
  releases: { ports: readonly number[] };
}

const OFFSET_LEAST = 16;
const OFFSET_MOST = 128;
const OFFSET_STEP = 32;

/** Node ports as `--service-node-port-range` has them by default. */
export const NODE_PORTS = { first: 30_000, last: 32_767 } as const;

/**
 * The node ports that are taken (`pkg/registry/core/service/portallocator`): a bitmap in two bands. The first
 * `min(max(16, size / 32), 128)` ports are only given away by chance when the rest is full.
 */
export class PortAllocator {
  readonly first: number;
  readonly last: number;
  readonly #taken: Uint32Array;
  readonly #offset: number;
  #count = 0;

  /** `first` and `last` are ports of the range. Throws RangeError on a range that is none. */
  constructor({ first, last }: { first: number; last: number } = NODE_PORTS) {
    if (!(first > 0 && last <= 65_535 && first <= last)) throw new RangeError(`no range of ports: ${first}-${last}`);
    this.first = first;
    this.last = last;
    this.#taken = new Uint32Array((this.size + 31) >>> 5);
    this.#offset =
      this.size <= OFFSET_LEAST
        ? 0
        : Math.min(Math.max(OFFSET_LEAST, Math.floor(this.size / OFFSET_STEP)), OFFSET_MOST);
  }

  get size(): number {
    return this.last - this.first + 1;
  }

  /** How many ports can still be had. */
  get free(): number {
    return this.size - this.#count;
  }

  /** `30000-32767` */
  get range(): string {
    return `${this.first}-${this.last}`;
  }

  contains(port: number): boolean {
    return port >= this.first && port <= this.last;
  }

  has(port: number): boolean {
    if (!this.contains(port)) return false;
    const at = port - this.first;
    return ((this.#taken[at >>> 5] ?? 0) & (1 << (at & 31))) !== 0;
  }

  /** Takes a port; false when it is out of the range or taken already. */
  claim(port: number): boolean {
    if (!this.contains(port) || this.has(port)) return false;
    const at = port - this.first;
    this.#taken[at >>> 5] = (this.#taken[at >>> 5] ?? 0) | (1 << (at & 31));
    this.#count++;
    return true;
  }

  /** Gives a port back; nothing happens to ports that aren't taken. */
  release(port: number): void {
    if (!this.has(port)) return;
    const at = port - this.first;
    this.#taken[at >>> 5] = (this.#taken[at >>> 5] ?? 0) & ~(1 << (at & 31));
    this.#count--;
  }

  /** Makes a change true, after what it is for has been stored. */
  commit({ claims, releases }: PortChange): void {
    for (const port of claims.ports) this.claim(port);
    for (const port of releases.ports) this.release(port);
  }

  /** All taken ports, in order. */
  *taken(): Generator<number> {
    for (let port = this.first; port <= this.last; port++) if (this.has(port)) yield port;
  }

  /**
   * A port that is free and not in `pending`: the first from a random place in the upper band, going round, then the
   * same in the lower band; undefined when the range is full.
   */
  next(pending: ReadonlySet<number>, random: Random): number | undefined {
    if (this.free <= pending.size && this.free <= countIn(this, pending)) return undefined;
    const upper = this.#around(this.first + this.#offset, this.last, pending, random);
    if (upper !== undefined || this.#offset === 0) return upper;
    return this.#around(this.first, this.first + this.#offset - 1, pending, random);
  }

  #around(from: number, to: number, pending: ReadonlySet<number>, random: Random): number | undefined {
    const size = to - from + 1;
    const start = random(size);
    for (let step = 0; step < size; step++) {
      const port = from + ((start + step) % size);
      if (!this.has(port) && !pending.has(port)) return port;
    }
    return undefined;
  }
}

const countIn = (ports: PortAllocator, pending: ReadonlySet<number>): number => {
  let count = 0;
  for (const port of pending) if (ports.contains(port) && !ports.has(port)) count++;
  return count;
};

/** A dry run's first made-up port. */
const DRY_BASE = 32_768;
const DRY_SEARCH_END = 100;

/** The ports of one change: nothing is taken from the allocator before its commit (upstream's PortAllocationOperation). */
export class PortOperation {
  readonly #ports: PortAllocator;
  readonly #dryRun: boolean;
  readonly #random: Random;
  readonly #claimed = new Set<number>();
  readonly #released: number[] = [];

  constructor(ports: PortAllocator, dryRun: boolean, random: Random) {
    this.#ports = ports;
    this.#dryRun = dryRun;
    this.#random = random;
  }

  get claims(): number[] {
    return this.#dryRun ? [] : [...this.#claimed];
  }

  get releases(): number[] {
    return this.#dryRun ? [] : [...this.#released];
  }

  /** Takes this port. Throws PortError. A dry run does not mind the range, as upstream's does not. */
  claim(port: number): void {
    if (!this.#dryRun && !this.#ports.contains(port)) {
      throw new PortError(`provided port is not in the valid range. The range of valid ports is ${this.#ports.range}`);
    }
    if (this.#ports.has(port) || this.#claimed.has(port)) throw new PortError('provided port is already allocated');
    this.#claimed.add(port);
  }

  /** Takes any port. Throws PortError when the range is full. */
  claimNext(): number {
    const port = this.#dryRun ? this.#dryNext() : this.#ports.next(this.#claimed, this.#random);
    if (port === undefined) throw new PortError('range is full');
    this.#claimed.add(port);
    return port;
  }

  /** Made up: the number after the greatest of this operation, 32769 to begin with. */
  #dryNext(): number {
    const after = this.#claimed.size > 0 ? Math.max(0, ...this.#claimed) : DRY_BASE;
    for (let port = after + 1; port < DRY_SEARCH_END; port++) {
      if (!this.#ports.has(port) && !this.#claimed.has(port)) return port;
    }
    return after + 1;
  }

  /** Gives a port back with the commit. */
  release(port: number): void {
    this.#released.push(port);
  }
}

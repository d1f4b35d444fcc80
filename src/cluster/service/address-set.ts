import { type Ip, parseIp } from '../validation/address.ts';

/** Addresses a page holds: 4 KiB of bits. */
const PAGE_BITS = 15n;
const PAGE_SIZE = 1 << 15;
const LOW = BigInt(PAGE_SIZE - 1);
const FULL = 0xffff_ffff;

interface Page {
  bits: Uint32Array;
  count: number;
}

/**
 * The addresses that are taken, of both families: one for each IPAddress object. A sparse bitmap, so that finding a
 * free address next to many taken ones takes a look at a word for every 32 of them.
 */
export class AddressSet {
  readonly #pages = { 4: new Map<bigint, Page>(), 6: new Map<bigint, Page>() };
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds the address that an IPAddress is named after. Other texts are ignored. */
  add(text: string): void {
    const ip = parseIp(text);
    if (!ip) return;
    const pages = this.#pages[ip.family];
    const key = ip.value >> PAGE_BITS;
    let page = pages.get(key);
    if (!page) {
      page = { bits: new Uint32Array(PAGE_SIZE / 32), count: 0 };
      pages.set(key, page);
    }
    const at = Number(ip.value & LOW);
    const word = page.bits[at >>> 5] ?? 0;
    const mask = 1 << (at & 31);
    if (word & mask) return;
    page.bits[at >>> 5] = word | mask;
    page.count++;
    this.#size++;
  }

  delete(text: string): void {
    const ip = parseIp(text);
    if (!ip) return;
    const pages = this.#pages[ip.family];
    const key = ip.value >> PAGE_BITS;
    const page = pages.get(key);
    const at = Number(ip.value & LOW);
    const mask = 1 << (at & 31);
    if (!page || !((page.bits[at >>> 5] ?? 0) & mask)) return;
    page.bits[at >>> 5] = (page.bits[at >>> 5] ?? 0) & ~mask;
    page.count--;
    this.#size--;
    if (page.count === 0) pages.delete(key);
  }

  has({ family, value }: Pick<Ip, 'family' | 'value'>): boolean {
    const page = this.#pages[family].get(value >> PAGE_BITS);
    if (!page) return false;
    const at = Number(value & LOW);
    return ((page.bits[at >>> 5] ?? 0) & (1 << (at & 31))) !== 0;
  }

  /** The first free address from `from` to `to`, both included; undefined when there is none. */
  firstFree(family: 4 | 6, from: bigint, to: bigint): bigint | undefined {
    for (let next = from; next <= to; ) {
      const key = next >> PAGE_BITS;
      const page = this.#pages[family].get(key);
      if (!page) return next;
      if (page.count < PAGE_SIZE) {
        const at = freeInPage(page, Number(next & LOW));
        if (at !== undefined) {
          const found = (key << PAGE_BITS) | BigInt(at);
          return found <= to ? found : undefined;
        }
      }
      next = (key + 1n) << PAGE_BITS;
    }
    return undefined;
  }
}

function freeInPage({ bits }: Page, from: number): number | undefined {
  let index = from >>> 5;
  // Bits before `from` count as taken.
  let word = ((bits[index] ?? 0) | ((1 << (from & 31)) - 1)) >>> 0;
  for (;;) {
    if (word !== FULL) {
      const free = ~word;
      return index * 32 + (31 - Math.clz32(free & -free));
    }
    index++;
    if (index === bits.length) return undefined;
    word = (bits[index] ?? 0) >>> 0;
  }
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AddressSet } from '../../../src/cluster/service/address-set.ts';
import { IpPool } from '../../../src/cluster/service/ip-pool.ts';
import { ipRange, nextFreeIp } from '../../../src/cluster/service/ip-range.ts';
import { PortAllocator, PortOperation } from '../../../src/cluster/service/port-allocator.ts';
import { cidrSize, ipText, parseIp } from '../../../src/cluster/validation/address.ts';

/** A generator of numbers from a list of fractions, going round. */
function randomFrom(fractions: number[]): (below: number) => number {
  let index = 0;
  return (below) => Math.floor((fractions[index++ % fractions.length] ?? 0) * below);
}

const fractions = fc.array(fc.double({ min: 0, max: 0.999_999, noNaN: true }), { minLength: 1, maxLength: 20 });
const smallCidr = fc
  .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 22, max: 32 }), fc.boolean())
  .map(([octet, prefix, six]) => (six ? `fd00:${octet}::/${prefix + 96}` : `10.${octet}.0.0/${prefix}`));

/** How many addresses of a network can be given away. */
function usable(text: string): number {
  const range = ipRange(text);
  if (!range) throw new Error(text);
  const reserved = range.family === 4 ? 2n : 1n;
  const size = cidrSize(range.cidr) - reserved;
  return size > 0n ? Number(size) : 0;
}

describe('addresses', () => {
  test('each is given once, all are given, none is outside; then the range is full', () => {
    fc.assert(
      fc.property(smallCidr, fractions, (text, numbers) => {
        const range = ipRange(text);
        if (!range) throw new Error(text);
        const taken = new AddressSet();
        const random = randomFrom(numbers);
        const seen = new Set<string>();
        for (let count = 0; count < usable(text); count++) {
          const ip = nextFreeIp(range, taken, random);
          if (!ip) throw new Error(`full after ${count} of ${usable(text)}`);
          expect(ip.value >= range.first && ip.value <= range.last).toBe(true);
          const lower = ip.value < range.first + range.offset;
          // The lower band only once the upper one is full.
          if (lower) expect(seen.size).toBeGreaterThanOrEqual(usable(text) - Number(range.offset));
          expect(seen.has(ipText(ip))).toBe(false);
          seen.add(ipText(ip));
          taken.add(ipText(ip));
        }
        expect(nextFreeIp(range, taken, random)).toBeUndefined();
        const [some] = seen;
        if (!some) return;
        taken.delete(some);
        expect(ipText(nextFreeIp(range, taken, random) ?? { ...range.cidr.ip })).toBe(some);
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    ['10.96.0.0/16', 256n],
    ['10.0.0.0/24', 16n],
    ['10.0.0.0/20', 256n],
    ['10.0.0.0/23', 32n],
    ['10.0.0.0/27', 16n],
    ['10.0.0.0/28', 0n],
    ['fd00::/112', 256n],
    ['fd00::/64', 256n],
    ['fd00::/124', 0n],
  ])('%s keeps %s addresses for those who ask for one', (text, offset) => {
    expect(ipRange(text)?.offset).toBe(offset);
  });

  test('networks longer than an IPv6 /64 have no allocator', () => {
    expect(ipRange('fd00::/63')).toBeUndefined();
    expect(ipRange('fd00::/64')).toBeDefined();
  });

  test('a set is what was added and not deleted', () => {
    const address = fc.oneof(
      fc.integer({ min: 0, max: 70_000 }).map((value) => ipText({ ...anyIp(4), value: BigInt(value) })),
      fc.bigInt({ min: 0n, max: 70_000n }).map((value) => ipText({ ...anyIp(6), value: (0xfdn << 120n) + value })),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), address), { maxLength: 200 }), (steps) => {
        const set = new AddressSet();
        const model = new Set<string>();
        for (const [add, text] of steps) {
          if (add) set.add(text);
          else set.delete(text);
          if (add) model.add(text);
          else model.delete(text);
        }
        expect(set.size).toBe(model.size);
        for (const [, text] of steps) expect(set.has(parseIp(text) ?? anyIp(4))).toBe(model.has(text));
      }),
    );
  });

  test('the first free address after a long run, across pages', () => {
    const set = new AddressSet();
    const base = parseIp('10.0.127.0')?.value ?? 0n;
    for (let step = 0n; step < 600n; step++) set.add(ipText({ ...anyIp(4), value: base + step }));
    expect(set.firstFree(4, base, base + 10_000n)).toBe(base + 600n);
    expect(set.firstFree(4, base, base + 599n)).toBeUndefined();
    expect(set.firstFree(4, base - 1n, base)).toBe(base - 1n);
  });

  test('several ServiceCIDRs: those that are not ready give nothing, full ones make room for the others', () => {
    const taken = new AddressSet();
    const states = [
      { name: 'a', cidrs: ['10.0.0.0/30'], ready: true, deleting: false },
      { name: 'b', cidrs: ['10.0.1.0/30'], ready: true, deleting: true },
      { name: 'c', cidrs: ['10.0.2.0/30', 'fd00::/126'], ready: true, deleting: false },
      { name: 'd', cidrs: ['10.0.3.0/30'], ready: false, deleting: false },
    ];
    const pool = new IpPool(4, states, taken, () => 0);
    const given: string[] = [];
    for (let count = 0; count < 4; count++) {
      const ip = pool.next(() => {});
      given.push(ip);
      taken.add(ip);
    }
    expect(given).toEqual(['10.0.0.1', '10.0.0.2', '10.0.2.1', '10.0.2.2']);
    expect(() => pool.next(() => {})).toThrow('range is full');
    expect(() => pool.explicit('10.0.0.1', () => {})).toThrow('provided IP is already allocated');
    expect(() => pool.explicit('10.0.1.1', () => {})).toThrow('the provided network does not match the current range');
    expect(pool.releases('10.0.1.1')).toBe('10.0.1.1');
    expect(pool.releases('10.0.9.1')).toBeUndefined();
  });
});

const anyIp = (family: 4 | 6) => ({ family, value: 0n, mapped: false, leadingZeros: false }) as const;

describe('node ports', () => {
  const range = fc
    .tuple(fc.integer({ min: 1, max: 60_000 }), fc.integer({ min: 1, max: 3000 }))
    .map(([first, size]) => ({ first, last: first + size - 1 }));

  test('each is given once, all are given, none is outside; then the range is full', () => {
    fc.assert(
      fc.property(range, fractions, (ports, numbers) => {
        const allocator = new PortAllocator(ports);
        const random = randomFrom(numbers);
        const size = ports.last - ports.first + 1;
        const offset = size <= 16 ? 0 : Math.min(Math.max(16, Math.floor(size / 32)), 128);
        for (let count = 0; count < size; count++) {
          const port = allocator.next(new Set(), random);
          if (port === undefined) throw new Error(`full after ${count}`);
          expect(allocator.contains(port)).toBe(true);
          if (port < ports.first + offset) expect(count).toBeGreaterThanOrEqual(size - offset);
          expect(allocator.claim(port)).toBe(true);
        }
        expect(allocator.free).toBe(0);
        expect(allocator.next(new Set(), random)).toBeUndefined();
        const back = ports.first + Math.floor(size / 2);
        allocator.release(back);
        expect(allocator.next(new Set(), random)).toBe(back);
      }),
      { numRuns: 12 },
    );
  });

  test('an operation takes nothing before its commit, and gives no port twice', () => {
    const allocator = new PortAllocator({ first: 30_000, last: 30_002 });
    const operation = new PortOperation(allocator, false, () => 0);
    operation.claim(30_001);
    expect(() => operation.claim(30_001)).toThrow('provided port is already allocated');
    expect([operation.claimNext(), operation.claimNext()]).toEqual([30_000, 30_002]);
    expect(() => operation.claimNext()).toThrow('range is full');
    expect(() => operation.claim(40_000)).toThrow('The range of valid ports is 30000-30002');
    expect(allocator.free).toBe(3);
    allocator.commit({ claims: { ports: operation.claims }, releases: { ports: operation.releases } });
    expect([...allocator.taken()]).toEqual([30_000, 30_001, 30_002]);
  });

  test("a dry run's ports are made up, and it does not mind the range", () => {
    const operation = new PortOperation(new PortAllocator(), true, () => 0);
    expect([operation.claimNext(), operation.claimNext()]).toEqual([32_769, 32_770]);
    operation.claim(80);
    expect(operation.claims).toEqual([]);
    const low = new PortOperation(new PortAllocator(), true, () => 0);
    low.claim(50);
    expect(low.claimNext()).toBe(51);
  });
});

import { describe, expect, test } from 'vitest';
import { AddressPool, podAddresses } from '../../../src/cluster/network/address-pool.ts';
import { nodeAddresses, serviceCidrProblem } from '../../../src/cluster/network/addresses.ts';

describe('addresses of nodes and pods', () => {
  test.each([
    [
      'kernel',
      1,
      ['10.0.1.1', 'fd00:10:0:1::1'],
      ['10.244.1.2', 'fd00:10:244:1::2'],
      ['10.244.1.254', 'fd00:10:244:1::fe'],
    ],
    [
      'kernel',
      250,
      ['10.0.1.250', 'fd00:10:0:1::fa'],
      ['10.244.250.2', 'fd00:10:244:fa::2'],
      ['10.244.250.254', 'fd00:10:244:fa::fe'],
    ],
    ['loopback', 17, ['127.64.0.17'], ['127.65.17.2'], ['127.65.17.254']],
  ] as const)('%s mode, node %i', (mode, index, node, first, last) => {
    const { addresses, podCidrs } = nodeAddresses(mode, index);
    expect(addresses).toEqual(node);
    expect(podAddresses(podCidrs, AddressPool.FIRST)).toEqual(first);
    expect(podAddresses(podCidrs, AddressPool.LAST)).toEqual(last);
  });

  test.each([0, 251, 1.5])('there is no node %d', (index) => {
    expect(() => nodeAddresses('kernel', index)).toThrow('an index is a number from 1 to 250');
  });

  test('what is given back is given out last, and there are 253', () => {
    const pool = new AddressPool();
    expect([pool.take(), pool.take(), pool.take()]).toEqual([2, 3, 4]);
    pool.giveBack(3);
    pool.giveBack(2);
    const rest = Array.from({ length: 252 }, () => pool.take());
    expect(rest.slice(0, 2)).toEqual([5, 6]);
    expect(rest.slice(-3)).toEqual([254, 3, 2]);
    expect(pool.take()).toBeUndefined();
    pool.giveBack(77);
    expect(pool.take()).toBe(77);
  });
});

test.each([
  ['kernel', '10.96.0.0/16', undefined],
  ['kernel', 'fd00:10:96::/112', undefined],
  ['kernel', '172.20.0.0/16', undefined],
  ['kernel', '10.0.0.0/8', 'overlaps 10.0.0.0/23, the addresses of nodes'],
  ['kernel', '10.0.1.128/25', 'overlaps 10.0.0.0/23, the addresses of nodes'],
  ['kernel', '10.244.7.0/24', 'overlaps 10.244.0.0/16, the addresses of pods'],
  ['kernel', 'fd00:10::/112', 'overlaps fd00:10::1/128, the addresses of the router'],
  ['loopback', '127.96.0.0/16', undefined],
  ['loopback', '127.0.0.0/24', 'overlaps 127.0.0.0/16, the addresses of this machine'],
  ['loopback', '127.65.3.0/24', 'overlaps 127.65.0.0/16, the addresses of pods'],
  ['loopback', '10.96.0.0/16', 'is not in 127.0.0.0/8'],
  ['loopback', 'fd00:10:96::/112', 'is not in 127.0.0.0/8'],
] as const)('Services of %s mode in %s: %s', (mode, cidr, problem) => {
  const found = serviceCidrProblem(mode, cidr);
  if (problem === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(problem);
});

import { expect, test } from 'vitest';
import { addressesOf, readAddress, readRange } from '../../src/service/address.ts';

test.each([
  ['10.0.0.1', 'IPv4 10.0.0.1'],
  ['010.000.0.08', 'IPv4 10.0.0.8'],
  ['10.0.0.256', undefined],
  ['10.0.1', undefined],
  ['1', undefined],
  ['FD00:0:0::1', 'IPv6 fd00::1'],
  ['fd00:1:0:0:1:0:0:1', 'IPv6 fd00:1::1:0:0:1'],
  ['::ffff:10.0.0.1', 'IPv4 10.0.0.1'],
  ['fe80::1%eth0', undefined],
  ['web', undefined],
  ['', undefined],
])('%s is %s', (text, expected) => {
  const read = readAddress(text);
  expect(read && `${read.family} ${read.text}`).toBe(expected);
});

test('of a list only one family counts', () => {
  expect(addressesOf('IPv6', ['10.0.0.1', 'fd00::1', ' ', 'x'])).toEqual(['fd00::1']);
  expect(addressesOf('IPv4', undefined)).toEqual([]);
});

test.each([
  ['10.0.0.0/8', '10.255.0.1', true],
  ['10.0.0.5/8', '10.255.0.1', true],
  ['10.0.0.0/8', '11.0.0.1', false],
  ['10.0.0.1', '10.0.0.1', true],
  ['10.0.0.1', '10.0.0.2', false],
  ['10.0.0.0/8', 'fd00::1', false],
  [' fd00::/64 ', 'fd00::1', true],
  ['fd00::/64', 'fd00:0:0:1::1', false],
  ['0.0.0.0/0', '1.2.3.4', true],
])('%s contains %s: %s', (range, address, expected) => {
  expect(readRange(range)?.contains(address)).toBe(expected);
});

test.each(['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', 'web/8', 'fd00::/129', ''])('%j is no range', (text) => {
  expect(readRange(text)).toBeUndefined();
});

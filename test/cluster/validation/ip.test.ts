import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { line } from '../../../src/cluster/api/field-error.ts';
import {
  cidrContains,
  cidrSize,
  cidrText,
  ipOf,
  ipText,
  parseCidr,
  parseIp,
} from '../../../src/cluster/validation/address.ts';
import {
  cidrWarnings,
  ipWarnings,
  isValidCidr,
  isValidCidrForLegacyField,
  isValidInterfaceAddress,
  isValidIp,
  isValidIpForLegacyField,
} from '../../../src/cluster/validation/ip.ts';

describe('IP addresses', () => {
  test.each([
    ['10.0.0.1', '10.0.0.1'],
    ['010.0.0.001', '10.0.0.1'],
    ['::', '::'],
    ['FE80:0:0:0:0:0:0:0abc', 'fe80::abc'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:0:2:3:0:0:4', '1::2:3:0:0:4'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
  ])('%s is %s', (text, canonical) => {
    expect(ipText(parseIp(text) ?? ipOf(4, 0n))).toBe(canonical);
  });

  test.each([
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '256.0.0.1',
    '1.2.3.',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8::',
  ])('%j is none', (text) => {
    expect(parseIp(text)).toBeUndefined();
  });

  test('reads what it writes', () => {
    const any = fc.oneof(
      fc.bigInt(0n, 2n ** 32n - 1n).map((value) => ipOf(4, value)),
      fc.bigInt(0n, 2n ** 128n - 1n).map((value) => ipOf(6, value)),
    );
    fc.assert(
      fc.property(any, (ip) => {
        expect(parseIp(ipText(ip))).toEqual(ip);
      }),
    );
  });

  test.each([
    ['10.0.0.1', [], [], []],
    [
      'x',
      ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
      ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
      [],
    ],
    [
      '010.0.0.1',
      ['must not have leading 0s'],
      ['must not have leading 0s'],
      ['non-standard IP address "010.0.0.1" is invalid: use "10.0.0.1"'],
    ],
    [
      '::ffff:10.0.0.1',
      ['must not be an IPv4-mapped IPv6 address'],
      ['must not be an IPv4-mapped IPv6 address'],
      ['non-standard IP address "::ffff:10.0.0.1" is invalid: use "10.0.0.1"'],
    ],
    [
      '::0001',
      ['must be in canonical form ("::1")'],
      [],
      ['IPv6 address "::0001" should be in RFC 5952 canonical format ("::1")'],
    ],
  ])('%s in new and in older fields', (value, strict, legacy, warnings) => {
    const lineOf = (wrong: string) => `ip: Invalid value: "${value}": ${wrong}`;
    expect(isValidIp('ip', value).map(line)).toEqual(strict.map(lineOf));
    expect(isValidIpForLegacyField('ip', value).map(line)).toEqual(legacy.map(lineOf));
    expect(isValidIpForLegacyField('ip', value, [value])).toEqual([]);
    expect(ipWarnings('ip', value)).toEqual(warnings.map((one) => `ip: ${one}`));
  });
});

describe('CIDRs', () => {
  test.each([
    ['10.0.0.0/8', '10.0.0.0/8', 2n ** 24n],
    ['10.1.2.3/8', '10.0.0.0/8', 2n ** 24n],
    ['fe80::1/64', 'fe80::/64', 2n ** 64n],
    ['::ffff:10.1.2.3/104', '10.0.0.0/8', 2n ** 24n],
    ['::ffff:10.1.2.3/64', '::/64', 2n ** 64n],
    ['0.0.0.0/0', '0.0.0.0/0', 2n ** 32n],
  ])('%s is %s', (text, network, size) => {
    const cidr = parseCidr(text);
    expect(cidr && [cidrText(cidr), cidrSize(cidr)]).toEqual([network, size]);
  });

  test.each(['', '10.0.0.0', '10.0.0.0/', '10.0.0.0/33', '::/129', '10.0.0.0/-1', '/8', '10.0.0.0/8/8'])(
    '%j is none',
    (text) => {
      expect(parseCidr(text)).toBeUndefined();
    },
  );

  test('contains its addresses', () => {
    const contains = (cidr: string, ip: string) => {
      const [network, address] = [parseCidr(cidr), parseIp(ip)];
      return network && address && cidrContains(network, address);
    };
    expect(contains('10.96.0.0/16', '10.96.255.255')).toBe(true);
    expect(contains('10.96.0.0/16', '10.97.0.0')).toBe(false);
    expect(contains('fd00::/8', 'fdff::1')).toBe(true);
    expect(contains('::/0', '10.0.0.1')).toBe(false);
  });

  test('in new and in older fields', () => {
    const wrong = (errors: { message: string }[]) =>
      errors.map((one) => one.message.replace(/^Invalid value: "[^"]*": /, ''));
    expect(wrong(isValidCidr('c', '10.0.0.1/8'))).toEqual(['must not have bits set beyond the prefix length']);
    expect(wrong(isValidCidr('c', 'FD00::/8'))).toEqual(['must be in canonical form ("fd00::/8")']);
    expect(isValidCidrForLegacyField('c', 'FD00::/8')).toEqual([]);
    expect(wrong(isValidCidrForLegacyField('c', '10.0.0.0/08'))).toEqual([
      'must not have leading 0s in IP or prefix length',
    ]);
    expect(isValidCidrForLegacyField('c', '10.0.0.0/08', ['10.0.0.0/08'])).toEqual([]);
    expect(cidrWarnings('c', '10.0.0.1/8')).toEqual([
      'c: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)',
    ]);
    expect(isValidInterfaceAddress('c', '10.0.0.1/8')).toEqual([]);
    expect(wrong(isValidInterfaceAddress('c', '::ffff:10.0.0.1/104'))).toEqual([
      'must be in canonical form ("10.0.0.1/8")',
    ]);
  });
});

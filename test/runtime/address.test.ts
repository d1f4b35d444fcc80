import { expect, test } from 'vitest';
import { formatAddress, parseAddress } from '../../src/runtime/address.ts';

test.each([
  ['127.0.0.1:8080', { host: '127.0.0.1', port: 8080 }],
  ['localhost:0', { host: 'localhost', port: 0 }],
  [':8080', { port: 8080 }],
  ['[::1]:8080', { host: '::1', port: 8080 }],
  ['[::]:65535', { host: '::', port: 65_535 }],
])('%s', (text, expected) => {
  const parsed = parseAddress(text);
  expect(parsed).toEqual(expected);
  expect(parsed && parsed !== 'off' && formatAddress(parsed)).toBe(text);
});

test.each(['', '0'])('%j means off', (text) => {
  expect(parseAddress(text)).toBe('off');
});

test.each([
  '8080',
  ':',
  'host',
  'host:',
  ':http',
  ':65536',
  '::1:8080',
  '[::1]',
  '[host]:80',
  'a b:80',
  ':-1',
  ':123456',
  '[]:80',
])('%j is malformed', (text) => {
  expect(parseAddress(text)).toBeUndefined();
});

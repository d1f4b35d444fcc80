import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../src/runtime/duration.ts';

test.each([
  ['10m', 600_000, '10m'],
  ['1h30m', 5_400_000, '1h30m'],
  ['90s', 90_000, '1m30s'],
  ['500ms', 500, '500ms'],
  ['1.5s', 1500, '1.5s'],
  ['.5h', 1_800_000, '30m'],
  ['1.h', 3_600_000, '1h'],
  ['1m0.25s', 60_250, '1m0.25s'],
  ['250us', 0.25, '0.25ms'],
  ['250µs', 0.25, '0.25ms'],
  ['250μs', 0.25, '0.25ms'],
  ['1h0m0s', 3_600_000, '1h'],
  ['0', 0, '0s'],
  ['0s', 0, '0s'],
  ['25h', 90_000_000, '25h'],
])('%s is %d ms and reads %s', (text, ms, shown) => {
  expect(parseDuration(text)).toBe(ms);
  expect(formatDuration(ms)).toBe(shown);
});

test.each(['', '5', 's', '-5s', '+5s', '5 s', '5S', '1d', '1h 30m', 'm5', '1e3s', '..5s', '5s ', '5ss', 'Infinitys'])(
  '%j is no duration',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

test('what is formatted reads back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 864_000_000 }), (ms) => {
      expect(parseDuration(formatDuration(ms))).toBeCloseTo(ms, 6);
    }),
  );
});

test('a minute is never shown as 60 seconds less a rounding', () => {
  expect(formatDuration(59_999.9999)).toBe('1m');
  expect(formatDuration(999.9999)).toBe('1s');
  expect(formatDuration(-1500)).toBe('-1.5s');
});

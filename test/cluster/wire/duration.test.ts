import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../../src/cluster/wire/duration.ts';

describe('durations', () => {
  test.each<[text: string, nanos: bigint]>([
    ['0s', 0n],
    ['1ns', 1n],
    ['1.5µs', 1_500n],
    ['2.000001ms', 2_000_001n],
    ['1.5s', 1_500_000_000n],
    ['1m0s', 60_000_000_000n],
    ['1h0m0.5s', 3_600_500_000_000n],
    ['-26h3m4s', -93_784_000_000_000n],
  ])('%s', (text, nanos) => {
    expect(parseDuration(text)).toBe(nanos);
    expect(formatDuration(nanos)).toBe(text);
  });

  test.each<[text: string, nanos: bigint | undefined]>([
    ['0', 0n],
    ['+1.s', 1_000_000_000n],
    ['.5h', 1_800_000_000_000n],
    ['1us', 1_000n],
    ['', undefined],
    ['1', undefined],
    ['s', undefined],
    ['1d', undefined],
    ['1s ', undefined],
  ])('%s is read', (text, nanos) => {
    expect(parseDuration(text)).toBe(nanos);
  });
});

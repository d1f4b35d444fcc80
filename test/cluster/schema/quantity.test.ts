import { expect, test } from 'vitest';
import { canonicalQuantity } from '../../../src/cluster/schema/quantity.ts';

test.each<[string, string]>([
  ['0', '0'],
  ['1', '1'],
  ['1000m', '1'],
  ['1500m', '1500m'],
  ['0.5', '500m'],
  ['.5', '500m'],
  ['1.', '1'],
  ['100000', '100k'],
  ['1024', '1024'],
  ['1Ki', '1Ki'],
  ['1024Ki', '1Mi'],
  ['1536Mi', '1536Mi'],
  ['0.5Gi', '512Mi'],
  ['512.5', '512500m'],
  ['1e3', '1e3'],
  ['1E3', '1e3'],
  ['12e2', '1200'],
  ['1.5G', '1500M'],
  ['-1', '-1'],
  ['+2', '2'],
  ['0.0000000001', '1n'],
  ['9223372036854775807', '9223372036854775807'],
])('%s is written %s', (text, canonical) => {
  expect(canonicalQuantity(text)).toBe(canonical);
});

test.each(['', 'x', '1x', '1 Gi', '1.2.3', '--1', '1KiB'])('%j is no quantity', (text) => {
  expect(canonicalQuantity(text)).toBeInstanceOf(Error);
});

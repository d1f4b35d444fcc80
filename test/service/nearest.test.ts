import { expect, test } from 'vitest';
import { nearest } from '../../src/service/nearest.ts';

const flags = ['--cluster-name', '--classless', '--concurrency', '--kubeconfig', '--vpc-id', '--region'];

test.each([
  ['--cluser-name', '--cluster-name'],
  ['--clustername', '--cluster-name'],
  ['--cluster-nmae', '--cluster-name'],
  ['--Cluster-Name', '--cluster-name'],
  ['--kube-config', '--kubeconfig'],
  ['--vpcid', '--vpc-id'],
  ['--concurency', '--concurrency'],
])('%s → %s', (word, expected) => {
  expect(nearest(word, flags)).toBe(expected);
});

test.each(['--verbose', '--x', '', '--endpoint-url'])('nothing is near %j', (word) => {
  expect(nearest(word, flags)).toBeUndefined();
});

test('the nearest of two wins, whatever their order; swapped letters are one edit', () => {
  expect(nearest('abdc', ['abd', 'abcd'])).toBe('abd');
  expect(nearest('abcde', ['abcxy', 'abced'])).toBe('abced');
  expect(nearest('abcde', ['abced', 'abcxy'])).toBe('abced');
});

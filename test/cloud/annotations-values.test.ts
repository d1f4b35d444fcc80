import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editDistance, nearest } from '../../src/service/nearest.ts';
import { isLabelKey, isLabelValue, parseInteger, parseList, parseMap } from '../../src/cloud/annotation-values.ts';

const writeMap = (entries: [string, string][]) =>
  entries.map(([key, value]) => `${key.replace(/[\\,=]/g, '\\$&')}=${value.replace(/[\\,]/g, '\\$&')}`).join(',');

/** Text that survives trimming, rich in the characters that mean something. */
const text = fc
  .string({
    unit: fc.oneof(
      { weight: 1, arbitrary: fc.constantFrom(',', '=', '\\', ' ') },
      { weight: 3, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }) },
    ),
  })
  .map((value) => value.trim());
const key = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'toString'),
  text.filter((value) => value !== ''),
);

describe('lists', () => {
  test.each([
    ['a', ['a']],
    ['a,b', ['a', 'b']],
    [' a , b ', ['a', 'b']],
    ['a,,b,', ['a', 'b']],
    ['subnet a, b', ['subnet a', 'b']],
    ['', []],
    [' , ', []],
  ])('%j → %j', (raw, list) => {
    expect(parseList(raw)).toEqual(list);
  });

  test('what is written as a list is read back', () => {
    const entry = text.map((value) => value.replaceAll(',', '').trim()).filter((value) => value !== '');
    fc.assert(
      fc.property(fc.array(entry), (list) => {
        expect(parseList(list.join(' ,'))).toEqual(list);
      }),
    );
  });
});

describe('maps', () => {
  test.each([
    ['a=1', { a: '1' }],
    ['a=1,b=2', { a: '1', b: '2' }],
    [' a = 1 , b = 2 ', { a: '1', b: '2' }],
    ['a=1,', { a: '1' }],
    ['a=', { a: '' }],
    ['', {}],
    ['a=Zm9vCg==', { a: 'Zm9vCg==' }],
    [String.raw`a=Zm9vCg\=\=`, { a: 'Zm9vCg==' }],
    [String.raw`a=GET\,POST,b=2`, { a: 'GET,POST', b: '2' }],
    [String.raw`a=C:\\temp`, { a: String.raw`C:\temp` }],
    [String.raw`a\=b=1`, { 'a=b': '1' }],
  ])('%j → %j', (raw, map) => {
    expect(parseMap(raw)).toEqual({ map, faults: [] });
  });

  test.each([
    ['a', ['has an entry without "=": "a"']],
    ['a=1,b', ['has an entry without "=": "b"']],
    ['=1', ['has an entry without a key: "=1"']],
    [' =1,b', ['has an entry without a key: "=1"', 'has an entry without "=": "b"']],
    ['a=1,a=2', ['names "a" twice']],
    ['a=1\\', ['ends in a lone backslash']],
  ])('%j is malformed: %j', (raw, faults) => {
    expect(parseMap(raw).faults).toEqual(faults);
  });

  test('what is written as a map is read back, in order', () => {
    const entries = fc.uniqueArray(fc.tuple(key, text), { selector: ([name]) => name });
    fc.assert(
      fc.property(entries, (written) => {
        const { map, faults } = parseMap(writeMap(written));
        expect(faults).toEqual([]);
        const inOrder = Object.entries(Object.fromEntries(written));
        expect(Object.entries(map)).toEqual(inOrder);
      }),
    );
  });

  test('nothing that can be typed makes it throw', () => {
    const anything = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units));
    fc.assert(fc.property(fc.oneof(anything, text), (raw) => void parseMap(raw)));
  });
});

test.each([
  ['5', 5],
  ['10', 10],
  ['11', undefined],
  ['4', undefined],
  ['-5', undefined],
  ['5.0', undefined],
  ['5s', undefined],
  [' 5', undefined],
  ['', undefined],
])('the whole number from 5 to 10 in %j is %s', (raw, value) => {
  expect(parseInteger(raw, 5, 10)).toBe(value);
});

test.each([
  ['app', true],
  ['node.kubernetes.io/instance-type', true],
  ['a'.repeat(63), true],
  ['a'.repeat(64), false],
  ['-app', false],
  ['a/b/c', false],
  ['/app', false],
  ['Node.io/app', false],
  ['', false],
])('label key %j: %s', (label, valid) => {
  expect(isLabelKey(label)).toBe(valid);
});

test.each([
  ['', true],
  ['m5.large', true],
  ['a b', false],
  ['a/b', false],
  ['a'.repeat(64), false],
])('label value %j: %s', (label, valid) => {
  expect(isLabelValue(label)).toBe(valid);
});

describe('edit distance', () => {
  test.each([
    ['scheme', 'scheme', 0],
    ['scheme', 'schema', 1],
    ['scheme', 'schme', 1],
    ['scheme', 'schheme', 1],
    ['scheme', 'shceme', 1],
    ['', 'name', 4],
    ['kitten', 'sitting', 3],
  ])('%s to %s is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  test('is symmetric, and nothing only between equals', () => {
    const word = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'b', '-') });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
      }),
    );
  });

  test.each([
    ['schme', 1, 'scheme'],
    ['SCHEME', 0, 'scheme'],
    ['schm', 1, undefined],
    ['nome', 1, 'name'],
  ])('nearest to %s within %i: %s', (written, within, found) => {
    expect(nearest(written, ['name', 'scheme'], within)).toBe(found);
  });
});

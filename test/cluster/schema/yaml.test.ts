import { describe, expect, test } from 'vitest';
import type { Json } from '../../../src/cluster/api/object.ts';
import { readYaml, resolvePlain, YamlError } from '../../../src/cluster/schema/yaml.ts';

// All expectations are what sigs.k8s.io/yaml v1.6.0 answers.

describe('a plain scalar', () => {
  test.each<[string, Json]>([
    ['0777', 511],
    ['0o17', 15],
    ['0x1f', 31],
    ['-0x10', -16],
    ['0b11', 3],
    ['08', 8],
    ['1_000', 1000],
    ['+1', 1],
    ['1e3', 1000],
    ['.5', 0.5],
    ['1.', 1],
    ['1e400', '1e400'],
    ['12:30', '12:30'],
    ['2020-01-01', '2020-01-01'],
    ['yes', true],
    ['off', false],
    ['y', true],
    ['N', false],
    ['~', null],
    ['', null],
    ['null', null],
    ['nil', 'nil'],
    ['-9223372036854775808', -(2 ** 63)],
    ['-9223372036854775809', -(2 ** 63)],
    ['constructor', 'constructor'],
  ])('%s', (text, value) => {
    expect(resolvePlain(text)).toEqual(value);
  });
});

describe('a document', () => {
  test.each<[string, Json]>([
    ['', null],
    ['a: 1\n---\nb: 2', { a: 1 }],
    ['x: 1\n...\ny: [', { x: 1 }],
    ['{a: 1}{b: 2}', { a: 1 }],
    ['{a: 1} x', { a: 1 }],
    ['{"a": 1} {"a": 2}', { a: 1 }],
    ['%YAML 1.1\n---\na: 1', { a: 1 }],
    ['? a\n: b', { a: 'b' }],
    ['1: a\ntrue: b\n1.5: c', { '1': 'a', true: 'b', '1.5': 'c' }],
    ['a: &x 1\nb: *x', { a: 1, b: 1 }],
    ['b: &d {p: 1, q: 2}\na:\n  r: 3\n  <<: *d', { a: { p: 1, q: 2, r: 3 }, b: { p: 1, q: 2 } }],
    ['a: |\n  x\n  y\nb: >\n  x\n  y\n', { a: 'x\ny\n', b: 'x y\n' }],
    [
      'a: \'1\'\nb: "1"\nc: !!str 1\nd: !!int 1\ne: !!float 1\nf: !foo 1',
      { a: '1', b: '1', c: '1', d: 1, e: 1, f: '1' },
    ],
    ['{"a": 80.0, "b": 1e2, "c": 1E400}', { a: 80, b: 100, c: '1E400' }],
    ['__proto__: {a: 1}', JSON.parse('{"__proto__": {"a": 1}}') as Json],
  ])('%j', (text, value) => {
    expect(readYaml(text)).toEqual({ value, duplicates: [] });
  });

  test('keys are in order, also of JSON', () => {
    for (const text of ['b: 1\na: {d: 1, c: 2}', '{"b": 1, "a": {"d": 1, "c": 2}}']) {
      expect(JSON.stringify(readYaml(text).value)).toBe('{"a":{"c":2,"d":1},"b":1}');
    }
  });
});

test('of keys that are there twice the last one counts, and all are told by the line of their values', () => {
  expect(readYaml('a: 1\nb:\n  c: 1\n  c: 2\na: 2')).toEqual({
    value: { a: 2, b: { c: 2 } },
    duplicates: ['line 4: key "c" already set in map', 'line 5: key "a" already set in map'],
  });
  expect(readYaml('b: &d {p: 1, q: 2}\na:\n  p: 3\n  <<: *d')).toEqual({
    value: { a: { p: 1, q: 2 }, b: { p: 1, q: 2 } },
    duplicates: ['line 1: key "p" already set in map'],
  });
  expect(readYaml('{"a":1,"a":2}')).toEqual({ value: { a: 2 }, duplicates: ['line 1: key "a" already set in map'] });
});

describe('what can not be read is refused', () => {
  test.each([
    ['a: [', /^yaml: /],
    ['{"apiVersion":"v1"', /^yaml: /],
    ['a: 1\n]', /^yaml: /],
    ['a: b: c', /^yaml: /],
    ['*a', /^yaml: unknown anchor 'a' referenced$/],
    ['a: &a [*a]', /^yaml: anchor 'a' value contains itself$/],
    ['a: !!int x', /^yaml: cannot decode !!str `x` as a !!int$/],
    ['a: .nan', /^json: unsupported value: NaN$/],
    ['<<: 1', /^yaml: map merge requires map or sequence of maps as the value$/],
    ['a: "\\ud800"', /^yaml: found invalid Unicode character escape code$/],
    ['{"a": "\\ud83d\\ude00"}', /^yaml: found invalid Unicode character escape code$/],
    ['{"a":'.repeat(10_001) + '1' + '}'.repeat(10_001), /^yaml: exceeded max depth of 10000$/],
    ['? [a]\n: b', /map key/],
  ])('%.40s', (text, words) => {
    expect(() => readYaml(text)).toThrow(YamlError);
    expect(() => readYaml(text)).toThrow(words);
  });
});

test('few bytes that stand for very many values are refused', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 9; level++) {
    lines.push(
      `a${level}: &a${level} [${Array(10)
        .fill(`*a${level - 1}`)
        .join(', ')}]`,
    );
  }
  expect(() => readYaml(lines.join('\n'))).toThrow('yaml: document contains excessive aliasing');
});

test('deep JSON is read', () => {
  const text = `${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`;
  expect(JSON.stringify(readYaml(text).value)).toBe(text);
});

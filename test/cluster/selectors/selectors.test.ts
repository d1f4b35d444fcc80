import { describe, expect, test } from 'vitest';
import { parseFieldSelector } from '../../../src/cluster/selectors/field-selector.ts';
import {
  labelSelectorOf,
  parseLabelSelector,
  selectorFromLabels,
  selectorText,
} from '../../../src/cluster/selectors/label-selector.ts';

describe('label selectors', () => {
  test.each([
    ['', '', true],
    ['b==2,a=1', 'a=1,b==2', true],
    ['a in (2, 1,1)', 'a in (1,2)', true],
    ['a notin (1)', 'a notin (1)', false],
    ['!a', '!a', false],
    ['c', 'c', false],
    ['b>1,b<3', 'b>1,b<3', true],
    ['a!=1', 'a!=1', false],
    ['c!=1', 'c!=1', true],
    ['constructor', 'constructor', false],
  ])('%s', (text, printed, selected) => {
    const selector = parseLabelSelector(text);
    expect(selector.text).toBe(printed);
    expect(selector.matches({ a: '1', b: '2' })).toBe(selected);
    expect(selector.empty).toBe(text === '');
  });

  test.each([
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a,', "found '', expected: identifier after ','"],
    ['a=(', "unable to parse requirement: found '(', expected: identifier"],
    [
      'a>b',
      "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be an integer",
    ],
  ])('%s is refused', (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(expect.objectContaining({ code: 400, message }));
  });

  test('of objects', () => {
    const selector = {
      matchLabels: { b: '2' },
      matchExpressions: [
        { key: 'a', operator: 'In', values: ['1', '0'] },
        { key: 'c', operator: 'DoesNotExist' },
      ],
    };
    expect(selectorText(selector)).toBe('a in (0,1),b=2,!c');
    expect(labelSelectorOf(selector).matches({ a: '1', b: '2' })).toBe(true);
    expect(labelSelectorOf(selector).matches({ a: '1', b: '2', c: '' })).toBe(false);
    expect(labelSelectorOf({}).matches({})).toBe(true);
    expect(labelSelectorOf(undefined).matches({})).toBe(false);
    expect(() => labelSelectorOf({ matchExpressions: [{ key: 'a', operator: 'Gt' }] })).toThrow(
      '"Gt" is not a valid label selector operator',
    );
    expect(selectorFromLabels({ a: '1' }).matches({ a: '1', b: '2' })).toBe(true);
  });
});

describe('field selectors', () => {
  const parse = (text: string) =>
    parseFieldSelector(text, ['a', 'b'], { group: '', kind: 'X', selectable: ['a', 'b'] });

  test('terms', () => {
    const { terms, requires, matches } = parse('b!=x\\,y,a==1\\=\\\\,');
    expect(terms).toEqual([
      { field: 'a', operator: '=', value: '1=\\' },
      { field: 'b', operator: '!=', value: 'x,y' },
    ]);
    expect([requires('a'), requires('b')]).toEqual(['1=\\', undefined]);
    expect(matches((field) => ({ a: '1=\\', b: 'x' })[field] ?? '')).toBe(true);
    expect(matches((field) => ({ a: '1=\\', b: 'x,y' })[field] ?? '')).toBe(false);
    expect(parse('').empty).toBe(true);
  });

  test.each([
    ['c=1', 'field label not supported: c'],
    ['a', "invalid selector: 'a'; can't understand 'a'"],
    ['a=\\x', 'invalid field selector: invalid escape sequence: \\x'],
    ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
  ])('%s is refused', (text, message) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 400, message }));
  });
});

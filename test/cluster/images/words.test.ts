import { expect, test } from 'vitest';
import { splitWords } from '../../../src/cluster/images/words.ts';

test.each<[string, string[]]>([
  ['', []],
  ['  ', []],
  ['a', ['a']],
  [' a  b\tc\n', ['a', 'b', 'c']],
  ["a 'b c' d", ['a', 'b c', 'd']],
  ["a '' b", ['a', '', 'b']],
  [`a "b 'c' d"`, ['a', "b 'c' d"]],
  [String.raw`"a\"b\\c\d\$e"`, [String.raw`a"b\c\d$e`]],
  [String.raw`'a\b'`, [String.raw`a\b`]],
  [String.raw`a\ b \'c`, ['a b', "'c"]],
  [`--x='1 2'"3 4"5`, ['--x=1 23 45']],
  ['a;b $HOME *', ['a;b', '$HOME', '*']],
])('%j', (line, words) => {
  expect(splitWords(line)).toEqual(words);
});

test.each([
  [`a 'b`, "has a ' that is never closed"],
  [`a "b`, 'has a " that is never closed'],
  [String.raw`a "b\"`, 'has a " that is never closed'],
  ['a \\', 'ends with a backslash'],
])('%j %s', (line, problem) => {
  expect(splitWords(line)).toEqual({ problem });
});

import { describe, expect, test } from 'vitest';
import {
  type Applied,
  APPLIED_ANNOTATION,
  keysOf,
  mergeKeys,
  readApplied,
  writeApplied,
} from '../../src/cloud/applied.ts';
import { desired, owned } from './support/model.ts';
import { webService } from './support/service.ts';

const nothing: Applied = { digest: '', loadBalancerAttributes: [], targetGroupAttributes: [], tags: [] };
const read = (text?: string) =>
  readApplied(webService({ metadata: text === undefined ? {} : { annotations: { [APPLIED_ANNOTATION]: text } } }));

test.each<[Applied, string]>([
  [nothing, '{"digest":""}'],
  [{ ...nothing, digest: 'abc', tags: ['a', 'b'] }, '{"digest":"abc","tags":["a","b"]}'],
  [
    { digest: 'x', loadBalancerAttributes: ['l'], targetGroupAttributes: ['t'], tags: ['a'] },
    '{"digest":"x","loadBalancerAttributes":["l"],"targetGroupAttributes":["t"],"tags":["a"]}',
  ],
])('%j is written as %s and read back', (applied, text) => {
  expect(writeApplied(applied)).toBe(text);
  expect(read(text)).toEqual(applied);
});

describe('a record that can’t be read is none', () => {
  test.each([undefined, '', 'nonsense', 'null', '[]', '"x"', '{"digest":1,"tags":"a"}', '{"tags":[1,null]}'])(
    '%s',
    (text) => {
      expect(read(text)).toEqual(nothing);
    },
  );

  test('and what of it can be read is kept', () => {
    expect(read('{"digest":"d","tags":["a",1],"new":true}')).toEqual({ ...nothing, digest: 'd', tags: ['a'] });
  });
});

test('the keys of a model: sorted, each once, without those that say whose it is', () => {
  const model = desired(
    { attributes: { z: '1', a: '2' }, tags: { ...owned('LoadBalancer'), team: 'x' } },
    ['80:1', '81:2'],
    {
      attributes: { y: '1', b: '2' },
    },
  );
  expect(keysOf(model)).toEqual({
    loadBalancerAttributes: ['a', 'z'],
    targetGroupAttributes: ['b', 'y'],
    tags: ['team'],
  });
});

test('merging keeps the keys of both', () => {
  const keys = (tags: string[]) => ({ loadBalancerAttributes: tags, targetGroupAttributes: [], tags });
  expect(mergeKeys(keys(['b', 'a']), keys(['c', 'a']))).toEqual({
    loadBalancerAttributes: ['a', 'b', 'c'],
    targetGroupAttributes: [],
    tags: ['a', 'b', 'c'],
  });
});

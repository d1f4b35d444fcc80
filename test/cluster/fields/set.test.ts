import { describe, expect, test } from 'vitest';
import type { Json } from '../../../src/cluster/api/object.ts';
import { compareElements, ElementError, printPath, readElement } from '../../../src/cluster/fields/element.ts';
import { readFields, writeFields } from '../../../src/cluster/fields/fields-v1.ts';
import {
  difference,
  type FieldSet,
  intersection,
  paths,
  recursiveDifference,
  union,
} from '../../../src/cluster/fields/set.ts';

const write = (set: FieldSet) => JSON.stringify(writeFields(set));

describe('elements', () => {
  test.for<[string, string | undefined]>([
    ['f:name', 'f:name'],
    ['f:', 'f:'],
    ['k:{"protocol":"TCP", "port":80.0}', 'k:{"port":80,"protocol":"TCP"}'],
    ['k:{"name":"<&>"}', String.raw`k:{"name":"\u003c\u0026\u003e"}`],
    [String.raw`k:{"name":"\b\f\n\/é"}`, String.raw`k:{"name":"\u0008\u000c\n/é"}`],
    ['v:"a"', 'v:"a"'],
    ['v:1e3', 'v:1000'],
    ['v:true', 'v:true'],
    ['v:{"b":1,"a":[null]}', 'v:{"a":[null],"b":1}'],
    ['i:007', 'i:7'],
    ['x:later', undefined],
  ])('%s is read as %s', ([text, element]) => {
    expect(readElement(text)).toBe(element);
  });

  test.for(['a', 'name', 'k:x', 'k:{"a":1} x', 'k:[]', 'v:', 'v:{', 'i:x', 'i:'])('%s can not be read', (text) => {
    expect(() => readElement(text)).toThrow(ElementError);
  });

  test('their order', () => {
    const sorted = [
      'f:A',
      'f:a',
      'f:\uffff',
      'f:😀',
      'k:{}',
      'k:{"a":9}',
      'k:{"a":10}',
      'k:{"a":10,"b":1}',
      'k:{"a":"x"}',
      'k:{"a":true}',
      'k:{"b":1}',
      'v:-1',
      'v:2',
      'v:"a"',
      'v:false',
      'v:true',
      'v:[1]',
      'v:[1,2]',
      'v:{"a":1}',
      'v:null',
      'i:2',
      'i:10',
    ];
    expect([...sorted].reverse().toSorted(compareElements)).toEqual(sorted);
  });

  test.for<[string[], string]>([
    [['f:spec', 'f:ports', 'k:{"port":80,"protocol":"TCP"}', 'f:name'], '.spec.ports[port=80,protocol="TCP"].name'],
    [['f:metadata', 'f:finalizers', 'v:"a\\"b"'], String.raw`.metadata.finalizers[="a\"b"]`],
    [['f:a', 'i:3', 'v:1000000', 'v:null', 'v:[1,"x"]'], '.a[3][=1e+06][=null][=[1,"x"]]'],
  ])('%j is shown as %s', ([path, text]) => {
    expect(printPath(path)).toBe(text);
  });
});

describe('FieldsV1', () => {
  test.for<[string, Json, string]>([
    ['members and what is below', { 'f:a': { '.': {}, 'f:b': {} }, 'f:c': {} }, '{"f:a":{".":{},"f:b":{}},"f:c":{}}'],
    ['keys in order, self first', { 'f:b': {}, 'f:a': { 'f:z': {}, '.': {} } }, '{"f:a":{".":{},"f:z":{}},"f:b":{}}'],
    ['unknown elements vanish, their place stays', { 'f:a': { 'x:b': {} } }, '{"f:a":{}}'],
    ['null is an empty set', { 'f:a': null }, '{"f:a":{}}'],
    ['nothing', {}, '{}'],
    [
      'one element written twice',
      { 'k:{"a":1}': { 'f:x': {} }, 'k:{"a":1.0}': {} },
      '{"k:{\\"a\\":1}":{".":{},"f:x":{}}}',
    ],
  ])('%s', ([, fields, text]) => {
    expect(write(readFields(fields))).toBe(text);
  });

  test.for<Json>([1, { 'f:a': 1 }, { 'f:a': [] }, { a: {} }])('%j can not be read', (fields) => {
    expect(() => readFields(fields)).toThrow(ElementError);
  });
});

describe('sets', () => {
  const set = (fields: Json) => readFields(fields);
  const one = set({ 'f:a': { '.': {}, 'f:b': { 'f:c': {} } }, 'f:d': {} });

  test.for<[string, (a: FieldSet, b: FieldSet) => FieldSet, Json, string]>([
    [
      'union',
      union,
      { 'f:a': { 'f:x': {} }, 'f:e': {} },
      '{"f:a":{".":{},"f:b":{"f:c":{}},"f:x":{}},"f:d":{},"f:e":{}}',
    ],
    ['intersection', intersection, { 'f:a': { 'f:b': { 'f:c': {}, 'f:x': {} } } }, '{"f:a":{"f:b":{"f:c":{}}}}'],
    ['intersection with a prefix only', intersection, { 'f:a': { 'f:b': {} } }, '{}'],
    ['difference keeps what is below', difference, { 'f:a': {} }, '{"f:a":{"f:b":{"f:c":{}}},"f:d":{}}'],
    ['difference drops empty branches', difference, { 'f:a': { 'f:b': { 'f:c': {} } } }, '{"f:a":{},"f:d":{}}'],
    ['recursive difference', recursiveDifference, { 'f:a': {} }, '{"f:d":{}}'],
    ['recursive difference below', recursiveDifference, { 'f:a': { 'f:b': {} } }, '{"f:a":{},"f:d":{}}'],
  ])('%s', ([, operation, other, text]) => {
    expect(write(operation(one, set(other)))).toBe(text);
  });

  test('paths: each level before what is below', () => {
    expect(paths(set({ 'f:a': { '.': {}, 'f:b': {} }, 'f:z': {}, 'k:{"n":1}': { 'f:b': {} } })).map(printPath)).toEqual(
      ['.a', '.z', '.a.b', '[n=1].b'],
    );
  });
});

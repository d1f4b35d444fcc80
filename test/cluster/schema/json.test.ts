import { describe, expect, test } from 'vitest';
import { JsonSyntaxError, parseJson } from '../../../src/cluster/schema/json.ts';

describe('fields that an object has twice', () => {
  test.each<[string, string[]]>([
    ['{"a":1,"b":2}', []],
    ['{"a":1,"a":2}', ['a']],
    ['{"spec":{"ports":[{"port":1},{"port":1,"name":"x","port":2}]}}', ['spec.ports[1].port']],
    ['{"a":"\\"a\\":1,\\"a\\":2"}', []],
    ['{"a" : 1 , "a":{"b":1,"b":2}}', ['a', 'a.b']],
    ['{"__proto__":1,"a":2}', []],
  ])('%s', (text, duplicates) => {
    expect(parseJson(text).duplicates.sort()).toEqual(duplicates);
  });
});

describe("what is no JSON is refused with Go's words", () => {
  test.each<[string, string]>([
    ['', 'unexpected end of JSON input'],
    ['{', 'unexpected end of JSON input'],
    ['{"a"', 'unexpected end of JSON input'],
    ['x', "invalid character 'x' looking for beginning of value"],
    ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b":2}', `invalid character '"' after object key:value pair`],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['[1 2]', "invalid character '2' after array element"],
    ['{} x', "invalid character 'x' after top-level value"],
    ['{"a":tru}', "invalid character '}' in literal true (expecting 'e')"],
    ['{"a":"\n"}', "invalid character '\\n' in string literal"],
    ['{"a":"\\x"}', "invalid character 'x' in string escape code"],
    ['{"a":01}', "invalid character '1' after object key:value pair"],
    ['{"a":-}', "invalid character '}' in numeric literal"],
    ['{"a":1.}', "invalid character '}' after decimal point in numeric literal"],
  ])('%j', (text, message) => {
    expect(() => parseJson(text)).toThrow(new JsonSyntaxError(message));
  });
});

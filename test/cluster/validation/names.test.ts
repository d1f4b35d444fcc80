import { describe, expect, test } from 'vitest';
import {
  isConfigMapKey,
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isEnvVarName,
  isLabelValue,
  isPathSegmentName,
  isPortName,
  isPortNumber,
  isQualifiedName,
  isWildcardDns1123Subdomain,
  nameRule,
  type TextRule,
} from '../../../src/cluster/validation/names.ts';

const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with " +
  "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const NAME_PART =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric " +
  "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is " +
  "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

const VALID: [string, TextRule, string[]][] = [
  ['DNS-1123 label', isDns1123Label, ['a', '0', 'a-0', 'x'.repeat(63)]],
  ['DNS-1123 subdomain', isDns1123Subdomain, ['a', 'a.b-c.0', `${'x'.repeat(63)}.${'x'.repeat(189)}`]],
  ['DNS-1035 label', isDns1035Label, ['a', 'a-0']],
  ['wildcard', isWildcardDns1123Subdomain, ['*.a', '*.a.b']],
  ['qualified name', isQualifiedName, ['a', 'A_b.c-D', 'example.com/A', `${'x'.repeat(253)}/${'y'.repeat(63)}`]],
  ['label value', isLabelValue, ['', 'a', 'A.b_c-D', 'x'.repeat(63)]],
  ['port name', isPortName, ['a', 'a-1', '1a', 'fifteen-letters']],
  ['config key', isConfigMapKey, ['a', '.a', '_', 'A-b.c']],
  ['environment variable', isEnvVarName, ['a', '1', 'a b', '-', '..']],
  ['path segment', isPathSegmentName, ['', 'A b', 'system:node', '...']],
];

const INVALID: [string, TextRule, string, string[]][] = [
  ['DNS-1123 label', isDns1123Label, 'A', [LABEL]],
  ['DNS-1123 label', isDns1123Label, 'a.b', ['must not contain dots']],
  ['DNS-1123 label', isDns1123Label, 'x'.repeat(64), ['must be no more than 63 characters']],
  ['DNS-1123 label', isDns1123Label, 'é'.repeat(32), ['must be no more than 63 characters', LABEL]],
  ['qualified name', isQualifiedName, '', ['name part must be non-empty', NAME_PART]],
  ['qualified name', isQualifiedName, '/a', ['prefix part must be non-empty']],
  ['qualified name', isQualifiedName, 'x'.repeat(64), ['name part must be no more than 63 bytes']],
  ['label value', isLabelValue, 'x'.repeat(64), ['must be no more than 63 bytes']],
  [
    'port name',
    isPortName,
    'sixteen--letters',
    ['must be no more than 15 characters', 'must not contain consecutive hyphens'],
  ],
  ['port name', isPortName, '1-', ['must contain at least one letter (a-z)', 'must not begin or end with a hyphen']],
  ['config key', isConfigMapKey, '..', ["must not be '..'"]],
  ['config key', isConfigMapKey, '..a', ["must not start with '..'"]],
  ['path segment', isPathSegmentName, 'a/b%', ["may not contain '/'", "may not contain '%'"]],
  ['path segment', isPathSegmentName, '..', ["may not be '..'"]],
];

describe('names', () => {
  test.each(VALID)('a valid %s', (_, rule, values) => {
    for (const value of values) expect({ value, wrong: rule(value) }).toEqual({ value, wrong: [] });
  });

  test.each(INVALID)('an invalid %s', (_, rule, value, wrong) => {
    expect(rule(value)).toEqual(wrong);
  });

  test('port numbers', () => {
    expect([1, 65_535].flatMap(isPortNumber)).toEqual([]);
    expect([0, 65_536].map((one) => isPortNumber(one)[0])).toEqual(
      Array<string>(2).fill('must be between 1 and 65535, inclusive'),
    );
  });

  test('a prefix may end with a dash', () => {
    const label = nameRule('dns1123-label');
    expect(label('a-', true)).toEqual([]);
    expect(label('a-', false)).toEqual([LABEL]);
    expect(label('-', true)).toEqual([LABEL]);
    // The last two characters are replaced: one more fits than without the dash.
    expect(label(`${'x'.repeat(63)}-`, true)).toEqual([]);
    expect(nameRule('path-segment')('..', true)).toEqual([]);
    expect(nameRule('ip')('1.2.3.4', false)).toEqual([]);
    expect(nameRule('ip')('::0001', false)).toEqual(['must be in canonical form ("::1")']);
  });
});

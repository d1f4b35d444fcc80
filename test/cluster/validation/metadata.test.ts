import { describe, expect, test } from 'vitest';
import { line } from '../../../src/cluster/api/field-error.ts';
import type { ManagedFieldsEntry, ObjectMeta } from '../../../src/cluster/api/object.ts';
import {
  validateManagedFields,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '../../../src/cluster/validation/metadata.ts';
import { hasInvalidLabelValue, validateLabelSelector } from '../../../src/cluster/validation/selector.ts';

const RULES = { namespaced: true } as const;
const LIVE: ObjectMeta = {
  name: 'a',
  namespace: 'b',
  uid: 'u',
  resourceVersion: '1',
  generation: 2,
  creationTimestamp: '2026-01-02T03:04:05Z',
};

describe('metadata', () => {
  test('namespaces', () => {
    expect(validateObjectMeta({ name: 'a', namespace: 'b' }, RULES, 'm')).toEqual([]);
    expect(validateObjectMeta({ name: 'a' }, RULES, 'm').map(line)).toEqual(['m.namespace: Required value']);
    expect(validateObjectMeta({ name: 'a', namespace: 'b.c' }, RULES, 'm').map(line)).toEqual([
      'm.namespace: Invalid value: "b.c": must not contain dots',
    ]);
    expect(validateObjectMeta({ name: 'a', namespace: 'b' }, { namespaced: false }, 'm').map(line)).toEqual([
      'm.namespace: Forbidden: not allowed on this type',
    ]);
    expect(validateObjectMeta({ namespace: 'b' }, RULES, 'm').map(line)).toEqual([
      'm.name: Required value: name or generateName is required',
    ]);
  });

  test.each<[Partial<ObjectMeta>, string[]]>([
    [{}, []],
    [{ resourceVersion: '' }, ['m.resourceVersion: Invalid value: "": must be specified for an update']],
    [{ generation: 1 }, ['m.generation: Invalid value: 1: must not be decremented']],
    [{ name: 'x' }, ['m.name: Invalid value: "x": field is immutable']],
    [{ uid: 'x' }, ['m.uid: Invalid value: "x": field is immutable']],
    [
      { deletionTimestamp: '2026-01-02T03:04:05Z' },
      ['m.deletionTimestamp: Invalid value: "2026-01-02T03:04:05Z": field is immutable'],
    ],
    [{ deletionGracePeriodSeconds: 5 }, ['m.deletionGracePeriodSeconds: Invalid value: 5: field is immutable']],
    [{ finalizers: ['example.com/new'] }, []],
  ])('an update to %j', (change, wrong) => {
    expect(validateObjectMetaUpdate({ ...LIVE, ...change }, LIVE, 'm').map(line)).toEqual(wrong);
  });

  test('managed fields', () => {
    const entries = [
      { manager: 'ok', operation: 'Update', fieldsType: 'FieldsV1' },
      { manager: 'a\u0007é\u200b', operation: '', fieldsType: 'X' },
      { manager: 'é'.repeat(65), operation: 'Patch', fieldsType: '', subresource: 's'.repeat(257) },
    ];
    expect(validateManagedFields(entries as unknown as ManagedFieldsEntry[], 'f').map(line)).toEqual([
      'f[1].operation: Required value: must not be empty',
      'f[1].fieldsType: Invalid value: "X": must be `FieldsV1`',
      'f[1].manager: Invalid value: "a\\aé\\u200b": invalid character U+0007 (at position 1)',
      'f[1].manager: Invalid value: "a\\aé\\u200b": invalid character U+200B (at position 4)',
      'f[2].operation: Unsupported value: "Patch": supported values: "Apply", "Update"',
      'f[2].manager: Too long: may not be more than 128 bytes',
      'f[2].subresource: Too long: may not be more than 256 bytes',
    ]);
  });
});

describe('label selectors of objects', () => {
  test('what is wrong with one', () => {
    const selector = {
      matchLabels: { a: '-' },
      matchExpressions: [
        { key: 'a', operator: 'In' },
        { key: 'a', operator: 'Exists', values: ['x'] },
        { key: '', operator: 'Gt', values: ['-'] },
      ],
    };
    expect(
      validateLabelSelector(selector, 's').map((one) => line(one).replace(/ \(.*| and must .*|, or .*/, '')),
    ).toMatchInlineSnapshot(`
      [
        "s.matchLabels: Invalid value: "-": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.',",
        "s.matchExpressions[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'",
        "s.matchExpressions[1].values: Forbidden: may not be specified when \`operator\` is 'Exists' or 'DoesNotExist'",
        "s.matchExpressions[2].operator: Invalid value: "Gt": not a valid selector operator",
        "s.matchExpressions[2].key: Invalid value: "": name part must be non-empty",
        "s.matchExpressions[2].key: Invalid value: "": name part must consist of alphanumeric characters, '-', '_' or '.',",
        "s.matchExpressions[2].values[0]: Invalid value: "-": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.',",
      ]
    `);
    expect(validateLabelSelector(undefined, 's')).toEqual([]);
    expect(hasInvalidLabelValue(selector)).toBe(true);
    expect(
      validateLabelSelector(selector, 's', { allowInvalidValues: true, allowUnknownOperators: true }),
    ).toHaveLength(5);
  });
});

import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { rowCells } from '../../../src/cluster/kinds/columns.ts';
import { formatLabels, formatSelector, humanDuration } from '../../../src/cluster/kinds/columns/format.ts';
import { COLUMNS } from '../../../src/cluster/kinds/columns/index.ts';
import { KINDS } from '../../../src/cluster/kinds/table.ts';

const NOW = Date.parse('2026-01-02T03:04:05Z');

const object = (more: object, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'K',
  metadata: { name: 'n', ...metadata },
  ...more,
});

function cell(id: string, column: string, shown: KubeObject, list?: readonly KubeObject[]): unknown {
  const columns = COLUMNS[id] ?? [];
  const index = columns.findIndex(({ name }) => name === column);
  return rowCells(columns, shown, NOW, list)[index];
}

test('every kind has columns', () => {
  expect(KINDS.map(({ group, kind }) => `${group}/${kind}`).filter((id) => !COLUMNS[id])).toEqual([]);
});

// Upstream's humanDuration; the real server's words for whole seconds are in columns.real.test.ts.
test.each([
  [-2000, '<invalid>'],
  [-1999, '0s'],
  [-1, '0s'],
  [999, '0s'],
  [119_999, '119s'],
  [599_999, '9m59s'],
  [600_000, '10m'],
  [10_000_000_000_000, '292y'],
])('%i ms are shown as %s', (ms, expected) => {
  expect(humanDuration(ms)).toBe(expected);
});

test('labels are sorted as text, selectors by key', () => {
  const labels = { a: '1', 'a-b': '2' };
  expect(formatLabels(labels)).toBe('a-b=2,a=1');
  expect(formatSelector({ matchLabels: labels })).toBe('a=1,a-b=2');
});

const long = 'x'.repeat(64);
const expression = (operator: string, values?: string[], key = 'k') => ({
  matchExpressions: [{ key, operator, ...(values && { values }) }],
});

describe('a selector that is not valid', () => {
  test.each([
    ['a key of three parts', { matchLabels: { 'a/b/c': '' } }],
    ['a long key', { matchLabels: { [long]: '' } }],
    ['a key with a sign', { matchLabels: { 'a!': '' } }],
    ['a prefix in capitals', { matchLabels: { 'Example.com/a': '' } }],
    ['a long prefix', { matchLabels: { [`${`${'x'.repeat(63)}.`.repeat(4)}/a`]: '' } }],
    ['a long value', { matchLabels: { a: long } }],
    ['a value with a space', { matchLabels: { a: 'b c' } }],
    ['an unknown operator', expression('Is', ['v'])],
    ['In without values', expression('In')],
    ['NotIn without values', expression('NotIn', [])],
    ['Exists with values', expression('Exists', ['v'])],
    ['DoesNotExist with values', expression('DoesNotExist', ['v'])],
    ['a bad key of an expression', expression('Exists', [], '-')],
    ['a bad value of an expression', expression('In', ['v', '-'])],
  ])('%s', (_title, selector) => {
    expect(formatSelector(selector)).toBe('<error>');
    expect(cell('apps/Deployment', 'Selector', object({ spec: { selector } }))).toBe('<invalid>');
  });
});

describe('what no valid object has', () => {
  test.each([
    ['apps/Deployment', 'Selector', { spec: {} }, ''],
    ['/Service', 'External-IP', { spec: { type: 'Other' } }, '<unknown>'],
    ['/Service', 'Cluster-IP', {}, '<none>'],
    ['batch/CronJob', 'Suspend', { spec: {} }, '<unset>'],
    ['autoscaling/HorizontalPodAutoscaler', 'Targets', { spec: {} }, '<none>'],
    ['autoscaling/HorizontalPodAutoscaler', 'Targets', { spec: { metrics: [{ type: 'Other' }] } }, '<unknown type>'],
    ['autoscaling/HorizontalPodAutoscaler', 'MinPods', { spec: {} }, '<unset>'],
    [
      'autoscaling/HorizontalPodAutoscaler',
      'Targets',
      { spec: { metrics: [{ type: 'Resource', resource: { name: 'cpu', target: {} } }] } },
      'cpu: <unknown>/<auto>',
    ],
    ['networking.k8s.io/IPAddress', 'ParentRef', { spec: {} }, '<none>'],
    ['/PersistentVolumeClaim', 'VolumeMode', { spec: {} }, '<unset>'],
    ['/LimitRange', 'Created At', {}, '0001-01-01T00:00:00Z'],
    ['/Secret', 'Age', {}, '<unknown>'],
  ])('%s: %s', (id, column, more, expected) => {
    expect(cell(id, column, object(more))).toBe(expected);
  });
});

describe('the default StorageClass of a list', () => {
  const storageClass = (name: string, creationTimestamp: string, value = 'true') =>
    object({}, { name, creationTimestamp, annotations: { 'storageclass.kubernetes.io/is-default-class': value } });
  const old = storageClass('a', '2026-01-01T00:00:00Z');
  const young = storageClass('c', '2026-01-02T00:00:00Z');
  const alike = storageClass('b', '2026-01-02T00:00:00Z');
  const not = storageClass('d', '2026-01-03T00:00:00Z', 'false');

  test.each([
    ['the youngest', [old, young, not], ['a', 'c (default)', 'd']],
    ['the youngest, whatever comes later', [young, old], ['c (default)', 'a']],
    ['the first by name of two as young', [young, alike], ['c', 'b (default)']],
    ['the first by name of two as young, in the other order', [alike, young], ['b (default)', 'c']],
    ['none of none', [not], ['d']],
  ])('is %s', (_title, list, expected) => {
    expect(list.map((one) => cell('storage.k8s.io/StorageClass', 'Name', one, list))).toEqual(expected);
  });

  test('is not marked when it is shown alone', () => {
    expect(cell('storage.k8s.io/StorageClass', 'Name', young)).toBe('c');
  });
});

test('a CustomResourceDefinition is established when that condition is true', () => {
  const crd = (...conditions: object[]) => object({ status: { conditions } });
  const column = (shown: KubeObject) => cell('apiextensions.k8s.io/CustomResourceDefinition', 'Established', shown);
  expect(column(crd({ type: 'NamesAccepted', status: 'True' }, { type: 'Established', status: 'False' }))).toBe(false);
  expect(column(crd({ type: 'NamesAccepted', status: 'False' }, { type: 'Established', status: 'True' }))).toBe(true);
});

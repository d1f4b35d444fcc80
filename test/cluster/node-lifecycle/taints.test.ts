import { expect, test } from 'vitest';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { toleratedFor } from '../../../src/cluster/node-lifecycle/eviction.ts';
import { wantedTaints } from '../../../src/cluster/node-lifecycle/node-taints.ts';
import type { Toleration } from '../../../src/cluster/scheduling/taints.ts';

/** `Ready=True`, and taints as `not-ready:NoSchedule` under node.kubernetes.io, others as `mine/own:NoSchedule`. */
function node(conditions: string, taints: string, unschedulable = false): KubeObject {
  const words = (text: string) => text.split(' ').filter(Boolean);
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n' },
    spec: {
      unschedulable,
      taints: words(taints).map((taint) => {
        const [key = '', effect] = taint.split(':');
        return { key: key.includes('/') ? key : `node.kubernetes.io/${key}`, effect };
      }),
    },
    status: {
      conditions: words(conditions).map((one) => ({ type: one.split('=')[0], status: one.split('=')[1] })),
    },
  };
}

const shown = (one: KubeObject, evicts = true) =>
  wantedTaints(one, evicts, '2026-01-01T00:00:00Z')
    ?.map(({ key, effect }) => `${key.replace('node.kubernetes.io/', '')}:${effect}`)
    .join(' ');

test.each([
  ['well', 'Ready=True', '', undefined],
  ['not ready', 'Ready=False', '', 'not-ready:NoSchedule not-ready:NoExecute'],
  ['not reached', 'Ready=Unknown', '', 'unreachable:NoSchedule unreachable:NoExecute'],
  ['not ready, and known to be', 'Ready=False', 'not-ready:NoSchedule not-ready:NoExecute', undefined],
  [
    'not reached any more',
    'Ready=Unknown',
    'not-ready:NoSchedule not-ready:NoExecute',
    'unreachable:NoSchedule unreachable:NoExecute',
  ],
  ['well again', 'Ready=True', 'unreachable:NoSchedule unreachable:NoExecute mine/own:NoExecute', 'mine/own:NoExecute'],
  [
    'under pressure',
    'Ready=True MemoryPressure=True PIDPressure=True',
    '',
    'memory-pressure:NoSchedule pid-pressure:NoSchedule',
  ],
  ['not any more', 'Ready=True DiskPressure=False', 'disk-pressure:NoSchedule', ''],
  ['without a network', 'Ready=True NetworkUnavailable=True', '', 'network-unavailable:NoSchedule'],
  ['that says nothing keeps what it has', '', 'not-ready:NoSchedule', undefined],
  ['what others mean by a key of ours stays', 'Ready=True', 'disk-pressure:NoExecute', undefined],
])('the taints of a node: %s', (_, conditions, taints, expected) => {
  expect(shown(node(conditions, taints))).toBe(expected);
});

test('a cordoned node has a taint; one that is not any more loses it', () => {
  expect(shown(node('Ready=True', '', true))).toBe('unschedulable:NoSchedule');
  expect(shown(node('Ready=True', 'unschedulable:NoSchedule', true))).toBeUndefined();
  expect(shown(node('Ready=True', 'unschedulable:NoSchedule'))).toBe('');
});

test('while no node is well none loses its pods', () => {
  expect(shown(node('Ready=Unknown', ''), false)).toBe('unreachable:NoSchedule');
  expect(shown(node('Ready=Unknown', 'unreachable:NoSchedule unreachable:NoExecute'), false)).toBe(
    'unreachable:NoSchedule',
  );
});

const A = { key: 'a', effect: 'NoExecute' };
const B = { key: 'b', effect: 'NoExecute' };
const exists = (key: string, tolerationSeconds?: number): Toleration => ({
  key,
  operator: 'Exists',
  ...(tolerationSeconds !== undefined && { tolerationSeconds }),
});
const NEVER = Number.POSITIVE_INFINITY;

test.each([
  ['no taint', [], [], NEVER],
  ['a taint', [A], [], 0],
  ['one for ever', [A], [exists('a')], NEVER],
  ['one for a while', [A], [exists('a', 7)], 7000],
  ['one for no time at all', [A], [exists('a', -1)], 0],
  ['only one of two', [A, B], [exists('a')], 0],
  ['the shorter of two', [A, B], [exists('a', 7), exists('b', 5)], 5000],
  ['one for ever and one for a while', [A, B], [exists('a'), exists('b', 5)], 5000],
  ['the first of two for one taint', [A], [exists('a', 7), exists('a', 5)], 7000],
])('a pod that tolerates %s', (_, taints, tolerations, expected) => {
  expect(toleratedFor(taints, tolerations)).toBe(expected);
});

import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { deletionCost, podsToDelete } from '../../../src/cluster/workloads/scale-down.ts';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

interface Told {
  node?: string;
  phase?: string;
  /** Seconds since it is ready; absent: it isn't. */
  ready?: number;
  cost?: string;
  restarts?: number;
  sidecarRestarts?: number;
  /** Seconds since it was made. */
  age?: number;
}

const pod = (
  name: string,
  { node = 'n', phase = 'Running', ready, cost, restarts = 0, sidecarRestarts = 0, age = 1000 }: Told,
): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    uid: name,
    creationTimestamp: ago(age),
    ...(cost !== undefined && { annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost } }),
  },
  spec: { nodeName: node, initContainers: [{ name: 'side', restartPolicy: 'Always' }] },
  status: {
    phase,
    conditions: [
      { type: 'Ready', status: ready === undefined ? 'False' : 'True', lastTransitionTime: ago(ready ?? 0) },
    ],
    containerStatuses: [{ name: 'c', restartCount: restarts }],
    initContainerStatuses: [{ name: 'side', restartCount: sidecarRestarts }],
  },
});

describe('the pod that goes first', () => {
  // The first of each pair goes, whatever the rules further down say.
  const CASES: readonly (readonly [string, Told, Told])[] = [
    ['has no node', { node: '', ready: 900, phase: 'Running' }, { node: 'n', phase: 'Pending' }],
    ['is pending rather than unknown', { phase: 'Pending' }, { phase: 'Unknown' }],
    ['is unknown rather than running', { phase: 'Unknown', ready: 100 }, { phase: 'Running' }],
    ['is not ready', { cost: '100' }, { ready: 10, cost: '-100' }],
    ['costs less', { ready: 900, cost: '-1' }, { ready: 10 }],
    ['has been ready for a shorter time', { ready: 10, restarts: 0 }, { ready: 900, restarts: 9 }],
    ['has started again more often', { restarts: 2, age: 900 }, { restarts: 1, age: 10 }],
    ['has sidecars that started again more often', { sidecarRestarts: 2, age: 900 }, { sidecarRestarts: 1, age: 10 }],
    ['is younger', { age: 10 }, { age: 900 }],
  ];
  test.each(CASES)('%s', (_, first, second) => {
    // Names against the order that is expected: nothing is to be gained from a tie.
    const [a, b] = [pod('z', first), pod('a', second)];
    for (const pods of [
      [a, b],
      [b, a],
    ]) {
      expect(podsToDelete(pods, [], 1, NOW).map(({ metadata }) => metadata.name)).toEqual(['z']);
    }
  });

  test('is the one with more relatives on its node', () => {
    const pods = [pod('a', { node: 'n1', ready: 900 }), pod('b', { node: 'n2', ready: 10 })];
    const related = [...pods, pod('of the old set', { node: 'n1', ready: 900 })];
    expect(podsToDelete(pods, related, 1, NOW).map(({ metadata }) => metadata.name)).toEqual(['a']);
    expect(podsToDelete(pods, pods, 1, NOW).map(({ metadata }) => metadata.name)).toEqual(['b']);
  });

  test('of about the same age is the one with the lesser UID', () => {
    const pods = [pod('b', { ready: 600 }), pod('a', { ready: 700 })];
    expect(podsToDelete(pods, [], 1, NOW).map(({ metadata }) => metadata.name)).toEqual(['a']);
  });
});

test('all of them are not ranked', () => {
  const pods = [pod('b', {}), pod('a', {})];
  expect(podsToDelete(pods, [], 2, NOW)).toEqual(pods);
});

test.each([
  ['7', 7],
  ['-7', -7],
  ['2147483647', 2147483647],
  ['2147483648', 0],
  ['+7', 0],
  ['007', 0],
  ['x', 0],
  ['', 0],
])('a deletion cost of %j is %d', (text, cost) => {
  expect(deletionCost(pod('p', { cost: text }))).toBe(cost);
});

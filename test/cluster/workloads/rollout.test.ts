import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { isScalingEvent, scaleAll } from '../../../src/cluster/workloads/proportional.ts';
import { fenceposts, newSetSize, rollingStep, scaled } from '../../../src/cluster/workloads/rollout.ts';

const deployment = (replicas: number, maxSurge: number | string, maxUnavailable: number | string): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd' },
  spec: { replicas, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } } },
});

/** `name size/available`, and after `of` the counts that the set carries: `desired,most`. */
function set(told: string): KubeObject {
  const [name = '', counts = '', , carried = ''] = told.split(' ');
  const [size, available] = counts.split('/').map(Number);
  const [desired, most] = carried.split(',');
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      creationTimestamp: `2026-01-01T00:00:0${name.length}Z`,
      ...(desired && {
        annotations: {
          'deployment.kubernetes.io/desired-replicas': desired,
          ...(most && { 'deployment.kubernetes.io/max-replicas': most }),
        },
      }),
    },
    spec: { replicas: size },
    status: { replicas: size, availableReplicas: available },
  };
}

const told = (scales: readonly { set: KubeObject; to: number }[]) =>
  scales.map(({ set: { metadata }, to }) => `${metadata.name} ${to}`).join(', ');

test.each([
  [3, 10, true, 3],
  ['25%', 10, true, 3],
  ['25%', 10, false, 2],
  ['25%', 4, true, 1],
  ['1%', 1, false, 0],
  ['100%', 7, false, 7],
  ['x', 7, false, 0],
  [undefined, 7, true, 0],
])('%j of %d, up %j, is %d', (value, total, up, expected) => expect(scaled(value, total, up)).toBe(expected));

describe('how far a rolling update goes above and below', () => {
  test.each([
    [10, '25%', '25%', 3, 2],
    [1, '25%', '25%', 1, 0],
    [2, '0%', '1%', 0, 1],
    [1, 0, '1%', 0, 1],
    [2, '1%', '25%', 1, 0],
    [0, '25%', '25%', 0, 1],
    [5, 2, 0, 2, 0],
  ])('%d pods, surge %j, unavailable %j: %d and %d', (replicas, surge, unavailable, above, below) => {
    expect(fenceposts(deployment(replicas, surge, unavailable))).toEqual({ surge: above, unavailable: below });
  });
  test('a Recreate goes nowhere', () => {
    const recreate = deployment(3, 1, 1);
    recreate['spec'].strategy = { type: 'Recreate' };
    expect(fenceposts(recreate)).toEqual({ surge: 0, unavailable: 0 });
    expect(newSetSize(recreate, 0, 3)).toBe(3);
  });
});

describe('the next step of a rolling update', () => {
  test.each([
    ['the new set grows into the surge', [10, 3, 2], 'new 0/0', ['old 10/10'], 'new 3'],
    ['when it can not, the old shrinks to what has to be available', [10, 3, 2], 'new 3/0', ['old 10/10'], 'old 8'],
    ['the new one takes the room', [10, 3, 2], 'new 3/0', ['old 8/8'], 'new 5'],
    ['without new pods that are available nothing goes', [10, 3, 2], 'new 5/0', ['old 8/8'], ''],
    ['each one that is lets an old one go', [10, 3, 2], 'new 5/2', ['old 8/8'], 'old 6'],
    ['old pods that are not available go first', [10, 3, 2], 'new 5/0', ['old 8/5'], ''],
    ['however many, if that leaves enough', [10, 3, 2], 'new 3/3', ['old 10/6'], 'old 5'],
    ['the oldest set shrinks first', [4, 1, 1], 'new 1/1', ['o 2/2', 'ol 2/2'], 'o 0'],
    ['one at a time without a surge', [3, 0, 1], 'new 0/0', ['old 3/3'], 'old 2'],
    ['a new set that is too large shrinks', [2, 1, 0], 'new 4/4', ['old 1/1'], 'new 2'],
    ['all done', [3, 1, 0], 'new 3/3', ['old 0/0'], ''],
    ['the last old pod goes', [3, 1, 0], 'new 3/3', ['old 1/1'], 'old 0'],
    ['availability that is about to go does not count', [4, 1, 1], 'new 0/0', ['old 3/5'], 'new 2'],
    ['nor lets more go', [4, 0, 2], 'new 1/1', ['old 3/5'], 'old 1'],
    ['down to nothing', [0, '25%', '25%'], 'new 0/0', ['old 3/3'], 'old 0'],
  ] as const)('%s', (_, [replicas, surge, unavailable], newSet, oldSets, expected) => {
    expect(told(rollingStep(deployment(replicas, surge, unavailable), set(newSet), oldSets.map(set)))).toBe(expected);
  });
});

describe('scaling', () => {
  test.each([
    ['the only set takes all', [5, 1, 0], 'new 3/3 of 3,4', [], 'new 5'],
    ['the only active one too', [5, 1, 0], 'new 0/0 of 3,4', ['old 3/3 of 3,4'], 'old 5'],
    ['with none active the new one', [5, 1, 0], 'new 0/0 of 0,0', ['old 0/0 of 0,0'], 'new 5'],
    ['old ones go when the new one has everything', [3, 1, 0], 'new 3/3 of 3,4', ['old 1/1 of 3,4'], 'old 0'],
    // 10 pods and a surge of 3 become 15 and 4: 13 pods become 19, by their shares.
    ['up, in proportion', [15, '25%', 2], 'new 5/2 of 10,13', ['old 8/8 of 10,13'], 'old 12, new 7'],
    ['down, in proportion', [5, '25%', 2], 'new 5/2 of 10,13', ['old 8/8 of 10,13'], 'old 4, new 3'],
    ['to nothing', [0, '25%', 2], 'new 5/2 of 10,13', ['old 8/8 of 10,13'], 'old 0, new 0'],
    ['equals: the newer grows first', [4, 1, 0], 'neww 1/0 of 2,3', ['old 1/1 of 2,3'], 'neww 3, old 2'],
    ['sets that keep their size learn of the total', [3, 2, 0], 'new 2/0 of 4,5', ['old 3/3 of 4,5'], 'old 3, new 2'],
  ] as const)('%s', (_, [replicas, surge, unavailable], newSet, oldSets, expected) => {
    expect(told(scaleAll(deployment(replicas, surge, unavailable), set(newSet), oldSets.map(set)))).toBe(expected);
  });

  test('is what an active set with another total tells of', () => {
    expect(isScalingEvent(deployment(3, 1, 0), [set('new 3/3 of 3,4'), set('old 0/0 of 2,3')])).toBe(false);
    expect(isScalingEvent(deployment(3, 1, 0), [set('new 3/3 of 2,3')])).toBe(true);
    expect(isScalingEvent(deployment(3, 1, 0), [set('new 3/3')])).toBe(false);
  });
});

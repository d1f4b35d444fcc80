import { describe, expect, test } from 'vitest';
import type { KubeObject, ObjectMeta } from '../../../src/cluster/api/object.ts';
import type { GracePeriod } from '../../../src/cluster/kinds/kind.ts';
import {
  decideDeletion,
  type DeleteOptions,
  garbageFinalizers,
  goesWithUpdate,
} from '../../../src/cluster/registry/deletion.ts';

const NOW = '2026-01-01T00:00:10Z';
const POD = { group: '', name: 'Pod' };
const pod = (metadata: ObjectMeta = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', uid: 'u1', resourceVersion: '7', ...metadata },
});

/** What is decided, in a line: the act, deletionTimestamp, grace and finalizers. */
function decide(metadata: ObjectMeta, options: DeleteOptions, grace?: GracePeriod): string {
  const decision = decideDeletion(pod(metadata), options, grace, POD, NOW);
  if (decision.act !== 'mark') return decision.act;
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers = [], generation } = decision.object.metadata;
  return `mark ${deletionTimestamp} ${deletionGracePeriodSeconds} [${finalizers.join()}]${generation ? ` g${generation}` : ''}`;
}

const AT = (second: number) => `2026-01-01T00:00:${second}Z`;

describe('kinds without grace', () => {
  test.each<[string, ObjectMeta, DeleteOptions, string]>([
    ['goes at once', {}, {}, 'remove'],
    ['whatever grace was asked for', {}, { gracePeriodSeconds: 30 }, 'remove'],
    ['a finalizer holds it', { finalizers: ['a/b'] }, {}, `mark ${NOW} 0 [a/b]`],
    ['which changes its generation', { finalizers: ['a/b'], generation: 3 }, {}, `mark ${NOW} 0 [a/b] g4`],
    [
      'a second deletion changes nothing more',
      {
        finalizers: ['a/b'],
        deletionTimestamp: AT(5 + 0).replace(':5Z', ':05Z'),
        deletionGracePeriodSeconds: 0,
        generation: 4,
      },
      {},
      'mark 2026-01-01T00:00:05Z 0 [a/b] g4',
    ],
    ['in the foreground', {}, { propagationPolicy: 'Foreground' }, `mark ${NOW} 0 [foregroundDeletion]`],
    ['with orphans', { finalizers: ['a/b'] }, { propagationPolicy: 'Orphan' }, `mark ${NOW} 0 [a/b,orphan]`],
    ['with orphans, as asked in old times', {}, { orphanDependents: true }, `mark ${NOW} 0 [orphan]`],
  ])('%s', (_, metadata, options, expected) => {
    expect(decide(metadata, options)).toBe(expected);
  });
});

describe('kinds with grace', () => {
  test.each<[string, ObjectMeta, DeleteOptions, string]>([
    ['wait for it', {}, {}, `mark ${AT(40)} 30 []`],
    ['or as long as asked', {}, { gracePeriodSeconds: 5 }, `mark ${AT(15)} 5 []`],
    ['zero is now', {}, { gracePeriodSeconds: 0 }, 'remove'],
    ['less than zero is one', {}, { gracePeriodSeconds: -7 }, `mark ${AT(11)} 1 []`],
    [
      'zero with a finalizer waits for that',
      { finalizers: ['a/b'] },
      { gracePeriodSeconds: 0 },
      `mark ${AT(10)} 0 [a/b]`,
    ],
    [
      'a longer wish changes nothing',
      { deletionTimestamp: AT(20), deletionGracePeriodSeconds: 15 },
      { gracePeriodSeconds: 20 },
      'pending',
    ],
    ['nor does none', { deletionTimestamp: AT(20), deletionGracePeriodSeconds: 15 }, {}, 'pending'],
    [
      'a shorter one counts from the first',
      { deletionTimestamp: AT(38), deletionGracePeriodSeconds: 30 },
      { gracePeriodSeconds: 10 },
      `mark ${AT(18)} 10 []`,
    ],
    [
      'never into the past',
      { deletionTimestamp: AT(31), deletionGracePeriodSeconds: 30 },
      { gracePeriodSeconds: 2 },
      `mark ${AT(10)} 1 []`,
    ],
    ['when the time is over it goes', { deletionTimestamp: AT(10), deletionGracePeriodSeconds: 0 }, {}, 'remove'],
  ])('%s', (_, metadata, options, expected) => {
    expect(decide(metadata, options, 30)).toBe(expected);
  });
});

test('no wish counts for a pod that no kubelet runs', () => {
  expect(decide({}, { gracePeriodSeconds: 60 }, 'none')).toBe('remove');
});

test.each<[DeleteOptions['preconditions'], string]>([
  [{ uid: 'u2' }, 'the UID in the precondition (u2) does not match the UID in record (u1)'],
  [
    { resourceVersion: '6' },
    'the ResourceVersion in the precondition (6) does not match the ResourceVersion in record (7)',
  ],
])('a precondition that does not hold: %j', (preconditions, message) => {
  expect(() => decideDeletion(pod(), preconditions ? { preconditions } : {}, undefined, POD, NOW)).toThrow(message);
});

test.each<[string[], DeleteOptions, string[]]>([
  [['orphan'], { propagationPolicy: 'Background' }, []],
  [['foregroundDeletion'], {}, ['foregroundDeletion']],
  [['orphan', 'x'], { propagationPolicy: 'Foreground' }, ['x', 'foregroundDeletion']],
  [['foregroundDeletion'], { orphanDependents: false }, []],
])('finalizers %j with %j are %j', (finalizers, options, expected) => {
  expect(garbageFinalizers(finalizers, options)).toEqual(expected);
});

test.each<[string, ObjectMeta, ObjectMeta, boolean]>([
  ['not being deleted', { finalizers: ['a'] }, {}, false],
  ['the last finalizer goes', { finalizers: ['a'], deletionTimestamp: NOW, deletionGracePeriodSeconds: 0 }, {}, true],
  ['one is left', { finalizers: ['a', 'b'], deletionTimestamp: NOW }, { finalizers: ['b'] }, false],
  ['grace is left', { finalizers: ['a'], deletionTimestamp: NOW, deletionGracePeriodSeconds: 5 }, {}, false],
])('an update removes what waits for it: %s', (_, old, next, goes) => {
  expect(goesWithUpdate(pod(next), pod(old))).toBe(goes);
});

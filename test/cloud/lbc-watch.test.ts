import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LbcWatch } from '../../src/cloud/lbc-watch.ts';
import { ApiError } from '../../src/kube/request.ts';
import { fakeClient, silent } from './support/service.ts';

const PATH = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/aws-load-balancer-controller-leader';
const lease = (resourceVersion: string, holderIdentity: string | null, leaseDurationSeconds?: number) => ({
  metadata: { resourceVersion },
  spec: { holderIdentity, ...(leaseDurationSeconds && { leaseDurationSeconds }) },
});
const error = (status: number) => new ApiError('GET', PATH, status, {});

let now = 0;
beforeEach(() => {
  now = 1_000_000;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => vi.restoreAllMocks());

/** Looks at one answer after another, each some seconds after the last. */
async function look(...answers: [answer: unknown, secondsLater: number][]): Promise<boolean[]> {
  let answer: unknown;
  const { client, sent } = fakeClient(() => answer);
  const lbc = new LbcWatch(client, silent);
  const seen: boolean[] = [];
  for (const [next, seconds] of answers) {
    now += seconds * 1000;
    answer = next;
    await lbc.look();
    seen.push(lbc.active);
  }
  expect(sent.every(({ path, method }) => path === PATH && method === 'GET')).toBe(true);
  return seen;
}

test.each<[string, [unknown, number][], boolean[]]>([
  ['no Lease', [[error(404), 0]], [false]],
  [
    'renewed again and again',
    [
      [lease('1', 'a'), 0],
      [lease('2', 'a'), 10],
      [lease('3', 'a'), 10],
    ],
    [true, true, true],
  ],
  [
    'no longer renewed: for its duration, 15 s by default',
    [
      [lease('1', 'a'), 0],
      [lease('1', 'a'), 14],
      [lease('1', 'a'), 1],
    ],
    [true, true, false],
  ],
  [
    'a longer duration',
    [
      [lease('1', 'a', 60), 0],
      [lease('1', 'a', 60), 59],
      [lease('1', 'a', 60), 1],
    ],
    [true, true, false],
  ],
  [
    'given back',
    [
      [lease('1', 'a'), 0],
      [lease('2', ''), 1],
    ],
    [true, false],
  ],
  ['never held', [[lease('1', null), 0]], [false]],
  [
    'deleted',
    [
      [lease('1', 'a'), 0],
      [error(404), 1],
    ],
    [true, false],
  ],
  [
    'not readable: as last seen, while that holds',
    [
      [lease('1', 'a'), 0],
      [error(403), 5],
      [error(403), 10],
    ],
    [true, true, false],
  ],
  [
    'and back',
    [
      [lease('1', 'a'), 0],
      [lease('1', 'a'), 15],
      [lease('2', 'a'), 5],
    ],
    [true, false, true],
  ],
])('%s', async (_name, answers, expected) => {
  expect(await look(...answers)).toEqual(expected);
});

test('watching tells of changes until it is stopped', async () => {
  const { client } = fakeClient(() => lease('1', 'a'));
  const stop = new AbortController();
  const changed = vi.fn();
  const ended = new LbcWatch(client, silent).watch(stop.signal, changed);
  await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(1));
  stop.abort();
  await ended;
  expect(changed).toHaveBeenCalledTimes(1);
});

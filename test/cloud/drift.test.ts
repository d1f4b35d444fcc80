import { expect, test, vi } from 'vitest';
import type { Inventory } from '../../src/cloud/aws/inventory.ts';
import type { Network } from '../../src/cloud/aws/network.ts';
import type { SharedGroups } from '../../src/cloud/aws/shared-groups.ts';
import { paceOf, sweepForDrift } from '../../src/cloud/drift.ts';
import { ServiceStates } from '../../src/cloud/service-state.ts';
import type { WorkQueue } from '../../src/kube/work-queue.ts';
import { silent } from './support/service.ts';

const PERIOD = 600_000;

// load balancers | rate limited | milliseconds between two | period in seconds
test.each([
  [0, true, 0, 600],
  [1, true, 480_000, 600],
  [100, true, 4_800, 600],
  // 5 calls each at 30 % of 10 a second: 1,667 ms, so past 288 the period stretches.
  [288, true, 1_667, 600],
  [289, true, 1_667, 602],
  [1000, true, 1_667, 2083],
  [1000, false, 480, 600],
])('%i load balancers, rate limited %s: one every %i ms, a period of %i s', (count, limited, gapMs, seconds) => {
  const pace = paceOf(count, count * 5, PERIOD, limited);
  expect(Math.round(pace.gapMs)).toBe(gapMs);
  expect(Math.round(pace.periodMs / 1000)).toBe(seconds);
});

function sweep(refresh: () => Promise<void>) {
  const log: string[] = [];
  const states = new ServiceStates();
  for (const key of ['a', 'b']) states.get(key, key).managed = true;
  states.get('gone', 'gone').gone = true;
  const stop = new AbortController();
  const note = (word: string) => () => (log.push(word), Promise.resolve());
  const ended = sweepForDrift(
    {
      periodMs: 100,
      rateLimited: false,
      inventory: {
        loadBalancers: { size: 2 },
        targetGroups: { size: 2 },
        refresh: (options?: object) => (log.push(`read ${JSON.stringify(options)}`), refresh()),
      } as unknown as Inventory,
      network: { forgetSubnets: () => undefined, refreshInstances: note('instances') } as unknown as Network,
      shared: { forgetNodeGroups: () => undefined, openNodePorts: note('ports') } as unknown as SharedGroups,
      states,
      queue: {
        add: (key: string, how: object) => void log.push(`${key} ${JSON.stringify(how)}`),
      } as unknown as WorkQueue,
      nodeInstances: () => ['i-1'],
      logger: silent,
    },
    stop.signal,
  );
  return { log, states, stop, ended };
}

test('the first sweep goes straight to each Service in the background; the next reads the shared pages anew', async () => {
  const { log, states, stop, ended } = sweep(() => Promise.resolve());
  await vi.waitFor(() => expect(log).toContain('ports'), { timeout: 5000 });
  expect(log.slice(0, 5)).toEqual([
    'a {"priority":"low"}',
    'b {"priority":"low"}',
    'instances',
    'read {"tags":true}',
    'ports',
  ]);
  expect(states.get('a', 'a').sweep).toBe(true);
  stop.abort();
  await ended;
});

test('a sweep that fails is made up for by the next', async () => {
  let reads = 0;
  const { log, stop, ended } = sweep(() =>
    ++reads === 1 ? Promise.reject(new Error('AWS is away')) : Promise.resolve(),
  );
  await vi.waitFor(() => expect(log.filter((one) => one.startsWith('a')).length).toBeGreaterThanOrEqual(3), {
    timeout: 5000,
  });
  expect(reads).toBeGreaterThanOrEqual(2);
  stop.abort();
  await ended;
});

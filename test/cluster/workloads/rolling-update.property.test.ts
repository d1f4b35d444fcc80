import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isActive, isReady } from '../../../src/cluster/api/pods.ts';
import { fenceposts } from '../../../src/cluster/workloads/rollout.ts';
import { close, lab } from './lab.ts';

const share = fc.oneof(
  fc.integer({ min: 0, max: 4 }),
  fc.integer({ min: 0, max: 100 }).map((percent) => `${percent}%`),
);

/** What happens between two looks: some pods become ready, some that go are gone, perhaps another image. */
const moment = fc.record({
  ready: fc.array(fc.nat(20), { maxLength: 4 }),
  gone: fc.boolean(),
  image: fc.option(fc.constantFrom('one', 'two', 'three'), { freq: 6 }),
});

test('a rolling update never has fewer pods available, nor more at all, than it may', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 7 }),
      share,
      share,
      fc.array(moment, { maxLength: 15 }),
      (replicas, maxSurge, maxUnavailable, moments) => {
        fc.pre(![0, '0%'].includes(maxSurge) || ![0, '0%'].includes(maxUnavailable));
        const it = lab({ scheduler: false });
        try {
          const rollingUpdate = { maxSurge, maxUnavailable };
          const made = it.deployment('web', { replicas, strategy: { type: 'RollingUpdate', rollingUpdate } });
          const { surge, unavailable } = fenceposts(made);
          const active = () => it.pods().filter(isActive);
          it.settle();
          for (const pod of active()) it.run(pod);
          it.settle();
          const check = () => {
            expect(active().length).toBeLessThanOrEqual(replicas + surge);
            expect(active().filter(isReady).length).toBeGreaterThanOrEqual(replicas - Math.min(unavailable, replicas));
          };
          const image = (name: string) =>
            it.edit('deployments.apps', 'web', (one) => void (one['spec'].template.spec.containers[0].image = name));
          image('zero');
          // With each write: between two of them nothing may be wrong either.
          it.registry.store.subscribe(({ resource }) => {
            if (resource === 'pods') check();
          });
          for (const { ready, gone, image: name } of moments) {
            if (name) image(name);
            const waiting = active().filter((pod) => !isReady(pod));
            for (const index of new Set(ready.map((one) => one % Math.max(1, waiting.length)))) {
              const pod = waiting[index];
              if (pod) it.run(pod);
            }
            if (gone) {
              for (const pod of it.pods()) if (pod.metadata.deletionTimestamp) it.kubelets();
            }
            it.settle();
          }
          // And it comes to an end.
          const status = () => it.get('deployments.apps', 'default', 'web')?.['status'];
          const done = { replicas, updatedReplicas: replicas, availableReplicas: replicas };
          const isDone = () => Object.entries(done).every(([field, count]) => status()?.[field] === count);
          for (let turn = 0; turn < 40 && !isDone(); turn++) {
            for (const pod of active()) if (!isReady(pod)) it.run(pod);
            it.settle();
          }
          expect(status()).toMatchObject(done);
          expect(it.failures).toEqual([]);
        } finally {
          close(it);
        }
      },
    ),
    { numRuns: 25 },
  );
}, 60_000);

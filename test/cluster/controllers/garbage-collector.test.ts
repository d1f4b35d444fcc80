import { afterAll, beforeAll, describe, test } from 'vitest';
import type { Cluster } from '../../../src/cluster/cluster.ts';
import { startOurs } from '../server/table.ts';
import { play, SCENES } from './garbage.ts';

/** kube-controller-manager plays the same scenes in controllers.real.test.ts. */
describe('the garbage collector', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startOurs({ controllerManager: true });
  });
  afterAll(() => cluster?.close());

  test.each(SCENES.map(([title, ...steps], index) => [title, index, steps] as const))('%s', (_, index, steps) =>
    play(cluster, `scene-${index}`, steps, { waitMs: 500, stillMs: 5 }),
  );
});

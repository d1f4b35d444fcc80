import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster } from '../../../src/cluster/cluster.ts';
import { FakeKubelets } from './fake-kubelets.ts';
import { BINDINGS } from './bindings.ts';
import { EVICTIONS } from './evictions.ts';
import { LISTS } from './lists.ts';
import { PATHS } from './paths.ts';
import { POD_PARTS } from './pod-parts.ts';
import { answersTo, type Case, startOurs } from './table.ts';
import { DELETIONS, DRY_RUNS, NAMESPACES } from './writes.ts';

/** Each is asked of kube-apiserver in answers.real.test.ts. */
describe.each<[string, readonly Case[]]>([
  ['paths', PATHS],
  ['lists', LISTS],
  ['dry runs', DRY_RUNS],
  ['deletions', DELETIONS],
  ['namespaces', NAMESPACES],
  ['pod parts', POD_PARTS],
  ['evictions', EVICTIONS],
  ['bindings', BINDINGS],
])('%s', (title, cases) => {
  let cluster: Cluster;
  let lines: string[] = [];

  beforeAll(async () => {
    cluster = await startOurs({ kubelets: new FakeKubelets() });
    lines = await answersTo(cluster, `test-${title.replace(' ', '-')}`, cases);
  });
  afterAll(() => cluster?.close());

  test.each(cases.map(([ask, tells], index) => [index, ask, tells] as const))('%i: %s', (index, _, tells) => {
    expect(lines[index]).toBe(tells);
  });
});

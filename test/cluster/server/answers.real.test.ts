import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../../support/requirements.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane.ts';
import { BINDINGS } from './bindings.ts';
import { EVICTIONS } from './evictions.ts';
import { LISTS } from './lists.ts';
import { PATHS } from './paths.ts';
import { POD_PARTS } from './pod-parts.ts';
import { answersTo, type Case } from './table.ts';
import { BEGINNINGS, watchAll, WATCHES } from './watches.ts';
import { DELETIONS, DRY_RUNS, NAMESPACES } from './writes.ts';

/** The tables of answers.test.ts and watch.test.ts. */
describeWith(['control-plane'], 'kube-apiserver answers so too', () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane();
  });
  afterAll(() => plane?.stop());

  test.each<[string, readonly Case[]]>([
    ['paths', PATHS],
    ['lists', LISTS],
    ['dry-runs', DRY_RUNS],
    ['deletions', DELETIONS],
    ['namespaces', NAMESPACES],
    ['pod-parts', POD_PARTS],
    ['evictions', EVICTIONS],
    ['bindings', BINDINGS],
  ])('%s', async (title, cases) => {
    const lines = await answersTo(plane, `test-${title}`, cases);
    expect(lines.map((line, index) => `${cases[index]?.[0]} => ${line}`)).toEqual(
      cases.map(([ask, tells]) => `${ask} => ${tells}`),
    );
  });

  test('watches', async () => {
    const told = await watchAll(plane, 'test-watches', 1000);
    const events = WATCHES.map((one) => one.events);
    expect(told).toEqual({ beginnings: BEGINNINGS.map((one) => one.events), live: events, later: events });
  });
});

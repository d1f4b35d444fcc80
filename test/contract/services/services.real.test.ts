import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../../support/requirements.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane.ts';
import { startEmbeddedCluster } from '../../tools/embedded-cluster.ts';
import { Breadth } from './breadth.ts';
import type { ClusterName } from './case.ts';
import { CLUSTERS, compareServers, flagsOf, smallestCases } from './contract.ts';
import { corpusOf } from './corpus.ts';
import { type Allowed, DIFFERENCES, unexpected, withoutPanics } from './differences.ts';
import { generatedCases } from './generate.ts';
import { reported } from './report.ts';
import { unmet } from './rules.ts';

/** kube-apiserver against itself proves that cases and comparison don't depend on luck; then nothing may differ. */
const ITSELF = process.env['SLUICE_TEST_SERVICES'] === 'kube-apiserver';

/** Outside CI every tenth case; of rules that must be met, and of listed differences, nothing can be said then. */
const ALL = process.env['CI'] === 'true' || ITSELF;
const sampled = <T>(cases: readonly T[]): readonly T[] => (ALL ? cases : cases.filter((_, index) => index % 10 === 0));
const startSecond = ITSELF ? startControlPlane : startEmbeddedCluster;
const ALLOWED: readonly Allowed[] = ITSELF ? [] : DIFFERENCES;

const SEED = Number(process.env['SLUICE_SEED'] ?? 1);
const COUNT = Number(process.env['SLUICE_COUNT'] ?? 150);
const TEN_MINUTES = 600_000;

describeWith(['control-plane'], 'Services of two API servers', () => {
  const breadth = new Breadth();

  for (const cluster of Object.keys(CLUSTERS) as ClusterName[]) {
    describeWith(['control-plane'], `with ${CLUSTERS[cluster].cidrs.join(' and ')}`, () => {
      let first: ControlPlane;
      let second: ControlPlane;

      beforeAll(async () => {
        const options = { apiServerArgs: flagsOf(cluster) };
        [first, second] = await Promise.all([startControlPlane(options), startSecond(options)]);
      });
      afterAll(() => Promise.all([first?.stop(), second?.stop()]));

      test('answer every case alike, but for the differences that are listed', { timeout: TEN_MINUTES }, async () => {
        const started = performance.now();
        const found = await compareServers(cluster, first, second, sampled(corpusOf(cluster)));
        breadth.merge(found.breadth);
        const seconds = ((performance.now() - started) / 1000).toFixed(1);
        const byChance = new Set(found.passing.map((difference) => difference.case)).size;
        console.log(`${cluster}: ${found.breadth} in ${seconds} s; ${byChance} cases differed by chance`);
        const { unlisted, gone } = unexpected(
          found.differences,
          ALLOWED.filter((allowed) => allowed.cluster === cluster),
        );
        expect(unlisted, reported(unlisted, found)).toEqual([]);
        if (ALL) expect(gone).toEqual([]);
      });

      // Its few numbers are gone too soon for cases that nobody chose.
      if (cluster === 'tiny') return;
      test('answer cases that nobody wrote alike', { timeout: TEN_MINUTES }, async () => {
        const cases = sampled(generatedCases(SEED, COUNT, CLUSTERS[cluster]));
        const found = await compareServers(cluster, first, second, cases);
        found.differences = ITSELF ? found.differences : withoutPanics(found.differences);
        breadth.merge(found.breadth);
        console.log(`${cluster}, SLUICE_SEED=${SEED} SLUICE_COUNT=${COUNT}: ${found.breadth}`);
        const smallest = await smallestCases(cluster, first, second, cases, found);
        expect(smallest, reported(found.differences, found)).toEqual([]);
      });
    });
  }

  test('are asked enough to know', () => {
    console.log(`together: ${breadth}`);
    if (process.env['SLUICE_CAUSES'])
      console.log([...breadth.causes, ...breadth.refusals, ...breadth.warnings].join('\n'));
    if (ALL) expect(unmet(breadth.causes)).toEqual([]);
    expect(breadth.cases).toBeGreaterThan(600);
  });

  test.each(DIFFERENCES)('$case, step $step, $path: the difference cites its source', ({ source }) => {
    expect(source).toMatch(/https:\/\//);
  });
});

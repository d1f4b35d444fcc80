import type { KubeAccess } from '../../tools/control-plane.ts';
import type { Case, ClusterName } from './case.ts';
import { compareAnswers, type Difference } from './compare.ts';
import { AGAIN, LANES } from './lane.ts';
import { neutral } from './neutral.ts';
import type { Ranges } from './ranges.ts';
import { type Answer, type Exchange, Runner } from './run.ts';
import { shrink } from './shrink.ts';
import { Breadth } from './breadth.ts';

export const CLUSTERS: Record<ClusterName, Ranges> = {
  single: { cidrs: ['10.96.0.0/16'], ports: { first: 30000, last: 32767 } },
  dual: { cidrs: ['10.96.0.0/16', 'fd00:96::/108'], ports: { first: 30000, last: 32767 } },
  six: { cidrs: ['fd00:96::/108', '10.96.0.0/16'], ports: { first: 30000, last: 32767 } },
  tiny: { cidrs: ['10.97.0.0/28', 'fd00:97::/124'], ports: { first: 30000, last: 30009 } },
};

/** How long ago a server's own objects may have been made. */
const UP_MS = 3_600_000;

/** kube-apiserver's flags for a configuration. */
export function flagsOf(cluster: ClusterName): string[] {
  const { cidrs, ports } = CLUSTERS[cluster];
  return [`--service-cluster-ip-range=${cidrs.join(',')}`, `--service-node-port-range=${ports.first}-${ports.last}`];
}

export interface Comparison {
  differences: (Difference & { cluster: ClusterName })[];
  /** What every differing case asked, and what the two answered: to read. */
  requests: Map<string, { first: Exchange[]; second: Exchange[] }>;
  /** Differences that a second run of the case did not show again: a number that was drawn twice by chance. */
  passing: Difference[];
  breadth: Breadth;
}

/**
 * Runs cases of one configuration against two API servers at the same time and compares what they answer. A case that
 * differs runs once more on both before it counts: numbers are drawn at random, and what was freed may come again.
 */
export async function compareServers(
  cluster: ClusterName,
  first: KubeAccess,
  second: KubeAccess,
  cases: readonly Case[],
): Promise<Comparison> {
  const lanes = cluster === 'tiny' ? 1 : LANES;
  const again = cluster === 'tiny' ? 0 : AGAIN;
  const [one, two] = [new Runner(first), new Runner(second)];
  const breadth = new Breadth();
  const comparison: Comparison = { differences: [], requests: new Map(), passing: [], breadth };
  try {
    const from = Date.now() - UP_MS;
    await Promise.all([one.openLane(again), two.openLane(again)]);
    const [left, right] = await Promise.all([one.runAll(cases, lanes), two.runAll(cases, lanes)]);
    const window = { from, to: Date.now() };
    for (const [i, { name }] of cases.entries()) {
      const answers = neutral(left[i] ?? [], CLUSTERS[cluster], window);
      breadth.add(answers, left[i] ?? []);
      const found = compareAnswers(name, answers, neutral(right[i] ?? [], CLUSTERS[cluster], window));
      if (found.length === 0) continue;
      const rerun = await compareCase(cluster, one, two, cases[i] as Case, again);
      if (rerun.differences.length === 0) comparison.passing.push(...found);
      comparison.differences.push(...rerun.differences.map((difference) => ({ cluster, ...difference })));
      if (rerun.differences.length > 0) comparison.requests.set(name, rerun);
    }
    breadth.requests += one.requests;
  } finally {
    one.close();
    two.close();
  }
  return comparison;
}

/** The first differing cases (a handful), each made as small as it can be and still differ, with what differs. */
export async function smallestCases(
  cluster: ClusterName,
  first: KubeAccess,
  second: KubeAccess,
  cases: readonly Case[],
  { differences }: Comparison,
): Promise<(Case & { differences: Difference[] })[]> {
  const names = [...new Set(differences.map((difference) => difference.case))].slice(0, 3);
  const [one, two] = [new Runner(first), new Runner(second)];
  const compared = (made: Case) => compareCase(cluster, one, two, made, AGAIN);
  try {
    await Promise.all([one.openLane(AGAIN), two.openLane(AGAIN)]);
    const found: (Case & { differences: Difference[] })[] = [];
    for (const failing of cases.filter(({ name }) => names.includes(name))) {
      const smallest = await shrink(failing, async (made) => (await compared(made)).differences.length > 0);
      found.push({ ...smallest, differences: (await compared(smallest)).differences });
    }
    return found;
  } finally {
    one.close();
    two.close();
  }
}

/** One case on two servers whose lane is open. */
export async function compareCase(
  cluster: ClusterName,
  one: Runner,
  two: Runner,
  made: Case,
  lane: number,
): Promise<{ differences: Difference[]; first: Exchange[]; second: Exchange[] }> {
  const from = Date.now() - UP_MS;
  const [first, second] = await Promise.all([one.run(made, lane), two.run(made, lane)]);
  const window = { from, to: Date.now() };
  const [a, b]: Answer[][] = [first, second].map((side) => neutral(side, CLUSTERS[cluster], window));
  return { differences: compareAnswers(made.name, a ?? [], b ?? []), first, second };
}

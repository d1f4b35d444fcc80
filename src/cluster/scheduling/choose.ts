/**
 * The best of the nodes that a pod fits on. Where upstream adds up weighted scores and throws dice among equals, this
 * compares one thing after the other, so that the same cluster always gives the same answer. Pure.
 */
import { type Candidate, reasonsAgainst } from './filters.ts';
import { preference } from './node-affinity.ts';
import type { NodeView } from './node-view.ts';
import { isTolerated } from './taints.ts';

const ZONE = 'topology.kubernetes.io/zone';

export type Choice = { node: string } | { reasons: string[][] };

/** `siblings` gives the nodes of the pods that belong together with this one (of one owner, or of the same Services). */
export function chooseNode(
  candidate: Candidate,
  views: readonly NodeView[],
  siblings: () => readonly string[],
): Choice {
  const reasons: string[][] = [];
  const fitting: NodeView[] = [];
  for (const view of views) {
    const against = reasonsAgainst(candidate, view);
    if (against.length === 0) fitting.push(view);
    else reasons.push(against);
  }
  const [first, ...rest] = fitting;
  if (!first) return { reasons };
  if (rest.length === 0) return { node: first.name };
  const zones = new Map(views.map((view) => [view.name, view.label(ZONE) ?? '']));
  const onNode = new Map<string, number>();
  const inZone = new Map<string, number>();
  for (const node of siblings()) {
    const zone = zones.get(node) ?? '';
    onNode.set(node, (onNode.get(node) ?? 0) + 1);
    inZone.set(zone, (inZone.get(zone) ?? 0) + 1);
  }
  const ranked = fitting.map((view) => ({
    view,
    rank: [
      view.taints.filter((one) => one.effect === 'PreferNoSchedule' && !isTolerated(one, candidate.tolerations)).length,
      -preference(candidate.pod, view.node),
      candidate.spread?.crowd(view) ?? 0,
      inZone.get(view.label(ZONE) ?? '') ?? 0,
      onNode.get(view.name) ?? 0,
      used(view),
      view.size,
    ],
  }));
  ranked.sort((a, b) => compare(a.rank, b.rank) || (a.view.name < b.view.name ? -1 : 1));
  return { node: ranked[0]?.view.name ?? first.name };
}

/** The part of CPU and memory that is taken. */
const used = (view: NodeView): number =>
  ['cpu', 'memory'].reduce((sum, name) => sum + view.load(name) / Math.max(1, view.allocatable(name)), 0);

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Why a pod can't go to a node, in the words and the order of upstream's filter plugins (kubernetes
 * `pkg/scheduler/framework/plugins`). Pure.
 */
import type { KubeObject } from '../api/object.ts';
import { matchesNode } from './node-affinity.ts';
import type { NodeView } from './node-view.ts';
import type { PodAffinity } from './pod-affinity.ts';
import { type Amounts, type HostPort, hostPortsOf, portsCollide, requestsOf } from './resources.ts';
import type { Spread } from './spread.ts';
import { HARD, isTolerated, type Toleration, untolerated } from './taints.ts';

/** A pod that looks for a node, with what follows from it and from all nodes. */
export interface Candidate {
  pod: KubeObject;
  requests: Amounts;
  ports: readonly HostPort[];
  tolerations: readonly Toleration[];
  affinity: PodAffinity | undefined;
  spread: Spread | undefined;
}

export const candidateOf = (
  pod: KubeObject,
  affinity: PodAffinity | undefined,
  spread: Spread | undefined,
): Candidate => ({
  pod,
  requests: requestsOf(pod),
  ports: hostPortsOf(pod),
  tolerations: pod['spec']?.tolerations ?? [],
  affinity,
  spread,
});

const UNSCHEDULABLE = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** What is in the way; nothing when the pod fits. */
export function reasonsAgainst(candidate: Candidate, view: NodeView): string[] {
  const { pod, tolerations, ports } = candidate;
  const { node } = view;
  if (node['spec']?.unschedulable && !isTolerated(UNSCHEDULABLE, tolerations)) return ['node(s) were unschedulable'];
  if (untolerated(view.taints, tolerations, HARD)) return ['node(s) had untolerated taint(s)'];
  if (!matchesNode(pod, node)) return ["node(s) didn't match Pod's node affinity/selector"];
  if (ports.length > 0) {
    const taken = view.ports;
    if (ports.some((port) => taken.some((other) => portsCollide(port, other)))) {
      return ["node(s) didn't have free ports for the requested pod ports"];
    }
  }
  const insufficient = resourcesMissing(candidate.requests, view);
  if (insufficient.length > 0) return insufficient;
  const why = candidate.spread?.reasonAgainst(view) ?? candidate.affinity?.reasonAgainst(view);
  return why ? [why] : [];
}

function resourcesMissing(requests: Amounts, view: NodeView): string[] {
  const missing: string[] = [];
  if ((view.size + 1) * 1000 > view.allocatable('pods')) missing.push('Too many pods');
  for (const [name, amount] of requests) {
    if (amount > 0 && amount > view.allocatable(name) - view.requested(name)) missing.push(`Insufficient ${name}`);
  }
  return missing;
}

/** What the pod's condition says; `reasons` has the reasons of each node. */
export function unschedulableMessage(reasons: readonly (readonly string[])[]): string {
  if (reasons.length === 0) return 'no nodes available to schedule pods';
  const counts = new Map<string, number>();
  for (const reason of reasons.flat()) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const told = Array.from(counts, ([reason, count]) => `${count} ${reason}`).toSorted((a, b) => (a < b ? -1 : 1));
  return `0/${reasons.length} nodes are available: ${told.join(', ')}.`;
}

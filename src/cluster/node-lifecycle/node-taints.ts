/** The taints that follow from a node's conditions (kubernetes `pkg/controller/nodelifecycle`). Pure. */
import type { KubeObject } from '../api/object.ts';
import type { Taint } from '../scheduling/taints.ts';
import { conditionsOf } from '../api/pods.ts';
import { readiness } from './health.ts';

const PREFIX = 'node.kubernetes.io/';
export const NOT_READY = `${PREFIX}not-ready`;
export const UNREACHABLE = `${PREFIX}unreachable`;
const UNSCHEDULABLE = `${PREFIX}unschedulable`;

/** The status of a condition that means a taint, and the taint's key. */
const KEYS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: NOT_READY, Unknown: UNREACHABLE },
  MemoryPressure: { True: `${PREFIX}memory-pressure` },
  DiskPressure: { True: `${PREFIX}disk-pressure` },
  NetworkUnavailable: { True: `${PREFIX}network-unavailable` },
  PIDPressure: { True: `${PREFIX}pid-pressure` },
};

const OURS = new Set([UNSCHEDULABLE, ...Object.values(KEYS).flatMap((keys) => Object.values(keys))]);

/** Whether a taint is this controller's to add and to take away. */
const isOurs = ({ key, effect }: Taint): boolean =>
  effect === 'NoSchedule' ? OURS.has(key) : effect === 'NoExecute' && (key === NOT_READY || key === UNREACHABLE);

/**
 * The taints that a node should have, undefined when it has them. A node that never said whether it is ready keeps what it was
 * registered with. `evicts` is false while no node at all is ready: then nothing is gained by moving pods.
 */
export function wantedTaints(node: KubeObject, evicts: boolean, time: string): Taint[] | undefined {
  const now: readonly Taint[] = node['spec']?.taints ?? [];
  const wanted: Pick<Taint, 'key' | 'effect'>[] = conditionsOf(node).flatMap(({ type, status }) => {
    const key = KEYS[type]?.[status];
    return key === undefined ? [] : [{ key, effect: 'NoSchedule' }];
  });
  if (node['spec']?.unschedulable) wanted.push({ key: UNSCHEDULABLE, effect: 'NoSchedule' });
  const ready = readiness(node);
  const bad = ready === 'False' ? NOT_READY : ready === 'Unknown' ? UNREACHABLE : undefined;
  if (bad !== undefined && evicts) wanted.push({ key: bad, effect: 'NoExecute' });
  const isAmong = (taints: readonly Pick<Taint, 'key' | 'effect'>[], { key, effect }: Pick<Taint, 'key' | 'effect'>) =>
    taints.some((one) => one.key === key && one.effect === effect);
  const stays = (taint: Taint) =>
    !isOurs(taint) ||
    isAmong(wanted, taint) ||
    (ready === undefined && (taint.key === NOT_READY || taint.key === UNREACHABLE));
  const kept = now.filter(stays);
  const added = wanted.filter((taint) => !isAmong(now, taint)).map((taint) => ({ ...taint, timeAdded: time }));
  return kept.length === now.length && added.length === 0 ? undefined : [...kept, ...added];
}

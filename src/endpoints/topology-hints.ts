/**
 * Hints that share a Service's endpoints out among zones by their CPUs (`topology-mode: Auto`, KEP-2433). Pure. Rules:
 * k8s.io/endpointslice `topologycache` (0.37).
 */
import type { EndpointSlice } from '../kube/objects.ts';
import type { EndpointNode } from './node.ts';
import type { SliceDraft } from './slice.ts';
import { isReady, type SliceSet, updateWhere, withHints } from './traffic-hints.ts';

/** Endpoints, or shares, by zone. */
export type ByZone = ReadonlyMap<string, number>;

/** How much more than its share an endpoint may be asked for. */
const OVERLOAD = 0.2;

/** Each zone's share of the CPUs; undefined where they can't be weighed: a node that says too little, or fewer than two zones. */
export function zoneShares(nodes: Iterable<EndpointNode>): ByZone | undefined {
  const cpus = new Map<string, number>();
  let total = 0;
  for (const { zone, milliCpu, ready, controlPlane } of nodes) {
    if (controlPlane || !ready) continue;
    if (!zone || milliCpu === 0) return undefined;
    total += milliCpu;
    cpus.set(zone, (cpus.get(zone) ?? 0) + milliCpu);
  }
  if (cpus.size < 2) return undefined;
  return new Map([...cpus].map(([zone, cpu]) => [zone, cpu / total]));
}

/** Whether some zone has too few of a Service's endpoints, now that nodes have changed. */
export function isOverloaded(allocated: ByZone, shares: ByZone | undefined): boolean {
  if (allocated.size === 0) return false;
  if (!shares) return true;
  let total = 0;
  for (const count of allocated.values()) total += count;
  return [...shares].some(([zone, share]) => {
    const count = allocated.get(zone);
    return count === undefined || count < Math.ceil(total * share * (1 / (1 + OVERLOAD)));
  });
}

/** The endpoints of each zone's hints; or why there can be none. */
export type TopologyResult = { allocated: Map<string, number> } | { refused: string };

/** Sets the hints in `set`. Where that can't be done well it says why, and the caller takes away all hints, half-done ones too. */
export function addTopologyHints(set: SliceSet, shares: ByZone | undefined): TopologyResult {
  const allocations = allocate(countReady(set), shares);
  if ('refused' in allocations) return allocations;
  const allocated = keepFitting(set, allocations);
  const drafts = [...set.create, ...set.update];
  for (const { endpoints } of drafts) {
    for (const [index, endpoint] of endpoints.entries()) {
      if (!isReady(endpoint)) continue;
      const { zone } = endpoint;
      if (!zone) return { refused: 'One or more endpoints do not have a zone specified' };
      allocated.set(zone, (allocated.get(zone) ?? 0) + 1);
      endpoints[index] = withHints(endpoint, { forZones: [{ name: zone }] });
    }
  }
  redistribute(drafts, allocations, allocated);
  return allocated.size === 0 ? { refused: 'No hints allocated for zones' } : { allocated };
}

interface Allocation {
  minimum: number;
  maximum: number;
  desired: number;
}

function allocate(endpoints: number, shares: ByZone | undefined): Map<string, Allocation> | { refused: string } {
  if (!shares) {
    return { refused: 'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes' };
  }
  const counts = `(${endpoints} endpoints, ${shares.size} zones)`;
  if (shares.size > endpoints) return { refused: `Insufficient number of endpoints ${counts}` };
  const allocations = new Map<string, Allocation>();
  let least = 0;
  for (const [zone, share] of shares) {
    const desired = share * endpoints;
    const minimum = Math.ceil(desired * (1 / (1 + OVERLOAD)));
    allocations.set(zone, { minimum, maximum: 0, desired: Math.max(desired, minimum) });
    least += minimum;
  }
  if (least > endpoints) {
    const why = 'Unable to allocate minimum required endpoints to each zone without exceeding overload threshold';
    return { refused: `${why} ${counts}` };
  }
  for (const allocation of allocations.values()) allocation.maximum = allocation.minimum + endpoints - least;
  return allocations;
}

function countReady({ create, update, unchanged }: SliceSet): number {
  let count = 0;
  for (const { endpoints } of [...create, ...update, ...unchanged]) {
    for (const endpoint of endpoints ?? []) if (isReady(endpoint)) count++;
  }
  return count;
}

/** Counts the hints of unchanged slices; a slice whose hints make a fair share impossible is updated. */
function keepFitting(set: SliceSet, allocations: ReadonlyMap<string, Allocation>): Map<string, number> {
  const allocated = new Map<string, number>();
  updateWhere(set, (slice) => {
    const counts = hintsByZone(slice, allocated, allocations);
    for (const [zone, count] of counts ?? []) allocated.set(zone, (allocated.get(zone) ?? 0) + count);
    return counts === undefined;
  });
  return allocated;
}

function hintsByZone(
  slice: EndpointSlice,
  allocated: ByZone,
  allocations: ReadonlyMap<string, Allocation>,
): Map<string, number> | undefined {
  const counts = new Map<string, number>();
  for (const endpoint of slice.endpoints ?? []) {
    if (!isReady(endpoint)) continue;
    const zones = endpoint.hints?.forZones ?? [];
    if (zones.length === 0) return undefined;
    for (const { name } of zones) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  for (const [zone, count] of counts) {
    // A zone that has no share any more may have none.
    if (count + (allocated.get(zone) ?? 0) > (allocations.get(zone)?.maximum ?? 0)) return undefined;
  }
  return counts;
}

/** Lets zones with more than their share give endpoints to those with less. */
function redistribute(
  drafts: readonly SliceDraft[],
  allocations: ReadonlyMap<string, Allocation>,
  allocated: Map<string, number>,
): void {
  const { giving, receiving } = givingAndReceiving(allocations, allocated);
  for (const { endpoints } of drafts) {
    for (const [index, endpoint] of endpoints.entries()) {
      if (!isReady(endpoint)) continue;
      const [receiver] = receiving.keys();
      if (giving.size === 0 || receiver === undefined) return;
      const giver = endpoint.zone ?? '';
      if (!giving.has(giver)) continue;
      endpoints[index] = withHints(endpoint, { forZones: [{ name: receiver }] });
      countDown(giving, giver);
      countDown(receiving, receiver);
      allocated.set(receiver, (allocated.get(receiver) ?? 0) + 1);
      allocated.set(giver, (allocated.get(giver) ?? 0) - 1);
    }
  }
}

function countDown(counts: Map<string, number>, zone: string): void {
  const left = (counts.get(zone) ?? 0) - 1;
  if (left > 0) counts.set(zone, left);
  else counts.delete(zone);
}

/** Whole endpoints from the zone with most too many to the one with most too few, until neither gains by one more. */
function givingAndReceiving(allocations: ReadonlyMap<string, Allocation>, allocated: ByZone) {
  const surplus = new Map<string, number>();
  const lack = new Map<string, number>();
  for (const [zone, { desired }] of allocations) {
    const difference = (allocated.get(zone) ?? 0) - desired;
    if (difference > 0) surplus.set(zone, difference);
    else if (difference < 0) lack.set(zone, -difference);
  }
  const giving = new Map<string, number>();
  const receiving = new Map<string, number>();
  for (;;) {
    const giver = most(surplus);
    const receiver = most(lack);
    if (!giver || !receiver) break;
    if (giver.count < 0.5 || receiver.count < 0.5 || (giver.count < 1 && receiver.count < 1)) break;
    giving.set(giver.zone, (giving.get(giver.zone) ?? 0) + 1);
    surplus.set(giver.zone, giver.count - 1);
    receiving.set(receiver.zone, (receiving.get(receiver.zone) ?? 0) + 1);
    lack.set(receiver.zone, receiver.count - 1);
  }
  return { giving, receiving };
}

function most(counts: ByZone): { zone: string; count: number } | undefined {
  let found: { zone: string; count: number } | undefined;
  for (const [zone, count] of counts) if (count > (found?.count ?? 0)) found = { zone, count };
  return found;
}

/**
 * Which slice each endpoint goes to. An endpoint that has a slice stays in it; slices that are written anyway are filled
 * first, the fullest first; what is left goes into the one other slice that it fills best, or into new ones. Slices are never
 * evened out, for every write goes to every node. Pure. Rules: `reconcileByPortMapping` of k8s.io/endpointslice (0.37).
 */
import type { EndpointSlice, IpFamily, Service, SliceEndpoint } from '../kube/objects.ts';
import { type EndpointGroup, endpointKey, sameEndpoint } from './desired.ts';
import { draftOf, labelsDiffer, newDraft, type SliceDraft, sliceLabels } from './slice.ts';

export interface Packing {
  create: SliceDraft[];
  update: SliceDraft[];
  delete: EndpointSlice[];
  unchanged: EndpointSlice[];
  added: number;
  removed: number;
}

/** Fits one group's endpoints into the slices that have its ports. */
export function pack(
  service: Service,
  addressType: IpFamily,
  group: EndpointGroup,
  existing: readonly EndpointSlice[],
  most: number,
): Packing {
  const left = new Map(group.endpoints);
  const packing: Packing = { create: [], update: [], delete: [], unchanged: [], added: 0, removed: 0 };
  for (const slice of existing) keepWhatIsDesired(packing, service, slice, left);
  packing.added = left.size;
  const rest = left.values();

  for (const draft of packing.update.toSorted((a, b) => b.endpoints.length - a.endpoints.length)) {
    take(draft.endpoints, rest, left, most);
  }
  while (left.size > 0) {
    const draft = fillUnchanged(packing, left.size, most) ?? newDraft(service, addressType, group.ports);
    (draft.edits ? packing.update : packing.create).push(draft);
    take(draft.endpoints, rest, left, most);
  }
  return packing;
}

/** Sorts one slice into `packing`, and takes what stands in it out of `left`. */
function keepWhatIsDesired(
  packing: Packing,
  service: Service,
  slice: EndpointSlice,
  left: Map<string, SliceEndpoint>,
): void {
  const had = slice.endpoints ?? [];
  const kept: SliceEndpoint[] = [];
  let changed = false;
  for (const endpoint of had) {
    const key = endpointKey(endpoint);
    const wanted = left.get(key);
    if (!wanted) continue;
    kept.push(wanted);
    left.delete(key);
    changed ||= !sameEndpoint(wanted, endpoint);
  }
  packing.removed += had.length - kept.length;
  const smaller = kept.length < had.length;
  if (smaller && kept.length === 0) {
    packing.delete.push(slice);
  } else if (changed || smaller) {
    packing.update.push({ ...draftOf(slice), labels: sliceLabels(service), endpoints: kept });
  } else if (labelsDiffer(slice, service)) {
    packing.update.push({ ...draftOf(slice), labels: sliceLabels(service) });
  } else {
    packing.unchanged.push(slice);
  }
}

/** The unchanged slice that is fullest when all that is left is in it; it is unchanged no longer. */
function fillUnchanged(packing: Packing, count: number, most: number): SliceDraft | undefined {
  if (count >= most) return undefined;
  let best: EndpointSlice | undefined;
  let fewestFree = most;
  for (const slice of packing.unchanged) {
    const free = most - count - (slice.endpoints?.length ?? 0);
    if (free < 0 || free >= fewestFree) continue;
    fewestFree = free;
    best = slice;
  }
  if (!best) return undefined;
  packing.unchanged.splice(packing.unchanged.indexOf(best), 1);
  return draftOf(best);
}

function take(
  endpoints: SliceEndpoint[],
  rest: Iterator<SliceEndpoint>,
  left: Map<string, SliceEndpoint>,
  most: number,
): void {
  while (endpoints.length < most) {
    const next = rest.next();
    if (next.done) return;
    left.delete(endpointKey(next.value));
    endpoints.push(next.value);
  }
}

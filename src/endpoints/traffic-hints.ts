/** Hints from a Service's `trafficDistribution`: the endpoint's own zone, and its node. Pure. Rules: `trafficdist.go` (0.37). */
import type { EndpointSlice, SliceEndpoint } from '../kube/objects.ts';
import type { TrafficDistribution } from './service.ts';
import { draftOf, type SliceDraft } from './slice.ts';

/** What is written and what stays as it is, of one Service and family. */
export interface SliceSet {
  create: SliceDraft[];
  update: SliceDraft[];
  unchanged: EndpointSlice[];
}

type Hints = NonNullable<SliceEndpoint['hints']>;

/** Gives ready endpoints the hints of a traffic distribution; slices whose hints are wrong are updated. */
export function addTrafficHints(set: SliceSet, distribution: TrafficDistribution): void {
  const withNodes = distribution === 'PreferSameNode';
  updateWhere(set, (slice) => (slice.endpoints ?? []).some((each) => isReady(each) && !hasHints(each, withNodes)));
  for (const { endpoints } of [...set.create, ...set.update]) {
    for (const [index, endpoint] of endpoints.entries()) {
      if (isReady(endpoint)) endpoints[index] = withHints(endpoint, hintsOf(endpoint, withNodes));
    }
  }
}

/** Takes all hints away; slices that have some are updated. */
export function removeHints(set: SliceSet): void {
  updateWhere(set, (slice) => (slice.endpoints ?? []).some(({ hints }) => hints));
  for (const { endpoints } of [...set.create, ...set.update]) {
    for (const [index, endpoint] of endpoints.entries()) {
      if (endpoint.hints) endpoints[index] = withHints(endpoint, undefined);
    }
  }
}

/** Moves unchanged slices to those that are updated. */
export function updateWhere(set: SliceSet, needed: (slice: EndpointSlice) => boolean): void {
  const unchanged: EndpointSlice[] = [];
  for (const slice of set.unchanged) {
    if (needed(slice)) set.update.push(draftOf(slice));
    else unchanged.push(slice);
  }
  set.unchanged = unchanged;
}

export function isReady({ conditions }: SliceEndpoint): boolean {
  return conditions?.ready === true;
}

/** The endpoint with other hints, or with none. */
export function withHints({ hints: _, ...endpoint }: SliceEndpoint, hints: Hints | undefined): SliceEndpoint {
  return hints ? { ...endpoint, hints } : endpoint;
}

function hintsOf({ zone, nodeName }: SliceEndpoint, withNodes: boolean): Hints | undefined {
  const node = withNodes ? nodeName : undefined;
  if (zone === undefined && node === undefined) return undefined;
  return {
    ...(zone !== undefined && { forZones: [{ name: zone }] }),
    ...(node !== undefined && { forNodes: [{ name: node }] }),
  };
}

function hasHints(endpoint: SliceEndpoint, withNodes: boolean): boolean {
  const { forZones = [], forNodes = [] } = endpoint.hints ?? {};
  return is(forZones, endpoint.zone) && is(forNodes, withNodes ? endpoint.nodeName : undefined);
}

function is(hints: readonly { name: string }[], only: string | undefined): boolean {
  return only === undefined ? hints.length === 0 : hints.length === 1 && hints[0]?.name === only;
}

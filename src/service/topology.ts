/**
 * Which of a Service port's endpoints a node uses. Rules: kube-proxy's (`pkg/proxy/topology.go`, 1.37), which decides for
 * traffic of policy Cluster and of policy Local separately.
 */
import type { Endpoint } from './endpoints.ts';

/** Which policies any traffic of a Service port goes by. */
export interface PolicyUse {
  usesCluster: boolean;
  usesLocal: boolean;
}

/** Where the deciding node is. An empty zone: it has none. */
export interface Location {
  nodeName: string;
  zone: string;
}

export interface Categories {
  /** For traffic of policy Cluster. */
  cluster: readonly Endpoint[];
  /** For traffic of policy Local. */
  local: readonly Endpoint[];
  /** Whether anything could be reached from some node; if not, the port refuses rather than drops. */
  any: boolean;
}

/**
 * Ready endpoints, or else those that are terminating and still serve; for Cluster those that hints give to this node or
 * zone, if there are some; for Local those on this node. In the order given.
 */
export function categorize(endpoints: readonly Endpoint[], use: PolicyUse, at: Location): Categories {
  let cluster: readonly Endpoint[] = NO_ENDPOINTS;
  let local: readonly Endpoint[] = NO_ENDPOINTS;
  if (use.usesCluster) {
    const mode = hintMode(endpoints, at);
    cluster = endpoints.filter((endpoint) => endpoint.ready && isFor(endpoint, mode, at));
    // Hints are not followed where they leave nothing, so there is nothing ready anywhere.
    if (cluster.length === 0) cluster = endpoints.filter(lastsOut);
  }
  if (use.usesLocal) {
    local = endpoints.filter((endpoint) => endpoint.local && endpoint.ready);
    // An endpoint may be ready and terminating at once, where what is not ready is published.
    if (local.length === 0) local = endpoints.filter((endpoint) => endpoint.local && lastsOut(endpoint));
  }
  return { cluster, local, any: endpoints.some((endpoint) => endpoint.ready || lastsOut(endpoint)) };
}

export const NO_ENDPOINTS: readonly Endpoint[] = [];

export type HintMode = 'node' | 'zone' | 'none';

/** By which hints the ready endpoints are chosen: only if all of them have such hints and one is meant for this node or zone. */
export function hintMode(endpoints: readonly Endpoint[], { nodeName, zone }: Location): HintMode {
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  if (ready.length === 0) return 'none';
  if (ready.every(({ forNodes }) => forNodes.length > 0) && ready.some(({ forNodes }) => forNodes.includes(nodeName))) {
    return 'node';
  }
  if (ready.every(({ forZones }) => forZones.length > 0) && ready.some(({ forZones }) => forZones.includes(zone))) {
    return 'zone';
  }
  return 'none';
}

function isFor({ forNodes, forZones }: Endpoint, mode: HintMode, { nodeName, zone }: Location): boolean {
  return mode === 'none' || (mode === 'node' ? forNodes.includes(nodeName) : forZones.includes(zone));
}

function lastsOut({ serving, terminating }: Endpoint): boolean {
  return serving && terminating;
}

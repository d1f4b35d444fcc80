/** Which endpoint one client gets. Pure: time comes as an argument. */
import type { Range } from '../service/address.ts';
import type { Endpoint } from '../service/endpoints.ts';
import { NO_ENDPOINTS } from '../service/topology.ts';
import type { Frontend } from './desired.ts';

/** Who counts as inside: pods, by their ranges, and the node itself. */
export interface Inside {
  clusterCidrs: readonly Range[];
  nodeAddresses: ReadonlySet<string>;
}

/** The endpoints that a client may be sent to; none if it may not come at all. */
export function endpointsFor(frontend: Frontend, client: string, inside: Inside): readonly Endpoint[] {
  const { sourceRanges, endpoints, insideEndpoints } = frontend;
  if (sourceRanges && !sourceRanges.some((range) => range.contains(client))) return NO_ENDPOINTS;
  if (endpoints === insideEndpoints) return endpoints;
  return isNode(client, frontend, inside) || isPod(client, inside) ? insideEndpoints : endpoints;
}

function isPod(client: string, { clusterCidrs }: Inside): boolean {
  return clusterCidrs.some((range) => range.contains(client));
}

/** A node that asks one of the addresses it serves has that address itself. */
function isNode(client: string, { address }: Frontend, { nodeAddresses }: Inside): boolean {
  return client === address || nodeAddresses.has(client);
}

/**
 * Whether the endpoint is to see this node's address instead of the client's (kube-proxy's masquerade): when it would answer
 * past this node, which has to see the answer. Those are clients of external addresses, unless the policy is Local and only
 * what is here is asked; whoever asks a ClusterIP from outside of the cluster; and an endpoint that asks itself.
 */
export function isMasqueraded(frontend: Frontend, client: string, endpoint: Endpoint, inside: Inside): boolean {
  if (client === endpoint.address || isNode(client, frontend, inside)) return true;
  if (frontend.kind === 'clusterIP') return inside.clusterCidrs.length > 0 && !isPod(client, inside);
  return frontend.policy === 'Cluster';
}

/** As nftables' sets have it, where kube-proxy keeps its affinities. */
const MOST_CLIENTS = 65_535;

/** Which client had which endpoint of one Service port, and until when that holds. Times are milliseconds of any one clock. */
export class Affinity {
  readonly #timeoutMs: number;
  /** By client, the longest unseen first. */
  readonly #clients = new Map<string, { endpoint: string; until: number }>();

  constructor(timeoutSeconds: number) {
    this.#timeoutMs = timeoutSeconds * 1000;
  }

  get size(): number {
    return this.#clients.size;
  }

  /** The client's endpoint, if it is one of these still. */
  find(client: string, among: readonly Endpoint[], now: number): Endpoint | undefined {
    const known = this.#clients.get(client);
    if (!known) return undefined;
    if (known.until <= now) {
      this.#clients.delete(client);
      return undefined;
    }
    return among.find(({ key }) => key === known.endpoint);
  }

  /** Holds from now on for the whole timeout. What has run out is forgotten on the way. */
  record(client: string, endpoint: Endpoint, now: number): void {
    this.#clients.delete(client);
    for (const [other, { until }] of this.#clients) {
      if (until > now && this.#clients.size < MOST_CLIENTS) break;
      this.#clients.delete(other);
    }
    this.#clients.set(client, { endpoint: endpoint.key, until: now + this.#timeoutMs });
  }
}

/** The `turn`th of the endpoints, round and round, but not `except` if there is another. */
export function nextEndpoint(endpoints: readonly Endpoint[], turn: number, except?: Endpoint): Endpoint | undefined {
  const candidate = endpoints[turn % endpoints.length];
  if (!except || candidate?.key !== except.key) return candidate;
  return endpoints.length > 1 ? endpoints[(turn + 1) % endpoints.length] : undefined;
}

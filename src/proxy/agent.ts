/** From changes of Services, slices and the node to what a backend does: coalesced, one sync at a time, tried again when it fails. */
import { type Clock, systemClock } from '../kube/clock.ts';
import { keyOf } from '../kube/key.ts';
import type { EndpointSlice, Node, Service } from '../kube/objects.ts';
import type { Store } from '../kube/store.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Range } from '../service/address.ts';
import { serviceOfSlice } from '../service/endpoints.ts';
import type { Backend } from './backend.ts';
import { type DesiredService, desiredService, NOTHING } from './desired.ts';
import { isHealthy, type SyncState } from './health.ts';
import type { HealthPorts } from './health-ports.ts';
import type { ProxyMetrics } from './metrics.ts';
import { isEligible, type NodeInfo, nodeInfo } from './node.ts';
import { type FrontendChange, FrontendTable } from './plan.ts';

export interface AgentOptions {
  nodeName: string;
  clusterCidrs?: readonly Range[];
  nodePortAddresses?: readonly Range[];
  /** Least time from the end of a sync to the next. */
  minSyncDelayMs: number;
  services: Store<Service>;
  slices: Store<EndpointSlice>;
  nodes: Store<Node>;
  backend: Backend;
  healthPorts: HealthPorts;
  metrics: ProxyMetrics;
  logger: Logger;
  /** The machine's own addresses, for `nodePortAddresses`. */
  interfaces: () => readonly string[];
  clock?: Clock;
}

/** Of an index over slices: those of one Service. */
const BY_SERVICE = 'service';
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 30_000;

export class Agent {
  readonly state: SyncState = { waitingSince: undefined, lastSynced: undefined };
  readonly #options: AgentOptions;
  readonly #clock: Clock;
  readonly #table = new FrontendTable();
  /** What was last worked out for each Service that wants anything. */
  readonly #desired = new Map<string, DesiredService>();
  /** Services to look at again. */
  readonly #changedServices = new Set<string>();
  readonly #changedEndpoints = new Set<string>();
  /** Changes that a failed sync left. By address, so that many failures keep no more than there are addresses. */
  readonly #unapplied = new Map<string, FrontendChange>();
  readonly #conflicts = new Set<string>();
  #node: NodeInfo;
  #nodeText = '';
  #wake: () => void = () => {};

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#node = this.#readNode();
    options.slices.addIndex(BY_SERVICE, (slice) => {
      const service = serviceOfSlice(slice);
      return service === undefined ? [] : [service];
    });
  }

  /** The node object as last seen. */
  get eligible(): boolean {
    return isEligible(this.#options.nodes.get(this.#options.nodeName));
  }

  get healthy(): boolean {
    return isHealthy(this.state, this.#clock.wall());
  }

  /** Works until `signal`; the first sync waits for complete lists. */
  async run(signal: AbortSignal): Promise<void> {
    const { services, slices, nodes, metrics, minSyncDelayMs, logger } = this.#options;
    const stopped = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([stopped, Promise.all([services.synced, slices.synced, nodes.synced])]);
    if (signal.aborted) return;
    this.#node = this.#readNode();
    if (!nodes.get(this.#options.nodeName)) {
      logger.warn('no such node; without it there are no NodePorts and no zone', { node: this.#options.nodeName });
    }
    const unsubscribe = [
      services.onChange((old, next) => {
        const service = next ?? old;
        if (!service) return;
        metrics.serviceChanges.inc();
        this.#changedServices.add(keyOf(service));
        this.#queue();
      }),
      slices.onChange((old, next) => {
        for (const slice of [old, next]) {
          const service = slice && serviceOfSlice(slice);
          if (service !== undefined) this.#changedEndpoints.add(service);
        }
        metrics.endpointChanges.inc();
        this.#queue();
      }),
      nodes.onChange(() => this.#nodeChanged()),
    ];
    let retryMs = FIRST_RETRY_MS;
    this.#queue();
    while (!signal.aborted) {
      await Promise.race([stopped, this.#work()]);
      if (signal.aborted) break;
      let delayMs = minSyncDelayMs;
      try {
        await this.#sync();
        retryMs = FIRST_RETRY_MS;
      } catch (error) {
        logger.error('the rules could not be synced; trying again', { error, milliseconds: retryMs });
        delayMs = retryMs;
        retryMs = Math.min(LAST_RETRY_MS, retryMs * 2);
      }
      await Promise.race([stopped, pause(this.#clock, delayMs)]);
    }
    for (const end of unsubscribe) end();
  }

  /** Resolves when there is something to sync. */
  #work(): Promise<void> {
    if (this.state.waitingSince !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #queue(): void {
    const { metrics } = this.#options;
    metrics.syncLastQueued.set(this.#clock.wall() / 1000);
    metrics.serviceChangesPending.set(this.#changedServices.size);
    metrics.endpointChangesPending.set(this.#changedEndpoints.size);
    this.state.waitingSince ??= this.#clock.wall();
    this.#wake();
  }

  async #sync(): Promise<void> {
    const { metrics, backend, healthPorts, clusterCidrs = [] } = this.#options;
    const started = this.#clock.now();
    const changed = new Set([...this.#changedServices, ...this.#changedEndpoints]);
    const waitingSince = this.state.waitingSince;
    this.state.waitingSince = undefined;
    this.#changedServices.clear();
    this.#changedEndpoints.clear();
    for (const key of changed) this.#plan(key);
    const changes = [...this.#unapplied.values()];
    try {
      await backend.apply(changes, { clusterCidrs, nodeAddresses: new Set(this.#node.addresses) });
    } catch (error) {
      this.state.waitingSince = waitingSince;
      throw error;
    }
    this.#unapplied.clear();
    const desired = [...this.#desired.values()];
    await healthPorts.apply(
      desired.flatMap(({ healthChecks }) => healthChecks),
      this.#node.nodePortAddresses,
    );
    this.state.lastSynced = this.#clock.wall();
    metrics.syncDuration.observe((this.#clock.now() - started) / 1000);
    metrics.syncLast.set(this.state.lastSynced / 1000);
    metrics.serviceChangesPending.set(this.#changedServices.size);
    metrics.endpointChangesPending.set(this.#changedEndpoints.size);
    const lacking = (traffic: 'internal' | 'external') =>
      desired.reduce((sum, { withoutLocal }) => sum + withoutLocal[traffic], 0);
    metrics.noLocalEndpoints.set({ traffic_policy: 'internal' }, lacking('internal'));
    metrics.noLocalEndpoints.set({ traffic_policy: 'external' }, lacking('external'));
  }

  /** Works out one Service anew. */
  #plan(key: string): void {
    const { services, slices } = this.#options;
    const service = services.get(key);
    const desired = service ? desiredService(service, slices.byIndex(BY_SERVICE, key), this.#node) : NOTHING;
    if (desired.frontends.length > 0) this.#desired.set(key, desired);
    else this.#desired.delete(key);
    const age = service?.metadata.creationTimestamp ?? '';
    const { changes, conflicts } = this.#table.set(key, age, desired.frontends);
    for (const change of changes) {
      const earlier = this.#unapplied.get(change.key);
      this.#unapplied.set(change.key, earlier ? { ...change, old: earlier.old } : change);
    }
    for (const { key: address, holder, refused } of conflicts) {
      const said = `${address} ${refused}`;
      if (this.#conflicts.has(said)) continue;
      this.#conflicts.add(said);
      this.#options.logger.warn('two Services want one address and port; the older has it', {
        address,
        service: refused,
        holder,
        remedy: 'give one of them another address or port',
      });
    }
  }

  /** The node's heartbeats change nothing; its zone and addresses change every Service. */
  #nodeChanged(): void {
    const before = this.#nodeText;
    this.#node = this.#readNode();
    if (this.#nodeText === before) return;
    for (const key of this.#options.services.keys()) this.#changedServices.add(key);
    this.#queue();
  }

  #readNode(): NodeInfo {
    const { nodeName, nodes, nodePortAddresses, interfaces } = this.#options;
    const node = nodeInfo(nodeName, nodes.get(nodeName), nodePortAddresses, interfaces());
    this.#nodeText = JSON.stringify(node);
    return node;
  }
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimeout(resolve, ms);
  });
}

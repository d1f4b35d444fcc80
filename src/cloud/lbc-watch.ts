/**
 * Whether aws-load-balancer-controller (LBC) is at work in this cluster: its own Lease is being renewed. Judged, as leader
 * election does, by changes that are seen here, not by the clock of whoever wrote them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lease } from '../kube/objects.ts';
import { isNotFound, type KubeClient } from '../kube/request.ts';
import type { Logger } from '../runtime/logger.ts';

const LBC_LEASE = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/aws-load-balancer-controller-leader';
const LOOK_EVERY_MS = 2_000;
const DEFAULT_DURATION_S = 15;

export class LbcWatch {
  readonly #client: KubeClient;
  readonly #logger: Logger;
  #seen: { version: string; at: number; durationMs: number } | undefined;

  constructor(client: KubeClient, logger: Logger) {
    this.#client = client;
    this.#logger = logger;
  }

  /** A Lease with a holder counts as renewed until it has not changed for its own duration. */
  get active(): boolean {
    return this.#seen !== undefined && performance.now() - this.#seen.at < this.#seen.durationMs;
  }

  /** Looks until `signal`; calls `onChange` when LBC came or went. The first look is done when this resolves `ready`. */
  async watch(signal: AbortSignal, onChange: () => void): Promise<void> {
    let was = this.active;
    while (!signal.aborted) {
      await this.look();
      if (this.active !== was) {
        was = this.active;
        this.#logger.info(was ? 'aws-load-balancer-controller is at work' : 'aws-load-balancer-controller is gone');
        onChange();
      }
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async look(): Promise<void> {
    try {
      const lease = await this.#client.request<Lease>('GET', LBC_LEASE);
      const version = lease.metadata.resourceVersion;
      if (!lease.spec?.holderIdentity) this.#seen = undefined;
      else if (this.#seen?.version !== version) {
        const lasts = (lease.spec.leaseDurationSeconds ?? DEFAULT_DURATION_S) * 1000;
        // However short it is, a Lease that is being renewed must not seem to have ended between two looks.
        const durationMs = Math.max(lasts, 2 * LOOK_EVERY_MS);
        this.#seen = { version, at: performance.now(), durationMs };
      }
    } catch (error) {
      if (isNotFound(error)) this.#seen = undefined;
      else this.#logger.warn("could not read aws-load-balancer-controller's Lease", { error });
    }
  }
}

/** One sync of the slices that mirror a Service's Endpoints. */
import type { EventRecorder } from '../kube/events.ts';
import type { Endpoints, Service } from '../kube/objects.ts';
import type { Store } from '../kube/store.ts';
import type { MirrorMetrics } from './metrics.ts';
import { isMirrored, mirrorBody, planMirror } from './mirror-plan.ts';
import { isNamespaceEnding, type OwnedSlices, type SliceRound } from './owned-slices.ts';
import { hasSelector } from './service.ts';

export interface MirrorSyncParts {
  serviceOf(key: string): Service | undefined;
  endpoints: Store<Endpoints>;
  slices: OwnedSlices;
  events: EventRecorder;
  metrics: MirrorMetrics;
  /** Addresses of one subset that are mirrored. */
  most: number;
}

export class MirrorSync {
  readonly #parts: MirrorSyncParts;

  constructor(parts: MirrorSyncParts) {
    this.#parts = parts;
  }

  /** Makes the mirrored slices what they should be. @throws when something failed and is worth another try. */
  async sync(key: string): Promise<void> {
    const { serviceOf, slices } = this.#parts;
    const endpoints = this.#parts.endpoints.get(key);
    const service = serviceOf(key);
    const mirrored = endpoints && isMirrored(endpoints) && service && !hasSelector(service);
    if (!mirrored) {
      const existing = slices.of(key);
      if (existing.length === 0) return;
      await slices.during(key, async (round) => {
        for (const slice of existing) await round.delete(slice);
      });
      return;
    }
    await slices.during(key, (round) => this.#mirror(endpoints, round));
  }

  async #mirror(endpoints: Endpoints, round: SliceRound): Promise<void> {
    const { slices, events, metrics, most } = this.#parts;
    const { namespace = '', name, uid, resourceVersion, deletionTimestamp } = endpoints.metadata;
    const plan = planMirror(endpoints, slices.of(`${namespace}/${name}`), most);
    metrics.planned(plan);
    const reference = { apiVersion: 'v1', kind: 'Endpoints', namespace, name, uid, resourceVersion };
    for (const { type, reason, message } of plan.events) events.record(reference, type, reason, message);
    for (const draft of deletionTimestamp ? [] : plan.create) {
      try {
        await round.create(namespace, mirrorBody(draft, endpoints));
      } catch (error) {
        if (isNamespaceEnding(error)) return;
        throw error;
      }
    }
    for (const draft of plan.update) {
      await round.update(namespace, draft.replaces?.metadata.name ?? '', mirrorBody(draft, endpoints));
    }
    for (const slice of plan.delete) await round.delete(slice);
  }
}

/**
 * One sync of a Service: the plan of each family is made and written, in that order. Creates go first and deletes last, so
 * that no endpoint is missing in between.
 */
import type { EndpointSlice, IpFamily, Service } from '../kube/objects.ts';
import type { EventRecorder } from '../kube/events.ts';
import { keyOf } from '../kube/key.ts';
import type { NodeLookup } from './desired.ts';
import { SyncError } from './errors.ts';
import type { SliceMetrics } from './metrics.ts';
import { isNamespaceEnding, type OwnedSlices, type SliceRound } from './owned-slices.ts';
import { planSlices, type SlicePlan } from './plan.ts';
import type { EndpointPod } from './pod.ts';
import { addressTypesOf, selectsPods, trafficDistributionOf, wantsTopologyHints } from './service.ts';
import { sliceBody } from './slice.ts';
import type { Topology } from './topology.ts';
import { TriggerTimes } from './trigger-time.ts';

export interface SliceSyncParts {
  serviceOf(key: string): Service | undefined;
  podsOf(service: Service): Iterable<EndpointPod>;
  nodeOf: NodeLookup;
  slices: OwnedSlices;
  topology: Topology;
  events: EventRecorder;
  metrics: SliceMetrics;
  maxEndpointsPerSlice: number;
}

export class SliceSync {
  readonly #parts: SliceSyncParts;
  readonly #triggers = new TriggerTimes();
  readonly #waiting = new Set<string>();

  constructor(parts: SliceSyncParts) {
    this.#parts = parts;
  }

  /** Services with pods that are left out because their node is not there: a node that comes is a reason to try again. */
  get waitingForNodes(): Iterable<string> {
    return this.#waiting;
  }

  /** Makes the slices of a Service what they should be. @throws when something failed and is worth another try. */
  async sync(key: string): Promise<void> {
    const { serviceOf, podsOf, slices, metrics, topology, events } = this.#parts;
    const service = serviceOf(key);
    this.#waiting.delete(key);
    if (!service) {
      // The garbage collector deletes its slices.
      this.#triggers.forget(key);
      topology.forget(key);
      metrics.forget(key);
      return;
    }
    if (!selectsPods(service)) return;
    const pods = podsOf(service);
    const triggerTime = this.#triggers.next(key, service, pods);
    const errors: unknown[] = [];
    await slices.during(key, async (round) => {
      const existing = Map.groupBy(slices.of(key), ({ addressType }) => addressType);
      const families = addressTypesOf(service);
      metrics.begin(key);
      for (const family of families) {
        const plan = this.#plan(key, service, pods, family, existing.get(family) ?? []);
        for (const pod of plan.missing) errors.push(new Error(missingNode(service, pod)));
        if (plan.missing.length > 0) this.#waiting.add(key);
        try {
          await this.#write(service, plan, round, triggerTime);
        } catch (error) {
          errors.push(error);
        }
        for (const { type, reason, message } of plan.events) events.record(referenceOf(service), type, reason, message);
      }
      for (const [family, others] of existing) {
        if (families.some((each) => each === family)) continue;
        topology.setHints(key, family as IpFamily, undefined);
        for (const slice of others) {
          try {
            await round.delete(slice);
          } catch (error) {
            errors.push(error);
          }
        }
      }
    });
    if (errors.length === 0) return;
    const error = new SyncError(errors);
    const { namespace, name } = service.metadata;
    const message = `Error updating Endpoint Slices for Service ${namespace}/${name}: ${error.message}`;
    events.record(referenceOf(service), 'Warning', 'FailedToUpdateEndpointSlices', message);
    throw error;
  }

  #plan(
    key: string,
    service: Service,
    pods: Iterable<EndpointPod>,
    addressType: IpFamily,
    existing: EndpointSlice[],
  ): SlicePlan {
    const { nodeOf, topology, metrics, maxEndpointsPerSlice } = this.#parts;
    const plan = planSlices({
      service,
      pods,
      nodeOf,
      addressType,
      existing,
      maxEndpointsPerSlice,
      zoneShares: topology.shares,
      hadTopologyHints: topology.hasHints(key),
    });
    topology.setHints(key, addressType, plan.topology);
    metrics.planned(key, plan, trafficDistributionOf(service));
    return plan;
  }

  async #write(service: Service, plan: SlicePlan, round: SliceRound, triggerTime: string | undefined): Promise<void> {
    const { namespace = '', name, deletionTimestamp } = service.metadata;
    const failed = (what: string) => (error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      return new Error(`failed to ${what} for Service ${namespace}/${name}: ${reason}`, { cause: error });
    };
    // The garbage collector is about to delete what a Service on its way out has; new slices would be in its way.
    for (const draft of deletionTimestamp ? [] : plan.create) {
      try {
        await round.create(namespace, sliceBody(draft, service, triggerTime));
      } catch (error) {
        if (isNamespaceEnding(error)) return;
        throw failed('create EndpointSlice')(error);
      }
    }
    for (const draft of plan.update) {
      const slice = draft.edits ?? draft.replaces;
      const sliceName = slice?.metadata.name ?? '';
      await round.update(namespace, sliceName, sliceBody(draft, service, triggerTime)).catch((error: unknown) => {
        throw failed(`update ${sliceName} EndpointSlice`)(error);
      });
    }
    for (const slice of plan.delete) {
      await round.delete(slice).catch((error: unknown) => {
        throw failed(`delete ${slice.metadata.name} EndpointSlice`)(error);
      });
    }
    const topology = wantsTopologyHints(service) ? 'Auto' : 'Disabled';
    const changed = plan.create.length + plan.update.length + plan.delete.length;
    this.#parts.metrics.changedPerSync.observe(
      { topology, traffic_distribution: trafficDistributionOf(service) ?? '' },
      changed,
    );
  }
}

function missingNode(service: Service, { metadata, nodeName = '' }: EndpointPod): string {
  return `skipping Pod ${metadata.name} for Service ${keyOf(service)}: Node ${nodeName} Not Found`;
}

/** What an event is about. */
export function referenceOf({ metadata }: Service) {
  const { namespace, name, uid, resourceVersion } = metadata;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    ...(namespace !== undefined && { namespace }),
    name,
    uid,
    resourceVersion,
  };
}

/** The controllers' metrics: upstream's names and meanings (k8s.io/endpointslice `metrics`, `endpointslicemirroring/metrics`). */
import { Counter, exponentialBuckets, Gauge, Histogram, type Registry } from 'prom-client';
import type { SliceOperation } from './owned-slices.ts';
import type { Efficiency } from './plan.ts';

const PREFIX = 'endpoint_slice_controller_';
const COUNTS = exponentialBuckets(2, 2, 15);

/** What a plan tells. */
interface Planned {
  efficiency: readonly Efficiency[];
  added: number;
  removed: number;
}

interface Totals {
  endpoints: number;
  slices: number;
  desired: number;
}

export class SliceMetrics {
  readonly changes: Counter<'operation'>;
  readonly changedPerSync: Histogram<'topology' | 'traffic_distribution'>;
  readonly syncs: Counter<'result'>;
  readonly #added: Histogram;
  readonly #removed: Histogram;
  readonly #endpoints: Gauge;
  readonly #slices: Gauge;
  readonly #desired: Gauge;
  readonly #byDistribution: Gauge<'traffic_distribution'>;
  readonly #services = new Map<string, Totals>();
  readonly #distributions = new Map<string, string>();
  readonly #most: number;

  constructor(registry: Registry, maxEndpointsPerSlice: number) {
    const registers = [registry];
    const gauge = <L extends string = never>(name: string, help: string, labelNames: L[] = []): Gauge<L> =>
      new Gauge({ name: PREFIX + name, help, labelNames, registers });
    const histogram = <L extends string = never>(name: string, help: string, buckets: number[], labelNames: L[] = []) =>
      new Histogram<L>({ name: PREFIX + name, help, buckets, labelNames, registers });
    const counter = <L extends string>(name: string, help: string, labelNames: L[]): Counter<L> =>
      new Counter({ name: PREFIX + name, help, labelNames, registers });
    this.#most = maxEndpointsPerSlice;
    this.#added = histogram('endpoints_added_per_sync', 'Number of endpoints added on each Service sync', COUNTS);
    this.#removed = histogram('endpoints_removed_per_sync', 'Number of endpoints removed on each Service sync', COUNTS);
    this.#endpoints = gauge('endpoints_desired', 'Number of endpoints desired');
    this.#slices = gauge('num_endpoint_slices', 'Number of EndpointSlices');
    this.#desired = gauge(
      'desired_endpoint_slices',
      'Number of EndpointSlices that would exist with perfect endpoint allocation',
    );
    this.changes = counter('changes', 'Number of EndpointSlice changes', ['operation']);
    this.changedPerSync = histogram(
      'endpointslices_changed_per_sync',
      'Number of EndpointSlices changed on each Service sync',
      [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      ['topology', 'traffic_distribution'],
    );
    this.syncs = counter('syncs', 'Number of EndpointSlice syncs', ['result']);
    this.#byDistribution = gauge(
      'services_count_by_traffic_distribution',
      'Number of Services using some specific trafficDistribution',
      ['traffic_distribution'],
    );
  }

  wrote(operation: SliceOperation): void {
    this.changes.inc({ operation });
  }

  /** A sync of a Service begins: what its families have is counted anew. */
  begin(key: string): void {
    this.#count(key, { endpoints: 0, slices: 0, desired: 0 });
  }

  /** One family of a Service was planned. */
  planned(key: string, { efficiency, added, removed }: Planned, distribution: string | undefined): void {
    this.#added.observe(added);
    this.#removed.observe(removed);
    const { endpoints, slices, desired } = this.#services.get(key) ?? { endpoints: 0, slices: 0, desired: 0 };
    const totals = { endpoints, slices, desired };
    let ideal = 0;
    for (const group of efficiency) {
      totals.endpoints += group.endpoints;
      totals.slices += group.slices;
      ideal += Math.ceil(group.endpoints / this.#most);
    }
    // The placeholder.
    totals.desired += ideal || 1;
    this.#count(key, totals);
    this.#distribute(key, distribution);
  }

  forget(key: string): void {
    this.begin(key);
    this.#services.delete(key);
    this.#distribute(key, undefined);
  }

  #count(key: string, next: Totals): void {
    const old = this.#services.get(key) ?? { endpoints: 0, slices: 0, desired: 0 };
    this.#endpoints.inc(next.endpoints - old.endpoints);
    this.#slices.inc(next.slices - old.slices);
    this.#desired.inc(next.desired - old.desired);
    this.#services.set(key, next);
  }

  #distribute(key: string, distribution: string | undefined): void {
    const old = this.#distributions.get(key);
    if (old === distribution) return;
    if (old !== undefined) this.#byDistribution.dec({ traffic_distribution: old });
    if (distribution !== undefined) {
      this.#byDistribution.inc({ traffic_distribution: distribution });
      this.#distributions.set(key, distribution);
    } else {
      this.#distributions.delete(key);
    }
  }
}

const MIRRORING_PREFIX = 'endpoint_slice_mirroring_controller_';

export class MirrorMetrics {
  readonly changes: Counter<'operation'>;
  readonly syncDuration: Histogram;
  readonly #added: Histogram;
  readonly #updated: Histogram;
  readonly #removed: Histogram;
  readonly #skipped: Histogram;

  constructor(registry: Registry) {
    const registers = [registry];
    const histogram = (name: string, help: string, buckets = COUNTS) =>
      new Histogram({ name: MIRRORING_PREFIX + name, help, buckets, registers });
    this.changes = new Counter({
      name: `${MIRRORING_PREFIX}changes`,
      help: 'Number of EndpointSlice changes',
      labelNames: ['operation'],
      registers,
    });
    this.syncDuration = histogram(
      'endpoints_sync_duration',
      'Duration of syncEndpoints() in seconds',
      exponentialBuckets(0.001, 2, 15),
    );
    this.#added = histogram('endpoints_added_per_sync', 'Number of endpoints added on each Endpoints sync');
    this.#updated = histogram('endpoints_updated_per_sync', 'Number of endpoints updated on each Endpoints sync');
    this.#removed = histogram('endpoints_removed_per_sync', 'Number of endpoints removed on each Endpoints sync');
    this.#skipped = histogram(
      'addresses_skipped_per_sync',
      'Number of addresses skipped on each Endpoints sync due to being invalid or exceeding MaxEndpointsPerSubset',
    );
  }

  wrote(operation: SliceOperation): void {
    this.changes.inc({ operation });
  }

  planned({ added, updated, removed, skipped }: Record<'added' | 'updated' | 'removed' | 'skipped', number>): void {
    this.#added.observe(added);
    this.#updated.observe(updated);
    this.#removed.observe(removed);
    this.#skipped.observe(skipped);
  }
}

export interface EndpointsMetrics {
  slices: SliceMetrics;
  mirroring: MirrorMetrics;
}

/** Adds the plane's metrics to a process's; once for a registry. */
export function createEndpointsMetrics(registry: Registry, maxEndpointsPerSlice: number): EndpointsMetrics {
  return { slices: new SliceMetrics(registry, maxEndpointsPerSlice), mirroring: new MirrorMetrics(registry) };
}

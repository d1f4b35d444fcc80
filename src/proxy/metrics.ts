import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** The proxy's metrics. Those that mean what kube-proxy's mean have its names, so dashboards fit. */
export interface ProxyMetrics {
  readonly syncDuration: Histogram;
  readonly syncLast: Gauge;
  readonly syncLastQueued: Gauge;
  readonly endpointChanges: Counter;
  readonly endpointChangesPending: Gauge;
  readonly serviceChanges: Counter;
  readonly serviceChangesPending: Gauge;
  readonly noLocalEndpoints: Gauge<'traffic_policy'>;
  readonly healthz: Counter<'code'>;
  readonly livez: Counter<'code'>;
  readonly frontends: Gauge;
  readonly bindFailures: Counter;
  readonly connections: Counter<'protocol' | 'result'>;
  readonly openConnections: Gauge<'protocol'>;
}

/** As kube-proxy's: from a millisecond, doubled 14 times. */
const SYNC_BUCKETS = Array.from({ length: 15 }, (_, power) => 0.001 * 2 ** power);

/** Adds the proxy's metrics to a process's registry. */
export function createProxyMetrics(registry: Registry): ProxyMetrics {
  const registers = [registry];
  const counter = <L extends string = never>(name: string, help: string, labelNames: L[] = []): Counter<L> =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <L extends string = never>(name: string, help: string, labelNames: L[] = []): Gauge<L> =>
    new Gauge({ name, help, labelNames, registers });
  const sync = 'kubeproxy_sync_proxy_rules';
  return {
    syncDuration: new Histogram({
      name: `${sync}_duration_seconds`,
      help: 'Duration of one sync of the rules',
      buckets: SYNC_BUCKETS,
      registers,
    }),
    syncLast: gauge(`${sync}_last_timestamp_seconds`, 'When the rules were last synced'),
    syncLastQueued: gauge(`${sync}_last_queued_timestamp_seconds`, 'When a sync was last asked for'),
    endpointChanges: counter(`${sync}_endpoint_changes_total`, 'Changes of EndpointSlices seen'),
    endpointChangesPending: gauge(
      `${sync}_endpoint_changes_pending`,
      'Services whose endpoints changed since the sync',
    ),
    serviceChanges: counter(`${sync}_service_changes_total`, 'Changes of Services seen'),
    serviceChangesPending: gauge(`${sync}_service_changes_pending`, 'Services that changed since the sync'),
    noLocalEndpoints: gauge(
      `${sync}_no_local_endpoints_total`,
      'Service ports with a Local traffic policy that have endpoints, but none on this node',
      ['traffic_policy'],
    ),
    healthz: counter('kubeproxy_proxy_healthz_total', 'Answers of /healthz', ['code']),
    livez: counter('kubeproxy_proxy_livez_total', 'Answers of /livez', ['code']),
    frontends: gauge('sluice_proxy_frontends', 'Addresses and ports of Services that are served'),
    bindFailures: counter('sluice_proxy_bind_failures_total', 'Addresses that could not be listened on'),
    connections: counter('sluice_proxy_connections_total', 'Relayed connections and UDP sessions by their result', [
      'protocol',
      'result',
    ]),
    openConnections: gauge('sluice_proxy_open_connections', 'Relayed connections and UDP sessions that are open', [
      'protocol',
    ]),
  };
}

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Every metric of a Sluice process. Queue and API client metrics have the names that client-go's have, so dashboards fit. */
export interface Metrics {
  readonly registry: Registry;
  readonly workqueueDepth: Gauge<'name'>;
  readonly workqueueAdds: Counter<'name'>;
  readonly workqueueRetries: Counter<'name'>;
  readonly workqueueQueueDuration: Histogram<'name'>;
  readonly workqueueWorkDuration: Histogram<'name'>;
  readonly reconciles: Counter<'controller' | 'result'>;
  readonly reconcileDuration: Histogram<'controller' | 'result'>;
  readonly awsRequests: Counter<'service' | 'operation' | 'outcome'>;
  readonly awsRequestDuration: Histogram<'service' | 'operation'>;
  readonly awsThrottled: Counter<'service' | 'operation'>;
  readonly managedServices: Gauge<'state'>;
  readonly kubeRequests: Counter<'method' | 'code'>;
  readonly kubeRequestDuration: Histogram<'method'>;
  readonly watchEvents: Counter<'resource'>;
  readonly watchRelists: Counter<'resource' | 'reason'>;
  readonly leader: Gauge<'name'>;
  readonly driftPeriod: Gauge;
  readonly driftRepairs: Counter;
}

/** From a millisecond to five minutes: an in-memory step and the wait for a load balancer both fall inside. */
const durations = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const requestDurations = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** A fresh set of metrics in a registry of its own, so that two planes or two tests in one process never share a number. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const counter = <L extends string = never>(name: string, help: string, labelNames: L[] = []): Counter<L> =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <L extends string = never>(name: string, help: string, labelNames: L[] = []): Gauge<L> =>
    new Gauge({ name, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: L[], buckets = durations) =>
    new Histogram<L>({ name, help, labelNames, buckets, registers });

  return {
    registry,
    workqueueDepth: gauge('workqueue_depth', 'Keys waiting in the queue', ['name']),
    workqueueAdds: counter('workqueue_adds_total', 'Keys added to the queue', ['name']),
    workqueueRetries: counter('workqueue_retries_total', 'Keys added again after a failure', ['name']),
    workqueueQueueDuration: histogram('workqueue_queue_duration_seconds', 'Wait of a key in the queue', ['name']),
    workqueueWorkDuration: histogram('workqueue_work_duration_seconds', 'Work on one key', ['name']),
    reconciles: counter('sluice_reconcile_total', 'Reconciles by their result', ['controller', 'result']),
    reconcileDuration: histogram('sluice_reconcile_duration_seconds', 'Duration of a reconcile', [
      'controller',
      'result',
    ]),
    awsRequests: counter('sluice_aws_requests_total', 'Requests to AWS by their outcome', [
      'service',
      'operation',
      'outcome',
    ]),
    awsRequestDuration: histogram(
      'sluice_aws_request_duration_seconds',
      'Duration of a request to AWS, without the wait for the rate limit',
      ['service', 'operation'],
      requestDurations,
    ),
    awsThrottled: counter('sluice_aws_throttled_total', 'Requests that AWS throttled', ['service', 'operation']),
    managedServices: gauge('sluice_managed_services', 'Services that Sluice holds, by their state', ['state']),
    kubeRequests: counter('rest_client_requests_total', 'Requests to the API server', ['method', 'code']),
    kubeRequestDuration: histogram(
      'rest_client_request_duration_seconds',
      'Duration of a request to the API server',
      ['method'],
      requestDurations,
    ),
    watchEvents: counter('sluice_watch_events_total', 'Events received from watches', ['resource']),
    watchRelists: counter('sluice_watch_relists_total', 'Lists that a watch had to start over with', [
      'resource',
      'reason',
    ]),
    leader: gauge('leader_election_master_status', '1 while this process leads, else 0', ['name']),
    driftPeriod: gauge('sluice_drift_period_seconds', 'Time in which every load balancer is compared once'),
    driftRepairs: counter('sluice_drift_repairs_total', 'Differences to the cloud that were repaired'),
  };
}

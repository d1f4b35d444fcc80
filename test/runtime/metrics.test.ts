import { register } from 'prom-client';
import { expect, test } from 'vitest';
import { createMetrics } from '../../src/runtime/metrics.ts';

test('every metric is there with its type and labels', async () => {
  const metrics = createMetrics();
  metrics.workqueueDepth.set({ name: 'services' }, 3);
  metrics.workqueueAdds.inc({ name: 'services' });
  metrics.workqueueRetries.inc({ name: 'services' });
  metrics.workqueueQueueDuration.observe({ name: 'services' }, 0.002);
  metrics.workqueueWorkDuration.observe({ name: 'services' }, 0.2);
  metrics.reconciles.inc({ controller: 'service', result: 'done' });
  metrics.reconcileDuration.observe({ controller: 'service', result: 'done' }, 1);
  metrics.awsRequests.inc({ service: 'elbv2', operation: 'CreateListener', outcome: 'ok' });
  metrics.awsRequestDuration.observe({ service: 'elbv2', operation: 'CreateListener' }, 0.1);
  metrics.awsThrottled.inc({ service: 'ec2', operation: 'DescribeSubnets' });
  metrics.managedServices.set({ state: 'ready' }, 5);
  metrics.kubeRequests.inc({ method: 'GET', code: '200' });
  metrics.kubeRequestDuration.observe({ method: 'GET' }, 0.01);
  metrics.watchEvents.inc({ resource: 'services' });
  metrics.watchRelists.inc({ resource: 'services', reason: 'expired' });
  metrics.leader.set({ name: 'sluice-controller' }, 1);
  metrics.driftPeriod.set(600);
  metrics.driftRepairs.inc();

  const text = await metrics.registry.metrics();
  for (const line of [
    'workqueue_depth{name="services"} 3',
    'workqueue_adds_total{name="services"} 1',
    'workqueue_retries_total{name="services"} 1',
    'workqueue_queue_duration_seconds_count{name="services"} 1',
    'workqueue_work_duration_seconds_bucket{le="0.25",name="services"} 1',
    'workqueue_work_duration_seconds_bucket{le="0.1",name="services"} 0',
    'sluice_reconcile_total{controller="service",result="done"} 1',
    'sluice_reconcile_duration_seconds_sum{controller="service",result="done"} 1',
    'sluice_aws_requests_total{service="elbv2",operation="CreateListener",outcome="ok"} 1',
    'sluice_aws_request_duration_seconds_count{service="elbv2",operation="CreateListener"} 1',
    'sluice_aws_throttled_total{service="ec2",operation="DescribeSubnets"} 1',
    'sluice_managed_services{state="ready"} 5',
    'rest_client_requests_total{method="GET",code="200"} 1',
    'rest_client_request_duration_seconds_count{method="GET"} 1',
    'sluice_watch_events_total{resource="services"} 1',
    'sluice_watch_relists_total{resource="services",reason="expired"} 1',
    'leader_election_master_status{name="sluice-controller"} 1',
    'sluice_drift_period_seconds 600',
    'sluice_drift_repairs_total 1',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
  expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
  expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);
});

test('two sets share nothing, and the global registry stays empty', async () => {
  const [one, other] = [createMetrics(), createMetrics()];
  one.driftRepairs.inc(2);
  expect(await other.registry.metrics()).toContain('sluice_drift_repairs_total 0');
  expect(await register.metrics()).toBe('\n');
});

/** Puts the proxy together: watches, the agent, its backend, health. */
import { networkInterfaces } from 'node:os';
import type { EndpointSlice, KubeObject, Node, Service } from '../kube/objects.ts';
import { startReflector } from '../kube/reflector.ts';
import { createKubeClient, type KubeClient } from '../kube/request.ts';
import { Store } from '../kube/store.ts';
import type { HealthRegistry } from '../runtime/health.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { SERVICE_PROXY_NAME_LABEL } from '../service/traffic.ts';
import { Agent } from './agent.ts';
import { claimAddresses } from './claim.ts';
import type { ProxyConfig } from './config.ts';
import { healthAnswer } from './health.ts';
import { HealthPorts } from './health-ports.ts';
import { createProxyMetrics } from './metrics.ts';
import { UserspaceBackend } from './userspace/backend.ts';

export interface ProxyContext {
  options: ProxyConfig;
  logger: Logger;
  metrics: Metrics;
  health: HealthRegistry;
  signal: AbortSignal;
}

/** Runs until `signal`. @throws ConfigError for what the user must mend. */
export async function runProxy({ options, logger, metrics, health, signal }: ProxyContext): Promise<void> {
  let agent: Agent | undefined;
  // Before anything is waited for: until then nobody would say that it is not ready.
  health.addReadyCheck('sync', () =>
    agent?.state.lastSynced === undefined ? 'Services and EndpointSlices are not served yet' : undefined,
  );
  const { lowPortOffset, serviceCidrs = [] } = options;
  const claim = options.claimAddresses ? await claimAddresses(serviceCidrs) : undefined;
  const proxyMetrics = createProxyMetrics(metrics.registry);
  const client = createKubeClient({
    ...(options.kubeconfig ? { kubeconfig: options.kubeconfig } : {}),
    userAgent: 'sluice-proxy',
    onRequest: (method, _resource, status, seconds) => {
      metrics.kubeRequests.inc({ method, code: String(status) });
      metrics.kubeRequestDuration.observe({ method }, seconds);
    },
  });
  const backend = new UserspaceBackend({ logger, metrics: proxyMetrics, lowPortOffset, ...(claim && { claim }) });
  const healthPorts = new HealthPorts(logger, () => agent?.healthy === true);
  const stop = new AbortController();
  const stopping = AbortSignal.any([signal, stop.signal]);
  try {
    const stores = watch(client, options.nodeName, { logger, metrics }, stopping);
    const running = new Agent({
      ...options,
      ...stores,
      backend,
      healthPorts,
      metrics: proxyMetrics,
      logger,
      interfaces,
    });
    agent = running;
    health.setAnswer('/livez', () => counted(healthAnswer(running.state, Date.now()), proxyMetrics.livez));
    health.setAnswer('/healthz', () =>
      counted(healthAnswer(running.state, Date.now(), running.eligible), proxyMetrics.healthz),
    );
    await running.run(stopping);
  } finally {
    stop.abort();
    healthPorts.close();
    await backend.close();
    await client.close();
  }
}

function counted<A extends { status: number }>(answer: A, counter: { inc(labels: { code: string }): void }): A {
  counter.inc({ code: String(answer.status) });
  return answer;
}

interface Stores {
  services: Store<Service>;
  slices: Store<EndpointSlice>;
  nodes: Store<Node>;
}

/** Only what a proxy serves is asked for, as kube-proxy does it: no headless Services, none of another proxy's, one node. */
function watch(
  client: KubeClient,
  nodeName: string,
  { logger, metrics }: { logger: Logger; metrics: Metrics },
  signal: AbortSignal,
): Stores {
  const onError = (error: unknown) => logger.error('a change handler failed', { error });
  const start = <T extends KubeObject>(
    resource: string,
    options: { path: string; apiVersion: string; kind: string; fieldSelector?: string; labelSelector?: string },
  ): Store<T> => {
    const store = new Store<T>({ onError });
    store.onChange(() => metrics.watchEvents.inc({ resource }));
    const onEvent: Parameters<typeof startReflector>[1]['onEvent'] = (event) => {
      if (event.type === 'list' && event.reason !== 'initial') {
        metrics.watchRelists.inc({ resource, reason: event.reason });
      }
      if (event.type === 'error') logger.warn(`${event.during} of ${resource} failed`, { error: event.error });
    };
    void startReflector(client, { ...options, onEvent }, store, signal);
    return store;
  };
  return {
    services: start<Service>('services', {
      path: '/api/v1/services',
      apiVersion: 'v1',
      kind: 'Service',
      labelSelector: `!${SERVICE_PROXY_NAME_LABEL}`,
      fieldSelector: 'spec.clusterIP!=None',
    }),
    slices: start<EndpointSlice>('endpointslices', {
      path: '/apis/discovery.k8s.io/v1/endpointslices',
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      labelSelector: '!service.kubernetes.io/headless',
    }),
    nodes: start<Node>('nodes', {
      path: '/api/v1/nodes',
      apiVersion: 'v1',
      kind: 'Node',
      fieldSelector: `metadata.name=${nodeName}`,
    }),
  };
}

function interfaces(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => address) ?? []);
}

/** Whether the rules keep up with the cluster, as kube-proxy says it (`pkg/proxy/healthcheck`, 1.37). Pure. */
import type { HealthAnswer } from '../runtime/health.ts';
import type { HealthCheck } from './desired.ts';

/** A change that has waited so long means that the rules lag: twice kube-proxy's sync period of 30 s. */
export const LAG_LIMIT_MS = 60_000;

/** Since when a change waits, and when there was last none. Times are milliseconds since the epoch. */
export interface SyncState {
  waitingSince: number | undefined;
  lastSynced: number | undefined;
}

/** A proxy that starts, or has nothing to do, is healthy. */
export function isHealthy({ waitingSince, lastSynced }: SyncState, now: number): boolean {
  return lastSynced === undefined || waitingSince === undefined || now - waitingSince < LAG_LIMIT_MS;
}

/** `/livez` without `nodeEligible`, `/healthz` with it: a node that is to go is alive, but load balancers should not use it. */
export function healthAnswer(state: SyncState, now: number, nodeEligible?: boolean): HealthAnswer {
  const healthy = isHealthy(state, now);
  const ok = healthy && nodeEligible !== false;
  const body = {
    // A healthy proxy is up to date now, however long ago there was anything to do.
    lastUpdated: stamp(ok ? now : (state.lastSynced ?? 0)),
    currentTime: stamp(now),
    ...(nodeEligible !== undefined && { nodeEligible }),
    healthy,
  };
  return { status: ok ? 200 : 503, body: JSON.stringify(body), type: 'application/json' };
}

function stamp(ms: number): string {
  return new Date(ms).toISOString();
}

/** The answer of a `healthCheckNodePort`, byte for byte kube-proxy's, which people parse. */
export function serviceHealthAnswer(
  { service, localEndpoints }: Pick<HealthCheck, 'service' | 'localEndpoints'>,
  healthy: boolean,
): HealthAnswer & { weight: string } {
  const [namespace, name] = service.split('/');
  const body = `{
	"service": {
		"namespace": ${JSON.stringify(namespace)},
		"name": ${JSON.stringify(name)}
	},
	"localEndpoints": ${localEndpoints},
	"serviceProxyHealthy": ${healthy}
}`;
  return {
    status: localEndpoints > 0 && healthy ? 200 : 503,
    body,
    type: 'application/json',
    weight: String(localEndpoints),
  };
}

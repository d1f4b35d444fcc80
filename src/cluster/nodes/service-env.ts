/** The variables that tell a pod of the Services around it (kubernetes `pkg/kubelet/envvars`). Pure. */
import type { KubeObject } from '../api/object.ts';

const nameOf = (service: string): string => service.toUpperCase().replaceAll('-', '_');

const hostPort = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Of one Service with a ClusterIP; none of others. */
export function serviceEnv(service: KubeObject): [string, string][] {
  const { clusterIP, ports } = service['spec'] ?? {};
  if (!clusterIP || clusterIP === 'None' || !Array.isArray(ports) || ports.length === 0) return [];
  const prefix = nameOf(service.metadata.name ?? '');
  const env: [string, string][] = [
    [`${prefix}_SERVICE_HOST`, clusterIP],
    [`${prefix}_SERVICE_PORT`, String(ports[0].port)],
  ];
  for (const { name, port } of ports) {
    if (name) env.push([`${prefix}_SERVICE_PORT_${nameOf(name)}`, String(port)]);
  }
  for (const [index, { port, protocol = 'TCP' }] of ports.entries()) {
    const scheme = String(protocol).toLowerCase();
    const url = `${scheme}://${hostPort(clusterIP, port)}`;
    if (index === 0) env.push([`${prefix}_PORT`, url]);
    const base = `${prefix}_PORT_${port}_${protocol}`;
    env.push([base, url], [`${base}_PROTO`, scheme], [`${base}_PORT`, String(port)], [`${base}_ADDR`, clusterIP]);
  }
  return env;
}

/**
 * Of all Services that a pod of a namespace sees: those of its namespace when it wants links, and always `kubernetes`,
 * by which clients in a cluster find the API server. `apiServer` stands in its place: where it is for programs here.
 */
export function servicesEnv(
  services: Iterable<KubeObject>,
  { namespace, links, apiServer }: { namespace: string; links: boolean; apiServer: { host: string; port: number } },
): Map<string, string> {
  const env = new Map<string, string>();
  for (const service of services) {
    const { name, namespace: where } = service.metadata;
    const isApi = name === 'kubernetes' && where === 'default';
    if (!isApi && !(links && where === namespace)) continue;
    for (const [key, value] of serviceEnv(service)) env.set(key, value);
  }
  env.set('KUBERNETES_SERVICE_HOST', apiServer.host);
  env.set('KUBERNETES_SERVICE_PORT', String(apiServer.port));
  env.set('KUBERNETES_SERVICE_PORT_HTTPS', String(apiServer.port));
  return env;
}

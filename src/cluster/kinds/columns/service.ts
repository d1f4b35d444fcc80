/** What `kubectl get services` shows (kubernetes `pkg/printers/internalversion/printers.go`, printService). */
import type { KubeObject } from '../../api/object.ts';
import { AGE, describe, field, NAME, text, wide } from './column.ts';
import { formatLabels } from './format.ts';

interface Ingress {
  ip?: string;
  hostname?: string;
}

/** Where a load balancer is reached: addresses before names, each once, sorted. */
export function ingressPoints(ingress: readonly Ingress[] = []): string[] {
  const points = new Set(ingress.map(({ ip, hostname }) => ip || hostname || ''));
  points.delete('');
  return [...points].sort();
}

function externalIP(service: KubeObject): string {
  const { type, externalIPs = [], externalName = '' } = service['spec'] ?? {};
  switch (type) {
    case 'ClusterIP':
    case 'NodePort':
      return externalIPs.join(',') || '<none>';
    case 'LoadBalancer':
      return [...ingressPoints(service['status']?.loadBalancer?.ingress), ...externalIPs].join(',') || '<pending>';
    case 'ExternalName':
      return externalName;
    default:
      return '<unknown>';
  }
}

function ports(service: KubeObject): string {
  const all: { port: number; nodePort?: number; protocol?: string }[] = service['spec']?.ports ?? [];
  const shown = all.map(({ port, nodePort, protocol = '' }) =>
    nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  );
  return shown.join(',') || '<none>';
}

export const SERVICE_COLUMNS = describe('/Service', [
  NAME,
  text('Type', field('spec', 'type')),
  text('Cluster-IP', ({ spec }: KubeObject) => spec?.clusterIPs?.[0] ?? '<none>'),
  text('External-IP', externalIP),
  text('Port(s)', ports),
  AGE,
  wide(text('Selector', ({ spec }: KubeObject) => formatLabels(spec?.selector))),
]);

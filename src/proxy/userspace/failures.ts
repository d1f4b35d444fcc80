import type { Frontend, FrontendKind } from '../desired.ts';

/** Which field of the Service gave the address. */
const FIELDS: Readonly<Record<FrontendKind, string>> = {
  clusterIP: 'spec.clusterIP',
  externalIP: 'spec.externalIPs',
  loadBalancerIP: 'status.loadBalancer.ingress[].ip',
  nodePort: 'spec.ports[].nodePort',
};

const REMEDIES: Readonly<Record<string, string>> = {
  EADDRINUSE:
    'another program listens there, or on this port of every address: end it, or give the Service another port',
  EACCES:
    'ports below 1024 need privileges: run as root, lower net.ipv4.ip_unprivileged_port_start, or give --low-port-offset',
  EADDRNOTAVAIL:
    'this machine has no such address: give it to an interface, or run in a network namespace of its own with --claim-addresses',
  EMFILE: 'too many open files: raise the limit (ulimit -n)',
};

/** What the log says of an address that can't be listened on: field, value, why, remedy. */
export function bindFailure({ kind, key, service }: Frontend, error: NodeJS.ErrnoException): Record<string, string> {
  const code = error.code ?? '';
  return {
    service,
    field: FIELDS[kind],
    value: key,
    reason: code || error.message,
    remedy: REMEDIES[code] ?? 'see the reason',
  };
}

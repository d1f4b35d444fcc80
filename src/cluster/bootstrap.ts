import { nodeObject } from './nodes/node-object.ts';
import type { KubeObject } from './api/object.ts';
import { applyRules } from './controllers/role-aggregation.ts';
import { createAs, updateAs } from './controllers/writes.ts';
import { findKind } from './registry/kinds.ts';
import type { Registry } from './registry/registry.ts';
import type { ServiceStorage } from './registry/services.ts';

export interface Bootstrap {
  /** Roles, bindings and what else has to be there from the start. */
  objects: readonly KubeObject[];
  services: ServiceStorage;
  /** Where the server is for those inside the cluster: what the Service `kubernetes` leads to. */
  endpoint: { host: string; port: number };
  nodes: number;
}

const NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

const PRIORITIES: readonly KubeObject[] = [
  priority(
    'system-cluster-critical',
    2_000_000_000,
    'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  ),
  priority(
    'system-node-critical',
    2_000_001_000,
    'Used for system critical pods that must not be moved from their current node.',
  ),
];

function priority(name: string, value: number, description: string): KubeObject {
  return { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name }, value, description };
}

/** Makes what every cluster has, where it is missing: as kube-apiserver does when it starts. */
export function bootstrap(registry: Registry, { objects, services, endpoint, nodes }: Bootstrap): void {
  const make = (object: KubeObject) => ensure(registry, object);
  for (const name of NAMESPACES) make({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  for (const object of [...objects, ...PRIORITIES]) make(object);
  const { host, port } = endpoint;
  const [clusterIP = ''] = services.serverAddresses;
  make({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      type: 'ClusterIP',
      clusterIP,
      ipFamilyPolicy: 'SingleStack',
      ports: [{ name: 'https', port: 443, targetPort: port, protocol: 'TCP' }],
    },
  });
  const ports = [{ name: 'https', port, protocol: 'TCP' }];
  replace(registry, {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' },
    },
    subsets: [{ addresses: [{ ip: host }], ports }],
  });
  replace(registry, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [host], conditions: { ready: true } }],
    ports,
  });
  if (registry.store.size('nodes') === 0) for (let index = 0; index < nodes; index++) registerNode(registry, index);
}

/** The field manager of what kube-apiserver writes by itself. */
const SERVER = 'kube-apiserver';

function ensure(registry: Registry, object: KubeObject): void {
  const kind = findKind(object.apiVersion, object.kind);
  if (!kind) throw new Error(`${object.apiVersion} ${object.kind} is no kind of this server`);
  const { namespace = '', name = '' } = object.metadata;
  if (registry.store.get(kind.stored, namespace, name)) return;
  const { rules, ...rest } = object;
  if (!object['aggregationRule'] || !rules) {
    createAs(registry, SERVER, object, true);
    return;
  }
  // What a role gathers is the aggregating controller's.
  createAs(registry, SERVER, { ...rest, rules: null }, true);
  applyRules(registry, name, rules);
}

/** As `ensure`, but what is there becomes what is wanted: ports change from one start to the next. */
function replace(registry: Registry, object: KubeObject): void {
  const kind = findKind(object.apiVersion, object.kind);
  const { namespace = '', name = '' } = object.metadata;
  if (!kind || !registry.store.get(kind.stored, namespace, name)) {
    ensure(registry, object);
    return;
  }
  const next = structuredClone(object);
  kind.strategy?.defaults?.(next);
  const change = (live: KubeObject) => ({ ...next, metadata: { ...live.metadata, ...next.metadata } });
  updateAs(registry, SERVER, { resource: kind.stored, namespace, name }, change, '', true);
}

/** A node that nothing runs on: ready, in a zone, with a providerID. */
function registerNode(registry: Registry, index: number): void {
  const address = `10.0.${index % 3}.${10 + Math.floor(index / 3)}`;
  const name = `node-${index + 1}`;
  ensure(registry, nodeObject({ name, index: index + 1, addresses: [address], now: registry.time() }));
}

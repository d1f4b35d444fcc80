/** Objects for tables of cases: short to write, whole to read. */
import type { EndpointSlice, Service, ServiceSpec, SliceEndpoint, SlicePort } from '../../src/kube/objects.ts';
import { type EndpointNode, readNode } from '../../src/endpoints/node.ts';
import { type EndpointPod, podReader } from '../../src/endpoints/pod.ts';

const read = podReader();

export interface PodOptions {
  labels?: Record<string, string>;
  node?: string | undefined;
  /** As the API server has them: `podIPs`. */
  ips?: string[];
  ready?: boolean;
  since?: string;
  phase?: string;
  terminating?: boolean;
  hostname?: string;
  subdomain?: string;
  ports?: object[];
  sidecarPorts?: object[];
  initPorts?: object[];
}

/** A running pod in `ns` on node-a, ready unless it is said otherwise, as the controller keeps it. */
export function pod(name: string, options: PodOptions = {}): EndpointPod {
  const { ips = ['10.1.0.1'], ready = true, phase = 'Running', since = '2026-01-01T00:00:10Z' } = options;
  const node = 'node' in options ? options.node : 'node-a';
  return read({
    metadata: {
      name,
      namespace: 'ns',
      uid: `uid-${name}`,
      resourceVersion: '1',
      labels: options.labels ?? { app: 'web' },
      ...(options.terminating && { deletionTimestamp: '2026-01-01T00:01:00Z' }),
    },
    spec: {
      nodeName: node,
      hostname: options.hostname,
      subdomain: options.subdomain,
      containers: [{ ports: options.ports ?? [{ name: 'http', containerPort: 8080 }] }],
      initContainers: [{ ports: options.initPorts }, { restartPolicy: 'Always', ports: options.sidecarPorts }],
    },
    status: {
      phase,
      podIPs: ips.map((ip) => ({ ip })),
      conditions: [
        { type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' },
        { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: since },
      ],
    },
  } as never);
}

/** `count` pods with addresses of their own, `web-0` and so on. */
export function podsOf(count: number, options: PodOptions = {}, prefix = 'web'): EndpointPod[] {
  return Array.from({ length: count }, (_, index) =>
    pod(`${prefix}-${index}`, { ips: [`10.1.${Math.floor(index / 250)}.${(index % 250) + 1}`], ...options }),
  );
}

/** A Service `ns/web` of one IPv4 address that selects `app: web`. */
export function service(spec: Partial<ServiceSpec> = {}, metadata: Partial<Service['metadata']> = {}): Service {
  return {
    metadata: {
      name: 'web',
      namespace: 'ns',
      uid: 'uid-service',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...metadata,
    },
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.96.0.1',
      ipFamilies: ['IPv4'],
      selector: { app: 'web' },
      ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
      ...spec,
    },
  };
}

/** node-a, node-b, … in zones a, b, … with as many CPUs each. */
export function nodes(cpus: Record<string, string> = { a: '4', b: '4' }): EndpointNode[] {
  return Object.entries(cpus).map(([zone, cpu]) => node(`node-${zone}`, { zone, cpu }));
}

export function node(
  name: string,
  {
    zone,
    cpu = '4',
    ready = true,
    labels = {},
  }: { zone?: string; cpu?: string; ready?: boolean; labels?: object } = {},
): EndpointNode {
  return readNode({
    metadata: {
      name,
      uid: `uid-${name}`,
      resourceVersion: '1',
      labels: { ...(zone && { 'topology.kubernetes.io/zone': zone }), ...labels },
    },
    status: { allocatable: { cpu }, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  } as never);
}

/** The port that `service()` has, in slices. */
export const HTTP: SlicePort = { name: 'http', port: 8080, protocol: 'TCP' };

/** A slice as the API server has it, by the service controller for `service()`. */
export function slice(
  name: string,
  endpoints: SliceEndpoint[],
  rest: {
    ports?: SlicePort[];
    addressType?: EndpointSlice['addressType'];
    metadata?: Partial<EndpointSlice['metadata']>;
  } = {},
): EndpointSlice {
  return {
    metadata: {
      name,
      namespace: 'ns',
      uid: `uid-${name}`,
      resourceVersion: '7',
      generation: 1,
      labels: {
        'kubernetes.io/service-name': 'web',
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
      ownerReferences: [
        {
          apiVersion: 'v1',
          kind: 'Service',
          name: 'web',
          uid: 'uid-service',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
      ...rest.metadata,
    },
    addressType: rest.addressType ?? 'IPv4',
    endpoints,
    ports: rest.ports ?? [HTTP],
  };
}

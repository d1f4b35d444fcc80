/** Short ways to write Services, slices and endpoints down. */
import type { EndpointSlice, Service, ServiceSpec, SliceEndpoint } from '../../src/kube/objects.ts';
import type { Endpoint } from '../../src/service/endpoints.ts';
import { hostPort } from '../../src/service/endpoints.ts';
import type { Frontend } from '../../src/proxy/desired.ts';
import type { NodeInfo } from '../../src/proxy/node.ts';

export const NODE: NodeInfo = {
  name: 'n1',
  zone: 'z1',
  addresses: ['192.168.0.1', 'fd00::1'],
  nodePortAddresses: { IPv4: ['192.168.0.1'], IPv6: ['fd00::1'] },
};

/** `demo/web`, ClusterIP 10.96.0.1, port 80, named nothing. */
export function service(spec: Partial<ServiceSpec> = {}, rest: Partial<Service> = {}): Service {
  return {
    metadata: { name: 'web', namespace: 'demo', uid: 'u', resourceVersion: '1', ...rest.metadata },
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.96.0.1',
      clusterIPs: ['10.96.0.1'],
      ipFamilies: ['IPv4'],
      ports: [{ protocol: 'TCP', port: 80, targetPort: 8080 }],
      ...spec,
    },
    ...(rest.status && { status: rest.status }),
  };
}

/** Of `demo/web`, with port 8080, unless `rest` says otherwise. */
export function slice(endpoints: (string | SliceEndpoint)[], rest: Partial<EndpointSlice> = {}): EndpointSlice {
  return {
    metadata: {
      name: 'web-1',
      namespace: 'demo',
      uid: 's',
      resourceVersion: '1',
      labels: { 'kubernetes.io/service-name': 'web' },
    },
    addressType: 'IPv4',
    ports: [{ name: '', protocol: 'TCP', port: 8080 }],
    ...rest,
    endpoints: endpoints.map((each) => (typeof each === 'string' ? sliceEndpoint(each) : each)),
  };
}

/**
 * `ADDRESS WORD…`: `here` or `there` (on node n1, or on n2), `unready`, `terminating` (it serves), `dead` (terminating, doesn't
 * serve), `always` (terminating, and published as ready), `zone=Z`, `node=N` (hints).
 */
export function sliceEndpoint(text: string): SliceEndpoint {
  const [address = '', ...words] = text.split(' ');
  const hint = (kind: string) =>
    words.flatMap((word) => (word.startsWith(`${kind}=`) ? [{ name: word.slice(kind.length + 1) }] : []));
  const has = (word: string) => words.includes(word);
  const conditions = has('unready')
    ? { ready: false, serving: false, terminating: false }
    : has('terminating')
      ? { ready: false, serving: true, terminating: true }
      : has('dead')
        ? { ready: false, serving: false, terminating: true }
        : has('always')
          ? { ready: true, serving: true, terminating: true }
          : { ready: true, serving: true, terminating: false };
  return {
    addresses: [address],
    conditions,
    ...(has('here') && { nodeName: 'n1' }),
    ...(has('there') && { nodeName: 'n2' }),
    hints: { forZones: hint('zone'), forNodes: hint('node') },
  };
}

/** A ready endpoint elsewhere. */
export function endpoint(address: string, port = 8080, rest: Partial<Endpoint> = {}): Endpoint {
  return {
    key: hostPort(address, port),
    address,
    port,
    local: false,
    ready: true,
    serving: true,
    terminating: false,
    forNodes: [],
    forZones: [],
    ...rest,
  };
}

/** A ClusterIP's frontend of policy Cluster. */
export function frontend(
  address: string,
  port: number,
  endpoints: readonly Endpoint[],
  rest: Partial<Frontend> = {},
): Frontend {
  const protocol = rest.protocol ?? 'TCP';
  return {
    key: `${protocol} ${hostPort(address, port)}`,
    kind: 'clusterIP',
    family: address.includes(':') ? 'IPv6' : 'IPv4',
    address,
    protocol,
    port,
    service: 'demo/web',
    portName: '',
    policy: 'Cluster',
    endpoints,
    insideEndpoints: endpoints,
    otherwise: 'reject',
    serving: new Set(endpoints.map(({ key }) => key)),
    affinitySeconds: undefined,
    sourceRanges: undefined,
    ...rest,
  };
}

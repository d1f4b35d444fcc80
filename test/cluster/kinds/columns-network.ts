import type { Sample } from './columns-objects.ts';

const service = (name: string, spec: object, status?: object): Sample => ({
  kind: '/Service',
  body: { metadata: { name }, spec },
  ...(status && { status }),
});

const tcp = [{ port: 80 }];
const lb = (...ingress: object[]) => ({ loadBalancer: { ingress } });

const SERVICES: Sample[] = [
  service('cluster', {
    ports: [
      { name: 'a', port: 80 },
      { name: 'b', port: 53, protocol: 'UDP' },
    ],
    selector: { b: '2', a: '1', 'a-b': '3' },
  }),
  service('headless', { clusterIP: 'None' }),
  service('external-ips', { ports: tcp, externalIPs: ['1.2.3.4', '1.2.3.5'] }),
  service('node-port', { type: 'NodePort', ports: [{ port: 80, nodePort: 30123 }], externalIPs: ['1.2.3.4'] }),
  service('node-port-plain', { type: 'NodePort', ports: [{ port: 81, nodePort: 30124 }] }),
  service('lb-pending', { type: 'LoadBalancer', ports: tcp }),
  service('lb-no-node-ports', { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: tcp }),
  service(
    'lb',
    { type: 'LoadBalancer', ports: tcp, externalIPs: ['9.9.9.9'] },
    lb(
      { hostname: 'a-name-much-longer-than-sixteen.example.com' },
      { ip: '5.6.7.8', hostname: 'unseen' },
      { ip: '5.6.7.8' },
      { ip: '10.0.0.1' },
      { ip: '2001:db8::1' },
    ),
  ),
  service('lb-pending-external', { type: 'LoadBalancer', ports: tcp, externalIPs: ['9.9.9.9'] }),
  service('named', { type: 'ExternalName', externalName: 'example.com' }),
  service('named-ports', { type: 'ExternalName', externalName: 'example.org', ports: tcp }),
];

const endpoints = (name: string, subsets?: object[]): Sample => ({
  kind: '/Endpoints',
  body: { metadata: { name }, ...(subsets && { subsets }) },
});
const ips = (...all: string[]) => all.map((ip) => ({ ip }));

const ENDPOINTS: Sample[] = [
  endpoints('e-none'),
  endpoints('e-one', [{ addresses: ips('10.1.0.1'), ports: [{ port: 80 }] }]),
  endpoints('e-three', [{ addresses: ips('10.1.0.1', '10.1.0.2', '10.1.0.3'), ports: [{ port: 80 }] }]),
  endpoints('e-ports', [
    {
      addresses: ips('10.1.0.1', '10.1.0.2'),
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 81 },
        { name: 'c', port: 82 },
      ],
    },
  ]),
  endpoints('e-no-ports', [{ addresses: ips('10.1.0.1', '10.1.0.2', '10.1.0.3', '10.1.0.4', '10.1.0.5') }]),
  endpoints('e-six', [{ addresses: ips('2001:db8::1'), ports: [{ port: 80 }] }]),
  endpoints('e-not-ready', [{ notReadyAddresses: ips('10.1.0.1'), ports: [{ port: 80 }] }]),
  endpoints('e-subsets', [
    { addresses: ips('10.1.0.1'), ports: [{ port: 80 }] },
    { addresses: ips('10.1.0.2', '10.1.0.3', '10.1.0.4'), ports: [{ port: 90 }] },
  ]),
];

const slice = (name: string, more: object): Sample => ({
  kind: 'discovery.k8s.io/EndpointSlice',
  body: { metadata: { name }, addressType: 'IPv4', ...more },
});

const SLICES: Sample[] = [
  slice('s-none', { endpoints: [] }),
  slice('s-named', { ports: [{ name: 'http' }], endpoints: [{ addresses: ['10.2.0.1'] }] }),
  slice('s-any-port', { ports: [{}], endpoints: [{ addresses: ['10.2.0.1'] }, { addresses: ['10.2.0.2'] }] }),
  slice('s-many', {
    ports: [1, 2, 3, 4, 5].map((port) => ({ name: `p${port}`, port })),
    endpoints: ['1', '2', '3', '4'].map((last) => ({ addresses: [`10.2.0.${last}`] })),
  }),
  slice('s-six', { addressType: 'IPv6', ports: [{ port: 443 }], endpoints: [{ addresses: ['2001:db8::5'] }] }),
];

const policy = (name: string, podSelector: object): Sample => ({
  kind: 'networking.k8s.io/NetworkPolicy',
  body: { metadata: { name }, spec: { podSelector } },
});

const ingress = (name: string, hosts: string[], spec: object = {}, status?: object): Sample => ({
  kind: 'networking.k8s.io/Ingress',
  body: {
    metadata: { name },
    spec: {
      ...(hosts.length === 0 && { defaultBackend: { service: { name: 's', port: { number: 80 } } } }),
      rules: hosts.map((host) => ({ ...(host && { host }) })),
      ...spec,
    },
  },
  ...(status && { status }),
});

const ingressClass = (name: string, parameters?: object, annotations?: object): Sample => ({
  kind: 'networking.k8s.io/IngressClass',
  body: {
    metadata: { name, ...(annotations && { annotations }) },
    spec: { controller: 'example.com/c', ...(parameters && { parameters }) },
  },
});

export const NETWORK: Sample[] = [
  ...SERVICES,
  ...ENDPOINTS,
  ...SLICES,
  policy('all', {}),
  policy('some', {
    matchLabels: { z: '1', 'a-b': '2' },
    matchExpressions: [
      { key: 'a', operator: 'In', values: ['y', 'x', 'x'] },
      { key: 'm', operator: 'NotIn', values: ['q'] },
      { key: 'n', operator: 'Exists' },
      { key: 'example.com/o', operator: 'DoesNotExist' },
      { key: 'p', operator: 'In', values: [''] },
    ],
  }),
  ingress('i-none', []),
  ingress(
    'i-one',
    ['a.example.com'],
    { ingressClassName: 'c', tls: [{ hosts: ['a.example.com'] }] },
    lb({ ip: '4.4.4.4' }),
  ),
  ingress('i-three', ['a.example.com', '', 'b.example.com']),
  ingress('i-four', ['a.example.com', '', 'b.example.com', 'c.example.com']),
  ingress(
    'i-six',
    ['a.example.com', 'b.example.com', 'c.example.com', '', 'e.example.com', 'f.example.com'],
    {},
    lb(
      { hostname: 'z.a-long-name.example.com' },
      { ip: '1.1.1.1', hostname: 'b' },
      { hostname: 'a' },
      { ip: '1.1.1.1' },
    ),
  ),
  ingressClass('plain'),
  ingressClass('default', undefined, { 'ingressclass.kubernetes.io/is-default-class': 'true' }),
  ingressClass('not-default', undefined, { 'ingressclass.kubernetes.io/is-default-class': 'false' }),
  ingressClass('grouped', { apiGroup: 'k8s.example.com', kind: 'Parameters', name: 'p', scope: 'Cluster' }),
  ingressClass('core', { kind: 'ConfigMap', name: 'p', scope: 'Namespace', namespace: 'default' }),
  {
    kind: 'networking.k8s.io/ServiceCIDR',
    body: { metadata: { name: 'two' }, spec: { cidrs: ['10.200.0.0/24', 'fd00:1::/112'] } },
  },
  {
    kind: 'networking.k8s.io/IPAddress',
    body: {
      metadata: { name: '203.0.113.9' },
      spec: { parentRef: { group: 'gateway.networking.k8s.io', resource: 'gateways', name: 'g' } },
    },
  },
  {
    kind: 'networking.k8s.io/IPAddress',
    body: {
      metadata: { name: '203.0.113.10' },
      spec: { parentRef: { group: 'example.com', resource: 'things', namespace: 'ns', name: 'g' } },
    },
  },
];

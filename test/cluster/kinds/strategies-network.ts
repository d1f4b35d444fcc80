import type { KubeObject } from '../../../src/cluster/api/object.ts';
import type { Case } from './strategies-run.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- manifests
type Any = any;

const one = (name: string, object: Any, changes: Case['changes'] = []): Case => ({ name, object, changes });
const set = (name: string, change: (object: Any) => void, subresource?: 'status') => ({
  name,
  change: (object: KubeObject) => change(object),
  ...(subresource && { subresource }),
});

const ADDRESSES = [
  '10.0.0.1',
  '010.0.0.1',
  '0.0.0.0',
  '127.0.0.1',
  '169.254.1.1',
  '224.0.0.5',
  '239.0.0.1',
  '::',
  '::1',
  'fe80::1',
  'ff02::1',
  'ff12::1',
  'fd00::0001',
  '::ffff:10.0.0.1',
  'x',
  '',
];

export const ENDPOINTS: Case[] = [
  one('empty', {}),
  one('minimal', { subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] }] }, [
    set('more', ({ subsets }) => subsets[0].ports.push({ port: 81 })),
    set(
      'not ready',
      ({ subsets }) =>
        (subsets[0].notReadyAddresses = [
          { ip: '10.0.0.2', nodeName: 'n', hostname: 'h', targetRef: { kind: 'Pod', name: 'p' } },
        ]),
    ),
    set('a label', ({ metadata }) => (metadata.labels = { a: 'b c' })),
  ]),
  one('no addresses', { subsets: [{ ports: [{ port: 80 }] }] }),
  one('ports', {
    subsets: [
      {
        addresses: [{ ip: '1.1.1.1' }],
        ports: [
          { port: 0, name: 'A' },
          { port: 1, protocol: 'X' },
          { port: 70000, name: 'b', appProtocol: 'a b' },
        ],
      },
    ],
  }),
  one('names', { subsets: [{ addresses: [{ ip: '1.1.1.1', hostname: 'A', nodeName: 'B_' }], ports: [{ port: 1 }] }] }),
  ...ADDRESSES.map((ip) => one(`address ${ip}`, { subsets: [{ addresses: [{ ip }], ports: [{ port: 1 }] }] })),
];

const slice = (name: string, object: Any, changes: Case['changes'] = []): Case =>
  one(name, { addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }], ...object }, changes);

export const SLICES: Case[] = [
  slice('minimal', {}, [
    set(
      'ports',
      (object) =>
        (object.ports = [{ port: 80 }, { name: 'b', protocol: 'UDP', port: 53, appProtocol: 'kubernetes.io/h2c' }]),
    ),
    set('another type', (object) => ((object.addressType = 'IPv6'), (object.endpoints = []))),
    set('a bad endpoint', (object) => (object.endpoints = [{ addresses: ['x'] }])),
    set('a label', ({ metadata }) => (metadata.labels = { 'kubernetes.io/service-name': 'x' })),
  ]),
  slice('rich', {
    endpoints: [
      {
        addresses: ['10.0.0.1', '10.0.0.2'],
        conditions: { ready: true, serving: null },
        hostname: 'a',
        nodeName: 'n',
        zone: 'z',
        hints: { forZones: [{ name: 'z' }], forNodes: [{ name: 'n' }] },
        targetRef: { kind: 'Pod', name: 'p' },
        deprecatedTopology: { a: 'b', 'kubernetes.io/hostname': 'n' },
      },
    ],
  }),
  slice('no type', { addressType: '' }),
  slice('another type', { addressType: 'X' }),
  slice('no addresses', { endpoints: [{ addresses: [] }, {}] }),
  slice('many addresses', { endpoints: [{ addresses: Array.from({ length: 101 }, (_, i) => `10.0.0.${i}`) }] }),
  slice('many endpoints', { endpoints: Array.from({ length: 1001 }, () => ({ addresses: ['10.0.0.1'] })) }),
  slice('ports', {
    ports: [{ port: 1 }, { port: 2 }, { name: 'A', protocol: 'X', appProtocol: 'a b' }, { port: 99999, name: 'c' }],
  }),
  slice('names', {
    endpoints: [
      {
        addresses: ['10.0.0.1'],
        hostname: 'A',
        nodeName: 'B_',
        hints: { forZones: [{ name: 'a b' }, { name: 'z' }, { name: 'z' }], forNodes: [{ name: 'N_' }] },
      },
    ],
  }),
  slice('many hints', {
    endpoints: [
      { addresses: ['10.0.0.1'], hints: { forZones: Array.from({ length: 9 }, (_, i) => ({ name: `z${i}` })) } },
    ],
  }),
  slice('null ports', { ports: [{ name: null, port: null, protocol: null }] }),
  ...ADDRESSES.map((ip) => slice(`IPv4 ${ip}`, { endpoints: [{ addresses: [ip] }] })),
  ...ADDRESSES.map((ip) => slice(`IPv6 ${ip}`, { addressType: 'IPv6', endpoints: [{ addresses: [ip] }] })),
  ...['a.b.c', 'A.b.c', 'a.b', '', 'a.b.c.'].map((name) =>
    slice(`FQDN ${name}`, { addressType: 'FQDN', endpoints: [{ addresses: [name] }] }),
  ),
];

export const LEASES: Case[] = [
  one('empty', {}),
  one(
    'minimal',
    { spec: { holderIdentity: 'a', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00.000000Z' } },
    [
      set('again', ({ spec }) => (spec.leaseTransitions = 1)),
      set('wrong', ({ spec }) => ((spec.leaseDurationSeconds = 0), (spec.leaseTransitions = -1))),
    ],
  ),
  one('coordinated', { spec: { strategy: 'OldestEmulationVersion', preferredHolder: 'x' } }),
];

const policy = (name: string, spec: Any, changes: Case['changes'] = []): Case =>
  one(name, { spec: { podSelector: {}, ...spec } }, changes);

export const POLICIES: Case[] = [
  policy('minimal', {}, [set('egress', ({ spec }) => (spec.egress = [{ ports: [{ port: 53 }] }]))]),
  policy('both', {
    ingress: [
      {
        from: [
          { podSelector: { matchLabels: { a: 'b' } } },
          { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } },
        ],
        ports: [
          { port: 80, endPort: 90 },
          { port: 'http', protocol: 'UDP' },
        ],
      },
    ],
    egress: [{}],
  }),
  policy('peers', {
    ingress: [
      {
        from: [
          {},
          { podSelector: {}, ipBlock: { cidr: '10.0.0.1/8' } },
          { ipBlock: { cidr: '' } },
          { ipBlock: { cidr: '10.0.0.0/16', except: ['10.0.0.0/8', 'x', '11.0.0.0/24'] } },
        ],
      },
    ],
  }),
  policy('ports', {
    egress: [
      {
        ports: [{ port: 0 }, { port: 90, endPort: 80 }, { port: 'A_', endPort: 5 }, { endPort: 5 }, { protocol: 'X' }],
      },
    ],
  }),
  policy('types', { policyTypes: ['Ingress', 'X'] }),
  policy('many types', { policyTypes: ['Ingress', 'Egress', 'Ingress'] }),
  policy('a selector', { podSelector: { matchExpressions: [{ key: 'a b', operator: 'X' }] } }),
];

const backend = { service: { name: 'web', port: { number: 80 } } };
const rule = (path: Any, host = 'a.example'): Any => ({
  spec: { rules: [{ host, http: { paths: [{ backend, ...path }] } }] },
});

export const INGRESSES: Case[] = [
  one('minimal', { spec: { defaultBackend: backend } }, [
    set('a class', ({ spec }) => (spec.ingressClassName = 'x')),
    set('nothing', ({ spec }) => delete spec.defaultBackend),
    set(
      'an address',
      ({ status }) => (status.loadBalancer = { ingress: [{ ip: '10.0.0.1' }, { ip: 'x' }, { hostname: '1.1.1.1' }] }),
      'status',
    ),
  ]),
  one('rich', {
    ...rule({ path: '/a', pathType: 'Prefix' }),
    metadata: { annotations: { 'kubernetes.io/ingress.class': 'x' } },
  }),
  one('empty', { spec: {} }),
  one('no path type', rule({ path: '/a' })),
  one('a path type', rule({ path: '/a', pathType: 'X' })),
  one('paths', rule({ path: 'a//b/..', pathType: 'Exact' })),
  one('a host', rule({ path: '/', pathType: 'Prefix' }, '1.1.1.1')),
  one('a wildcard', rule({ path: '/', pathType: 'Prefix' }, '*a.example')),
  one('backends', {
    spec: {
      defaultBackend: { service: { name: 'A', port: {} } },
      rules: [{ http: { paths: [{ pathType: 'Prefix', path: '/', backend: {} }] } }, { http: { paths: [] } }],
      tls: [{ hosts: ['A', '*.b'], secretName: 'A_' }],
      ingressClassName: 'A_',
    },
  }),
  one('a resource', { spec: { defaultBackend: { resource: { kind: '', name: 'a/b', apiGroup: 'A_' } } } }),
  one('both', { spec: { defaultBackend: { resource: { kind: 'a', name: 'b' }, ...backend } } }),
  one('two classes', {
    metadata: { annotations: { 'kubernetes.io/ingress.class': 'x' } },
    spec: { ingressClassName: 'y', defaultBackend: backend },
  }),
];

export const CLASSES: Case[] = [
  one('minimal', { spec: { controller: 'a.example/b' } }, [
    set('another controller', ({ spec }) => (spec.controller = 'x.y/z')),
  ]),
  one('parameters', { spec: { controller: 'a.example/b', parameters: { kind: 'X', name: 'x' } } }),
  one('wrong', { spec: { controller: 'a', parameters: { kind: '', name: '', scope: 'Namespace' } } }),
  one('no controller', { spec: {} }),
];

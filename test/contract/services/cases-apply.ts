/** Server-side apply: owners of fields, conflicts, lists by their keys. */
import { apply, type Case, create, get, json, type Json, merge, put, service, spec, type Step } from './case.ts';

const second = { fieldManager: 'second' };
const force = { force: 'true' };
const http = { name: 'http', port: 80 };
const web = { ports: [http], selector: { app: 'web' } };

/** A first manager applies one, a second another: with and without force, and again by the first. */
const PAIRS: Record<string, [Json, Json]> = {
  'the same': [web, web],
  'another type': [web, { ...web, type: 'NodePort' }],
  'two types': [
    { ...web, type: 'ClusterIP' },
    { ...web, type: 'NodePort' },
  ],
  'another port': [web, { ports: [{ name: 'https', port: 443 }] }],
  'another target': [{ ports: [{ ...http, targetPort: 1 }] }, { ports: [{ ...http, targetPort: 2 }] }],
  'another name of the port': [web, { ports: [{ name: 'other', port: 80 }] }],
  'the port of another protocol': [web, { ports: [{ name: 'udp', port: 80, protocol: 'UDP' }] }],
  'the protocol said': [web, { ports: [{ ...http, protocol: 'TCP' }] }],
  'another selector': [web, { selector: { app: 'api' } }],
  'more of the selector': [web, { selector: { tier: 'x' } }],
  'another address': [{ ...web, clusterIP: '10.96.0.10' }, { clusterIP: '10.96.0.11' }],
  'no address': [web, { clusterIP: 'None' }],
  'other external addresses': [{ ...web, externalIPs: ['192.0.2.1'] }, { externalIPs: ['192.0.2.2'] }],
  'other source ranges': [
    { ...web, type: 'LoadBalancer', loadBalancerSourceRanges: ['10.0.0.0/8'] },
    { type: 'LoadBalancer', loadBalancerSourceRanges: ['11.0.0.0/8'] },
  ],
  'another affinity': [{ ...web, sessionAffinity: 'ClientIP' }, { sessionAffinity: 'None' }],
  'another timeout': [
    { ...web, sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 10 } } },
    { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 20 } } },
  ],
  'another policy': [{ ...web, internalTrafficPolicy: 'Local' }, { internalTrafficPolicy: 'Cluster' }],
  'other families': [
    { ...web, ipFamilies: ['IPv4'] },
    { ipFamilies: ['IPv6'], ipFamilyPolicy: 'SingleStack' },
  ],
  nothing: [web, {}],
  'a name that is not valid': [{ ...web, type: 'ExternalName', externalName: 'a.b' }, { externalName: 'A_' }],
};

const pairs: Case[] = Object.entries(PAIRS).map(([name, [first, then]]) => ({
  name: `two managers, ${name}`,
  on: ['single', 'dual'],
  steps: [
    apply(first),
    apply(then, second),
    apply(then, { ...second, ...force }),
    apply(first),
    apply({ ports: [http] }, force),
    apply({}, second),
    get(),
  ],
}));

/** One manager's manifest loses what it had. */
const FULL = {
  ...web,
  type: 'LoadBalancer',
  externalTrafficPolicy: 'Local',
  sessionAffinity: 'ClientIP',
  externalIPs: ['192.0.2.1'],
  loadBalancerClass: 'a.b/c',
  trafficDistribution: 'PreferSameZone',
  publishNotReadyAddresses: true,
  loadBalancerIP: '192.0.2.5',
  healthCheckNodePort: 30000,
  internalTrafficPolicy: 'Local',
  allocateLoadBalancerNodePorts: true,
  loadBalancerSourceRanges: ['10.0.0.0/8'],
  ipFamilyPolicy: 'SingleStack',
  clusterIP: '10.96.0.10',
  clusterIPs: ['10.96.0.10'],
};
const losses: Case[] = Object.keys(FULL).map((field) => ({
  name: `apply no longer says ${field}`,
  steps: [apply(FULL), apply(Object.fromEntries(Object.entries(FULL).filter(([key]) => key !== field))), get()],
}));

const raw = (body: Json, query: Step['query'] = {}): Step => ({
  verb: 'apply',
  body,
  query: { fieldManager: 'first', ...query },
});
const tcpAndUdp = {
  ports: [
    { name: 'tcp', port: 53, protocol: 'TCP' },
    { name: 'udp', port: 53, protocol: 'UDP' },
  ],
};

const others: Case[] = [
  { name: 'apply after create', steps: [create(), apply(web), apply({ ...web, type: 'NodePort' }), apply(web), get()] },
  {
    name: 'apply after kubectl',
    steps: [
      create({}, {}, { query: { fieldManager: 'kubectl-client-side-apply' } }),
      apply(web, { fieldManager: 'kubectl' }),
      get(),
    ],
  },
  {
    name: 'apply over a PUT',
    steps: [
      apply(web),
      put({ type: 'NodePort' }),
      apply({ ...web, type: 'ClusterIP' }),
      apply({ ...web, type: 'ClusterIP' }, force),
      get(),
    ],
  },
  {
    name: 'apply over a patch of the port',
    steps: [apply(web), merge({ spec: { ports: [{ port: 81 }] } }), apply(web), get()],
  },
  {
    name: 'TCP and UDP of a port, one after the other',
    steps: [apply(tcpAndUdp), apply({ ports: [tcpAndUdp.ports[1]] }), apply(tcpAndUdp), get()],
  },
  { name: 'no manager', steps: [raw(service(web), { fieldManager: '' }), { verb: 'apply', body: service(web) }] },
  {
    name: 'a manager with odd letters',
    steps: [raw(service(web), { fieldManager: 'a b' }), raw(service(web), { fieldManager: 'a\nb' })],
  },
  { name: 'two ports of a key', steps: [apply({ ports: [http, { ...http, name: 'other' }] })] },
  { name: 'a port without its key', steps: [apply({ ports: [{ name: 'x' }] })] },
  {
    name: 'a list that is none',
    steps: [apply({ ports: {} }), apply({ ports: 'x' }), apply({ selector: [] }), apply({ type: 7 })],
  },
  {
    name: 'a null',
    steps: [apply({ ...web, type: null }), apply({ ports: null }), apply({ ports: [null] }), apply(null)],
  },
  {
    name: 'managedFields are sent',
    steps: [
      raw({ ...service(web), metadata: { name: 'web', managedFields: [] } }),
      { verb: 'create', body: { ...service(spec()), metadata: { name: 'there', managedFields: [] } } },
      { verb: 'apply', name: 'there', bodyOf: (seen) => seen[1], query: { fieldManager: 'first' } },
    ],
  },
  {
    name: 'unknown fields are applied',
    steps: [apply({ ...web, foo: 1 }), raw({ ...service(web), foo: 1 }), apply({ ports: [{ ...http, foo: 1 }] })],
  },
  {
    name: 'another name is applied',
    steps: [
      raw(service(web, { name: 'other' })),
      raw(service(web, { name: undefined })),
      raw({ ...service(web), kind: 'Pod' }),
      raw({ ...service(web), apiVersion: 'v2' }),
    ],
  },
  {
    name: 'another version is applied',
    steps: [
      apply(web),
      raw(service(web, { resourceVersion: '1' })),
      raw(service(web, { uid: 'x' })),
      raw(service({ ...web, type: 'NodePort' }, { resourceVersion: '1' })),
    ],
  },
  {
    name: 'YAML is applied',
    steps: [
      raw('apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  ports:\n  - port: 80\n'),
      raw('a: ['),
      raw(
        'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  type: ClusterIP\n  type: NodePort\n  ports: [{port: 80}]\n',
      ),
    ],
  },
  {
    name: 'labels of two managers',
    steps: [
      raw(service(web, { labels: { a: '1' } })),
      raw(service({}, { labels: { b: '2' } }), second),
      raw(service({}, { labels: { a: '2' } }), second),
      raw(service({}, { labels: { a: '2' } }), { ...second, ...force }),
      raw(service(web)),
      get(),
    ],
  },
  {
    name: 'finalizers of two managers',
    steps: [
      raw(service(web, { finalizers: ['a.b/c'] })),
      raw(service({}, { finalizers: ['a.b/d'] }), second),
      raw(service(web)),
      raw(service({}), second),
      get(),
    ],
  },
  {
    name: 'owners of two managers',
    steps: [
      raw(service(web, { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'a', uid: 'u1' }] })),
      raw(service({}, { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'b', uid: 'u2' }] }), second),
      raw(service(web)),
      get(),
    ],
  },
  {
    name: 'managedFields are cleared',
    steps: [
      apply(web),
      merge({ metadata: { managedFields: [{}] } }),
      apply({ ...web, type: 'NodePort' }),
      merge({ metadata: { managedFields: null } }),
      json([{ op: 'replace', path: '/metadata/managedFields', value: [{}] }]),
      get(),
    ],
  },
  {
    name: 'dry apply',
    steps: [
      apply(web, { dryRun: 'All' }),
      get(),
      apply(web),
      apply({ ...web, type: 'NodePort' }, { dryRun: 'All' }),
      get(),
    ],
  },
  {
    name: 'an address is applied as it was read',
    steps: [
      create(),
      {
        verb: 'apply',
        bodyOf: (seen) => ({
          ...service({ ...web, clusterIP: seen[0].spec.clusterIP, clusterIPs: seen[0].spec.clusterIPs }),
        }),
        query: { fieldManager: 'first' },
      },
      apply(web),
      get(),
    ],
  },
];

export const APPLY: readonly Case[] = [...pairs, ...losses, ...others];

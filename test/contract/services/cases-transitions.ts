/** From every kind of Service to every other, in every way to say it. */
import {
  apply,
  type Case,
  create,
  edit,
  get,
  json,
  type Json,
  merge,
  post,
  put,
  service,
  spec,
  type Step,
  strategic,
} from './case.ts';

/** Specs that differ in what is allocated for them, or in what a change must wipe. */
const STATES: Record<string, Json> = {
  ClusterIP: spec({ type: 'ClusterIP' }),
  'ClusterIP with an address': spec({ type: 'ClusterIP', clusterIP: '10.96.0.10' }),
  'ClusterIP with external IPs': spec({ type: 'ClusterIP', externalIPs: ['192.0.2.1'] }),
  headless: spec({ type: 'ClusterIP', clusterIP: 'None' }),
  'headless without selector': { type: 'ClusterIP', clusterIP: 'None', ports: [{ port: 80 }] },
  NodePort: spec({ type: 'NodePort' }),
  'NodePort with a number': spec({ type: 'NodePort', ports: [{ port: 80, nodePort: 30000 }] }),
  'NodePort, Local': spec({ type: 'NodePort', externalTrafficPolicy: 'Local' }),
  LoadBalancer: spec({ type: 'LoadBalancer' }),
  'LoadBalancer, Local': spec({ type: 'LoadBalancer', externalTrafficPolicy: 'Local' }),
  'LoadBalancer, Local with numbers': spec({
    type: 'LoadBalancer',
    externalTrafficPolicy: 'Local',
    healthCheckNodePort: 30001,
    ports: [{ port: 80, nodePort: 30000 }],
  }),
  'LoadBalancer without node ports': spec({ type: 'LoadBalancer', allocateLoadBalancerNodePorts: false }),
  'LoadBalancer of a class': spec({
    type: 'LoadBalancer',
    loadBalancerClass: 'example.com/a',
    loadBalancerSourceRanges: ['10.0.0.0/8'],
  }),
  ExternalName: { type: 'ExternalName', externalName: 'example.com' },
  'ExternalName with ports': {
    type: 'ExternalName',
    externalName: 'example.com',
    ports: [{ port: 80 }],
    selector: { app: 'web' },
  },
};
const NAMES = Object.keys(STATES);

/** Null for what the other has and this one hasn't. */
function changesTo(to: Json, from: Json): Json {
  const gone = Object.keys(from).filter((key) => !(key in to));
  return { ...Object.fromEntries(gone.map((key) => [key, null])), ...to };
}

const WAYS: Record<string, (to: Json, from: Json) => Step> = {
  'by PUT of a bare manifest': (to) => ({ verb: 'update', body: service(to) }),
  'by PUT of what was read': (to) => edit({ spec: to }),
  'by PUT of what was read without what it had': (to, from) => edit({ spec: changesTo(to, from) }),
  'by merge patch': (to) => merge({ spec: to }),
  'by strategic patch without what it had': (to, from) => strategic({ spec: changesTo(to, from) }),
  'by JSON patch': (to) => json(Object.entries(to).map(([key, value]) => ({ op: 'add', path: `/spec/${key}`, value }))),
  'by apply': (to) => apply(to, { force: 'true' }),
};

const matrix = (names: readonly string[], ways: readonly string[], on: Case['on']): Case[] =>
  names.flatMap((from) =>
    names.flatMap((to) =>
      ways.map((way) => ({
        name: `${from} → ${to} ${way}`,
        ...(on ? { on } : {}),
        steps: [
          way === 'by apply' ? apply(STATES[from]) : post(service(STATES[from])),
          (WAYS[way] as (to: Json, from: Json) => Step)(STATES[to], STATES[from]),
        ],
      })),
    ),
  );

/** Only the type changes: what the server may wipe is all still there. */
const TYPES = ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'];
const typesAlone: Case[] = NAMES.flatMap((from) =>
  TYPES.map((type) => ({
    name: `${from} → type ${type} alone, and back`,
    on: ['single', 'dual'],
    steps: [
      post(service(STATES[from])),
      merge({ spec: { type, ...(type === 'ExternalName' ? { externalName: 'example.com' } : {}) } }),
      merge({ spec: { type: STATES[from].type } }),
    ],
  })),
);

/** A type changes together with one of the fields that the change would have wiped. */
const ALSO: readonly Json[] = [
  { clusterIP: '10.96.0.11', clusterIPs: ['10.96.0.11'] },
  { clusterIP: '', clusterIPs: [] },
  { clusterIP: null, clusterIPs: null },
  { clusterIP: 'None', clusterIPs: ['None'] },
  { ipFamilies: ['IPv4'] },
  { ipFamilies: null },
  { ipFamilyPolicy: 'PreferDualStack' },
  { ipFamilyPolicy: null },
  { ports: [{ port: 80, nodePort: 30003 }] },
  { ports: [{ port: 80, nodePort: 0 }] },
  { ports: [{ port: 80 }, { port: 81, name: 'other' }] },
  { ports: [] },
  { healthCheckNodePort: 30004 },
  { healthCheckNodePort: 0 },
  { allocateLoadBalancerNodePorts: false },
  { allocateLoadBalancerNodePorts: true },
  { allocateLoadBalancerNodePorts: null },
  { loadBalancerClass: 'example.com/b' },
  { loadBalancerClass: null },
  { externalTrafficPolicy: 'Local' },
  { externalTrafficPolicy: 'Cluster' },
  { externalTrafficPolicy: null },
  { externalIPs: ['192.0.2.2'] },
  { internalTrafficPolicy: 'Local' },
  { internalTrafficPolicy: null },
  { sessionAffinity: 'ClientIP' },
];
const FROM = [
  'ClusterIP',
  'headless',
  'NodePort with a number',
  'LoadBalancer, Local with numbers',
  'LoadBalancer of a class',
  'ExternalName',
];
const withMore: Case[] = FROM.flatMap((from) =>
  TYPES.flatMap((type) =>
    ALSO.map((also) => ({
      name: `${from} → ${type} with ${JSON.stringify(also)}`,
      on: ['single', 'dual'],
      steps: [
        post(service(STATES[from])),
        merge({ spec: { type, ...(type === 'ExternalName' ? { externalName: 'example.com' } : {}), ...also } }),
      ],
    })),
  ),
);

const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } };

const others: Case[] = [
  ...TYPES.map(
    (type): Case => ({
      name: `a balancer's status when the type becomes ${type}`,
      steps: [
        create({ type: 'LoadBalancer' }),
        merge({ status }, { status: true }),
        merge({ spec: { type, externalName: 'example.com' } }),
        get(),
      ],
    }),
  ),
  ...[
    'selector',
    'ports',
    'externalName',
    'type',
    'clusterIP',
    'clusterIPs',
    'sessionAffinity',
    'internalTrafficPolicy',
    'ipFamilies',
    'ipFamilyPolicy',
  ].flatMap((field) =>
    ['NodePort', 'LoadBalancer, Local', 'headless', 'ExternalName with ports'].flatMap((from): Case[] => [
      {
        name: `${from}: ${field} is gone by merge patch`,
        steps: [post(service(STATES[from])), merge({ spec: { [field]: null } })],
      },
      {
        name: `${from}: ${field} is gone from what was read`,
        steps: [post(service(STATES[from])), edit({ spec: { [field]: null } })],
      },
      {
        name: `${from}: ${field} is removed by JSON patch`,
        steps: [post(service(STATES[from])), json([{ op: 'remove', path: `/spec/${field}` }])],
      },
    ]),
  ),
  ...NAMES.map(
    (from): Case => ({
      name: `${from}: the same manifest again, in every way`,
      on: ['single', 'dual'],
      steps: [
        post(service(STATES[from])),
        { verb: 'update', body: service(STATES[from]) },
        merge({ spec: STATES[from] }),
        strategic({ spec: STATES[from] }),
        edit({}),
        apply(STATES[from]),
        apply(STATES[from]),
        get(),
      ],
    }),
  ),
  {
    name: 'an address of its own given up for none',
    steps: [create({ clusterIP: '10.96.0.10' }), put({ clusterIP: 'None' })],
  },
  {
    name: 'an address that another just gave up',
    steps: [
      create({ clusterIP: '10.96.0.10' }),
      merge({ spec: { type: 'ExternalName', externalName: 'a.b' } }),
      create({ clusterIP: '10.96.0.10' }, { name: 'next' }),
      merge({ spec: { type: 'ClusterIP', clusterIP: '10.96.0.10' } }),
    ],
  },
  {
    name: 'a node port that another just gave up',
    steps: [
      create({ type: 'NodePort', ports: [{ port: 80, nodePort: 30000 }] }),
      merge({ spec: { type: 'ClusterIP' } }),
      create({ type: 'NodePort', ports: [{ port: 80, nodePort: 30000 }] }, { name: 'next' }),
      merge({ spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 30000 }] } }),
    ],
  },
];

export const TRANSITIONS: readonly Case[] = [
  ...matrix(NAMES, Object.keys(WAYS), undefined),
  ...matrix(
    ['ClusterIP', 'headless', 'headless without selector', 'LoadBalancer, Local', 'ExternalName'],
    ['by PUT of a bare manifest', 'by PUT of what was read without what it had', 'by apply'],
    ['dual', 'six'],
  ),
  ...typesAlone,
  ...withMore,
  ...others,
];

/** Status through `/status`, finalizers with it, and deletion. */
import {
  type Case,
  create,
  edit,
  get,
  json,
  type Json,
  merge,
  put,
  remove,
  service,
  spec,
  type Step,
  strategic,
  told,
} from './case.ts';

const at: Pick<Step, 'status'> = { status: true };
const condition = {
  type: 'Ready',
  status: 'True',
  reason: 'Fine',
  message: '',
  lastTransitionTime: '2020-01-01T00:00:00Z',
};

const INGRESS: readonly Json[] = [
  ...[
    null,
    [],
    {},
    'x',
    [{}],
    [null],
    [{ ip: '192.0.2.1' }],
    [{ ip: '192.0.2.1', ipMode: 'VIP' }],
    [{ ip: '192.0.2.1', ipMode: 'Proxy' }],
  ],
  ...[
    [{ ip: '192.0.2.1', ipMode: 'Foo' }],
    [{ ip: '192.0.2.1', ipMode: '' }],
    [{ ipMode: 'VIP' }],
    [{ hostname: 'a.b', ipMode: 'VIP' }],
    [{ ip: 'foo' }],
  ],
  ...[
    [{ ip: '192.0.2.01' }],
    [{ ip: '::ffff:192.0.2.1' }],
    [{ ip: '2001:DB8::1' }],
    [{ ip: '2001:db8::1' }],
    [{ ip: '192.0.2.1', hostname: 'a.b' }],
  ],
  ...[
    [{ hostname: 'lb.example.com' }],
    [{ hostname: 'LB.example.com' }],
    [{ hostname: 'a_b' }],
    [{ hostname: '192.0.2.1' }],
    [{ hostname: '2001:db8::1' }],
  ],
  ...[
    [{ hostname: 'a'.repeat(254) }],
    [{ hostname: 'a.b.' }],
    [{ hostname: '*.a' }],
    [{ ip: '192.0.2.1' }, { ip: '192.0.2.1' }],
    [{ ip: '127.0.0.1' }],
    [{ foo: 1 }],
  ],
  ...[
    [{ ip: '192.0.2.1', ports: [] }],
    [{ ip: '192.0.2.1', ports: [{ port: 80, protocol: 'TCP' }] }],
    [{ ip: '192.0.2.1', ports: [{ port: 0 }] }],
  ],
  ...[
    [{ ip: '192.0.2.1', ports: [{ port: 80, protocol: 'TCP', error: 'MixedProtocolNotSupported' }] }],
    [{ ip: '192.0.2.1', ports: [{ port: 80, protocol: 'TCP', error: 'bad error' }] }],
    [{ ip: '192.0.2.1', ports: [{ port: '80' }] }],
  ],
];
const CONDITIONS: readonly Json[] = [
  ...[
    null,
    [],
    {},
    [{}],
    [condition],
    [condition, condition],
    [{ ...condition, status: 'Maybe' }],
    [{ ...condition, type: '' }],
    [{ ...condition, reason: '' }],
  ],
  ...[
    [{ ...condition, lastTransitionTime: null }],
    [{ ...condition, lastTransitionTime: 'x' }],
    [{ ...condition, observedGeneration: -1 }],
    [{ ...condition, foo: 1 }],
    [condition, { ...condition, type: 'Other' }],
  ],
];

const through = (status: Json): Step[] => [
  merge({ status }, at),
  get(),
  { verb: 'update', status: true, onto: true, body: { status } },
  strategic({ status }, at),
];

const values: Case[] = [
  ...['LoadBalancer', 'ClusterIP', 'NodePort'].flatMap((type) =>
    INGRESS.map((ingress) => ({
      name: `${type}: status.loadBalancer.ingress is ${told(ingress)}`,
      steps: [create({ type }), ...through({ loadBalancer: { ingress } })],
    })),
  ),
  ...CONDITIONS.map((conditions) => ({
    name: `status.conditions is ${told(conditions)}`,
    steps: [create({ type: 'LoadBalancer' }), ...through({ conditions })],
  })),
  ...[null, {}, 'x', [], { loadBalancer: null }, { loadBalancer: {} }, { loadBalancer: 'x' }, { foo: 1 }].map(
    (status) => ({
      name: `status is ${told(status)}`,
      steps: [create({ type: 'LoadBalancer' }), ...through(status)],
    }),
  ),
];

const ingress = (ip: string) => ({ loadBalancer: { ingress: [{ ip }] } });
const balancer = create({ type: 'LoadBalancer' });
const CLEANUP = 'service.kubernetes.io/load-balancer-cleanup';

const subresource: Case[] = [
  {
    name: 'the status of a PUT is ignored',
    steps: [
      balancer,
      edit({ status: ingress('192.0.2.1') }),
      merge({ status: ingress('192.0.2.1') }),
      create({ type: 'LoadBalancer' }, { name: 'x' }),
    ],
  },
  {
    name: 'the spec of a status is ignored',
    steps: [
      balancer,
      merge({ spec: { type: 'NodePort', ports: null }, status: ingress('192.0.2.1') }, at),
      edit({ spec: { type: 'ExternalName' } }, at),
      get(),
    ],
  },
  {
    name: 'a status that is bad in two ways',
    steps: [
      balancer,
      merge({ status: { loadBalancer: { ingress: [{ ip: 'foo' }, { hostname: '192.0.2.1', ipMode: 'x' }] } } }, at),
    ],
  },
  {
    name: 'labels and annotations with a status',
    steps: [
      balancer,
      merge({ metadata: { labels: { a: 'b' }, annotations: { c: 'd' } }, status: ingress('192.0.2.1') }, at),
      merge({ metadata: { labels: { a: '-' } } }, at),
    ],
  },
  {
    name: 'owners with a status',
    steps: [
      balancer,
      merge({ metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'a', uid: 'u' }] } }, at),
    ],
  },
  {
    name: 'a status is read, put, applied',
    steps: [
      balancer,
      get(at),
      edit({ status: ingress('192.0.2.1') }, at),
      json([{ op: 'replace', path: '/status/loadBalancer/ingress/0/ip', value: '192.0.2.2' }], at),
      {
        verb: 'apply',
        status: true,
        body: { ...service(undefined), spec: undefined, status: ingress('192.0.2.3') },
        query: { fieldManager: 'first' },
      },
      {
        verb: 'apply',
        status: true,
        body: { ...service(undefined), spec: undefined, status: ingress('192.0.2.4') },
        query: { fieldManager: 'second' },
      },
      {
        verb: 'apply',
        status: true,
        body: { ...service(undefined), spec: undefined, status: ingress('192.0.2.4') },
        query: { fieldManager: 'second', force: 'true' },
      },
    ],
  },
  {
    name: 'a status of what is not there',
    steps: [
      { verb: 'update', status: true, body: service(spec()) },
      merge({ status: {} }, at),
      get(at),
      { verb: 'apply', status: true, body: service(spec()), query: { fieldManager: 'first' } },
    ],
  },
  {
    name: 'a finalizer with a status, and away again',
    steps: [
      balancer,
      strategic({ metadata: { finalizers: [CLEANUP] } }, at),
      remove(),
      get(),
      strategic({ metadata: { '$deleteFromPrimitiveList/finalizers': [CLEANUP] } }, at),
      get(),
    ],
  },
  {
    name: 'a finalizer frees what was allocated',
    steps: [
      create(
        { type: 'NodePort', clusterIP: '10.96.0.10', ports: [{ port: 80, nodePort: 30000 }] },
        { finalizers: ['example.com/a'] },
      ),
      remove(),
      create({ clusterIP: '10.96.0.10' }, { name: 'next' }),
      merge({ metadata: { finalizers: null } }, at),
      create({ type: 'NodePort', clusterIP: '10.96.0.10', ports: [{ port: 80, nodePort: 30000 }] }, { name: 'next' }),
    ],
  },
  {
    name: 'an old version with a status',
    steps: [
      balancer,
      merge({ metadata: { labels: { a: 'b' } } }),
      { verb: 'update', status: true, bodyOf: (seen) => ({ ...seen[0], status: ingress('192.0.2.1') }) },
      { verb: 'update', status: true, bodyOf: (seen) => ({ ...seen[1], status: ingress('192.0.2.1') }) },
    ],
  },
  {
    name: 'an address that is in the status already',
    steps: [
      balancer,
      merge({ status: ingress('2001:DB8::1') }, at),
      merge({ status: { loadBalancer: { ingress: [{ ip: '2001:DB8::1' }, { ip: '192.0.2.1' }] } } }, at),
      merge({ spec: { type: 'ClusterIP' } }),
      get(),
    ],
  },
  {
    name: 'a dry run of a status',
    steps: [balancer, merge({ status: ingress('192.0.2.1') }, { ...at, query: { dryRun: 'All' } }), get()],
  },
  {
    name: 'a status with unknown fields',
    steps: [
      balancer,
      ...['Ignore', 'Warn', 'Strict'].map((fieldValidation) =>
        merge({ status: { foo: 1 } }, { ...at, query: { fieldValidation } }),
      ),
    ],
  },
];

const UID = '00000000-0000-4000-8000-000000000009';
const DELETIONS: Record<string, Json> = {
  'no body': undefined,
  'an empty object': {},
  'a kind': { apiVersion: 'v1', kind: 'DeleteOptions' },
  'a kind of meta': { apiVersion: 'meta.k8s.io/v1', kind: 'DeleteOptions' },
  'another kind': { apiVersion: 'v1', kind: 'Service' },
  'a dry run': { dryRun: ['All'] },
  'a dry run that is none': { dryRun: ['Foo'] },
  'another uid': { preconditions: { uid: UID } },
  'another version': { preconditions: { resourceVersion: '1' } },
  'a version that is none': { preconditions: { resourceVersion: 'x' } },
  foreground: { propagationPolicy: 'Foreground' },
  background: { propagationPolicy: 'Background' },
  orphan: { propagationPolicy: 'Orphan' },
  'a policy that is none': { propagationPolicy: 'Foo' },
  'orphans the old way': { orphanDependents: true },
  'orphans both ways': { orphanDependents: true, propagationPolicy: 'Orphan' },
  'no grace': { gracePeriodSeconds: 0 },
  'some grace': { gracePeriodSeconds: 30 },
  'negative grace': { gracePeriodSeconds: -1 },
  'unknown fields': { foo: 1 },
  'a grace of the wrong type': { gracePeriodSeconds: 'x' },
  'unsafe reads': { ignoreStoreReadErrorWithClusterBreakingPotential: true },
};
const deletions: Case[] = [
  ...Object.entries(DELETIONS).flatMap(([name, body]): Case[] => [
    {
      name: `deleted with ${name}`,
      steps: [create({ type: 'NodePort' }), remove(body), get(), create({ type: 'NodePort' })],
    },
    {
      name: `deleted with a finalizer and ${name}`,
      steps: [
        create({}, { finalizers: ['example.com/a'] }),
        remove(body),
        get(),
        merge({ metadata: { finalizers: null } }),
        get(),
      ],
    },
  ]),
  {
    name: 'deleted with its uid',
    steps: [
      create(),
      {
        verb: 'delete',
        bodyOf: (seen) => ({
          preconditions: { uid: seen[0].metadata.uid, resourceVersion: seen[0].metadata.resourceVersion },
        }),
      },
      get(),
    ],
  },
  { name: 'deleted twice', steps: [create(), remove(), remove(), remove(undefined, { name: 'Bad_Name' })] },
  {
    name: 'deleted twice while a finalizer is there',
    steps: [
      create({}, { finalizers: ['example.com/a'] }),
      remove(),
      remove(),
      remove({ propagationPolicy: 'Foreground' }),
      remove({ propagationPolicy: 'Orphan' }),
      get(),
    ],
  },
  {
    name: 'changed while it is being deleted',
    steps: [
      create({ type: 'NodePort' }, { finalizers: ['example.com/a'] }),
      remove(),
      edit({ metadata: { finalizers: ['example.com/a', 'example.com/b'] } }),
      edit({ metadata: { labels: { a: 'b' } } }),
      merge({ spec: { type: 'ClusterIP' } }),
      put(),
      create(),
      merge({ metadata: { deletionTimestamp: null } }),
      edit({ metadata: { deletionTimestamp: '2020-01-01T00:00:00Z' } }),
      get(),
    ],
  },
  {
    name: 'all are deleted',
    steps: [
      create(),
      create({}, { name: 'other', labels: { a: 'b' }, finalizers: ['example.com/a'] }),
      remove(undefined, { path: '/api/v1/namespaces/{ns}/services', query: { labelSelector: 'c' } }),
      remove({ dryRun: ['All'] }, { path: '/api/v1/namespaces/{ns}/services' }),
      remove(undefined, { path: '/api/v1/namespaces/{ns}/services', query: { fieldSelector: 'metadata.name=web' } }),
      get(),
      remove(undefined, { path: '/api/v1/namespaces/{ns}/services' }),
      get({ name: 'other' }),
    ],
  },
];

export const STATUS_CASES: readonly Case[] = [...values, ...subresource, ...deletions];

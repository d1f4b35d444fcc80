/** Options in the query, dry runs, selectors, and paths that are none. */
import {
  apply,
  type Case,
  create,
  edit,
  get,
  list,
  merge,
  put,
  remove,
  service,
  spec,
  type Step,
  strategic,
} from './case.ts';

const valid = service(spec());
const WRITES: Record<string, Step> = {
  POST: create({}, { name: 'new' }),
  PUT: put({}, { labels: { a: 'b' } }),
  'merge patch': merge({ metadata: { labels: { a: 'b' } } }),
  apply: apply(spec()),
  DELETE: remove(),
};
const OPTIONS: readonly Record<string, string>[] = [
  { dryRun: 'All' },
  { dryRun: 'all' },
  { dryRun: '' },
  { dryRun: 'Foo' },
  { fieldManager: 'someone' },
  { fieldManager: '' },
  { fieldManager: 'x'.repeat(128) },
  { fieldManager: 'x'.repeat(129) },
  { fieldManager: 'a\u0000b' },
  { fieldManager: 'é' },
  { force: 'true' },
  { force: 'false' },
  { force: 'x' },
  { pretty: 'true' },
  { foo: 'bar' },
  { timeout: '5s' },
  { timeout: 'x' },
  { gracePeriodSeconds: '0' },
  { gracePeriodSeconds: '-1' },
  { gracePeriodSeconds: 'x' },
  { propagationPolicy: 'Foreground' },
  { propagationPolicy: 'Foo' },
  { orphanDependents: 'true' },
  { orphanDependents: 'true', propagationPolicy: 'Orphan' },
];
const options: Case[] = Object.entries(WRITES).flatMap(([name, step]) =>
  OPTIONS.map((query) => ({
    name: `${name} with ${JSON.stringify(query)}`,
    steps: [create(), { ...step, query: { ...(name === 'apply' ? { fieldManager: 'first' } : {}), ...query } }, get()],
  })),
);

const dry = { query: { dryRun: 'All' } };
const others: Case[] = [
  ...['ClusterIP', 'NodePort', 'LoadBalancer'].map(
    (type): Case => ({
      name: `dry runs of a ${type}`,
      on: ['single', 'dual', 'six'],
      steps: [
        create(
          {
            type,
            externalTrafficPolicy: type === 'LoadBalancer' ? 'Local' : undefined,
            ports: [
              { name: 'a', port: 1 },
              { name: 'b', port: 2 },
            ],
          },
          {},
          dry,
        ),
        create({ type, ipFamilyPolicy: 'PreferDualStack' }, {}, dry),
        create({ clusterIP: '10.96.0.10' }, {}, dry),
        get(),
        create({ type }),
        merge({ spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local' } }, dry),
        merge({ spec: { ipFamilyPolicy: 'PreferDualStack' } }, dry),
        merge({ spec: { type: 'ExternalName', externalName: 'a.b' } }, dry),
        merge({ spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 30000 }] } }, dry),
        remove({ dryRun: ['All'] }),
        get(),
        create({ type: 'NodePort', ports: [{ port: 80, nodePort: 30000 }] }, { name: 'next' }),
      ],
    }),
  ),
  {
    name: 'fields select',
    steps: [
      create({ type: 'NodePort', clusterIP: '10.96.0.10' }),
      create({ clusterIP: 'None' }, { name: 'none', labels: { a: 'b' } }),
      list(),
      list({ fieldSelector: 'spec.type=NodePort' }),
      list({ fieldSelector: 'spec.type!=NodePort' }),
      list({ fieldSelector: 'spec.clusterIP=None' }),
      list({ fieldSelector: 'spec.clusterIP=10.96.0.10,metadata.name=web' }),
      list({ fieldSelector: 'metadata.namespace=default' }),
      list({ fieldSelector: 'spec.foo=1' }),
      list({ fieldSelector: 'x' }),
      list({ labelSelector: 'a' }),
      list({ labelSelector: 'a in (b,c),!d' }),
      list({ labelSelector: '!' }),
      list({ limit: 'x' }),
      list({ resourceVersion: 'x' }),
    ],
  },
  {
    name: 'ways to a Service that are not there',
    steps: [
      create(),
      { verb: 'get', path: '/api/v1/namespaces/{ns}/services/web/foo' },
      { verb: 'create', path: '/api/v1/namespaces/{ns}/services/web', body: valid },
      { verb: 'update', path: '/api/v1/namespaces/{ns}/services', body: valid },
      { verb: 'create', path: '/api/v1/services', body: valid },
      { verb: 'delete', path: '/api/v1/namespaces/{ns}/services/web/status' },
      { verb: 'get', path: '/api/v1/namespaces/{ns}/service/web' },
      { verb: 'create', path: '/api/v1/namespaces/{ns}/services/web/status', body: valid },
      { verb: 'get', path: '/api/v2/namespaces/{ns}/services/web' },
    ],
  },
  {
    name: 'strategic patches of metadata',
    steps: [
      create({}, { labels: { a: 'b' }, finalizers: ['example.com/a'], annotations: { x: 'y' } }),
      strategic({ metadata: { finalizers: ['example.com/b'], labels: { a: null, c: 'd' } } }),
      strategic({ metadata: { '$deleteFromPrimitiveList/finalizers': ['example.com/a'] } }),
      strategic({ metadata: { annotations: { $patch: 'replace', z: 'z' } } }),
      strategic({ metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'a', uid: 'u1' }] } }),
      strategic({ metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'b', uid: 'u2' }] } }),
      strategic({ metadata: { ownerReferences: [{ $patch: 'delete', uid: 'u1' }] } }),
      edit({ metadata: { finalizers: null } }),
    ],
  },
];

export const OPTION_CASES: readonly Case[] = [...options, ...others];

/** What a request is made of: bodies, media types, options. */
import {
  apply,
  type Case,
  create,
  edit,
  get,
  json,
  type Json,
  list,
  merge,
  post,
  put,
  remove,
  service,
  spec,
  type Step,
  strategic,
  told,
} from './case.ts';

const valid = service(spec());
const text = JSON.stringify(valid);

const BODIES: Record<string, Json> = {
  nothing: '',
  spaces: '  ',
  'half an object': '{"apiVersion":"v1"',
  'not JSON': 'foo',
  'an array': '[]',
  null: 'null',
  'a number': '7',
  'a string': '"x"',
  'an empty object': '{}',
  'two objects': `${text}${text}`,
  'an object and more': `${text} x`,
  'no kind': { ...valid, kind: undefined },
  'no apiVersion': { ...valid, apiVersion: undefined },
  'neither kind nor apiVersion': { metadata: { name: 'web' }, spec: spec() },
  'another kind': { ...valid, kind: 'Pod' },
  'a kind that is not there': { ...valid, kind: 'Foo' },
  'a list': { apiVersion: 'v1', kind: 'ServiceList', items: [] },
  'another version': { ...valid, apiVersion: 'v2' },
  'another group': { ...valid, apiVersion: 'apps/v1' },
  'a version that is none': { ...valid, apiVersion: 'a/b/c' },
  'a kind in small letters': { ...valid, kind: 'service' },
  'keys in capitals': { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, Spec: spec() },
  'a key twice': text.replace('"spec":{', '"spec":{"type":"NodePort","type":"ClusterIP",'),
  'a key twice, deep': text.replace('"port":80', '"port":80,"port":81'),
  'three keys twice': text.replace('"spec":{', '"kind":"Service","spec":{"type":"ClusterIP","type":"ClusterIP",'),
  'unknown fields': {
    ...valid,
    foo: 1,
    spec: { ...spec(), bar: 1, ports: [{ port: 80, baz: 1 }] },
    metadata: { name: 'web', qux: 1 },
  },
  'an unknown field and one twice': text.replace('"spec":{', '"foo":1,"spec":{"type":"ClusterIP","type":"ClusterIP",'),
  'no spec': { ...valid, spec: undefined },
  'a spec that is null': { ...valid, spec: null },
  'an empty spec': { ...valid, spec: {} },
  'metadata that is null': { ...valid, metadata: null },
  'a spec that is a string': { ...valid, spec: 'x' },
  'a status that is a string': { ...valid, status: 'x' },
  'a status': {
    ...valid,
    spec: spec({ type: 'LoadBalancer' }),
    status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
  },
  'a deep body': `${'{"a":'.repeat(10001)}1${'}'.repeat(10001)}`,
  'a huge body': { ...valid, metadata: { name: 'web', annotations: { a: 'x'.repeat(4_000_000) } } },
  'a body with a byte order mark': `\uFEFF${text}`,
  'a float where an integer is wanted': text.replace('"port":80', '"port":80.0'),
  'an exponent where an integer is wanted': text.replace('"port":80', '"port":8e1'),
  'a big exponent': text.replace('"port":80', '"port":1e400'),
  'invalid UTF-8 escapes': text.replace('"web"', '"\\ud800"'),
};

/** Of several unknown fields upstream's apply names some, in the order of a Go map: cases that it can't answer twice alike. */
const UNSTEADY = 'apply of unknown fields';
const VALIDATIONS = ['', 'Ignore', 'Warn', 'Strict', 'Foo'];
const MEDIA = [
  ...[
    'application/json',
    'application/yaml',
    'application/json; charset=utf-8',
    'application/xml',
    'text/plain',
    '',
    'application/vnd.kubernetes.protobuf',
  ],
  ...[
    'application/merge-patch+json',
    'application/strategic-merge-patch+json',
    'application/json-patch+json',
    'application/apply-patch+yaml',
    'application/apply-patch+cbor',
    'application/cbor',
    '*/*',
    'foo',
  ],
];
const ACCEPTS = [
  'application/json',
  'application/yaml',
  '*/*',
  'text/html',
  'application/xml',
  'application/json;q=0.1,application/yaml',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/json;as=Foo;v=v1;g=meta.k8s.io',
];

const bodies: Case[] = Object.entries(BODIES).flatMap(([name, body]): Case[] => [
  { name: `POST of ${name}`, steps: [post(body)] },
  { name: `PUT of ${name}`, steps: [create(), { verb: 'update', body }] },
  ...(['merge', 'strategic', 'json'] as const).map(
    (patch): Case => ({ name: `${patch} patch of ${name}`, steps: [create(), { verb: 'patch', patch, body }] }),
  ),
  { name: `apply of ${name}`, steps: [{ verb: 'apply', body, query: { fieldManager: 'first' } }] },
  { name: `DELETE with ${name}`, steps: [create(), remove(body), get()] },
]);

const STRICT = [
  'an unknown field',
  'unknown fields',
  'a key twice',
  'a key twice, deep',
  'three keys twice',
  'an unknown field and one twice',
  'keys in capitals',
  'no spec',
];
const validations: Case[] = STRICT.flatMap((name) =>
  VALIDATIONS.flatMap((fieldValidation): Case[] => [
    {
      name: `POST of ${name}, fieldValidation ${told(fieldValidation)}`,
      steps: [post(BODIES[name], { query: { fieldValidation } })],
    },
    {
      name: `PUT of ${name}, fieldValidation ${told(fieldValidation)}`,
      steps: [create(), { verb: 'update', body: BODIES[name], query: { fieldValidation } }],
    },
    ...(['merge', 'strategic'] as const).map(
      (patch): Case => ({
        name: `${patch} patch of ${name}, fieldValidation ${told(fieldValidation)}`,
        steps: [create(), { verb: 'patch', patch, body: BODIES[name], query: { fieldValidation } }],
      }),
    ),
    {
      name: `apply of ${name}, fieldValidation ${told(fieldValidation)}`,
      steps: [{ verb: 'apply', body: BODIES[name], query: { fieldManager: 'first', fieldValidation } }],
    },
    {
      name: `YAML of ${name}, fieldValidation ${told(fieldValidation)}`,
      steps: [post(BODIES[name], { contentType: 'application/yaml', query: { fieldValidation } })],
    },
    {
      name: `JSON patch to ${name}, fieldValidation ${told(fieldValidation)}`,
      steps: [
        create(),
        json(
          [
            { op: 'add', path: '/spec/foo', value: 1 },
            { op: 'add', path: '/metadata/bar', value: 1 },
          ],
          { query: { fieldValidation } },
        ),
      ],
    },
  ]),
);

const YAML =
  'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  selector: {app: web}\n  ports:\n  - port: 80\n';
const media: Case[] = [
  ...MEDIA.flatMap((contentType): Case[] => [
    { name: `POST as ${told(contentType)}`, steps: [post(valid, { contentType }), post(YAML, { contentType })] },
    { name: `PUT as ${told(contentType)}`, steps: [create(), { verb: 'update', body: valid, contentType }] },
    {
      name: `PATCH as ${told(contentType)}`,
      steps: [create(), { verb: 'patch', body: valid, contentType, query: { fieldManager: 'first' } }],
    },
    {
      name: `DELETE as ${told(contentType)}`,
      steps: [create(), remove({ propagationPolicy: 'Orphan' }, { contentType })],
    },
  ]),
  ...ACCEPTS.flatMap((accept): Case[] => [
    {
      name: `answers as ${told(accept)}`,
      steps: [
        create({}, {}, { accept }),
        get({ accept }),
        get({ accept, name: 'nobody' }),
        { ...list(), accept },
        remove(undefined, { accept }),
      ],
    },
  ]),
  {
    name: 'YAML that is not an object',
    steps: [
      post('- a', { contentType: 'application/yaml' }),
      post('a: [', { contentType: 'application/yaml' }),
      post('', { contentType: 'application/yaml' }),
    ],
  },
  { name: 'YAML with two documents', steps: [post(`${YAML}---\n${YAML}`, { contentType: 'application/yaml' })] },
  {
    name: 'YAML with a key twice',
    steps: [
      post(`${YAML}  type: NodePort\n  type: ClusterIP\n`, {
        contentType: 'application/yaml',
        query: { fieldValidation: 'Strict' },
      }),
    ],
  },
  {
    name: 'YAML with an anchor',
    steps: [
      post(YAML.replace('{app: web}', '&a {app: web}').replace('name: web', 'name: web\n  labels: *a'), {
        contentType: 'application/yaml',
      }),
      post(YAML.replace('name: web', 'name: web\n  labels: &a {x: y}').replace('{app: web}', '*a'), {
        contentType: 'application/yaml',
      }),
    ],
  },
];

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

export const PROTOCOL: readonly Case[] = [...bodies, ...validations, ...media, ...options, ...others].filter(
  ({ name }) => !name.startsWith(UNSTEADY),
);

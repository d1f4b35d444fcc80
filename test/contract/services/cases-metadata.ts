/** Names, labels, annotations, owners, finalizers, and what of metadata a client may not choose. */
import { type Case, create, edit, get, type Json, merge, post, put, service, spec, told } from './case.ts';

const NAMES: readonly Json[] = [
  ...[
    'web',
    'a',
    '1',
    '1web',
    'web-1',
    'Web',
    'web_1',
    'web.1',
    '-web',
    'web-',
    '',
    ' web',
    'wéb',
    'a'.repeat(63),
    'a'.repeat(64),
  ],
  ...['a'.repeat(254), '..', '.', 'a/b', 'a%b', '0', 'kubernetes'],
];
const PREFIXES: readonly Json[] = [
  'web-',
  'Web-',
  'web_',
  '-',
  '',
  '1',
  'a'.repeat(57),
  'a'.repeat(63),
  'a'.repeat(64),
  'web.',
  null,
  7,
];
const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const HINTS = 'service.kubernetes.io/topology-aware-hints';
const MODE = 'service.kubernetes.io/topology-mode';

const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: '00000000-0000-4000-8000-000000000001' };
const condition = '2020-01-01T00:00:00Z';

const METADATA: Record<string, readonly Json[]> = {
  labels: [
    ...[
      null,
      {},
      [],
      'x',
      { a: 'b' },
      { a: null },
      { a: 7 },
      { '': 'b' },
      { a: '-' },
      { 'a b': 'c' },
      { 'example.com/a': 'b' },
    ],
    ...[
      { 'a/b/c': 'd' },
      { a: 'x'.repeat(63) },
      { a: 'x'.repeat(64) },
      { ['x'.repeat(64)]: 'a' },
      { [`${'x'.repeat(254)}/a`]: 'b' },
      { 'EX.com/a': 'b' },
    ],
  ],
  annotations: [
    ...[
      null,
      {},
      [],
      'x',
      { a: 'b' },
      { a: null },
      { a: 7 },
      { '': 'b' },
      { a: '' },
      { 'a b': 'c' },
      { 'EXAMPLE.com/A': 'b' },
      { 'a/b/c': 'd' },
    ],
    ...[{ a: 'x'.repeat(262143) }, { a: 'x'.repeat(262144) }, { 'a.': 'b' }, { ['x'.repeat(64)]: 'a' }],
    ...[
      { [HINTS]: 'auto' },
      { [MODE]: 'auto' },
      { [HINTS]: 'auto', [MODE]: 'auto' },
      { [HINTS]: 'auto', [MODE]: 'Auto' },
      { [HINTS]: '', [MODE]: 'x' },
    ],
    ...[
      '',
      ' ',
      '10.0.0.0/8',
      ' 10.0.0.0/8 , 11.0.0.0/8 ',
      'foo',
      '10.0.0.0/8,',
      ',',
      '10.0.0.1/8',
      '10.0.0.0/8,foo,bar',
      '::/0',
    ].map((value) => ({ [SOURCE_RANGES]: value })),
  ],
  finalizers: [
    ...[
      null,
      [],
      'x',
      [null],
      [''],
      ['a'],
      ['example.com/a'],
      ['example.com/a', 'example.com/a'],
      ['a b'],
      ['a/b/c'],
      ['foregroundDeletion'],
    ],
    ...[
      ['orphan'],
      ['orphan', 'foregroundDeletion'],
      ['kubernetes'],
      ['service.kubernetes.io/load-balancer-cleanup'],
      ['x'.repeat(64)],
    ],
  ],
  ownerReferences: [
    ...[
      null,
      [],
      {},
      [owner],
      [owner, owner],
      [{ ...owner, controller: true }],
      [
        { ...owner, controller: true },
        { ...owner, name: 'b', controller: true },
      ],
    ],
    ...[
      [{ ...owner, uid: '' }],
      [{ ...owner, name: '' }],
      [{ ...owner, kind: '' }],
      [{ ...owner, apiVersion: '' }],
      [{ ...owner, apiVersion: 'a/b/c' }],
    ],
    ...[
      [{}],
      [{ ...owner, apiVersion: 'v1', kind: 'Event' }],
      [{ ...owner, blockOwnerDeletion: true }],
      [{ ...owner, apiVersion: 'a/' }],
      [{ ...owner, foo: 1 }],
    ],
  ],
  uid: [null, '', '00000000-0000-4000-8000-000000000002', 'x', 7],
  resourceVersion: [null, '', '0', '1', 'x', 7, '-1'],
  generation: [null, 0, 1, -1, 'x', 5],
  creationTimestamp: [
    null,
    '',
    condition,
    'x',
    7,
    '2020-01-01',
    '2020-01-01T00:00:00.123Z',
    '2020-01-01T01:00:00+01:00',
  ],
  deletionTimestamp: [null, condition, 'x'],
  deletionGracePeriodSeconds: [null, 0, 30, -1, 'x'],
  selfLink: [null, '/x', 7],
  namespace: [null, '', 'default', 'Bad_', 7, 'nobody'],
  managedFields: [
    ...[
      null,
      [],
      [{}],
      'x',
      [
        {
          manager: 'm',
          operation: 'Update',
          apiVersion: 'v1',
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:spec': { 'f:type': {} } },
        },
      ],
    ],
    ...[
      [{ manager: 'm', operation: 'Foo', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: {} }],
      [{ manager: 'm', operation: 'Apply' }],
    ],
    ...[[{ manager: 'x'.repeat(129), operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: {} }]],
    ...[
      [{ manager: 'm', operation: 'Update', apiVersion: 'v1', fieldsType: 'Foo', fieldsV1: {} }],
      [{ manager: 'm', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { foo: 1 } }],
    ],
    ...[
      [
        {
          manager: 'm',
          operation: 'Update',
          apiVersion: 'v1',
          fieldsType: 'FieldsV1',
          fieldsV1: {},
          subresource: 'x'.repeat(257),
        },
      ],
    ],
  ],
  noSuchField: [1],
};

const metadata: Case[] = Object.entries(METADATA).flatMap(([field, values]) =>
  values.flatMap((value): Case[] => [
    {
      name: `metadata.${field} is ${told(value)}`,
      steps: [
        create({ type: 'LoadBalancer' }, { [field]: value }),
        create({}, { name: 'there' }),
        put({}, { name: 'there', [field]: value }, { name: 'there' }),
        edit({ metadata: { [field]: value } }, { name: 'there' }),
        merge({ metadata: { [field]: value } }, { name: 'there' }),
        get({ name: 'there' }),
      ],
    },
  ]),
);

/** A body's metadata against the path's. */
const names: Case[] = [
  ...NAMES.map((name): Case => ({ name: `called ${told(name)}`, steps: [create({}, { name })] })),
  ...PREFIXES.map(
    (generateName): Case => ({
      name: `called after ${told(generateName)}`,
      steps: [create({}, { name: undefined, generateName })],
    }),
  ),
  {
    name: 'a name and a prefix',
    steps: [create({}, { generateName: 'other-' }), create({}, { generateName: 'other-' })],
  },
  { name: 'no name', steps: [post({ apiVersion: 'v1', kind: 'Service', spec: spec() })] },
  { name: 'a name of another type', steps: [create({}, { name: 7 })] },
  { name: 'a name that is there', steps: [create(), create()] },
  { name: 'a name that is there, with a body that is not valid', steps: [create(), create({ type: 'Foo' })] },
  { name: 'PUT of another name', steps: [create(), put({}, { name: 'other' })] },
  { name: 'PUT of no name', steps: [create(), put({}, { name: undefined })] },
  { name: 'PUT of an empty name', steps: [create(), put({}, { name: '' })] },
  { name: 'PUT of another namespace', steps: [create(), put({}, { namespace: 'default' })] },
  { name: 'PUT of a name that is not there', steps: [put(), get(), put()] },
  { name: 'PUT of a name that is not there and not valid', steps: [put({}, { name: 'Bad' }, { name: 'Bad' })] },
  {
    name: 'PUT of what is not there with a resourceVersion',
    steps: [put({}, { resourceVersion: '7' }), put({}, { uid: '00000000-0000-4000-8000-000000000003' })],
  },
  { name: 'PUT of what is not there and not valid', steps: [put({ type: 'Foo' })] },
  { name: 'a merge patch of the name', steps: [create(), merge({ metadata: { name: 'other' } })] },
  { name: 'a merge patch of the namespace', steps: [create(), merge({ metadata: { namespace: 'other' } })] },
  { name: 'a merge patch of the uid', steps: [create(), merge({ metadata: { uid: 'x' } })] },
  { name: 'a patch of what is not there', steps: [merge({ spec: {} })] },
  {
    name: 'in a namespace that is not there',
    steps: [post(service(spec()), { path: '/api/v1/namespaces/nobody/services' })],
  },
  {
    name: 'in a namespace that is not a name',
    steps: [post(service(spec()), { path: '/api/v1/namespaces/No_/services' })],
  },
];

/** Resource versions as preconditions. */
const versions: Case[] = [
  {
    name: 'PUT with the version that was read',
    steps: [create(), edit({ metadata: { labels: { a: 'b' } } }), edit({ metadata: { labels: { a: 'b' } } })],
  },
  {
    name: 'PUT with an old version',
    steps: [
      create(),
      merge({ metadata: { labels: { a: 'b' } } }),
      { verb: 'update', bodyOf: (seen) => ({ ...seen[0], metadata: { ...seen[0].metadata, labels: { c: 'd' } } }) },
      {
        verb: 'patch',
        patch: 'merge',
        bodyOf: (seen) => ({ metadata: { resourceVersion: seen[0].metadata.resourceVersion, labels: { c: 'd' } } }),
      },
      {
        verb: 'patch',
        patch: 'merge',
        bodyOf: (seen) => ({ metadata: { resourceVersion: seen[1].metadata.resourceVersion, labels: { c: 'd' } } }),
      },
    ],
  },
  {
    name: 'PUT with the uid of one that was deleted',
    steps: [
      create(),
      { verb: 'delete' },
      create(),
      {
        verb: 'update',
        bodyOf: (seen) => ({ ...service(spec()), metadata: { name: 'web', uid: seen[0].metadata.uid } }),
      },
      {
        verb: 'update',
        bodyOf: (seen) => ({ ...service(spec()), metadata: { name: 'web', uid: seen[2].metadata.uid } }),
      },
    ],
  },
  { name: 'nothing changes', steps: [create(), edit({}), merge({}), put(), get()] },
  {
    name: 'only the version that was read is sent back',
    steps: [create(), merge({}), edit({ metadata: { creationTimestamp: null } })],
  },
];

export const METADATA_CASES: readonly Case[] = [...names, ...metadata, ...versions];

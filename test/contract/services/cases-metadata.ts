/** Labels, annotations, owners, finalizers, and what of metadata a client may not choose. */
import { type Case, create, edit, get, type Json, merge, put, told } from './case.ts';

const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const HINTS = 'service.kubernetes.io/topology-aware-hints';
const MODE = 'service.kubernetes.io/topology-mode';

const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: '00000000-0000-4000-8000-000000000001' };
const condition = '2020-01-01T00:00:00Z';

const METADATA: Record<string, readonly Json[]> = {
  labels: [
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
    { 'a/b/c': 'd' },
    { a: 'x'.repeat(63) },
    { a: 'x'.repeat(64) },
    { ['x'.repeat(64)]: 'a' },
    { [`${'x'.repeat(254)}/a`]: 'b' },
    { 'EX.com/a': 'b' },
  ],
  annotations: [
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
    { a: 'x'.repeat(262143) },
    { a: 'x'.repeat(262144) },
    { 'a.': 'b' },
    { ['x'.repeat(64)]: 'a' },

    { [HINTS]: 'auto' },
    { [MODE]: 'auto' },
    { [HINTS]: 'auto', [MODE]: 'auto' },
    { [HINTS]: 'auto', [MODE]: 'Auto' },
    { [HINTS]: '', [MODE]: 'x' },
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
    ['orphan'],
    ['orphan', 'foregroundDeletion'],
    ['kubernetes'],
    ['service.kubernetes.io/load-balancer-cleanup'],
    ['x'.repeat(64)],
  ],
  ownerReferences: [
    null,
    [],
    {},
    [owner],
    [owner, owner],
    [
      {
        ...owner,
        controller: true,
      },
    ],
    [
      {
        ...owner,
        controller: true,
      },
      {
        ...owner,
        name: 'b',
        controller: true,
      },
    ],
    [
      {
        ...owner,
        uid: '',
      },
    ],
    [
      {
        ...owner,
        name: '',
      },
    ],
    [
      {
        ...owner,
        kind: '',
      },
    ],
    [
      {
        ...owner,
        apiVersion: '',
      },
    ],
    [
      {
        ...owner,
        apiVersion: 'a/b/c',
      },
    ],
    [{}],
    [
      {
        ...owner,
        apiVersion: 'v1',
        kind: 'Event',
      },
    ],
    [
      {
        ...owner,
        blockOwnerDeletion: true,
      },
    ],
    [
      {
        ...owner,
        apiVersion: 'a/',
      },
    ],
    [
      {
        ...owner,
        foo: 1,
      },
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
    [
      {
        manager: 'm',
        operation: 'Foo',
        apiVersion: 'v1',
        fieldsType: 'FieldsV1',
        fieldsV1: {},
      },
    ],
    [
      {
        manager: 'm',
        operation: 'Apply',
      },
    ],
    [
      {
        manager: 'x'.repeat(129),
        operation: 'Update',
        apiVersion: 'v1',
        fieldsType: 'FieldsV1',
        fieldsV1: {},
      },
    ],
    [
      {
        manager: 'm',
        operation: 'Update',
        apiVersion: 'v1',
        fieldsType: 'Foo',
        fieldsV1: {},
      },
    ],
    [
      {
        manager: 'm',
        operation: 'Update',
        apiVersion: 'v1',
        fieldsType: 'FieldsV1',
        fieldsV1: { foo: 1 },
      },
    ],
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

export const METADATA_CASES: readonly Case[] = metadata;

/** The objects beside: addresses and ranges of addresses. */
import { type Case, create, type Json, merge, put, remove, type Step, told } from './case.ts';

const ADDRESSES = '/apis/networking.k8s.io/v1/ipaddresses';
const RANGES = '/apis/networking.k8s.io/v1/servicecidrs';

const parent = { resource: 'services', namespace: 'default', name: 'x' };
const address = (name: Json, spec: Json = { parentRef: parent }): Json => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IPAddress',
  metadata: { name },
  spec,
});
const range = (name: Json, spec: Json): Json => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'ServiceCIDR',
  metadata: { name },
  spec,
});
const made = (path: string, body: Json): Step => ({ verb: 'create', path, body });
const gone = (path: string): Step => ({ verb: 'delete', path });

const NAMES: readonly Json[] = [
  'foo',
  '',
  '10.96.0.256',
  '010.96.0.9',
  '2001:DB8::1',
  '::ffff:10.96.0.9',
  '2001:db8:0::1',
  '10.96.0.9/32',
  null,
];
const PARENTS: readonly Json[] = [
  null,
  {},
  { resource: 'services' },
  { name: 'x' },
  { ...parent, group: 'Bad_' },
  { ...parent, resource: 'a/b' },
  { ...parent, name: '..' },
  { ...parent, namespace: 'a%b' },
  { ...parent, group: 'x'.repeat(254) },
];
const CIDRS: readonly Json[] = [
  null,
  [],
  ['foo'],
  ['10.200.0.0'],
  ['10.200.0.1/24'],
  ['010.200.0.0/24'],
  ['10.200.0.0/33'],
  ['2001:DB8::/64'],
  ['10.200.0.0/24', '10.201.0.0/24'],
  ['10.200.0.0/24', '2001:db8::/64', '10.201.0.0/24'],
  [''],
  'x',
  [7],
  ['10.200.0.0/24', 'foo'],
  ['::ffff:10.200.0.0/120'],
];

const bad: Case[] = [
  ...NAMES.map((name): Case => ({ name: `an address called ${told(name)}`, steps: [made(ADDRESSES, address(name))] })),
  ...PARENTS.map(
    (parentRef, i): Case => ({
      name: `an address of ${told(parentRef)}`,
      steps: [made(ADDRESSES, address(`192.0.2.${i}`, { parentRef }))],
    }),
  ),
  {
    name: 'an address without a spec',
    steps: [made(ADDRESSES, address('192.0.2.99', undefined)), made(ADDRESSES, address('192.0.2.99', {}))],
  },
  ...CIDRS.map(
    (cidrs): Case => ({
      name: `a range of ${told(cidrs)}`,
      steps: [made(RANGES, range('bad', { cidrs })), gone(`${RANGES}/bad`)],
    }),
  ),
  {
    name: 'a range without a spec',
    steps: [
      made(RANGES, range('bad', undefined)),
      made(RANGES, range('Bad_', { cidrs: ['10.200.0.0/24'] })),
      made(RANGES, range('bad', { cidrs: ['10.200.0.1/24', 'x'] })),
    ],
  },
];

const addressOf = (seen: readonly Json[]): string => `${ADDRESSES}/${seen[0].spec.clusterIP}`;

const together: Case[] = [
  {
    name: 'an address object of a Service',
    on: ['single', 'dual', 'six'],
    steps: [
      create(),
      { verb: 'get', path: addressOf },
      merge({ spec: { type: 'ExternalName', externalName: 'a.b' } }),
      { verb: 'get', path: addressOf },
    ],
  },
  {
    name: 'address objects of a Service with two',
    on: ['dual', 'six'],
    steps: [
      create({ ipFamilyPolicy: 'RequireDualStack' }),
      { verb: 'get', path: addressOf },
      { verb: 'get', path: (seen) => `${ADDRESSES}/${seen[0].spec.clusterIPs[1]}` },
      remove(),
      { verb: 'get', path: addressOf },
      { verb: 'get', path: (seen) => `${ADDRESSES}/${seen[0].spec.clusterIPs[1]}` },
    ],
  },
  {
    name: 'an address object is gone with its Service',
    steps: [
      create({ clusterIP: '10.96.0.10' }),
      { verb: 'get', path: `${ADDRESSES}/10.96.0.10` },
      remove(),
      { verb: 'get', path: `${ADDRESSES}/10.96.0.10` },
    ],
  },
  {
    name: 'an address object is the lock',
    steps: [
      made(ADDRESSES, address('10.96.0.10')),
      create({ clusterIP: '10.96.0.10' }),
      { verb: 'get', path: `${ADDRESSES}/10.96.0.10` },
      { verb: 'patch', patch: 'merge', path: `${ADDRESSES}/10.96.0.10`, body: { spec: { parentRef: { name: 'y' } } } },
      { verb: 'patch', patch: 'merge', path: `${ADDRESSES}/10.96.0.10`, body: { metadata: { labels: { a: 'b' } } } },
      gone(`${ADDRESSES}/10.96.0.10`),
      create({ clusterIP: '10.96.0.10' }),
    ],
  },
  {
    name: 'an address object is taken from its Service',
    steps: [
      create({ clusterIP: '10.96.0.10' }),
      gone(`${ADDRESSES}/10.96.0.10`),
      create({ clusterIP: '10.96.0.10' }, { name: 'next' }),
      { verb: 'get', path: `${ADDRESSES}/10.96.0.10` },
      remove(),
      { verb: 'get', path: `${ADDRESSES}/10.96.0.10` },
      put({ clusterIP: '10.96.0.10' }, { name: 'next' }, { name: 'next' }),
    ],
  },
  {
    name: 'the range of the cluster',
    on: ['single', 'dual', 'six', 'tiny'],
    steps: [
      { verb: 'get', path: `${RANGES}/kubernetes` },
      { verb: 'patch', patch: 'merge', path: `${RANGES}/kubernetes`, body: { spec: { cidrs: ['10.1.0.0/16'] } } },
      { verb: 'patch', patch: 'merge', path: `${RANGES}/kubernetes`, body: { spec: { cidrs: [] } } },
      { verb: 'patch', patch: 'merge', path: `${RANGES}/kubernetes`, body: { metadata: { labels: { a: 'b' } } } },
      { verb: 'get', path: `${RANGES}/kubernetes/status` },
      { verb: 'patch', patch: 'merge', path: `${RANGES}/kubernetes`, body: { metadata: { labels: null } } },
    ],
  },
  {
    name: 'a range without effect',
    steps: [made(RANGES, range('dry', { cidrs: ['10.200.0.0/24'] })), gone(`${RANGES}/dry`)].map((step) => ({
      ...step,
      query: { dryRun: 'All' },
    })),
  },
];

/** Ranges change what every other case draws from: only where cases run one by one. */
const more: Case[] = [
  {
    name: 'a second range is used, and gone',
    on: ['tiny'],
    steps: [
      create({ clusterIP: '10.201.0.5' }),
      made(RANGES, range('more', { cidrs: ['10.201.0.0/28'] })),
      create({ clusterIP: '10.201.0.5' }, {}, { eventually: 201 }),
      { verb: 'get', path: `${ADDRESSES}/10.201.0.5` },
      create({ clusterIP: '10.201.0.15' }, { name: 'broadcast' }),
      create({ clusterIP: '10.201.0.0' }, { name: 'network' }),
      {
        verb: 'patch',
        patch: 'merge',
        path: `${RANGES}/more`,
        body: { spec: { cidrs: ['10.201.0.0/28', '2001:db8:1::/124'] } },
      },
      { verb: 'patch', patch: 'merge', path: `${RANGES}/more`, body: { spec: { cidrs: ['10.201.0.0/28'] } } },
      {
        verb: 'patch',
        patch: 'merge',
        path: `${RANGES}/more`,
        body: { spec: { cidrs: ['10.201.0.0/27', '2001:db8:1::/124'] } },
      },
      remove(),
      gone(`${RANGES}/more`),
      { verb: 'get', path: `${RANGES}/more`, eventually: 404 },
      create({ clusterIP: '10.201.0.6' }, {}, { eventually: 422 }),
    ],
  },
  {
    name: 'a range with a condition',
    on: ['tiny'],
    steps: [
      made(RANGES, range('off', { cidrs: ['10.202.0.0/28'] })),
      {
        verb: 'patch',
        patch: 'merge',
        path: `${RANGES}/off/status`,
        body: {
          status: {
            conditions: [
              {
                type: 'Ready',
                status: 'False',
                reason: 'Off',
                message: '',
                lastTransitionTime: '2020-01-01T00:00:00Z',
              },
            ],
          },
        },
      },
      { verb: 'update', path: `${RANGES}/off/status`, onto: true, body: { spec: { cidrs: ['10.203.0.0/28'] } } },
      gone(`${RANGES}/off`),
    ],
  },
  {
    name: 'addresses of the tiny range',
    on: ['tiny'],
    steps: [
      { verb: 'get', path: `${ADDRESSES}/10.97.0.1` },
      { verb: 'get', path: `${ADDRESSES}/10.97.0.2` },
    ],
  },
];

export const NEIGHBOURS: readonly Case[] = [...bad, ...together, ...more];

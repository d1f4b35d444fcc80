/** IP families: every policy with every list of families and of addresses, and every change of them. */
import { type Case, type ClusterName, create, edit, type Json, merge, post, put, service } from './case.ts';

const ALL: readonly ClusterName[] = ['single', 'dual', 'six'];
const POLICIES = [undefined, 'SingleStack', 'PreferDualStack', 'RequireDualStack'];
const FAMILIES = [undefined, [], ['IPv4'], ['IPv6'], ['IPv4', 'IPv6'], ['IPv6', 'IPv4']];
const V4 = '10.96.0.10';
const V6 = 'fd00:96::10';
const ADDRESSES = [undefined, ['None'], [V4], [V6], [V4, V6], [V6, V4]];

const dryRun = { query: { dryRun: 'All' } };

const some = (fields: Record<string, Json>): Json =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const wanted = (ipFamilyPolicy: Json, ipFamilies: Json, clusterIPs: Json): Json =>
  some({ ipFamilyPolicy, ipFamilies, clusterIP: clusterIPs?.[0], clusterIPs });

const creations: Case[] = POLICIES.flatMap((policy) =>
  FAMILIES.flatMap((families) =>
    ADDRESSES.flatMap((addresses): Case[] => {
      const more = wanted(policy, families, addresses);
      const name = `created with ${JSON.stringify(more)}`;
      const cases: Case[] = [{ name, on: ALL, steps: [create(more)] }];
      if (addresses?.[0] !== 'None') return cases;
      return [
        ...cases,
        { name: `${name}, without selector`, on: ALL, steps: [post(service({ ports: [{ port: 80 }], ...more }))] },
      ];
    }),
  ),
);

/** Specs as a cluster with both families stores them. */
const STATES: Record<string, Json> = {
  'one IPv4': wanted('SingleStack', ['IPv4'], undefined),
  'one IPv6': wanted('SingleStack', ['IPv6'], undefined),
  'two, preferred': wanted('PreferDualStack', ['IPv4', 'IPv6'], undefined),
  'two, required': wanted('RequireDualStack', ['IPv4', 'IPv6'], undefined),
  'two, IPv6 first': wanted('RequireDualStack', ['IPv6', 'IPv4'], undefined),
  'two of its own': wanted('RequireDualStack', undefined, [V4, V6]),
  headless: wanted('SingleStack', ['IPv4'], ['None']),
  'headless, two': wanted('RequireDualStack', ['IPv4', 'IPv6'], ['None']),
  ExternalName: { type: 'ExternalName', externalName: 'example.com' },
};

const CHANGES: readonly Json[] = [
  ...['SingleStack', 'PreferDualStack', 'RequireDualStack', null].flatMap((ipFamilyPolicy) => [
    { ipFamilyPolicy },
    ...[null, ['IPv4'], ['IPv6'], ['IPv4', 'IPv6'], ['IPv6', 'IPv4']].map((ipFamilies) => ({
      ipFamilyPolicy,
      ipFamilies,
    })),
  ]),
  { ipFamilies: null },
  { ipFamilies: [] },
  { ipFamilies: ['IPv4'] },
  { ipFamilies: ['IPv6'] },
  { ipFamilies: ['IPv4', 'IPv6'] },
  { ipFamilies: ['IPv6', 'IPv4'] },
  { clusterIPs: null },
  { clusterIP: null },
  { clusterIP: '' },
  { clusterIP: 'None' },
  { clusterIP: '10.96.0.12' },
  { clusterIP: 'fd00:96::12' },
  { clusterIP: null, clusterIPs: null },
  { clusterIP: null, clusterIPs: null, ipFamilies: null },
  { clusterIP: null, clusterIPs: null, ipFamilies: null, ipFamilyPolicy: null },
  { clusterIPs: [V4] },
  { clusterIPs: [V4, 'fd00:96::12'] },
  { clusterIP: V4, clusterIPs: [V4], ipFamilyPolicy: 'SingleStack' },
  { clusterIP: V4, clusterIPs: [V4], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' },
  { clusterIP: V4, clusterIPs: [V4], ipFamilies: ['IPv4'], ipFamilyPolicy: 'PreferDualStack' },
  { clusterIP: V4, clusterIPs: [V4, V6], ipFamilyPolicy: 'RequireDualStack' },
  { clusterIP: V6, clusterIPs: [V6, V4], ipFamilyPolicy: 'RequireDualStack' },
  { clusterIP: 'None', clusterIPs: ['None'] },
  { selector: null },
  { selector: null, ipFamilyPolicy: 'RequireDualStack' },
  { type: 'NodePort', ipFamilyPolicy: 'PreferDualStack' },
  { type: 'ClusterIP', ipFamilyPolicy: 'PreferDualStack' },
];

const changes: Case[] = Object.entries(STATES).flatMap(([state, first]) =>
  CHANGES.flatMap((change): Case[] => {
    const made = state === 'ExternalName' ? post(service(first)) : create(first);
    return [
      { name: `${state}: ${JSON.stringify(change)} by merge patch`, on: ALL, steps: [made, merge({ spec: change })] },
      {
        name: `${state}: ${JSON.stringify(change)} in what was read`,
        on: ['dual'],
        steps: [made, edit({ spec: change })],
      },
    ];
  }),
);

const manifests: Case[] = Object.entries(STATES).flatMap(([state, first]) =>
  [...POLICIES.map((ipFamilyPolicy) => some({ ipFamilyPolicy })), ...Object.values(STATES)].map((second) => ({
    name: `${state}: PUT of the manifest ${JSON.stringify(second)}`,
    on: ['dual'],
    steps: [state === 'ExternalName' ? post(service(first)) : create(first), put(second)],
  })),
);

const upAndDown: Case[] = [
  {
    // kube-apiserver 1.37.2 panics: `allocIPs` (alloc.go) has no allocator for the second family, and the connection ends.
    name: 'on a cluster of one family, two are required while an address is given up for none',
    steps: [
      post(service({ ports: [{ port: 80 }] })),
      edit({ spec: { clusterIP: 'None', clusterIPs: ['None'], ipFamilyPolicy: 'RequireDualStack' } }),
      edit({ spec: { clusterIP: 'None', clusterIPs: ['None'], ipFamilyPolicy: 'RequireDualStack' } }, dryRun),
      { verb: 'get' },
    ],
  },
  {
    name: 'a second family is added, taken away and added again',
    on: ALL,
    steps: [
      create(),
      merge({ spec: { ipFamilyPolicy: 'PreferDualStack' } }),
      merge({ spec: { ipFamilyPolicy: 'SingleStack' } }),
      merge({ spec: { ipFamilyPolicy: 'RequireDualStack' } }),
      merge({ spec: { type: 'ExternalName', externalName: 'example.com' } }),
      merge({ spec: { type: 'ClusterIP' } }),
    ],
  },
  {
    name: 'a second address that is taken',
    on: ['dual'],
    steps: [
      create({ ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv6'], clusterIP: V6 }, { name: 'there' }),
      create({ ipFamilyPolicy: 'RequireDualStack' }),
      create({ clusterIP: V4 }, { name: 'one' }),
      edit({ spec: { ipFamilyPolicy: 'RequireDualStack', clusterIPs: [V4, V6] } }, { name: 'one' }),
    ],
  },
  {
    name: 'without selector, an address is given up for none',
    on: ALL,
    steps: [post(service({ ports: [{ port: 80 }] })), put({ clusterIP: 'None', selector: null })],
  },
  {
    name: 'with a policy for two, the selector of a headless one is removed',
    on: ALL,
    steps: [
      create({ clusterIP: 'None' }),
      merge({ spec: { selector: null, ipFamilyPolicy: null } }),
      edit({ spec: { ipFamilyPolicy: 'PreferDualStack' } }),
    ],
  },
];

export const FAMILY_CASES: readonly Case[] = [...creations, ...changes, ...manifests, ...upAndDown];

/** Every field of a Service's spec with every value at its edges, created and brought into a Service that is there. */
import { type Case, type ClusterName, create, edit, get, type Json, merge, post, spec, told } from './case.ts';

export const BASES = {
  ClusterIP: spec(),
  NodePort: spec({ type: 'NodePort' }),
  LoadBalancer: spec({ type: 'LoadBalancer' }),
  'LoadBalancer, Local': spec({ type: 'LoadBalancer', externalTrafficPolicy: 'Local' }),
  headless: spec({ clusterIP: 'None' }),
  ExternalName: { type: 'ExternalName', externalName: 'example.com' },
} as const;
export type Base = keyof typeof BASES;

const ALL = Object.keys(BASES) as Base[];
const BOTH: readonly ClusterName[] = ['single', 'dual'];
const WRONG_TYPES: readonly Json[] = [null, {}, [], 'x', 7, true, 1.5];
const TEXT_EDGES: readonly Json[] = [null, '', 7, {}, ['a'], true, ' '];

interface Field {
  field: string;
  bases: readonly Base[];
  values: readonly Json[];
  on?: readonly ClusterName[];
}

const FIELDS: readonly Field[] = [
  {
    field: 'type',
    bases: ['ClusterIP', 'LoadBalancer', 'headless', 'ExternalName'],
    values: [...TEXT_EDGES, 'ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName', 'clusterip', 'Foo'],
  },
  {
    field: 'clusterIP',
    bases: ['ClusterIP', 'NodePort', 'LoadBalancer', 'headless', 'ExternalName'],
    values: [
      ...['None', 'none', '10.96.0.10', '10.97.0.1', '10.96.0.0', '10.96.255.255', '10.96.0.1', 'foo', '10.96.0.010'],
      ...[
        '::ffff:10.96.0.10',
        'fd00:96::10',
        'fd00::1',
        ' 10.96.0.10',
        '10.96.0.10/32',
        '256.1.1.1',
        '1.2.3',
        '127.0.0.1',
      ],
      ...TEXT_EDGES,
    ],
    on: BOTH,
  },
  {
    field: 'clusterIPs',
    bases: ['ClusterIP', 'LoadBalancer', 'headless', 'ExternalName'],
    values: [
      ...[null, [], '10.96.0.10', {}, [null], [''], [7], ['None'], ['none'], ['10.96.0.10'], ['None', '10.96.0.10']],
      ...[
        ['10.96.0.10', 'None'],
        ['10.96.0.10', ''],
        ['10.96.0.10', '10.96.0.11'],
        ['10.96.0.10', '10.96.0.10'],
      ],
      ...[
        ['10.96.0.10', 'fd00:96::10'],
        ['fd00:96::10', '10.96.0.10'],
        ['foo'],
        ['10.96.0.10', 'foo'],
        ['None', 'None'],
      ],
      ...[
        ['10.96.0.10', 'fd00:96::10', '10.96.0.11'],
        ['10.96.0.10', 'fd00:96::10', 'None'],
      ],
    ],
    on: BOTH,
  },
  {
    field: 'ipFamilies',
    bases: ['ClusterIP', 'headless', 'ExternalName'],
    on: BOTH,
    values: [
      null,
      [],
      'IPv4',
      [''],
      [4],
      ['IPv5'],
      ['IPv4', 'IPv4'],
      ['IPv4', 'IPv6', 'IPv4'],
      ['ipv4'],
      ['IPv4', 'foo'],
      [null],
    ],
  },
  {
    field: 'ipFamilyPolicy',
    bases: ['ClusterIP', 'headless', 'ExternalName'],
    on: BOTH,
    values: [...TEXT_EDGES, 'SingleStack', 'PreferDualStack', 'RequireDualStack', 'singlestack', 'Foo'],
  },
  {
    field: 'selector',
    bases: ['ClusterIP', 'headless', 'ExternalName'],
    values: [
      ...[
        null,
        {},
        [],
        'x',
        { a: null },
        { a: '' },
        { a: 7 },
        { a: 'b' },
        { '': 'b' },
        { 'a/b': 'c' },
        { 'a/b/c': 'd' },
      ],
      ...[
        { a: '-b' },
        { '-a': 'b' },
        { a: 'b c' },
        { [`${'a'.repeat(64)}`]: 'b' },
        { a: 'b'.repeat(64) },
        { [`${'a'.repeat(254)}/b`]: 'c' },
      ],
      ...[{ 'A.b_c-d': 'E.f_g-h' }, { 'EXAMPLE.com/a': 'b' }, { '/a': 'b' }, { 'a/': 'b' }],
    ],
  },
  { field: 'sessionAffinity', bases: ALL, values: [...TEXT_EDGES, 'None', 'ClientIP', 'clientip', 'Foo'] },
  {
    field: 'sessionAffinityConfig',
    bases: ['ClusterIP'],
    values: [
      ...WRONG_TYPES,
      { clientIP: null },
      { clientIP: {} },
      { clientIP: { timeoutSeconds: 10 } },
      { clientIP: 'x' },
      { other: 1 },
    ],
  },
  {
    field: 'externalIPs',
    bases: ['ClusterIP', 'LoadBalancer', 'headless', 'ExternalName'],
    values: [
      ...[
        null,
        [],
        '192.0.2.1',
        [null],
        [''],
        [7],
        ['192.0.2.1'],
        ['192.0.2.1', '192.0.2.1'],
        ['2001:db8::1'],
        ['2001:DB8::1'],
      ],
      ...[
        ['2001:db8:0:0::1'],
        ['192.0.2.01'],
        ['::ffff:192.0.2.1'],
        ['foo'],
        ['192.0.2.1/32'],
        ['0.0.0.0'],
        ['::'],
        ['127.0.0.1'],
      ],
      ...[
        ['::1'],
        ['169.254.1.1'],
        ['fe80::1'],
        ['224.0.0.1'],
        ['ff02::1'],
        ['255.255.255.255'],
        ['10.96.0.10'],
        ['239.1.1.1'],
      ],
      ...[['foo', '127.0.0.1', '192.0.2.1', '::'], ['fe80::1%eth0']],
    ],
  },
  {
    field: 'loadBalancerIP',
    bases: ['ClusterIP', 'LoadBalancer', 'headless', 'ExternalName'],
    values: [...TEXT_EDGES, '192.0.2.1', 'foo', '192.0.2.01', '2001:DB8::1', '2001:db8:0::1', '::ffff:1.2.3.4'],
  },
  {
    field: 'loadBalancerSourceRanges',
    bases: ['ClusterIP', 'LoadBalancer', 'ExternalName'],
    values: [
      ...[
        null,
        [],
        '10.0.0.0/8',
        [null],
        [''],
        [7],
        ['10.0.0.0/8'],
        [' 10.0.0.0/8 '],
        ['10.0.0.1/8'],
        ['10.0.0.1/8', 'foo'],
      ],
      ...[
        ['010.0.0.0/8'],
        ['10.0.0.0/08'],
        ['10.0.0.0'],
        ['10.0.0.0/33'],
        ['2001:db8::/32'],
        ['2001:DB8::/32'],
        ['::ffff:10.0.0.0/104'],
      ],
      ...[
        ['0.0.0.0/0'],
        ['::/0'],
        ['10.0.0.0/8,11.0.0.0/8'],
        ['10.0.0.0/8', '10.0.0.0/8'],
        ['10.0.0.0/-1'],
        ['10.0.0/8'],
        ['2001:db8::1/32'],
      ],
    ],
  },
  {
    field: 'loadBalancerClass',
    bases: ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'],
    values: [
      ...TEXT_EDGES,
      'a',
      'example.com/a',
      'example.com/a/b',
      '-a',
      'a-',
      `${'a'.repeat(64)}`,
      'EXAMPLE.com/a',
      'example.com/',
      '/a',
      'a b',
      'service.k8s.aws/nlb',
    ],
  },
  { field: 'allocateLoadBalancerNodePorts', bases: ALL, values: [null, true, false, 'true', 1, {}] },
  {
    field: 'externalName',
    bases: ALL,
    values: [
      ...TEXT_EDGES,
      'example.com',
      'example.com.',
      '.',
      'example.com..',
      'EXAMPLE.com',
      '-a',
      'a_b',
      '10.0.0.1',
      '*.example.com',
      `${'a'.repeat(254)}`,
      `${'a'.repeat(253)}`,
      `${'a.'.repeat(126)}a`,
      'a..b',
    ],
  },
  { field: 'externalTrafficPolicy', bases: ALL, values: [...TEXT_EDGES, 'Cluster', 'Local', 'local', 'Foo'] },
  { field: 'internalTrafficPolicy', bases: ALL, values: [...TEXT_EDGES, 'Cluster', 'Local', 'local', 'Foo'] },
  {
    field: 'trafficDistribution',
    bases: ['ClusterIP', 'headless', 'ExternalName'],
    values: [...TEXT_EDGES, 'PreferClose', 'PreferSameZone', 'PreferSameNode', 'preferclose', 'Foo'],
  },
  {
    field: 'publishNotReadyAddresses',
    bases: ['ClusterIP', 'ExternalName'],
    values: [null, true, false, 'true', 0, {}],
  },
  {
    field: 'healthCheckNodePort',
    bases: ['ClusterIP', 'NodePort', 'LoadBalancer', 'LoadBalancer, Local', 'ExternalName'],
    values: [null, 0, -1, 1, 30000, 29999, 32768, 65535, 65536, 2147483647, 2147483648, '30000', 1.5, {}],
  },
  {
    field: 'ports',
    bases: ['ClusterIP', 'LoadBalancer', 'headless', 'ExternalName'],
    values: [null, [], {}, 'x', [null], [{}], [[]], ['80'], [80]],
  },
  { field: 'noSuchField', bases: ['ClusterIP'], values: [null, 1, {}, []] },
  { field: 'Type', bases: ['ClusterIP'], values: ['NodePort'] },
  { field: 'clusterip', bases: ['ClusterIP'], values: ['None'] },
];

const PORT_FIELDS: readonly Field[] = [
  {
    field: 'port',
    bases: ['ClusterIP', 'headless', 'ExternalName'],
    values: [undefined, null, 0, -1, 1, 65535, 65536, 2147483648, 9007199254740993, '80', 80.5, 80.0, {}, true, 1e2],
  },
  {
    field: 'targetPort',
    bases: ['ClusterIP', 'headless', 'ExternalName'],
    values: [
      ...[
        null,
        0,
        '',
        -1,
        1,
        65535,
        65536,
        'http',
        '8080',
        '0',
        'HTTP',
        '-a',
        'a-',
        'a--b',
        'abcdefghijklmno',
        'abcdefghijklmnop',
      ],
      ...['123', '1a', 'a b', 80.5, {}, [], true, 2147483648],
    ],
  },
  {
    field: 'protocol',
    bases: ['ClusterIP', 'LoadBalancer'],
    values: [...TEXT_EDGES, 'TCP', 'UDP', 'SCTP', 'tcp', 'HTTP', 'ICMP'],
  },
  {
    field: 'name',
    bases: ['ClusterIP', 'ExternalName'],
    values: [...TEXT_EDGES, 'http', 'Http', 'a.b', 'a_b', '-a', '8080', 'a'.repeat(63), 'a'.repeat(64)],
  },
  {
    field: 'appProtocol',
    bases: ['ClusterIP', 'headless'],
    values: [...TEXT_EDGES, 'http', 'kubernetes.io/h2c', 'HTTP', 'a/b/c', '-a', 'a b', 'a'.repeat(64), 'UPPER.com/x'],
  },
  {
    field: 'nodePort',
    bases: ['ClusterIP', 'NodePort', 'LoadBalancer', 'headless', 'ExternalName'],
    values: [null, 0, -1, 1, 29999, 30000, 32768, 65535, 65536, 2147483648, '30000', 30000.5, {}],
  },
  { field: 'noSuchField', bases: ['ClusterIP'], values: [1] },
];

/** A base that has the field, or hasn't where the value is `undefined`. */
const withField = (base: Base, field: string, value: Json): Json => ({ ...BASES[base], [field]: value });
const withPort = (base: Base, field: string, value: Json): Json => ({
  ...BASES[base],
  ports: [{ port: 80, [field]: value }],
});

function casesOf(
  { field, bases, values, on }: Field,
  make: typeof withField,
  patchOf: (value: Json) => Json,
  words: string,
): Case[] {
  return bases.flatMap((base) =>
    values.map((value) => ({
      name: `${base}: ${words}${field} is ${told(value)}`,
      on: on ?? ['single'],
      steps: [
        post({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: make(base, field, value) }),
        post({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'there' }, spec: BASES[base] }),
        merge({ spec: patchOf(value) }, { name: 'there' }),
        get({ name: 'there' }),
      ],
    })),
  );
}

const TIMEOUTS = [null, 0, -1, 1, 86399, 86400, 86401, '10', 1.5, 2147483648];

export const VALUES: readonly Case[] = [
  ...FIELDS.flatMap((field) => casesOf(field, withField, (value) => ({ [field.field]: value }), '')),
  ...PORT_FIELDS.flatMap((field) =>
    casesOf(field, withPort, (value) => ({ ports: [{ port: 80, [field.field]: value }] }), 'ports[0].'),
  ),
  ...TIMEOUTS.flatMap((timeoutSeconds): Case[] =>
    ['ClientIP', 'None'].map((sessionAffinity) => ({
      name: `sessionAffinity ${sessionAffinity}: timeoutSeconds is ${told(timeoutSeconds)}`,
      steps: [
        create({ sessionAffinity, sessionAffinityConfig: { clientIP: { timeoutSeconds } } }),
        create({}, { name: 'there' }),
        merge(
          { spec: { sessionAffinity, sessionAffinityConfig: { clientIP: { timeoutSeconds } } } },
          { name: 'there' },
        ),
        edit({ spec: { sessionAffinity: 'None' } }, { name: 'there' }),
      ],
    })),
  ),
];

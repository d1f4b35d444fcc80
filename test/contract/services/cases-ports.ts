/** Ports and the numbers of nodes' ports: lists, duplicates, conflicts, patches by merge key. */
import { apply, type Case, create, edit, get, json, type Json, merge, post, put, service, strategic } from './case.ts';

const http = { name: 'http', port: 80 };
const https = { name: 'https', port: 443 };
const tcp = { name: 'tcp', port: 53, protocol: 'TCP' };
const udp = { name: 'udp', port: 53, protocol: 'UDP' };

const LISTS: Record<string, readonly Json[]> = {
  'two without names': [{ port: 80 }, { port: 443 }],
  'one of two without a name': [http, { port: 443 }],
  'two of a name': [http, { name: 'http', port: 81 }],
  'three of a name': [http, { name: 'http', port: 81 }, { name: 'http', port: 82 }],
  'two of a port': [http, { name: 'other', port: 80 }],
  'two of a port and of a name': [http, http],
  'TCP and UDP on one port': [tcp, udp],
  'TCP, UDP and SCTP on one port': [tcp, udp, { name: 'sctp', port: 53, protocol: 'SCTP' }],
  'UDP first': [udp, tcp],
  'TCP said and not said on one port': [http, { name: 'other', port: 80, protocol: 'TCP' }],
  'TCP and UDP with one node port': [
    { ...tcp, nodePort: 30000 },
    { ...udp, nodePort: 30000 },
  ],
  'TCP and UDP with one node port, said once': [{ ...tcp, nodePort: 30000 }, udp],
  'TCP and UDP with one node port, said second': [tcp, { ...udp, nodePort: 30000 }],
  'TCP and UDP with two node ports': [
    { ...tcp, nodePort: 30000 },
    { ...udp, nodePort: 30001 },
  ],
  'two ports of one protocol with one node port': [
    { ...http, nodePort: 30000 },
    { ...https, nodePort: 30000 },
  ],
  'two ports of two protocols with one node port': [
    { ...http, nodePort: 30000 },
    { ...https, protocol: 'UDP', nodePort: 30000 },
  ],
  'two node ports': [
    { ...http, nodePort: 30000 },
    { ...https, nodePort: 30001 },
  ],
  'one node port out of range': [
    { ...http, nodePort: 30000 },
    { ...https, nodePort: 80 },
  ],
  'several things wrong': [
    { port: 0, protocol: 'x', targetPort: 'A_', appProtocol: '-' },
    { name: 'X', port: 70000, targetPort: 0 },
  ],
  'SCTP alone': [{ port: 80, protocol: 'SCTP' }],
  twelve: Array.from({ length: 12 }, (_, i) => ({ name: `p${i}`, port: 1000 + i })),
};

const lists: Case[] = Object.entries(LISTS).flatMap(([name, ports]) =>
  ['ClusterIP', 'NodePort', 'LoadBalancer'].flatMap((type): Case[] => {
    const some = type === 'ClusterIP' ? ports.map(({ nodePort: _, ...port }) => port) : ports;
    return [
      {
        name: `${type}: ${name}`,
        steps: [create({ type, ports: some }), edit({}), put({ type, ports: some.toReversed() }), get()],
      },
      {
        name: `${type}: ${name}, put in place of another`,
        steps: [create({ type }), put({ type, ports: some }), merge({ spec: { type: 'ClusterIP' } })],
      },
      {
        name: `${type}: ${name}, without allocation`,
        steps: [create({ type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: some })],
      },
      {
        name: `${type}: ${name}, applied twice`,
        steps: [apply({ type, ports: some }), apply({ type, ports: some.toReversed() }), get()],
      },
    ];
  }),
);

const two = {
  type: 'NodePort',
  ports: [
    { ...http, nodePort: 30000 },
    { ...https, nodePort: 30001 },
  ],
};

/** Changes of a list by PUT: which numbers stay is decided by names, and by what is still used. */
const PUTS: Record<string, readonly Json[]> = {
  'the same without numbers': [http, https],
  'the other way round': [https, http],
  'names swapped': [
    { ...http, name: 'https' },
    { ...https, name: 'http' },
  ],
  'numbers swapped': [
    { ...http, nodePort: 30001 },
    { ...https, nodePort: 30000 },
  ],
  'a number taken from the other': [{ ...http, nodePort: 30001 }, https],
  'other names': [
    { ...http, name: 'a' },
    { ...https, name: 'b' },
  ],
  'no name': [{ port: 80 }],
  'one less': [https],
  'one more': [http, https, { name: 'more', port: 81 }],
  'one more, with a number': [http, https, { name: 'more', port: 81, nodePort: 30002 }],
  'one more, with a number that is used': [http, https, { name: 'more', port: 81, nodePort: 30000 }],
  'one more of another protocol with a number that is used': [
    http,
    https,
    { name: 'more', port: 80, protocol: 'UDP', nodePort: 30000 },
  ],
  'another number': [{ ...http, nodePort: 30003 }, https],
  'zero for a number': [{ ...http, nodePort: 0 }, https],
  'another port of the name': [{ ...http, port: 8080 }, https],
  'another protocol of the name': [{ ...http, protocol: 'UDP' }, https],
  'out of range': [{ ...http, nodePort: 20000 }, https],
  'two of a name': [http, { ...https, name: 'http' }],
  nothing: [],
};
const puts: Case[] = Object.entries(PUTS).flatMap(([name, ports]): Case[] => [
  { name: `two node ports, then ${name}`, steps: [create(two), put({ type: 'NodePort', ports }), get()] },
  {
    name: `two drawn node ports, then ${name}`,
    steps: [create({ type: 'NodePort', ports: [http, https] }), put({ type: 'NodePort', ports }), get()],
  },
  {
    name: `two node ports of a balancer, then ${name} without allocation`,
    steps: [
      create({ ...two, type: 'LoadBalancer' }),
      put({ type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports }),
      get(),
    ],
  },
  {
    name: `two node ports, then ${name} by strategic patch`,
    steps: [create(two), strategic({ spec: { ports } }), get()],
  },
  { name: `two node ports, then ${name} by merge patch`, steps: [create(two), merge({ spec: { ports } }), get()] },
]);

const PATCHES: Record<string, Json> = {
  'a port is deleted by its key': { ports: [{ $patch: 'delete', port: 443 }] },
  'the list is replaced': { ports: [{ $patch: 'replace' }, { name: 'only', port: 81 }] },
  'a port gets a target': { ports: [{ port: 80, targetPort: 'web' }] },
  'both ports of a number are one key': { ports: [{ port: 53, protocol: 'UDP', targetPort: 5353 }] },
  'the order is told': { $setElementOrder: 'x' },
  'the order of elements is told': {
    '$setElementOrder/ports': [{ port: 443 }, { port: 80 }],
    ports: [{ port: 80, targetPort: 1 }],
  },
  'the order lacks one': { '$setElementOrder/ports': [{ port: 443 }], ports: [{ port: 80, targetPort: 1 }] },
  'no key': { ports: [{ name: 'nokey' }] },
  'a key of the wrong type': { ports: [{ port: '80' }] },
  'a directive that is not one': { ports: [{ $patch: 'foo', port: 80 }] },
  'the spec is replaced': { $patch: 'replace', ports: [http] },
  'keys are retained': { $retainKeys: ['ports', 'type'], type: 'ClusterIP', ports: [http] },
  'keys are retained that are not patched': { $retainKeys: ['ports'], type: 'ClusterIP' },
  'from a list of primitives': { '$deleteFromPrimitiveList/externalIPs': ['192.0.2.1'] },
  'a selector is replaced': { selector: { $patch: 'replace', other: 'x' } },
  'a selector is deleted': { selector: { $patch: 'delete' } },
  'addresses are added': { externalIPs: ['192.0.2.9'] },
  'not a list': { ports: {} },
};
const patches: Case[] = Object.entries(PATCHES).flatMap(([name, patch]): Case[] => [
  {
    name: `strategic: ${name}`,
    steps: [
      create({ ports: [http, https], externalIPs: ['192.0.2.1', '192.0.2.2'] }),
      strategic({ spec: patch }),
      get(),
    ],
  },
  {
    name: `strategic, TCP and UDP: ${name}`,
    steps: [create({ ports: [tcp, udp] }), strategic({ spec: patch }), get()],
  },
]);

const operation = (op: string, path: string, value?: Json): Json => ({
  op,
  path,
  ...(value === undefined ? {} : { value }),
});
const OPERATIONS: Record<string, Json> = {
  'adds at the end': [operation('add', '/spec/ports/-', { name: 'c', port: 1 })],
  'adds before': [operation('add', '/spec/ports/0', { name: 'c', port: 1 })],
  'adds beyond the end': [operation('add', '/spec/ports/7', { name: 'c', port: 1 })],
  'replaces a number': [operation('replace', '/spec/ports/0/nodePort', 30005)],
  'replaces what is not there': [operation('replace', '/spec/externalName', 'a')],
  'removes what is not there': [operation('remove', '/spec/externalName')],
  'removes a port': [operation('remove', '/spec/ports/1')],
  'tests right': [operation('test', '/spec/type', 'NodePort'), operation('replace', '/spec/type', 'ClusterIP')],
  'tests wrong': [operation('test', '/spec/type', 'ClusterIP'), operation('replace', '/spec/type', 'ClusterIP')],
  moves: [{ op: 'move', from: '/spec/ports/0/name', path: '/spec/ports/0/appProtocol' }],
  copies: [{ op: 'copy', from: '/spec/ports/0/name', path: '/spec/ports/0/appProtocol' }],
  'is unknown': [{ op: 'foo', path: '/spec' }],
  'has no path': [{ op: 'add', value: 1 }],
  'has no value': [{ op: 'add', path: '/spec/externalName' }],
  'is none': [],
  'is not a list': { op: 'add' },
  'escapes a slash': [
    operation('add', '/metadata/labels', {}),
    operation('add', '/metadata/labels/example.com~1a', 'b'),
  ],
  'adds a label where there are none': [operation('add', '/metadata/labels/a', 'b')],
  'empties the object': [operation('replace', '', {})],
  'removes the spec': [operation('remove', '/spec')],
  'removes the name': [operation('remove', '/metadata/name')],
  renames: [operation('replace', '/metadata/name', 'other')],
};
const operations: Case[] = Object.entries(OPERATIONS).map(([name, patch]) => ({
  name: `a JSON patch that ${name}`,
  steps: [create(two), json(patch), get()],
}));

const taken = { type: 'NodePort', ports: [{ port: 80, nodePort: 30000 }] };
const local = { type: 'LoadBalancer', externalTrafficPolicy: 'Local' };
const conflicts: Case[] = [
  {
    name: 'a node port that is taken',
    steps: [
      create(taken),
      create(taken, { name: 'next' }),
      create({}, { name: 'third' }),
      merge({ spec: taken }, { name: 'third' }),
      get({ name: 'third' }),
    ],
  },
  {
    name: 'a taken node port, dry',
    steps: [create(taken), create(taken, { name: 'next' }, { query: { dryRun: 'All' } })],
  },
  {
    name: 'a health check port that is taken by a node port',
    steps: [create(taken), create({ ...local, healthCheckNodePort: 30000 }, { name: 'next' })],
  },
  {
    name: 'a node port that is taken by a health check',
    steps: [create({ ...local, healthCheckNodePort: 30000 }), create(taken, { name: 'next' })],
  },
  {
    name: 'one number for both in one Service',
    steps: [create({ ...local, healthCheckNodePort: 30000, ports: [{ port: 80, nodePort: 30000 }] })],
  },
  {
    name: 'a health check port, later',
    steps: [
      create({ type: 'LoadBalancer' }),
      merge({ spec: { externalTrafficPolicy: 'Local', healthCheckNodePort: 30002 } }),
      merge({ spec: { healthCheckNodePort: 30003 } }),
      merge({ spec: { healthCheckNodePort: 0 } }),
      merge({ spec: { healthCheckNodePort: null } }),
      merge({ spec: { externalTrafficPolicy: 'Cluster' } }),
      create({ ...local, healthCheckNodePort: 30002 }, { name: 'next' }),
    ],
  },
  {
    name: 'a health check port is kept with another policy',
    steps: [
      create({ ...local, healthCheckNodePort: 30002 }),
      merge({ spec: { externalTrafficPolicy: 'Cluster', healthCheckNodePort: 30003 } }),
      edit({ spec: { type: 'NodePort' } }),
      edit({ spec: { externalTrafficPolicy: 'Cluster' } }),
    ],
  },
  {
    name: 'a taken health check port, later',
    steps: [
      create(taken),
      create({ type: 'LoadBalancer' }, { name: 'next' }),
      merge({ spec: { externalTrafficPolicy: 'Local', healthCheckNodePort: 30000 } }, { name: 'next' }),
      get({ name: 'next' }),
    ],
  },
  {
    name: 'the number of a failed creation is free',
    steps: [create({ ...taken, sessionAffinity: 'x' }), create(taken, { name: 'next' })],
  },
  {
    name: 'the numbers of a refused change are free',
    steps: [create(), merge({ spec: { ...taken, sessionAffinity: 'x' } }), create(taken, { name: 'next' })],
  },
  {
    name: 'no allocation, then allocation',
    steps: [
      create({ type: 'LoadBalancer', allocateLoadBalancerNodePorts: false }),
      merge({ spec: { allocateLoadBalancerNodePorts: true } }),
      merge({ spec: { allocateLoadBalancerNodePorts: false } }),
      merge({ spec: { ports: [{ port: 80, nodePort: 0 }] } }),
      put({ type: 'LoadBalancer' }),
    ],
  },
  {
    name: 'some numbers without allocation',
    steps: [
      create({
        type: 'LoadBalancer',
        allocateLoadBalancerNodePorts: false,
        ports: [{ ...http, nodePort: 30000 }, https],
      }),
      merge({ spec: { type: 'NodePort' } }),
    ],
  },
  { name: 'a static address of the kubernetes Service', steps: [create({ clusterIP: '10.96.0.1' })] },
  {
    name: 'an address that is taken',
    steps: [
      create({ clusterIP: '10.96.0.10' }),
      create({ clusterIP: '10.96.0.10' }, { name: 'next' }),
      create({ clusterIP: '10.96.0.10' }, { name: 'next' }, { query: { dryRun: 'All' } }),
    ],
  },
  {
    name: 'the address of a failed creation is free',
    steps: [
      create({ clusterIP: '10.96.0.10', sessionAffinity: 'x' }),
      create({ clusterIP: '10.96.0.10', type: 'NodePort', ports: [{ port: 80, nodePort: 20 }] }),
      create({ clusterIP: '10.96.0.10' }),
    ],
  },
  {
    name: 'the last numbers of the ranges',
    steps: [create({ type: 'NodePort', clusterIP: '10.96.255.254', ports: [{ port: 80, nodePort: 32767 }] })],
  },
  {
    name: 'ports of an ExternalName with numbers',
    steps: [
      post(service({ type: 'ExternalName', externalName: 'a.b', ports: [{ port: 80, nodePort: 30000 }] })),
      create(taken, { name: 'next' }),
      merge({ spec: { type: 'NodePort' } }),
    ],
  },
  {
    name: 'ports of a headless Service with numbers',
    steps: [create({ clusterIP: 'None', ports: [{ port: 80, nodePort: 30000 }] }), create(taken, { name: 'next' })],
  },
];

export const PORT_CASES: readonly Case[] = [...lists, ...puts, ...patches, ...operations, ...conflicts];

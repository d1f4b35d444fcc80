/** Lists of ports, and what becomes of the numbers of nodes' ports when a list changes. */
import { apply, type Case, create, edit, get, type Json, merge, put, strategic } from './case.ts';

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

export const PORT_CASES: readonly Case[] = [...lists, ...puts];

/**
 * Ranges that are used up. Cases here run one by one, each on a cluster with nothing but `kubernetes` in it. None asks for
 * addresses of both families of which one is refused: upstream goes through them in the order of a Go map and, by chance,
 * leaks the other (`allocIPs` in `alloc.go` of kubernetes 1.37.2), which the next case would meet.
 */
import { type Case, create, edit, get, type Json, merge, put, remove, type Step } from './case.ts';

const ON: Case['on'] = ['tiny'];
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const dry = { query: { dryRun: 'All' } };

/** All of 10.97.0.2–14: `kubernetes` has the first. */
const allAddresses: Step[] = numbers(2, 14).map((last) =>
  create({ clusterIP: `10.97.0.${last}` }, { name: `s${last}` }),
);
const drawnAddresses: Step[] = numbers(1, 14).map((i) => create({}, { name: `s${i}` }));
const ports = (from: number, to: number): Json[] =>
  numbers(from, to).map((nodePort) => ({ name: `p${nodePort}`, port: nodePort, nodePort }));
const unnumbered = (count: number): Json[] => numbers(1, count).map((i) => ({ name: `p${i}`, port: i }));
const local = { type: 'LoadBalancer', externalTrafficPolicy: 'Local' };

export const FULL: readonly Case[] = [
  {
    name: 'no address is left',
    on: ON,
    steps: [
      ...allAddresses,
      create(),
      create({}, {}, dry),
      create({ clusterIP: '10.97.0.9' }),
      create({ clusterIP: 'None' }, { name: 'none' }),
      remove(undefined, { name: 's9' }),
      create({ clusterIP: '10.97.0.9' }),
    ],
  },
  {
    name: 'drawn until no address is left',
    on: ON,
    steps: [...drawnAddresses, remove(undefined, { name: 's3' }), create({}, {}, { eventually: 201 })],
  },
  {
    name: 'no IPv4 address is left for two',
    on: ON,
    steps: [
      ...allAddresses,
      create({ ipFamilies: ['IPv6'] }),
      merge({ spec: { ipFamilyPolicy: 'RequireDualStack' } }),
      get(),
    ],
  },
  {
    name: 'the edges of the range',
    on: ON,
    steps: [
      create({ clusterIP: '10.97.0.0' }),
      create({ clusterIP: '10.97.0.15' }),
      create({ clusterIP: '10.97.0.16' }),
      create({ clusterIP: '10.96.255.255' }),
      create({ clusterIP: '10.97.0.14' }),
      create({ clusterIP: 'fd00:97::' }, { name: 'six' }),
      create({ clusterIP: 'fd00:97::f' }, { name: 'six' }),
      create({ clusterIP: 'fd00:97::10' }, { name: 'seven' }),
    ],
  },
  {
    name: 'no node port is left',
    on: ON,
    steps: [
      create({ type: 'NodePort', ports: ports(30000, 30009) }),
      create({ type: 'NodePort' }, { name: 'next' }),
      create({ type: 'NodePort' }, { name: 'next' }, dry),
      create({ type: 'LoadBalancer', allocateLoadBalancerNodePorts: false }, { name: 'next' }),
      merge({ spec: { allocateLoadBalancerNodePorts: true } }, { name: 'next' }),
      merge({ spec: { externalTrafficPolicy: 'Local' } }, { name: 'next' }),
      edit({ spec: { type: 'NodePort' } }, { name: 'next' }),
      get({ name: 'next' }),
    ],
  },
  {
    name: 'no health check port is left',
    on: ON,
    steps: [
      create({ type: 'NodePort', ports: ports(30000, 30008) }),
      create(local, { name: 'next' }),
      create({ ...local, allocateLoadBalancerNodePorts: false }, { name: 'next' }),
      create({ ...local, allocateLoadBalancerNodePorts: false }, { name: 'third' }),
    ],
  },
  {
    name: 'drawn until no node port is left',
    on: ON,
    steps: [
      create({ type: 'NodePort', ports: unnumbered(11) }),
      create({ type: 'NodePort', ports: unnumbered(10) }),
      put({ type: 'NodePort', ports: unnumbered(11) }),
      put({ type: 'NodePort', ports: unnumbered(9) }),
      create({ type: 'NodePort' }, { name: 'next' }),
      create({ type: 'NodePort' }, { name: 'third' }),
    ],
  },
  {
    name: 'a list is moved while no node port is left',
    on: ON,
    steps: [
      create({ type: 'NodePort', ports: ports(30000, 30009) }),
      put({ type: 'NodePort', ports: ports(30000, 30009).map(({ port, ...rest }) => ({ ...rest, port: port + 1 })) }),
      put({ type: 'NodePort', ports: unnumbered(10) }),
      put({ type: 'ClusterIP', ports: unnumbered(10) }),
      put({ type: 'NodePort', ports: ports(30000, 30009) }),
    ],
  },
  {
    name: 'the edges of the node ports',
    on: ON,
    steps: [
      create({ type: 'NodePort', ports: [{ port: 80, nodePort: 30010 }] }),
      create({ type: 'NodePort', ports: [{ port: 80, nodePort: 29999 }] }),
      create({ type: 'NodePort', ports: [{ port: 80, nodePort: 30009 }] }),
      create({ ...local, healthCheckNodePort: 30010 }, { name: 'next' }),
    ],
  },
  {
    name: 'what a refused creation drew is free',
    on: ON,
    steps: [
      ...numbers(1, 14).map((i) => create({ type: 'NodePort', sessionAffinity: 'x' }, { name: `s${i}` })),
      create({ type: 'NodePort', ports: unnumbered(10) }),
    ],
  },
  {
    name: 'what a creation that is there drew is free',
    on: ON,
    steps: [
      create({ type: 'NodePort' }),
      ...numbers(1, 14).map(() => create({ type: 'NodePort' })),
      create({ type: 'NodePort', ports: unnumbered(9) }, { name: 'next' }),
    ],
  },
  {
    name: 'what a dry run drew is free',
    on: ON,
    steps: [
      ...numbers(1, 14).map((i) => create({ type: 'NodePort' }, { name: `s${i}` }, dry)),
      create({ type: 'NodePort', ports: unnumbered(10) }),
    ],
  },
  {
    name: 'what a refused change drew is free',
    on: ON,
    steps: [
      create(),
      ...numbers(1, 11).map(() => merge({ spec: { type: 'NodePort', sessionAffinity: 'x' } })),
      merge({ spec: { type: 'NodePort' } }),
      create({ type: 'NodePort', ports: unnumbered(9) }, { name: 'next' }),
    ],
  },
  {
    name: 'the last IPv6 address is drawn and given back',
    on: ON,
    steps: [
      ...numbers(1, 14).map((last) => create({ clusterIP: `fd00:97::${last.toString(16)}` }, { name: `s${last}` })),
      ...numbers(1, 3).flatMap(() => [
        create({ clusterIP: '10.97.0.14', ipFamilyPolicy: 'RequireDualStack' }, {}, { eventually: 201 }),
        merge({ spec: { ipFamilyPolicy: 'SingleStack' } }),
        remove(),
      ]),
    ],
  },
];

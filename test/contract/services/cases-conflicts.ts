/** Numbers that two want, and numbers that are given back. */
import { type Case, create, edit, get, merge, post, put, service } from './case.ts';

const http = { name: 'http', port: 80 };
const https = { name: 'https', port: 443 };
const taken = { type: 'NodePort', ports: [{ port: 80, nodePort: 30000 }] };
const local = { type: 'LoadBalancer', externalTrafficPolicy: 'Local' };
export const CONFLICTS: readonly Case[] = [
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

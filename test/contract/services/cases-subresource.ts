/** What `/status` may change and what not, and finalizers with it. */
import { type Case, create, edit, get, json, merge, remove, service, spec, type Step, strategic } from './case.ts';

const at: Pick<Step, 'status'> = { status: true };
const ingress = (ip: string) => ({ loadBalancer: { ingress: [{ ip }] } });
const balancer = create({ type: 'LoadBalancer' });
const CLEANUP = 'service.kubernetes.io/load-balancer-cleanup';

export const SUBRESOURCE: readonly Case[] = [
  {
    name: 'the status of a PUT is ignored',
    steps: [
      balancer,
      edit({ status: ingress('192.0.2.1') }),
      merge({ status: ingress('192.0.2.1') }),
      create({ type: 'LoadBalancer' }, { name: 'x' }),
    ],
  },
  {
    name: 'the spec of a status is ignored',
    steps: [
      balancer,
      merge({ spec: { type: 'NodePort', ports: null }, status: ingress('192.0.2.1') }, at),
      edit({ spec: { type: 'ExternalName' } }, at),
      get(),
    ],
  },
  {
    name: 'a status that is bad in two ways',
    steps: [
      balancer,
      merge({ status: { loadBalancer: { ingress: [{ ip: 'foo' }, { hostname: '192.0.2.1', ipMode: 'x' }] } } }, at),
    ],
  },
  {
    name: 'labels and annotations with a status',
    steps: [
      balancer,
      merge({ metadata: { labels: { a: 'b' }, annotations: { c: 'd' } }, status: ingress('192.0.2.1') }, at),
      merge({ metadata: { labels: { a: '-' } } }, at),
    ],
  },
  {
    name: 'owners with a status',
    steps: [
      balancer,
      merge({ metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'a', uid: 'u' }] } }, at),
    ],
  },
  {
    name: 'a status is read, put, applied',
    steps: [
      balancer,
      get(at),
      edit({ status: ingress('192.0.2.1') }, at),
      json([{ op: 'replace', path: '/status/loadBalancer/ingress/0/ip', value: '192.0.2.2' }], at),
      {
        verb: 'apply',
        status: true,
        body: { ...service(undefined), spec: undefined, status: ingress('192.0.2.3') },
        query: { fieldManager: 'first' },
      },
      {
        verb: 'apply',
        status: true,
        body: { ...service(undefined), spec: undefined, status: ingress('192.0.2.4') },
        query: { fieldManager: 'second' },
      },
      {
        verb: 'apply',
        status: true,
        body: { ...service(undefined), spec: undefined, status: ingress('192.0.2.4') },
        query: { fieldManager: 'second', force: 'true' },
      },
    ],
  },
  {
    name: 'a status of what is not there',
    steps: [
      { verb: 'update', status: true, body: service(spec()) },
      merge({ status: {} }, at),
      get(at),
      { verb: 'apply', status: true, body: service(spec()), query: { fieldManager: 'first' } },
    ],
  },
  {
    name: 'a finalizer with a status, and away again',
    steps: [
      balancer,
      strategic({ metadata: { finalizers: [CLEANUP] } }, at),
      remove(),
      get(),
      strategic({ metadata: { '$deleteFromPrimitiveList/finalizers': [CLEANUP] } }, at),
      get(),
    ],
  },
  {
    name: 'a finalizer frees what was allocated',
    steps: [
      create(
        { type: 'NodePort', clusterIP: '10.96.0.10', ports: [{ port: 80, nodePort: 30000 }] },
        { finalizers: ['example.com/a'] },
      ),
      remove(),
      create({ clusterIP: '10.96.0.10' }, { name: 'next' }),
      merge({ metadata: { finalizers: null } }, at),
      create({ type: 'NodePort', clusterIP: '10.96.0.10', ports: [{ port: 80, nodePort: 30000 }] }, { name: 'next' }),
    ],
  },
  {
    name: 'an old version with a status',
    steps: [
      balancer,
      merge({ metadata: { labels: { a: 'b' } } }),
      { verb: 'update', status: true, bodyOf: (seen) => ({ ...seen[0], status: ingress('192.0.2.1') }) },
      { verb: 'update', status: true, bodyOf: (seen) => ({ ...seen[1], status: ingress('192.0.2.1') }) },
    ],
  },
  {
    name: 'an address that is in the status already',
    steps: [
      balancer,
      merge({ status: ingress('2001:DB8::1') }, at),
      merge({ status: { loadBalancer: { ingress: [{ ip: '2001:DB8::1' }, { ip: '192.0.2.1' }] } } }, at),
      merge({ spec: { type: 'ClusterIP' } }),
      get(),
    ],
  },
  {
    name: 'a dry run of a status',
    steps: [balancer, merge({ status: ingress('192.0.2.1') }, { ...at, query: { dryRun: 'All' } }), get()],
  },
  {
    name: 'a status with unknown fields',
    steps: [
      balancer,
      ...['Ignore', 'Warn', 'Strict'].map((fieldValidation) =>
        merge({ status: { foo: 1 } }, { ...at, query: { fieldValidation } }),
      ),
    ],
  },
];

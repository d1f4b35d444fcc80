/** Histories in which somebody lays hands on slices and Endpoints, which are the controllers'. */
import type { Json } from '../services/case.ts';
import { standing, touch } from './cases.ts';
import { bare, create, endpoints, type History, patch, remove, service, status, step } from './history.ts';

const web = { service: 'web', at: 0 } as const;
const MANAGED = 'endpointslice.kubernetes.io/managed-by';
const NAME = 'kubernetes.io/service-name';
const ONE = { addresses: ['10.7.0.1'], conditions: { ready: true } };

const slice = (name: string, labels: Json, more: Json = {}) =>
  create('endpointslices', name, {
    metadata: { name, labels },
    addressType: 'IPv4',
    ports: [{ name: '', port: 80, protocol: 'TCP' }],
    endpoints: [ONE],
    ...more,
  });

const two = () => step(...standing('one', '10.1.0.1'), ...standing('two', '10.1.0.2', { node: 'b1' }));

export const EDITED: readonly History[] = [
  {
    name: 'a slice is deleted',
    steps: [two(), step(service('web')), step(remove('endpointslices', web)), step(remove('endpointslices', web))],
  },
  {
    name: "a slice's endpoints are changed, and its ports",
    steps: [
      two(),
      step(service('web')),
      step(patch('endpointslices', web, { endpoints: [ONE] })),
      step(patch('endpointslices', web, { endpoints: [] })),
      step(patch('endpointslices', web, { endpoints: null })),
      step(patch('endpointslices', web, { ports: [{ name: '', port: 81, protocol: 'TCP' }] })),
      step(patch('endpointslices', web, { ports: null })),
    ],
  },
  {
    name: 'hints that nobody asked for, and conditions that are not so',
    steps: [
      two(),
      step(service('web')),
      step(patch('endpointslices', web, { endpoints: [{ ...ONE, hints: { forZones: [{ name: 'a' }] } }] })),
      step(patch('services', 'web', { spec: { trafficDistribution: 'PreferClose' } })),
      step(
        patch('endpointslices', web, {
          endpoints: [{ ...ONE, conditions: { ready: false }, hints: { forZones: [{ name: 'c' }] } }],
        }),
      ),
    ],
  },
  {
    name: "a slice's labels and annotations are changed, and it is looked at again",
    steps: [
      two(),
      step(service('web')),
      step(patch('endpointslices', web, { metadata: { labels: { mine: 'yes' }, annotations: { mine: 'yes' } } })),
      touch('web', 1),
      step(status('one', { ips: ['10.1.0.1'], ready: false, second: 5 })),
      step(patch('endpointslices', web, { metadata: { labels: { 'service.kubernetes.io/headless': '' } } })),
      touch('web', 2),
    ],
  },
  {
    name: 'a slice is given to somebody else',
    steps: [
      two(),
      step(service('web')),
      step(patch('endpointslices', web, { metadata: { labels: { [MANAGED]: 'me' } } })),
    ],
  },
  {
    name: "a slice of somebody else's becomes the controller's",
    steps: [
      two(),
      step(service('web')),
      step(slice('mine', { [NAME]: 'web', [MANAGED]: 'me' })),
      touch('web', 1),
      step(patch('endpointslices', 'mine', { metadata: { labels: { [MANAGED]: 'endpointslice-controller.k8s.io' } } })),
    ],
  },
  {
    name: 'a slice is given to another Service',
    steps: [
      two(),
      step(service('web')),
      step(service('api')),
      step(patch('endpointslices', web, { metadata: { labels: { [NAME]: 'api' } } })),
    ],
  },
  {
    name: "a stranger's slices, of a Service with a selector and of one without",
    steps: [
      two(),
      step(service('web')),
      step(bare('bare')),
      step(slice('plain', { [NAME]: 'web' })),
      step(slice('named', { [NAME]: 'bare', [MANAGED]: 'me' })),
      step(slice('taken', { [NAME]: 'web', [MANAGED]: 'endpointslice-controller.k8s.io' })),
      step(slice('mirror', { [NAME]: 'bare', [MANAGED]: 'endpointslicemirroring-controller.k8s.io' })),
      step(slice('nobody', { [NAME]: 'nobody', [MANAGED]: 'endpointslice-controller.k8s.io' })),
      touch('web', 1),
      touch('bare', 2),
    ],
  },
  {
    name: 'Endpoints of a Service with a selector are changed and deleted',
    steps: [
      two(),
      step(service('web')),
      step(patch('endpoints', 'web', { subsets: [] })),
      touch('web', 1),
      step(remove('endpoints', 'web')),
      step(patch('endpoints', 'web', { metadata: { labels: { mine: 'yes' }, annotations: { mine: 'yes' } } })),
      touch('web', 2),
      step(
        patch('endpoints', 'web', {
          metadata: { annotations: { 'endpoints.kubernetes.io/over-capacity': 'truncated' } },
        }),
      ),
      touch('web', 3),
    ],
  },
  {
    name: 'Endpoints that were there before the Service',
    steps: [
      two(),
      step(endpoints('web', [{ addresses: [{ ip: '10.7.0.1' }], ports: [{ port: 80 }] }], { labels: { mine: 'yes' } })),
      step(service('web')),
      step(remove('services', 'web')),
    ],
  },
  {
    name: 'a slice that is being deleted is none',
    steps: [
      two(),
      step(service('web')),
      step(patch('endpointslices', web, { metadata: { finalizers: ['example.com/keep'] } })),
      step(remove('endpointslices', web)),
    ],
  },
];

/** Histories of Endpoints that somebody made by hand, which are mirrored into slices. */
import type { Json } from '../services/case.ts';
import { standing } from './cases.ts';
import { bare, create, endpoints, type History, patch, remove, service, step } from './history.ts';

const PORTS: Json = [{ port: 80 }];
const ips = (...addresses: string[]): Json => addresses.map((ip) => ({ ip }));
const simple: Json = [{ addresses: ips('10.7.0.1', '10.7.0.2'), ports: PORTS }];
const many = (count: number): Json => Array.from({ length: count }, (_, i) => ({ ip: `10.8.${i >> 8}.${i & 255}` }));
const set = (subsets: Json) => step(patch('endpoints', 'web', { subsets }));

export const MIRRORED: readonly History[] = [
  {
    name: 'the Service first, then its Endpoints, then they change and go',
    steps: [
      step(bare('web')),
      step(endpoints('web', simple)),
      set([{ addresses: ips('10.7.0.1'), notReadyAddresses: ips('10.7.0.2'), ports: PORTS }]),
      set([{ notReadyAddresses: ips('10.7.0.2'), ports: PORTS }]),
      set([]),
      set(simple),
      step(remove('endpoints', 'web')),
    ],
  },
  {
    name: 'the Endpoints first, and the Service goes',
    steps: [step(endpoints('web', simple)), step(bare('web')), step(remove('services', 'web')), step(bare('web'))],
  },
  {
    name: 'several subsets, both families, ports of all sorts',
    steps: [
      step(bare('web')),
      step(
        endpoints('web', [
          {
            addresses: ips('10.7.0.1', 'fd00:7::1'),
            ports: [
              { name: 'a', port: 80, appProtocol: 'http' },
              { name: 'b', port: 53, protocol: 'UDP' },
            ],
          },
          { addresses: ips('10.7.0.2'), notReadyAddresses: ips('fd00:7::2'), ports: [{ name: 'a', port: 8080 }] },
          { addresses: ips('10.7.0.1'), ports: [{ name: 'c', port: 81 }] },
          { addresses: ips('10.7.0.3') },
        ]),
      ),
      set([
        { addresses: ips('10.7.0.2'), ports: [{ name: 'a', port: 80 }] },
        { addresses: ips('10.7.0.3'), ports: [{ name: 'a', port: 80 }] },
        { notReadyAddresses: ips('10.7.0.2'), ports: [{ name: 'a', port: 80 }] },
      ]),
      set([{ addresses: ips('fd00:7:0::00A'), ports: PORTS }]),
      set([
        {
          addresses: [
            {
              ip: '10.7.0.1',
              hostname: 'one',
              nodeName: 'a1',
              targetRef: { kind: 'Pod', name: 'one', namespace: 'default', uid: 'u' },
            },
          ],
          ports: PORTS,
        },
      ]),
    ],
  },
  {
    name: 'an address that is ready and not ready on a port with an application protocol',
    steps: [
      step(bare('web')),
      step(
        endpoints('web', [
          { addresses: ips('10.7.0.2'), ports: [{ name: 'a', port: 80, appProtocol: 'http' }] },
          { addresses: ips('10.7.0.3'), ports: [{ name: 'a', port: 80, appProtocol: 'http' }] },
          { notReadyAddresses: ips('10.7.0.2'), ports: [{ name: 'a', port: 80, appProtocol: 'http' }] },
        ]),
      ),
    ],
  },
  {
    name: 'labels and annotations of Endpoints',
    steps: [
      step(bare('web', {}, { labels: { service: 'yes' } })),
      step(
        endpoints('web', simple, {
          labels: { a: 'b', 'endpointslice.kubernetes.io/managed-by': 'me', 'kubernetes.io/service-name': 'other' },
          annotations: {
            note: 'x',
            'endpoints.kubernetes.io/last-change-trigger-time': '2020-01-01T00:00:00Z',
            'kubectl.kubernetes.io/last-applied-configuration': '{}',
          },
        }),
      ),
      step(patch('endpoints', 'web', { metadata: { labels: { a: 'c' }, annotations: { note: 'y' } } })),
      step(patch('endpoints', 'web', { metadata: { labels: null, annotations: null } })),
    ],
  },
  {
    name: 'what is not mirrored',
    steps: [
      step(bare('web'), bare('leader')),
      step(endpoints('web', simple, { labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } })),
      step(patch('endpoints', 'web', { metadata: { labels: { 'endpointslice.kubernetes.io/skip-mirror': 'false' } } })),
      step(patch('endpoints', 'web', { metadata: { labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } } })),
      step(remove('endpoints', 'web')),
      step(endpoints('leader', simple, { annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } })),
      step(patch('endpoints', 'leader', { metadata: { annotations: null } })),
      step(
        patch('endpoints', 'leader', {
          metadata: { annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } },
        }),
      ),
    ],
  },
  {
    name: 'a selector comes and goes',
    steps: [
      step(...standing('one', '10.1.0.1')),
      step(bare('web')),
      step(endpoints('web', simple)),
      step(patch('services', 'web', { spec: { selector: { app: 'web' } } })),
      step(patch('services', 'web', { spec: { selector: null } })),
      step(patch('services', 'web', { spec: { selector: { app: 'none' } } })),
      step(patch('services', 'web', { spec: { selector: null } })),
      set(simple),
    ],
  },
  {
    name: 'headless, ExternalName and a selector of nothing',
    steps: [
      step(bare('web', { clusterIP: 'None' }), endpoints('web', simple)),
      step(
        create('services', 'out', {
          metadata: { name: 'out' },
          spec: { type: 'ExternalName', externalName: 'example.com' },
        }),
      ),
      step(endpoints('out', simple)),
      step(...standing('one', '10.1.0.1')),
      step(service('empty', { selector: {} })),
      step(patch('services', 'empty', { spec: { selector: { app: 'web' } } })),
      step(patch('services', 'empty', { spec: { selector: { app: null } } })),
    ],
  },
  {
    name: 'more addresses than one slice may hold',
    anonymous: true,
    steps: [
      step(bare('web')),
      step(endpoints('web', [{ addresses: many(1050), ports: PORTS }])),
      set([
        {
          addresses: many(990),
          notReadyAddresses: ips(...Array.from({ length: 20 }, (_, i) => `10.9.0.${i}`)),
          ports: PORTS,
        },
      ]),
      set([{ addresses: many(120), ports: PORTS }]),
    ],
  },
  {
    name: 'a mirrored slice is changed and deleted',
    steps: [
      step(bare('web')),
      step(endpoints('web', simple)),
      step(patch('endpointslices', { service: 'web', at: 0, mirrored: true }, { endpoints: [] })),
      step(remove('endpointslices', { service: 'web', at: 0, mirrored: true })),
      step(
        patch('endpointslices', { service: 'web', at: 0, mirrored: true }, { metadata: { labels: { mine: 'yes' } } }),
      ),
      step(patch('endpoints', 'web', { metadata: { labels: { a: 'b' } } })),
      step(
        patch(
          'endpointslices',
          { service: 'web', at: 0, mirrored: true },
          { metadata: { annotations: { mine: 'yes' } } },
        ),
      ),
      step(patch('endpoints', 'web', { metadata: { labels: { a: 'c' } } })),
    ],
  },
];

/** Histories of pods and Services that somebody thought of. */
import type { Json } from '../services/case.ts';
import { create, type History, patch, pod, remove, service, status, step, type Step, type Write } from './history.ts';

const V4 = '10.1.0.1';
const V6 = 'fd00:1::1';

/** A pod that is there and ready, before there is any Service. */
const standing = (name: string, ip: string | readonly string[], options: Parameters<typeof pod>[1] = {}): Write[] => [
  pod(name, options),
  status(name, { ips: typeof ip === 'string' ? [ip] : ip }),
];
const touch = (name = 'web', turn = 1): Step =>
  step(patch('services', name, { metadata: { labels: { touched: `${turn}` } } }));
const spec = (name: string, changes: Json): Step => step(patch('services', name, { spec: changes }));

const LIFE: readonly History[] = [
  {
    name: 'a Service, then a pod that comes, is ready, is not, and goes',
    steps: [
      step(service('web')),
      step(pod('one')),
      step(status('one', { ips: [V4], ready: false, second: 1 })),
      step(status('one', { ips: [V4], second: 2 })),
      step(status('one', { ips: [V4], ready: false, second: 3 })),
      step(remove('pods', 'one')),
      step(remove('services', 'web')),
    ],
  },
  {
    name: 'a pod ends with grace and goes on serving',
    steps: [
      step(...standing('one', V4)),
      step(service('web')),
      step(remove('pods', 'one', 30)),
      step(status('one', { ips: [V4], ready: false, second: 5 })),
      step(remove('pods', 'one')),
    ],
  },
  {
    name: 'with publishNotReadyAddresses a pod counts as ready whatever it is',
    steps: [
      step(...standing('one', V4), ...standing('two', '10.1.0.2')),
      step(service('web', { publishNotReadyAddresses: true })),
      step(status('one', { ips: [V4], ready: false, second: 5 })),
      step(remove('pods', 'one', 30)),
      spec('web', { publishNotReadyAddresses: false }),
      spec('web', { publishNotReadyAddresses: true }),
    ],
  },
  {
    name: 'a pod that is done is no endpoint',
    steps: [
      step(...standing('one', V4)),
      step(service('web')),
      step(status('one', { ips: [V4], ready: false, second: 5, phase: 'Succeeded' })),
      step(pod('two')),
      step(status('two', { ips: ['10.1.0.2'], ready: false, second: 6, phase: 'Failed' })),
    ],
  },
  {
    name: "a pod's address changes",
    steps: [
      step(...standing('one', V4)),
      step(service('web')),
      step(status('one', { ips: ['10.1.0.9'] })),
      step(status('one', { ips: ['10.1.0.9', V6] })),
      step(status('one', { ips: [V6], second: 9 })),
    ],
  },
  {
    name: 'a pod of the same name comes again',
    steps: [
      step(...standing('one', V4)),
      step(service('web')),
      step(remove('pods', 'one')),
      step(pod('one')),
      step(status('one', { ips: [V4], second: 1 })),
    ],
  },
  {
    name: 'a Service of the same name comes again, and what the first left is there',
    steps: [
      step(...standing('one', V4)),
      step(service('web')),
      step(remove('services', 'web')),
      step(service('web', { ports: [{ port: 81 }] })),
      touch(),
    ],
  },
  {
    name: 'a Service that is being deleted makes no new slices',
    steps: [
      step(...standing('one', V4)),
      step(service('web', {}, { finalizers: ['example.com/keep'] })),
      step(remove('services', 'web')),
      step(pod('two')),
      step(status('two', { ips: ['10.1.0.2'], second: 3 })),
      step(pod('three', { ports: [] })),
      step(patch('services', 'web', { metadata: { finalizers: null } })),
    ],
  },
  {
    name: 'labels of pods and the selector',
    steps: [
      step(...standing('one', V4), ...standing('two', '10.1.0.2', { labels: { app: 'api' } })),
      step(service('web')),
      step(service('api', { selector: { app: 'api' } })),
      step(patch('pods', 'two', { metadata: { labels: { app: 'web' } } })),
      step(patch('pods', 'two', { metadata: { labels: { extra: 'yes' } } })),
      spec('web', { selector: { extra: 'yes' } }),
      spec('web', { selector: { app: null } }),
      step(patch('pods', 'one', { metadata: { labels: null } })),
      spec('api', { selector: { app: 'web' } }),
    ],
  },
  {
    name: 'two pods with the same address',
    steps: [
      step(...standing('one', V4), ...standing('two', V4)),
      step(service('web')),
      step(status('one', { ips: [V4], ready: false, second: 2 })),
      step(remove('pods', 'one')),
    ],
  },
  {
    name: 'hostname and subdomain',
    steps: [
      step(
        ...standing('one', V4, { spec: { hostname: 'one', subdomain: 'web' } }),
        ...standing('two', '10.1.0.2', { spec: { hostname: 'two', subdomain: 'other' } }),
        ...standing('three', '10.1.0.3', { spec: { subdomain: 'web' } }),
      ),
      step(service('web', { clusterIP: 'None' })),
      step(service('other')),
    ],
  },
  {
    name: 'a pod on a node that is not there',
    steps: [
      step(...standing('one', V4, { node: 'gone' }), ...standing('two', '10.1.0.2')),
      step(service('web')),
      spec('web', { publishNotReadyAddresses: true }),
      spec('web', { publishNotReadyAddresses: false }),
    ],
  },
  {
    name: 'a pod on no node that has an address',
    steps: [step(...standing('one', V4, { node: '' })), step(service('web', { publishNotReadyAddresses: true }))],
  },
  {
    name: 'pods on nodes of every sort',
    steps: [
      step(
        ...standing('one', V4, { node: 'a1' }),
        ...standing('two', '10.1.0.2', { node: 'b1' }),
        ...standing('three', '10.1.0.3', { node: 'nowhere' }),
        ...standing('four', '10.1.0.4', { node: 'a1', spec: { hostNetwork: true } }),
      ),
      step(service('web')),
    ],
  },
];

const NAMED: Json = { ports: [{ name: 'http', port: 80, targetPort: 'http' }] };
const container = (name: string, ...ports: Json[]): Json => ({ name, image: 'example.com/web', ports });
const http = (containerPort: number, protocol = 'TCP'): Json => ({ name: 'http', containerPort, protocol });

const PORTS: readonly History[] = [
  {
    name: 'a named port that pods have at different numbers, or not at all',
    steps: [
      step(
        ...standing('one', V4, { ports: [http(8080)] }),
        ...standing('two', '10.1.0.2', { ports: [http(9090)] }),
        ...standing('three', '10.1.0.3'),
      ),
      step(service('web', NAMED)),
      step(remove('pods', 'one')),
      step(remove('pods', 'two')),
      step(remove('pods', 'three')),
    ],
  },
  {
    name: 'named ports of several containers, of sidecars and of what runs before',
    steps: [
      step(
        ...standing('one', V4, { spec: { containers: [container('a', http(8080)), container('b', http(8081))] } }),
        ...standing('two', '10.1.0.2', {
          spec: { initContainers: [{ ...container('side', http(8082)), restartPolicy: 'Always' }] },
        }),
        ...standing('three', '10.1.0.3', { spec: { initContainers: [container('before', http(8083))] } }),
        ...standing('four', '10.1.0.4', { ports: [http(8084, 'UDP')] }),
      ),
      step(service('web', NAMED)),
      spec('web', { ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'UDP' }] }),
    ],
  },
  {
    name: 'several ports, protocols and application protocols',
    steps: [
      step(...standing('one', V4, { ports: [http(8080), { name: 'dns', containerPort: 53, protocol: 'UDP' }] })),
      step(
        service('web', {
          ports: [
            { name: 'http', port: 80, targetPort: 'http', appProtocol: 'http' },
            { name: 'dns', port: 53, targetPort: 'dns', protocol: 'UDP' },
            { name: 'tcp', port: 53, targetPort: 'dns', protocol: 'TCP' },
            { name: 'sctp', port: 54, targetPort: 5000, protocol: 'SCTP' },
          ],
        }),
      ),
      spec('web', { ports: [{ name: 'http', port: 80, targetPort: 8080, appProtocol: 'example.com/own' }] }),
      spec('web', { ports: [{ name: 'https', port: 80, targetPort: 8080, appProtocol: 'example.com/own' }] }),
      spec('web', { ports: [{ port: 81, targetPort: 8080 }] }),
    ],
  },
  {
    name: 'headless without ports, then with',
    steps: [
      step(...standing('one', V4), ...standing('two', '10.1.0.2')),
      step(service('web', { clusterIP: 'None', ports: null })),
      step(status('two', { ips: ['10.1.0.2'], ready: false, second: 4 })),
      spec('web', { ports: [{ port: 80 }] }),
      spec('web', { ports: null }),
    ],
  },
  {
    name: 'types, to a name outside and back',
    steps: [
      step(...standing('one', V4)),
      step(service('web', { type: 'LoadBalancer', loadBalancerClass: 'example.com/none' })),
      spec('web', { type: 'NodePort', loadBalancerClass: null }),
      spec('web', { type: 'ExternalName', externalName: 'example.com', clusterIP: null, clusterIPs: null }),
      step(pod('two')),
      step(status('two', { ips: ['10.1.0.2'], second: 7 })),
      spec('web', { type: 'ClusterIP', externalName: null }),
      spec('web', { type: 'ExternalName', externalName: 'example.com', clusterIP: null, clusterIPs: null }),
      spec('web', { type: 'ClusterIP', externalName: null, clusterIP: 'None', clusterIPs: ['None'] }),
    ],
  },
];

const FAMILIES: readonly History[] = [
  {
    name: 'pods of one family and of both behind a Service of both',
    steps: [
      step(...standing('one', V4), ...standing('two', V6), ...standing('three', ['10.1.0.3', 'fd00:1::3'])),
      step(service('web', { ipFamilyPolicy: 'RequireDualStack' })),
      spec('web', { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'], clusterIPs: null }),
      step(status('three', { ips: ['fd00:1::3', '10.1.0.3'] })),
      spec('web', { ipFamilyPolicy: 'PreferDualStack' }),
    ],
  },
  {
    name: 'IPv6 first, and alone',
    steps: [
      step(...standing('one', V4), ...standing('two', V6), ...standing('three', ['10.1.0.3', 'fd00:1:0:0::3'])),
      step(service('web', { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6', 'IPv4'] })),
      step(service('six', { ipFamilies: ['IPv6'], clusterIP: 'None' })),
      step(remove('pods', 'two')),
      step(remove('pods', 'three')),
    ],
  },
  {
    name: 'addresses that are not written as they should be',
    steps: [
      step(...standing('one', 'fd00:1:0::00AA'), ...standing('two', 'FD00:1::BB')),
      step(service('web', { ipFamilies: ['IPv6'] })),
    ],
  },
  {
    name: 'a Service of both families without pods',
    steps: [
      step(service('web', { ipFamilyPolicy: 'RequireDualStack' })),
      step(pod('one')),
      step(status('one', { ips: [V6] })),
    ],
  },
];

const LABELS: readonly History[] = [
  {
    name: 'labels and annotations of a Service come and go',
    steps: [
      step(...standing('one', V4)),
      step(service('web', {}, { labels: { a: '1', b: '2' }, annotations: { note: 'x' } })),
      step(patch('services', 'web', { metadata: { labels: { a: '3', b: null, c: '' } } })),
      step(patch('services', 'web', { metadata: { annotations: { note: 'y' } } })),
      step(patch('services', 'web', { metadata: { labels: null } })),
    ],
  },
  {
    name: 'labels that slices have of their own',
    steps: [
      step(...standing('one', V4)),
      step(
        service(
          'web',
          {},
          {
            labels: {
              'kubernetes.io/service-name': 'other',
              'endpointslice.kubernetes.io/managed-by': 'me',
              'service.kubernetes.io/headless': 'no',
              'endpoints.kubernetes.io/managed-by': 'me',
              own: 'yes',
            },
          },
        ),
      ),
      step(patch('services', 'web', { metadata: { labels: { own: 'no' } } })),
    ],
  },
  {
    name: 'a name that is as long as it can be',
    bursts: true,
    steps: [step(service(`w${'e'.repeat(61)}b`)), step(...standing('one', V4))],
  },
];

const four = (): Write[] => [
  ...standing('one', V4, { node: 'a1' }),
  ...standing('two', '10.1.0.2', { node: 'b1' }),
  ...standing('three', '10.1.0.3', { node: 'c1' }),
  ...standing('four', '10.1.0.4', { node: 'nowhere' }),
];

const HINTS: readonly History[] = [
  ...['PreferClose', 'PreferSameZone', 'PreferSameNode'].map(
    (trafficDistribution): History => ({
      name: `trafficDistribution ${trafficDistribution}`,
      steps: [
        step(...four()),
        step(service('web', { trafficDistribution })),
        step(status('one', { ips: [V4], ready: false, second: 2 })),
        step(status('one', { ips: [V4], second: 3 })),
        step(remove('pods', 'two', 30)),
        spec('web', { trafficDistribution: null }),
        spec('web', { trafficDistribution }),
      ],
    }),
  ),
  {
    name: 'trafficDistribution from one to another',
    steps: [
      step(...four()),
      step(service('web', { trafficDistribution: 'PreferClose' })),
      spec('web', { trafficDistribution: 'PreferSameNode' }),
      spec('web', { trafficDistribution: 'PreferSameZone' }),
      step(patch('services', 'web', { metadata: { annotations: { 'service.kubernetes.io/topology-mode': 'Auto' } } })),
      step(patch('services', 'web', { metadata: { annotations: null } })),
    ],
  },
  {
    name: 'hints by the zones’ share of processors',
    steps: [
      step(...[0, 1, 2, 3, 4, 5].flatMap((i) => standing(`a${i}`, `10.1.1.${i}`, { node: 'a1' }))),
      step(...[0, 1, 2].flatMap((i) => standing(`b${i}`, `10.1.2.${i}`, { node: 'b1' }))),
      step(...standing('c0', '10.1.3.1', { node: 'c1' })),
      step(service('web', {}, { annotations: { 'service.kubernetes.io/topology-mode': 'Auto' } })),
      step(status('b0', { ips: ['10.1.2.0'], ready: false, second: 4 })),
      step(remove('pods', 'a0')),
      step(status('b0', { ips: ['10.1.2.0'], second: 5 })),
      step(
        patch('services', 'web', { metadata: { annotations: { 'service.kubernetes.io/topology-mode': 'disabled' } } }),
      ),
      step(
        patch('services', 'web', {
          metadata: { annotations: { 'service.kubernetes.io/topology-aware-hints': 'auto' } },
        }),
      ),
      ...['a1', 'a2', 'a3', 'b0', 'b1'].map((name) => step(remove('pods', name))),
      step(remove('pods', 'c0')),
    ],
  },
  {
    name: 'too few endpoints for hints, or one without a zone',
    steps: [
      step(...standing('one', V4, { node: 'a1' }), ...standing('two', '10.1.0.2', { node: 'b1' })),
      step(service('web', {}, { annotations: { 'service.kubernetes.io/topology-mode': 'auto' } })),
      step(pod('three', { node: 'c1' })),
      step(status('three', { ips: ['10.1.0.3'], second: 1 })),
      step(pod('four', { node: 'nowhere' })),
      step(status('four', { ips: ['10.1.0.4'], second: 2 })),
      step(remove('pods', 'four')),
    ],
  },
];

const NODES: readonly History[] = [
  {
    name: 'a node comes and goes, and its zone changes, and the Service is looked at again',
    alone: true,
    steps: [
      step(...standing('one', V4, { node: 'late' }), ...standing('two', '10.1.0.2', { node: 'b1' })),
      step(service('web', { trafficDistribution: 'PreferClose' })),
      unseen(create('nodes', 'late', { metadata: { name: 'late', labels: { 'topology.kubernetes.io/zone': 'b' } } })),
      touch('web', 1),
      unseen(patch('nodes', 'b1', { metadata: { labels: { 'topology.kubernetes.io/zone': 'c' } } })),
      touch('web', 2),
      step(status('two', { ips: ['10.1.0.2'], ready: false, second: 9 })),
      unseen(remove('nodes', 'b1')),
      touch('web', 3),
      spec('web', { publishNotReadyAddresses: true }),
    ],
  },
  {
    name: 'hints go when nodes are not ready or tell no zone, and come again',
    alone: true,
    steps: [
      step(...four().slice(0, 6)),
      step(service('web', {}, { annotations: { 'service.kubernetes.io/topology-mode': 'Auto' } })),
      unseen(nodeReady('c1', false)),
      touch('web', 1),
      unseen(nodeReady('c1', true)),
      touch('web', 2),
      unseen(nodeReady('nowhere', true)),
      touch('web', 3),
      unseen(patch('nodes', 'nowhere', { metadata: { labels: { 'node-role.kubernetes.io/control-plane': '' } } })),
      touch('web', 4),
      unseen(nodeReady('nowhere', false)),
      touch('web', 5),
    ],
  },
];

/** A change of a node, which a Service shows when it is looked at again: by `touch`, or sooner, as luck will have it. */
function unseen(write: Write): Step {
  return { ...step(write), unseen: true };
}

function nodeReady(name: string, ready: boolean): Write {
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }];
  return { verb: 'status', kind: 'nodes', name, body: { status: { conditions } } };
}

export const LIVES: readonly History[] = [...LIFE, ...PORTS, ...FAMILIES, ...LABELS, ...HINTS, ...NODES];
export { standing, touch };

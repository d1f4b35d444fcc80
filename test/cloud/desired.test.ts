import { describe, expect, test } from 'vitest';
import { buildDesired, digestOf, type Surroundings } from '../../src/cloud/desired.ts';
import type { DesiredLoadBalancer } from '../../src/cloud/model.ts';
import type { HealthCheckOptions, LoadBalancerOptions } from '../../src/cloud/options.ts';
import type { ServicePort, ServiceSpec } from '../../src/kube/objects.ts';
import { nothing, service } from './annotations-service.ts';

const subnet = (id: string, zone: string, role: string) => ({
  id,
  zone,
  vpcId: 'vpc-1',
  availableIps: 99,
  tags: { [`kubernetes.io/role/${role}`]: '1' },
});
const around: Surroundings = {
  clusterName: 'prod',
  defaultScheme: 'internal',
  subnets: [
    subnet('subnet-b', 'b', 'internal-elb'),
    subnet('subnet-a', 'a', 'internal-elb'),
    subnet('subnet-p', 'a', 'elb'),
  ],
  instances: ['i-1', 'i-2'],
};

const build = (spec: ServiceSpec, options: Partial<LoadBalancerOptions> = {}, change: Partial<Surroundings> = {}) =>
  buildDesired(service({}, spec), { ...nothing, ...options }, { ...around, ...change });

function model(...args: Parameters<typeof build>): DesiredLoadBalancer {
  const built = build(...args);
  expect(built.problems).toBeUndefined();
  return built.model as DesiredLoadBalancer;
}

const tcp = (port: number, nodePort: number): ServicePort => ({ port, nodePort, protocol: 'TCP' });
const udp = (port: number, nodePort: number): ServicePort => ({ port, nodePort, protocol: 'UDP' });

describe('ports', () => {
  // ports of the Service → target groups as servicePort:nodePort/protocol
  test.each<[string, ServicePort[], string[]]>([
    ['one, TCP by default', [{ port: 80, nodePort: 30080 }], ['80:30080/TCP']],
    ['UDP', [udp(53, 30053)], ['53:30053/UDP']],
    ['in order of port', [tcp(443, 30443), tcp(80, 30080)], ['80:30080/TCP', '443:30443/TCP']],
    ['TCP and UDP on one port', [tcp(53, 30053), udp(53, 30053)], ['53:30053/TCP_UDP']],
    ['UDP and TCP on one port', [udp(53, 30053), tcp(53, 30053)], ['53:30053/TCP_UDP']],
    ['none', [], []],
  ])('%s', (_name, ports, expected) => {
    const { listeners, targetGroups } = model({ ports });
    expect(targetGroups.map((g) => `${g.servicePort}:${g.port}/${g.protocol}`)).toEqual(expected);
    expect(listeners.map((l) => `${l.port}/${l.protocol}`)).toEqual(expected.map((text) => text.replace(/:\d+/, '')));
  });

  test.each<[string, ServicePort[], string, string]>([
    ['SCTP', [{ port: 80, nodePort: 30080, protocol: 'SCTP' }], 'spec.ports[0].protocol', 'use TCP or UDP'],
    ['no NodePort', [tcp(80, 30080), { port: 81 }], 'spec.ports[1].nodePort', 'allocateLoadBalancerNodePorts'],
    ['NodePort 0', [{ port: 81, nodePort: 0 }], 'spec.ports[0].nodePort', 'allocateLoadBalancerNodePorts'],
    ['differing NodePorts', [tcp(53, 30053), udp(53, 30054)], 'spec.ports[1].nodePort', 'for example 30053'],
  ])('a problem: %s', (_name, ports, field, remedy) => {
    expect(build({ ports }).problems).toMatchObject([{ field, remedy: expect.stringContaining(remedy) }]);
  });

  test('all problems come at once', () => {
    const ports: ServicePort[] = [{ port: 80, protocol: 'SCTP' }, { port: 81 }];
    const { problems } = build({ ports }, { subnets: ['subnet-x'] });
    expect(problems?.map(({ field }) => field)).toEqual([
      'service.beta.kubernetes.io/aws-load-balancer-subnets',
      'spec.ports[0].protocol',
      'spec.ports[1].nodePort',
    ]);
  });
});

describe('health checks', () => {
  const local: ServiceSpec = { externalTrafficPolicy: 'Local', healthCheckNodePort: 32000 };
  const tcpDefault = {
    protocol: 'TCP',
    port: 'traffic-port',
    intervalSeconds: 10,
    timeoutSeconds: 10,
    healthyThreshold: 3,
    unhealthyThreshold: 3,
  };
  const localDefault = {
    protocol: 'HTTP',
    port: '32000',
    path: '/healthz',
    successCodes: '200-399',
    intervalSeconds: 10,
    timeoutSeconds: 6,
    healthyThreshold: 2,
    unhealthyThreshold: 2,
  };

  test.each<[string, ServiceSpec, HealthCheckOptions, object]>([
    ['Cluster', {}, {}, tcpDefault],
    ['Cluster, explicitly', { externalTrafficPolicy: 'Cluster' }, {}, tcpDefault],
    ['Local', local, {}, localDefault],
    [
      'Cluster over HTTP',
      {},
      { protocol: 'HTTP' },
      { ...tcpDefault, protocol: 'HTTP', path: '/', successCodes: '200-399' },
    ],
    ['a port number', {}, { port: 8081 }, { ...tcpDefault, port: '8081' }],
    ['a port name is its NodePort', {}, { port: 'admin' }, { ...tcpDefault, port: '30081' }],
    ['Local on the traffic port', local, { port: 'traffic-port' }, { ...localDefault, port: 'traffic-port' }],
    [
      'Local with a path',
      local,
      { path: '/up', successCodes: '204' },
      { ...localDefault, path: '/up', successCodes: '204' },
    ],
    [
      'numbers',
      {},
      { intervalSeconds: 30, timeoutSeconds: 5, healthyThreshold: 4, unhealthyThreshold: 6 },
      { ...tcpDefault, intervalSeconds: 30, timeoutSeconds: 5, healthyThreshold: 4, unhealthyThreshold: 6 },
    ],
    ['path and codes mean nothing for TCP', {}, { path: '/up', successCodes: '204' }, tcpDefault],
  ])('%s', (_name, spec, options, expected) => {
    for (const group of model(spec, { healthCheck: options }).targetGroups) expect(group.healthCheck).toEqual(expected);
  });
});

test('tags: the Service’s own under those that say whose a resource is', () => {
  const own = { 'elbv2.k8s.aws/cluster': 'prod', 'service.k8s.aws/stack': 'shop/web' };
  const tags = { team: 'a', 'service.k8s.aws/stack': 'stolen' };
  const built = model({ ports: [tcp(80, 30080)] }, { additionalTags: tags });
  const all = (resource: string) => ({ team: 'a', ...own, 'service.k8s.aws/resource': resource });
  expect(built.tags).toEqual(all('LoadBalancer'));
  expect(built.frontGroup.tags).toEqual(all('ManagedLBSecurityGroup'));
  expect(built.targetGroups[0]?.tags).toEqual(all('shop/web:80'));
  expect(built.listeners[0]?.tags).toEqual(all('80'));
});

test('front rules: every listen port and IP protocol for every source', () => {
  const ports = [tcp(80, 30080), tcp(53, 30053), udp(53, 30053)];
  const { rules } = model({ ports }, { sourceRanges: ['10.0.0.0/8', '192.168.0.0/16'] }).frontGroup;
  expect(rules.map((r) => `${r.protocol} ${r.fromPort}-${r.toPort} ${r.cidr}`)).toEqual([
    'tcp 53-53 10.0.0.0/8',
    'tcp 53-53 192.168.0.0/16',
    'udp 53-53 10.0.0.0/8',
    'udp 53-53 192.168.0.0/16',
    'tcp 80-80 10.0.0.0/8',
    'tcp 80-80 192.168.0.0/16',
  ]);
});

describe('scheme and subnets', () => {
  const existing = { scheme: 'internet-facing' as const, subnetIds: ['subnet-old'] };
  // what | options | surroundings | scheme | subnets | chosen
  test.each([
    ['the default', {}, {}, 'internal', ['subnet-a', 'subnet-b'], false],
    ['asked for', { scheme: 'internet-facing' }, {}, 'internet-facing', ['subnet-p'], false],
    ['the existing stay', {}, { existing }, 'internet-facing', ['subnet-old'], false],
    ['unless the scheme changes', { scheme: 'internal' }, { existing }, 'internal', ['subnet-a', 'subnet-b'], false],
    ['or subnets are named', { subnets: ['subnet-p'] }, { existing }, 'internet-facing', ['subnet-p'], true],
  ] as const)('%s', (_name, options, change, scheme, ids, chosen) => {
    const built = model({}, options as Partial<LoadBalancerOptions>, change);
    expect(built).toMatchObject({ scheme, subnets: { ids, chosen } });
  });
});

describe('the digest', () => {
  const base = model({ ports: [tcp(80, 30080), udp(53, 30053)] }, { additionalTags: { a: '1', b: '2' } });

  test('is indifferent to order, targets and leave to replace', () => {
    const same = [
      model({ ports: [udp(53, 30053), tcp(80, 30080)] }, { additionalTags: { b: '2', a: '1' } }),
      { ...base, instances: ['i-9'] },
      { ...base, allowReplacement: true },
      Object.fromEntries(Object.entries(base).reverse()) as unknown as DesiredLoadBalancer,
    ];
    for (const other of same) expect(digestOf(other)).toBe(digestOf(base));
    expect(digestOf(base)).toMatch(/^[0-9a-f]{16}$/);
  });

  test.each<[string, Partial<DesiredLoadBalancer>]>([
    ['scheme', { scheme: 'internet-facing' }],
    ['name', { fixedName: 'x' }],
    ['subnets', { subnets: { ids: ['subnet-x'], chosen: false } }],
    ['whether subnets were chosen', { subnets: { ...base.subnets, chosen: true } }],
    ['tags', { tags: { ...base.tags, c: '3' } }],
    ['attributes', { attributes: { x: 'y' } }],
    ['rules', { frontGroup: { ...base.frontGroup, rules: [] } }],
    ['listeners', { listeners: base.listeners.slice(1) }],
    ['target groups', { targetGroups: base.targetGroups.map((g) => ({ ...g, port: 1 })) }],
    [
      'health checks',
      { targetGroups: base.targetGroups.map((g) => ({ ...g, healthCheck: { ...g.healthCheck, port: '1' } })) },
    ],
  ])('changes with %s', (_name, change) => {
    expect(digestOf({ ...base, ...change })).not.toBe(digestOf(base));
  });
});

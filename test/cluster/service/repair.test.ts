import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { CIDR_FINALIZER, nextCidrStep } from '../../../src/cluster/service/cidr-controller.ts';
import { cidrStates } from '../../../src/cluster/service/cidr-state.ts';
import { defaultCidrStep } from '../../../src/cluster/service/default-cidr.ts';
import { ipAddressFor, IP_ALLOCATOR, MANAGED_BY_LABEL } from '../../../src/cluster/service/ip-address.ts';
import { PortAllocator } from '../../../src/cluster/service/port-allocator.ts';
import { type IpRepairState, repairIpAddress, repairServiceIps } from '../../../src/cluster/service/repair-ips.ts';
import { repairPorts } from '../../../src/cluster/service/repair-ports.ts';

const NOW = Date.parse('2026-01-01T00:10:00Z');
const at = (seconds: number) => new Date(NOW - seconds * 1000).toISOString().replace('.000', '');

const serviceOf = (name: string, spec: object, age = 300): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default', creationTimestamp: at(age) },
  spec,
});
const withIp = (name: string, ip: string) => serviceOf(name, { type: 'ClusterIP', clusterIP: ip, clusterIPs: [ip] });

function ipOf(ip: string, service: KubeObject, age = 300): KubeObject {
  const object = ipAddressFor(ip, service);
  return { ...object, metadata: { ...object.metadata, creationTimestamp: at(age) } };
}

const cidrOf = (name: string, cidrs: string[], more: object = {}, status = {}): KubeObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'ServiceCIDR',
  metadata: { name, finalizers: [CIDR_FINALIZER], ...more },
  spec: { cidrs },
  status,
});

function stateOf(services: KubeObject[], ips: KubeObject[]): IpRepairState {
  return {
    service: (namespace, name) =>
      services.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name),
    ipAddress: (name) => ips.find(({ metadata }) => metadata.name === name),
    cidrs: [cidrOf('kubernetes', ['10.96.0.0/16', 'fd00::/108'])],
    now: NOW,
  };
}

describe("a Service's addresses", () => {
  const web = withIp('web', '10.96.0.5');
  const other = withIp('other', '10.96.0.5');
  const gateway = {
    ...ipOf('10.96.0.5', web),
    spec: { parentRef: { group: 'x.io', resource: 'gateways', name: 'g' } },
  };
  const unlabelled = { ...ipOf('10.96.0.5', web), metadata: { name: '10.96.0.5' } };

  test.each<[string, KubeObject, KubeObject[], KubeObject[], [string, string][], boolean, boolean]>([
    ['all well', web, [web], [ipOf('10.96.0.5', web)], [], false, false],
    ['none at all', serviceOf('x', { clusterIP: 'None', clusterIPs: ['None'] }), [], [], [], false, false],
    [
      'not allocated',
      web,
      [web],
      [],
      [['ClusterIPNotAllocated', 'Cluster IP [IPv4]: 10.96.0.5 is not allocated; repairing']],
      false,
      true,
    ],
    [
      'out of range',
      withIp('x', '10.97.0.1'),
      [],
      [],
      [
        [
          'ClusterIPOutOfRange',
          'Cluster IP [IPv4]: 10.97.0.1 is not within any configured Service CIDR; please recreate service',
        ],
      ],
      false,
      false,
    ],
    [
      'not valid',
      withIp('x', 'y'),
      [],
      [],
      [['ClusterIPNotValid', 'Cluster IP <nil> is not a valid IP; please recreate Service']],
      false,
      false,
    ],
    [
      'of something else',
      web,
      [web],
      [gateway],
      [
        [
          'ClusterIPNotAllocated',
          'the ClusterIP [IPv4]: 10.96.0.5 for Service default/web has a wrong reference; repairing',
        ],
      ],
      true,
      true,
    ],
    [
      'of a Service that is gone',
      web,
      [web],
      [ipOf('10.96.0.5', withIp('gone', '10.96.0.5'))],
      [
        [
          'ClusterIPNotAllocated',
          'the ClusterIP [IPv4]: 10.96.0.5 for Service default/web has a wrong reference; repairing',
        ],
      ],
      true,
      true,
    ],
    [
      'of two Services',
      web,
      [web, other],
      [ipOf('10.96.0.5', other)],
      [
        [
          'ClusterIPAlreadyAllocated',
          'Cluster IP [IPv4]:10.96.0.5 was assigned to multiple services; please recreate service',
        ],
      ],
      false,
      false,
    ],
    ['without labels', web, [web], [unlabelled], [], true, true],
  ])('%s', (_, service, services, ips, events, deletes, creates) => {
    const repair = repairServiceIps(service, stateOf(services, ips));
    expect(repair.events.map(({ reason, note }) => [reason, note])).toEqual(events);
    expect([repair.deletes.length > 0, repair.creates.length > 0]).toEqual([deletes, creates]);
  });
});

describe('an IPAddress', () => {
  const web = withIp('web', '10.96.0.5');
  const external = serviceOf('web', { type: 'ExternalName', externalName: 'a' });
  const foreign = { ...ipOf('10.96.0.9', web), metadata: { name: '10.96.0.9', labels: { [MANAGED_BY_LABEL]: 'me' } } };

  test.each<[string, KubeObject, KubeObject[], string | undefined, number | undefined]>([
    ['all well', ipOf('10.96.0.5', web), [web], undefined, undefined],
    ['of another manager', foreign, [], undefined, undefined],
    ['leaked, a while ago', ipOf('10.96.0.5', web, 61), [], 'IPAddressNotAllocated', undefined],
    ['whose Service is about to come', ipOf('10.96.0.5', web, 40), [], undefined, 20_000],
    ['not of its Service', ipOf('10.96.0.6', web), [web], 'IPAddressWrongReference', undefined],
    ['not of its Service, quite new', ipOf('10.96.0.6', web, 2), [web], undefined, 5_000],
    ['of a Service that is about to need one', ipOf('10.96.0.5', external, 59), [external], undefined, 1_000],
    ['of a Service that needs none', ipOf('10.96.0.5', external, 61), [external], 'IPAddressWrongReference', undefined],
  ])('%s', (_, ipAddress, services, reason, againAfter) => {
    const repair = repairIpAddress(ipAddress, stateOf(services, [ipAddress]));
    expect(repair.events.map((event) => event.reason)).toEqual(reason ? [reason] : []);
    expect(repair.deletes).toEqual(reason ? [ipAddress.metadata.name] : []);
    expect(repair.againAfter).toBe(againAfter);
  });
});

describe('node ports', () => {
  const node = (name: string, ...nodePorts: number[]) =>
    serviceOf(name, { ports: nodePorts.map((nodePort, index) => ({ port: 80 + index, protocol: 'TCP', nodePort })) });

  test('missing ones are taken, doubles and strangers reported', () => {
    const ports = new PortAllocator();
    const repair = repairPorts([node('a', 30_001), node('b', 30_001, 80)], ports, new Map());
    expect(repair.claims).toEqual([30_001]);
    expect(repair.events.map(({ note }) => note)).toEqual([
      'Port 30001 is not allocated; repairing',
      'Port 30001 was assigned to multiple services; please recreate service',
      'Port 80 is not within the port range 30000-32767; please recreate service',
    ]);
  });

  test('one number for two protocols is one', () => {
    const ports = [
      { port: 53, protocol: 'TCP', nodePort: 30_053 },
      { port: 53, protocol: 'UDP', nodePort: 30_053 },
    ];
    expect(repairPorts([serviceOf('dns', { ports })], new PortAllocator(), new Map()).events).toHaveLength(1);
  });

  test('a leak is given back the third time that it is seen', () => {
    const ports = new PortAllocator();
    ports.claim(30_100);
    let leaks: ReadonlyMap<number, number> = new Map();
    const releases: number[][] = [];
    for (let pass = 0; pass < 3; pass++) {
      const repair = repairPorts([], ports, leaks);
      releases.push(repair.releases);
      ({ leaks } = repair);
    }
    expect(releases).toEqual([[], [], [30_100]]);
    expect(repairPorts([node('a', 30_100)], ports, leaks).leaks.size).toBe(0);
  });
});

describe('a ServiceCIDR', () => {
  const web = withIp('web', '10.96.0.5');
  const ready = { conditions: [{ type: 'Ready', status: 'True', message: 'Kubernetes Service CIDR is ready' }] };
  const deleted = (seconds: number) => ({ deletionTimestamp: at(seconds) });
  const step = (cidr: KubeObject, others: KubeObject[] = [], ips: KubeObject[] = []) =>
    nextCidrStep(cidr, [cidr, ...others], ips, NOW);

  test('gets a finalizer, then its condition, then nothing', () => {
    expect(step({ ...cidrOf('a', ['10.0.0.0/24']), metadata: { name: 'a' } })).toEqual({ act: 'add-finalizer' });
    expect(step(cidrOf('a', ['10.0.0.0/24']))).toEqual({
      act: 'set-condition',
      condition: {
        type: 'Ready',
        status: 'True',
        reason: '',
        message: 'Kubernetes Service CIDR is ready',
        lastTransitionTime: '2026-01-01T00:10:00Z',
      },
    });
    expect(step(cidrOf('a', ['10.0.0.0/24'], {}, ready))).toEqual({ act: 'none' });
  });

  test('that is being deleted waits for ten seconds, and for its addresses', () => {
    expect(step(cidrOf('a', ['10.96.0.0/24'], deleted(4)))).toEqual({ act: 'wait', milliseconds: 6_000 });
    expect(step(cidrOf('a', ['10.96.0.0/24'], deleted(11)))).toEqual({ act: 'remove-finalizer' });
    expect(step(cidrOf('a', ['10.96.0.0/24'], deleted(11)), [], [ipOf('10.96.0.5', web)])).toMatchObject({
      act: 'set-condition',
      condition: { status: 'False', reason: 'Terminating' },
    });
    // Another ServiceCIDR has the address, or the whole network.
    for (const other of ['10.96.0.0/28', '10.96.0.0/16']) {
      const others = [cidrOf('b', [other])];
      const act = step(cidrOf('a', ['10.96.0.0/24'], deleted(11)), others, [ipOf('10.96.0.5', web)]);
      expect(act).toEqual({ act: 'remove-finalizer' });
    }
  });

  test('counts as ready unless its condition says otherwise', () => {
    const conditions = [{ type: 'Ready', status: 'False' }];
    const states = cidrStates([cidrOf('a', []), cidrOf('b', [], deleted(1)), cidrOf('c', [], {}, { conditions })]);
    expect(states.map(({ ready: is, deleting }) => [is, deleting])).toEqual([
      [true, false],
      [true, true],
      [false, false],
    ]);
  });

  test("the server's own is made, made dual-stack, and made ready", () => {
    const flag = ['10.96.0.0/16', 'fd00::/108'];
    expect(defaultCidrStep(undefined, flag, NOW)).toMatchObject({ act: 'create', object: { spec: { cidrs: flag } } });
    const single = cidrOf('kubernetes', ['10.96.0.0/16']);
    expect(defaultCidrStep(single, flag, NOW)).toMatchObject({ act: 'update', object: { spec: { cidrs: flag } } });
    expect(defaultCidrStep(cidrOf('kubernetes', flag), flag, NOW)).toMatchObject({
      act: 'set-condition',
      condition: { status: 'True', message: 'Kubernetes default Service CIDR is ready' },
    });
    expect(defaultCidrStep(cidrOf('kubernetes', flag, {}, ready), flag, NOW)).toEqual({ act: 'none' });
    expect(defaultCidrStep(cidrOf('kubernetes', ['10.0.0.0/16']), flag, NOW)).toEqual({
      act: 'report',
      event: {
        reason: 'KubernetesDefaultServiceCIDRInconsistent',
        message:
          'The default ServiceCIDR [10.0.0.0/16] does not match the controller flag configurations ' +
          '[10.96.0.0/16 fd00::/108]',
      },
    });
  });
});

test('the IPAddress of a Service', () => {
  expect(ipAddressFor('fd00::5', withIp('web', 'fd00::5'))).toEqual({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IPAddress',
    metadata: {
      name: 'fd00::5',
      labels: { 'ipaddress.kubernetes.io/ip-family': 'IPv6', [MANAGED_BY_LABEL]: IP_ALLOCATOR },
    },
    spec: { parentRef: { resource: 'services', namespace: 'default', name: 'web' } },
  });
});

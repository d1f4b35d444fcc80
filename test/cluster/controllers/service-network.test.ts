import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ServiceNetwork } from '../../../src/cluster/controllers/service-network.ts';
import { parseIp } from '../../../src/cluster/validation/address.ts';
import { type World, world } from './world.ts';

const IPS = 'ipaddresses.networking.k8s.io';
const CIDRS = 'servicecidrs.networking.k8s.io';
const NETWORK = 'networking.k8s.io/v1';
const MINUTE = 60_000;

let it: World;
beforeEach(() => {
  // Objects have times of whole seconds.
  vi.useFakeTimers({ now: Date.parse('2026-01-01T00:00:00Z') });
});
afterEach(() => {
  it.loop.stop();
  if (it.failures.length > 0) throw new Error(it.failures.join());
  vi.useRealTimers();
});

/** A world with the loops running, `repairMs` apart. */
function start(options: { controllerManager?: boolean; cidrs?: string[] } = {}): ServiceNetwork {
  const { cidrs = ['10.96.0.0/16'], controllerManager = true } = options;
  it = world({ cidrs });
  const network = new ServiceNetwork(it.registry, it.loop, it.services, { repairMs: 3 * MINUTE, controllerManager });
  network.ensureDefault();
  settle();
  return network;
}
const settle = (ms = 2) => vi.advanceTimersByTime(ms);
const service = (name: string, spec: object) =>
  it.make('v1', 'Service', { name, namespace: 'default' }, { spec: { ports: [{ port: 80 }], ...spec } });
const taken = (text: string) => {
  const ip = parseIp(text);
  return ip !== undefined && it.services.addresses.has(ip);
};
const events = () =>
  Array.from(it.registry.store.list('events'), ({ object }) => `${object['reason']} ${object['involvedObject'].name}`);
const conditions = (name: string) =>
  (it.get(CIDRS, '', name)?.['status']?.conditions ?? []).map(
    (one: { type: string; status: string; message: string }) => `${one.type}=${one.status} ${one.message}`,
  );

describe('IPAddresses', () => {
  const parent = (name: string) => ({ spec: { parentRef: { resource: 'services', namespace: 'default', name } } });
  const managed = (name: string) => ({
    name,
    labels: {
      'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
      'ipaddress.kubernetes.io/ip-family': 'IPv4',
    },
  });

  test('one that is deleted under its Service comes again at once, with an event', () => {
    start();
    service('web', { clusterIP: '10.96.0.7' });
    expect(it.names(IPS)).toEqual(['10.96.0.7']);
    it.remove(NETWORK, 'IPAddress', '', '10.96.0.7');
    expect(it.names(IPS)).toEqual([]);
    settle();
    expect(it.names(IPS)).toEqual(['10.96.0.7']);
    expect(it.get(IPS, '', '10.96.0.7')?.['spec'].parentRef.name).toBe('web');
    expect(events()).toEqual(['ClusterIPNotAllocated web']);
    expect(taken('10.96.0.7')).toBe(true);
  });

  test('one without a Service is a leak, and goes after a minute', () => {
    start();
    it.make(NETWORK, 'IPAddress', managed('10.96.0.9'), parent('gone'));
    settle(MINUTE - 10);
    expect(it.names(IPS)).toEqual(['10.96.0.9']);
    settle(20);
    expect(it.names(IPS)).toEqual([]);
    expect(taken('10.96.0.9')).toBe(false);
  });

  test('one that its Service does not use goes', () => {
    start();
    service('web', { clusterIP: '10.96.0.7' });
    settle(MINUTE);
    it.make(NETWORK, 'IPAddress', managed('10.96.0.8'), parent('web'));
    settle(6 * MINUTE);
    expect(it.names(IPS)).toEqual(['10.96.0.7']);
  });

  test("one of somebody else's stays", () => {
    start();
    it.make(NETWORK, 'IPAddress', { name: '10.96.0.10' }, parent('gone'));
    settle(10 * MINUTE);
    expect(it.names(IPS)).toEqual(['10.96.0.10']);
  });

  test('those of a deleted Service go with it', () => {
    start();
    service('web', { clusterIP: '10.96.0.7' });
    it.remove('v1', 'Service', 'default', 'web');
    expect(it.names(IPS)).toEqual([]);
    settle(10 * MINUTE);
    expect([it.names(IPS), events()]).toEqual([[], []]);
  });
});

describe('node ports', () => {
  test('one that no Service has is given back the third time that it is seen', () => {
    start();
    it.services.ports.claim(30050);
    // Once at the start; then every three minutes.
    settle(3 * MINUTE);
    expect(it.services.ports.has(30050)).toBe(true);
    settle(3 * MINUTE);
    expect(it.services.ports.has(30050)).toBe(true);
    settle(3 * MINUTE);
    expect(it.services.ports.has(30050)).toBe(false);
  });

  test('one that a Service has is taken again, with an event', () => {
    start();
    service('web', { type: 'NodePort', ports: [{ port: 80, nodePort: 30007 }] });
    it.services.ports.release(30007);
    settle(3 * MINUTE);
    expect(it.services.ports.has(30007)).toBe(true);
    expect(events()).toEqual(['PortNotAllocated web']);
    const [event] = Array.from(it.registry.store.list('events'), (item) => item.object);
    expect(event).toMatchObject({
      apiVersion: 'v1',
      type: 'Warning',
      metadata: { namespace: 'default' },
      message: 'Port 30007 is not allocated; repairing',
      involvedObject: { kind: 'Service', namespace: 'default', name: 'web' },
      action: 'PortAllocation',
    });
  });
});

describe('ServiceCIDRs', () => {
  test("the server's own is made with its finalizer and condition, and comes again when it is deleted", () => {
    start();
    expect(it.get(CIDRS, '', 'kubernetes')).toMatchObject({
      spec: { cidrs: ['10.96.0.0/16'] },
      metadata: { finalizers: ['networking.k8s.io/service-cidr-finalizer'] },
    });
    expect(conditions('kubernetes')).toEqual(['Ready=True Kubernetes Service CIDR is ready']);
    const { uid } = it.get(CIDRS, '', 'kubernetes')?.metadata ?? {};
    it.remove(NETWORK, 'ServiceCIDR', '', 'kubernetes');
    settle();
    // Nothing has an address of it: it goes after its grace.
    expect(it.get(CIDRS, '', 'kubernetes')?.metadata.deletionTimestamp).toBeDefined();
    settle(30_000);
    expect(it.get(CIDRS, '', 'kubernetes')?.metadata.uid).not.toBe(uid);
    expect(conditions('kubernetes')).toEqual(['Ready=True Kubernetes Service CIDR is ready']);
  });

  test('without the controller manager it has no finalizer, and a condition of another sort', () => {
    start({ controllerManager: false });
    expect(it.get(CIDRS, '', 'kubernetes')?.metadata.finalizers).toBeUndefined();
    expect(conditions('kubernetes')).toEqual(['Ready=True Kubernetes default Service CIDR is ready']);
  });

  test('one range becomes two, other ranges are only told of, once', () => {
    it = world({ cidrs: ['10.96.0.0/16', 'fd00::/112'] });
    it.make(NETWORK, 'ServiceCIDR', { name: 'kubernetes' }, { spec: { cidrs: ['10.96.0.0/16'] } });
    new ServiceNetwork(it.registry, it.loop, it.services).ensureDefault();
    expect(it.get(CIDRS, '', 'kubernetes')?.['spec'].cidrs).toEqual(['10.96.0.0/16', 'fd00::/112']);
    it.loop.stop();
    it = world({ cidrs: ['10.99.0.0/16'] });
    it.make(NETWORK, 'ServiceCIDR', { name: 'kubernetes' }, { spec: { cidrs: ['10.96.0.0/16'] } });
    new ServiceNetwork(it.registry, it.loop, it.services).ensureDefault();
    settle(MINUTE);
    expect(it.get(CIDRS, '', 'kubernetes')?.['spec'].cidrs).toEqual(['10.96.0.0/16']);
    expect(events()).toEqual(['KubernetesDefaultServiceCIDRInconsistent kubernetes']);
  });

  test('one that addresses need does not go before they have gone', () => {
    start();
    it.make(NETWORK, 'ServiceCIDR', { name: 'more' }, { spec: { cidrs: ['10.97.0.0/24'] } });
    settle();
    service('web', { clusterIP: '10.97.0.5' });
    it.remove(NETWORK, 'ServiceCIDR', '', 'more');
    settle(MINUTE);
    expect(conditions('more')).toEqual([
      'Ready=False There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR',
    ]);
    it.remove('v1', 'Service', 'default', 'web');
    settle(MINUTE);
    expect(it.names(CIDRS)).toEqual(['kubernetes']);
  });
});

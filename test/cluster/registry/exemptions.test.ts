import { expect, test } from 'vitest';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { findKind } from '../../../src/cluster/registry/kinds.ts';
import { world } from '../controllers/world.ts';

const slice = (...addresses: string[]): KubeObject => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'a', namespace: 'default' },
  addressType: addresses[0]?.includes(':') ? 'IPv6' : 'IPv4',
  endpoints: [{ addresses }],
});
const endpoints = (...addresses: string[]): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Endpoints',
  metadata: { name: 'a', namespace: 'default' },
  subsets: [{ addresses: addresses.map((ip) => ({ ip })) }],
});
const service = (ip: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'a', namespace: 'default' },
  spec: { type: 'ClusterIP', clusterIP: 'None', ports: [{ port: 80, protocol: 'TCP' }], externalIPs: [ip] },
});

/** The message of the refusal of an object; undefined when it may be. */
function refusal(object: KubeObject, exempt: boolean): string | undefined {
  const { registry } = world();
  if (exempt) registry.exempt('loopbackEndpoints');
  const kind = findKind(object.apiVersion, object.kind);
  if (!kind) throw new Error('no such kind');
  try {
    registry.create(kind, 'default', object, { dryRun: true, warn: () => undefined, subresource: '' });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const LOOPBACK = 'may not be in the loopback range';

test.each([
  [slice('127.65.1.2'), LOOPBACK],
  [slice('::1'), LOOPBACK],
  [endpoints('127.65.1.2'), LOOPBACK],
])('%j may be where loopback endpoints may', (object, message) => {
  expect(refusal(object, false)).toContain(message);
  expect(refusal(object, true)).toBeUndefined();
});

test.each([
  [slice('169.254.0.1'), 'link-local range'],
  [slice('0.0.0.0'), 'unspecified'],
  [endpoints('224.0.0.1'), 'link-local multicast'],
  [service('127.0.0.1'), LOOPBACK],
])('%j may be nowhere', (object, message) => {
  expect(refusal(object, false)).toContain(message);
  expect(refusal(object, true)).toContain(message);
});

test('what else is wrong is said without it', () => {
  const object = slice('127.65.1.2', '0.0.0.0');
  const wrong =
    /^EndpointSlice.discovery.k8s.io "a" is invalid: endpoints\[0\]\.addresses\[1\]: .*unspecified \(0\.0\.0\.0\)$/;
  expect(refusal(object, true)).toMatch(wrong);
});

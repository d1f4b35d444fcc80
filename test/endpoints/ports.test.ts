import { describe, expect, test } from 'vitest';
import { fnv128a } from '../../src/endpoints/fnv.ts';
import { findPort, inSliceOrder, portsKey, slicePortsOf } from '../../src/endpoints/ports.ts';
import { pod, service } from './make.ts';

// Digests from Go's hash/fnv.
test.each([
  ['', '6c62272e07bb014262b821756295c58d'],
  ['a', 'd228cb696f1a8caf78912b704e4a8964'],
  [
    '(v1.EndpointPort){Name:(*string)http Protocol:(*v1.Protocol)TCP Port:(*int32)8080 AppProtocol:(*string)<nil>}',
    '0e874d5677090ee5c32afa85f637c347',
  ],
  [
    '(v1.EndpointPort){Name:(*string) Protocol:(*v1.Protocol)UDP Port:(*int32)53 AppProtocol:(*string)kubernetes.io/h2c}',
    '32d2507b122b36c0ad29913aefd4a37c',
  ],
])('the FNV-1a digest of %j', (text, digest) => {
  expect(fnv128a(text)).toBe(digest);
});

const named = pod('web', {
  ports: [
    { name: 'http', containerPort: 8080 },
    { name: 'dns', containerPort: 53, protocol: 'UDP' },
    { name: 'both', containerPort: 1, protocol: 'TCP' },
    { name: 'both', containerPort: 2, protocol: 'UDP' },
    { containerPort: 9 },
  ],
  sidecarPorts: [
    { name: 'proxy', containerPort: 15001 },
    { name: 'http', containerPort: 1 },
  ],
  initPorts: [{ name: 'init', containerPort: 5 }],
}).ports;

test.each([
  { targetPort: 8080, port: 80, found: 8080, why: 'a number is taken as it is' },
  { targetPort: undefined, port: 80, found: 80, why: 'without a target port it is the port' },
  { targetPort: 'http', port: 80, found: 8080, why: 'a container goes before a sidecar' },
  { targetPort: 'dns', port: 53, protocol: 'UDP', found: 53, why: 'by name and protocol' },
  { targetPort: 'dns', port: 53, found: undefined, why: 'not with another protocol' },
  { targetPort: 'both', port: 1, protocol: 'UDP', found: 2, why: 'a name that two protocols have' },
  { targetPort: 'proxy', port: 80, found: 15001, why: 'a sidecar, which runs as long as the pod' },
  { targetPort: 'init', port: 80, found: undefined, why: 'no init container, which ends before' },
] as const)('target port $targetPort: $why', ({ found, targetPort, ...port }) => {
  expect(findPort(named, { ...port, ...(targetPort !== undefined && { targetPort }) })).toBe(found);
});

describe("a pod's ports of a Service", () => {
  const ports = [
    { name: 'metrics', port: 81, targetPort: 9090 },
    { name: 'none', port: 82, targetPort: 'nobody' },
    { name: 'http', port: 80, targetPort: 'http', appProtocol: 'kubernetes.io/h2c' },
    { name: 'dns', port: 53, targetPort: 'dns', protocol: 'UDP' as const },
  ];

  test("leave out what the pod has not, and are in upstream's order", () => {
    expect(slicePortsOf(service({ ports }), named)).toEqual([
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'http', port: 8080, protocol: 'TCP', appProtocol: 'kubernetes.io/h2c' },
      { name: 'metrics', port: 9090, protocol: 'TCP' },
    ]);
    expect(slicePortsOf(service({ ports: ports.slice(0, 1) }), named)).toEqual([
      { name: 'metrics', port: 9090, protocol: 'TCP' },
    ]);
  });

  test('the order does not depend on that of the Service', () => {
    const expected = slicePortsOf(service({ ports }), named);
    expect(slicePortsOf(service({ ports: ports.toReversed() }), named)).toEqual(expected);
    expect(expected).toHaveLength(3);
  });

  test('a port without a name has an empty one', () => {
    expect(slicePortsOf(service({ ports: [{ port: 80 }] }), named)).toEqual([{ name: '', port: 80, protocol: 'TCP' }]);
  });

  test('a headless Service may have none', () => {
    expect(slicePortsOf(service({ ports: [], clusterIP: 'None' }), named)).toEqual([]);
  });
});

test('ports in the order of their digests', () => {
  const ports = [
    { name: 'metrics', port: 9090, protocol: 'TCP' as const }, // db53…
    { name: '', port: 53, protocol: 'UDP' as const, appProtocol: 'kubernetes.io/h2c' }, // 32d2…
    { name: 'http', port: 8080, protocol: 'TCP' as const }, // 0e87…
  ];
  expect(inSliceOrder(ports).map(({ port }) => port)).toEqual([8080, 53, 9090]);
});

test.each([
  ['the same in another order', true, { a: [1, 2], b: [2, 1] }],
  ['another number', false, { a: [1], b: [2] }],
  ['one more', false, { a: [1], b: [1, 2] }],
  ['none and none', true, { a: [], b: [] }],
] as const)('lists of ports: %s', (_, same, { a, b }) => {
  const key = (numbers: readonly number[]) => portsKey(numbers.map((port) => ({ name: `p${port}`, port })));
  expect(key(a) === key(b)).toBe(same);
});

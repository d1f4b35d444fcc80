import { expect, test } from 'vitest';
import type { Node } from '../../src/kube/objects.ts';
import { isEligible, nodeInfo } from '../../src/proxy/node.ts';
import { readRange } from '../../src/service/address.ts';

const NODE: Node = {
  metadata: { name: 'n1', uid: 'u', resourceVersion: '1', labels: { 'topology.kubernetes.io/zone': 'z1' } },
  status: {
    addresses: [
      { type: 'Hostname', address: 'n1' },
      { type: 'InternalIP', address: '10.0.1.1' },
      { type: 'InternalIP', address: 'FD00::1' },
      { type: 'ExternalIP', address: '203.0.113.1' },
    ],
  },
};
const ranges = (...texts: string[]) => texts.flatMap((text) => readRange(text) ?? []);

test.each([
  ['its internal addresses', undefined, ['10.0.1.1'], ['fd00::1']],
  ['those in a range', ranges('203.0.113.0/24'), ['203.0.113.1'], []],
  ["the machine's too", ranges('127.0.0.0/8', '10.0.0.0/8'), ['10.0.1.1', '127.0.0.1'], []],
  ['all', ranges('0.0.0.0/0', '::/0'), ['10.0.1.1', '203.0.113.1', '127.0.0.1'], ['fd00::1', '::1']],
] as const)('NodePorts are at %s', (_, only, IPv4, IPv6) => {
  const info = nodeInfo('n1', NODE, only, ['127.0.0.1', '::1', '10.0.1.1']);
  expect(info.nodePortAddresses).toEqual({ IPv4, IPv6 });
  expect(info.zone).toBe('z1');
  expect(info.addresses).toEqual(['10.0.1.1', 'fd00::1', '203.0.113.1']);
});

test('a node that nobody knows yet has neither zone nor NodePorts', () => {
  expect(nodeInfo('n1', undefined, undefined, ['10.0.0.1'])).toEqual({
    name: 'n1',
    zone: '',
    addresses: [],
    nodePortAddresses: { IPv4: [], IPv6: [] },
  });
});

const tainted = { ...NODE, spec: { taints: [{ key: 'ToBeDeletedByClusterAutoscaler', effect: 'NoSchedule' }] } };
test.each([
  ['as it should be', NODE, true],
  ['cordoned', { ...NODE, spec: { unschedulable: true } }, true],
  ['about to be deleted by the autoscaler', tainted, false],
  ['being deleted', { ...NODE, metadata: { ...NODE.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }, false],
  ['unknown', undefined, false],
])('a node that is %s: load balancers may use it: %s', (_, node, expected) => {
  expect(isEligible(node)).toBe(expected);
});

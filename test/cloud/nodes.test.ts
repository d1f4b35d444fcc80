import { describe, expect, test } from 'vitest';
import {
  type Instance,
  instanceIdOf,
  isTargetNode,
  nodeGroupOf,
  selectTargets,
  zoneOf,
} from '../../src/cloud/nodes.ts';
import type { Node, Taint } from '../../src/kube/objects.ts';

const EXCLUDE = 'node.kubernetes.io/exclude-from-external-load-balancers';
const FARGATE = 'eks.amazonaws.com/compute-type';

interface NodeParts {
  labels?: Record<string, string>;
  taints?: Taint[];
  deleted?: boolean;
  providerID?: string;
}

function node(name: string, { labels, taints, deleted, providerID }: NodeParts = {}): Node {
  return {
    metadata: {
      name,
      uid: name,
      resourceVersion: '1',
      ...(labels && { labels }),
      ...(deleted && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    },
    spec: { ...(taints && { taints }), ...(providerID !== undefined && { providerID }) },
  };
}

const taint = (key: string, effect: string): Taint => ({ key, effect });

describe('which nodes take traffic', () => {
  test.each<[string, NodeParts, boolean]>([
    ['an ordinary node', {}, true],
    ['one being deleted', { deleted: true }, false],
    ['excluded, empty value', { labels: { [EXCLUDE]: '' } }, false],
    ['excluded, true', { labels: { [EXCLUDE]: 'true' } }, false],
    ['excluded, unparsable value', { labels: { [EXCLUDE]: 'nope' } }, false],
    ['excluded, a spelling of false that Go does not take', { labels: { [EXCLUDE]: 'fALSE' } }, false],
    ['not excluded: false', { labels: { [EXCLUDE]: 'false' } }, true],
    ['not excluded: False', { labels: { [EXCLUDE]: 'False' } }, true],
    ['not excluded: FALSE', { labels: { [EXCLUDE]: 'FALSE' } }, true],
    ['not excluded: 0', { labels: { [EXCLUDE]: '0' } }, true],
    ['not excluded: f', { labels: { [EXCLUDE]: 'f' } }, true],
    ['not excluded: F', { labels: { [EXCLUDE]: 'F' } }, true],
    ['a Fargate node', { labels: { [FARGATE]: 'fargate' } }, false],
    ['compute type ec2', { labels: { [FARGATE]: 'ec2' } }, true],
    ['the autoscaler removes it', { taints: [taint('ToBeDeletedByClusterAutoscaler', 'NoSchedule')] }, false],
    ['whatever the effect', { taints: [taint('ToBeDeletedByClusterAutoscaler', 'PreferNoSchedule')] }, false],
    ['Karpenter removes it', { taints: [taint('karpenter.sh/disrupted', 'NoSchedule')] }, false],
    ['Karpenter, another effect', { taints: [taint('karpenter.sh/disrupted', 'NoExecute')] }, true],
    ['another taint', { taints: [taint('dedicated', 'NoSchedule')] }, true],
    ['a control plane', { labels: { 'node-role.kubernetes.io/control-plane': '' } }, true],
  ])('%s', (_name, parts, expected) => {
    expect(isTargetNode(node('n', parts))).toBe(expected);
  });

  test.each([
    [{ pool: 'edge' }, true],
    [{ pool: 'edge', tier: 'a' }, true],
    [{ pool: 'core' }, false],
    [{ pool: 'edge', tier: 'b' }, false],
    [{ absent: '' }, false],
  ])('target node labels %j', (wanted, expected) => {
    expect(isTargetNode(node('n', { labels: { pool: 'edge', tier: 'a' } }), wanted)).toBe(expected);
  });
});

// provider id | instance | zone
test.each([
  ['aws:///us-east-1a/i-0123abcd', 'i-0123abcd', 'us-east-1a'],
  ['aws:////i-0123abcd', 'i-0123abcd', undefined],
  ['i-0123abcd', 'i-0123abcd', undefined],
  ['aws:///us-east-1a/fargate-ip-10-0-0-1', undefined, undefined],
  ['aws:///us-east-1a/i-0123abcd/x', undefined, 'us-east-1a'],
  ['gce://project/zone/i-0123abcd', undefined, undefined],
  ['kind://docker/i-0123abcd', undefined, undefined],
  ['aws:///us-east-1a/I-0123', undefined, undefined],
  ['', undefined, undefined],
])('provider id %j is instance %s in zone %s', (providerID, instance, zone) => {
  expect(instanceIdOf(node('n', { providerID }))).toBe(instance);
  expect(zoneOf(node('n', { providerID }))).toBe(zone);
});

test('the zone label comes before the provider id', () => {
  const labels = { 'topology.kubernetes.io/zone': 'eu-west-1b' };
  expect(zoneOf(node('n', { labels, providerID: 'aws:///us-east-1a/i-1' }))).toBe('eu-west-1b');
});

const instance = (id: string, change: Partial<Instance> = {}): [string, Instance] => [
  id,
  { id, vpcId: 'vpc-1', state: 'running', securityGroupIds: ['sg-1'], ...change },
];

describe('targets', () => {
  const instances = new Map([
    instance('i-1'),
    instance('i-2'),
    instance('i-3', { vpcId: 'vpc-2' }),
    instance('i-4', { state: 'stopping' }),
    instance('i-5', { state: 'pending' }),
  ]);
  const at = (id: string) => ({ providerID: `aws:///us-east-1a/${id}` });

  test('a node that can’t be one is left out with its reason and keeps nobody else out', () => {
    const nodes = [
      node('z', at('i-2')),
      node('none'),
      node('odd', { providerID: 'kind://x' }),
      node('gone', at('i-9')),
      node('far', at('i-3')),
      node('stopping', at('i-4')),
      node('new', at('i-5')),
      node('a', at('i-1')),
    ];
    expect(selectTargets(nodes, instances, 'vpc-1')).toEqual({
      instanceIds: ['i-1', 'i-2'],
      leftOut: [
        { node: 'far', reason: 'instance i-3 is in VPC vpc-2, not in vpc-1' },
        { node: 'gone', reason: 'instance i-9 is not known to EC2' },
        { node: 'new', reason: 'instance i-5 is pending' },
        { node: 'none', reason: 'has no providerID' },
        { node: 'odd', reason: 'providerID "kind://x" names no EC2 instance' },
        { node: 'stopping', reason: 'instance i-4 is stopping' },
      ],
    });
  });

  test('nodes excluded on purpose are not reported', () => {
    const nodes = [node('a', { labels: { [EXCLUDE]: '' } }), node('b', { labels: { pool: 'x' } })];
    expect(selectTargets(nodes, instances, 'vpc-1', { pool: 'y' })).toEqual({ instanceIds: [], leftOut: [] });
  });

  test('two nodes of one instance are one target', () => {
    expect(selectTargets([node('a', at('i-1')), node('b', at('i-1'))], instances, 'vpc-1').instanceIds).toEqual([
      'i-1',
    ]);
  });
});

// groups of the instance | groups with the cluster's tag | the node group
test.each([
  [['sg-1'], [], 'sg-1'],
  [['sg-1'], ['sg-2'], 'sg-1'],
  [['sg-1', 'sg-2'], ['sg-2', 'sg-3'], 'sg-2'],
  [['sg-1', 'sg-2'], [], undefined],
  [['sg-1', 'sg-2'], ['sg-1', 'sg-2'], undefined],
  [[], ['sg-1'], undefined],
])('an instance with groups %j, of which %j are tagged, opens %s', (securityGroupIds, tagged, expected) => {
  const [, one] = instance('i-1', { securityGroupIds });
  expect(nodeGroupOf(one, new Set(tagged))).toBe(expected);
});

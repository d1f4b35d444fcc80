/** What `sluice doctor` says of subnets, nodes and their security groups. */
import { describe, expect, test } from 'vitest';
import { checkNodeGroups, checkNodes } from '../../src/cloud/doctor/check-nodes.ts';
import { checkSubnets } from '../../src/cloud/doctor/check-subnets.ts';
import type { DoctorConfig } from '../../src/cloud/doctor/config.ts';
import type { Spoiled } from './support/doctor.ts';
import { CONFIG, facts, failed, group, instance, instances, node, said, subnet, SUBNETS } from './support/doctor.ts';

const OTHER = { tags: { 'kubernetes.io/cluster/other': 'shared' } };
const OWN = { tags: { 'kubernetes.io/cluster/prod': 'owned' } };
const INTERNAL = SUBNETS.slice(0, 2);
const PUBLIC = SUBNETS.slice(2);

describe('subnets', () => {
  const check = (value: typeof SUBNETS, config: Partial<DoctorConfig> = {}) =>
    checkSubnets(facts({ aws: { subnets: { value } } }).aws, { ...CONFIG, ...config });
  const tagIt = (role: string) =>
    `tag one subnet a zone: aws ec2 create-tags --resources SUBNET --tags Key=kubernetes.io/role/${role},Value=1`;

  test('of both schemes', () => {
    expect(check(SUBNETS)).toMatchObject({
      status: 'ok',
      summary: 'internal: subnet-1, subnet-2 (2 zones); internet-facing: subnet-3, subnet-4 (2 zones)',
    });
  });

  test.each<[string, typeof SUBNETS, Partial<DoctorConfig>, string[]]>([
    [
      'none at all',
      [],
      {},
      ['error', 'error vpc-1: has no subnet → name the VPC of the nodes with --vpc-id, or make subnets'],
    ],
    [
      'none of the default scheme',
      PUBLIC,
      {},
      [
        'error',
        `error internal load balancers: no subnet of the VPC is tagged kubernetes.io/role/internal-elb=1, the default scheme → ${tagIt('internal-elb')}`,
      ],
    ],
    [
      'none of the other scheme',
      INTERNAL,
      {},
      [
        'warning',
        `warning internet-facing load balancers: no subnet of the VPC is tagged kubernetes.io/role/elb=1 → ${tagIt('elb')}`,
      ],
    ],
    [
      'another default scheme',
      INTERNAL,
      { defaultScheme: 'internet-facing' },
      [
        'error',
        `error internet-facing load balancers: no subnet of the VPC is tagged kubernetes.io/role/elb=1, the default scheme → ${tagIt('elb')}`,
      ],
    ],
    [
      'one without free addresses',
      [...PUBLIC, ...INTERNAL, subnet('subnet-5', 'c', 'internal-elb', { availableIps: 7 })],
      {},
      [
        'warning',
        'warning subnet subnet-5 in c: has 7 free addresses, and AWS needs 8 for a load balancer: internal load balancers leave it out → free some, or tag a larger subnet of c kubernetes.io/role/internal-elb=1',
      ],
    ],
    [
      'all of the default scheme without free addresses',
      [...PUBLIC, subnet('subnet-1', 'a', 'internal-elb', { availableIps: 0 })],
      {},
      [
        'error',
        'error subnet subnet-1 in a: has 0 free addresses, and AWS needs 8 for a load balancer: internal load balancers leave it out → free some, or tag a larger subnet of a kubernetes.io/role/internal-elb=1',
      ],
    ],
    ['just enough addresses', SUBNETS.map((one) => ({ ...one, availableIps: 8 })), {}, ['ok']],
    [
      'one of another cluster',
      [...SUBNETS, subnet('subnet-5', 'c', 'elb', OTHER)],
      {},
      [
        'warning',
        'warning subnet subnet-5: tagged for other clusters only, so internet-facing load balancers leave it out → tag it kubernetes.io/cluster/prod=shared too, if it is to be used',
      ],
    ],
    [
      'all of another cluster',
      [...PUBLIC, subnet('subnet-1', 'a', 'internal-elb', OTHER), subnet('subnet-2', 'b', 'internal-elb', OTHER)],
      {},
      [
        'error',
        'error subnets subnet-1, subnet-2: tagged for other clusters only, so internal load balancers leave them out → tag them kubernetes.io/cluster/prod=shared too, if it is to be used',
      ],
    ],
    [
      'several in one zone',
      [...SUBNETS, subnet('subnet-0', 'b', 'internal-elb')],
      {},
      [
        'warning',
        'warning zone b: 2 subnets are tagged kubernetes.io/role/internal-elb=1 (subnet-2, subnet-0); internal load balancers take subnet-0, the first by id → take the tag off the others, or tag the one that is meant kubernetes.io/cluster/prod',
      ],
    ],
    [
      'several in one zone, one of them the cluster’s',
      [...SUBNETS, subnet('subnet-0', 'b', 'internal-elb', OWN)],
      {},
      ['ok'],
    ],
    [
      'one zone of two',
      [...PUBLIC, ...INTERNAL.slice(0, 1)],
      {},
      [
        'warning',
        'warning internal load balancers: all stand in one zone (a) and fail with it → tag a subnet of another zone kubernetes.io/role/internal-elb=1 too',
      ],
    ],
    ['one zone of one', [INTERNAL[0], PUBLIC[0]].flatMap((one) => one ?? []), {}, ['ok']],
  ])('%s', (_what, subnets, config, expected) => {
    expect(said(check(subnets, config))).toEqual(expected);
  });

  test('not to be read', () => {
    expect(checkSubnets(facts({ aws: { subnets: failed('forbidden') } }).aws, CONFIG).status).toBe('unknown');
  });
});

describe('nodes', () => {
  const good = node('n1', 'aws:///a/i-1');
  const check = ({ kube, aws }: Spoiled) => {
    const all = facts({ ...(kube && { kube }), ...(aws && { aws }) });
    return checkNodes(all.kube, all.aws);
  };
  const CLOUD =
    'run the nodes with a cloud provider: kubelet --cloud-provider=external and cloud-provider-aws, or kubelet --provider-id=aws:///ZONE/INSTANCE';
  const EXCLUDED = { 'node.kubernetes.io/exclude-from-external-load-balancers': 'true' };

  test('that can all be targets', () => {
    expect(check({})).toMatchObject({ status: 'ok', summary: '2 of 2 nodes can be targets' });
  });

  test.each<[string, Spoiled, string[]]>([
    [
      'none at all',
      { kube: { nodes: { value: [] } } },
      ['error', 'error cluster: has no nodes, so nothing can be a target → add nodes'],
    ],
    [
      'none that is meant to be a target',
      { kube: { nodes: { value: [node('cp', 'aws:///a/i-1', EXCLUDED)] } } },
      [
        'error',
        'error cluster: all nodes are excluded from load balancers, or about to be removed → take the label node.kubernetes.io/exclude-from-external-load-balancers off some, or add nodes other than Fargate',
      ],
    ],
    [
      'excluded ones are nothing wrong',
      { kube: { nodes: { value: [good, node('cp', undefined, EXCLUDED)] } } },
      ['ok'],
    ],
    [
      'some without a providerID',
      { kube: { nodes: { value: [node('b'), good, node('a')] } } },
      ['warning', `warning nodes a, b: left out: no providerID → ${CLOUD}`],
    ],
    [
      'all without a providerID',
      { kube: { nodes: { value: [node('a')] } } },
      ['error', `error node a: left out: no providerID → ${CLOUD}`],
    ],
    [
      'one of another cloud',
      { kube: { nodes: { value: [good, node('edge', 'kind://docker/kind/edge')] } } },
      [
        'warning',
        'warning node edge: left out: the providerID is not that of an EC2 instance (aws:///ZONE/i-…) → only EC2 instances can be targets: label the others node.kubernetes.io/exclude-from-external-load-balancers',
      ],
    ],
    [
      'one that EC2 does not know',
      { kube: { nodes: { value: [good, node('x', 'aws:///a/i-9')] } } },
      [
        'warning',
        'warning node x: left out: EC2 does not know the instance → see that --region and the account of the credentials are those of the nodes, or delete the Node of an instance that is gone',
      ],
    ],
    [
      'one in another VPC',
      { aws: { instances: instances(instance('i-1'), instance('i-2', { vpcId: 'vpc-2' })) } },
      [
        'warning',
        'warning node n2: left out: the instance is in vpc-2, not in vpc-1 → load balancers reach instances of their own VPC: set --vpc-id to it, or leave these nodes out by label',
      ],
    ],
    [
      'one that is stopped',
      { aws: { instances: instances(instance('i-1'), instance('i-2', { state: 'stopped' })) } },
      ['warning', 'warning node n2: left out: the instance is stopped → start the instance, or delete its Node'],
    ],
    [
      'without EC2, what the nodes themselves say',
      { kube: { nodes: { value: [good, node('a')] } }, aws: { instances: failed('forbidden') } },
      ['warning', `warning node a: left out: no providerID → ${CLOUD}`],
    ],
    ['without EC2, else nothing', { aws: { instances: failed('forbidden') } }, ['unknown']],
    ['not to be listed', { kube: { nodes: failed('forbidden') } }, ['unknown']],
  ])('%s', (_what, spoiled, expected) => {
    expect(said(check(spoiled))).toEqual(expected);
  });

  test('of very many only some are named', () => {
    const nodes = {
      value: [good, ...Array.from({ length: 300 }, (_, index) => node(`x${String(index).padStart(3, '0')}`))],
    };
    const [, finding] = said(check({ kube: { nodes } }));
    expect(finding).toMatch(/^warning nodes x000, x001, x002, x003, x004 and 295 more: left out: no providerID/);
  });
});

describe('security groups of nodes', () => {
  const check = (aws: Spoiled['aws'] = {}, config: Partial<DoctorConfig> = {}) => {
    const all = facts({ aws });
    return checkNodeGroups(all.kube, all.aws, { ...CONFIG, ...config });
  };
  const with2 = (...securityGroupIds: string[]) => instances(instance('i-1'), instance('i-2', { securityGroupIds }));
  const rules = (own: number, others: number) => ({
    value: [
      group('sg-1', {
        groupRules: Array.from({ length: own }, (_, index) => ({
          protocol: 'tcp',
          fromPort: 30000 + index,
          toPort: 30000 + index,
          sourceGroupId: 'sg-b',
          description: 'sluice.dev/node-ports=prod',
        })),
        cidrRules: Array.from({ length: others - 1 }, () => ({
          protocol: 'tcp' as const,
          fromPort: 1,
          toPort: 1,
          cidr: '0.0.0.0/0',
        })),
        otherRules: 1,
      }),
    ],
  });
  const ROOM =
    "merge or remove some of the other rules, or raise the quota 'Inbound or outbound rules per security group'";

  test('that are clear', () => {
    expect(check()).toMatchObject({ status: 'ok', summary: 'NodePorts are opened in sg-1' });
    const tagged = {
      instances: with2('sg-2', 'sg-3'),
      nodeGroups: { value: [group('sg-1'), group('sg-2', OWN), group('sg-3')] },
    };
    expect(check(tagged)).toMatchObject({ status: 'ok', summary: 'NodePorts are opened in sg-1, sg-2' });
  });

  test.each<[string, Spoiled['aws'], Partial<DoctorConfig>, string[]]>([
    [
      'none',
      { instances: with2() },
      {},
      [
        'error',
        'error instance i-2: no security group on the primary network interface, so NodePorts stay closed → attach one with the tag kubernetes.io/cluster/prod',
      ],
    ],
    [
      'several and none tagged',
      { instances: with2('sg-3', 'sg-2'), nodeGroups: { value: [group('sg-2', OTHER), group('sg-3')] } },
      {},
      [
        'error',
        'error instance i-2: 2 security groups (sg-2, sg-3) and none is tagged kubernetes.io/cluster/prod, so NodePorts stay closed → tag exactly one of them: aws ec2 create-tags --resources sg-2 --tags Key=kubernetes.io/cluster/prod,Value=owned',
      ],
    ],
    [
      'several tagged',
      { instances: with2('sg-3', 'sg-2'), nodeGroups: { value: [group('sg-2', OWN), group('sg-3', OWN)] } },
      {},
      [
        'error',
        'error instance i-2: 2 of the security groups sg-2, sg-3 are tagged kubernetes.io/cluster/prod, so NodePorts stay closed → leave the tag kubernetes.io/cluster/prod on exactly one of them',
      ],
    ],
    [
      'the same of several instances, said once',
      {
        instances: instances(
          instance('i-1', { securityGroupIds: ['sg-2', 'sg-3'] }),
          instance('i-2', { securityGroupIds: ['sg-3', 'sg-2'] }),
        ),
      },
      {},
      ['error', expect.stringMatching(/^error instances i-1, i-2: 2 security groups/) as string],
    ],
    ['room enough', { nodeGroups: rules(35, 20) }, {}, ['ok']],
    [
      'little room',
      { nodeGroups: rules(36, 20) },
      {},
      ['warning', `warning security group sg-1: 56 of 60 rules are used up → ${ROOM}`],
    ],
    [
      'no place for a single rule',
      { nodeGroups: rules(0, 59) },
      {},
      [
        'error',
        `error security group sg-1: 59 of 60 rules are others', which leaves no place to open NodePorts → ${ROOM}`,
      ],
    ],
    [
      'the budget is used up',
      { nodeGroups: rules(10, 1) },
      { nodeSgRuleBudget: 10 },
      [
        'warning',
        "warning security group sg-1: 10 rules of Sluice's, the budget: NodePorts share ranges, which open ports in between too → raise --node-sg-rule-budget, or have fewer LoadBalancer ports",
      ],
    ],
    ['a raised quota, which is not known here', { nodeGroups: rules(90, 20) }, { nodeSgRuleBudget: 100 }, ['ok']],
    ['not to be read', { nodeGroups: failed('forbidden') }, {}, ['unknown']],
    ['instances that are not known', { instances: failed('forbidden') }, {}, ['unknown']],
  ])('%s', (_what, aws, config, expected) => {
    expect(said(check(aws, config))).toEqual(expected);
  });
});

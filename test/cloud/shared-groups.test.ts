/** The backend group and the node rules that all load balancers share. */
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  type IpPermission,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroup,
} from '@aws-sdk/client-ec2';
import { beforeEach, describe, expect, test } from 'vitest';
import { Inventory } from '../../src/cloud/aws/inventory.ts';
import { Network } from '../../src/cloud/aws/network.ts';
import { SharedGroups } from '../../src/cloud/aws/shared-groups.ts';
import { nodeRuleLabel } from '../../src/cloud/node-rules.ts';
import { settle } from '../kube/fake-clock.ts';
import { awsError, gate, mockAws, ownedTags, tagList, VPC } from './support/aws.ts';
import { targetGroup } from './support/model.ts';
import { silent } from './support/service.ts';

const LABEL = nodeRuleLabel('prod');
const LBC = 'elbv2.k8s.aws/targetGroupBinding=shared';
const BACKEND_TAGS = { 'elbv2.k8s.aws/cluster': 'prod', 'elbv2.k8s.aws/resource': 'backend-sg' };

const permission = (port: number, label = LABEL): IpPermission => ({
  IpProtocol: 'tcp',
  FromPort: port,
  ToPort: port,
  UserIdGroupPairs: [{ GroupId: 'sg-b', Description: label }],
});

/** Two nodes that share the group `sg-node`, and what it holds. */
function setup(...permissions: IpPermission[]) {
  const mock = mockAws();
  const inventory = new Inventory(mock.aws, 'prod', VPC);
  const network = new Network(mock.aws, VPC, 'prod');
  const nodeGroup: SecurityGroup = { GroupId: 'sg-node', GroupName: 'node', IpPermissions: permissions };
  const instances = ['i-1', 'i-2'].map((InstanceId) => ({
    InstanceId,
    VpcId: VPC,
    State: { Name: 'running' as const },
    SecurityGroups: [{ GroupId: 'sg-node' }],
  }));
  mock.ec2.on(DescribeInstancesCommand).resolves({ Reservations: [{ Instances: instances }] });
  mock.ec2.on(DescribeSecurityGroupsCommand).resolves({ SecurityGroups: [nodeGroup] });
  mock.ec2.on(CreateSecurityGroupCommand).resolves({ GroupId: 'sg-b' });
  for (const command of [
    AuthorizeSecurityGroupIngressCommand,
    RevokeSecurityGroupIngressCommand,
    DeleteSecurityGroupCommand,
  ]) {
    mock.ec2.on(command).resolves({});
  }
  const shared = new SharedGroups({
    aws: mock.aws,
    inventory,
    network,
    clusterName: 'prod',
    budget: 40,
    instanceIds: () => ['i-1', 'i-2'],
    logger: silent,
    signal: new AbortController().signal,
  });
  const backend = () =>
    inventory.securityGroups.put({
      id: 'sg-b',
      name: 'b',
      tags: BACKEND_TAGS,
      cidrRules: [],
      groupRules: [],
      otherRules: 0,
    });
  const group = (port: number, change = {}) =>
    inventory.targetGroups.put(targetGroup(`80:${port}`, { arn: `tg-${port}`, tags: ownedTags(), ...change }));
  /** `open PORT` and `close PORT` for each permission sent, and other names of calls, after the readings. */
  const writes = () =>
    mock.calls().flatMap(([name, input]) => {
      if (name.startsWith('Describe')) return [];
      const ports = ((input as { IpPermissions?: IpPermission[] }).IpPermissions ?? []).map(
        (p) => `${p.IpProtocol} ${p.FromPort}${p.FromPort === p.ToPort ? '' : `-${p.ToPort}`}`,
      );
      const word = { AuthorizeSecurityGroupIngress: 'open', RevokeSecurityGroupIngress: 'close' }[name];
      return word ? [`${word} ${ports.join(', ')}`] : [name];
    });
  return { ...mock, inventory, network, shared, backend, group, writes };
}
let s: ReturnType<typeof setup>;
beforeEach(async () => {
  s = setup();
  await s.network.ensureInstances(['i-1', 'i-2']);
});

describe('the backend group', () => {
  test('is made once, however many ask, with its tags in the same call', async () => {
    expect(await Promise.all([s.shared.backendGroup(), s.shared.backendGroup()])).toEqual(['sg-b', 'sg-b']);
    expect(s.writes()).toEqual(['CreateSecurityGroup']);
    expect(s.ec2.commandCalls(CreateSecurityGroupCommand)[0]?.args[0].input).toMatchObject({
      GroupName: 'k8s-traffic-prod-6754af9632',
      TagSpecifications: [{ ResourceType: 'security-group', Tags: tagList(BACKEND_TAGS) }],
    });
  });

  test.each([
    ['of ours is taken on', BACKEND_TAGS, undefined],
    ['of somebody else is refused', { ...BACKEND_TAGS, 'elbv2.k8s.aws/cluster': 'test' }, /exists \(sg-found\)/],
  ])('one of the same name %s', async (_name, tags, refusal) => {
    s.ec2.on(CreateSecurityGroupCommand).rejects(awsError('InvalidGroup.Duplicate'));
    s.ec2
      .on(DescribeSecurityGroupsCommand)
      .resolves({ SecurityGroups: [{ GroupId: 'sg-found', Tags: tagList(tags) }] });
    s.elb.onAnyCommand().resolves({});
    if (refusal) await expect(s.shared.backendGroup()).rejects.toThrow(refusal);
    else expect(await s.shared.backendGroup()).toBe('sg-found');
  });
});

describe('node ports', () => {
  test('those of target groups are opened in the node group, with our label, and nothing is sent again', async () => {
    s.backend();
    s.group(30080);
    s.group(30081, { healthCheck: { ...targetGroup('80:1').healthCheck, port: '32000' } });
    await s.shared.openNodePorts();
    expect(s.writes()).toEqual(['open tcp 30080, tcp 30081, tcp 32000']);
    expect(s.ec2.commandCalls(AuthorizeSecurityGroupIngressCommand)[0]?.args[0].input).toMatchObject({
      GroupId: 'sg-node',
      IpPermissions: [{ UserIdGroupPairs: [{ GroupId: 'sg-b', Description: LABEL }] }, {}, {}],
    });
    const before = s.names().length;
    await s.shared.openNodePorts();
    expect(s.names()).toHaveLength(before);
  });

  test.each([
    ['of pods', { targetType: 'ip' }],
    ['of LBC’s Ingresses', { tags: { 'elbv2.k8s.aws/cluster': 'prod', 'ingress.k8s.aws/stack': 'shop/web' } }],
  ])('target groups %s open nothing', async (_name, change) => {
    s.backend();
    s.group(30080, change);
    await s.shared.openNodePorts();
    expect(s.writes()).toEqual([]);
  });

  test('opened before closed', async () => {
    s.backend();
    s.group(30080);
    await s.shared.openNodePorts();
    s.inventory.targetGroups.remove('tg-30080');
    s.group(30081);
    await s.shared.openNodePorts();
    expect(s.writes()).toEqual(['open tcp 30080', 'open tcp 30081', 'close tcp 30080']);
  });

  test('callers that come while a change is under way share the next one', async () => {
    s.backend();
    s.group(30080);
    const { promise, resolve } = gate();
    s.ec2
      .on(AuthorizeSecurityGroupIngressCommand)
      .callsFakeOnce(async () => (await promise, {}))
      .resolves({});
    const first = s.shared.openNodePorts();
    await settle();
    s.group(30081);
    const second = s.shared.openNodePorts();
    s.group(30082);
    const third = s.shared.openNodePorts();
    expect(third).toBe(second);
    resolve();
    await Promise.all([first, second, third]);
    expect(s.writes()).toEqual(['open tcp 30080', 'open tcp 30081, tcp 30082']);
  });

  test('a failure reaches its callers, and the next change reads the groups anew', async () => {
    s.backend();
    s.group(30080);
    s.ec2.on(AuthorizeSecurityGroupIngressCommand).rejectsOnce(awsError('UnauthorizedOperation', 403)).resolves({});
    await expect(s.shared.openNodePorts()).rejects.toMatchObject({ Code: 'UnauthorizedOperation' });
    const reads = () => s.names().filter((name) => name === 'DescribeSecurityGroups').length;
    const before = reads();
    await s.shared.openNodePorts();
    expect(reads()).toBeGreaterThan(before);
    expect(s.writes().at(-1)).toBe('open tcp 30080');
  });

  test('a group without room is an error that says so', async () => {
    const full = Array.from({ length: 60 }, (_, i) => permission(i + 1, 'theirs'));
    s.ec2.on(DescribeSecurityGroupsCommand).resolves({ SecurityGroups: [{ GroupId: 'sg-node', IpPermissions: full }] });
    s.backend();
    s.group(30080);
    await expect(s.shared.openNodePorts()).rejects.toThrow('sg-node has no room');
    expect(s.writes()).toEqual([]);
  });

  test('an instance whose groups don’t say which is told of', async () => {
    const two = { InstanceId: 'i-1', VpcId: VPC, SecurityGroups: [{ GroupId: 'sg-x' }, { GroupId: 'sg-y' }] };
    s.ec2.on(DescribeInstancesCommand).resolves({ Reservations: [{ Instances: [two] }] });
    s.ec2.on(DescribeSecurityGroupsCommand).resolves({ SecurityGroups: [{ GroupId: 'sg-x' }, { GroupId: 'sg-y' }] });
    await s.network.refreshInstances(['i-1']);
    s.backend();
    s.group(30080);
    await s.shared.openNodePorts();
    expect(s.shared.unclear).toEqual(['i-1']);
    expect(s.writes()).toEqual([]);
  });
});

describe('release', () => {
  test('takes our rules, then the group', async () => {
    s = setup(permission(30080));
    await s.network.ensureInstances(['i-1']);
    s.backend();
    await s.shared.release(() => false);
    expect(s.writes()).toEqual(['close tcp 30080', 'DeleteSecurityGroup']);
    expect(s.inventory.backendGroup()).toBeUndefined();
  });

  test.each([
    ['at once', [true]],
    ['after the rules were looked at', [false, true]],
  ])('does not take the group that somebody needs: told %s', async (_name, answers) => {
    s.backend();
    await s.shared.release(() => answers.shift() ?? true);
    expect(s.writes()).toEqual([]);
  });

  test('leaves the group to LBC, whose rules refer to it', async () => {
    s = setup(permission(30080), permission(30081, LBC));
    await s.network.ensureInstances(['i-1']);
    s.backend();
    await s.shared.release(() => false);
    expect(s.writes()).toEqual(['close tcp 30080']);
  });

  test('waits a while for AWS to forget the last load balancer', async () => {
    s.backend();
    s.ec2.on(DeleteSecurityGroupCommand).rejectsOnce(awsError('DependencyViolation')).resolves({});
    await s.shared.release(() => false);
    expect(s.writes()).toEqual(['DeleteSecurityGroup', 'DeleteSecurityGroup']);
  });
});

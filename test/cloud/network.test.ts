/** Subnets and instances of the VPC: asked for in bulk, and only when not known. */
import { DescribeInstancesCommand, DescribeSecurityGroupsCommand, DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Network } from '../../src/cloud/aws/network.ts';
import { awsError, mockAws, tagList, VPC } from './support/aws.ts';

let now = 0;
let s: ReturnType<typeof setup>;
function setup() {
  const mock = mockAws();
  const known = new Set(['i-1', 'i-2']);
  mock.ec2.on(DescribeInstancesCommand).callsFake(({ Filters }: { Filters: { Values: string[] }[] }) => ({
    Reservations: (Filters[0]?.Values ?? [])
      .filter((id) => known.has(id))
      .map((InstanceId) => ({
        Instances: [
          {
            InstanceId,
            VpcId: VPC,
            State: { Name: 'running' },
            SecurityGroups: [{ GroupId: 'sg-all' }],
            NetworkInterfaces: [
              { Attachment: { DeviceIndex: 1 }, Groups: [{ GroupId: 'sg-second' }] },
              { Attachment: { DeviceIndex: 0 }, Groups: [{ GroupId: `sg-${InstanceId}` }] },
            ],
          },
        ],
      })),
  }));
  mock.ec2.on(DescribeSubnetsCommand).resolves({
    Subnets: [
      {
        SubnetId: 'subnet-a',
        VpcId: VPC,
        AvailabilityZone: 'a',
        AvailableIpAddressCount: 9,
        Tags: tagList({ x: '1' }),
      },
    ],
  });
  const asked = () =>
    mock.ec2.commandCalls(DescribeInstancesCommand).map((call) => call.args[0].input.Filters?.[0]?.Values ?? []);
  return { ...mock, known, asked, network: new Network(mock.aws, VPC, 'prod') };
}
beforeEach(() => {
  now = 1_000_000;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  s = setup();
});
afterEach(() => vi.restoreAllMocks());

describe('instances', () => {
  test('are asked for once; the groups are those of the primary interface', async () => {
    await s.network.ensureInstances(['i-1']);
    await s.network.ensureInstances(['i-1', 'i-2']);
    await s.network.ensureInstances(['i-2', 'i-1']);
    expect(s.asked()).toEqual([['i-1'], ['i-2']]);
    expect(s.network.instances.get('i-1')).toEqual({
      id: 'i-1',
      vpcId: VPC,
      state: 'running',
      securityGroupIds: ['sg-i-1'],
    });
  });

  test('those who ask at once do not ask twice', async () => {
    await Promise.all([s.network.ensureInstances(['i-1']), s.network.ensureInstances(['i-1'])]);
    expect(s.asked()).toEqual([['i-1']]);
  });

  test('one that EC2 does not know keeps nobody else out, and is asked for again after half a minute', async () => {
    await s.network.ensureInstances(['i-1', 'i-9']);
    expect([...s.network.instances.keys()]).toEqual(['i-1']);
    now += 29_999;
    await s.network.ensureInstances(['i-9']);
    expect(s.asked()).toHaveLength(1);
    now += 1;
    s.known.add('i-9');
    await s.network.ensureInstances(['i-9']);
    expect(s.network.instances.has('i-9')).toBe(true);
  });

  test('200 to a call', async () => {
    await s.network.ensureInstances(Array.from({ length: 401 }, (_, i) => `i-${i}`));
    expect(s.asked().map(({ length }) => length)).toEqual([200, 200, 1]);
  });

  test('a failure is not remembered', async () => {
    s.ec2.on(DescribeInstancesCommand).rejectsOnce(awsError('RequestLimitExceeded')).resolves({ Reservations: [] });
    await expect(s.network.ensureInstances(['i-1'])).rejects.toMatchObject({ Code: 'RequestLimitExceeded' });
    await s.network.ensureInstances(['i-1']);
    expect(s.asked()).toHaveLength(2);
  });

  test('read anew, those not named and those that are gone are forgotten', async () => {
    await s.network.ensureInstances(['i-1', 'i-2']);
    s.known.delete('i-2');
    await s.network.refreshInstances(['i-2']);
    expect([...s.network.instances.keys()]).toEqual([]);
  });
});

describe('subnets', () => {
  const reads = () => s.ec2.commandCalls(DescribeSubnetsCommand).length;

  test('are read once in five minutes, or when they were forgotten', async () => {
    const [first] = await Promise.all([s.network.subnets(), s.network.subnets()]);
    expect(first).toEqual([{ id: 'subnet-a', vpcId: VPC, zone: 'a', availableIps: 9, tags: { x: '1' } }]);
    now += 299_999;
    await s.network.subnets();
    expect(reads()).toBe(1);
    now += 1;
    await s.network.subnets();
    expect(reads()).toBe(2);
    s.network.forgetSubnets();
    await s.network.subnets();
    expect(reads()).toBe(3);
  });

  test('a failure is not remembered', async () => {
    s.ec2.on(DescribeSubnetsCommand).rejectsOnce(awsError('RequestLimitExceeded')).resolves({ Subnets: [] });
    await expect(s.network.subnets()).rejects.toMatchObject({ Code: 'RequestLimitExceeded' });
    expect(await s.network.subnets()).toEqual([]);
  });
});

test('node groups: those of the instances, and those with rules from the backend group wherever they are', async () => {
  await s.network.ensureInstances(['i-1']);
  s.ec2.on(DescribeSecurityGroupsCommand).callsFake(({ Filters }: { Filters: { Name: string }[] }) => ({
    SecurityGroups: [{ GroupId: Filters[0]?.Name === 'group-id' ? 'sg-i-1' : 'sg-former' }],
  }));
  const groups = await s.network.readNodeGroups(['i-1', 'i-unknown'], 'sg-backend');
  expect(groups.map(({ id }) => id)).toEqual(['sg-i-1', 'sg-former']);
  expect(s.ec2.commandCalls(DescribeSecurityGroupsCommand).map((call) => call.args[0].input.Filters?.[0])).toEqual([
    { Name: 'group-id', Values: ['sg-i-1'] },
    { Name: 'ip-permission.group-id', Values: ['sg-backend'] },
  ]);
  expect(s.network.nodeGroups(['i-1', 'i-unknown'], groups)).toEqual({ groupIds: new Set(['sg-i-1']), unclear: [] });
});

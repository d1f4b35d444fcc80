/** What `sluice doctor` finds of subnets, nodes and security groups. */
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  DeleteTagsCommand,
  ModifyInstanceAttributeCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { said, send, during, type World } from './doctor-world.ts';
import { CLUSTER } from './stage.ts';

export function networkTests(world: World): void {
  describe('the network', () => {
    const ROLE = { Key: 'kubernetes.io/role/internal-elb', Value: '1' };

    test('subnets: none of the default scheme, several in a zone, too few addresses, another cluster’s', async () => {
      const { internal, public: open } = world.stage.network.subnetIds;
      const role = { Resources: internal, Tags: [ROLE] };
      await during(
        () => world.stage.ec2.send(new DeleteTagsCommand(role)),
        () => world.stage.ec2.send(new CreateTagsCommand(role)),
        async () => {
          const report = await world.examine();
          expect(said(report, 'subnets')).toEqual([
            'error',
            expect.stringContaining(`no subnet of the VPC is tagged ${ROLE.Key}=1`),
          ]);
          const other = await world.examine({ defaultScheme: 'internet-facing' });
          expect(said(other, 'subnets')[0]).toBe('warning');
        },
      );
      const both = { Resources: open, Tags: [ROLE] };
      const make = async (CidrBlock: string, tags: object[]) => {
        const input = { VpcId: world.stage.network.vpcId, CidrBlock, AvailabilityZone: 'us-east-1c' };
        const SubnetId = (await world.stage.ec2.send(new CreateSubnetCommand(input))).Subnet?.SubnetId ?? '';
        await world.stage.ec2.send(new CreateTagsCommand({ Resources: [SubnetId], Tags: [ROLE, ...tags] }));
        return SubnetId;
      };
      const small = await make('10.0.200.0/28', []);
      for (let index = 0; index < 5; index++)
        await world.stage.ec2.send(new CreateNetworkInterfaceCommand({ SubnetId: small }));
      const foreign = await make('10.0.201.0/24', [{ Key: 'kubernetes.io/cluster/other', Value: 'owned' }]);
      await during(
        () => world.stage.ec2.send(new CreateTagsCommand(both)),
        () => world.stage.ec2.send(new DeleteTagsCommand({ Resources: [...open, small, foreign], Tags: [ROLE] })),
        async () => {
          expect(said(await world.examine(), 'subnets')).toEqual([
            'warning',
            expect.stringMatching(`subnet ${small} in us-east-1c: has \\d free addresses`),
            expect.stringContaining(`subnet ${foreign}: tagged for other clusters only`),
            expect.stringMatching(/zone us-east-1a: 2 subnets are tagged/),
            expect.stringMatching(/zone us-east-1b: 2 subnets are tagged/),
          ]);
        },
      );
    });

    test('nodes that can’t be targets, each with its reason', async () => {
      const vpc = (await world.stage.ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }))).Vpc?.VpcId ?? '';
      const SubnetId =
        (await world.stage.ec2.send(new CreateSubnetCommand({ VpcId: vpc, CidrBlock: '10.9.0.0/24' }))).Subnet
          ?.SubnetId ?? '';
      const run = new RunInstancesCommand({ ImageId: 'ami-12c6146b', MinCount: 1, MaxCount: 1, SubnetId });
      const abroad = (await world.stage.ec2.send(run)).Instances?.[0]?.InstanceId ?? '';
      const nodes: Record<string, string | undefined> = {
        bare: undefined,
        edge: 'kind://docker/kind/edge',
        gone: 'aws:///us-east-1a/i-0123456789abcdef0',
        abroad: `aws:///us-east-1a/${abroad}`,
      };
      const stopped = { InstanceIds: [world.stage.network.instances[1]?.id ?? ''] };
      await during(
        async () => {
          await world.stage.ec2.send(new StopInstancesCommand(stopped));
          for (const [name, providerID] of Object.entries(nodes)) {
            await send(world.stage, 'POST', '/api/v1/nodes', {
              metadata: { name },
              spec: { ...(providerID && { providerID }) },
            });
          }
        },
        async () => {
          await world.stage.ec2.send(new StartInstancesCommand(stopped));
          for (const name of Object.keys(nodes)) await send(world.stage, 'DELETE', `/api/v1/nodes/${name}`);
        },
        async () => {
          const [status, ...findings] = said(await world.examine({ vpcId: world.stage.network.vpcId }), 'nodes');
          expect([status, ...findings.sort()]).toEqual([
            'warning',
            `warning node abroad: left out: the instance is in ${vpc}, not in ${world.stage.network.vpcId}`,
            'warning node bare: left out: no providerID',
            'warning node edge: left out: the providerID is not that of an EC2 instance (aws:///ZONE/i-…)',
            'warning node gone: left out: EC2 does not know the instance',
            `warning node ${world.stage.nodeNames[1]}: left out: the instance is stopped`,
          ]);
          // Whose VPC it is can't be told any more.
          expect(said(await world.examine(), 'vpc')).toEqual([
            'error',
            expect.stringMatching(/the nodes are in several VPCs/),
          ]);
        },
      );
    });

    test('security groups: several tagged, none tagged, no room', async () => {
      const { nodeSecurityGroupId: own, vpcId: VpcId, instances } = world.stage.network;
      const create = new CreateSecurityGroupCommand({ VpcId, GroupName: 'second', Description: 'second' });
      const second = (await world.stage.ec2.send(create)).GroupId ?? '';
      const setGroups = (...Groups: string[]) =>
        world.stage.ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: instances[0]?.id, Groups }));
      const tags = (...Resources: string[]) => ({
        Resources,
        Tags: [{ Key: `kubernetes.io/cluster/${CLUSTER}`, Value: 'owned' }],
      });
      const groups = async () => said(await world.examine(), 'node-security-groups');
      const about = `error instance ${instances[0]?.id}:`;
      await during(
        () => setGroups(own, second),
        async () => {
          await setGroups(own);
          await world.stage.ec2.send(new CreateTagsCommand(tags(own)));
        },
        async () => {
          expect(await groups()).toEqual(['ok']);
          await world.stage.ec2.send(new CreateTagsCommand(tags(second)));
          expect(await groups()).toEqual([
            'error',
            expect.stringMatching(`^${about} 2 of the security groups .* are tagged`),
          ]);
          await world.stage.ec2.send(new DeleteTagsCommand(tags(own, second)));
          expect(await groups()).toEqual([
            'error',
            expect.stringMatching(`^${about} 2 security groups .* and none is tagged`),
          ]);
        },
      );
      const fill = (from: number, count: number) =>
        world.stage.ec2.send(
          new AuthorizeSecurityGroupIngressCommand({
            GroupId: own,
            IpPermissions: Array.from({ length: count }, (_, index) => ({
              IpProtocol: 'tcp',
              FromPort: from + index,
              ToPort: from + index,
              IpRanges: [{ CidrIp: '192.0.2.0/24' }],
            })),
          }),
        );
      await fill(1000, 56);
      expect(await groups()).toEqual(['warning', expect.stringContaining(`${own}: 56 of 60 rules are used up`)]);
      await fill(2000, 3);
      expect(await groups()).toEqual(['error', expect.stringContaining(`${own}: 59 of 60 rules are others'`)]);
    });
  });
}

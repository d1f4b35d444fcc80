/** Creates and deletes security groups. */
import * as ec2 from '@aws-sdk/client-ec2';
import type { Tags } from '../model.ts';
import { quickly, tagList } from './apply-common.ts';
import type { Aws } from './client.ts';
import { decodeTags } from './decode.ts';
import { isDuplicate, isInUse, isNotFound } from './errors.ts';
import type { Inventory } from './inventory.ts';

interface SecurityGroupContext {
  aws: Aws;
  inventory: Inventory;
  signal: AbortSignal;
}

/** Creates a security group with its tags in the same call. `onTaken` decides what a group of the same name means. */
export async function createSecurityGroup(
  context: SecurityGroupContext & { vpcId: string },
  name: string,
  description: string,
  tags: Tags,
  onTaken: (found: { id: string; tags: Tags }) => Promise<string>,
): Promise<string> {
  const { aws, inventory, vpcId, signal } = context;
  const input: ec2.CreateSecurityGroupCommandInput = {
    GroupName: name,
    Description: description,
    VpcId: vpcId,
    TagSpecifications: [{ ResourceType: 'security-group', Tags: tagList(tags) }],
  };
  try {
    const answer = await aws.ec2.send(new ec2.CreateSecurityGroupCommand(input), { abortSignal: signal });
    const id = answer.GroupId ?? '';
    inventory.securityGroups.put({ id, name, tags, cidrRules: [], groupRules: [], otherRules: 0 });
    return id;
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    const filters = [
      { Name: 'vpc-id', Values: [vpcId] },
      { Name: 'group-name', Values: [name] },
    ];
    const command = new ec2.DescribeSecurityGroupsCommand({ Filters: filters });
    const [found] = (await aws.ec2.send(command, { abortSignal: signal })).SecurityGroups ?? [];
    if (!found) throw error;
    return onTaken({ id: found.GroupId ?? '', tags: decodeTags(found.Tags) });
  }
}

/** Deletes a security group, waiting out the moments in which AWS still counts a deleted load balancer as its user. */
export async function deleteSecurityGroup(context: SecurityGroupContext, id: string): Promise<void> {
  const { aws, inventory, signal } = context;
  await quickly(isInUse, signal, async () => {
    try {
      await aws.ec2.send(new ec2.DeleteSecurityGroupCommand({ GroupId: id }), { abortSignal: signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  });
  inventory.securityGroups.remove(id);
}

/** Steps on security groups. */
import * as ec2 from '@aws-sdk/client-ec2';
import type { CidrRule, Ref, Step, Tags } from '../model.ts';
import { PlanOutdatedError, quickly, type Run, StrangerError, tagList } from './apply-common.ts';
import type { Aws } from './client.ts';
import { decodeTags } from './decode.ts';
import { isDuplicate, isInUse, isNotFound } from './errors.ts';
import type { Inventory } from './inventory.ts';
import { authorizeIngress, ipPermissionOf, revokeIngress } from './security-group-rules.ts';

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

export async function createFrontGroup(run: Run, step: Extract<Step, { do: 'create-security-group' }>): Promise<void> {
  const { inventory, vpcId } = run.context;
  const id = await createSecurityGroup(run.context, step.name, step.description, step.tags, async (found) => {
    if (inventory.owns(found.tags, run.context.stack)) throw new PlanOutdatedError(`security group ${step.name}`);
    throw new StrangerError('security group', step.name, `${found.id} in ${vpcId}`);
  });
  run.made('@front-group', id);
}

export async function changeRules(run: Run, ref: Ref, added: CidrRule[], removed: CidrRule[]): Promise<void> {
  const { aws, inventory, signal } = run.context;
  const id = await run.resolve(ref);
  const known = () => inventory.securityGroups.get(id)?.cidrRules ?? [];
  if (added.length > 0) {
    await authorizeIngress(
      aws,
      id,
      added.map((rule) => ipPermissionOf(rule)),
      signal,
    );
    inventory.securityGroups.patch(id, { cidrRules: [...known(), ...added] });
  }
  if (removed.length > 0) {
    await revokeIngress(
      aws,
      id,
      removed.map((rule) => ipPermissionOf(rule)),
      signal,
    );
    inventory.securityGroups.patch(id, { cidrRules: known().filter((rule) => !removed.includes(rule)) });
  }
}

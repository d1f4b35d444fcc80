/** Adds and removes security group rules so that doing it twice is the same as doing it once. */
import {
  AuthorizeSecurityGroupIngressCommand,
  type IpPermission,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import type { CidrRule } from '../model.ts';
import type { PortRange } from '../node-rules.ts';
import type { Aws } from './client.ts';
import { errorCode } from './errors.ts';

export function ipPermissionOf({ protocol, fromPort, toPort, cidr }: CidrRule): IpPermission {
  return { IpProtocol: protocol, FromPort: fromPort, ToPort: toPort, IpRanges: [{ CidrIp: cidr }] };
}

/** A permission for traffic from another security group. */
export function groupPermissionOf(
  { protocol, fromPort, toPort }: Omit<PortRange, 'protocol'> & { protocol: string },
  sourceGroupId: string,
  description: string,
): IpPermission {
  const source = { GroupId: sourceGroupId, ...(description ? { Description: description } : {}) };
  return { IpProtocol: protocol, FromPort: fromPort, ToPort: toPort, UserIdGroupPairs: [source] };
}

export async function authorizeIngress(aws: Aws, groupId: string, permissions: IpPermission[], signal: AbortSignal) {
  const send = (some: IpPermission[]) =>
    aws.ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: groupId, IpPermissions: some }), {
      abortSignal: signal,
    });
  await oneByOneOn('InvalidPermission.Duplicate', permissions, send);
}

export async function revokeIngress(aws: Aws, groupId: string, permissions: IpPermission[], signal: AbortSignal) {
  const send = (some: IpPermission[]) =>
    aws.ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: groupId, IpPermissions: some }), {
      abortSignal: signal,
    });
  await oneByOneOn('InvalidPermission.NotFound', permissions, send);
}

/** AWS refuses a whole call for one rule that is there already, or gone already. Then each rule goes alone. */
async function oneByOneOn(code: string, permissions: IpPermission[], send: (some: IpPermission[]) => Promise<unknown>) {
  try {
    await send(permissions);
  } catch (error) {
    if (errorCode(error) !== code) throw error;
    if (permissions.length === 1) return;
    for (const permission of permissions) await oneByOneOn(code, [permission], send);
  }
}

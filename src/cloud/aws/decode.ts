/** The SDK's shapes → the model. */
import type { Instance as Ec2Instance, SecurityGroup, Subnet as Ec2Subnet, Tag as Ec2Tag } from '@aws-sdk/client-ec2';
import type {
  Listener,
  LoadBalancer,
  Tag,
  TargetGroup,
  TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type {
  HealthCheck,
  ObservedListener,
  ObservedLoadBalancer,
  ObservedSecurityGroup,
  ObservedTarget,
  ObservedTargetGroup,
  Tags,
} from '../model.ts';
import type { Instance } from '../nodes.ts';
import type { Subnet } from '../subnets.ts';

export function decodeTags(tags: (Tag | Ec2Tag)[] | undefined): Tags {
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}

export function decodeLoadBalancer(lb: LoadBalancer, tags: Tags): ObservedLoadBalancer {
  return {
    arn: lb.LoadBalancerArn ?? '',
    name: lb.LoadBalancerName ?? '',
    // AWS keeps the capitals of the name; a Service's status takes none, and DNS does not care.
    dnsName: (lb.DNSName ?? '').toLowerCase(),
    scheme: lb.Scheme ?? '',
    state: lb.State?.Code ?? 'provisioning',
    ...(lb.State?.Reason ? { stateReason: lb.State.Reason } : {}),
    createdAt: lb.CreatedTime?.toISOString() ?? '',
    subnetIds: (lb.AvailabilityZones ?? []).flatMap((zone) => (zone.SubnetId ? [zone.SubnetId] : [])).sort(),
    securityGroupIds: lb.SecurityGroups ?? [],
    tags,
  };
}

export function decodeTargetGroup(group: TargetGroup, tags: Tags): ObservedTargetGroup {
  const protocol = (group.HealthCheckProtocol ?? 'TCP') as HealthCheck['protocol'];
  return {
    arn: group.TargetGroupArn ?? '',
    name: group.TargetGroupName ?? '',
    port: group.Port ?? 0,
    protocol: group.Protocol ?? '',
    targetType: group.TargetType ?? 'instance',
    healthCheck: {
      protocol,
      port: group.HealthCheckPort ?? 'traffic-port',
      ...(group.HealthCheckPath ? { path: group.HealthCheckPath } : {}),
      ...(group.Matcher?.HttpCode ? { successCodes: group.Matcher.HttpCode } : {}),
      intervalSeconds: group.HealthCheckIntervalSeconds ?? 0,
      timeoutSeconds: group.HealthCheckTimeoutSeconds ?? 0,
      healthyThreshold: group.HealthyThresholdCount ?? 0,
      unhealthyThreshold: group.UnhealthyThresholdCount ?? 0,
    },
    loadBalancerArns: [...new Set(group.LoadBalancerArns ?? [])],
    tags,
  };
}

export function decodeListener(listener: Listener): ObservedListener {
  const [action] = listener.DefaultActions ?? [];
  const target = action?.TargetGroupArn ?? action?.ForwardConfig?.TargetGroups?.[0]?.TargetGroupArn;
  return {
    arn: listener.ListenerArn ?? '',
    port: listener.Port ?? 0,
    protocol: listener.Protocol ?? '',
    ...(target ? { targetGroupArn: target } : {}),
  };
}

export function decodeTarget({ Target, TargetHealth }: TargetHealthDescription): ObservedTarget {
  return {
    id: Target?.Id ?? '',
    port: Target?.Port ?? 0,
    state: TargetHealth?.State ?? 'unknown',
    ...(TargetHealth?.Reason ? { reason: TargetHealth.Reason } : {}),
  };
}

export function decodeSecurityGroup(group: SecurityGroup): ObservedSecurityGroup {
  const decoded: ObservedSecurityGroup = {
    id: group.GroupId ?? '',
    name: group.GroupName ?? '',
    tags: decodeTags(group.Tags),
    cidrRules: [],
    groupRules: [],
    otherRules: 0,
  };
  for (const permission of group.IpPermissions ?? []) {
    const { IpProtocol: protocol = '', FromPort: fromPort = 0, ToPort: toPort = 0 } = permission;
    for (const { GroupId = '', Description = '' } of permission.UserIdGroupPairs ?? []) {
      decoded.groupRules.push({ protocol, fromPort, toPort, sourceGroupId: GroupId, description: Description });
    }
    for (const { CidrIp = '' } of permission.IpRanges ?? []) {
      if (protocol === 'tcp' || protocol === 'udp')
        decoded.cidrRules.push({ protocol, fromPort, toPort, cidr: CidrIp });
      else decoded.otherRules += 1;
    }
    decoded.otherRules += (permission.Ipv6Ranges ?? []).length + (permission.PrefixListIds ?? []).length;
  }
  return decoded;
}

export function decodeSubnet(subnet: Ec2Subnet): Subnet {
  return {
    id: subnet.SubnetId ?? '',
    vpcId: subnet.VpcId ?? '',
    zone: subnet.AvailabilityZone ?? '',
    availableIps: subnet.AvailableIpAddressCount ?? 0,
    tags: decodeTags(subnet.Tags),
  };
}

export function decodeInstance(instance: Ec2Instance): Instance {
  const primary = (instance.NetworkInterfaces ?? []).find((eni) => eni.Attachment?.DeviceIndex === 0);
  const groups = primary?.Groups ?? instance.SecurityGroups ?? [];
  return {
    id: instance.InstanceId ?? '',
    vpcId: instance.VpcId ?? '',
    state: instance.State?.Name ?? 'unknown',
    securityGroupIds: groups.flatMap(({ GroupId }) => (GroupId ? [GroupId] : [])),
  };
}

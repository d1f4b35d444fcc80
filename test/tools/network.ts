import {
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  EC2Client,
  type ResourceType,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { type KubeAccess, kubeRequest } from './control-plane.ts';

/** An EC2 instance that is a node. */
export interface Instance {
  id: string;
  zone: string;
  privateIp: string;
}

/** A cluster's network as an EKS-like set-up lays it out. */
export interface Network {
  vpcId: string;
  region: string;
  /** One subnet a zone, in the order of the zones. */
  subnetIds: { public: string[]; internal: string[] };
  nodeSecurityGroupId: string;
  instances: Instance[];
}

/** Defaults: cluster `sluice-test`, two zones, two nodes, `us-east-1`. */
export interface NetworkOptions {
  clusterName?: string;
  zones?: number;
  nodes?: number;
  region?: string;
}

/** Makes a VPC with public and internal subnets, the nodes' security group and running nodes spread over the zones. */
export async function layOutNetwork(awsUrl: string, options: NetworkOptions = {}): Promise<Network> {
  const { clusterName = 'sluice-test', zones = 2, nodes = 2, region = 'us-east-1' } = options;
  const ec2 = new EC2Client({
    endpoint: awsUrl,
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  try {
    const cluster = { [`kubernetes.io/cluster/${clusterName}`]: 'owned' };
    const vpc = await ec2.send(
      new CreateVpcCommand({ CidrBlock: '10.0.0.0/16', TagSpecifications: tags('vpc', cluster) }),
    );
    const vpcId = known(vpc.Vpc?.VpcId);
    const routeTableId = await publicRouteTable(ec2, vpcId);
    const subnetIds: Network['subnetIds'] = { public: [], internal: [] };
    const zoneNames = Array.from({ length: zones }, (_, zone) => `${region}${String.fromCharCode(97 + zone)}`);
    for (const [zone, name] of zoneNames.entries()) {
      const subnet = (cidr: string, role: string) =>
        ec2.send(
          new CreateSubnetCommand({
            VpcId: vpcId,
            AvailabilityZone: name,
            CidrBlock: cidr,
            TagSpecifications: tags('subnet', { ...cluster, [`kubernetes.io/role/${role}`]: '1' }),
          }),
        );
      const open = known((await subnet(`10.0.${zone}.0/24`, 'elb')).Subnet?.SubnetId);
      await ec2.send(new AssociateRouteTableCommand({ RouteTableId: routeTableId, SubnetId: open }));
      subnetIds.public.push(open);
      subnetIds.internal.push(known((await subnet(`10.0.${100 + zone}.0/24`, 'internal-elb')).Subnet?.SubnetId));
    }
    const group = await ec2.send(
      new CreateSecurityGroupCommand({
        GroupName: `${clusterName}-nodes`,
        Description: `Nodes of ${clusterName}`,
        VpcId: vpcId,
        TagSpecifications: tags('security-group', cluster),
      }),
    );
    const nodeSecurityGroupId = known(group.GroupId);
    const instances: Instance[] = [];
    for (let node = 0; node < nodes; node++) {
      const zone = node % zones;
      const run = await ec2.send(
        new RunInstancesCommand({
          ImageId: 'ami-12c6146b',
          MinCount: 1,
          MaxCount: 1,
          SubnetId: known(subnetIds.internal[zone]),
          SecurityGroupIds: [nodeSecurityGroupId],
          TagSpecifications: tags('instance', cluster),
        }),
      );
      const started = known(run.Instances?.[0]);
      instances.push({
        id: known(started.InstanceId),
        zone: known(zoneNames[zone]),
        privateIp: known(started.PrivateIpAddress),
      });
    }
    return { vpcId, region, subnetIds, nodeSecurityGroupId, instances };
  } finally {
    ec2.destroy();
  }
}

/** Registers one ready Node an instance, as a kubelet on EC2 with a cloud provider would; returns their names. */
export async function registerNodes(access: KubeAccess, instances: readonly Instance[]): Promise<string[]> {
  const names: string[] = [];
  for (const { id, zone, privateIp } of instances) {
    const name = `ip-${privateIp.replaceAll('.', '-')}`;
    const now = new Date().toISOString();
    const labels = {
      'kubernetes.io/hostname': name,
      'topology.kubernetes.io/zone': zone,
      'topology.kubernetes.io/region': zone.slice(0, -1),
      'node.kubernetes.io/instance-type': 't3.large',
    };
    const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' };
    const answer = await kubeRequest(access, 'POST', '/api/v1/nodes', {
      metadata: { name, labels },
      spec: { providerID: `aws:///${zone}/${id}` },
      status: {
        addresses: [
          { type: 'InternalIP', address: privateIp },
          { type: 'Hostname', address: name },
        ],
        conditions: [{ ...ready, lastHeartbeatTime: now, lastTransitionTime: now }],
      },
    });
    if (answer.status !== 201) throw new Error(`node ${name}: ${answer.status} ${JSON.stringify(answer.body)}`);
    names.push(name);
  }
  return names;
}

/** What makes a subnet public, for whoever looks at routes instead of tags. */
async function publicRouteTable(ec2: EC2Client, vpcId: string): Promise<string> {
  const gateway = await ec2.send(new CreateInternetGatewayCommand({}));
  const InternetGatewayId = known(gateway.InternetGateway?.InternetGatewayId);
  await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId, VpcId: vpcId }));
  const table = await ec2.send(new CreateRouteTableCommand({ VpcId: vpcId }));
  const RouteTableId = known(table.RouteTable?.RouteTableId);
  await ec2.send(
    new CreateRouteCommand({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId: InternetGatewayId }),
  );
  return RouteTableId;
}

function tags(type: ResourceType, values: Record<string, string>) {
  return [{ ResourceType: type, Tags: Object.entries(values).map(([Key, Value]) => ({ Key, Value })) }];
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('moto left out a field that AWS always sends');
  return value;
}

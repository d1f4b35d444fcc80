import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  EC2Client,
  type Tag,
} from '@aws-sdk/client-ec2';
import { motoPython } from '../../scripts/tools.mjs';
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

const HOOK = join(import.meta.dirname, '..', '..', 'localstack', 'init', 'ready.d', '10_network.py');
const DEFAULTS = { clusterName: 'sluice-test', zones: 2, nodes: 2, region: 'us-east-1' };

/** The variables by which the init hook knows what to lay out. */
export function hookEnvironment(options: NetworkOptions): Record<string, string> {
  const { clusterName, zones, nodes, region } = { ...DEFAULTS, ...options };
  return {
    SLUICE_CLUSTER_NAME: clusterName,
    SLUICE_ZONES: String(zones),
    SLUICE_NODES: String(nodes),
    AWS_DEFAULT_REGION: region,
  };
}

/** Runs LocalStack's init hook against an endpoint that does not run it itself, and tells what it made. */
export async function layOutNetwork(awsUrl: string, options: NetworkOptions = {}): Promise<Network> {
  const env = { PATH: process.env['PATH'], AWS_ENDPOINT_URL: awsUrl, ...hookEnvironment(options) };
  await promisify(execFile)(motoPython(), [HOOK], { env });
  return readNetwork(awsUrl, options);
}

/** What the init hook laid out, found by its tags. @throws Error where it did not. */
export async function readNetwork(awsUrl: string, options: NetworkOptions = {}): Promise<Network> {
  const { clusterName, region } = { ...DEFAULTS, ...options };
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const ec2 = new EC2Client({ endpoint: awsUrl, region, credentials });
  const own = { Filters: [{ Name: `tag:kubernetes.io/cluster/${clusterName}`, Values: ['owned'] }] };
  try {
    const [vpcs, subnets, groups, reservations] = await Promise.all([
      ec2.send(new DescribeVpcsCommand(own)),
      ec2.send(new DescribeSubnetsCommand(own)),
      ec2.send(new DescribeSecurityGroupsCommand(own)),
      ec2.send(new DescribeInstancesCommand(own)),
    ]);
    const withRole = (role: string) =>
      byName(subnets.Subnets ?? [])
        .filter(({ Tags }) => Tags?.some(({ Key }) => Key === `kubernetes.io/role/${role}`))
        .map(({ SubnetId }) => known(SubnetId));
    const instances = byName((reservations.Reservations ?? []).flatMap(({ Instances }) => Instances ?? []));
    return {
      vpcId: known(vpcs.Vpcs?.[0]?.VpcId),
      region,
      subnetIds: { public: withRole('elb'), internal: withRole('internal-elb') },
      nodeSecurityGroupId: known(groups.SecurityGroups?.[0]?.GroupId),
      instances: instances.map(({ InstanceId, Placement, PrivateIpAddress }) => ({
        id: known(InstanceId),
        zone: known(Placement?.AvailabilityZone),
        privateIp: known(PrivateIpAddress),
      })),
    };
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

/** In the order in which the hook made them: its names end with a zone or a number. */
function byName<T extends { Tags?: Tag[] | undefined }>(resources: T[]): T[] {
  const nameOf = ({ Tags }: T) => Tags?.find(({ Key }) => Key === 'Name')?.Value ?? '';
  return resources.toSorted((a, b) => nameOf(a).localeCompare(nameOf(b), 'en', { numeric: true }));
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the init hook did not lay out the whole network');
  return value;
}

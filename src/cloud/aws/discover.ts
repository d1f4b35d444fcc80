/** Where this cluster is: its Region and VPC, from the nodes and their instances, else from instance metadata. */
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import type { Node } from '../../kube/objects.ts';
import { ConfigError } from '../../runtime/config-error.ts';
import { instanceIdOf, zoneOf } from '../nodes.ts';
import { type Aws, type AwsOptions, createAws } from './client.ts';
import { describeError } from './errors.ts';

const METADATA_TIMEOUT_MS = 1_000;
/** Enough to find a VPC, and one page of EC2's. */
const INSTANCES_ASKED = 100;

export interface Whereabouts {
  region?: string;
  vpcId?: string;
  awsRequestTimeoutMs: number;
  awsRateLimits?: AwsOptions['rateLimits'];
}

/** Clients for the Region and the id of the VPC, found out where they are not given. @throws ConfigError */
export async function connectAws(
  given: Whereabouts,
  nodes: Node[],
  options: Pick<AwsOptions, 'writeGuard' | 'metrics' | 'logger' | 'signal'>,
): Promise<{ aws: Aws; vpcId: string }> {
  const aws = createAws({
    ...options,
    region: given.region ?? (await discoverRegion(nodes)),
    requestTimeoutMs: given.awsRequestTimeoutMs,
    rateLimits: given.awsRateLimits ?? 'auto',
  });
  return { aws, vpcId: given.vpcId ?? (await discoverVpc(aws, nodes)) };
}

/** @throws ConfigError when neither nodes nor instance metadata tell. */
export async function discoverRegion(nodes: Node[]): Promise<string> {
  for (const node of nodes) {
    const region = node.metadata.labels?.['topology.kubernetes.io/region'] ?? regionOfZone(zoneOf(node));
    if (region) return region;
  }
  const region = await metadata('placement/region');
  if (region) return region;
  throw new ConfigError(
    'no AWS region: no node has a topology.kubernetes.io/region label or an AWS providerID, and there is no instance metadata; set --region or AWS_REGION',
  );
}

/** @throws ConfigError when the VPC can't be told, or the nodes are in several. */
export async function discoverVpc(aws: Aws, nodes: Node[]): Promise<string> {
  const ids = nodes.flatMap((node) => instanceIdOf(node) ?? []).slice(0, INSTANCES_ASKED);
  let reason = 'no node has the providerID of an EC2 instance';
  if (ids.length > 0) {
    try {
      const input = { Filters: [{ Name: 'instance-id', Values: ids }] };
      const answer = await aws.ec2.send(new DescribeInstancesCommand(input));
      const instances = (answer.Reservations ?? []).flatMap((reservation) => reservation.Instances ?? []);
      const vpcs = [...new Set(instances.flatMap((instance) => instance.VpcId ?? []))];
      if (vpcs.length === 1) return vpcs[0] as string;
      if (vpcs.length > 1) {
        throw new ConfigError(`the nodes are in several VPCs (${vpcs.sort().join(', ')}); name one with --vpc-id`);
      }
      reason = `EC2 knows none of the nodes' instances (${ids.slice(0, 3).join(', ')}…)`;
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      reason = `EC2 could not be asked for the nodes' instances: ${describeError(error)}`;
    }
  }
  const mac = await metadata('mac');
  const vpc = mac && (await metadata(`network/interfaces/macs/${mac}/vpc-id`));
  if (vpc) return vpc;
  throw new ConfigError(`no VPC: ${reason}, and there is no instance metadata; set --vpc-id`);
}

function regionOfZone(zone: string | undefined): string | undefined {
  return /^([a-z]{2,}(?:-[a-z]+)+-\d+)[a-z]$/.exec(zone ?? '')?.[1];
}

/** A value of the EC2 instance metadata service, version 2; undefined where there is none. */
async function metadata(path: string): Promise<string | undefined> {
  if (process.env.AWS_EC2_METADATA_DISABLED === 'true') return undefined;
  const endpoint = process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT ?? 'http://169.254.169.254';
  const ask = async (method: string, url: string, headers: Record<string, string>) => {
    const answer = await fetch(url, { method, headers, signal: AbortSignal.timeout(METADATA_TIMEOUT_MS) });
    return answer.ok ? (await answer.text()).trim() : undefined;
  };
  try {
    const token = await ask('PUT', `${endpoint}/latest/api/token`, { 'X-aws-ec2-metadata-token-ttl-seconds': '60' });
    if (!token) return undefined;
    return await ask('GET', `${endpoint}/latest/meta-data/${path}`, { 'X-aws-ec2-metadata-token': token });
  } catch {
    return undefined;
  }
}

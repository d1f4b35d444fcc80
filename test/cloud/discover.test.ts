/** Region and VPC: from the nodes and their instances, else from instance metadata, of which a stub answers here. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { discoverRegion, discoverVpc } from '../../src/cloud/aws/discover.ts';
import type { Node } from '../../src/kube/objects.ts';
import { ConfigError } from '../../src/runtime/config-error.ts';
import { awsError, mockAws } from './support/aws.ts';

const node = (providerID?: string, labels: Record<string, string> = {}): Node => ({
  metadata: { name: 'n', uid: 'n', resourceVersion: '1', labels },
  spec: { ...(providerID && { providerID }) },
});
const REGION = { 'topology.kubernetes.io/region': 'eu-north-1' };
const METADATA: Record<string, string> = {
  'placement/region': 'ap-south-1\n',
  mac: '0a:1b',
  'network/interfaces/macs/0a:1b/vpc-id': 'vpc-md',
};

let server: Server;
let values: Record<string, string>;
/** What came, as `METHOD path token`. */
let asked: string[];
beforeEach(async () => {
  values = METADATA;
  asked = [];
  server = createServer((request, response) => {
    const { method, url = '', headers } = request;
    const token = headers['x-aws-ec2-metadata-token'] ?? headers['x-aws-ec2-metadata-token-ttl-seconds'];
    asked.push(`${method} ${url} ${String(token)}`);
    const value = method === 'PUT' ? 'the-token' : values[url.replace('/latest/meta-data/', '')];
    response.writeHead(value === undefined ? 404 : 200).end(value);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

describe('the region', () => {
  test.each<[string, Node[], string]>([
    ['a label', [node(undefined, REGION)], 'eu-north-1'],
    ['a zone', [node('aws:///us-gov-west-1b/i-1')], 'us-gov-west-1'],
    ['a zone label', [node(undefined, { 'topology.kubernetes.io/zone': 'us-east-1a' })], 'us-east-1'],
    ['the first node that tells', [node(), node('i-1'), node(undefined, REGION)], 'eu-north-1'],
    ['metadata, when only a local zone is known', [node('aws:///us-west-2-lax-1a/i-1')], 'ap-south-1'],
    ['metadata', [], 'ap-south-1'],
  ])('from %s', async (_name, nodes, region) => {
    expect(await discoverRegion(nodes)).toBe(region);
  });

  test('metadata is asked with a token', async () => {
    await discoverRegion([]);
    expect(asked).toEqual(['PUT /latest/api/token 60', 'GET /latest/meta-data/placement/region the-token']);
  });

  test.each([
    ['metadata does not know', () => void (values = {})],
    ['metadata is switched off', () => void vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')],
    ['nothing listens there', () => void vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', 'http://127.0.0.1:1')],
  ])('unknown where %s: the error says what to set', async (_name, arrange) => {
    arrange();
    const failure = discoverRegion([node()]);
    await expect(failure).rejects.toThrow(ConfigError);
    await expect(failure).rejects.toThrow('set --region or AWS_REGION');
  });
});

describe('the VPC', () => {
  const nodes = [node('aws:///us-east-1a/i-1'), node('aws:///us-east-1a/i-2'), node()];
  const find = (...vpcs: (string | undefined)[]) => {
    const { aws, ec2 } = mockAws();
    const instances = vpcs.map((VpcId) => ({ InstanceId: 'i', VpcId }));
    ec2.on(DescribeInstancesCommand).resolves({ Reservations: [{ Instances: instances }, { Instances: [] }] });
    return { aws, ec2 };
  };

  test('is that of the nodes’ instances', async () => {
    const { aws, ec2 } = find('vpc-1', 'vpc-1', undefined);
    expect(await discoverVpc(aws, nodes)).toBe('vpc-1');
    expect(ec2.commandCalls(DescribeInstancesCommand)[0]?.args[0].input).toEqual({
      Filters: [{ Name: 'instance-id', Values: ['i-1', 'i-2'] }],
    });
    expect(asked).toEqual([]);
  });

  test('several are for the user to choose from', async () => {
    const failure = discoverVpc(find('vpc-2', 'vpc-1').aws, nodes);
    await expect(failure).rejects.toThrow(ConfigError);
    await expect(failure).rejects.toThrow('several VPCs (vpc-1, vpc-2); name one with --vpc-id');
  });

  test.each<[string, Node[], () => ReturnType<typeof mockAws>['aws']]>([
    ['no node has an instance', [node()], () => find().aws],
    ['EC2 knows none', nodes, () => find().aws],
    [
      'EC2 refuses',
      nodes,
      () => {
        const { aws, ec2 } = mockAws();
        ec2.on(DescribeInstancesCommand).rejects(awsError('UnauthorizedOperation', 403));
        return aws;
      },
    ],
  ])('comes from metadata where %s', async (_name, some, aws) => {
    expect(await discoverVpc(aws(), some)).toBe('vpc-md');
  });

  test('else the error says why, and what to set', async () => {
    values = {};
    await expect(discoverVpc(find().aws, nodes)).rejects.toThrow(
      /EC2 knows none of the nodes' instances \(i-1, i-2…\).*--vpc-id/,
    );
  });
});

/** Real SDK clients whose `send` is mocked, and what AWS answers through them. */
import { EC2Client } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client, type LoadBalancer, type Tag } from '@aws-sdk/client-elastic-load-balancing-v2';
import { type AwsStub, mockClient } from 'aws-sdk-client-mock';
import type { Aws } from '../../../src/cloud/aws/client.ts';

export const VPC = 'vpc-1';
const options = { region: 'us-east-1', credentials: { accessKeyId: 'id', secretAccessKey: 'key' } };

export function mockAws() {
  const elb = new ElasticLoadBalancingV2Client(options);
  const ec2 = new EC2Client(options);
  const aws: Aws = { elb, ec2, rateLimited: false, destroy: () => undefined };
  const elbMock = mockClient(elb);
  const ec2Mock = mockClient(ec2);
  /** Every call so far as its name and input, ELBv2's before EC2's. */
  const calls = () =>
    [...callsOf(elbMock as never), ...callsOf(ec2Mock as never)].map(({ name, input }) => [name, input] as const);
  const names = () => calls().map(([name]) => name);
  return { aws, elb: elbMock, ec2: ec2Mock, calls, names };
}

function callsOf(mock: AwsStub<object, { $metadata: object }, unknown>): { name: string; input: object }[] {
  return mock.calls().map(({ args: [command] }) => ({
    name: (command as object).constructor.name.replace(/Command$/, ''),
    input: (command as { input: object }).input,
  }));
}

/** An error as the SDK throws it: ELBv2 has `Code`, EC2 only a name. */
export function awsError(code: string, httpStatusCode = 400, message = code): Error {
  const error = new Error(message);
  error.name = code.includes('.') ? code : `${code}Exception`;
  return Object.assign(error, { Code: code, $metadata: { httpStatusCode, requestId: 'req-1' } });
}

export const tagList = (tags: Record<string, string>): Tag[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

export const ownedTags = (stack = 'shop/web', resource = 'LoadBalancer') => ({
  'elbv2.k8s.aws/cluster': 'prod',
  'service.k8s.aws/stack': stack,
  'service.k8s.aws/resource': resource,
});

export const awsLoadBalancer = (arn: string, change: Partial<LoadBalancer> = {}): LoadBalancer => ({
  LoadBalancerArn: arn,
  LoadBalancerName: `name-${arn}`,
  DNSName: `${arn}.example.com`,
  Scheme: 'internal',
  Type: 'network',
  VpcId: VPC,
  State: { Code: 'active' },
  SecurityGroups: ['sg-1'],
  AvailabilityZones: [
    { ZoneName: 'b', SubnetId: 'subnet-b' },
    { ZoneName: 'a', SubnetId: 'subnet-a' },
  ],
  CreatedTime: new Date('2026-01-01T00:00:00Z'),
  ...change,
});

/** A promise and what settles it. */
export function gate<T = void>() {
  return Promise.withResolvers<T>();
}

/** An IAM policy in front of an AWS endpoint that knows none: what the policy does not allow is refused as AWS does. */
import { DescribeTagsCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  DescribeTagsCommand as DescribeElbTagsCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AWS_PERMISSIONS } from '../../src/cloud/aws/aws-permissions.ts';
import type { PolicyDocument } from '../../src/cloud/aws/iam-policy.ts';
import type { Call, Fate } from './aws-proxy.ts';
import { allowedBy, type IamRequest } from './iam.ts';

type Tags = Readonly<Record<string, string>>;

export interface IamGate {
  /** For `AwsProxy.onCall`. */
  onCall(call: Call): Promise<Fate | 'pass'>;
  /** `SID ACTION` of every permission that was used. */
  readonly used: Set<string>;
  /** What was refused, in the words of the refusal. */
  readonly denied: string[];
  stop(): void;
}

const ACCOUNT = '123456789012';

/** `url` is the endpoint behind: the tags of resources are asked there. */
export function createGate(policy: PolicyDocument, url: string, region: string): IamGate {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const elb = new ElasticLoadBalancingV2Client({ endpoint: url, region, credentials });
  const ec2 = new EC2Client({ endpoint: url, region, credentials });
  const tagsOf: TagsOf = async (id) => {
    if (id.startsWith('arn:')) {
      const { TagDescriptions } = await elb.send(new DescribeElbTagsCommand({ ResourceArns: [id] }));
      return tagsFrom(TagDescriptions?.[0]?.Tags);
    }
    const { Tags } = await ec2.send(new DescribeTagsCommand({ Filters: [{ Name: 'resource-id', Values: [id] }] }));
    return tagsFrom(Tags);
  };
  const gate: IamGate = {
    used: new Set(),
    denied: [],
    async onCall(call) {
      for (const request of await requestsOf(call, region, tagsOf)) {
        const statement = allowedBy(policy, request);
        if (statement) gate.used.add(`${statement.Sid} ${request.action}`);
        else {
          const message = `User: arn:aws:sts::${ACCOUNT}:assumed-role/sluice/test is not authorized to perform: ${request.action} on resource: ${request.resource} because no identity-based policy allows the ${request.action} action`;
          gate.denied.push(message);
          const code = call.service === 'ec2' ? 'UnauthorizedOperation' : 'AccessDenied';
          return { forward: false, answer: { status: 403, code, message } };
        }
      }
      return 'pass';
    },
    stop() {
      elb.destroy();
      ec2.destroy();
    },
  };
  return gate;
}

type TagsOf = (id: string) => Promise<Tags>;

/**
 * What AWS asks IAM for a call. Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS
 * Elastic Load Balancing V2" and "… for Amazon EC2".
 */
export async function requestsOf(
  { service, action, params }: Call,
  region: string,
  tagsOf: TagsOf,
): Promise<IamRequest[]> {
  const arn = (type: string, id: string) => `arn:aws:${service}:${region}:${ACCOUNT}:${type}/${id}`;
  const name = `${service}:${action}`;
  const tags = requestTags(params);
  const requested = Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value]));
  const keys = params.has('TagKeys.member.1') ? listOf(params, /^TagKeys\.member\.\d+$/) : Object.keys(tags);
  const asked = { ...requested, ...(keys.length > 0 ? { 'aws:TagKeys': keys } : {}) };
  const on = async (id: string, type?: string): Promise<IamRequest> => {
    const own = Object.entries(await tagsOf(id)).map(([key, value]) => [`aws:ResourceTag/${key}`, value]);
    // moto takes every load balancer for an ALB.
    const resource = type ? arn(type, id) : id.replace(/(loadbalancer|listener)\/app\//, '$1/net/');
    return { action: name, resource, context: { ...Object.fromEntries(own), ...asked } };
  };
  const created = (type: string, id: string, tagging: string): IamRequest[] => [
    { action: name, resource: arn(type, id), context: asked },
    ...(Object.keys(tags).length > 0
      ? [{ action: tagging, resource: arn(type, id), context: { ...asked, [`${service}:CreateAction`]: action } }]
      : []),
  ];
  /** What Elastic Load Balancing does in the caller's name. */
  const implied = AWS_PERMISSIONS.filter((one) => one.implied === 'caller' && one.operation === action).map(
    (one): IamRequest =>
      one.action.startsWith('iam:')
        ? {
            action: one.action,
            resource: `arn:aws:iam::${ACCOUNT}:role/aws-service-role/elasticloadbalancing.amazonaws.com/AWSServiceRoleForElasticLoadBalancing`,
            context: { 'iam:AWSServiceName': 'elasticloadbalancing.amazonaws.com' },
          }
        : { action: one.action, resource: '*', context: {} },
  );

  if (action.startsWith('Describe')) return [{ action: name, resource: '*', context: {} }];
  switch (action) {
    case 'CreateLoadBalancer':
      return [...created('loadbalancer', `net/${params.get('Name')}/0`, `${service}:AddTags`), ...implied];
    case 'CreateTargetGroup':
      return [...created('targetgroup', `${params.get('Name')}/0`, `${service}:AddTags`), ...implied];
    case 'CreateListener': {
      const balancer = await on(params.get('LoadBalancerArn') ?? '');
      const listener = balancer.resource.split(':loadbalancer/')[1] ?? '';
      return [balancer, ...created('listener', `${listener}/0`, `${service}:AddTags`).slice(1)];
    }
    case 'CreateSecurityGroup':
      return [
        ...created('security-group', 'sg-0', `${service}:CreateTags`),
        { action: name, resource: arn('vpc', params.get('VpcId') ?? ''), context: {} },
      ];
    case 'AddTags':
    case 'RemoveTags':
      return Promise.all(listOf(params, /^ResourceArns\.member\.\d+$/).map((id) => on(id)));
    case 'CreateTags':
    case 'DeleteTags':
      return Promise.all(listOf(params, /^ResourceId\.\d+$/).map((id) => on(id, 'security-group')));
    default: {
      const id = params.get('ListenerArn') ?? params.get('TargetGroupArn') ?? params.get('LoadBalancerArn');
      const group = params.get('GroupId');
      if (group) return [await on(group, 'security-group')];
      if (id === null) throw new Error(`the gate does not know what ${name} is done to`);
      return [await on(id), ...implied];
    }
  }
}

function listOf(params: URLSearchParams, pattern: RegExp): string[] {
  return [...params].filter(([key]) => pattern.test(key)).map(([, value]) => value);
}

/** `Tags.member.N.Key` in ELBv2, `Tag.N.Key` and `TagSpecification.N.Tag.N.Key` in EC2. */
function requestTags(params: URLSearchParams): Tags {
  const tags: Record<string, string> = {};
  for (const [key, value] of params) {
    const prefix = /^((?:TagSpecification\.\d+\.)?Tags?\.(?:member\.)?\d+)\.Key$/.exec(key)?.[1];
    if (prefix) tags[value] = params.get(`${prefix}.Value`) ?? '';
  }
  return tags;
}

function tagsFrom(list: { Key?: string | undefined; Value?: string | undefined }[] | undefined): Tags {
  return Object.fromEntries((list ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}

/**
 * The IAM policy of the controller and of `sluice release`, made from the table of permissions: what only looks is allowed
 * on everything, what changes something only on what this cluster's tags say is its own. Pure.
 *
 * Which resources and condition keys an action knows: Service Authorization Reference, "Actions, resources, and condition
 * keys for AWS Elastic Load Balancing V2" and "… for Amazon EC2".
 */
import { TAG_CLUSTER } from '../naming.ts';
import { AWS_PERMISSIONS, type AwsGrant, type AwsPermission } from './aws-permissions.ts';

export interface PolicyScope {
  clusterName: string;
  /** Default: that of the region, else `aws`. */
  partition?: string;
  /** Default: every region. */
  region?: string;
  /** The only VPC in which security groups are made. Default: any. */
  vpcId?: string;
}

export interface PolicyStatement {
  Sid: string;
  Effect: 'Allow';
  Action: string[];
  Resource: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

export interface PolicyDocument {
  Version: '2012-10-17';
  Statement: PolicyStatement[];
}

/** The policy document for one cluster. */
export function iamPolicy(scope: PolicyScope, permissions: readonly AwsPermission[] = AWS_PERMISSIONS): PolicyDocument {
  const grants = grantsFor(scope);
  const statements = (Object.keys(grants) as AwsGrant[]).map((grant): PolicyStatement => {
    const actions = permissions.filter((permission) => permission.grant === grant).map(({ action }) => action);
    const { sid, ...rest } = grants[grant];
    return { Sid: sid, Effect: 'Allow', Action: [...new Set(actions)].sort(), ...rest };
  });
  return { Version: '2012-10-17', Statement: statements.filter(({ Action }) => Action.length > 0) };
}

/** The policy as people keep it in files. */
export function formatPolicy(document: PolicyDocument): string {
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

type Grant = Pick<PolicyStatement, 'Resource' | 'Condition'> & { sid: string };

function grantsFor(scope: PolicyScope): Record<AwsGrant, Grant> {
  const { clusterName, region = '*' } = scope;
  const partition = scope.partition ?? partitionOf(region);
  const arn = (service: string, resource: string) => `arn:${partition}:${service}:${region}:*:${resource}`;
  const loadBalancers = arn('elasticloadbalancing', 'loadbalancer/net/*/*');
  const targetGroups = arn('elasticloadbalancing', 'targetgroup/*/*');
  const listeners = arn('elasticloadbalancing', 'listener/net/*/*/*');
  const securityGroups = arn('ec2', 'security-group/*');

  const name = literal(clusterName);
  const requested = { [`aws:RequestTag/${TAG_CLUSTER}`]: name };
  const owned = { [`aws:ResourceTag/${TAG_CLUSTER}`]: name };
  // Whose something is stays as it was made, so that nothing is taken over and nothing is given away.
  const tagsButOwner = { 'ForAllValues:StringNotEquals': { 'aws:TagKeys': TAG_CLUSTER } };

  return {
    // Describe actions know neither resources nor tags.
    read: { sid: 'Read', Resource: '*' },
    'service-linked-role': {
      sid: 'ServiceLinkedRole',
      Resource: `arn:${partition}:iam::*:role/aws-service-role/elasticloadbalancing.amazonaws.com/*`,
      Condition: { StringEquals: { 'iam:AWSServiceName': 'elasticloadbalancing.amazonaws.com' } },
    },
    create: {
      sid: 'Create',
      Resource: [loadBalancers, targetGroups],
      Condition: { StringEquals: requested },
    },
    // CreateListener is here: what AWS checks for it is the load balancer that it is made on.
    change: {
      sid: 'ChangeOwn',
      Resource: [loadBalancers, targetGroups, listeners],
      Condition: { StringEquals: owned },
    },
    // For CreateListener, AWS has been seen to check the load balancer in place of the listener.
    'tag-new': {
      sid: 'TagNew',
      Resource: [loadBalancers, targetGroups, listeners],
      Condition: {
        StringEquals: {
          'elasticloadbalancing:CreateAction': ['CreateLoadBalancer', 'CreateTargetGroup', 'CreateListener'],
          ...requested,
        },
      },
    },
    retag: {
      sid: 'RetagOwn',
      Resource: [loadBalancers, targetGroups, listeners],
      Condition: { StringEquals: owned, ...tagsButOwner },
    },
    'create-group': {
      sid: 'CreateGroup',
      Resource: securityGroups,
      Condition: { StringEquals: requested },
    },
    // The VPC is a resource of its own in the same check, and knows no request tags.
    'create-group-in-vpc': { sid: 'CreateGroupInVpc', Resource: arn('ec2', `vpc/${scope.vpcId ?? '*'}`) },
    'tag-new-group': {
      sid: 'TagNewGroup',
      Resource: securityGroups,
      Condition: { StringEquals: { 'ec2:CreateAction': 'CreateSecurityGroup', ...requested } },
    },
    'retag-group': {
      sid: 'RetagOwnGroup',
      Resource: securityGroups,
      Condition: { StringEquals: owned, ...tagsButOwner },
    },
    // Rules are no resources here: AWS checks security-group-rule only where a call brings tags for them.
    'change-group': {
      sid: 'ChangeOwnGroup',
      Resource: securityGroups,
      Condition: { StringEquals: owned },
    },
    // As the controller chooses among several groups of a node: the tag's value says nothing to it.
    'node-rules': {
      sid: 'NodeRules',
      Resource: securityGroups,
      Condition: { Null: { [`aws:ResourceTag/kubernetes.io/cluster/${clusterName}`]: 'false' } },
    },
  };
}

/** AWS's partitions by the beginning of their regions' names. */
const PARTITIONS: readonly [prefix: string, partition: string][] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['us-iso-', 'aws-iso'],
  ['us-isob-', 'aws-iso-b'],
  ['eu-isoe-', 'aws-iso-e'],
  ['us-isof-', 'aws-iso-f'],
  ['eusc-', 'aws-eusc'],
];

/** The partition that a region is in. */
export function partitionOf(region: string): string {
  return PARTITIONS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws';
}

/** Values of conditions may hold policy variables, `${…}`; this is how a policy says a plain dollar sign. */
function literal(text: string): string {
  return text.replaceAll('$', '${$}');
}

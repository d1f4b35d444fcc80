/**
 * Everything that AWS checks when Sluice calls it, permission by permission: the IAM policy is made from this table and
 * `sluice doctor` checks it. A call that is not in it fails the unit tests, and every test that runs under the policy. Pure.
 *
 * Sources: Service Authorization Reference, "Actions, resources, and condition keys for AWS Elastic Load Balancing V2" and
 * "… for Amazon EC2"; Elastic Load Balancing User Guide, "Elastic Load Balancing API permissions".
 */

/** The statement of the policy that grants a permission; `iam-policy.ts` says on what and on which condition. */
export type AwsGrant =
  | 'read'
  | 'service-linked-role'
  | 'create'
  | 'change'
  | 'tag-new'
  | 'retag'
  | 'create-group'
  | 'create-group-in-vpc'
  | 'tag-new-group'
  | 'retag-group'
  | 'change-group'
  | 'node-rules';

export interface AwsPermission {
  /** What AWS checks. */
  action: `ec2:${string}` | `elasticloadbalancing:${string}` | `iam:${string}`;
  /** The operation that is called. It is that of the action, but for what AWS checks on top of it: see `implied`. */
  operation: string;
  access: 'read' | 'write';
  grant: AwsGrant;
  /**
   * Why AWS checks it although it is no call of Sluice's: the call brings tags (`tags`), or Elastic Load Balancing looks
   * something up, or makes its own role, in the caller's name (`caller`).
   */
  implied?: 'tags' | 'caller';
  why: string;
}

type Row = readonly [operation: string, grant: AwsGrant, why: string];

function elb(access: 'read' | 'write', rows: readonly Row[]): AwsPermission[] {
  return rows.map(([operation, grant, why]) => ({
    action: `elasticloadbalancing:${operation}`,
    operation,
    access,
    grant,
    why,
  }));
}

function ec2(access: 'read' | 'write', rows: readonly Row[]): AwsPermission[] {
  return rows.map(([operation, grant, why]) => ({ action: `ec2:${operation}`, operation, access, grant, why }));
}

/** What Elastic Load Balancing asks EC2 in the caller's name, for each operation of Sluice's. */
function lookedUp(operation: string, names: readonly string[]): AwsPermission[] {
  return names.map((name) => ({
    action: `ec2:${name}`,
    operation,
    access: 'read',
    grant: 'read',
    implied: 'caller',
    why: `Elastic Load Balancing looks it up for ${operation}`,
  }));
}

function tagged(action: 'ec2:CreateTags' | 'elasticloadbalancing:AddTags', operation: string): AwsPermission {
  const grant = action === 'ec2:CreateTags' ? 'tag-new-group' : 'tag-new';
  return { action, operation, access: 'write', grant, implied: 'tags', why: `${operation} brings the ownership tags` };
}

export const AWS_PERMISSIONS: readonly AwsPermission[] = [
  ...elb('read', [
    ['DescribeLoadBalancers', 'read', 'which load balancers there are, and their state'],
    ['DescribeLoadBalancerAttributes', 'read', 'whether attributes differ, and deletion protection'],
    ['DescribeListeners', 'read', 'what each load balancer listens on'],
    ['DescribeTargetGroups', 'read', 'which target groups there are'],
    ['DescribeTargetGroupAttributes', 'read', 'whether attributes differ'],
    ['DescribeTargetHealth', 'read', 'which targets are registered, and their health'],
    ['DescribeTags', 'read', 'whose each of them is'],
  ]),
  ...ec2('read', [
    ['DescribeInstances', 'read', 'the VPC, zone and security groups of nodes'],
    ['DescribeSecurityGroups', 'read', "own security groups, and the nodes' with their rules"],
    ['DescribeSubnets', 'read', 'where a load balancer can stand'],
  ]),
  ...elb('write', [
    ['CreateLoadBalancer', 'create', 'a Service gets its load balancer'],
    ['CreateTargetGroup', 'create', 'a port of a Service gets its target group'],
    ['CreateListener', 'change', 'a load balancer listens on a port'],
    ['ModifyListener', 'change', 'a listener moves to another target group'],
    ['DeleteListener', 'change', 'a port is not asked for any more'],
    ['ModifyLoadBalancerAttributes', 'change', 'attributes that the Service asks for'],
    ['SetSubnets', 'change', 'the subnets changed'],
    ['SetSecurityGroups', 'change', 'somebody changed the security groups'],
    ['DeleteLoadBalancer', 'change', 'the Service is gone, or a successor serves'],
    ['ModifyTargetGroup', 'change', 'the health check changed'],
    ['ModifyTargetGroupAttributes', 'change', 'attributes that the Service asks for'],
    ['RegisterTargets', 'change', 'nodes became targets'],
    ['DeregisterTargets', 'change', 'nodes are targets no more'],
    ['DeleteTargetGroup', 'change', 'no listener asks for it'],
    ['AddTags', 'retag', 'tags that the Service asks for'],
    ['RemoveTags', 'retag', 'tags that the Service does not ask for any more'],
  ]),
  ...['CreateLoadBalancer', 'CreateTargetGroup', 'CreateListener'].map((operation) =>
    tagged('elasticloadbalancing:AddTags', operation),
  ),
  ...ec2('write', [
    ['CreateSecurityGroup', 'create-group', 'the front group of a load balancer, and the shared backend group'],
    ['CreateSecurityGroup', 'create-group-in-vpc', 'a security group is made in a VPC, which EC2 checks too'],
    ['DeleteSecurityGroup', 'change-group', 'no load balancer uses it'],
    ['AuthorizeSecurityGroupIngress', 'change-group', 'listen ports are opened to the source ranges'],
    ['RevokeSecurityGroupIngress', 'change-group', 'source ranges changed'],
    ['AuthorizeSecurityGroupIngress', 'node-rules', 'NodePorts are opened to the backend group'],
    ['RevokeSecurityGroupIngress', 'node-rules', 'NodePorts are closed'],
    ['CreateTags', 'retag-group', 'tags that the Service asks for'],
    ['DeleteTags', 'retag-group', 'tags that the Service does not ask for any more'],
  ]),
  tagged('ec2:CreateTags', 'CreateSecurityGroup'),
  ...lookedUp('CreateLoadBalancer', [
    'DescribeAccountAttributes',
    'DescribeAddresses',
    'DescribeInternetGateways',
    'DescribeSecurityGroups',
    'DescribeSubnets',
    'DescribeVpcs',
  ]),
  ...lookedUp('CreateTargetGroup', ['DescribeInternetGateways', 'DescribeVpcs']),
  ...lookedUp('RegisterTargets', ['DescribeInstances', 'DescribeInternetGateways', 'DescribeSubnets', 'DescribeVpcs']),
  ...lookedUp('SetSubnets', ['DescribeSubnets']),
  {
    action: 'iam:CreateServiceLinkedRole',
    operation: 'CreateLoadBalancer',
    access: 'write',
    grant: 'service-linked-role',
    implied: 'caller',
    why: 'the first load balancer of an account makes the role that Elastic Load Balancing works with',
  },
];

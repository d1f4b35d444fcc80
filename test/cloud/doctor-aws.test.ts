/** What `sluice doctor` says of credentials, region, VPC and IAM. */
import { describe, expect, test } from 'vitest';
import { AWS_PERMISSIONS, type AwsPermission } from '../../src/cloud/aws/aws-permissions.ts';
import {
  checkAccess,
  checkLoadBalancerChanges,
  checkReads,
  checkSecurityGroupChanges,
  checkVpc,
} from '../../src/cloud/doctor/check-aws.ts';
import { readDenial, remedyOf } from '../../src/cloud/doctor/denial.ts';
import type { AwsFacts, PermissionTrial } from '../../src/cloud/doctor/facts.ts';
import type { Condition } from '../../src/kube/objects.ts';
import { CONFIG, facts, failed, said, service } from './support/doctor.ts';

const aws = (change: Partial<AwsFacts> = {}) => facts({ aws: change }).aws;

describe('access', () => {
  const anyhow = expect.any(String) as string;
  const reach =
    'see that this machine reaches AWS (NAT gateway, VPC endpoints for ec2 and elasticloadbalancing, proxy), and that the region and AWS_ENDPOINT_URL are right';
  test.each<[string, Partial<AwsFacts>, string[]]>([
    ['that works', {}, ['ok']],
    ['that is denied one thing', { access: failed('forbidden', 'User: arn is not authorized') }, ['ok']],
    [
      'no region',
      { region: failed('config', 'no AWS region: no node has a label; set --region or AWS_REGION') },
      ['error', 'error region: no AWS region: no node has a label → set --region or AWS_REGION'],
    ],
    ['nodes that could not be listed', { region: failed('skipped', 'nodes: forbidden') }, ['unknown']],
    [
      'no credentials',
      { credentials: failed('unauthenticated', 'Could not load credentials', 'CredentialsProviderError') },
      [
        'error',
        'error AWS in eu-north-1: no AWS credentials were found → in a pod: give its service account an IAM role (EKS Pod Identity or IRSA); elsewhere: set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
      ],
    ],
    [
      'expired credentials',
      { access: failed('unauthenticated', 'Request has expired.', 'RequestExpired') },
      [
        'error',
        'error AWS in eu-north-1: the credentials are not usable: Request has expired. → get new ones (aws sso login), or set the clock of this machine',
      ],
    ],
    [
      'wrong credentials',
      { access: failed('unauthenticated', 'AWS was not able to validate', 'AuthFailure') },
      [
        'error',
        'error AWS in eu-north-1: the credentials are not usable: AWS was not able to validate → give credentials of the account that the cluster is in',
      ],
    ],
    [
      'a region that is not enabled',
      { access: failed('unauthenticated', 'You are not subscribed', 'OptInRequired') },
      [
        'error',
        'error AWS in eu-north-1: the credentials are not usable: You are not subscribed → enable the region in the account',
      ],
    ],
    [
      'no connection',
      { access: failed('unreachable', 'connect ETIMEDOUT', 'ETIMEDOUT') },
      ['error', `error AWS in eu-north-1: no answer: connect ETIMEDOUT → ${reach}`],
    ],
    [
      'trouble of AWS’s own',
      { access: failed('other', 'An internal error has occurred', 'InternalError') },
      [
        'error',
        'error AWS in eu-north-1: An internal error has occurred → try again; if it stays so, see that the region and AWS_ENDPOINT_URL are right',
      ],
    ],
    ['silence', { access: failed('deadline', 'no answer within --timeout') }, ['error', anyhow]],
  ])('%s', (_what, change, expected) => {
    expect(said(checkAccess(aws(change), facts().kube))).toEqual(expected);
  });
});

test('whose credentials were tried is said', () => {
  const summary = (whoami: string) => checkAccess(aws(), facts({ kube: { whoami: { value: whoami } } }).kube).summary;
  expect(summary('system:serviceaccount:kube-system:sluice')).toBe(
    'AWS in eu-north-1 answers to the credentials that are used here',
  );
  expect(summary('jane')).toMatch(/used here; whether they are the controller's can't be told$/);
});

test.each<[string, Partial<AwsFacts>, string[]]>([
  ['there', {}, ['ok']],
  [
    'nowhere to be found',
    { vpcId: failed('config', 'the nodes are in several VPCs (vpc-1, vpc-2); name one with --vpc-id') },
    ['error', 'error VPC: the nodes are in several VPCs (vpc-1, vpc-2) → name one with --vpc-id'],
  ],
  [
    'in another region',
    { vpcExists: { value: false } },
    [
      'error',
      'error vpc-1: does not exist in eu-north-1 → set --vpc-id to the VPC of the nodes, and --region to its region',
    ],
  ],
  ['not to be asked for', { vpcExists: failed('forbidden') }, ['unknown']],
  ['not known, for AWS can’t be used', { vpcId: failed('skipped') }, ['unknown']],
])('the VPC is %s', (_what, change, expected) => {
  expect(said(checkVpc(aws(change)))).toEqual(expected);
});

const ROLE = 'arn:aws:sts::123456789012:assumed-role/sluice/i-0abc';
const POLICY = 'attach the policy that sluice iam-policy --cluster-name prod prints to the role of the controller';

describe('AWS’s refusals', () => {
  test.each([
    [
      `You are not authorized to perform this operation. User: ${ROLE} is not authorized to perform: ec2:DescribeSubnets because no identity-based policy allows the ec2:DescribeSubnets action`,
      {
        principal: ROLE,
        action: 'ec2:DescribeSubnets',
        because: 'no identity-based policy allows the ec2:DescribeSubnets action',
      },
      POLICY,
    ],
    [
      `You are not authorized to perform this operation. User: ${ROLE} is not authorized to perform: ec2:CreateTags on resource: arn:aws:ec2:eu-north-1:123456789012:security-group/* because no identity-based policy allows the ec2:CreateTags action. Encoded authorization failure message: AbC-dEf_1`,
      {
        principal: ROLE,
        action: 'ec2:CreateTags',
        resource: 'arn:aws:ec2:eu-north-1:123456789012:security-group/*',
        because: 'no identity-based policy allows the ec2:CreateTags action',
      },
      POLICY,
    ],
    [
      `AccessDenied: User: ${ROLE} is not authorized to perform: elasticloadbalancing:CreateLoadBalancer on resource: arn:aws:elasticloadbalancing:eu-north-1:123456789012:loadbalancer/net/k8s-x/* with an explicit deny in a service control policy (request 4f1e)`,
      {
        principal: ROLE,
        action: 'elasticloadbalancing:CreateLoadBalancer',
        resource: 'arn:aws:elasticloadbalancing:eu-north-1:123456789012:loadbalancer/net/k8s-x/*',
        because: 'an explicit deny in a service control policy',
      },
      'have elasticloadbalancing:CreateLoadBalancer allowed by the service control policy: it denies it explicitly',
    ],
    [
      `User: ${ROLE} is not authorized to perform: ec2:DescribeVpcs because no permissions boundary allows the ec2:DescribeVpcs action`,
      {
        principal: ROLE,
        action: 'ec2:DescribeVpcs',
        because: 'no permissions boundary allows the ec2:DescribeVpcs action',
      },
      'let the permissions boundary allow ec2:DescribeVpcs too',
    ],
    ['You are not authorized to perform this operation. Encoded authorization failure message: x', {}, POLICY],
  ])('%s', (message, denial, remedy) => {
    expect(readDenial(message)).toEqual(denial);
    expect(remedyOf(denial, 'prod')).toBe(remedy);
  });
});

describe('IAM', () => {
  const spoil = (
    is: (permission: AwsPermission) => boolean,
    outcome: PermissionTrial['outcome'],
  ): Partial<AwsFacts> => ({
    trials: AWS_PERMISSIONS.map((permission) => ({
      permission,
      outcome: is(permission) ? outcome : { kind: 'allowed' },
    })),
  });
  const refusal = (action: string, resource = '') =>
    `User: ${ROLE} is not authorized to perform: ${action}${resource && ` on resource: ${resource}`} because no identity-based policy allows the ${action} action`;
  const because = (action: string) => `no identity-based policy allows the ${action} action`;

  test.each(AWS_PERMISSIONS.filter(({ access, implied }) => access === 'read' && !implied))(
    'a read is denied: $action',
    ({ action, why }) => {
      const denied = spoil((one) => one.action === action, { kind: 'denied', message: refusal(action) });
      const findings = said(checkReads(aws(denied), CONFIG));
      expect(findings).toEqual([
        'error',
        `error ${ROLE}: ${action} is denied: ${because(action)} (needed for: ${why}) → ${POLICY}`,
      ]);
      expect(checkSecurityGroupChanges(aws(denied), CONFIG).status).toBe('ok');
    },
  );

  test.each(
    AWS_PERMISSIONS.filter(
      ({ access, action, implied }) => access === 'write' && action.startsWith('ec2:') && !implied,
    ),
  )('a change is denied: $action ($grant)', ({ action, grant }) => {
    const denied = spoil((one) => one.action === action && one.grant === grant, {
      kind: 'denied',
      message: refusal(action, 'arn:aws:ec2:*:*:security-group/sg-1'),
    });
    const [status, finding, ...more] = said(checkSecurityGroupChanges(aws(denied), CONFIG));
    expect([status, more]).toEqual(['error', []]);
    expect(finding).toMatch(
      `error ${ROLE}: ${action} is denied on arn:aws:ec2:*:*:security-group/sg-1: ${because(action)}`,
    );
    expect(finding).toContain(POLICY);
    expect(checkReads(aws(denied), CONFIG).status).toBe('ok');
  });

  test('a call that is denied for the tags that it brings is one finding, of the tags', () => {
    const message = refusal('ec2:CreateTags', 'arn:aws:ec2:*:*:security-group/*');
    const denied = spoil(({ operation }) => operation === 'CreateSecurityGroup', { kind: 'denied', message });
    const { findings } = checkSecurityGroupChanges(aws(denied), CONFIG);
    expect(findings.map(({ problem }) => problem.split(':')[1])).toEqual(['CreateTags is denied on arn']);
  });

  test('node rules: the finding says on which groups the policy allows them', () => {
    const denied = spoil(({ grant }) => grant === 'node-rules', { kind: 'denied', message: 'no' });
    expect(said(checkSecurityGroupChanges(aws(denied), CONFIG))).toEqual([
      'error',
      `error the role of the controller: ec2:AuthorizeSecurityGroupIngress is denied (needed for: NodePorts are opened to the backend group) → ${POLICY}; it allows this on groups with the tag kubernetes.io/cluster/prod`,
    ]);
  });

  test('an endpoint that is not reached is an error, for nothing was tried', () => {
    const silent = spoil(({ action }) => action.startsWith('elasticloadbalancing:'), {
      kind: 'unanswered',
      message: 'connect ETIMEDOUT',
    });
    expect(said(checkReads(aws(silent), CONFIG))).toEqual([
      'error',
      'error elasticloadbalancing: no answer: connect ETIMEDOUT → see that elasticloadbalancing is reached from here (NAT gateway, VPC endpoint, proxy, AWS_ENDPOINT_URL)',
    ]);
  });

  test('what could not be tried, and what AWS answered otherwise, is said', () => {
    const untried = spoil(({ grant }) => grant === 'change-group', { kind: 'untried', why: 'on groups of its own' });
    expect(checkSecurityGroupChanges(aws(untried), CONFIG)).toMatchObject({
      status: 'ok',
      summary:
        '5 actions allowed, not tried on groups of its own: ec2:DeleteSecurityGroup, ec2:AuthorizeSecurityGroupIngress, ec2:RevokeSecurityGroupIngress',
    });
    const unclear = spoil(({ action }) => action.endsWith(':DescribeListeners'), { kind: 'unclear', message: 'odd' });
    expect(checkReads(aws(unclear), CONFIG)).toMatchObject({
      status: 'ok',
      summary: '13 actions allowed, without a clear answer: elasticloadbalancing:DescribeListeners: odd',
    });
    const none = spoil(() => true, { kind: 'untried', why: 'on an endpoint without dry runs' });
    expect(checkSecurityGroupChanges(aws(none), CONFIG).status).toBe('unknown');
    const nothing = { trials: [], credentials: failed('unauthenticated', 'none were found') };
    expect(checkReads(aws(nothing), CONFIG)).toMatchObject({
      status: 'unknown',
      summary: 'could not be looked at: none were found',
    });
  });
});

describe('changes of load balancers', () => {
  const condition = (type: string, status: Condition['status'], message: string): Condition => ({
    type,
    status,
    message,
    reason: 'x',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  });
  const held = (name: string, ...conditions: Condition[]) =>
    service(name, {
      metadata: { name, namespace: 'shop', uid: name, resourceVersion: '1', finalizers: ['sluice.dev/load-balancer'] },
      status: { conditions },
    });
  const check = (...services: ReturnType<typeof service>[]) =>
    checkLoadBalancerChanges(facts({ kube: { services: { value: services } } }).kube, CONFIG);

  test('are told from what the controller met', () => {
    const action = 'elasticloadbalancing:CreateLoadBalancer';
    const message = `no load balancer yet: AccessDenied: User: ${ROLE} is not authorized to perform: ${action} on resource: arn:lb because no identity-based policy allows the ${action} action (request 1)`;
    const refused = held(
      'web',
      condition('sluice.dev/Provisioned', 'False', message),
      condition('sluice.dev/Synced', 'False', message),
    );
    expect(said(check(refused, service('other')))).toEqual([
      'error',
      `error Service shop/web: ${action} was denied for ${ROLE} on arn:lb (condition sluice.dev/Provisioned) → ${POLICY}`,
    ]);
  });

  test('also where AWS’s words are unknown, but not in others’ conditions', () => {
    const message = 'AccessDenied: no';
    expect(said(check(held('web', condition('sluice.dev/Synced', 'False', message))))).toEqual([
      'error',
      `error Service shop/web: AccessDenied: no (condition sluice.dev/Synced) → ${POLICY}`,
    ]);
    expect(check(held('web', condition('example.com/Ready', 'False', message))).findings).toEqual([]);
  });

  test('what was made was allowed; the rest cannot be tried', () => {
    const made = held('web', condition('sluice.dev/Provisioned', 'True', 'arn'));
    expect(check(made)).toMatchObject({
      status: 'ok',
      summary: '1 load balancer made and none refused; changes of load balancers cannot be tried without making them',
    });
    expect(check(service('web')).status).toBe('unknown');
    const unread = facts({ kube: { services: failed('forbidden') } }).kube;
    expect(checkLoadBalancerChanges(unread, CONFIG).status).toBe('unknown');
  });
});

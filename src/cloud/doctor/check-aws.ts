/** AWS: is it reached with usable credentials, is the VPC there, and does IAM allow what the controller does. Pure. */
import { keyOf } from '../../kube/key.ts';
import { isHeld } from '../../service/ownership.ts';
import type { AwsPermission } from '../aws/aws-permissions.ts';
import { PROVISIONED } from '../status.ts';
import { isAccount } from './check-kube.ts';
import type { DoctorConfig } from './config.ts';
import { isDenial, readDenial, remedyOf } from './denial.ts';
import type { AwsFacts, KubeFacts, PermissionTrial } from './facts.ts';
import type { Failure } from './look.ts';
import { type CheckName, type CheckResult, count, error, type Finding, judged, mistake, unknown } from './report.ts';

export function checkAccess({ region, credentials, access }: AwsFacts, { whoami }: KubeFacts): CheckResult {
  const check = 'aws-access';
  if (region.failure) {
    // That the nodes could not be listed is a finding elsewhere.
    if (region.failure.kind === 'skipped') return unknown(check, region.failure.message);
    return judged(check, 'no region', [mistake('region', region.failure.message, 'set --region or AWS_REGION')]);
  }
  const where = `AWS in ${region.value}`;
  const failure = credentials.failure ?? access.failure;
  if (failure?.kind === 'skipped') return unknown(check, failure.message);
  // Who is told that they may not is known.
  if (failure && failure.kind !== 'forbidden') return judged(check, 'cannot be used', [accessFinding(where, failure)]);
  // In its pod, the controller has these credentials too.
  const other = isAccount(whoami.value ?? '') ? '' : "; whether they are the controller's can't be told";
  return judged(check, `${where} answers to the credentials that are used here${other}`);
}

function accessFinding(where: string, { kind, message, code = '' }: Failure): Finding {
  if (kind === 'unauthenticated') {
    const problem = `the credentials are not usable: ${message}`;
    if (code === 'CredentialsProviderError') {
      return error(
        where,
        'no AWS credentials were found',
        'in a pod: give its service account an IAM role (EKS Pod Identity or IRSA); elsewhere: set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
      );
    }
    if (/Expired/.test(code))
      return error(where, problem, 'get new ones (aws sso login), or set the clock of this machine');
    if (code === 'OptInRequired') return error(where, problem, 'enable the region in the account');
    return error(where, problem, 'give credentials of the account that the cluster is in');
  }
  if (kind === 'other' || kind === 'not-found') {
    return error(where, message, 'try again; if it stays so, see that the region and AWS_ENDPOINT_URL are right');
  }
  return error(
    where,
    `no answer: ${message}`,
    'see that this machine reaches AWS (NAT gateway, VPC endpoints for ec2 and elasticloadbalancing, proxy), and that the region and AWS_ENDPOINT_URL are right',
  );
}

export function checkVpc({ region, vpcId, vpcExists }: AwsFacts): CheckResult {
  const check = 'vpc';
  if (vpcId.failure) {
    const { kind, message } = vpcId.failure;
    if (kind !== 'config') return unknown(check, message);
    return judged(check, 'no VPC', [mistake('VPC', message, 'set --vpc-id')]);
  }
  const place = `${vpcId.value} in ${region.value ?? ''}`;
  if (vpcExists.failure) return unknown(check, `${place}: ${vpcExists.failure.message}`);
  if (vpcExists.value) return judged(check, place);
  return judged(check, place, [
    error(
      vpcId.value,
      `does not exist in ${region.value}`,
      'set --vpc-id to the VPC of the nodes, and --region to its region',
    ),
  ]);
}

/** Calls that only look: tried for real, but for those that Elastic Load Balancing makes, which are dry runs. */
export function checkReads(aws: AwsFacts, config: DoctorConfig): CheckResult {
  return judgedTrials('iam-reads', aws, config, ({ access }) => access === 'read');
}

/** Changes of security groups: dry runs. */
export function checkSecurityGroupChanges(aws: AwsFacts, config: DoctorConfig): CheckResult {
  return judgedTrials(
    'iam-security-groups',
    aws,
    config,
    ({ access, action }) => access === 'write' && action.startsWith('ec2:'),
  );
}

function judgedTrials(
  check: CheckName,
  aws: AwsFacts,
  config: DoctorConfig,
  concerns: (permission: AwsPermission) => boolean,
): CheckResult {
  const trials = aws.trials.filter(({ permission }) => concerns(permission));
  const [first] = [aws.region, aws.credentials, aws.vpcId].flatMap(({ failure }) => failure ?? []);
  if (trials.length === 0) return unknown(check, first?.message ?? 'AWS was not asked');
  const findings: Finding[] = [];
  const said = new Set<string>();
  for (const { permission, outcome } of trials) {
    const finding = trialFinding(permission, outcome, config);
    if (!finding) continue;
    // One call may need several permissions, and is refused for one of them.
    const text = outcome.kind === 'denied' ? outcome.message : finding.problem;
    if (!said.has(text)) findings.push(finding);
    said.add(text);
  }
  const actionsOf = (kind: PermissionTrial['outcome']['kind']) => [
    ...new Set(trials.filter(({ outcome }) => outcome.kind === kind).map(({ permission }) => permission.action)),
  ];
  const untried = trials.filter(({ outcome }) => outcome.kind === 'untried');
  const [why] = untried.flatMap(({ outcome }) => (outcome.kind === 'untried' ? [outcome.why] : []));
  const unclear = trials.flatMap(({ permission, outcome }) =>
    outcome.kind === 'unclear' ? [`${permission.action}: ${outcome.message}`] : [],
  );
  const summary = [
    `${count(actionsOf('allowed').length, 'action')} allowed`,
    ...(findings.length > 0 ? [`${actionsOf('denied').length} denied`] : []),
    ...(untried.length > 0 ? [`not tried ${why}: ${actionsOf('untried').join(', ')}`] : []),
    ...(unclear.length > 0 ? [`without a clear answer: ${unclear.join('; ')}`] : []),
  ].join(', ');
  const nothing = actionsOf('allowed').length === 0 && findings.length === 0;
  return nothing ? unknown(check, summary) : judged(check, summary, findings);
}

function trialFinding(
  { action, why }: AwsPermission,
  outcome: PermissionTrial['outcome'],
  { clusterName }: DoctorConfig,
): Finding | undefined {
  if (outcome.kind === 'unanswered') {
    const service = action.startsWith('ec2:') ? 'ec2' : 'elasticloadbalancing';
    const remedy = `see that ${service} is reached from here (NAT gateway, VPC endpoint, proxy, AWS_ENDPOINT_URL)`;
    return error(service, `no answer: ${outcome.message}`, remedy);
  }
  if (outcome.kind !== 'denied') return undefined;
  const denial = readDenial(outcome.message);
  const who = denial.principal ?? 'the role of the controller';
  const on = denial.resource ? ` on ${denial.resource}` : '';
  const because = denial.because ? `: ${denial.because}` : '';
  // A call may be refused for another action than its own: tags that it brings.
  const problem = `${denial.action ?? action} is denied${on}${because} (needed for: ${why})`;
  if (action === 'ec2:AuthorizeSecurityGroupIngress' || action === 'ec2:RevokeSecurityGroupIngress') {
    const tag = `kubernetes.io/cluster/${clusterName}`;
    return error(who, problem, `${remedyOf(denial, clusterName)}; it allows this on groups with the tag ${tag}`);
  }
  return error(who, problem, remedyOf(denial, clusterName));
}

/**
 * Changes of load balancers have no dry run: what is known is what the controller met, which it writes into the
 * conditions of Services.
 */
export function checkLoadBalancerChanges({ services }: KubeFacts, config: DoctorConfig): CheckResult {
  const check = 'iam-load-balancers';
  const noTrial = 'changes of load balancers cannot be tried without making them';
  if (services.failure)
    return unknown(check, `${noTrial}, and Services could not be read: ${services.failure.message}`);
  const findings: Finding[] = [];
  let provisioned = 0;
  for (const service of services.value) {
    const own = (service.status?.conditions ?? []).filter(({ type }) => type.startsWith('sluice.dev/'));
    const refusal = own.find(({ message }) => isDenial(message));
    if (refusal) {
      const denial = readDenial(refusal.message);
      const by = denial.principal ? ` for ${denial.principal}` : '';
      const on = denial.resource ? ` on ${denial.resource}` : '';
      const problem = denial.action ? `${denial.action} was denied${by}${on}` : refusal.message;
      findings.push(
        error(
          `Service ${keyOf(service)}`,
          `${problem} (condition ${refusal.type})`,
          remedyOf(denial, config.clusterName),
        ),
      );
    } else if (isHeld(service) && own.some(({ type, status }) => type === PROVISIONED && status === 'True')) {
      provisioned += 1;
    }
  }
  if (findings.length > 0) return judged(check, `AWS refused ${count(findings.length, 'Service')}`, findings);
  if (provisioned === 0) return unknown(check, `${noTrial}, and no Service has a load balancer of Sluice's yet`);
  return judged(check, `${count(provisioned, 'load balancer')} made and none refused; ${noTrial}`);
}

/** Nodes as targets, and the security groups that let load balancers reach them. Pure. */
import type { Node } from '../../kube/objects.ts';
import { AWS_RULE_LIMIT, nodeRuleLabel } from '../node-rules.ts';
import type { ObservedSecurityGroup } from '../model.ts';
import { type Instance, instanceIdOf, isTargetNode, nodeGroupOf, selectTargets } from '../nodes.ts';
import type { DoctorConfig } from './config.ts';
import type { AwsFacts, KubeFacts } from './facts.ts';
import { type CheckResult, count, error, type Finding, judged, some, unknown, warning } from './report.ts';

export function checkNodes(kube: KubeFacts, aws: AwsFacts): CheckResult {
  const check = 'nodes';
  if (kube.nodes.failure) return unknown(check, kube.nodes.failure.message);
  const nodes = kube.nodes.value;
  if (nodes.length === 0) {
    return judged(check, 'none', [error('cluster', 'has no nodes, so nothing can be a target', 'add nodes')]);
  }
  const targets = nodes.filter((node) => isTargetNode(node));
  if (targets.length === 0) {
    const problem = 'all nodes are excluded from load balancers, or about to be removed';
    const remedy =
      'take the label node.kubernetes.io/exclude-from-external-load-balancers off some, or add nodes other than Fargate';
    return judged(check, `${count(nodes.length, 'node')}, none is meant to be a target`, [
      error('cluster', problem, remedy),
    ]);
  }
  if (aws.instances.failure || aws.vpcId.failure) {
    // What needs no word from EC2 can be said all the same.
    const findings = leftOutFindings(
      targets.filter((node) => !instanceIdOf(node)),
      new Map(),
      '',
      targets.length,
    );
    const why = (aws.instances.failure ?? aws.vpcId.failure)?.message ?? '';
    return findings.length > 0 ? judged(check, `EC2 could not be asked: ${why}`, findings) : unknown(check, why);
  }
  const { instanceIds } = selectTargets(nodes, aws.instances.value, aws.vpcId.value);
  const findings = leftOutFindings(targets, aws.instances.value, aws.vpcId.value, targets.length);
  return judged(check, `${instanceIds.length} of ${count(nodes.length, 'node')} can be targets`, findings);
}

interface Reason {
  problem: string;
  remedy: string;
}

/** One finding a reason, with the nodes that have it; an error when no node is left. */
function leftOutFindings(
  nodes: Node[],
  instances: ReadonlyMap<string, Instance>,
  vpcId: string,
  of: number,
): Finding[] {
  const { leftOut } = selectTargets(nodes, instances, vpcId);
  const byName = new Map(nodes.map((node) => [node.metadata.name, node]));
  const severe = leftOut.length === of ? error : warning;
  const byReason = Map.groupBy(leftOut, ({ node, reason }) => {
    const { problem, remedy } = reasonOf(byName.get(node), instances, vpcId, reason);
    return JSON.stringify([problem, remedy]);
  });
  return [...byReason].map(([key, members]) => {
    const [problem, remedy] = JSON.parse(key) as [string, string];
    const names = members.map(({ node }) => node);
    return severe(`${names.length === 1 ? 'node' : 'nodes'} ${some(names)}`, `left out: ${problem}`, remedy);
  });
}

function reasonOf(
  node: Node | undefined,
  instances: ReadonlyMap<string, Instance>,
  vpcId: string,
  reason: string,
): Reason {
  const id = node && instanceIdOf(node);
  const instance = id === undefined ? undefined : instances.get(id);
  if (!node?.spec?.providerID) {
    const remedy =
      'run the nodes with a cloud provider: kubelet --cloud-provider=external and cloud-provider-aws, or kubelet --provider-id=aws:///ZONE/INSTANCE';
    return { problem: 'no providerID', remedy };
  }
  if (!id) {
    const remedy =
      'only EC2 instances can be targets: label the others node.kubernetes.io/exclude-from-external-load-balancers';
    return { problem: 'the providerID is not that of an EC2 instance (aws:///ZONE/i-…)', remedy };
  }
  if (!instance) {
    const remedy =
      'see that --region and the account of the credentials are those of the nodes, or delete the Node of an instance that is gone';
    return { problem: 'EC2 does not know the instance', remedy };
  }
  if (instance.vpcId !== vpcId) {
    const remedy =
      'load balancers reach instances of their own VPC: set --vpc-id to it, or leave these nodes out by label';
    return { problem: `the instance is in ${instance.vpcId}, not in ${vpcId}`, remedy };
  }
  return {
    problem: reason.replace(/^instance \S+ /, 'the instance '),
    remedy: 'start the instance, or delete its Node',
  };
}

export function checkNodeGroups(kube: KubeFacts, aws: AwsFacts, config: DoctorConfig): CheckResult {
  const check = 'node-security-groups';
  const failure = [kube.nodes, aws.vpcId, aws.instances, aws.nodeGroups].flatMap((look) => look.failure ?? [])[0];
  if (failure || !kube.nodes.value || !aws.instances.value || !aws.nodeGroups.value || !aws.vpcId.value) {
    return unknown(check, failure?.message ?? 'nothing was asked');
  }
  const { instanceIds } = selectTargets(kube.nodes.value, aws.instances.value, aws.vpcId.value);
  const tag = `kubernetes.io/cluster/${config.clusterName}`;
  const tagged = new Set(aws.nodeGroups.value.filter(({ tags }) => tags[tag] !== undefined).map(({ id }) => id));
  const used = new Set<string>();
  const unclear = new Map<string, { instances: string[]; groups: string[]; marked: number }>();
  for (const id of instanceIds) {
    const instance = aws.instances.value.get(id);
    if (!instance) continue;
    const group = nodeGroupOf(instance, tagged);
    if (group) used.add(group);
    else {
      const groups = [...instance.securityGroupIds].sort();
      const key = groups.join(' ');
      const marked = groups.filter((one) => tagged.has(one)).length;
      const entry = unclear.get(key) ?? { instances: [], groups, marked };
      entry.instances.push(id);
      unclear.set(key, entry);
    }
  }
  const findings = [
    ...[...unclear.values()].map((entry) => unclearFinding(entry, tag)),
    ...aws.nodeGroups.value.filter(({ id }) => used.has(id)).flatMap((group) => roomFindings(group, config)),
  ];
  const summary = used.size === 0 ? 'none is clear' : `NodePorts are opened in ${[...used].sort().join(', ')}`;
  return judged(check, instanceIds.length === 0 ? 'no node can be a target' : summary, findings);
}

function unclearFinding(entry: { instances: string[]; groups: string[]; marked: number }, tag: string): Finding {
  const { instances, groups, marked } = entry;
  const object = `${instances.length === 1 ? 'instance' : 'instances'} ${some(instances)}`;
  const closed = 'so NodePorts stay closed';
  if (groups.length === 0) {
    return error(
      object,
      `no security group on the primary network interface, ${closed}`,
      `attach one with the tag ${tag}`,
    );
  }
  if (marked === 0) {
    const problem = `${count(groups.length, 'security group')} (${some(groups)}) and none is tagged ${tag}, ${closed}`;
    return error(
      object,
      problem,
      `tag exactly one of them: aws ec2 create-tags --resources ${groups[0]} --tags Key=${tag},Value=owned`,
    );
  }
  const problem = `${marked} of the security groups ${some(groups)} are tagged ${tag}, ${closed}`;
  return error(object, problem, `leave the tag ${tag} on exactly one of them`);
}

/** From so few free places on, a few more rules of others' make a change impossible. */
const LITTLE_ROOM = 5;

function roomFindings(group: ObservedSecurityGroup, config: DoctorConfig): Finding[] {
  const { nodeSgRuleBudget: budget, clusterName } = config;
  // A budget of the limit or more says that the quota was raised, to a number that is not known here.
  if (budget >= AWS_RULE_LIMIT) return [];
  const total = group.groupRules.length + group.cidrRules.length + group.otherRules;
  const own = group.groupRules.filter(({ description }) => description === nodeRuleLabel(clusterName)).length;
  const object = `security group ${group.id}`;
  const remedy =
    "merge or remove some of the other rules, or raise the quota 'Inbound or outbound rules per security group'";
  // One place stays free, to open before closing.
  if (total - own >= AWS_RULE_LIMIT - 1) {
    const problem = `${total - own} of ${AWS_RULE_LIMIT} rules are others', which leaves no place to open NodePorts`;
    return [error(object, problem, remedy)];
  }
  if (AWS_RULE_LIMIT - total < LITTLE_ROOM) {
    return [warning(object, `${total} of ${AWS_RULE_LIMIT} rules are used up`, remedy)];
  }
  if (own >= budget) {
    const problem = `${own} rules of Sluice's, the budget: NodePorts share ranges, which open ports in between too`;
    return [warning(object, problem, 'raise --node-sg-rule-budget, or have fewer LoadBalancer ports')];
  }
  return [];
}

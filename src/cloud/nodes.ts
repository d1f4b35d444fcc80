/** Which nodes are targets of a load balancer, and why the others are not. */
import type { Node } from '../kube/objects.ts';

/** KEP-3458 and k8s.io/cloud-provider/controllers/service: the label whose value, unless it parses as false, excludes a node. */
export const EXCLUDE_LABEL = 'node.kubernetes.io/exclude-from-external-load-balancers';

/** Taints that announce a node's removal: the cluster autoscaler's (as upstream) and Karpenter's (as LBC). */
const REMOVAL_TAINTS: { key: string; effect?: string }[] = [
  { key: 'ToBeDeletedByClusterAutoscaler' },
  { key: 'karpenter.sh/disrupted', effect: 'NoSchedule' },
];

/** Go's strconv.ParseBool, whose false values upstream honours in the label. */
const FALSE_VALUES = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

/** What EC2 says of a node's instance. */
export interface Instance {
  id: string;
  vpcId: string;
  state: string;
  /** Security group ids of the primary network interface. */
  securityGroupIds: string[];
}

export interface LeftOut {
  node: string;
  reason: string;
}

export interface TargetNodes {
  instanceIds: string[];
  /** Nodes that should be targets but can't be; nodes that are excluded on purpose are not listed. */
  leftOut: LeftOut[];
}

/**
 * Whether a node takes load balancer traffic: not being deleted, not excluded by label, not about to be removed.
 * Ready is not asked: the load balancer's health checks see that for themselves (KEP-3458).
 */
export function isTargetNode(node: Node, labels: Record<string, string> = {}): boolean {
  if (node.metadata.deletionTimestamp) return false;
  const nodeLabels = node.metadata.labels ?? {};
  const excluded = nodeLabels[EXCLUDE_LABEL];
  if (excluded !== undefined && !FALSE_VALUES.has(excluded)) return false;
  if (nodeLabels['eks.amazonaws.com/compute-type'] === 'fargate') return false;
  const leaving = (node.spec?.taints ?? []).some((taint) =>
    REMOVAL_TAINTS.some((removal) => removal.key === taint.key && (!removal.effect || removal.effect === taint.effect)),
  );
  if (leaving) return false;
  return Object.entries(labels).every(([key, value]) => nodeLabels[key] === value);
}

/**
 * The instance id of a provider id (`aws:///ZONE/i-0123`, the form of cloud-provider-aws; a bare `i-0123` is taken too).
 * Undefined for anything else.
 */
export function instanceIdOf(node: Node): string | undefined {
  const match = /(?:^|^aws:\/\/.*\/)(i-[0-9a-z]+)$/.exec(node.spec?.providerID ?? '');
  return match?.[1];
}

/** The zone part of a provider id, as `us-east-1a`. */
export function zoneOf(node: Node): string | undefined {
  return (
    node.metadata.labels?.['topology.kubernetes.io/zone'] ??
    /^aws:\/\/\/([a-z0-9-]+)\/i-/.exec(node.spec?.providerID ?? '')?.[1]
  );
}

/**
 * The instances behind the nodes that take traffic. A node that can't be one (no usable providerID, unknown to EC2,
 * in another VPC, not running) is left out with its reason and never blocks the others.
 */
export function selectTargets(
  nodes: Node[],
  instances: ReadonlyMap<string, Instance>,
  vpcId: string,
  labels?: Record<string, string>,
): TargetNodes {
  const instanceIds = new Set<string>();
  const leftOut: LeftOut[] = [];
  for (const node of nodes) {
    if (!isTargetNode(node, labels)) continue;
    const id = instanceIdOf(node);
    const instance = id === undefined ? undefined : instances.get(id);
    const reason = unusable(node, id, instance, vpcId);
    if (reason) leftOut.push({ node: node.metadata.name, reason });
    else instanceIds.add(id as string);
  }
  leftOut.sort((a, b) => (a.node < b.node ? -1 : 1));
  return { instanceIds: [...instanceIds].sort(), leftOut };
}

function unusable(node: Node, id: string | undefined, instance: Instance | undefined, vpcId: string) {
  const providerId = node.spec?.providerID;
  if (!providerId) return 'has no providerID';
  if (!id) return `providerID ${JSON.stringify(providerId)} names no EC2 instance`;
  if (!instance) return `instance ${id} is not known to EC2`;
  if (instance.vpcId !== vpcId) return `instance ${id} is in VPC ${instance.vpcId}, not in ${vpcId}`;
  // RegisterTargets takes only running instances (ELBv2 API reference, RegisterTargets).
  if (instance.state !== 'running') return `instance ${id} is ${instance.state}`;
  return undefined;
}

/**
 * The security group of an instance that Sluice opens for NodePorts: the only one it has, else the only one with the
 * cluster's tag (LBC's rule). Undefined when that doesn't say which.
 */
export function nodeGroupOf(instance: Instance, clusterTagged: ReadonlySet<string>): string | undefined {
  if (instance.securityGroupIds.length === 1) return instance.securityGroupIds[0];
  const tagged = instance.securityGroupIds.filter((id) => clusterTagged.has(id));
  return tagged.length === 1 ? tagged[0] : undefined;
}

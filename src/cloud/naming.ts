/**
 * Names and tags of AWS resources: exactly those of aws-load-balancer-controller (LBC), so that either can take over
 * from the other (reference: LBC docs/deploy/upgrade and pkg/service/model_build_*.go, v3.5.0).
 * Names are how people recognise a resource; Sluice itself finds resources by their tags.
 */
import { createHash } from 'node:crypto';
import type { Identity, Tags } from './model.ts';

export const TAG_CLUSTER = 'elbv2.k8s.aws/cluster';
export const TAG_STACK = 'service.k8s.aws/stack';
export const TAG_RESOURCE = 'service.k8s.aws/resource';
/** On the shared backend group, which belongs to no stack. */
export const TAG_SHARED_RESOURCE = 'elbv2.k8s.aws/resource';

export const RESOURCE_LOAD_BALANCER = 'LoadBalancer';
export const RESOURCE_FRONT_GROUP = 'ManagedLBSecurityGroup';
export const RESOURCE_BACKEND_GROUP = 'backend-sg';

export const FRONT_GROUP_DESCRIPTION = '[k8s] Managed SecurityGroup for LoadBalancer';
export const BACKEND_GROUP_DESCRIPTION = '[k8s] Shared Backend SecurityGroup for LoadBalancer';

/**
 * Name of the load balancer (AWS: 32 characters of [A-Za-z0-9-]). Generation 0 is LBC's name; a replacement that has to
 * live beside its predecessor takes the next generation, since AWS holds a name only once.
 */
export function loadBalancerName(id: Identity, scheme: string, generation = 0): string {
  return shortName(id, hash(id.clusterName, id.uid, scheme, ...generationSuffix(generation)));
}

/** What of a target group goes into its name. Later changes to the health check do not rename it. */
export interface TargetGroupIdentity {
  nodePort: number;
  servicePort: number;
  protocol: string;
  healthCheckProtocol: string;
  healthCheckInterval: number;
}

/** Name of a target group with instance targets; generations as in {@link loadBalancerName}. */
export function targetGroupName(id: Identity, group: TargetGroupIdentity, generation = 0): string {
  const digest = hash(
    id.clusterName,
    id.uid,
    String(group.nodePort),
    String(group.servicePort),
    'instance',
    group.protocol,
    group.healthCheckProtocol,
    String(group.healthCheckInterval),
    ...generationSuffix(generation),
  );
  return shortName(id, digest);
}

/** Name of the managed front security group. */
export function frontGroupName(id: Identity): string {
  return shortName(id, hash(id.clusterName, id.name, id.namespace, id.uid));
}

/** Name of the cluster's shared backend security group (AWS: 255 characters). */
export function backendGroupName(clusterName: string): string {
  return `k8s-traffic-${alphanumeric(clusterName).slice(0, 232)}-${hash(clusterName)}`;
}

/** The tags that say whose a resource is. `resource` is one of the RESOURCE_ constants, `ns/name:port` or a listener port. */
export function ownershipTags(clusterName: string, stack: string, resource: string): Tags {
  return { [TAG_CLUSTER]: clusterName, [TAG_STACK]: stack, [TAG_RESOURCE]: resource };
}

/** Tags of the shared backend group. */
export function backendGroupTags(clusterName: string): Tags {
  return { [TAG_CLUSTER]: clusterName, [TAG_SHARED_RESOURCE]: RESOURCE_BACKEND_GROUP };
}

/** The `service.k8s.aws/resource` tag of the target group that serves a Service port. */
export function targetGroupResource(stack: string, servicePort: number): string {
  return `${stack}:${servicePort}`;
}

/** The first of name(0), name(1), … that is not taken. */
export function freeName(name: (generation: number) => string, taken: ReadonlySet<string>): string {
  for (let generation = 0; ; generation++) {
    const candidate = name(generation);
    if (!taken.has(candidate)) return candidate;
  }
}

function shortName(id: Identity, digest: string): string {
  return `k8s-${alphanumeric(id.namespace).slice(0, 8)}-${alphanumeric(id.name).slice(0, 8)}-${digest}`;
}

function alphanumeric(text: string): string {
  return text.replaceAll(/[^0-9A-Za-z]/g, '');
}

/** The first ten hex digits of the sha256 of the parts, joined with nothing between them. */
function hash(...parts: string[]): string {
  return createHash('sha256').update(parts.join('')).digest('hex').slice(0, 10);
}

function generationSuffix(generation: number): string[] {
  return generation === 0 ? [] : [`#${generation}`];
}

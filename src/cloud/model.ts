/**
 * The cloud plane's model: what a Service should have in AWS (desired), what it has (observed), and the ordered steps
 * between the two (plan). Plain data: ARNs and ids are AWS's, names and tags are LBC's (naming.ts).
 */
import type { Scheme } from './options.ts';

export type Tags = Record<string, string>;
export type Attributes = Record<string, string>;

/** What NLB listeners and target groups speak; TCP_UDP serves both on one port. */
export type ListenerProtocol = 'TCP' | 'UDP' | 'TCP_UDP';

export interface HealthCheck {
  protocol: 'TCP' | 'HTTP' | 'HTTPS';
  /** `traffic-port` or a port number, as text: AWS's own form. */
  port: string;
  /** Only for HTTP and HTTPS. */
  path?: string;
  /** Only for HTTP and HTTPS. */
  successCodes?: string;
  intervalSeconds: number;
  timeoutSeconds: number;
  healthyThreshold: number;
  unhealthyThreshold: number;
}

/** One ingress permission with an IPv4 CIDR as source. */
export interface CidrRule {
  protocol: 'tcp' | 'udp';
  fromPort: number;
  toPort: number;
  cidr: string;
}

export interface Target {
  /** EC2 instance id. */
  id: string;
  port: number;
}

export interface DesiredTargetGroup {
  /** The listener port it serves: its key among the Service's target groups together with `protocol`. */
  servicePort: number;
  protocol: ListenerProtocol;
  /** NodePort. */
  port: number;
  healthCheck: HealthCheck;
  attributes: Attributes;
  tags: Tags;
}

export interface DesiredListener {
  port: number;
  protocol: ListenerProtocol;
  tags: Tags;
}

export interface DesiredLoadBalancer {
  stack: string;
  scheme: Scheme;
  /** Set by annotation: the load balancer must have exactly this name. */
  fixedName?: string;
  /** `chosen` when named by annotation: changes are applied; otherwise an existing load balancer keeps its own, as LBC. */
  subnets: { ids: string[]; chosen: boolean };
  tags: Tags;
  attributes: Attributes;
  frontGroup: { name: string; description: string; tags: Tags; rules: CidrRule[] };
  /** One a listener port, each with the target group of the same `servicePort`. */
  listeners: DesiredListener[];
  targetGroups: DesiredTargetGroup[];
  /** Instance ids that every target group should hold. */
  instances: string[];
  allowReplacement: boolean;
}

export interface ObservedListener {
  arn: string;
  port: number;
  protocol: string;
  targetGroupArn?: string;
  /** Absent: not read. */
  tags?: Tags;
}

export interface ObservedLoadBalancer {
  arn: string;
  name: string;
  dnsName: string;
  scheme: string;
  state: string;
  stateReason?: string;
  createdAt: string;
  subnetIds: string[];
  securityGroupIds: string[];
  tags: Tags;
  /** Absent: not read. */
  listeners?: ObservedListener[];
  /** Absent: not read. */
  attributes?: Attributes;
}

export interface ObservedTarget extends Target {
  /** AWS's TargetHealthStateEnum: initial, healthy, unhealthy, unused, draining, unavailable. */
  state: string;
  reason?: string;
}

export interface ObservedTargetGroup {
  arn: string;
  name: string;
  port: number;
  protocol: string;
  targetType: string;
  healthCheck: HealthCheck;
  loadBalancerArns: string[];
  tags: Tags;
  /** Absent: not read. */
  targets?: ObservedTarget[];
  /** Absent: not read. */
  attributes?: Attributes;
}

/** A rule whose source is another security group. */
export interface GroupRule {
  protocol: string;
  fromPort: number;
  toPort: number;
  sourceGroupId: string;
  description: string;
}

export interface ObservedSecurityGroup {
  id: string;
  name: string;
  tags: Tags;
  cidrRules: CidrRule[];
  groupRules: GroupRule[];
  /** Rules that are neither of the two above (IPv6, prefix lists, all protocols): counted against AWS's limit. */
  otherRules: number;
}

/** Everything in AWS whose tags say that it is this cluster's and this Service's. */
export interface ObservedStack {
  loadBalancers: ObservedLoadBalancer[];
  targetGroups: ObservedTargetGroup[];
  frontGroups: ObservedSecurityGroup[];
}

/** What earlier versions of the Service asked for and Sluice applied: the keys to revert when they are asked for no more. */
export interface AppliedKeys {
  loadBalancerAttributes: string[];
  targetGroupAttributes: string[];
  tags: string[];
}

/** Who a resource is for. */
export interface Identity {
  clusterName: string;
  namespace: string;
  name: string;
  uid: string;
}

/** What a plan needs to know besides the two states it lies between. */
export interface PlanContext {
  identity: Identity;
  applied: AppliedKeys;
  /** Security group id of the shared backend group, when it exists. */
  backendGroupId?: string;
  /** The hostname in the Service's status: what clients use now. */
  publishedHostname?: string;
}

/**
 * A resource a step works on: an ARN or id, or, for one that an earlier step of the same plan creates, a reference
 * starting with `@` (`@load-balancer`, `@front-group`, `@backend-group`, `@target-group:80/TCP`).
 */
export type Ref = string;

export const LOAD_BALANCER: Ref = '@load-balancer';
export const FRONT_GROUP: Ref = '@front-group';
export const BACKEND_GROUP: Ref = '@backend-group';
export const targetGroupRef = (servicePort: number, protocol: string): Ref =>
  `@target-group:${servicePort}/${protocol}`;

export type Step =
  | { do: 'create-security-group'; name: string; description: string; tags: Tags; why: string }
  | { do: 'authorize-ingress'; group: Ref; rules: CidrRule[]; why: string }
  | { do: 'revoke-ingress'; group: Ref; rules: CidrRule[]; why: string }
  | { do: 'delete-security-group'; group: Ref; why: string }
  | { do: 'create-target-group'; ref: Ref; name: string; target: DesiredTargetGroup; why: string }
  | { do: 'modify-health-check'; group: Ref; healthCheck: HealthCheck; why: string }
  | { do: 'set-target-group-attributes'; group: Ref; attributes: Attributes; why: string }
  | { do: 'delete-target-group'; group: Ref; why: string }
  | { do: 'register-targets'; group: Ref; targets: Target[]; why: string }
  | { do: 'deregister-targets'; group: Ref; targets: Target[]; why: string }
  | {
      do: 'create-load-balancer';
      name: string;
      scheme: Scheme;
      subnets: string[];
      groups: Ref[];
      tags: Tags;
      why: string;
    }
  | { do: 'set-load-balancer-attributes'; loadBalancer: Ref; attributes: Attributes; why: string }
  | { do: 'set-subnets'; loadBalancer: Ref; subnets: string[]; why: string }
  | { do: 'set-security-groups'; loadBalancer: Ref; groups: Ref[]; why: string }
  | { do: 'delete-load-balancer'; loadBalancer: Ref; why: string }
  | {
      do: 'create-listener';
      loadBalancer: Ref;
      port: number;
      protocol: ListenerProtocol;
      group: Ref;
      tags: Tags;
      why: string;
    }
  | {
      do: 'modify-listener';
      loadBalancer: Ref;
      listener: string;
      port: number;
      protocol: ListenerProtocol;
      /** Set when the protocol changes: then some endpoints only take a new listener. */
      tags: Tags;
      group: Ref;
      why: string;
    }
  | { do: 'delete-listener'; loadBalancer: Ref; listener: string; why: string }
  | { do: 'add-tags'; resource: Ref; tags: Tags; why: string }
  | { do: 'remove-tags'; resource: Ref; keys: string[]; why: string };

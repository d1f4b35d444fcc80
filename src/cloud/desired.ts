/** What a Service should have in AWS. Pure: the same Service, nodes and network always give the same model. */
import { createHash } from 'node:crypto';
import type { Service, ServicePort } from '../kube/objects.ts';
import { keyOf } from '../kube/key.ts';
import type { Problem } from '../service/problem.ts';
import { defaultHealthCheck } from './annotation-health.ts';
import type {
  CidrRule,
  DesiredListener,
  DesiredLoadBalancer,
  DesiredTargetGroup,
  HealthCheck,
  Identity,
  ListenerProtocol,
} from './model.ts';
import {
  FRONT_GROUP_DESCRIPTION,
  frontGroupName,
  ownershipTags,
  RESOURCE_FRONT_GROUP,
  RESOURCE_LOAD_BALANCER,
  targetGroupResource,
} from './naming.ts';
import type { HealthCheckOptions, LoadBalancerOptions, Scheme } from './options.ts';
import { discoverSubnets, resolveSubnets, type Subnet } from './subnets.ts';

export interface Surroundings {
  clusterName: string;
  defaultScheme: Scheme;
  /** Subnets of the VPC. */
  subnets: Subnet[];
  /** Instance ids of the nodes that take this Service's traffic. */
  instances: string[];
  /** The scheme and subnets of the Service's load balancer, when it has one: they stay unless the Service says otherwise. */
  existing?: { scheme: Scheme; subnetIds: string[] };
}

export type Desired =
  | { model: DesiredLoadBalancer; problems?: undefined }
  | { model?: undefined; problems: [Problem, ...Problem[]] };

export function identityOf(service: Service, clusterName: string): Identity {
  const { namespace = 'default', name, uid } = service.metadata;
  return { clusterName, namespace, name, uid };
}

/** The model of a Service whose annotations had no problems, or what still stands in the way. */
export function buildDesired(service: Service, options: LoadBalancerOptions, around: Surroundings): Desired {
  const stack = keyOf(service);
  const problems: Problem[] = [];
  const tagsFor = (resource: string) => ({
    ...options.additionalTags,
    ...ownershipTags(around.clusterName, stack, resource),
  });

  const scheme = options.scheme ?? around.existing?.scheme ?? around.defaultScheme;
  const subnets = chooseSubnets(options, scheme, around);
  if (subnets.problem) problems.push(subnets.problem);

  if (service.spec.ipFamilies && !service.spec.ipFamilies.includes('IPv4')) {
    problems.push({
      field: 'spec.ipFamilies',
      value: service.spec.ipFamilies.join(','),
      message: 'the load balancer speaks IPv4 and nodes serve this NodePort on IPv6 only',
      remedy: 'add IPv4: spec.ipFamilies: [IPv4, IPv6] with spec.ipFamilyPolicy: PreferDualStack',
    });
  }
  const ports = mergePorts(service.spec.ports ?? []);
  problems.push(...ports.problems);
  const healthCheck = buildHealthCheck(service, options.healthCheck);
  const listeners: DesiredListener[] = [];
  const targetGroups: DesiredTargetGroup[] = [];
  for (const { port, protocol, nodePort } of ports.merged) {
    listeners.push({ port, protocol, tags: tagsFor(String(port)) });
    targetGroups.push({
      servicePort: port,
      protocol,
      port: nodePort,
      healthCheck,
      attributes: options.targetGroupAttributes,
      tags: tagsFor(targetGroupResource(stack, port)),
    });
  }
  const [first, ...rest] = problems;
  if (first) return { problems: [first, ...rest] };
  return {
    model: {
      stack,
      scheme,
      ...(options.name === undefined ? {} : { fixedName: options.name }),
      subnets: { ids: subnets.ids ?? [], chosen: options.subnets !== undefined },
      tags: tagsFor(RESOURCE_LOAD_BALANCER),
      attributes: options.loadBalancerAttributes,
      frontGroup: {
        name: frontGroupName(identityOf(service, around.clusterName)),
        description: FRONT_GROUP_DESCRIPTION,
        tags: tagsFor(RESOURCE_FRONT_GROUP),
        rules: frontRules(listeners, options.sourceRanges),
      },
      listeners,
      targetGroups,
      instances: around.instances,
      allowReplacement: options.allowReplacement,
    },
  };
}

/**
 * A digest of everything that the Service and its surroundings ask for except the targets, which change with every node:
 * equal digests mean that a restart has nothing to compare beyond listeners and targets.
 */
export function digestOf(model: DesiredLoadBalancer): string {
  const { instances: _, allowReplacement: __, ...rest } = model;
  const sorted = (_key: string, value: unknown) =>
    value && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return createHash('sha256').update(JSON.stringify(rest, sorted)).digest('hex').slice(0, 16);
}

function chooseSubnets(options: LoadBalancerOptions, scheme: Scheme, around: Surroundings) {
  if (options.subnets) return resolveSubnets(around.subnets, options.subnets);
  // As LBC: an existing load balancer keeps its subnets, so that a new tagged subnet moves nobody's traffic.
  if (around.existing?.scheme === scheme) return { ids: around.existing.subnetIds };
  return discoverSubnets(around.subnets, scheme, around.clusterName);
}

interface MergedPort {
  port: number;
  protocol: ListenerProtocol;
  nodePort: number;
}

/** TCP and UDP on one port make one TCP_UDP listener, which has a single target group and so needs a single NodePort. */
function mergePorts(ports: ServicePort[]): { merged: MergedPort[]; problems: Problem[] } {
  const merged = new Map<number, MergedPort>();
  const problems: Problem[] = [];
  for (const [index, { port, protocol = 'TCP', nodePort }] of ports.entries()) {
    const field = `spec.ports[${index}]`;
    const other = merged.get(port);
    if (protocol === 'SCTP') {
      problems.push({
        field: `${field}.protocol`,
        value: protocol,
        message: 'a Network Load Balancer does not carry SCTP',
        remedy: 'use TCP or UDP',
      });
    } else if (!nodePort) {
      problems.push({
        field: `${field}.nodePort`,
        value: String(nodePort ?? ''),
        message: 'instance targets need a NodePort and this port has none',
        remedy: 'set spec.allocateLoadBalancerNodePorts: true or give the port a nodePort',
      });
    } else if (other && other.nodePort !== nodePort) {
      problems.push({
        field: `${field}.nodePort`,
        value: String(nodePort),
        message: `TCP and UDP on port ${port} share one TCP_UDP listener, whose one target group can't have both NodePorts ${other.nodePort} and ${nodePort}`,
        remedy: `give both the same nodePort, for example ${other.nodePort}`,
      });
    } else {
      merged.set(port, { port, nodePort, protocol: other ? 'TCP_UDP' : protocol });
    }
  }
  return { merged: [...merged.values()].sort((a, b) => a.port - b.port), problems };
}

function buildHealthCheck(service: Service, options: HealthCheckOptions): HealthCheck {
  const { port, path, successCodes, protocol, ...numbers } = { ...defaultHealthCheck(service), ...options };
  return {
    protocol,
    port: resolveHealthCheckPort(service, port),
    ...(protocol === 'TCP' ? {} : { path, successCodes }),
    ...numbers,
  };
}

/** A port name means that port's NodePort; the annotation parser has checked that it exists. */
function resolveHealthCheckPort(service: Service, port: string | number): string {
  const named = (service.spec.ports ?? []).find((candidate) => candidate.name === port);
  return String(named?.nodePort ?? port);
}

function frontRules(listeners: DesiredListener[], sourceRanges: string[]): CidrRule[] {
  return listeners.flatMap(({ port, protocol }) =>
    (protocol === 'TCP_UDP'
      ? (['tcp', 'udp'] as const)
      : [protocol === 'TCP' ? ('tcp' as const) : ('udp' as const)]
    ).flatMap((ipProtocol) =>
      sourceRanges.map((cidr) => ({ protocol: ipProtocol, fromPort: port, toPort: port, cidr })),
    ),
  );
}

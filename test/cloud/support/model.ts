/** One Service `shop/web` of cluster `prod` in every state that tests need. Each builder takes what differs. */
import type {
  DesiredListener,
  DesiredLoadBalancer,
  DesiredTargetGroup,
  HealthCheck,
  Identity,
  ListenerProtocol,
  ObservedListener,
  ObservedLoadBalancer,
  ObservedSecurityGroup,
  ObservedStack,
  ObservedTarget,
  ObservedTargetGroup,
  PlanContext,
} from '../../../src/cloud/model.ts';
import { ownershipTags } from '../../../src/cloud/naming.ts';

export const STACK = 'shop/web';
export const IDENTITY: Identity = { clusterName: 'prod', namespace: 'shop', name: 'web', uid: 'uid-1' };
export const BACKEND = 'sg-backend';
export const FRONT = 'sg-front';

export const tcpCheck: HealthCheck = {
  protocol: 'TCP',
  port: 'traffic-port',
  intervalSeconds: 10,
  timeoutSeconds: 10,
  healthyThreshold: 3,
  unhealthyThreshold: 3,
};

export const owned = (resource: string) => ownershipTags('prod', STACK, resource);

/** A port of the Service as `80:30080` or `53:30053/UDP`. */
export type PortText = `${number}:${number}` | `${number}:${number}/${ListenerProtocol}`;

export function parsePort(text: PortText): { port: number; nodePort: number; protocol: ListenerProtocol } {
  const [, port, nodePort, protocol = 'TCP'] = /^(\d+):(\d+)(?:\/(\w+))?$/.exec(text) ?? [];
  return { port: Number(port), nodePort: Number(nodePort), protocol: protocol as ListenerProtocol };
}

export function desired(
  change: Partial<DesiredLoadBalancer> = {},
  ports: PortText[] = ['80:30080'],
  group: Partial<DesiredTargetGroup> = {},
): DesiredLoadBalancer {
  const parsed = ports.map(parsePort);
  return {
    stack: STACK,
    scheme: 'internal',
    subnets: { ids: ['subnet-a', 'subnet-b'], chosen: false },
    tags: owned('LoadBalancer'),
    attributes: {},
    frontGroup: {
      name: 'front-name',
      description: 'front',
      tags: owned('ManagedLBSecurityGroup'),
      rules: parsed.flatMap(({ port, protocol }) =>
        (['tcp', 'udp'] as const)
          .filter((ip) => protocol.toLowerCase().split('_').includes(ip))
          .map((ip) => ({ protocol: ip, fromPort: port, toPort: port, cidr: '0.0.0.0/0' })),
      ),
    },
    listeners: parsed.map(({ port, protocol }): DesiredListener => ({ port, protocol, tags: owned(String(port)) })),
    targetGroups: parsed.map(({ port, nodePort, protocol }) => ({
      servicePort: port,
      protocol,
      port: nodePort,
      healthCheck: tcpCheck,
      attributes: {},
      tags: owned(`${STACK}:${port}`),
      ...group,
    })),
    instances: ['i-1', 'i-2'],
    allowReplacement: false,
    ...change,
  };
}

export const target = (id: string, port: number, state = 'healthy'): ObservedTarget => ({ id, port, state });

export function targetGroup(text: PortText, change: Partial<ObservedTargetGroup> = {}): ObservedTargetGroup {
  const { port, nodePort, protocol } = parsePort(text);
  return {
    arn: `tg-${port}`,
    name: `tg-name-${port}`,
    port: nodePort,
    protocol,
    targetType: 'instance',
    healthCheck: tcpCheck,
    loadBalancerArns: ['lb-1'],
    tags: owned(`${STACK}:${port}`),
    targets: [target('i-1', nodePort), target('i-2', nodePort)],
    attributes: {},
    ...change,
  };
}

export const listener = (text: PortText, change: Partial<ObservedListener> = {}): ObservedListener => {
  const { port, protocol } = parsePort(text);
  return { arn: `ls-${port}`, port, protocol, targetGroupArn: `tg-${port}`, tags: owned(String(port)), ...change };
};

export function loadBalancer(
  change: Partial<ObservedLoadBalancer> = {},
  ports: PortText[] = ['80:30080'],
): ObservedLoadBalancer {
  return {
    arn: 'lb-1',
    name: 'lb-name',
    dnsName: 'one.example.com',
    scheme: 'internal',
    state: 'active',
    createdAt: '2026-01-01T00:00:00.000Z',
    subnetIds: ['subnet-a', 'subnet-b'],
    securityGroupIds: [FRONT, BACKEND],
    tags: owned('LoadBalancer'),
    listeners: ports.map((port) => listener(port)),
    attributes: {},
    ...change,
  };
}

export function frontGroup(change: Partial<ObservedSecurityGroup> = {}, ...listenPorts: number[]) {
  const group: ObservedSecurityGroup = {
    id: FRONT,
    name: 'front-name',
    tags: owned('ManagedLBSecurityGroup'),
    cidrRules: (listenPorts.length > 0 ? listenPorts : [80]).map((port) => ({
      protocol: 'tcp',
      fromPort: port,
      toPort: port,
      cidr: '0.0.0.0/0',
    })),
    groupRules: [],
    otherRules: 0,
    ...change,
  };
  return group;
}

/** Everything in place for TCP `ports`, except what is given. */
export function stack(change: Partial<ObservedStack> = {}, ports: PortText[] = ['80:30080']): ObservedStack {
  return {
    loadBalancers: [loadBalancer({}, ports)],
    targetGroups: ports.map((port) => targetGroup(port)),
    frontGroups: [frontGroup({}, ...ports.map((port) => parsePort(port).port))],
    ...change,
  };
}

export function context(change: Partial<PlanContext> = {}): PlanContext {
  return {
    identity: IDENTITY,
    applied: { loadBalancerAttributes: [], targetGroupAttributes: [], tags: [] },
    backendGroupId: BACKEND,
    publishedHostname: 'one.example.com',
    ...change,
  };
}

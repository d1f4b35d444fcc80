/** What must be in AWS and in the status of Services, worked out from their specs and not by the controller's own code. */
import type { Service } from '../../src/kube/objects.ts';
import type { LaneCloud, Tags } from './crash-cloud.ts';
import type { Lane } from './crash-lane.ts';
import { condition } from './stage.ts';

/** What must come of a Service's annotations. Attributes: those named, among others. */
export interface Wanted {
  scheme: 'internal' | 'internet-facing';
  tags: Tags;
  attributes: Tags;
  targetGroupAttributes: Tags;
  interval: number;
}

const FINALIZER = 'sluice.dev/load-balancer';

/** What differs, a line each. The cloud is only asked when the statuses are right. */
export async function differences(
  lane: Lane,
  held: { service: Service | undefined; wanted: Wanted }[],
  cloudOf: () => Promise<LaneCloud>,
): Promise<string[]> {
  const services = held.flatMap(({ service, wanted }) => (service ? [{ service, wanted }] : []));
  if (services.length < held.length) return [`${held.length - services.length} Services are not there`];
  const unready = services.flatMap(({ service }) => statusFaults(service));
  if (unready.length > 0) return unready;
  const cloud = await cloudOf();
  const faults: string[] = [];
  const expect = (what: string, found: unknown, expected: unknown) => {
    const [is, should] = [text(found), text(expected)];
    if (is !== should) faults.push(`${what}: is ${is}, should be ${should}`);
  };

  const claimed = new Set<string>();
  const backends = cloud.groups.filter(({ tags }) => tags['elbv2.k8s.aws/resource'] === 'backend-sg');
  expect('backend groups', backends.length, 1);
  for (const { id } of backends) claimed.add(id);
  const backend = backends[0]?.id ?? '';
  const nodeRules = new Set<string>();

  for (const { service, wanted } of services) {
    const { name } = service.metadata;
    const stack = `${lane.name}/${name}`;
    const of = <T extends { tags: Tags }>(all: T[]) =>
      all.filter(({ tags }) => tags['service.k8s.aws/stack'] === stack);
    const tagsFor = (resource: string) => ({
      ...wanted.tags,
      'elbv2.k8s.aws/cluster': lane.name,
      'service.k8s.aws/stack': stack,
      'service.k8s.aws/resource': resource,
    });
    const balancers = of(cloud.loadBalancers);
    const groups = of(cloud.targetGroups);
    const fronts = of(cloud.groups);
    for (const one of [...balancers, ...groups]) claimed.add(one.arn);
    for (const one of fronts) claimed.add(one.id);
    expect(`${name}: load balancers`, balancers.length, 1);
    expect(`${name}: front groups`, fronts.length, 1);
    const merged = mergedPorts(service);
    expect(`${name}: target groups`, groups.length, merged.length);
    const [lb] = balancers;
    const [front] = fronts;
    if (!lb || !front) continue;

    const { public: open, internal } = lane.stage.network.subnetIds;
    expect(`${name}: scheme`, lb.scheme, wanted.scheme);
    expect(`${name}: subnets`, lb.subnets, [...(wanted.scheme === 'internal' ? internal : open)].sort());
    expect(`${name}: tags`, lb.tags, tagsFor('LoadBalancer'));
    expect(`${name}: attributes`, picked(lb.attributes, wanted.attributes), wanted.attributes);
    expect(`${name}: security groups`, lb.groups, [front.id, backend].sort());
    expect(`${name}: front group's tags`, front.tags, tagsFor('ManagedLBSecurityGroup'));
    const frontRules = merged.flatMap(({ port, ip }) => ip.map((protocol) => `${protocol}/${port} from 0.0.0.0/0`));
    expect(`${name}: front rules`, front.rules, frontRules.sort());
    expect(
      `${name}: listeners`,
      lb.listeners.map(({ port, protocol }) => `${protocol} ${port}`),
      merged.map(({ port, protocol }) => `${protocol} ${port}`),
    );
    for (const { port, protocol, ip, nodePort } of merged) {
      const listener = lb.listeners.find((one) => one.port === port);
      const group = groups.find((one) => one.arn === listener?.group);
      const on = `${name} on ${port}`;
      expect(`${on}: listener's tags`, listener?.tags, tagsFor(String(port)));
      expect(`${on}: target group`, group && [group.protocol, group.port], [protocol, nodePort]);
      expect(`${on}: target group's tags`, group?.tags, tagsFor(`${stack}:${port}`));
      const { targetGroupAttributes } = wanted;
      expect(
        `${on}: target group's attributes`,
        picked(group?.attributes ?? {}, targetGroupAttributes),
        targetGroupAttributes,
      );
      expect(`${on}: health check's interval`, group?.interval, wanted.interval);
      const targets = lane.stage.network.instances.map(({ id }) => `${id}:${nodePort}`);
      expect(`${on}: targets`, group?.targets, targets.sort());
      // Health checks are TCP whatever the port carries.
      for (const one of new Set(['tcp', ...ip])) nodeRules.add(`${one}/${nodePort} from ${backend}`);
    }
    expect(
      `${name}: status`,
      service.status?.loadBalancer?.ingress?.map(({ hostname, ports }) => ({
        hostname,
        ports: ports?.map(({ port, protocol }) => `${port}/${protocol}`),
      })),
      [
        {
          hostname: lb.dnsName,
          ports: service.spec.ports?.map(({ port, protocol = 'TCP' }) => `${port}/${protocol}`),
        },
      ],
    );
  }
  expect('node rules', cloud.nodeRules, [...nodeRules].sort());
  for (const one of [...cloud.loadBalancers, ...cloud.targetGroups]) {
    if (!claimed.has(one.arn)) faults.push(`nobody's: ${one.arn}, tags ${text(one.tags)}`);
  }
  for (const group of cloud.groups) if (!claimed.has(group.id)) faults.push(`nobody's: security group ${group.name}`);
  return faults;
}

function statusFaults(service: Service): string[] {
  const { name, finalizers, annotations } = service.metadata;
  const faults: string[] = [];
  if (!finalizers?.includes(FINALIZER)) faults.push(`${name}: not held`);
  for (const type of ['Accepted', 'Provisioned', 'TargetsHealthy', 'Synced']) {
    const found = condition(service, type);
    if (found?.status !== 'True')
      faults.push(`${name}: ${type} is ${found?.status} (${found?.reason}: ${found?.message})`);
  }
  // The record's digest is empty while a change is under way.
  const record = JSON.parse(annotations?.['sluice.dev/last-applied'] ?? '{}') as { digest?: string };
  if (!record.digest) faults.push(`${name}: its record says that a change is under way`);
  return faults;
}

/** TCP and UDP on one port are one listener. */
function mergedPorts(service: Service) {
  const ports = new Map<number, { port: number; nodePort: number; protocols: Set<string> }>();
  for (const { port, nodePort = 0, protocol = 'TCP' } of service.spec.ports ?? []) {
    const one = ports.get(port) ?? { port, nodePort, protocols: new Set() };
    one.protocols.add(protocol);
    ports.set(port, one);
  }
  return [...ports.values()]
    .map(({ port, nodePort, protocols }) => ({
      port,
      nodePort,
      protocol: [...protocols].sort().join('_'),
      ip: [...protocols].map((protocol) => protocol.toLowerCase()),
    }))
    .sort((a, b) => a.port - b.port);
}

function picked(all: Tags, keys: Tags): Tags {
  return Object.fromEntries(Object.keys(keys).flatMap((key) => (all[key] === undefined ? [] : [[key, all[key]]])));
}

function text(value: unknown): string {
  const sorted = (_: string, one: unknown) =>
    one && typeof one === 'object' && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one;
  return JSON.stringify(value, sorted) ?? 'nothing';
}

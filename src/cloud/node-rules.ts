/**
 * The rules that let load balancers reach NodePorts. All load balancers of a cluster carry one shared backend group, which
 * is the source of these rules, so that they grow with NodePorts and not with load balancers. AWS refuses the 61st rule
 * of a group and direction, so past a budget of exact ports the ports with the smallest gaps between them share ranges.
 */
import type { GroupRule, ListenerProtocol, ObservedSecurityGroup } from './model.ts';

export interface PortRange {
  protocol: 'tcp' | 'udp';
  fromPort: number;
  toPort: number;
}

export interface OpenPort {
  protocol: 'tcp' | 'udp';
  port: number;
}

/** AWS's quota of rules for each direction of a security group ("Inbound or outbound rules per security group"). */
export const AWS_RULE_LIMIT = 60;

/** The description that marks a rule as Sluice's. Rules with another description are never revoked. */
export function nodeRuleLabel(clusterName: string): string {
  return `sluice.dev/node-ports=${clusterName}`;
}

/** The node ports that one target group needs open: its traffic, and the port its health checks go to. */
export function portsOf(group: {
  protocol: ListenerProtocol | string;
  port: number;
  healthCheck: { port: string };
}): OpenPort[] {
  const ports: OpenPort[] = [];
  if (group.protocol !== 'UDP') ports.push({ protocol: 'tcp', port: group.port });
  if (group.protocol !== 'TCP') ports.push({ protocol: 'udp', port: group.port });
  // Health checks are TCP, HTTP or HTTPS whatever the target group speaks.
  ports.push({
    protocol: 'tcp',
    port: group.healthCheck.port === 'traffic-port' ? group.port : Number(group.healthCheck.port),
  });
  return ports;
}

/**
 * At most `budget` ranges that cover `ports` and as few other ports as possible: one exact range a port while they fit,
 * then the smallest gaps are closed first (closing the k smallest gaps is optimal, as gaps are independent).
 */
export function coverPorts(ports: OpenPort[], budget: number): PortRange[] {
  const ranges: PortRange[] = [];
  const sorted = [...new Set(ports.map((p) => `${p.protocol}/${p.port}`))]
    .map((text) => text.split('/'))
    .map(([protocol, port]) => ({ protocol: protocol as 'tcp' | 'udp', port: Number(port) }))
    .sort((a, b) => (a.protocol === b.protocol ? a.port - b.port : a.protocol < b.protocol ? -1 : 1));
  const protocols = new Set(sorted.map((p) => p.protocol)).size;
  const gaps = sorted
    .map((port, index) => ({ index, previous: sorted[index - 1], port }))
    .filter(({ previous, port }) => previous?.protocol === port.protocol)
    .map(({ index, previous, port }) => ({ index, size: port.port - (previous as OpenPort).port }))
    .sort((a, b) => a.size - b.size || a.index - b.index);
  const closed = new Set(
    gaps.slice(0, Math.max(0, sorted.length - Math.max(budget, protocols))).map(({ index }) => index),
  );
  for (const [index, { protocol, port }] of sorted.entries()) {
    const last = ranges.at(-1);
    if (last && closed.has(index)) last.toPort = port;
    else ranges.push({ protocol, fromPort: port, toPort: port });
  }
  return ranges;
}

export interface NodeRuleChange {
  authorize: PortRange[];
  /** Only Sluice's own rules. */
  revoke: GroupRule[];
  /** Still closed after this round. With nothing to authorise or revoke, somebody has to make room in the group. */
  closed: OpenPort[];
}

/**
 * The next change on one node group, in rounds: first authorise what fits under the limit, then revoke what the
 * authorised rules make superfluous, so that no needed port is ever closed. At an end when both lists are empty.
 * A rule of somebody else from the same source that covers a port satisfies it.
 */
export function planNodeRules(
  ports: OpenPort[],
  group: ObservedSecurityGroup,
  backendGroupId: string | undefined,
  label: string,
  budget: number,
): NodeRuleChange {
  const fromBackend = group.groupRules.filter((rule) => rule.sourceGroupId === backendGroupId);
  const own = group.groupRules.filter((rule) => rule.description === label);
  const foreign = fromBackend.filter((rule) => rule.description !== label);
  const needed = ports.filter((port) => !foreign.some((rule) => covers(rule, port)));
  const total = group.groupRules.length + group.cidrRules.length + group.otherRules;
  const others = total - own.length;
  // A budget of 60 or more says that the quota was raised. One place stays free, to authorise before revoking.
  const limit = budget < AWS_RULE_LIMIT ? AWS_RULE_LIMIT : budget + others + 1;
  const room = Math.max(0, limit - total);
  const wanted = coverPorts(needed, Math.max(1, Math.min(budget, limit - others - 1)));
  const present = (range: PortRange) => own.some((rule) => rule.sourceGroupId === backendGroupId && same(rule, range));

  // With little room the widest come first: each of them frees the places of the rules that it covers.
  const missing = wanted.filter((range) => !present(range)).sort((a, b) => width(b) - width(a));
  const surplus = own.filter(
    (rule) => rule.sourceGroupId !== backendGroupId || !wanted.some((range) => same(rule, range)),
  );
  const superfluousBeside = (standing: PortRange[]) =>
    surplus.filter((rule) => {
      const served = needed.filter((port) => rule.sourceGroupId === backendGroupId && covers(rule, port));
      return served.every((port) => standing.some((range) => covers(range, port)));
    });
  const kept = wanted.filter(present);
  const change = (authorize: PortRange[]): NodeRuleChange => {
    const standing = [...own.filter((rule) => rule.sourceGroupId === backendGroupId), ...authorize];
    const closed = needed.filter((port) => !standing.some((rule) => covers(rule, port)));
    return { authorize, revoke: superfluousBeside([...kept, ...authorize]), closed };
  };
  const first = change(missing.slice(0, room));
  if (room === 0 || missing.length <= room || first.revoke.length > 0) return first;
  // Ranges that only shift free no place one by one. A bridge over all ports does, until the next rounds replace it.
  const bridges = coverPorts(needed, 1).filter((bridge) => !present(bridge));
  return bridges.map((bridge) => change([bridge])).find(({ revoke }) => revoke.length > 0) ?? first;
}

function width(range: PortRange): number {
  return range.toPort - range.fromPort;
}

function same(rule: GroupRule, range: PortRange): boolean {
  return rule.protocol === range.protocol && rule.fromPort === range.fromPort && rule.toPort === range.toPort;
}

function covers(rule: { protocol: string; fromPort: number; toPort: number }, port: OpenPort): boolean {
  const protocolMatches = rule.protocol === port.protocol || rule.protocol === '-1';
  return protocolMatches && (rule.protocol === '-1' || (rule.fromPort <= port.port && port.port <= rule.toPort));
}

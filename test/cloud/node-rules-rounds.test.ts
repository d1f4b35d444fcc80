/** The rounds of node rules, as SharedGroups runs them: whatever is there at first, traffic is never cut. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { GroupRule, ObservedSecurityGroup } from '../../src/cloud/model.ts';
import { AWS_RULE_LIMIT, nodeRuleLabel, type OpenPort, planNodeRules } from '../../src/cloud/node-rules.ts';

const LABEL = nodeRuleLabel('prod');
const BACKEND = 'sg-backend';
/** As SharedGroups. */
const MAX_ROUNDS = 20;

const key = (r: Omit<GroupRule, 'description'>) => `${r.protocol}/${r.fromPort}-${r.toPort}/${r.sourceGroupId}`;
const opens = (rules: GroupRule[], { protocol, port }: OpenPort) =>
  rules.some(
    (r) =>
      r.sourceGroupId === BACKEND &&
      (r.protocol === '-1' || (r.protocol === protocol && r.fromPort <= port && port <= r.toPort)),
  );

/** Runs rounds to the end, checking what must hold at every moment. */
function run(start: ObservedSecurityGroup, ports: OpenPort[], budget: number) {
  let rules = start.groupRules;
  const foreign = rules.filter((r) => r.description !== LABEL);
  const open = new Set(ports.filter((port) => opens(rules, port)));
  const others = start.cidrRules.length + start.otherRules;
  const check = () => {
    expect([...open].filter((port) => !opens(rules, port))).toEqual([]);
    for (const port of ports) if (!open.has(port) && opens(rules, port)) open.add(port);
    expect(foreign.every((r) => rules.includes(r))).toBe(true);
    expect(new Set(rules.map(key)).size).toBe(rules.length);
  };
  for (let round = 0; ; round++) {
    const change = planNodeRules(ports, { ...start, groupRules: rules }, BACKEND, LABEL, budget);
    if (change.authorize.length === 0 && change.revoke.length === 0) {
      return { rules, rounds: round, closed: change.closed };
    }
    expect(round).toBeLessThan(MAX_ROUNDS);
    const added = change.authorize.map((range) => ({ ...range, sourceGroupId: BACKEND, description: LABEL }));
    rules = [...rules, ...added];
    if (added.length > 0 && budget < AWS_RULE_LIMIT) expect(rules.length + others).toBeLessThanOrEqual(AWS_RULE_LIMIT);
    check();
    rules = rules.filter((r) => !change.revoke.includes(r));
    check();
  }
}

const protocol = fc.constantFrom<'tcp' | 'udp'>('tcp', 'udp');
const port = fc.integer({ min: 30_000, max: 30_100 });
const ports = fc.uniqueArray(fc.record({ protocol, port }), {
  maxLength: 90,
  selector: (p) => `${p.protocol}${p.port}`,
});
const wide = { protocol: '-1', fromPort: 0, toPort: 0 };
const range = fc
  .record({ protocol, from: port, width: fc.oneof(fc.constant(0), fc.nat(20)) })
  .map(({ from, width, protocol: p }) => ({ protocol: p as string, fromPort: from, toPort: from + width }));
const own = fc.record({ range, sourceGroupId: fc.constantFrom(BACKEND, BACKEND, BACKEND, 'sg-old') }).map((r) => ({
  ...r.range,
  sourceGroupId: r.sourceGroupId,
  description: LABEL,
}));
const foreign = fc
  .record({
    range: fc.oneof({ weight: 9, arbitrary: range }, { weight: 1, arbitrary: fc.constant(wide) }),
    sourceGroupId: fc.constantFrom(BACKEND, 'sg-old'),
    description: fc.constantFrom('elbv2.k8s.aws/targetGroupBinding=shared', ''),
  })
  .map((r) => ({ ...r.range, sourceGroupId: r.sourceGroupId, description: r.description }));
const anyRule: fc.Arbitrary<GroupRule> = fc.oneof({ weight: 3, arbitrary: own }, { weight: 1, arbitrary: foreign });
const start = fc
  .record({ rules: fc.uniqueArray(anyRule, { maxLength: 60, selector: key }), otherRules: fc.nat(60) })
  .map(
    ({ rules, otherRules }): ObservedSecurityGroup => ({
      id: 'sg-node',
      name: 'node',
      tags: {},
      cidrRules: [],
      groupRules: rules,
      otherRules: Math.min(otherRules, AWS_RULE_LIMIT - rules.length),
    }),
  );
const budget = fc.integer({ min: 2, max: 100 });

test('end, cut nothing off, and open every port, or say that there is no room', () => {
  fc.assert(
    fc.property(start, ports, budget, (group, wanted, limit) => {
      const { rules, closed } = run(group, wanted, limit);
      expect(closed).toEqual(wanted.filter((p) => !opens(rules, p)));
      const own = rules.filter((r) => r.description === LABEL);
      expect(
        own.every((r) => wanted.some((p) => opens([r], p))),
        'nothing superfluous stays',
      ).toBe(true);
      // Where the others leave no free place, ports may stay closed and ranges too many, and only there.
      if (limit < AWS_RULE_LIMIT && rules.length + group.otherRules >= AWS_RULE_LIMIT) return;
      expect(closed).toEqual([]);
      expect(own.length).toBeLessThanOrEqual(limit);
    }),
    { numRuns: 300 },
  );
});

test('200 ports with a budget of 40, and back to one', () => {
  const many = Array.from({ length: 200 }, (_, i): OpenPort => ({ protocol: 'tcp', port: 30_000 + i * 13 }));
  const empty = { id: 'sg-node', name: 'node', tags: {}, cidrRules: [], groupRules: [], otherRules: 10 };
  const full = run(empty, many, 40);
  expect(full.rules).toHaveLength(40);
  expect(full.rounds).toBe(1);
  expect(run({ ...empty, groupRules: full.rules }, many.slice(0, 1), 40).rules).toMatchObject([
    { fromPort: 30_000, toPort: 30_000 },
  ]);
});

test.each([2, 40, 60])('growth port by port to 200 with a budget of %i', (limit) => {
  // In an order that merges and splits ranges again and again.
  const order = Array.from({ length: 200 }, (_, i) => 30_000 + ((i * 73) % 200) * 5);
  let rules: GroupRule[] = [];
  for (let count = 1; count <= order.length; count++) {
    const wanted = order.slice(0, count).map((p): OpenPort => ({ protocol: 'tcp', port: p }));
    const result = run(
      { id: 'sg-node', name: 'node', tags: {}, cidrRules: [], groupRules: rules, otherRules: 0 },
      wanted,
      limit,
    );
    expect(result.closed).toEqual([]);
    expect(result.rules.length).toBeLessThanOrEqual(limit);
    rules = result.rules;
  }
});

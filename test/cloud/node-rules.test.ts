import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coverPorts, nodeRuleLabel, type OpenPort, planNodeRules, portsOf } from '../../src/cloud/node-rules.ts';
import type { GroupRule, ObservedSecurityGroup } from '../../src/cloud/model.ts';

const LABEL = nodeRuleLabel('prod');
const LBC = 'elbv2.k8s.aws/targetGroupBinding=shared';
const BACKEND = 'sg-backend';

const tcp = (...ports: number[]): OpenPort[] => ports.map((port) => ({ protocol: 'tcp', port }));
/** A rule or range as `tcp 30000` or `udp 30000-30010`. */
const show = ({ protocol, fromPort, toPort }: { protocol: string; fromPort: number; toPort: number }) =>
  `${protocol} ${fromPort === toPort ? fromPort : `${fromPort}-${toPort}`}`;

function rule(text: string, change: Partial<GroupRule> = {}): GroupRule {
  const [, protocol = '', from, to = from] = /^(\S+) (\d+)(?:-(\d+))?$/.exec(text) ?? [];
  return {
    protocol,
    fromPort: Number(from),
    toPort: Number(to),
    sourceGroupId: BACKEND,
    description: LABEL,
    ...change,
  };
}

const group = (groupRules: GroupRule[], otherRules = 0): ObservedSecurityGroup => ({
  id: 'sg-node',
  name: 'node',
  tags: {},
  cidrRules: [],
  groupRules,
  otherRules,
});

describe('ports that a target group needs', () => {
  // protocol, health check port → ports
  test.each([
    ['TCP', 'traffic-port', ['tcp 30080', 'tcp 30080']],
    ['UDP', 'traffic-port', ['udp 30080', 'tcp 30080']],
    ['TCP_UDP', 'traffic-port', ['tcp 30080', 'udp 30080', 'tcp 30080']],
    ['TCP', '32000', ['tcp 30080', 'tcp 32000']],
    ['UDP', '32000', ['udp 30080', 'tcp 32000']],
  ])('%s with health checks to %s: %j', (protocol, port, expected) => {
    const ports = portsOf({ protocol, port: 30080, healthCheck: { port } });
    expect(ports.map((p) => `${p.protocol} ${p.port}`)).toEqual(expected);
  });
});

describe('covering ports', () => {
  // ports, budget → ranges
  test.each<[OpenPort[], number, string[]]>([
    [[], 3, []],
    [tcp(3, 1, 2), 3, ['tcp 1', 'tcp 2', 'tcp 3']],
    [tcp(1, 1, 1), 1, ['tcp 1']],
    [tcp(1, 2, 9), 2, ['tcp 1-2', 'tcp 9']],
    [tcp(1, 5, 6, 20), 2, ['tcp 1-6', 'tcp 20']],
    [tcp(1, 50, 100), 1, ['tcp 1-100']],
    [[...tcp(1, 9), { protocol: 'udp', port: 2 }], 2, ['tcp 1-9', 'udp 2']],
    [[...tcp(1), { protocol: 'udp', port: 2 }], 1, ['tcp 1', 'udp 2']],
  ])('%j in %i: %j', (ports, budget, expected) => {
    expect(coverPorts(ports, budget).map(show)).toEqual(expected);
  });

  test('200 ports in 40', () => {
    const ports = tcp(...Array.from({ length: 200 }, (_, i) => 30_000 + i * 7 + (i % 5 === 0 ? 3 : 0)));
    const ranges = coverPorts(ports, 40);
    expect(ranges).toHaveLength(40);
    expect(ports.every(({ port }) => ranges.some((r) => r.fromPort <= port && port <= r.toPort))).toBe(true);
  });

  const ports = fc.array(
    fc.record({ protocol: fc.constantFrom('tcp', 'udp'), port: fc.integer({ min: 1, max: 30 }) }),
    {
      maxLength: 8,
    },
  );

  /** The fewest surplus ports of any way to cut the sorted ports of one protocol into `parts` ranges. */
  function cheapest(sorted: number[], parts: number): number {
    if (sorted.length === 0) return 0;
    if (parts === 0) return Infinity;
    const costs = sorted.map((last, end) => {
      const width = last - (sorted[0] as number) + 1;
      return width - (end + 1) + cheapest(sorted.slice(end + 1), parts - 1);
    });
    return Math.min(...costs);
  }

  test('opens as few other ports as any cover does', () => {
    fc.assert(
      fc.property(ports, fc.integer({ min: 2, max: 6 }), (wanted, budget) => {
        const sorted = (protocol: string) =>
          [...new Set(wanted.filter((p) => p.protocol === protocol).map((p) => p.port))].sort((a, b) => a - b);
        const best = Math.min(
          ...Array.from(
            { length: budget + 1 },
            (_, n) => cheapest(sorted('tcp'), n) + cheapest(sorted('udp'), budget - n),
          ),
        );
        const ranges = coverPorts(wanted, budget);
        const opened = ranges.reduce((sum, r) => sum + r.toPort - r.fromPort + 1, 0);
        expect(ranges.length).toBeLessThanOrEqual(budget);
        expect(opened - sorted('tcp').length - sorted('udp').length).toBe(best);
      }),
    );
  });
});

describe('one round', () => {
  const plan = (ports: OpenPort[], rules: GroupRule[], { budget = 40, others = 0, backend = BACKEND } = {}) => {
    const { authorize, revoke } = planNodeRules(ports, group(rules, others), backend, LABEL, budget);
    return { open: authorize.map(show), close: revoke.map(show) };
  };

  test.each<[string, OpenPort[], GroupRule[], Parameters<typeof plan>[2], string[], string[]]>([
    ['nothing to do', tcp(1), [rule('tcp 1')], {}, [], []],
    ['a new port', tcp(1, 2), [rule('tcp 1')], {}, ['tcp 2'], []],
    ['a port no longer needed', tcp(1), [rule('tcp 1'), rule('tcp 2')], {}, [], ['tcp 2']],
    ['the same port of the other protocol', tcp(1), [rule('udp 1')], {}, ['tcp 1'], ['udp 1']],
    ['a rule of somebody else is enough', tcp(5), [rule('tcp 1-9', { description: LBC })], {}, [], []],
    ['or one for everything', tcp(5), [rule('-1 0', { description: '' })], {}, [], []],
    [
      'but not from another source',
      tcp(5),
      [rule('tcp 1-9', { description: LBC, sourceGroupId: 'x' })],
      {},
      ['tcp 5'],
      [],
    ],
    ['or of another protocol', tcp(5), [rule('udp 1-9', { description: LBC })], {}, ['tcp 5'], []],
    [
      'our rule under a wider one of LBC’s goes',
      tcp(5),
      [rule('tcp 5'), rule('tcp 1-9', { description: LBC })],
      {},
      [],
      ['tcp 5'],
    ],
    [
      'a foreign rule is never revoked',
      [],
      [rule('tcp 5', { description: LBC }), rule('tcp 6', { description: '' })],
      {},
      [],
      [],
    ],
    ['another cluster’s rule neither', [], [rule('tcp 5', { description: nodeRuleLabel('test') })], {}, [], []],
    [
      'our rule of an old backend group goes',
      tcp(5),
      [rule('tcp 5', { sourceGroupId: 'old' })],
      {},
      ['tcp 5'],
      ['tcp 5'],
    ],
    [
      'over budget, the closest merge',
      tcp(1, 9, 10),
      [rule('tcp 1'), rule('tcp 9')],
      { budget: 2 },
      ['tcp 9-10'],
      ['tcp 9'],
    ],
    ['others’ rules take room', tcp(1, 9, 10), [], { others: 57 }, ['tcp 9-10', 'tcp 1'], []],
  ])('%s', (_name, ports, rules, options, open, close) => {
    expect(plan(ports, rules, options)).toEqual({ open, close });
  });

  test('without a backend group all of ours go', () => {
    const rules = [rule('tcp 1'), rule('tcp 2', { description: LBC })];
    expect(planNodeRules([], group(rules), undefined, LABEL, 40)).toMatchObject({ authorize: [], revoke: [rules[0]] });
  });
});

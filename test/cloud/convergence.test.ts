/**
 * Crash safety, by property: whatever a Service asks for, one thing after another, and wherever the process dies, the
 * plans end in exactly what is asked for, never leave clients without the load balancer they use, and leak nothing.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DesiredLoadBalancer } from '../../src/cloud/model.ts';
import type { Scheme } from '../../src/cloud/options.ts';
import { planDeletion } from '../../src/cloud/plan.ts';
import { DEFAULTS } from './support/aws-model.ts';
import { desired, type PortText } from './support/model.ts';
import { World } from './support/world.ts';

/** AWS has exactly what is asked for. */
function expectExactly(world: World, wanted: DesiredLoadBalancer): void {
  const { loadBalancers, targetGroups, frontGroups } = world.aws.observe();
  const [lb] = loadBalancers;
  const sorted = (items: unknown[]) => items.map((item) => JSON.stringify(item)).sort();
  expect([loadBalancers.length, frontGroups.length]).toEqual([1, 1]);
  expect(lb).toMatchObject({ scheme: wanted.scheme, dnsName: world.published, state: 'active', tags: wanted.tags });
  expect(lb?.attributes).toEqual({ ...DEFAULTS, ...wanted.attributes });
  if (wanted.fixedName) expect(lb?.name).toBe(wanted.fixedName);
  if (wanted.subnets.chosen) expect(lb?.subnetIds).toEqual(wanted.subnets.ids);
  expect(sorted(frontGroups[0]?.cidrRules ?? [])).toEqual(sorted(wanted.frontGroup.rules));
  const forwards = (lb?.listeners ?? []).map(({ port, protocol, targetGroupArn }) => {
    const group = targetGroups.find(({ arn }) => arn === targetGroupArn);
    return [port, protocol, group?.port, group?.targets?.map(({ id }) => id).sort()];
  });
  const asked = wanted.targetGroups.map((g) => [g.servicePort, g.protocol, g.port, wanted.instances]);
  expect(sorted(forwards)).toEqual(sorted(asked));
  expect(targetGroups).toHaveLength(wanted.targetGroups.length);
}

const protocol = fc.constantFrom('TCP', 'UDP', 'TCP_UDP');
const ports = fc
  .record({
    first: fc.constantFrom(80, 81),
    nodePorts: fc.shuffledSubarray([30080, 30081, 30082], { minLength: 1 }),
    protocol,
  })
  .map((p) => p.nodePorts.map((nodePort, i) => `${p.first + i}:${nodePort}/${p.protocol}` as PortText));
const wishes = fc
  .record({
    scheme: fc.constantFrom<Scheme>('internal', 'internet-facing'),
    fixedName: fc.option(fc.constantFrom('fixed', 'other'), { nil: undefined, freq: 2 }),
    allowReplacement: fc.boolean(),
    chosen: fc.boolean(),
    ids: fc.constantFrom<string[]>(['subnet-a'], ['subnet-a', 'subnet-b']),
    ports,
    instances: fc.subarray(['i-1', 'i-2', 'i-3']),
    tag: fc.option(fc.constantFrom('a', 'b')),
    crossZone: fc.option(fc.boolean()),
    sticky: fc.boolean(),
  })
  .map((w): DesiredLoadBalancer => {
    const attributes = w.sticky ? { 'stickiness.enabled': 'true' } : {};
    const base = desired({}, w.ports, { attributes });
    return {
      ...base,
      scheme: w.scheme,
      ...(w.fixedName ? { fixedName: w.fixedName } : {}),
      allowReplacement: w.allowReplacement,
      subnets: { ids: w.ids, chosen: w.chosen },
      instances: w.instances,
      tags: { ...base.tags, ...(w.tag ? { team: w.tag } : {}) },
      attributes: w.crossZone === null ? {} : { 'load_balancing.cross_zone.enabled': String(w.crossZone) },
    };
  });
/** After how many steps the process dies, again and again, before it lives. */
const crashes = fc.array(fc.nat(12), { maxLength: 3 });
const story = fc.array(fc.record({ wanted: wishes, limits: crashes, fails: fc.boolean() }), {
  minLength: 1,
  maxLength: 4,
});

describe('convergence', () => {
  test('any sequence of wishes, with crashes and failed load balancers, then deletion', () => {
    fc.assert(
      fc.property(story, crashes, (chapters, deaths) => {
        const world = new World();
        for (const { wanted, limits, fails } of chapters) {
          for (const limit of limits) world.round(wanted, limit);
          const [lb] = world.aws.balancers.values();
          if (fails && lb) lb.state = 'failed';
          const plan = world.converge(wanted, []);
          // Blocked without leave: what serves goes on untouched.
          if (plan.blocked.length > 0) expect(wanted.fixedName !== undefined && !wanted.allowReplacement).toBe(true);
          else expectExactly(world, wanted);
        }
        const deletion = () => planDeletion(world.aws.observe(), 'deleted').steps;
        for (const limit of deaths) world.aws.apply(deletion(), limit);
        world.aws.apply(deletion());
        expect(world.aws.observe()).toEqual({ loadBalancers: [], targetGroups: [], frontGroups: [] });
      }),
      { numRuns: 300 },
    );
  });
});

/**
 * Crash safety, by property: whatever a Service asks for, one thing after another, and wherever the process dies, the
 * plans end in exactly what is asked for, never leave clients without the load balancer they use, and leak nothing.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keysOf, mergeKeys } from '../../src/cloud/applied.ts';
import type { AppliedKeys, DesiredLoadBalancer, Step } from '../../src/cloud/model.ts';
import { chooseCurrent, isServing, type Plan, planDeletion, planLoadBalancer } from '../../src/cloud/plan.ts';
import { matchTargetGroups } from '../../src/cloud/plan-target-groups.ts';
import { statusOf } from '../../src/cloud/status.ts';
import type { Service } from '../../src/kube/objects.ts';
import { AwsModel, DEFAULTS } from './support/aws-model.ts';
import { BACKEND, desired, IDENTITY, type PortText } from './support/model.ts';

/** Making a successor, publishing it and removing its predecessor takes the most. */
const MAX_ROUNDS = 8;

/** A Service with what Sluice keeps on it between rounds. */
class World {
  readonly aws = new AwsModel();
  published: string | undefined;
  applied: AppliedKeys = { loadBalancerAttributes: [], targetGroupAttributes: [], tags: [] };

  /** One look: plan, take at most `limit` steps, and, if the process lived, write the status. */
  round(wanted: DesiredLoadBalancer, limit: number): Plan {
    this.applied = mergeKeys(this.applied, keysOf(wanted));
    const plan = this.#plan(wanted);
    this.aws.apply(plan.steps, limit, (step) => this.#check(step, wanted));
    if (plan.steps.length <= limit) this.#publish(wanted);
    this.aws.tick();
    return plan;
  }

  converge(wanted: DesiredLoadBalancer, limits: number[]): Plan {
    for (const limit of limits) this.round(wanted, limit);
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const plan = this.round(wanted, Infinity);
      if (plan.steps.length > 0 || plan.waiting.length > 0) continue;
      if (plan.blocked.length === 0) this.applied = keysOf(wanted);
      return plan;
    }
    throw new Error(`not converged after ${MAX_ROUNDS} rounds: ${JSON.stringify(this.#plan(wanted))}`);
  }

  #plan(wanted: DesiredLoadBalancer): Plan {
    return planLoadBalancer(wanted, this.aws.observe(), {
      identity: IDENTITY,
      applied: this.applied,
      backendGroupId: BACKEND,
      ...(this.published === undefined ? {} : { publishedHostname: this.published }),
    });
  }

  /** The load balancer that clients use goes only with leave to interrupt. */
  #check(step: Step, wanted: DesiredLoadBalancer): void {
    if (step.do !== 'delete-load-balancer') return;
    const lb = this.aws.balancers.get(step.loadBalancer);
    const replaced = wanted.allowReplacement && lb?.name === wanted.fixedName;
    if (!replaced && lb?.state !== 'failed') expect(lb?.dnsName).not.toBe(this.published);
  }

  #publish(wanted: DesiredLoadBalancer): void {
    const observed = this.aws.observe();
    const { current, superseded } = chooseCurrent(wanted, observed, this.published);
    const groups = matchTargetGroups(wanted, observed, current);
    const ingress = this.published === undefined ? [] : [{ hostname: this.published }];
    const service = { spec: {}, status: { loadBalancer: { ingress } } } as unknown as Service;
    const outcome = { desired: wanted, plan: this.#plan(wanted), groups, superseded, leftOut: [] };
    const hostname = statusOf(service, outcome).ingress?.[0]?.hostname;
    if (hostname === undefined || hostname === this.published) return;
    const before = observed.loadBalancers.find((lb) => lb.dnsName === this.published);
    if (before?.state === 'active' && current) expect(isServing(wanted, current, groups)).toBe(true);
    this.published = hostname;
  }
}

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
    scheme: fc.constantFrom('internal', 'internet-facing') as fc.Arbitrary<'internal' | 'internet-facing'>,
    fixedName: fc.option(fc.constantFrom('fixed', 'other'), { nil: undefined, freq: 2 }),
    allowReplacement: fc.boolean(),
    chosen: fc.boolean(),
    ids: fc.constantFrom(['subnet-a'], ['subnet-a', 'subnet-b']),
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

/** One Service in the AWS model, looked at round by round as the controller does. */
import assert from 'node:assert/strict';
import { keysOf, mergeKeys } from '../../../src/cloud/applied.ts';
import type { AppliedKeys, DesiredLoadBalancer, Step } from '../../../src/cloud/model.ts';
import { chooseCurrent, type Plan, planLoadBalancer } from '../../../src/cloud/plan.ts';
import { matchTargetGroups } from '../../../src/cloud/plan-target-groups.ts';
import { statusOf } from '../../../src/cloud/status.ts';
import { AwsModel } from './aws-model.ts';
import { BACKEND, IDENTITY } from './model.ts';
import { webService } from './service.ts';

/** Making a successor, publishing it and removing its predecessor takes the most. */
const MAX_ROUNDS = 8;

/** A Service with what Sluice keeps on it between rounds. */
export class World {
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
    if (!replaced && lb?.state !== 'failed') assert.notEqual(lb?.dnsName, this.published);
  }

  #publish(wanted: DesiredLoadBalancer): void {
    const observed = this.aws.observe();
    const { current, superseded } = chooseCurrent(wanted, observed, this.published);
    const groups = matchTargetGroups(wanted, observed, current);
    const service = webService(this.published === undefined ? {} : { hostname: this.published });
    const outcome = { desired: wanted, plan: this.#plan(wanted), groups, superseded, leftOut: [] };
    const hostname = statusOf(service, outcome).ingress?.[0]?.hostname;
    if (hostname === undefined || hostname === this.published) return;
    const before = observed.loadBalancers.find((lb) => lb.dnsName === this.published);
    if (before?.state === 'active' && current) assert(this.#plan(wanted).serving);
    this.published = hostname;
  }
}

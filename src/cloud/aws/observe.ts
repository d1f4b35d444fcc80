/** Reads the details of one Service's resources into the inventory. */
import {
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetHealthCommand,
  paginateDescribeListeners,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { ObservedListener, ObservedLoadBalancer, ObservedTargetGroup } from '../model.ts';
import type { Aws } from './client.ts';
import { decodeListener, decodeLoadBalancer, decodeTarget } from './decode.ts';
import { isNotFound } from './errors.ts';
import { describeTags, type Inventory } from './inventory.ts';

/** DescribeLoadBalancers takes 20 ARNs a call. */
const BALANCERS_PER_CALL = 20;
/** For so long a poll waits for others to share its call. */
const GATHER_MS = 10;

/**
 * - `unknown`: only what was never read, and is needed to plan: listeners and targets.
 * - `all`: everything that Sluice manages, anew: listeners with their tags, targets, attributes.
 */
export type Depth = 'unknown' | 'all';

export class Observer {
  readonly #aws: Aws;
  readonly #inventory: Inventory;
  readonly #polls = new Map<string, { resolve: () => void; reject: (error: unknown) => void }[]>();
  #gathering: NodeJS.Timeout | undefined;

  constructor(aws: Aws, inventory: Inventory) {
    this.#aws = aws;
    this.#inventory = inventory;
  }

  /** After this, the stack has its listeners and targets, and with `all` the rest too. What has gone in AWS is dropped. */
  async load(stack: string, depth: Depth, signal: AbortSignal): Promise<void> {
    const { loadBalancers, targetGroups } = this.#inventory.stack(stack);
    // A predecessor may be deleted, which its protection attribute can forbid.
    const attributes = depth === 'all' || loadBalancers.length > 1;
    for (const lb of loadBalancers) {
      await this.#orGone(lb.arn, () => this.#loadBalancer(lb, depth, attributes, signal));
    }
    for (const group of targetGroups) {
      await this.#orGone(group.arn, () => this.#targetGroup(group, depth, signal));
    }
  }

  /** The attributes of a stack's load balancers: before a deletion, which they can forbid. */
  async loadProtection(stack: string, signal: AbortSignal): Promise<void> {
    for (const { arn } of this.#inventory.stack(stack).loadBalancers) {
      await this.#orGone(arn, async () => {
        this.#inventory.loadBalancers.patch(arn, { attributes: await this.#balancerAttributes(arn, signal) });
      });
    }
  }

  /** Target health of a stack's target groups. */
  async loadHealth(stack: string, signal: AbortSignal): Promise<void> {
    for (const { arn } of this.#inventory.stack(stack).targetGroups) {
      await this.#orGone(arn, async () => {
        this.#inventory.targetGroups.patch(arn, { targets: await this.#targets(arn, signal) });
      });
    }
  }

  /** The present state of a load balancer; polls that come together share calls of 20. */
  pollState(arn: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting = this.#polls.get(arn) ?? [];
      this.#polls.set(arn, [...waiting, { resolve, reject }]);
      if (this.#polls.size >= BALANCERS_PER_CALL) void this.#poll();
      else this.#gathering ??= setTimeout(() => void this.#poll(), GATHER_MS);
    });
  }

  async #poll(): Promise<void> {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    const polls = new Map(this.#polls);
    this.#polls.clear();
    const finish = (arns: Iterable<string>, error?: unknown) => {
      for (const arn of arns) {
        for (const { resolve, reject } of polls.get(arn) ?? []) {
          if (error === undefined) resolve();
          else reject(error);
        }
      }
    };
    try {
      await this.#readStates([...polls.keys()]);
      finish(polls.keys());
    } catch (error) {
      finish(polls.keys(), error);
    }
  }

  async #readStates(arns: string[]): Promise<void> {
    if (arns.length === 0) return;
    const read = async (some: string[]): Promise<ReadonlySet<string>> => {
      const answer = await this.#aws.elb.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: some }));
      for (const lb of answer.LoadBalancers ?? []) {
        const known = this.#inventory.loadBalancers.get(lb.LoadBalancerArn ?? '');
        if (known) this.#inventory.loadBalancers.put({ ...known, ...decodeLoadBalancer(lb, known.tags) });
      }
      return new Set((answer.LoadBalancers ?? []).map((lb) => lb.LoadBalancerArn ?? ''));
    };
    try {
      const seen = await read(arns);
      for (const arn of arns) if (!seen.has(arn)) this.#inventory.loadBalancers.remove(arn);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      // One that is gone fails the whole call.
      if (arns.length === 1) this.#inventory.loadBalancers.remove(arns[0] as string);
      else for (const arn of arns) await this.#readStates([arn]);
    }
  }

  async #loadBalancer(lb: ObservedLoadBalancer, depth: Depth, attributes: boolean, signal: AbortSignal): Promise<void> {
    if (depth === 'all' || !lb.listeners) {
      const listeners = await this.#listeners(lb.arn, depth, signal);
      this.#inventory.loadBalancers.patch(lb.arn, { listeners });
    }
    // Attributes that were set are known without having been read: then the rest is not.
    const protection = lb.attributes?.['deletion_protection.enabled'];
    if (attributes && (depth === 'all' || protection === undefined)) {
      this.#inventory.loadBalancers.patch(lb.arn, { attributes: await this.#balancerAttributes(lb.arn, signal) });
    }
  }

  async #targetGroup(group: ObservedTargetGroup, depth: Depth, signal: AbortSignal): Promise<void> {
    const { arn } = group;
    if (depth === 'all' || !group.targets) {
      this.#inventory.targetGroups.patch(arn, { targets: await this.#targets(arn, signal) });
    }
    if (depth === 'all') {
      const command = new DescribeTargetGroupAttributesCommand({ TargetGroupArn: arn });
      const answer = await this.#aws.elb.send(command, { abortSignal: signal });
      this.#inventory.targetGroups.patch(arn, { attributes: decodeAttributes(answer.Attributes) });
    }
  }

  async #listeners(arn: string, depth: Depth, signal: AbortSignal): Promise<ObservedListener[]> {
    const listeners: ObservedListener[] = [];
    const config = { client: this.#aws.elb };
    const input = { LoadBalancerArn: arn };
    for await (const page of paginateDescribeListeners(config, input, { abortSignal: signal })) {
      listeners.push(...(page.Listeners ?? []).map(decodeListener));
    }
    if (depth !== 'all') return listeners;
    const tags = await describeTags(
      this.#aws,
      listeners.map((listener) => listener.arn),
      signal,
    );
    return listeners.map((listener) => ({ ...listener, tags: tags.get(listener.arn) ?? {} }));
  }

  async #targets(arn: string, signal: AbortSignal) {
    const answer = await this.#aws.elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: arn }), {
      abortSignal: signal,
    });
    return (answer.TargetHealthDescriptions ?? []).map(decodeTarget);
  }

  async #balancerAttributes(arn: string, signal: AbortSignal) {
    const command = new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: arn });
    return decodeAttributes((await this.#aws.elb.send(command, { abortSignal: signal })).Attributes);
  }

  /** Runs a read; if it says that the resource is gone, the inventory learns it. */
  async #orGone(arn: string, read: () => Promise<void>): Promise<void> {
    try {
      await read();
    } catch (error) {
      if (!isNotFound(error)) throw error;
      if (arn.includes(':targetgroup/')) this.#inventory.targetGroups.remove(arn);
      else this.#inventory.loadBalancers.remove(arn);
    }
  }
}

function decodeAttributes(attributes: { Key?: string | undefined; Value?: string | undefined }[] | undefined) {
  return Object.fromEntries((attributes ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}

/**
 * What this cluster has in AWS: found by tags, read in shared pages, and kept up to date by Sluice's own writes, so that a
 * Service costs no look-up of its own. Details (listeners, targets, attributes) are read for each Service (`observe.ts`).
 */
import { paginateDescribeSecurityGroups } from '@aws-sdk/client-ec2';
import {
  DescribeTagsCommand,
  paginateDescribeLoadBalancers,
  paginateDescribeTargetGroups,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type {
  ObservedLoadBalancer,
  ObservedSecurityGroup,
  ObservedStack,
  ObservedTargetGroup,
  Tags,
} from '../model.ts';
import { RESOURCE_BACKEND_GROUP, TAG_CLUSTER, TAG_SHARED_RESOURCE, TAG_STACK } from '../naming.ts';
import type { Aws } from './client.ts';
import { decodeLoadBalancer, decodeSecurityGroup, decodeTags, decodeTargetGroup } from './decode.ts';
import { isNotFound } from './errors.ts';

/** DescribeTags takes 20 resources a call. */
const TAGS_PER_CALL = 20;
/** In the input: the SDK's paginators know no page size for ELBv2. */
const PAGE_SIZE = 400;

type Resource = ObservedLoadBalancer | ObservedTargetGroup | ObservedSecurityGroup;

export class Inventory {
  readonly #aws: Aws;
  readonly #clusterName: string;
  readonly #vpcId: string;
  readonly loadBalancers: Shelf<ObservedLoadBalancer>;
  readonly targetGroups: Shelf<ObservedTargetGroup>;
  readonly securityGroups: Shelf<ObservedSecurityGroup>;
  /** Tags of every load balancer and target group seen in the VPC, strangers' too: these are asked for once only. */
  readonly #tags = new Map<string, Tags>();
  /** The next reading asks for the tags of our own resources again. */
  #tagsWanted = false;
  readonly #clock = new LocalClock();
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(aws: Aws, clusterName: string, vpcId: string) {
    this.#aws = aws;
    this.#clusterName = clusterName;
    this.#vpcId = vpcId;
    this.loadBalancers = new Shelf((lb) => lb.arn, this.#clock);
    this.targetGroups = new Shelf((group) => group.arn, this.#clock);
    this.securityGroups = new Shelf((group) => group.id, this.#clock);
  }

  stack(stack: string): ObservedStack {
    return {
      loadBalancers: this.loadBalancers.ofStack(stack),
      targetGroups: this.targetGroups.ofStack(stack),
      frontGroups: this.securityGroups.ofStack(stack).sort((a, b) => (a.id < b.id ? -1 : 1)),
    };
  }

  /** Names of all stacks that have anything. */
  stacks(): Set<string> {
    const all: Resource[] = [...this.loadBalancers.all(), ...this.targetGroups.all(), ...this.securityGroups.all()];
    return new Set(all.flatMap((resource) => resource.tags[TAG_STACK] ?? []));
  }

  backendGroup(): ObservedSecurityGroup | undefined {
    const groups = this.securityGroups.all().filter((g) => g.tags[TAG_SHARED_RESOURCE] === RESOURCE_BACKEND_GROUP);
    return groups.sort((a, b) => (a.id < b.id ? -1 : 1))[0];
  }

  /** Whether these tags say that a resource is this cluster's and the stack's. */
  owns(tags: Tags, stack: string): boolean {
    return tags[TAG_CLUSTER] === this.#clusterName && tags[TAG_STACK] === stack;
  }

  /**
   * Reads everything anew. Resolves after a reading that began after the call: callers share readings, never one that
   * may have looked before what they want to see.
   */
  refresh(options: { tags?: boolean } = {}): Promise<void> {
    if (options.tags) this.#tagsWanted = true;
    if (!this.#running) {
      this.#running = this.#read().finally(() => {
        this.#running = undefined;
      });
      return this.#running;
    }
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.refresh();
      });
    return this.#next;
  }

  async #read(): Promise<void> {
    const since = this.#clock.tick();
    // Here and not when asked for: a reading under way needs the tags that it knows.
    if (this.#tagsWanted) this.#forgetOwnTags();
    this.#tagsWanted = false;
    const [balancers, groups, securityGroups] = await Promise.all([
      this.#readLoadBalancers(),
      this.#readTargetGroups(),
      this.#readSecurityGroups(),
    ]);
    const tags = await this.#readTags([
      ...balancers.map((lb) => lb.LoadBalancerArn ?? ''),
      ...groups.map((group) => group.TargetGroupArn ?? ''),
    ]);
    const own = (arn: string | undefined) => tags.get(arn ?? '')?.[TAG_CLUSTER] === this.#clusterName;
    const tagsOf = (arn: string | undefined) => tags.get(arn ?? '') ?? {};
    this.loadBalancers.replace(
      balancers.filter((lb) => own(lb.LoadBalancerArn)).map((lb) => decodeLoadBalancer(lb, tagsOf(lb.LoadBalancerArn))),
      since,
    );
    this.targetGroups.replace(
      groups.filter((g) => own(g.TargetGroupArn)).map((g) => decodeTargetGroup(g, tagsOf(g.TargetGroupArn))),
      since,
    );
    this.securityGroups.replace(securityGroups.map(decodeSecurityGroup), since);
  }

  async #readLoadBalancers() {
    const found = [];
    for await (const page of paginateDescribeLoadBalancers({ client: this.#aws.elb }, { PageSize: PAGE_SIZE })) {
      found.push(...(page.LoadBalancers ?? []));
    }
    return found.filter((lb) => lb.Type === 'network' && lb.VpcId === this.#vpcId);
  }

  async #readTargetGroups() {
    const found = [];
    for await (const page of paginateDescribeTargetGroups({ client: this.#aws.elb }, { PageSize: PAGE_SIZE })) {
      found.push(...(page.TargetGroups ?? []));
    }
    return found.filter((group) => group.VpcId === this.#vpcId);
  }

  async #readSecurityGroups() {
    const filters = [
      { Name: 'vpc-id', Values: [this.#vpcId] },
      { Name: `tag:${TAG_CLUSTER}`, Values: [this.#clusterName] },
    ];
    const found = [];
    for await (const page of paginateDescribeSecurityGroups({ client: this.#aws.ec2 }, { Filters: filters })) {
      found.push(...(page.SecurityGroups ?? []));
    }
    return found;
  }

  /** The tags of `arns`: remembered ones, and the rest from AWS. Those of resources that are gone are forgotten. */
  async #readTags(arns: string[]): Promise<ReadonlyMap<string, Tags>> {
    const before = [...this.#tags.keys()];
    const read = await describeTags(
      this.#aws,
      arns.filter((arn) => !this.#tags.has(arn)),
    );
    // What a local change made known while this was under way is newer.
    for (const [arn, tags] of read) if (!this.#tags.has(arn)) this.#tags.set(arn, tags);
    const present = new Set(arns);
    for (const arn of before) if (!present.has(arn)) this.#tags.delete(arn);
    return this.#tags;
  }

  /** Tags as a local change left them. */
  setTags(arn: string, tags: Tags): void {
    this.#tags.set(arn, tags);
    this.loadBalancers.patch(arn, { tags });
    this.targetGroups.patch(arn, { tags });
    this.securityGroups.patch(arn, { tags });
  }

  #forgetOwnTags(): void {
    for (const [arn, tags] of this.#tags) if (tags[TAG_CLUSTER] === this.#clusterName) this.#tags.delete(arn);
  }
}

/** The tags of load balancers, target groups and listeners. One that is gone has none and is left out. */
export async function describeTags(aws: Aws, arns: string[], signal?: AbortSignal): Promise<Map<string, Tags>> {
  const found = new Map<string, Tags>();
  const read = async (chunk: string[]): Promise<void> => {
    try {
      const answer = await aws.elb.send(
        new DescribeTagsCommand({ ResourceArns: chunk }),
        signal ? { abortSignal: signal } : {},
      );
      for (const { ResourceArn = '', Tags } of answer.TagDescriptions ?? []) found.set(ResourceArn, decodeTags(Tags));
    } catch (error) {
      if (!isNotFound(error)) throw error;
      if (chunk.length === 1) return;
      // One that vanished in the meantime fails the whole call.
      for (const arn of chunk) await read([arn]);
    }
  };
  for (let start = 0; start < arns.length; start += TAGS_PER_CALL) await read(arns.slice(start, start + TAGS_PER_CALL));
  return found;
}

/** Orders local changes against readings. */
class LocalClock {
  #now = 0;

  tick(): number {
    this.#now += 1;
    return this.#now;
  }
}

/**
 * The known resources of one kind. Invariant: what a local change made known after a reading began is not undone by that
 * reading, whose pages may be older than the change.
 */
class Shelf<T extends Resource> {
  readonly #idOf: (resource: T) => string;
  readonly #clock: LocalClock;
  readonly #items = new Map<string, T>();
  readonly #changed = new Map<string, number>();
  readonly #byStack = new Map<string, Set<string>>();

  constructor(idOf: (resource: T) => string, clock: LocalClock) {
    this.#idOf = idOf;
    this.#clock = clock;
  }

  get size(): number {
    return this.#items.size;
  }

  all(): T[] {
    return [...this.#items.values()];
  }

  get(id: string): T | undefined {
    return this.#items.get(id);
  }

  ofStack(stack: string): T[] {
    return [...(this.#byStack.get(stack) ?? [])].map((id) => this.#items.get(id) as T);
  }

  put(resource: T): void {
    this.#changed.set(this.#idOf(resource), this.#clock.tick());
    this.#set(resource);
  }

  /** Changes what is known of a resource; nothing if it is not known. */
  patch(id: string, patch: Partial<T>): void {
    const item = this.#items.get(id);
    if (item) this.put({ ...item, ...patch });
  }

  remove(id: string): void {
    this.#changed.set(id, this.#clock.tick());
    this.#drop(id);
  }

  replace(read: T[], since: number): void {
    const newer = (id: string) => (this.#changed.get(id) ?? 0) > since;
    const ids = new Set(read.map(this.#idOf));
    for (const id of this.#items.keys()) if (!ids.has(id) && !newer(id)) this.#drop(id);
    // Details were not part of the reading: what is known of them stays.
    for (const resource of read) {
      const id = this.#idOf(resource);
      if (!newer(id)) this.#set({ ...this.#items.get(id), ...resource });
    }
    for (const [id, at] of this.#changed) if (at <= since) this.#changed.delete(id);
  }

  #set(resource: T): void {
    const id = this.#idOf(resource);
    this.#drop(id);
    this.#items.set(id, resource);
    const stack = resource.tags[TAG_STACK];
    if (stack === undefined) return;
    const ids = this.#byStack.get(stack) ?? new Set();
    this.#byStack.set(stack, ids.add(id));
  }

  #drop(id: string): void {
    const stack = this.#items.get(id)?.tags[TAG_STACK];
    this.#items.delete(id);
    if (stack === undefined) return;
    const ids = this.#byStack.get(stack);
    ids?.delete(id);
    if (ids?.size === 0) this.#byStack.delete(stack);
  }
}

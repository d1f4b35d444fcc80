/** The VPC as load balancers need it: its subnets, and the instances and security groups behind the nodes. */
import {
  paginateDescribeInstances,
  paginateDescribeSecurityGroups,
  paginateDescribeSubnets,
} from '@aws-sdk/client-ec2';
import type { ObservedSecurityGroup } from '../model.ts';
import { type Instance, nodeGroupOf } from '../nodes.ts';
import type { Subnet } from '../subnets.ts';
import type { Aws } from './client.ts';
import { decodeInstance, decodeSecurityGroup, decodeSubnet } from './decode.ts';

/** Subnets change rarely, and a refused Service asks for fresh ones anyway. */
const SUBNETS_FRESH_MS = 5 * 60_000;
/** An instance that EC2 does not know may have been launched a moment ago. */
const UNKNOWN_FRESH_MS = 30_000;
const IDS_PER_CALL = 200;

export class Network {
  readonly vpcId: string;
  readonly #aws: Aws;
  readonly #clusterName: string;
  #subnets: { at: number; list: Promise<Subnet[]> } | undefined;
  #instances = new Map<string, Instance>();
  #unknown = new Map<string, number>();
  #reading: Promise<void> = Promise.resolve();

  constructor(aws: Aws, vpcId: string, clusterName: string) {
    this.#aws = aws;
    this.vpcId = vpcId;
    this.#clusterName = clusterName;
  }

  get instances(): ReadonlyMap<string, Instance> {
    return this.#instances;
  }

  /** The subnets of the VPC, at most five minutes old. */
  subnets(): Promise<Subnet[]> {
    if (this.#subnets && performance.now() - this.#subnets.at < SUBNETS_FRESH_MS) return this.#subnets.list;
    const list = this.#readSubnets();
    this.#subnets = { at: performance.now(), list };
    list.catch(() => this.forgetSubnets());
    return list;
  }

  /** The next call of `subnets` asks AWS. */
  forgetSubnets(): void {
    this.#subnets = undefined;
  }

  /** After this, `instances` has those of `ids` that EC2 knows. Asks only for ids not asked for lately. */
  async ensureInstances(ids: string[]): Promise<void> {
    const previous = this.#reading;
    this.#reading = (async () => {
      await previous.catch(() => undefined);
      const now = performance.now();
      const missing = ids.filter(
        (id) => !this.#instances.has(id) && now - (this.#unknown.get(id) ?? -Infinity) >= UNKNOWN_FRESH_MS,
      );
      if (missing.length > 0) await this.#readInstances(missing);
    })();
    await this.#reading;
  }

  /** Reads all instances of `ids` anew, and forgets all others. */
  async refreshInstances(ids: string[]): Promise<void> {
    const wanted = new Set(ids);
    for (const id of this.#instances.keys()) if (!wanted.has(id)) this.#instances.delete(id);
    this.#unknown.clear();
    await this.#readInstances(ids);
  }

  /**
   * The security groups to open for NodePorts, with their present rules, and the instances for which none could be
   * told. Groups with rules from `backendGroupId` are included even where no node uses them any more.
   */
  async readNodeGroups(ids: string[], backendGroupId: string | undefined): Promise<ObservedSecurityGroup[]> {
    const candidates = new Set(ids.flatMap((id) => this.#instances.get(id)?.securityGroupIds ?? []));
    const found = new Map<string, ObservedSecurityGroup>();
    const read = async (filter: { Name: string; Values: string[] }) => {
      const input = { Filters: [filter, { Name: 'vpc-id', Values: [this.vpcId] }] };
      for await (const page of paginateDescribeSecurityGroups({ client: this.#aws.ec2 }, input)) {
        for (const group of page.SecurityGroups ?? []) found.set(group.GroupId ?? '', decodeSecurityGroup(group));
      }
    };
    if (candidates.size > 0) await read({ Name: 'group-id', Values: [...candidates] });
    if (backendGroupId) await read({ Name: 'ip-permission.group-id', Values: [backendGroupId] });
    return [...found.values()];
  }

  /** Ids of the node groups among `groups` for these instances, and the instances whose groups don't say which. */
  nodeGroups(ids: string[], groups: ObservedSecurityGroup[]): { groupIds: Set<string>; unclear: string[] } {
    const tag = `kubernetes.io/cluster/${this.#clusterName}`;
    const tagged = new Set(groups.filter((group) => group.tags[tag] !== undefined).map((group) => group.id));
    const groupIds = new Set<string>();
    const unclear: string[] = [];
    for (const id of ids) {
      const instance = this.#instances.get(id);
      const group = instance && nodeGroupOf(instance, tagged);
      if (group) groupIds.add(group);
      else if (instance) unclear.push(id);
    }
    return { groupIds, unclear };
  }

  async #readSubnets(): Promise<Subnet[]> {
    const input = { Filters: [{ Name: 'vpc-id', Values: [this.vpcId] }] };
    const subnets: Subnet[] = [];
    for await (const page of paginateDescribeSubnets({ client: this.#aws.ec2 }, input)) {
      subnets.push(...(page.Subnets ?? []).map(decodeSubnet));
    }
    return subnets;
  }

  async #readInstances(ids: string[]): Promise<void> {
    for (let start = 0; start < ids.length; start += IDS_PER_CALL) {
      const chunk = ids.slice(start, start + IDS_PER_CALL);
      // By filter, not by InstanceIds: one unknown id would fail the whole call.
      const input = { Filters: [{ Name: 'instance-id', Values: chunk }] };
      const seen = new Set<string>();
      for await (const page of paginateDescribeInstances({ client: this.#aws.ec2 }, input)) {
        for (const instance of (page.Reservations ?? []).flatMap((reservation) => reservation.Instances ?? [])) {
          const decoded = decodeInstance(instance);
          this.#instances.set(decoded.id, decoded);
          seen.add(decoded.id);
        }
      }
      const now = performance.now();
      for (const id of chunk) {
        if (seen.has(id)) this.#unknown.delete(id);
        else {
          this.#unknown.set(id, now);
          this.#instances.delete(id);
        }
      }
    }
  }
}

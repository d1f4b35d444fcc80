/**
 * What all load balancers of the cluster share: the backend security group, and the rules that let it reach NodePorts.
 * One change runs at a time, and callers that come meanwhile share the next one.
 */
import type { Logger } from '../../runtime/logger.ts';
import type { ObservedSecurityGroup } from '../model.ts';
import {
  BACKEND_GROUP_DESCRIPTION,
  backendGroupName,
  backendGroupTags,
  RESOURCE_BACKEND_GROUP,
  TAG_CLUSTER,
  TAG_SHARED_RESOURCE,
  TAG_STACK,
} from '../naming.ts';
import { nodeRuleLabel, type OpenPort, planNodeRules, portsOf } from '../node-rules.ts';
import { StrangerError } from './apply-common.ts';
import { createSecurityGroup, deleteSecurityGroup } from './apply-security-group.ts';
import type { Aws } from './client.ts';
import type { Inventory } from './inventory.ts';
import type { Network } from './network.ts';
import { authorizeIngress, groupPermissionOf, revokeIngress } from './security-group-rules.ts';

export interface SharedGroupsOptions {
  aws: Aws;
  inventory: Inventory;
  network: Network;
  clusterName: string;
  /** Exact node rules at most in one node group. */
  budget: number;
  /** Instances that take traffic for any Service. */
  instanceIds: () => string[];
  logger: Logger;
  signal: AbortSignal;
}

/** AWS never needs more rounds than this: each round either authorises or frees places. */
const MAX_ROUNDS = 20;

export class SharedGroups {
  readonly #options: SharedGroupsOptions;
  /** The node groups as last read or left; undefined: to be read. */
  #nodeGroups: ObservedSecurityGroup[] | undefined;
  #lastOpened = '';
  #busy: Promise<unknown> = Promise.resolve();
  #queued: Promise<void> | undefined;
  /** Instances whose security group for NodePorts can't be told. */
  unclear: string[] = [];

  constructor(options: SharedGroupsOptions) {
    this.#options = options;
  }

  /** The id of the backend group, made when it is missing. */
  backendGroup(): Promise<string> {
    return this.#exclusively(() => this.#backendGroup());
  }

  /** Resolves when exactly the NodePorts that target groups use are open in all node groups, within the budget. */
  openNodePorts(): Promise<void> {
    this.#queued ??= this.#exclusively(async () => {
      this.#queued = undefined;
      await this.#openNodePorts();
    });
    return this.#queued;
  }

  /** Reads the node groups, so that the first Service does not have to. */
  prepare(): Promise<void> {
    return this.#exclusively(async () => {
      const { inventory, network, instanceIds } = this.#options;
      this.#nodeGroups = await network.readNodeGroups(instanceIds(), inventory.backendGroup()?.id);
    });
  }

  /** The next change reads the node groups anew. */
  forgetNodeGroups(): void {
    this.#nodeGroups = undefined;
    this.#lastOpened = '';
  }

  /**
   * Removes the node rules and the backend group when `inUse` says that no Service needs them. Asked with nothing else
   * changing, so a Service that comes meanwhile gets a new group.
   */
  release(inUse: () => boolean): Promise<void> {
    return this.#exclusively(async () => {
      if (inUse()) return;
      const { inventory } = this.#options;
      const group = inventory.backendGroup();
      this.forgetNodeGroups();
      await this.#openNodePorts();
      if (!group || inUse()) return;
      // AWS deletes no group that a rule refers to, and LBC's rules say that its load balancers need it.
      const referring = this.#nodeGroups?.find(({ groupRules }) =>
        groupRules.some((r) => r.sourceGroupId === group.id),
      );
      if (referring) {
        this.#options.logger.warn('the backend group stays: somebody else has rules for it', {
          resource: group.id,
          rulesIn: referring.id,
        });
        return;
      }
      await deleteSecurityGroup(this.#options, group.id);
      this.#options.logger.info('delete-security-group', { resource: group.id, why: 'no load balancer is left' });
    });
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#busy.catch(() => undefined).then(work);
    this.#busy = result;
    return result;
  }

  async #backendGroup(): Promise<string> {
    const { inventory, clusterName, logger } = this.#options;
    const existing = inventory.backendGroup();
    if (existing) return existing.id;
    const name = backendGroupName(clusterName);
    const tags = backendGroupTags(clusterName);
    const id = await createSecurityGroup(
      { ...this.#options, vpcId: this.#options.network.vpcId },
      name,
      BACKEND_GROUP_DESCRIPTION,
      tags,
      async (found) => {
        const own =
          found.tags[TAG_CLUSTER] === clusterName && found.tags[TAG_SHARED_RESOURCE] === RESOURCE_BACKEND_GROUP;
        if (!own) throw new StrangerError('security group', name, found.id);
        await inventory.refresh();
        return found.id;
      },
    );
    logger.info('create-security-group', { resource: id, why: 'the shared backend group is missing' });
    return id;
  }

  async #openNodePorts(): Promise<void> {
    const { inventory, network, instanceIds } = this.#options;
    // Those of Services: LBC's for Ingresses carry the cluster's tag too, and it opens their ports itself.
    const groups = inventory.targetGroups.all().filter((group) => group.tags[TAG_STACK] !== undefined);
    const ports = groups.filter((group) => group.targetType === 'instance').flatMap(portsOf);
    const ids = instanceIds();
    const backend = inventory.backendGroup()?.id;
    const state = JSON.stringify([backend, [...ids].sort(), ports.map((p) => `${p.protocol}/${p.port}`).sort()]);
    if (state === this.#lastOpened) return;
    await network.ensureInstances(ids);
    const known = new Set(this.#nodeGroups?.map((group) => group.id));
    const needed = ids.flatMap((id) => network.instances.get(id)?.securityGroupIds ?? []);
    if (!this.#nodeGroups || needed.some((id) => !known.has(id))) {
      this.#nodeGroups = await network.readNodeGroups(ids, backend);
    }
    try {
      await this.#openIn(this.#nodeGroups, ids, ports, backend);
    } catch (error) {
      this.forgetNodeGroups();
      throw error;
    }
    this.#lastOpened = state;
  }

  async #openIn(groups: ObservedSecurityGroup[], ids: string[], ports: OpenPort[], backend: string | undefined) {
    const { groupIds, unclear } = this.#options.network.nodeGroups(ids, groups);
    this.unclear = unclear;
    for (const [index, group] of groups.entries()) {
      const here = groupIds.has(group.id) && backend !== undefined ? ports : [];
      groups[index] = await this.#openInGroup(group, here, backend);
    }
  }

  async #openInGroup(group: ObservedSecurityGroup, ports: OpenPort[], backend: string | undefined) {
    const { aws, budget, clusterName, logger, signal } = this.#options;
    const label = nodeRuleLabel(clusterName);
    let current = group;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const { authorize, revoke, closed } = planNodeRules(ports, current, backend, label, budget);
      if (authorize.length === 0 && revoke.length === 0) {
        if (closed.length === 0) return current;
        break;
      }
      if (authorize.length > 0 && backend !== undefined) {
        const permissions = authorize.map((range) => groupPermissionOf(range, backend, label));
        await authorizeIngress(aws, group.id, permissions, signal);
        const added = authorize.map((range) => ({ ...range, sourceGroupId: backend, description: label }));
        current = { ...current, groupRules: [...current.groupRules, ...added] };
        logger.info('open-node-ports', { resource: group.id, ports: authorize.map(words) });
      }
      if (revoke.length > 0) {
        const permissions = revoke.map((rule) => groupPermissionOf(rule, rule.sourceGroupId, rule.description));
        await revokeIngress(aws, group.id, permissions, signal);
        current = { ...current, groupRules: current.groupRules.filter((rule) => !revoke.includes(rule)) };
        logger.info('close-node-ports', { resource: group.id, ports: revoke.map(words) });
      }
    }
    throw new Error(`security group ${group.id} has no room for the node rules: free some rules or lower the budget`);
  }
}

function words({ protocol, fromPort, toPort }: { protocol: string; fromPort: number; toPort: number }): string {
  return fromPort === toPort ? `${protocol}/${fromPort}` : `${protocol}/${fromPort}-${toPort}`;
}

/**
 * Carries out the steps of a plan, one AWS call each, and tells the inventory what each one changed. Steps run in order and
 * the first failure ends the run: what is left is the business of the next plan.
 */
import * as ec2 from '@aws-sdk/client-ec2';
import * as elb from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Logger } from '../../runtime/logger.ts';
import type { CidrRule, HealthCheck, Ref, Step, Tags } from '../model.ts';
import type { Aws } from './client.ts';
import { decodeListener, decodeLoadBalancer, decodeTargetGroup } from './decode.ts';
import { createSecurityGroup, deleteSecurityGroup } from './apply-security-group.ts';
import { errorCode, isDuplicate, isInUse, isNotFound } from './errors.ts';
import { describeTags, type Inventory } from './inventory.ts';
import { quickly, StrangerError, tagList } from './apply-common.ts';
import { registerTargets } from './register.ts';
import { authorizeIngress, ipPermissionOf, revokeIngress } from './security-group-rules.ts';

/** AWS showed something that the plan did not know of: look again and plan anew. */
export class PlanOutdatedError extends Error {
  constructor(what: string) {
    super(`${what} was there already`);
    this.name = 'PlanOutdatedError';
  }
}

export interface ApplyContext {
  aws: Aws;
  inventory: Inventory;
  vpcId: string;
  stack: string;
  logger: Logger;
  signal: AbortSignal;
  /** Called before the first listener step: then the node ports must be open. */
  beforeListeners: () => Promise<void>;
  /** The id of the shared backend group, which is made when it is missing. */
  backendGroup: () => Promise<string>;
  /** A create was sent more than once and may have been carried out more than once. */
  onRepeatedCreate: () => void;
}

export async function applySteps(steps: Step[], context: ApplyContext): Promise<void> {
  const run = new Run(context);
  let opened = false;
  for (const step of steps) {
    if (!opened && (step.do === 'create-listener' || step.do === 'modify-listener')) {
      await context.beforeListeners();
      opened = true;
    }
    await run.step(step);
    context.logger.info(step.do, { why: step.why, resource: run.lastResource });
  }
}

class Run {
  readonly #context: ApplyContext;
  /** What references of the plan have become. */
  readonly #created = new Map<Ref, string>();
  lastResource = '';

  constructor(context: ApplyContext) {
    this.#context = context;
  }

  async step(step: Step): Promise<void> {
    switch (step.do) {
      case 'create-security-group':
        return this.#createSecurityGroup(step);
      case 'authorize-ingress':
        return this.#changeRules(step.group, step.rules, []);
      case 'revoke-ingress':
        return this.#changeRules(step.group, [], step.rules);
      case 'delete-security-group':
        return this.#deleteSecurityGroup(step.group);
      case 'create-target-group':
        return this.#createTargetGroup(step);
      case 'modify-health-check':
        return this.#modifyHealthCheck(step.group, step.healthCheck);
      case 'set-target-group-attributes':
        return this.#setTargetGroupAttributes(step.group, step.attributes);
      case 'delete-target-group':
        return this.#deleteTargetGroup(step.group);
      case 'register-targets':
        return registerTargets(await this.#resolve(step.group), step.targets, this.#context);
      case 'deregister-targets':
        return this.#deregister(step);
      case 'create-load-balancer':
        return this.#createLoadBalancer(step);
      case 'set-load-balancer-attributes':
        return this.#setLoadBalancerAttributes(step.loadBalancer, step.attributes);
      case 'set-subnets':
        return this.#setSubnets(step.loadBalancer, step.subnets);
      case 'set-security-groups':
        return this.#setSecurityGroups(step.loadBalancer, step.groups);
      case 'delete-load-balancer':
        return this.#deleteLoadBalancer(step.loadBalancer);
      case 'create-listener':
        return this.#createListener(step);
      case 'modify-listener':
        return this.#modifyListener(step);
      case 'delete-listener':
        return this.#deleteListener(step.loadBalancer, step.listener);
      case 'add-tags':
        return this.#addTags(step.resource, step.tags);
      case 'remove-tags':
        return this.#removeTags(step.resource, step.keys);
    }
  }

  async #resolve(ref: Ref): Promise<string> {
    const id = ref.startsWith('@') ? this.#created.get(ref) : ref;
    if (id === undefined && ref === '@backend-group') {
      const group = await this.#context.backendGroup();
      this.#created.set(ref, group);
      return group;
    }
    if (id === undefined) throw new Error(`plan refers to ${ref} before creating it`);
    this.lastResource = id;
    return id;
  }

  #made(ref: Ref, id: string, attempts: number | undefined): void {
    this.#created.set(ref, id);
    this.lastResource = id;
    if ((attempts ?? 1) > 1) this.#context.onRepeatedCreate();
  }

  async #createSecurityGroup(step: Extract<Step, { do: 'create-security-group' }>): Promise<void> {
    const { inventory, vpcId } = this.#context;
    const id = await createSecurityGroup(this.#context, step.name, step.description, step.tags, async (found) => {
      if (inventory.owns(found.tags, this.#context.stack)) throw new PlanOutdatedError(`security group ${step.name}`);
      throw new StrangerError('security group', step.name, `${found.id} in ${vpcId}`);
    });
    this.#made('@front-group', id, 1);
  }

  async #changeRules(ref: Ref, added: CidrRule[], removed: CidrRule[]): Promise<void> {
    const { aws, inventory, signal } = this.#context;
    const id = await this.#resolve(ref);
    const known = () => inventory.securityGroups.get(id)?.cidrRules ?? [];
    if (added.length > 0) {
      await authorizeIngress(
        aws,
        id,
        added.map((rule) => ipPermissionOf(rule)),
        signal,
      );
      inventory.securityGroups.patch(id, { cidrRules: [...known(), ...added] });
    }
    if (removed.length > 0) {
      await revokeIngress(
        aws,
        id,
        removed.map((rule) => ipPermissionOf(rule)),
        signal,
      );
      inventory.securityGroups.patch(id, { cidrRules: known().filter((rule) => !removed.includes(rule)) });
    }
  }

  async #deleteSecurityGroup(ref: Ref): Promise<void> {
    await deleteSecurityGroup(this.#context, await this.#resolve(ref));
  }

  async #createTargetGroup(step: Extract<Step, { do: 'create-target-group' }>): Promise<void> {
    const { aws, inventory, vpcId, stack, signal } = this.#context;
    const { name, target } = step;
    const input: elb.CreateTargetGroupCommandInput = {
      Name: name,
      Protocol: target.protocol,
      Port: target.port,
      VpcId: vpcId,
      TargetType: 'instance',
      IpAddressType: 'ipv4',
      ...healthCheckInput(target.healthCheck),
      Tags: tagList(target.tags),
    };
    try {
      const answer = await aws.elb.send(new elb.CreateTargetGroupCommand(input), { abortSignal: signal });
      const [group] = answer.TargetGroups ?? [];
      const arn = group?.TargetGroupArn ?? '';
      inventory.targetGroups.put({ ...decodeTargetGroup(group ?? {}, target.tags), targets: [] });
      inventory.setTags(arn, target.tags);
      this.#made(step.ref, arn, answer.$metadata.attempts);
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      const found = await aws.elb.send(new elb.DescribeTargetGroupsCommand({ Names: [name] }), { abortSignal: signal });
      const arn = found.TargetGroups?.[0]?.TargetGroupArn ?? '';
      const tags = await describeTags(aws, [arn], signal);
      if (inventory.owns(tags.get(arn) ?? {}, stack)) throw new PlanOutdatedError(`target group ${name}`);
      throw new StrangerError('target group', name, arn);
    }
  }

  async #modifyHealthCheck(ref: Ref, healthCheck: HealthCheck): Promise<void> {
    const arn = await this.#resolve(ref);
    const input = { TargetGroupArn: arn, ...healthCheckInput(healthCheck) };
    await this.#context.aws.elb.send(new elb.ModifyTargetGroupCommand(input), { abortSignal: this.#context.signal });
    this.#context.inventory.targetGroups.patch(arn, { healthCheck });
  }

  async #setTargetGroupAttributes(ref: Ref, attributes: Record<string, string>): Promise<void> {
    const { aws, inventory, signal } = this.#context;
    const arn = await this.#resolve(ref);
    const input = { TargetGroupArn: arn, Attributes: tagList(attributes) };
    await aws.elb.send(new elb.ModifyTargetGroupAttributesCommand(input), { abortSignal: signal });
    const known = inventory.targetGroups.get(arn)?.attributes;
    inventory.targetGroups.patch(arn, { attributes: { ...known, ...attributes } });
  }

  async #deleteTargetGroup(ref: Ref): Promise<void> {
    const { aws, inventory, signal } = this.#context;
    const arn = await this.#resolve(ref);
    await quickly(isInUse, signal, async () => {
      try {
        await aws.elb.send(new elb.DeleteTargetGroupCommand({ TargetGroupArn: arn }), { abortSignal: signal });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    });
    inventory.targetGroups.remove(arn);
  }

  async #deregister(step: Extract<Step, { do: 'deregister-targets' }>): Promise<void> {
    const { aws, inventory, signal } = this.#context;
    const arn = await this.#resolve(step.group);
    const input = { TargetGroupArn: arn, Targets: step.targets.map(({ id, port }) => ({ Id: id, Port: port })) };
    await aws.elb.send(new elb.DeregisterTargetsCommand(input), { abortSignal: signal });
    const gone = new Set(step.targets.map(({ id, port }) => `${id}:${port}`));
    const targets = inventory.targetGroups.get(arn)?.targets ?? [];
    inventory.targetGroups.patch(arn, {
      targets: targets.map((t) => (gone.has(`${t.id}:${t.port}`) ? { ...t, state: 'draining' } : t)),
    });
  }

  async #createLoadBalancer(step: Extract<Step, { do: 'create-load-balancer' }>): Promise<void> {
    const { aws, inventory, stack, signal } = this.#context;
    const { name } = step;
    await this.#refuseStranger(name);
    const groups: string[] = [];
    for (const ref of step.groups) groups.push(await this.#resolve(ref));
    const input: elb.CreateLoadBalancerCommandInput = {
      Name: name,
      Type: 'network',
      Scheme: step.scheme,
      IpAddressType: 'ipv4',
      Subnets: step.subnets,
      SecurityGroups: groups,
      Tags: tagList(step.tags),
    };
    const answer = await quickly(
      // A security group that was just made may not be visible yet.
      (error) => errorCode(error) === 'InvalidSecurityGroup',
      signal,
      () => aws.elb.send(new elb.CreateLoadBalancerCommand(input), { abortSignal: signal }),
    );
    const [lb] = answer.LoadBalancers ?? [];
    const arn = lb?.LoadBalancerArn ?? '';
    if (lb?.VpcId && lb.VpcId !== this.#context.vpcId) throw new StrangerError('load balancer', name, arn);
    inventory.loadBalancers.put({ ...decodeLoadBalancer(lb ?? {}, step.tags), listeners: [] });
    inventory.setTags(arn, step.tags);
    this.#made('@load-balancer', arn, answer.$metadata.attempts);
    this.#context.logger.debug('load balancer is being provisioned', { stack, arn });
  }

  /**
   * AWS answers a create for a name that exists with the existing load balancer when the settings are the same, whoever
   * it belongs to. So look first.
   */
  async #refuseStranger(name: string): Promise<void> {
    const { aws, inventory, stack, signal } = this.#context;
    let found: elb.LoadBalancer | undefined;
    try {
      const command = new elb.DescribeLoadBalancersCommand({ Names: [name] });
      found = (await aws.elb.send(command, { abortSignal: signal })).LoadBalancers?.[0];
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    if (!found) return;
    const arn = found.LoadBalancerArn ?? '';
    const tags = await describeTags(aws, [arn], signal);
    if (!inventory.owns(tags.get(arn) ?? {}, stack)) throw new StrangerError('load balancer', name, arn);
    inventory.setTags(arn, tags.get(arn) ?? {});
    throw new PlanOutdatedError(`load balancer ${name}`);
  }

  async #setLoadBalancerAttributes(ref: Ref, attributes: Record<string, string>): Promise<void> {
    const { aws, inventory, signal } = this.#context;
    const arn = await this.#resolve(ref);
    const input = { LoadBalancerArn: arn, Attributes: tagList(attributes) };
    await aws.elb.send(new elb.ModifyLoadBalancerAttributesCommand(input), { abortSignal: signal });
    const known = inventory.loadBalancers.get(arn)?.attributes;
    inventory.loadBalancers.patch(arn, { attributes: { ...known, ...attributes } });
  }

  async #setSubnets(ref: Ref, subnets: string[]): Promise<void> {
    const { aws, inventory, signal } = this.#context;
    const arn = await this.#resolve(ref);
    await aws.elb.send(new elb.SetSubnetsCommand({ LoadBalancerArn: arn, Subnets: subnets }), { abortSignal: signal });
    inventory.loadBalancers.patch(arn, { subnetIds: [...subnets].sort() });
  }

  async #setSecurityGroups(ref: Ref, refs: Ref[]): Promise<void> {
    const { aws, inventory, signal } = this.#context;
    const arn = await this.#resolve(ref);
    const groups: string[] = [];
    for (const group of refs) groups.push(await this.#resolve(group));
    const input = { LoadBalancerArn: arn, SecurityGroups: groups };
    await aws.elb.send(new elb.SetSecurityGroupsCommand(input), { abortSignal: signal });
    inventory.loadBalancers.patch(arn, { securityGroupIds: groups });
  }

  async #deleteLoadBalancer(ref: Ref): Promise<void> {
    const { aws, inventory, signal } = this.#context;
    const arn = await this.#resolve(ref);
    try {
      await aws.elb.send(new elb.DeleteLoadBalancerCommand({ LoadBalancerArn: arn }), { abortSignal: signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    inventory.loadBalancers.remove(arn);
    for (const group of inventory.targetGroups.all()) {
      if (!group.loadBalancerArns.includes(arn)) continue;
      inventory.targetGroups.patch(group.arn, { loadBalancerArns: group.loadBalancerArns.filter((a) => a !== arn) });
    }
  }

  async #createListener(
    step: Pick<Extract<Step, { do: 'create-listener' }>, 'loadBalancer' | 'port' | 'protocol' | 'group' | 'tags'>,
  ) {
    const { aws, inventory, signal } = this.#context;
    const loadBalancer = await this.#resolve(step.loadBalancer);
    const group = await this.#resolve(step.group);
    const input: elb.CreateListenerCommandInput = {
      LoadBalancerArn: loadBalancer,
      Port: step.port,
      Protocol: step.protocol,
      DefaultActions: [{ Type: 'forward', TargetGroupArn: group }],
      Tags: tagList(step.tags),
    };
    try {
      // Right after their creation the load balancer and the target group may not be visible everywhere.
      const answer = await quickly(isNotFound, signal, () =>
        aws.elb.send(new elb.CreateListenerCommand(input), { abortSignal: signal }),
      );
      const listener = { ...decodeListener(answer.Listeners?.[0] ?? {}), tags: step.tags };
      const known = inventory.loadBalancers.get(loadBalancer)?.listeners ?? [];
      inventory.loadBalancers.patch(loadBalancer, { listeners: [...known, listener] });
      inventory.targetGroups.patch(group, { loadBalancerArns: [loadBalancer] });
      this.#made(`@listener:${step.port}`, listener.arn, answer.$metadata.attempts);
    } catch (error) {
      if (isDuplicate(error)) throw new PlanOutdatedError(`a listener on port ${step.port} of ${loadBalancer}`);
      throw error;
    }
  }

  async #modifyListener(step: Extract<Step, { do: 'modify-listener' }>): Promise<void> {
    const { aws, inventory, signal } = this.#context;
    const { listener: arn, port, protocol } = step;
    const loadBalancer = await this.#resolve(step.loadBalancer);
    const group = await this.#resolve(step.group);
    const input: elb.ModifyListenerCommandInput = {
      ListenerArn: arn,
      Port: port,
      Protocol: protocol,
      DefaultActions: [{ Type: 'forward', TargetGroupArn: group }],
    };
    try {
      await aws.elb.send(new elb.ModifyListenerCommand(input), { abortSignal: signal });
    } catch (error) {
      // moto knows only ALB protocols here (AWS: any protocol of the load balancer's type): there a new listener does it.
      if (errorCode(error) !== 'UnsupportedProtocol') throw error;
      await this.#deleteListener(loadBalancer, arn);
      return this.#createListener(step);
    }
    const listeners = inventory.loadBalancers.get(loadBalancer)?.listeners ?? [];
    inventory.loadBalancers.patch(loadBalancer, {
      listeners: listeners.map((one) => (one.arn === arn ? { ...one, port, protocol, targetGroupArn: group } : one)),
    });
    for (const { targetGroupArn } of listeners.filter((one) => one.arn === arn)) {
      if (targetGroupArn) inventory.targetGroups.patch(targetGroupArn, { loadBalancerArns: [] });
    }
    inventory.targetGroups.patch(group, { loadBalancerArns: [loadBalancer] });
    this.lastResource = arn;
  }

  async #deleteListener(loadBalancer: Ref, arn: string): Promise<void> {
    const { aws, inventory, signal } = this.#context;
    try {
      await aws.elb.send(new elb.DeleteListenerCommand({ ListenerArn: arn }), { abortSignal: signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    const listeners = inventory.loadBalancers.get(loadBalancer)?.listeners ?? [];
    inventory.loadBalancers.patch(loadBalancer, { listeners: listeners.filter((one) => one.arn !== arn) });
    this.lastResource = arn;
  }

  async #addTags(ref: Ref, tags: Tags): Promise<void> {
    const { aws, signal } = this.#context;
    const id = await this.#resolve(ref);
    if (id.startsWith('sg-')) {
      const input = { Resources: [id], Tags: tagList(tags) };
      await aws.ec2.send(new ec2.CreateTagsCommand(input), { abortSignal: signal });
    } else {
      const input = { ResourceArns: [id], Tags: tagList(tags) };
      await aws.elb.send(new elb.AddTagsCommand(input), { abortSignal: signal });
    }
    this.#tagged(id, (known) => ({ ...known, ...tags }));
  }

  async #removeTags(ref: Ref, keys: string[]): Promise<void> {
    const { aws, signal } = this.#context;
    const id = await this.#resolve(ref);
    if (id.startsWith('sg-')) {
      const input = { Resources: [id], Tags: keys.map((Key) => ({ Key })) };
      await aws.ec2.send(new ec2.DeleteTagsCommand(input), { abortSignal: signal });
    } else {
      await aws.elb.send(new elb.RemoveTagsCommand({ ResourceArns: [id], TagKeys: keys }), { abortSignal: signal });
    }
    this.#tagged(id, (known) => Object.fromEntries(Object.entries(known).filter(([key]) => !keys.includes(key))));
  }

  #tagged(id: string, change: (known: Tags) => Tags): void {
    const { inventory, stack } = this.#context;
    const resource =
      inventory.loadBalancers.get(id) ?? inventory.targetGroups.get(id) ?? inventory.securityGroups.get(id);
    if (resource) return inventory.setTags(id, change(resource.tags));
    for (const lb of inventory.stack(stack).loadBalancers) {
      const listeners = lb.listeners?.map((one) => (one.arn === id ? { ...one, tags: change(one.tags ?? {}) } : one));
      if (listeners) inventory.loadBalancers.patch(lb.arn, { listeners });
    }
  }
}

function healthCheckInput(check: HealthCheck) {
  return {
    HealthCheckEnabled: true,
    HealthCheckProtocol: check.protocol,
    HealthCheckPort: check.port,
    HealthCheckIntervalSeconds: check.intervalSeconds,
    HealthCheckTimeoutSeconds: check.timeoutSeconds,
    HealthyThresholdCount: check.healthyThreshold,
    UnhealthyThresholdCount: check.unhealthyThreshold,
    ...(check.protocol === 'TCP' ? {} : { HealthCheckPath: check.path, Matcher: { HttpCode: check.successCodes } }),
  };
}

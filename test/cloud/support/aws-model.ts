/**
 * AWS as far as plans go, in memory and as strict as the real one: a target group serves one load balancer, one in use
 * can't be deleted, nor a security group, names are unique, a load balancer has one listener a port.
 */
import type {
  ObservedListener,
  ObservedLoadBalancer,
  ObservedSecurityGroup,
  ObservedStack,
  ObservedTarget,
  ObservedTargetGroup,
  Ref,
  Step,
} from '../../../src/cloud/model.ts';
import { BACKEND } from './model.ts';

type Balancer = ObservedLoadBalancer & { listeners: ObservedListener[]; attributes: Record<string, string> };
type Group = ObservedTargetGroup & { targets: ObservedTarget[]; attributes: Record<string, string> };

export const DEFAULTS = { 'load_balancing.cross_zone.enabled': 'false', 'deletion_protection.enabled': 'false' };
const GROUP_DEFAULTS = { 'stickiness.enabled': 'false' };

function must(condition: unknown, refusal: string): asserts condition {
  if (!condition) throw new Error(`AWS refuses: ${refusal}`);
}

export class AwsModel {
  readonly balancers = new Map<string, Balancer>();
  readonly groups = new Map<string, Group>();
  readonly fronts = new Map<string, ObservedSecurityGroup>();
  #refs = new Map<Ref, string>();
  #count = 0;

  /** What Sluice reads. A copy. */
  observe(): ObservedStack {
    const holders = (arn: string) =>
      [...this.balancers.values()]
        .filter((lb) => lb.listeners.some((l) => l.targetGroupArn === arn))
        .map((lb) => lb.arn);
    return structuredClone({
      loadBalancers: [...this.balancers.values()],
      targetGroups: [...this.groups.values()].map((group) => ({ ...group, loadBalancerArns: holders(group.arn) })),
      frontGroups: [...this.fronts.values()],
    });
  }

  /** Time passes: what is provisioned becomes active, what serves becomes healthy, what drains goes. */
  tick(): void {
    for (const lb of this.balancers.values()) if (lb.state === 'provisioning') lb.state = 'active';
    for (const group of this.groups.values()) {
      group.targets = group.targets.filter((t) => t.state !== 'draining').map((t) => ({ ...t, state: 'healthy' }));
    }
  }

  /** Takes the steps of one plan in order, at most `limit` of them: then the process dies. */
  apply(steps: Step[], limit = Infinity, before: (step: Step) => void = () => undefined): void {
    this.#refs = new Map([['@backend-group', BACKEND]]);
    for (const step of steps.slice(0, limit)) {
      before(step);
      this.#apply(structuredClone(step));
    }
  }

  #apply(step: Step): void {
    switch (step.do) {
      case 'create-security-group': {
        must(![...this.fronts.values()].some((sg) => sg.name === step.name), 'InvalidGroup.Duplicate');
        const id = this.#made('@front-group', 'sg');
        const { name, tags } = step;
        return void this.fronts.set(id, { id, name, tags, cidrRules: [], groupRules: [], otherRules: 0 });
      }
      case 'authorize-ingress': {
        const group = this.#get(this.fronts, step.group);
        const there = new Set(group.cidrRules.map((rule) => JSON.stringify(rule)));
        must(!step.rules.some((rule) => there.has(JSON.stringify(rule))), 'InvalidPermission.Duplicate');
        must(group.cidrRules.push(...step.rules) <= 60, 'RulesPerSecurityGroupLimitExceeded');
        return;
      }
      case 'revoke-ingress': {
        const group = this.#get(this.fronts, step.group);
        const gone = new Set(step.rules.map((rule) => JSON.stringify(rule)));
        group.cidrRules = group.cidrRules.filter((rule) => !gone.delete(JSON.stringify(rule)));
        return must(gone.size === 0, 'InvalidPermission.NotFound');
      }
      case 'delete-security-group': {
        const { id } = this.#get(this.fronts, step.group);
        must(![...this.balancers.values()].some((lb) => lb.securityGroupIds.includes(id)), 'DependencyViolation');
        return void this.fronts.delete(id);
      }
      case 'create-target-group': {
        must(![...this.groups.values()].some((group) => group.name === step.name), 'DuplicateTargetGroupName');
        const arn = this.#made(step.ref, 'tg');
        const { port, protocol, healthCheck, tags } = step.target;
        const fresh = { targets: [], attributes: { ...GROUP_DEFAULTS }, targetType: 'instance', loadBalancerArns: [] };
        return void this.groups.set(arn, { arn, name: step.name, port, protocol, healthCheck, tags, ...fresh });
      }
      case 'modify-health-check':
        this.#get(this.groups, step.group).healthCheck = step.healthCheck;
        return;
      case 'set-target-group-attributes':
        return void Object.assign(this.#get(this.groups, step.group).attributes, step.attributes);
      case 'delete-target-group': {
        const { arn } = this.#get(this.groups, step.group);
        const used = [...this.balancers.values()].some((lb) => lb.listeners.some((l) => l.targetGroupArn === arn));
        must(!used, 'ResourceInUse');
        return void this.groups.delete(arn);
      }
      case 'register-targets': {
        const group = this.#get(this.groups, step.group);
        const fresh = step.targets.map((t) => ({ ...t, state: 'initial' }));
        const ids = new Set(fresh.map(({ id }) => id));
        group.targets = [...group.targets.filter(({ id, port }) => !ids.has(id) || port !== fresh[0]?.port), ...fresh];
        return;
      }
      case 'deregister-targets': {
        const gone = new Set(step.targets.map(({ id, port }) => `${id}:${port}`));
        for (const t of this.#get(this.groups, step.group).targets)
          if (gone.has(`${t.id}:${t.port}`)) t.state = 'draining';
        return;
      }
      case 'create-load-balancer': {
        must(![...this.balancers.values()].some((lb) => lb.name === step.name), 'DuplicateLoadBalancerName');
        const arn = this.#made('@load-balancer', 'lb');
        const { name, scheme, subnets, tags } = step;
        const securityGroupIds = step.groups.map((ref) => this.#id(ref));
        for (const id of securityGroupIds) must(id === BACKEND || this.fronts.has(id), 'InvalidSecurityGroup');
        const createdAt = String(this.#count).padStart(9, '0');
        const fresh = {
          dnsName: `${arn}.example.com`,
          state: 'provisioning',
          listeners: [],
          attributes: { ...DEFAULTS },
        };
        return void this.balancers.set(arn, {
          arn,
          name,
          scheme,
          subnetIds: subnets,
          tags,
          securityGroupIds,
          createdAt,
          ...fresh,
        });
      }
      case 'set-load-balancer-attributes':
        return void Object.assign(this.#get(this.balancers, step.loadBalancer).attributes, step.attributes);
      case 'set-subnets':
        this.#get(this.balancers, step.loadBalancer).subnetIds = step.subnets;
        return;
      case 'set-security-groups':
        this.#get(this.balancers, step.loadBalancer).securityGroupIds = step.groups.map((ref) => this.#id(ref));
        return;
      case 'delete-load-balancer': {
        const lb = this.#get(this.balancers, step.loadBalancer);
        must(lb.attributes['deletion_protection.enabled'] !== 'true', 'OperationNotPermitted');
        return void this.balancers.delete(lb.arn);
      }
      case 'create-listener': {
        const lb = this.#get(this.balancers, step.loadBalancer);
        must(!lb.listeners.some(({ port }) => port === step.port), 'DuplicateListener');
        const targetGroupArn = this.#attachable(step.group, lb, step.protocol);
        const { port, protocol, tags } = step;
        return void lb.listeners.push({ arn: this.#made('@listener', 'ls'), port, protocol, targetGroupArn, tags });
      }
      case 'modify-listener': {
        const lb = this.#get(this.balancers, step.loadBalancer);
        const listener = lb.listeners.find(({ arn }) => arn === step.listener);
        must(listener, 'ListenerNotFound');
        const targetGroupArn = this.#attachable(step.group, lb, step.protocol);
        return void Object.assign(listener, { port: step.port, protocol: step.protocol, targetGroupArn });
      }
      case 'delete-listener': {
        const lb = this.#get(this.balancers, step.loadBalancer);
        must(
          lb.listeners.some(({ arn }) => arn === step.listener),
          'ListenerNotFound',
        );
        lb.listeners = lb.listeners.filter(({ arn }) => arn !== step.listener);
        return;
      }
      case 'add-tags':
        return void Object.assign(this.#tags(step.resource), step.tags);
      case 'remove-tags':
        for (const key of step.keys) delete this.#tags(step.resource)[key];
    }
  }

  #attachable(ref: Ref, lb: Balancer, protocol: string): string {
    const group = this.#get(this.groups, ref);
    must(group.protocol === protocol, 'IncompatibleProtocols');
    const held = [...this.balancers.values()].some(
      (o) => o !== lb && o.listeners.some((l) => l.targetGroupArn === group.arn),
    );
    must(!held, 'TargetGroupAssociationLimit');
    return group.arn;
  }

  #tags(ref: Ref): Record<string, string> {
    const id = this.#id(ref);
    const listeners = [...this.balancers.values()].flatMap((lb) => lb.listeners);
    const found =
      this.balancers.get(id) ?? this.groups.get(id) ?? this.fronts.get(id) ?? listeners.find(({ arn }) => arn === id);
    must(found, `${ref} is not there`);
    return (found.tags ??= {});
  }

  #made(ref: Ref, kind: string): string {
    const id = `${kind}-${++this.#count}`;
    this.#refs.set(ref, id);
    return id;
  }

  #id(ref: Ref): string {
    const id = ref.startsWith('@') ? this.#refs.get(ref) : ref;
    must(id, `${ref} before it is made`);
    return id;
  }

  #get<T>(shelf: ReadonlyMap<string, T>, ref: Ref): T {
    const found = shelf.get(this.#id(ref));
    must(found, `${ref} is not there`);
    return found;
  }
}

/**
 * AWS as far as plans go, in memory and as strict as the real one: a target group serves one load balancer, one in use
 * can't be deleted, nor a security group, names are unique, a load balancer has one listener a port.
 */
import type {
  ObservedLoadBalancer,
  ObservedSecurityGroup,
  ObservedStack,
  ObservedTargetGroup,
  Ref,
  Step,
} from '../../../src/cloud/model.ts';
import { BACKEND } from './model.ts';

type Balancer = ObservedLoadBalancer & Required<Pick<ObservedLoadBalancer, 'listeners' | 'attributes'>>;
type Group = ObservedTargetGroup & Required<Pick<ObservedTargetGroup, 'targets' | 'attributes'>>;
type Of<K extends Step['do']> = Extract<Step, { do: K }>;

export const DEFAULTS = { 'load_balancing.cross_zone.enabled': 'false', 'deletion_protection.enabled': 'false' };

function must(condition: unknown, refusal: string): asserts condition {
  if (!condition) throw new Error(`AWS refuses: ${refusal}`);
}
const text = (value: unknown) => JSON.stringify(value);
const named = (shelf: ReadonlyMap<string, { name: string }>, name: string) =>
  [...shelf.values()].some((one) => one.name === name);

export class AwsModel {
  readonly balancers = new Map<string, Balancer>();
  readonly groups = new Map<string, Group>();
  readonly fronts = new Map<string, ObservedSecurityGroup>();
  #refs = new Map<Ref, string>();
  #count = 0;

  /** What Sluice reads. A copy. */
  observe(): ObservedStack {
    const targetGroups = [...this.groups.values()].map((group) => ({
      ...group,
      loadBalancerArns: this.#holders(group.arn),
    }));
    return structuredClone({
      loadBalancers: [...this.balancers.values()],
      targetGroups,
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
      (this.#take[step.do] as (one: Step) => unknown)(structuredClone(step));
    }
  }

  readonly #take: { [K in Step['do']]: (step: Of<K>) => unknown } = {
    'create-security-group': ({ name, tags }) => {
      must(!named(this.fronts, name), 'InvalidGroup.Duplicate');
      const id = this.#made('@front-group', 'sg');
      this.fronts.set(id, { id, name, tags, cidrRules: [], groupRules: [], otherRules: 0 });
    },
    'authorize-ingress': ({ group, rules }) => {
      const { cidrRules } = this.#get(this.fronts, group);
      must(!cidrRules.some((rule) => rules.some((one) => text(one) === text(rule))), 'InvalidPermission.Duplicate');
      must(cidrRules.push(...rules) <= 60, 'RulesPerSecurityGroupLimitExceeded');
    },
    'revoke-ingress': ({ group, rules }) => {
      const front = this.#get(this.fronts, group);
      const gone = new Set(rules.map(text));
      front.cidrRules = front.cidrRules.filter((rule) => !gone.delete(text(rule)));
      must(gone.size === 0, 'InvalidPermission.NotFound');
    },
    'delete-security-group': ({ group }) => {
      const { id } = this.#get(this.fronts, group);
      must(![...this.balancers.values()].some((lb) => lb.securityGroupIds.includes(id)), 'DependencyViolation');
      this.fronts.delete(id);
    },
    'create-target-group': ({ ref, name, target: { port, protocol, healthCheck, tags } }) => {
      must(!named(this.groups, name), 'DuplicateTargetGroupName');
      const fixed = {
        targetType: 'instance',
        loadBalancerArns: [],
        targets: [],
        attributes: { 'stickiness.enabled': 'false' },
      };
      const arn = this.#made(ref, 'tg');
      this.groups.set(arn, { arn, name, port, protocol, healthCheck, tags, ...fixed });
    },
    'modify-health-check': ({ group, healthCheck }) => Object.assign(this.#get(this.groups, group), { healthCheck }),
    'set-target-group-attributes': (step) =>
      Object.assign(this.#get(this.groups, step.group).attributes, step.attributes),
    'delete-target-group': ({ group }) => {
      const { arn } = this.#get(this.groups, group);
      must(this.#holders(arn).length === 0, 'ResourceInUse');
      this.groups.delete(arn);
    },
    'register-targets': (step) => {
      const group = this.#get(this.groups, step.group);
      const fresh = new Set(step.targets.map(({ id, port }) => `${id}:${port}`));
      const others = group.targets.filter(({ id, port }) => !fresh.has(`${id}:${port}`));
      group.targets = [...others, ...step.targets.map((target) => ({ ...target, state: 'initial' }))];
    },
    'deregister-targets': (step) => {
      const gone = new Set(step.targets.map(({ id, port }) => `${id}:${port}`));
      for (const t of this.#get(this.groups, step.group).targets)
        if (gone.has(`${t.id}:${t.port}`)) t.state = 'draining';
    },
    'create-load-balancer': ({ name, scheme, subnets: subnetIds, groups, tags }) => {
      must(!named(this.balancers, name), 'DuplicateLoadBalancerName');
      const securityGroupIds = groups.map((ref) => this.#id(ref));
      must(
        securityGroupIds.every((id) => id === BACKEND || this.fronts.has(id)),
        'InvalidSecurityGroup',
      );
      const arn = this.#made('@load-balancer', 'lb');
      const fixed = {
        dnsName: `${arn}.example.com`,
        state: 'provisioning',
        createdAt: arn,
        listeners: [],
        attributes: { ...DEFAULTS },
      };
      this.balancers.set(arn, { arn, name, scheme, subnetIds, tags, securityGroupIds, ...fixed });
    },
    'set-load-balancer-attributes': (step) => Object.assign(this.#balancer(step).attributes, step.attributes),
    'set-subnets': (step) => Object.assign(this.#balancer(step), { subnetIds: step.subnets }),
    'set-security-groups': (step) =>
      Object.assign(this.#balancer(step), { securityGroupIds: step.groups.map((ref) => this.#id(ref)) }),
    'delete-load-balancer': (step) => {
      const { arn, attributes } = this.#balancer(step);
      must(attributes['deletion_protection.enabled'] !== 'true', 'OperationNotPermitted');
      this.balancers.delete(arn);
    },
    'create-listener': (step) => {
      const { port, protocol, tags } = step;
      const { listeners } = this.#balancer(step);
      must(!listeners.some((one) => one.port === port), 'DuplicateListener');
      listeners.push({
        arn: this.#made('@listener', 'ls'),
        port,
        protocol,
        tags,
        targetGroupArn: this.#attachable(step),
      });
    },
    'modify-listener': (step) => {
      const { port, protocol } = step;
      Object.assign(this.#listener(step), { port, protocol, targetGroupArn: this.#attachable(step) });
    },
    'delete-listener': (step) => {
      const { listeners } = this.#balancer(step);
      listeners.splice(listeners.indexOf(this.#listener(step)), 1);
    },
    'add-tags': ({ resource, tags }) => Object.assign(this.#tags(resource), tags),
    'remove-tags': ({ resource, keys }) => keys.forEach((key) => delete this.#tags(resource)[key]),
  };

  #holders(group: string): string[] {
    return [...this.balancers.values()]
      .filter((lb) => lb.listeners.some((l) => l.targetGroupArn === group))
      .map(({ arn }) => arn);
  }

  #attachable(step: Of<'create-listener'> | Of<'modify-listener'>): string {
    const { arn, protocol } = this.#get(this.groups, step.group);
    must(protocol === step.protocol, 'IncompatibleProtocols');
    must(
      this.#holders(arn).every((holder) => holder === this.#id(step.loadBalancer)),
      'TargetGroupAssociationLimit',
    );
    return arn;
  }

  #balancer(step: { loadBalancer: Ref }): Balancer {
    return this.#get(this.balancers, step.loadBalancer);
  }

  #listener(step: { loadBalancer: Ref; listener: string }) {
    const listener = this.#balancer(step).listeners.find(({ arn }) => arn === step.listener);
    must(listener, 'ListenerNotFound');
    return listener;
  }

  #tags(ref: Ref): Record<string, string> {
    const listeners = [...this.balancers.values()].flatMap((lb) => lb.listeners.map((one) => [one.arn, one] as const));
    return (this.#get(
      new Map<string, { tags?: Record<string, string> }>([
        ...this.balancers,
        ...this.groups,
        ...this.fronts,
        ...listeners,
      ]),
      ref,
    ).tags ??= {});
  }

  #made(ref: Ref, kind: string): string {
    const id = `${kind}-${String((this.#count += 1)).padStart(6, '0')}`;
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

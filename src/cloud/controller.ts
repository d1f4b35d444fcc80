/**
 * The controller: a Service's key comes off the queue, what the Service should have and what it has are compared, the
 * steps between are taken, and its status says how that went. One key is never worked on twice at a time.
 *
 *     watch → store → queue → [desire → observe → plan → apply → status]
 */
import type { Node, Service } from '../kube/objects.ts';
import { compareResourceVersions } from '../kube/resource-version.ts';
import type { Store } from '../kube/store.ts';
import type { WorkQueue } from '../kube/work-queue.ts';
import type { Logger } from '../runtime/logger.ts';
import { keyOf } from '../kube/key.ts';
import { isHeld, type Ownership, ownershipOf, UPSTREAM_FINALIZER } from '../service/ownership.ts';
import { formatProblem } from '../service/problem.ts';
import { annotationKey } from './annotation-keys.ts';
import { parseOptions } from './annotations.ts';
import { keysOf, mergeKeys, readApplied } from './applied.ts';
import { StrangerError } from './aws/apply-common.ts';
import { describeError, isNotFound, isUncertain } from './aws/errors.ts';
import type { Network } from './aws/network.ts';
import type { ControllerConfig } from './config.ts';
import { type CloudParts, converge } from './converge.ts';
import { buildDesired, digestOf } from './desired.ts';
import type { ObservedStack } from './model.ts';
import { instanceIdOf, isTargetNode, type LeftOut, selectTargets, type TargetNodes } from './nodes.ts';
import { chooseExisting } from './plan.ts';
import { Reporter } from './reporter.ts';
import { type ServiceState, ServiceStates } from './service-state.ts';
import type { ServiceWriter } from './service-writer.ts';
import { isReleased, releasedStatus, yieldedStatus } from './status.ts';
import { tearDown } from './teardown.ts';

export interface ControllerParts extends CloudParts {
  config: Pick<ControllerConfig, 'clusterName' | 'defaultScheme' | 'loadBalancerClasses' | 'classless'>;
  network: Network;
  services: Store<Service>;
  nodes: Store<Node>;
  queue: WorkQueue;
  writer: ServiceWriter;
  logger: Logger;
  /** Whether aws-load-balancer-controller is at work. */
  lbcActive: () => boolean;
  /** A converged Service was found to differ from AWS. */
  onDrift?: () => void;
  now?: () => number;
}

/** Where only people, or AWS in its own time, can change something. */
const RECHECK_MS = 60_000;

export class Controller {
  readonly #parts: ControllerParts;
  readonly #reporter: Reporter;
  readonly #now: () => number;
  readonly states = new ServiceStates();

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    this.#now = parts.now ?? (() => performance.now());
    this.#reporter = new Reporter({ ...parts, now: this.#now });
  }

  /** Whether a Service concerns Sluice: it is ours, or was and must be let go. */
  concerns(service: Service): boolean {
    return isHeld(service) || this.#ownership(service).kind !== 'not-ours';
  }

  /** Brings one Service in line. Throws what the queue should retry with backoff. */
  async reconcile(key: string, signal: AbortSignal): Promise<void> {
    const stored = this.#parts.services.get(key);
    if (!stored) return this.states.forget(key);
    const service = this.#newest(stored);
    const ownership = this.#ownership(service);
    if (isReleased(service)) {
      this.states.forget(key);
      if (ownership.kind === 'ours') await this.#parts.writer.writeStatus(service, releasedStatus());
      return;
    }
    if (ownership.kind === 'yield') {
      this.#parts.queue.addAfter(key, RECHECK_MS);
      await this.#parts.writer.writeStatus(service, yieldedStatus('OtherController', ownership.reason));
    } else if (ownership.kind === 'ours' && !service.metadata.deletionTimestamp) {
      await this.#ensure(key, service, signal);
    } else if (isHeld(service)) {
      await this.#remove(key, service, signal);
    } else if (!isHeld(stored)) {
      this.states.forget(key);
    }
  }

  /** Instances that take traffic for any Service. */
  targetInstances(): string[] {
    const { nodes, network } = this.#parts;
    return selectTargets(nodes.list(), network.instances, network.vpcId).instanceIds;
  }

  #ownership(service: Service): Ownership {
    return ownershipOf(service, { ...this.#parts.config, lbcActive: this.#parts.lbcActive() });
  }

  async #ensure(key: string, service: Service, signal: AbortSignal): Promise<void> {
    const { inventory, network, writer, logger, config, queue } = this.#parts;
    const state = this.states.get(key, service.metadata.uid);
    // A Service that is refused before it was held has nothing in the cloud, and keeps nothing alive there.
    state.managed = isHeld(service);
    const { options, problems } = parseOptions(service);
    if (problems.length > 0) return this.#reporter.refuse(key, service, state, problems);

    const deep = await this.#lookAgainIfDoubtful(key, state);
    const targets = await this.#targets(options.targetNodeLabels);
    const published = service.status?.loadBalancer?.ingress?.[0]?.hostname;
    const existing = chooseExisting(inventory.stack(key), options.scheme, published);
    const build = async () =>
      buildDesired(service, options, {
        clusterName: config.clusterName,
        defaultScheme: config.defaultScheme,
        subnets: await network.subnets(),
        instances: targets.instanceIds,
        ...(existing ? { existing } : {}),
      });
    let desired = await build();
    if (desired.problems?.some(({ field }) => field === annotationKey('subnets'))) {
      // AWS does not tell of a new subnet or tag, and those known may be minutes old.
      network.forgetSubnets();
      desired = await build();
    }
    if (desired.problems) {
      queue.addAfter(key, RECHECK_MS);
      return this.#reporter.refuse(key, service, state, desired.problems);
    }

    const { model } = desired;
    const digest = digestOf(model);
    const applied = readApplied(service);
    const known = applied.digest === digest;
    state.managed = true;
    state.gone = false;
    const held = await writer.hold(service, { ...mergeKeys(applied, keysOf(model)), digest: known ? digest : '' });
    state.written = held;
    const result = await converge(this.#parts, {
      key,
      service: held,
      desired: model,
      leftOut: [...targets.leftOut, ...this.#unclearNodes()],
      // Whatever an unfinished change has left may lack what it would have got next.
      deep: deep || state.deep || (!known && state.compared !== digest && hasAny(inventory.stack(key))),
      pollHealth: state.healthDueAt !== undefined && state.healthDueAt <= this.#now(),
      state,
      logger: logger.child({ service: key }),
      signal,
      onSteps: (steps) => {
        if (steps.some((step) => step.do === 'create-load-balancer')) {
          writer.event(held, 'Normal', 'EnsuringLoadBalancer', 'Ensuring load balancer');
        } else if (known && state.polls === 0 && existing) {
          this.#parts.onDrift?.();
          logger.info('drift', { service: key, steps: steps.map((step) => `${step.do}: ${step.why}`) });
        }
      },
    });
    signal.throwIfAborted();
    if (result.failure === undefined) state.compared = digest;
    else delete state.compared;
    state.written = await this.#reporter.report(key, held, state, result);
    if (result.error !== undefined) {
      if (result.failure instanceof StrangerError) return;
      throw result.failure;
    }
    const finished = result.plan.blocked.length === 0 && result.plan.waiting.length === 0;
    if (!finished || state.doubtful) return;
    const latest = this.#newest(this.#parts.services.get(key) ?? held);
    state.written = await writer.hold(latest, { ...keysOf(model), digest });
  }

  /** Everything of the Service goes from the cloud, then its finalizer. */
  async #remove(key: string, service: Service, signal: AbortSignal): Promise<void> {
    const { inventory, shared, services, writer, logger, queue } = this.#parts;
    const state = this.states.get(key, service.metadata.uid);
    state.managed = true;
    if (state.phase !== 'deleting') {
      state.phase = 'deleting';
      writer.event(service, 'Normal', 'DeletingLoadBalancer', 'Deleting load balancer');
    }
    const reason = service.metadata.deletionTimestamp
      ? 'the Service is being deleted'
      : 'the Service is no longer ours';
    try {
      await this.#lookAgainIfDoubtful(key, state);
      const problems = await tearDown(this.#parts, { key, reason, logger, signal });
      if (problems.length > 0) {
        queue.addAfter(key, RECHECK_MS);
        await this.#reporter.stuck(key, service, state, 'Blocked', problems.map(formatProblem).join('; '));
        return;
      }
      state.gone = true;
      const inUse = () =>
        this.states.othersManaged(key) ||
        [...inventory.stacks()].some((stack) => stack !== key) ||
        services.list().some((other) => isHeldElsewhere(other, key, this.states));
      await shared.release(inUse);
    } catch (error) {
      if (isUncertain(error) || isNotFound(error)) state.doubtful = true;
      signal.throwIfAborted();
      await this.#reporter.stuck(key, service, state, 'Deleting', `waiting: ${describeError(error)}`);
      throw error;
    }
    const cleared = await writer.clearStatus(service);
    writer.event(service, 'Normal', 'DeletedLoadBalancer', 'Deleted load balancer');
    const others = this.#parts.config.classless && !service.spec.loadBalancerClass ? [UPSTREAM_FINALIZER] : [];
    const released = await writer.letGo(cleared, others);
    logger.info('released', { service: key, why: reason });
    // What the watch still tells of the time before must not begin the removal again.
    if (released) state.written = released;
    else this.states.forget(key);
  }

  /** After an answer that was lost, AWS is asked what it really has. Returns whether it was. */
  async #lookAgainIfDoubtful(key: string, state: ServiceState): Promise<boolean> {
    if (!state.doubtful) return false;
    const { inventory } = this.#parts;
    state.doubtful = false;
    state.deep = true;
    try {
      await inventory.refresh();
    } catch (error) {
      state.doubtful = true;
      throw error;
    }
    this.#parts.shared.forgetNodeGroups();
    this.#parts.logger.debug('looked again', { service: key });
    return true;
  }

  async #targets(labels: Record<string, string> | undefined): Promise<TargetNodes> {
    const { nodes, network } = this.#parts;
    const all = nodes.list();
    const ids = all.filter((node) => isTargetNode(node)).flatMap((node) => instanceIdOf(node) ?? []);
    await network.ensureInstances(ids);
    return selectTargets(all, network.instances, network.vpcId, labels);
  }

  /** Nodes that are targets, but whose NodePorts can't be opened because nothing says in which security group. */
  #unclearNodes(): LeftOut[] {
    const unclear = new Set(this.#parts.shared.unclear);
    if (unclear.size === 0) return [];
    const tag = `kubernetes.io/cluster/${this.#parts.config.clusterName}`;
    return this.#parts.nodes
      .list()
      .filter((node) => unclear.has(instanceIdOf(node) ?? ''))
      .map((node) => ({
        node: node.metadata.name,
        reason: `has several security groups and not exactly one is tagged ${tag}, so no NodePort is opened on it`,
      }));
  }

  /** The watched Service, or what Sluice itself wrote, if the watch has not shown anything newer. */
  #newest(stored: Service): Service {
    const { written } = this.states.get(keyOf(stored), stored.metadata.uid);
    if (!written) return stored;
    const order = compareResourceVersions(stored.metadata.resourceVersion, written.metadata.resourceVersion);
    return order === -1 || order === 0 ? written : stored;
  }
}

function hasAny({ loadBalancers, targetGroups }: ObservedStack): boolean {
  return loadBalancers.length + targetGroups.length > 0;
}

function isHeldElsewhere(other: Service, key: string, states: ServiceStates): boolean {
  const otherKey = keyOf(other);
  return otherKey !== key && isHeld(other) && !isReleased(other) && !states.isGone(otherKey);
}

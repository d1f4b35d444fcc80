/** observe → plan → apply for one Service, until AWS shows what is desired or somebody else has to act. */
import type { Service } from '../kube/objects.ts';
import type { Logger } from '../runtime/logger.ts';
import { readApplied } from './applied.ts';
import { applySteps } from './aws/apply.ts';
import { PlanOutdatedError, StrangerError } from './aws/apply-common.ts';
import { type Aws, inBackground } from './aws/client.ts';
import { describeError, isDuplicate, isNotFound, isUncertain } from './aws/errors.ts';
import type { Inventory } from './aws/inventory.ts';
import type { Observer } from './aws/observe.ts';
import type { SharedGroups } from './aws/shared-groups.ts';
import { identityOf } from './desired.ts';
import type { DesiredLoadBalancer, PlanContext, Step } from './model.ts';
import type { LeftOut } from './nodes.ts';
import { chooseCurrent, type Plan, planLoadBalancer } from './plan.ts';
import { matchTargetGroups } from './plan-target-groups.ts';
import type { ServiceState } from './service-state.ts';
import type { Outcome } from './status.ts';

export interface CloudParts {
  aws: Aws;
  inventory: Inventory;
  observer: Observer;
  shared: SharedGroups;
  vpcId: string;
  clusterName: string;
}

export interface ConvergeInput {
  key: string;
  service: Service;
  desired: DesiredLoadBalancer;
  leftOut: LeftOut[];
  /** Read everything and compare it all. */
  deep: boolean;
  /** Read target health. */
  pollHealth: boolean;
  state: ServiceState;
  logger: Logger;
  signal: AbortSignal;
  /** Called before the first steps are taken. */
  onSteps: (steps: Step[]) => void;
}

export type Convergence = Outcome & {
  /** What went wrong, for the queue's backoff; `outcome.error` says it in words. */
  failure?: unknown;
  /** How many steps were taken. */
  steps: number;
};

/** A plan whose steps are all done gives an empty plan; more rounds than this mean that two sides disagree. */
const MAX_ROUNDS = 5;

export async function converge(parts: CloudParts, input: ConvergeInput): Promise<Convergence> {
  const { observer, shared } = parts;
  const { key, state, signal, deep } = input;
  let steps = 0;
  let failure: unknown;
  try {
    const load = () => observer.load(key, deep || state.sweep ? 'all' : 'unknown', signal);
    await (state.sweep && !deep ? inBackground(load) : load());
    state.deep = false;
    state.sweep = false;
    if (input.pollHealth && !deep) await observer.loadHealth(key, signal);
    for (let round = 0; ; round++) {
      const plan = makePlan(parts, input);
      if (plan.steps.length === 0) break;
      if (round === MAX_ROUNDS) throw new Error(`${plan.steps.length} steps are left after ${round} rounds`);
      input.onSteps(plan.steps);
      await applySteps(plan.steps, {
        ...parts,
        stack: key,
        logger: input.logger,
        signal,
        beforeListeners: () => shared.openNodePorts(),
        backendGroup: () => shared.backendGroup(),
        onRepeatedCreate: () => {
          state.doubtful = true;
        },
      });
      steps += plan.steps.length;
    }
    await shared.openNodePorts();
    const { current } = makePlan(parts, input);
    if (current?.state === 'provisioning') await observer.pollState(current.arn);
  } catch (error) {
    failure = error;
    // Whatever the error leaves open is seen by looking, never assumed.
    if (isUncertain(error) || isNotFound(error) || isDuplicate(error) || error instanceof PlanOutdatedError) {
      state.doubtful = true;
    }
  }
  return { ...conclude(parts, input), steps, ...(failure === undefined ? {} : failed(failure)) };
}

function makePlan(parts: CloudParts, { key, service, desired }: ConvergeInput): Plan {
  const backendGroupId = parts.inventory.backendGroup()?.id;
  const publishedHostname = service.status?.loadBalancer?.ingress?.[0]?.hostname;
  const context: PlanContext = {
    identity: identityOf(service, parts.clusterName),
    applied: readApplied(service),
    ...(backendGroupId === undefined ? {} : { backendGroupId }),
    ...(publishedHostname === undefined ? {} : { publishedHostname }),
  };
  return planLoadBalancer(desired, parts.inventory.stack(key), context);
}

function conclude(parts: CloudParts, input: ConvergeInput): Outcome {
  const { key, desired, leftOut, service } = input;
  const observed = parts.inventory.stack(key);
  const published = service.status?.loadBalancer?.ingress?.[0]?.hostname;
  const { current, superseded } = chooseCurrent(desired, observed, published);
  const groups = matchTargetGroups(desired, observed, current);
  return { desired, plan: makePlan(parts, input), groups, superseded, leftOut };
}

function failed(failure: unknown): { failure: unknown; error: string } {
  return { failure, error: failure instanceof StrangerError ? failure.message : describeError(failure) };
}

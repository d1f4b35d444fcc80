/** Tells of a Service what happened: status, events, and when to look again. */
import type { Service } from '../kube/objects.ts';
import type { WorkQueue } from '../kube/work-queue.ts';
import type { Logger } from '../runtime/logger.ts';
import { formatProblem, type Problem } from '../service/problem.ts';
import { PlanOutdatedError, StrangerError } from './aws/apply-common.ts';
import type { Convergence } from './converge.ts';
import type { ServiceWriter } from './service-writer.ts';
import type { ServiceState } from './service-state.ts';
import { leftOutText, PROVISIONED, refusedStatus, statusOf, TARGETS_HEALTHY } from './status.ts';

/** A Service that is not healthy says so again this often, for `kubectl describe` shows events and they expire after an hour. */
const REPEAT_WARNING_MS = 30 * 60_000;
/** Where only people can change something. */
const RECHECK_MS = 60_000;
const PROVISIONING_POLL_MS = { first: 500, max: 15_000 };
const HEALTH_POLL_MS = { first: 1_000, max: 15_000, slow: 60_000 };
/** After so many polls, targets that are still not healthy are looked at less often. */
const PATIENT_HEALTH_POLLS = 40;

export interface ReporterParts {
  queue: WorkQueue;
  writer: ServiceWriter;
  logger: Logger;
  now: () => number;
}

export class Reporter {
  readonly #parts: ReporterParts;

  constructor(parts: ReporterParts) {
    this.#parts = parts;
  }

  /** The Service asks for something that can't be: nothing was changed and what serves goes on. */
  async refuse(key: string, service: Service, state: ServiceState, problems: Problem[]): Promise<void> {
    state.phase = 'refused';
    const text = problems.map(formatProblem).join('; ');
    this.#parts.logger.warn('refused', { service: key, problems: text });
    this.#warn(key, service, state, 'InvalidConfiguration', text);
    await this.#parts.writer.writeStatus(service, refusedStatus(problems));
  }

  /** Status and events after a convergence. Returns the Service as written. */
  async report(key: string, service: Service, state: ServiceState, result: Convergence): Promise<Service> {
    const { writer } = this.#parts;
    const before = conditionOf(service, PROVISIONED);
    const status = statusOf(service, result);
    const written = await writer.writeStatus(service, status);
    const provisioned = status.conditions.find(({ type }) => type === PROVISIONED);
    const healthy = status.conditions.find(({ type }) => type === TARGETS_HEALTHY);
    const serves = provisioned?.status === 'True';

    if (serves && before !== 'True') {
      writer.event(service, 'Normal', 'EnsuredLoadBalancer', `Ensured load balancer ${result.plan.current?.arn ?? ''}`);
    } else if (serves && result.steps > 0) {
      writer.event(service, 'Normal', 'UpdatedLoadBalancer', `Updated load balancer in ${result.steps} steps`);
    }
    if (result.error !== undefined) this.#failed(key, service, state, result);
    else if (result.plan.blocked.length > 0) {
      state.phase = 'failing';
      // The way out may lie in AWS, such as a protection that is switched off there.
      state.deep = true;
      this.#warn(key, service, state, 'SyncLoadBalancerBlocked', result.plan.blocked.map(formatProblem).join('; '));
      this.#parts.queue.addAfter(key, RECHECK_MS);
    } else {
      state.phase = serves ? 'ready' : 'pending';
      if (healthy?.status === 'False') {
        this.#warn(key, service, state, 'TargetsNotHealthy', healthy.message);
      } else if (result.leftOut.length > 0) {
        // Without the count of healthy targets, which would make it another trouble with every reading.
        this.#warn(key, service, state, 'NodesLeftOut', result.leftOut.map(leftOutText).join('; '));
      } else if (serves && healthy?.status === 'True') {
        delete state.warned;
      }
      this.#lookAgain(key, state, result, serves, healthy?.status === 'True');
    }
    return written;
  }

  /** A deletion that can't go on yet: says what it waits for. */
  async stuck(key: string, service: Service, state: ServiceState, reason: string, message: string): Promise<void> {
    this.#parts.logger.warn('deletion waits', { service: key, why: message });
    this.#warn(key, service, state, 'DeleteLoadBalancerFailed', message);
    const conditions = [{ type: PROVISIONED, status: 'False' as const, reason, message }];
    await this.#parts.writer.writeStatus(service, { conditions });
  }

  /** A failure that the queue retries, or, where that can't help, a later look. */
  #failed(key: string, service: Service, state: ServiceState, result: Convergence): void {
    state.phase = 'failing';
    if (result.failure instanceof PlanOutdatedError) return;
    this.#warn(key, service, state, 'SyncLoadBalancerFailed', result.error ?? '');
    if (result.failure instanceof StrangerError) this.#parts.queue.addAfter(key, RECHECK_MS);
  }

  #lookAgain(key: string, state: ServiceState, result: Convergence, serves: boolean, healthy: boolean): void {
    const { queue } = this.#parts;
    if (state.doubtful) return queue.addAfter(key, 0);
    const waiting = result.plan.waiting.length > 0 || !serves;
    state.polls = waiting ? state.polls + 1 : 0;
    if (waiting) queue.addAfter(key, pace(PROVISIONING_POLL_MS, state.polls));
    const settling = [...result.groups.values()].some((group) =>
      (group.targets ?? []).some((target) => target.state === 'initial'),
    );
    if (result.desired.instances.length === 0 || (healthy && !settling)) {
      state.healthPolls = 0;
      delete state.healthDueAt;
      return;
    }
    const now = this.#parts.now();
    // A look for another reason in between leaves the next reading of health where it is.
    if (state.healthDueAt === undefined || state.healthDueAt <= now) {
      state.healthPolls += 1;
      const patient = state.healthPolls > PATIENT_HEALTH_POLLS;
      state.healthDueAt = now + (patient ? HEALTH_POLL_MS.slow : pace(HEALTH_POLL_MS, state.healthPolls));
    }
    // Said again at every look: of a key's deadlines the queue keeps the earliest, which another reason may have set.
    queue.addAfter(key, state.healthDueAt - now);
  }

  /** One Warning event for a new trouble, and again every half an hour while it lasts. */
  #warn(key: string, service: Service, state: ServiceState, reason: string, text: string): void {
    const now = this.#parts.now();
    // AWS gives each of its refusals another number.
    const gist = text.replaceAll(/ \(request [^)]*\)/g, '');
    if (state.warned?.text !== gist || now - state.warned.at >= REPEAT_WARNING_MS) {
      state.warned = { text: gist, at: now };
      this.#parts.writer.event(service, 'Warning', reason, text.slice(0, 1000));
    }
    this.#parts.queue.addAfter(key, state.warned.at + REPEAT_WARNING_MS - now);
  }
}

function conditionOf(service: Service, type: string): string | undefined {
  return service.status?.conditions?.find((condition) => condition.type === type)?.status;
}

/** Doubles from `first` to `max`. */
function pace({ first, max }: { first: number; max: number }, count: number): number {
  return Math.min(max, first * 2 ** Math.min(count - 1, 10));
}

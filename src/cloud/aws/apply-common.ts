/** What the appliers of all kinds of resources share. */
import pRetry from 'p-retry';
import type { Logger } from '../../runtime/logger.ts';
import type { Problem } from '../../service/problem.ts';
import { BACKEND_GROUP, type Ref } from '../model.ts';
import type { Aws } from './client.ts';
import { isRepeated } from './errors.ts';
import type { Inventory } from './inventory.ts';

/** The name is taken by a resource whose tags say that it belongs to somebody else. It is not touched. */
export class StrangerError extends Error {
  readonly problem: Problem;

  constructor(kind: string, name: string, id: string) {
    super(`${kind} ${JSON.stringify(name)} exists (${id}) and its tags don't say that it is this Service's`);
    this.name = 'StrangerError';
    this.problem = {
      field: kind === 'load balancer' ? 'service.beta.kubernetes.io/aws-load-balancer-name' : 'name',
      value: name,
      message: this.message,
      remedy: `choose another name, or delete or rename ${id}`,
    };
  }
}

/** Retries for what passes by itself within seconds; the work queue has the patience for the rest. */
const QUICK_RETRIES = { retries: 3, minTimeout: 500, factor: 2 };

/** Runs a call again, a few times within seconds, while `passes` says that its error does so by itself. */
export function quickly<T>(
  passes: (error: unknown) => boolean,
  signal: AbortSignal,
  call: () => Promise<T>,
): Promise<T> {
  return pRetry(call, { ...QUICK_RETRIES, signal, shouldRetry: ({ error }) => passes(error) });
}

/** The SDK's form of tags and attributes. */
export function tagList(tags: Record<string, string>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

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

/** One plan being carried out: what its references have become. */
export class Run {
  readonly context: ApplyContext;
  readonly #created = new Map<Ref, string>();
  /** The ARN or id that the last step was about. */
  lastResource = '';

  constructor(context: ApplyContext) {
    this.context = context;
  }

  /** The ARN or id behind a reference; the backend group is made when it is missing. */
  async resolve(ref: Ref): Promise<string> {
    const id = ref.startsWith('@') ? this.#created.get(ref) : ref;
    if (id === undefined && ref === BACKEND_GROUP) {
      const group = await this.context.backendGroup();
      this.#created.set(ref, group);
      return group;
    }
    if (id === undefined) throw new Error(`plan refers to ${ref} before creating it`);
    this.lastResource = id;
    return id;
  }

  /** A step created what a reference stands for; `answer` is AWS's, where a name does not make a second one impossible. */
  made(ref: Ref, id: string, answer?: object): void {
    this.#created.set(ref, id);
    this.lastResource = id;
    if (answer && isRepeated(answer)) this.context.onRepeatedCreate();
  }
}

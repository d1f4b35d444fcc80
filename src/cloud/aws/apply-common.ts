/** What the appliers of all kinds of resources share. */
import pRetry from 'p-retry';
import type { Problem } from '../../service/problem.ts';

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

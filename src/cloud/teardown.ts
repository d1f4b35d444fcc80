/** Removes everything that one Service has in AWS. */
import type { Logger } from '../runtime/logger.ts';
import type { Problem } from '../service/problem.ts';
import { applySteps } from './aws/apply.ts';
import { inBackground } from './aws/client.ts';
import type { CloudParts } from './converge.ts';
import { planDeletion } from './plan.ts';

export interface TeardownInput {
  key: string;
  reason: string;
  logger: Logger;
  signal: AbortSignal;
}

/**
 * Deletes the load balancers, target groups and front groups of a Service and closes its NodePorts. Gives the problems
 * that forbid it, and then has touched nothing. The shared backend group is left to `SharedGroups.release`.
 * @throws what AWS answered; what is left is found again by its tags.
 */
export async function tearDown(parts: CloudParts, { key, reason, logger, signal }: TeardownInput): Promise<Problem[]> {
  const { inventory, observer, shared } = parts;
  await observer.loadProtection(key, signal);
  const plan = planDeletion(inventory.stack(key), reason);
  if (plan.blocked.length > 0) return plan.blocked;
  await inBackground(() =>
    applySteps(plan.steps, {
      ...parts,
      stack: key,
      logger: logger.child({ service: key }),
      signal,
      beforeListeners: () => Promise.resolve(),
      backendGroup: () => shared.backendGroup(),
      onRepeatedCreate: () => undefined,
    }),
  );
  await shared.openNodePorts();
  return [];
}

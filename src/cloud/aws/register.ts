/** Registers targets; one that AWS refuses never keeps the others out. */
import { RegisterTargetsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Target } from '../model.ts';
import type { ApplyContext } from './apply-common.ts';
import { describeError, errorCode } from './errors.ts';

/** Registers what AWS takes of `targets`, halving a refused batch until the refused ones are alone, and reports those. */
export async function registerTargets(arn: string, targets: Target[], context: ApplyContext): Promise<void> {
  const { aws, inventory, logger, signal } = context;
  try {
    const input = { TargetGroupArn: arn, Targets: targets.map(({ id, port }) => ({ Id: id, Port: port })) };
    await aws.elb.send(new RegisterTargetsCommand(input), { abortSignal: signal });
  } catch (error) {
    if (errorCode(error) !== 'InvalidTarget') throw error;
    const [only] = targets;
    if (targets.length === 1 && only) {
      logger.warn('AWS refuses a target', { target: only.id, error: describeError(error) });
      // Known as refused, it is not tried again before the target group is read anew.
      return remember(arn, [{ ...only, state: 'unavailable', reason: 'InvalidTarget' }], context);
    }
    const half = Math.ceil(targets.length / 2);
    await registerTargets(arn, targets.slice(0, half), context);
    await registerTargets(arn, targets.slice(half), context);
    return;
  }
  remember(
    arn,
    targets.map((target) => ({ ...target, state: 'initial' })),
    { inventory },
  );
}

function remember(
  arn: string,
  registered: (Target & { state: string; reason?: string })[],
  { inventory }: Pick<ApplyContext, 'inventory'>,
): void {
  const ids = new Set(registered.map(({ id, port }) => `${id}:${port}`));
  const others = (inventory.targetGroups.get(arn)?.targets ?? []).filter((t) => !ids.has(`${t.id}:${t.port}`));
  inventory.targetGroups.patch(arn, { targets: [...others, ...registered] });
}

/** Steps on target groups. */
import * as elb from '@aws-sdk/client-elastic-load-balancing-v2';
import type { HealthCheck, Ref, Step } from '../model.ts';
import { PlanOutdatedError, quickly, type Run, StrangerError, tagList } from './apply-common.ts';
import { decodeTargetGroup } from './decode.ts';
import { isDuplicate, isInUse, isNotFound } from './errors.ts';
import { describeTags } from './inventory.ts';

export async function createTargetGroup(run: Run, step: Extract<Step, { do: 'create-target-group' }>): Promise<void> {
  const { aws, inventory, vpcId, stack, signal } = run.context;
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
    // None of the attributes it is to have, so that they are still missed if setting them fails.
    inventory.targetGroups.put({ ...decodeTargetGroup(group ?? {}, target.tags), targets: [], attributes: {} });
    inventory.setTags(arn, target.tags);
    run.made(step.ref, arn, answer);
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    const found = await aws.elb.send(new elb.DescribeTargetGroupsCommand({ Names: [name] }), { abortSignal: signal });
    const arn = found.TargetGroups?.[0]?.TargetGroupArn ?? '';
    const tags = await describeTags(aws, [arn], signal);
    if (inventory.owns(tags.get(arn) ?? {}, stack)) throw new PlanOutdatedError(`target group ${name}`);
    throw new StrangerError('target group', name, arn);
  }
}

export async function modifyHealthCheck(run: Run, ref: Ref, healthCheck: HealthCheck): Promise<void> {
  const arn = await run.resolve(ref);
  const input = { TargetGroupArn: arn, ...healthCheckInput(healthCheck) };
  await run.context.aws.elb.send(new elb.ModifyTargetGroupCommand(input), { abortSignal: run.context.signal });
  run.context.inventory.targetGroups.patch(arn, { healthCheck });
}

export async function setTargetGroupAttributes(run: Run, ref: Ref, attributes: Record<string, string>): Promise<void> {
  const { aws, inventory, signal } = run.context;
  const arn = await run.resolve(ref);
  const input = { TargetGroupArn: arn, Attributes: tagList(attributes) };
  await aws.elb.send(new elb.ModifyTargetGroupAttributesCommand(input), { abortSignal: signal });
  const known = inventory.targetGroups.get(arn)?.attributes;
  inventory.targetGroups.patch(arn, { attributes: { ...known, ...attributes } });
}

export async function deleteTargetGroup(run: Run, ref: Ref): Promise<void> {
  const { aws, inventory, signal } = run.context;
  const arn = await run.resolve(ref);
  await quickly(isInUse, signal, async () => {
    try {
      await aws.elb.send(new elb.DeleteTargetGroupCommand({ TargetGroupArn: arn }), { abortSignal: signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  });
  inventory.targetGroups.remove(arn);
}

export async function deregisterTargets(run: Run, step: Extract<Step, { do: 'deregister-targets' }>): Promise<void> {
  const { aws, inventory, signal } = run.context;
  const arn = await run.resolve(step.group);
  const input = { TargetGroupArn: arn, Targets: step.targets.map(({ id, port }) => ({ Id: id, Port: port })) };
  await aws.elb.send(new elb.DeregisterTargetsCommand(input), { abortSignal: signal });
  const gone = new Set(step.targets.map(({ id, port }) => `${id}:${port}`));
  const targets = inventory.targetGroups.get(arn)?.targets ?? [];
  inventory.targetGroups.patch(arn, {
    targets: targets.map((t) => (gone.has(`${t.id}:${t.port}`) ? { ...t, state: 'draining' } : t)),
  });
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

/** Steps on listeners. */
import * as elb from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Ref, Step } from '../model.ts';
import { PlanOutdatedError, type Run, tagList } from './apply-common.ts';
import { decodeListener } from './decode.ts';
import { errorCode, isDuplicate, isNotFound } from './errors.ts';

export async function createListener(
  run: Run,
  step: Pick<Extract<Step, { do: 'create-listener' }>, 'loadBalancer' | 'port' | 'protocol' | 'group' | 'tags'>,
) {
  const { aws, inventory, signal } = run.context;
  const loadBalancer = await run.resolve(step.loadBalancer);
  const group = await run.resolve(step.group);
  const input: elb.CreateListenerCommandInput = {
    LoadBalancerArn: loadBalancer,
    Port: step.port,
    Protocol: step.protocol,
    DefaultActions: [{ Type: 'forward', TargetGroupArn: group }],
    Tags: tagList(step.tags),
  };
  try {
    const answer = await aws.elb.send(new elb.CreateListenerCommand(input), { abortSignal: signal });
    const listener = { ...decodeListener(answer.Listeners?.[0] ?? {}), tags: step.tags };
    const known = inventory.loadBalancers.get(loadBalancer)?.listeners ?? [];
    inventory.loadBalancers.patch(loadBalancer, { listeners: [...known, listener] });
    inventory.targetGroups.patch(group, { loadBalancerArns: [loadBalancer] });
    run.made(`@listener:${step.port}`, listener.arn, answer);
  } catch (error) {
    if (isDuplicate(error)) throw new PlanOutdatedError(`a listener on port ${step.port} of ${loadBalancer}`);
    throw error;
  }
}

export async function modifyListener(run: Run, step: Extract<Step, { do: 'modify-listener' }>): Promise<void> {
  const { aws, inventory, signal } = run.context;
  const { listener: arn, port, protocol } = step;
  const loadBalancer = await run.resolve(step.loadBalancer);
  const group = await run.resolve(step.group);
  const input: elb.ModifyListenerCommandInput = {
    ListenerArn: arn,
    Port: port,
    Protocol: protocol,
    DefaultActions: [{ Type: 'forward', TargetGroupArn: group }],
  };
  try {
    await aws.elb.send(new elb.ModifyListenerCommand(input), { abortSignal: signal });
  } catch (error) {
    // moto knows only ALB protocols here (AWS: any protocol of the load balancer's type): there a new listener does it.
    if (errorCode(error) !== 'UnsupportedProtocol') throw error;
    await deleteListener(run, loadBalancer, arn);
    return createListener(run, step);
  }
  const listeners = inventory.loadBalancers.get(loadBalancer)?.listeners ?? [];
  inventory.loadBalancers.patch(loadBalancer, {
    listeners: listeners.map((one) => (one.arn === arn ? { ...one, port, protocol, targetGroupArn: group } : one)),
  });
  for (const { targetGroupArn } of listeners.filter((one) => one.arn === arn)) {
    if (targetGroupArn) inventory.targetGroups.patch(targetGroupArn, { loadBalancerArns: [] });
  }
  inventory.targetGroups.patch(group, { loadBalancerArns: [loadBalancer] });
  run.lastResource = arn;
}

export async function deleteListener(run: Run, loadBalancer: Ref, arn: string): Promise<void> {
  const { aws, inventory, signal } = run.context;
  try {
    await aws.elb.send(new elb.DeleteListenerCommand({ ListenerArn: arn }), { abortSignal: signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  const listeners = inventory.loadBalancers.get(loadBalancer)?.listeners ?? [];
  inventory.loadBalancers.patch(loadBalancer, { listeners: listeners.filter((one) => one.arn !== arn) });
  run.lastResource = arn;
}

/**
 * Carries out the steps of a plan, one AWS call each, and tells the inventory what each one changed. Steps run in order and
 * the first failure ends the run: what is left is the business of the next plan.
 */
import type { Step } from '../model.ts';
import { type ApplyContext, quickly, Run } from './apply-common.ts';
import { createListener, deleteListener, modifyListener } from './apply-listener.ts';
import {
  createLoadBalancer,
  deleteLoadBalancer,
  setLoadBalancerAttributes,
  setSecurityGroups,
  setSubnets,
} from './apply-load-balancer.ts';
import { changeRules, createFrontGroup, deleteSecurityGroup } from './apply-security-group.ts';
import { addTags, removeTags } from './apply-tags.ts';
import {
  createTargetGroup,
  deleteTargetGroup,
  deregisterTargets,
  modifyHealthCheck,
  setTargetGroupAttributes,
} from './apply-target-group.ts';
import { isNotFound } from './errors.ts';
import { registerTargets } from './register.ts';

export async function applySteps(steps: Step[], context: ApplyContext): Promise<void> {
  const run = new Run(context);
  let opened = false;
  for (const step of steps) {
    if (!opened && (step.do === 'create-listener' || step.do === 'modify-listener')) {
      await context.beforeListeners();
      opened = true;
    }
    await takePatiently(run, step, context.signal);
    context.logger.info(step.do, { why: step.why, resource: run.lastResource });
  }
}

/** What an earlier step made may not be visible everywhere yet: then it is not found, for moments. */
function takePatiently(run: Run, step: Step, signal: AbortSignal): Promise<void> {
  const onNew =
    step.do === 'create-listener' ||
    ('group' in step && step.group.startsWith('@')) ||
    ('loadBalancer' in step && step.loadBalancer.startsWith('@'));
  return onNew ? quickly(isNotFound, signal, () => take(run, step)) : take(run, step);
}

async function take(run: Run, step: Step): Promise<void> {
  switch (step.do) {
    case 'create-security-group':
      return createFrontGroup(run, step);
    case 'authorize-ingress':
      return changeRules(run, step.group, step.rules, []);
    case 'revoke-ingress':
      return changeRules(run, step.group, [], step.rules);
    case 'delete-security-group':
      return deleteSecurityGroup(run.context, await run.resolve(step.group));
    case 'create-target-group':
      return createTargetGroup(run, step);
    case 'modify-health-check':
      return modifyHealthCheck(run, step.group, step.healthCheck);
    case 'set-target-group-attributes':
      return setTargetGroupAttributes(run, step.group, step.attributes);
    case 'delete-target-group':
      return deleteTargetGroup(run, step.group);
    case 'register-targets':
      return registerTargets(await run.resolve(step.group), step.targets, run.context);
    case 'deregister-targets':
      return deregisterTargets(run, step);
    case 'create-load-balancer':
      return createLoadBalancer(run, step);
    case 'set-load-balancer-attributes':
      return setLoadBalancerAttributes(run, step.loadBalancer, step.attributes);
    case 'set-subnets':
      return setSubnets(run, step.loadBalancer, step.subnets);
    case 'set-security-groups':
      return setSecurityGroups(run, step.loadBalancer, step.groups);
    case 'delete-load-balancer':
      return deleteLoadBalancer(run, step.loadBalancer);
    case 'create-listener':
      return createListener(run, step);
    case 'modify-listener':
      return modifyListener(run, step);
    case 'delete-listener':
      return deleteListener(run, step.loadBalancer, step.listener);
    case 'add-tags':
      return addTags(run, step.resource, step.tags);
    case 'remove-tags':
      return removeTags(run, step.resource, step.keys);
  }
}

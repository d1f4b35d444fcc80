/** Steps in a few words, for tables. */
import type { Step } from '../../../src/cloud/model.ts';

const pairs = (map: Record<string, string>) =>
  Object.entries(map)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');

export function show(step: Step): string {
  switch (step.do) {
    case 'create-security-group':
      return `create-security-group ${step.name}`;
    case 'authorize-ingress':
    case 'revoke-ingress':
      return `${step.do} ${step.group} ${step.rules.map((r) => `${r.protocol}/${r.fromPort}:${r.cidr}`).join(' ')}`;
    case 'create-target-group':
      return `create-target-group ${step.ref}`;
    case 'register-targets':
    case 'deregister-targets':
      return `${step.do} ${step.group} ${step.targets.map(({ id, port }) => `${id}:${port}`).join(' ')}`;
    case 'modify-health-check':
      return `modify-health-check ${step.group} ${step.healthCheck.protocol}`;
    case 'set-target-group-attributes':
      return `set-target-group-attributes ${step.group} ${pairs(step.attributes)}`;
    case 'create-load-balancer':
      return `create-load-balancer ${step.scheme} in ${step.subnets.join(' ')} with ${step.groups.join(' ')}`;
    case 'set-load-balancer-attributes':
      return `set-load-balancer-attributes ${step.loadBalancer} ${pairs(step.attributes)}`;
    case 'set-subnets':
      return `set-subnets ${step.loadBalancer} ${step.subnets.join(' ')}`;
    case 'set-security-groups':
      return `set-security-groups ${step.loadBalancer} ${step.groups.join(' ')}`;
    case 'create-listener':
      return `create-listener ${step.loadBalancer} ${step.port}/${step.protocol} → ${step.group}`;
    case 'modify-listener':
      return `modify-listener ${step.listener} ${step.port}/${step.protocol} → ${step.group}`;
    case 'delete-listener':
      return `delete-listener ${step.listener}`;
    case 'add-tags':
      return `add-tags ${step.resource} ${pairs(step.tags)}`;
    case 'remove-tags':
      return `remove-tags ${step.resource} ${step.keys.join(' ')}`;
    case 'delete-load-balancer':
      return `delete-load-balancer ${step.loadBalancer}`;
    case 'delete-target-group':
    case 'delete-security-group':
      return `${step.do} ${step.group}`;
  }
}

/** Steps applied against mocked clients, for one Service `shop/web` with `lb-1`, `tg-80` and `sg-front`. */
import type { ApplyContext } from '../../../src/cloud/aws/apply-common.ts';
import { applySteps } from '../../../src/cloud/aws/apply.ts';
import { Inventory } from '../../../src/cloud/aws/inventory.ts';
import type { Step } from '../../../src/cloud/model.ts';
import { mockAws, VPC } from './aws.ts';
import { frontGroup, loadBalancer, STACK, targetGroup } from './model.ts';
import { silent } from './service.ts';

export function applying({ empty = false } = {}) {
  const mock = mockAws();
  const inventory = new Inventory(mock.aws, 'prod', VPC);
  if (!empty) {
    inventory.loadBalancers.put(loadBalancer());
    inventory.targetGroups.put(targetGroup('80:30080'));
    inventory.securityGroups.put(frontGroup());
  }
  /** What the context was told, in order with the calls. */
  const told: string[] = [];
  const warnings: unknown[] = [];
  const context: ApplyContext = {
    aws: mock.aws,
    inventory,
    vpcId: VPC,
    stack: STACK,
    logger: { ...silent, warn: (message, fields) => void warnings.push([message, fields]) },
    signal: new AbortController().signal,
    beforeListeners: () => Promise.resolve(void told.push(`open after ${mock.names().length} calls`)),
    backendGroup: () => Promise.resolve('sg-backend').finally(() => told.push('backend group')),
    onRepeatedCreate: () => void told.push('repeated create'),
  };
  const apply = (...steps: BareStep[]) =>
    applySteps(
      steps.map((step) => ({ ...step, why: 'test' })),
      context,
    );
  return { ...mock, inventory, told, warnings, context, apply, stack: () => inventory.stack(STACK) };
}

/** A step without its reason. */
export type BareStep = Without<Step, 'why'>;
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

import type { KubeObject } from '../api/object.ts';
import type { CidrState } from './ip-pool.ts';
import { cidrsOf } from './strategies.ts';

export interface Condition {
  type: string;
  status: string;
  reason: string;
  message: string;
  lastTransitionTime: string;
  observedGeneration?: number;
}

export const READY = 'Ready';

export const readyCondition = (cidr: KubeObject): Condition | undefined =>
  (cidr['status']?.conditions as Condition[] | undefined)?.find(({ type }) => type === READY);

/** ServiceCIDR objects as the allocators see them: one without a condition counts as ready. */
export const cidrStates = (cidrs: readonly KubeObject[]): CidrState[] =>
  cidrs.map((cidr) => ({
    name: cidr.metadata.name ?? '',
    cidrs: cidrsOf(cidr),
    ready: (readyCondition(cidr)?.status ?? 'True') === 'True',
    deleting: cidr.metadata.deletionTimestamp !== undefined,
  }));

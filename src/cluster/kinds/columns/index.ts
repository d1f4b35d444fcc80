import type { KubeObject } from '../../api/object.ts';
import type { Column, RowCondition } from '../columns.ts';
import { AUTOSCALING_COLUMNS } from './autoscaling.ts';
import { CORE_COLUMNS } from './core.ts';
import { EVENT_COLUMNS } from './event.ts';
import { NETWORK_COLUMNS } from './network.ts';
import { OTHER_COLUMNS } from './other.ts';
import { podConditions } from './pod.ts';
import { RBAC_COLUMNS } from './rbac.ts';
import { WORKLOAD_COLUMNS } from './workloads.ts';

export { DEFAULT_COLUMNS } from './column.ts';

/** The columns of every kind that the server stores, and of Scale, by `group/Kind`. */
export const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  ...CORE_COLUMNS,
  ...WORKLOAD_COLUMNS,
  ...AUTOSCALING_COLUMNS,
  ...NETWORK_COLUMNS,
  ...RBAC_COLUMNS,
  ...OTHER_COLUMNS,
  'events.k8s.io/Event': EVENT_COLUMNS,
};

/** What a table says about whole rows, by `group/Kind`. */
export const ROW_CONDITIONS: Readonly<Record<string, (object: KubeObject) => RowCondition[]>> = {
  '/Pod': podConditions,
};

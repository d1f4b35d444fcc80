/** Objects whose tables differ in as much as tables can: several of each kind, for a real API server. */
import { CLUSTER } from './columns-cluster.ts';
import { NETWORK } from './columns-network.ts';
import { PODS } from './columns-pods.ts';
import { WORKLOADS } from './columns-workloads.ts';

/** An object to create, with what to write to its status, and whether to delete it then (a finalizer holds it). */
export interface Sample {
  /** `group/Kind` */
  kind: string;
  body: { metadata: { name: string; namespace?: string }; [field: string]: unknown };
  status?: object;
  remove?: true;
}

/** In the order in which they are to be created. */
export const SAMPLES: readonly Sample[] = [...PODS, ...NETWORK, ...WORKLOADS, ...CLUSTER];

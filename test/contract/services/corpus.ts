import type { Case, ClusterName } from './case.ts';
import { VALUES } from './cases-values.ts';

/** Every case; names are unique in a cluster. */
const ALL: readonly Case[] = [...VALUES];

/** The cases of a cluster's configuration. */
export function corpusOf(cluster: ClusterName): Case[] {
  return ALL.filter(({ on = ['single'] }) => on.includes(cluster));
}

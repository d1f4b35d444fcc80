import type { Case, ClusterName } from './case.ts';
import { FAMILY_CASES } from './cases-families.ts';
import { TRANSITIONS } from './cases-transitions.ts';
import { VALUES } from './cases-values.ts';

/** Every case; names are unique in a cluster. */
const ALL: readonly Case[] = [...VALUES, ...TRANSITIONS, ...FAMILY_CASES];

/** The cases of a cluster's configuration. */
export function corpusOf(cluster: ClusterName): Case[] {
  return ALL.filter(({ on = ['single'] }) => on.includes(cluster));
}

import type { Case, ClusterName } from './case.ts';
import { APPLY } from './cases-apply.ts';
import { FAMILY_CASES } from './cases-families.ts';
import { FULL } from './cases-full.ts';
import { METADATA_CASES } from './cases-metadata.ts';
import { NEIGHBOURS } from './cases-neighbours.ts';
import { PORT_CASES } from './cases-ports.ts';
import { PROTOCOL } from './cases-protocol.ts';
import { STATUS_CASES } from './cases-status.ts';
import { TRANSITIONS } from './cases-transitions.ts';
import { VALUES } from './cases-values.ts';

/** Every case; names are unique in a cluster. */
const ALL: readonly Case[] = [
  ...VALUES,
  ...TRANSITIONS,
  ...FAMILY_CASES,
  ...PORT_CASES,
  ...METADATA_CASES,
  ...PROTOCOL,
  ...STATUS_CASES,
  ...APPLY,
  ...FULL,
  ...NEIGHBOURS,
];

/** The cases of a cluster's configuration. */
export function corpusOf(cluster: ClusterName): Case[] {
  return ALL.filter(({ on = ['single'] }) => on.includes(cluster));
}

import type { Case, ClusterName } from './case.ts';
import { APPLY } from './cases-apply.ts';
import { BODY_CASES } from './cases-bodies.ts';
import { CONFLICTS } from './cases-conflicts.ts';
import { DELETED } from './cases-deletions.ts';
import { FAMILY_CASES } from './cases-families.ts';
import { FULL } from './cases-full.ts';
import { MEDIA_CASES } from './cases-media.ts';
import { METADATA_CASES } from './cases-metadata.ts';
import { NAME_CASES } from './cases-names.ts';
import { NEIGHBOURS } from './cases-neighbours.ts';
import { OPTION_CASES } from './cases-options.ts';
import { PATCHED } from './cases-patches.ts';
import { PORT_VALUES } from './cases-port-values.ts';
import { PORT_CASES } from './cases-ports.ts';
import { STATUS_CASES } from './cases-status.ts';
import { SUBRESOURCE } from './cases-subresource.ts';
import { TRANSITIONS } from './cases-transitions.ts';
import { VALUES } from './cases-values.ts';

/** Every case. Ranges of addresses come last: what they change, a server may notice late. */
export const CORPUS: readonly Case[] = [
  ...[
    VALUES,
    PORT_VALUES,
    TRANSITIONS,
    FAMILY_CASES,
    PORT_CASES,
    PATCHED,
    CONFLICTS,
    NAME_CASES,
    METADATA_CASES,
  ].flat(),
  ...[BODY_CASES, MEDIA_CASES, OPTION_CASES, STATUS_CASES, SUBRESOURCE, DELETED, APPLY, FULL, NEIGHBOURS].flat(),
];

/** The cases of a cluster's configuration. */
export function corpusOf(cluster: ClusterName): Case[] {
  return CORPUS.filter(({ on = ['single'] }) => on.includes(cluster));
}

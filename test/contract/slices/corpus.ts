import { EDITED } from './cases-edited.ts';
import { MIRRORED } from './cases-mirrored.ts';
import { PACKING } from './cases-packing.ts';
import { LIVES } from './cases.ts';
import type { History } from './history.ts';

/** All histories that somebody wrote. */
export const CORPUS: readonly History[] = [...LIVES, ...PACKING, ...EDITED, ...MIRRORED];

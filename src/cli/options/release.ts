import type { ReleaseConfig } from '../../cloud/config.ts';
import { type ConfigOf, defaulted, optional } from '../option.ts';
import { boolean, duration } from '../values.ts';
import { clusterNameOption, logging, place, type Satisfies } from './shared.ts';

/** Options of `sluice release`. */
export const releaseOptions = {
  all: defaulted('false', { flag: 'all', schema: boolean, help: 'every Service that Sluice holds' }),
  delete: defaulted('false', {
    flag: 'delete',
    schema: boolean,
    help: 'also delete the load balancers and all that belongs to them; needs --cluster-name',
  }),
  clusterName: optional({ ...clusterNameOption, help: 'name of this cluster, as the controller has it' }),
  ...place,
  timeoutMs: defaulted('5m', {
    flag: 'timeout',
    placeholder: 'DURATION',
    schema: duration('1s'),
    help: 'how long all of it may take',
  }),
  ...logging,
};

export type ReleaseOptions = ConfigOf<typeof releaseOptions>;
export type ReleaseContract = Satisfies<ReleaseOptions & { keys: string[] }, ReleaseConfig>;

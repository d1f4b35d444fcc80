import { type ConfigOf, defaulted, optional } from '../option.ts';
import { duration, text } from '../values.ts';

/** Options of `sluice node`. */
export const nodeOptions = {
  kubeconfig: optional({
    flag: 'kubeconfig',
    placeholder: 'FILE',
    env: ['KUBECONFIG'],
    schema: text('a file'),
    help: 'how to reach the cluster; without it, .sluice/cluster/kubeconfig if that is there',
  }),
  timeoutMs: defaulted('5m', {
    flag: 'timeout',
    placeholder: 'DURATION',
    schema: duration('1s'),
    help: 'how long all of it may take',
  }),
};

export type NodeOptions = ConfigOf<typeof nodeOptions>;

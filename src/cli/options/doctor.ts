import type { DoctorConfig } from '../../cloud/doctor/config.ts';
import { type ConfigOf, defaulted, optional, required } from '../option.ts';
import { choice, duration, namespacedName } from '../values.ts';
import { controllerOptions } from './controller.ts';
import { clusterNameOption, place, type Satisfies } from './shared.ts';

/** Options of `sluice doctor`. Those that it shares with the controller are the controller's own. */
export const doctorOptions = {
  clusterName: required({ ...clusterNameOption, help: 'name of this cluster, as the controller has it' }),
  ...place,
  defaultScheme: controllerOptions.defaultScheme,
  nodeSgRuleBudget: controllerOptions.nodeSgRuleBudget,
  leaderElect: controllerOptions.leaderElect,
  leaderElectNamespace: controllerOptions.leaderElectNamespace,
  leaseName: controllerOptions.leaseName,
  serviceAccount: optional({
    flag: 'service-account',
    placeholder: 'NAMESPACE/NAME',
    schema: namespacedName('a service account'),
    help: "the installed controller's service account, whose permissions are checked; without it, those of whoever asks",
  }),
  timeoutMs: defaulted('30s', {
    flag: 'timeout',
    placeholder: 'DURATION',
    schema: duration('1s'),
    help: 'how long all of it may take; what has not been answered by then is unknown',
  }),
  output: defaulted('text', {
    flag: 'output',
    short: 'o',
    placeholder: 'FORMAT',
    schema: choice('text', 'json'),
    help: 'text for people, or json: one document with every check and finding',
  }),
};

export type DoctorOptions = ConfigOf<typeof doctorOptions>;
export type DoctorContract = Satisfies<DoctorOptions, DoctorConfig>;

import type { ControllerConfig } from '../../cloud/config.ts';
import { type ConfigOf, defaulted, required } from '../option.ts';
import { boolean, choice, dnsName, duration, integer } from '../values.ts';
import { clusterNameOption, election, logging, place, type Satisfies, servedAt } from './shared.ts';

/** Options of `sluice controller`. */
export const controllerOptions = {
  clusterName: required({ ...clusterNameOption, help: 'name of this cluster, in the tags of everything it owns' }),
  ...place,
  defaultScheme: defaulted('internal', {
    flag: 'default-scheme',
    placeholder: 'SCHEME',
    schema: choice('internal', 'internet-facing'),
    help: 'scheme of load balancers whose Service names none: internal or internet-facing',
  }),
  nodeSgRuleBudget: defaulted('40', {
    flag: 'node-sg-rule-budget',
    placeholder: 'N',
    schema: integer(1, 1000),
    help: 'rules to use of a node security group before NodePorts are covered by ranges',
  }),
  concurrency: defaulted('20', {
    flag: 'concurrency',
    placeholder: 'N',
    schema: integer(1, 100),
    help: 'Services to work on at the same time',
  }),
  driftPeriodMs: defaulted('10m', {
    flag: 'drift-period',
    placeholder: 'DURATION',
    schema: duration('1s'),
    help: 'time in which every load balancer is compared with the cloud once',
  }),
  awsRateLimits: defaulted('auto', {
    flag: 'aws-rate-limits',
    placeholder: 'MODE',
    schema: choice('auto', 'aws', 'off'),
    help: "aws: stay within AWS's published API rate limits; off; auto: aws, unless a custom endpoint is configured",
  }),
  leaderElect: defaulted('true', {
    flag: 'leader-elect',
    schema: boolean,
    help: 'work only while holding the Lease',
  }),
  leaderElectNamespace: election.leaderElectNamespace,
  leaseName: defaulted('sluice-controller', {
    flag: 'leader-elect-lease-name',
    placeholder: 'NAME',
    schema: dnsName,
    help: 'name of the Lease',
  }),
  leaseDurationMs: election.leaseDurationMs,
  renewDeadlineMs: election.renewDeadlineMs,
  retryPeriodMs: election.retryPeriodMs,
  ...servedAt({ metrics: ':8080', health: ':8081' }),
  ...logging,
};

export type ControllerOptions = ConfigOf<typeof controllerOptions>;
export type ControllerContract = Satisfies<ControllerOptions, ControllerConfig>;

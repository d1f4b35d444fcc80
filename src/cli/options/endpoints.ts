import type { EndpointsConfig } from '../../endpoints/config.ts';
import { type ConfigOf, defaulted } from '../option.ts';
import { boolean, dnsName, duration, integer } from '../values.ts';
import { election, logging, place, type Satisfies, servedAt } from './shared.ts';

/** Options of `sluice endpoints`. Limits have the names and defaults that kube-controller-manager gives them. */
export const endpointsOptions = {
  kubeconfig: place.kubeconfig,
  concurrency: defaulted('10', {
    flag: 'concurrency',
    placeholder: 'N',
    schema: integer(1, 100),
    help: 'Services to work on at the same time',
  }),
  maxEndpointsPerSlice: defaulted('100', {
    flag: 'max-endpoints-per-slice',
    placeholder: 'N',
    schema: integer(1, 1000),
    help: 'endpoints in one EndpointSlice',
  }),
  mirroringMaxEndpoints: defaulted('1000', {
    flag: 'mirroring-max-endpoints-per-subset',
    placeholder: 'N',
    schema: integer(1, 1000),
    help: 'addresses of one subset of hand-made Endpoints that are mirrored',
  }),
  batchPeriodMs: defaulted('0s', {
    flag: 'endpoint-updates-batch-period',
    placeholder: 'DURATION',
    schema: duration('0s'),
    help: "how long a pod's change waits for more of them, which then cost one write",
  }),
  leaderElect: defaulted('false', {
    flag: 'leader-elect',
    schema: boolean,
    help: 'work only while holding the Lease; for several replicas',
  }),
  leaderElectNamespace: election.leaderElectNamespace,
  leaseName: defaulted('sluice-endpoints', {
    flag: 'leader-elect-lease-name',
    placeholder: 'NAME',
    schema: dnsName,
    help: 'name of the Lease',
  }),
  leaseDurationMs: election.leaseDurationMs,
  renewDeadlineMs: election.renewDeadlineMs,
  retryPeriodMs: election.retryPeriodMs,
  ...servedAt({ metrics: '0', health: '0' }),
  ...logging,
};

export type EndpointsOptions = ConfigOf<typeof endpointsOptions>;
export type EndpointsContract = Satisfies<EndpointsOptions, EndpointsConfig>;

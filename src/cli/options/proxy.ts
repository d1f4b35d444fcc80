import type { ProxyConfig } from '../../proxy/config.ts';
import { type ConfigOf, defaulted, optional, required } from '../option.ts';
import { addressRange, boolean, dnsName, duration, integer, list, serviceCidrs } from '../values.ts';
import { logging, place, type Satisfies, servedAt } from './shared.ts';

/** Options of `sluice proxy`. Those that kube-proxy has too have its names. */
export const proxyOptions = {
  nodeName: required({
    flag: 'node-name',
    placeholder: 'NAME',
    env: ['NODE_NAME'],
    schema: dnsName,
    help: 'name of the node this runs on',
  }),
  kubeconfig: place.kubeconfig,
  clusterCidrs: optional({
    flag: 'cluster-cidr',
    placeholder: 'CIDR,…',
    list: true,
    schema: list(addressRange),
    help: "where pods' addresses are: traffic from there is the cluster's own, whatever externalTrafficPolicy says",
  }),
  nodePortAddresses: optional({
    flag: 'nodeport-addresses',
    placeholder: 'CIDR,…',
    list: true,
    schema: list(addressRange),
    help: "which of this node's addresses serve NodePorts; its internal ones when absent",
  }),
  minSyncDelayMs: defaulted('50ms', {
    flag: 'min-sync-delay',
    placeholder: 'DURATION',
    schema: duration('0s'),
    help: 'least time between two syncs of the rules; what changes meanwhile waits for the next one',
  }),
  claimAddresses: defaulted('false', {
    flag: 'claim-addresses',
    schema: boolean,
    help: "take Services' addresses by local routes; only in a network namespace of its own",
  }),
  serviceCidrs: optional({
    flag: 'service-cidr',
    placeholder: 'CIDR,…',
    schema: serviceCidrs,
    help: 'ranges of ClusterIPs, which --claim-addresses takes as a whole',
  }),
  lowPortOffset: defaulted('0', {
    flag: 'low-port-offset',
    placeholder: 'N',
    schema: integer(0, 64_512),
    help: "added to endpoints' ports below 1024, and to Services' that may not be bound, where nobody may bind them; 0: nothing is",
  }),
  ...servedAt({ metrics: ':10249', health: ':10256', paths: '/healthz, /livez and /readyz' }),
  ...logging,
};

export type ProxyOptions = ConfigOf<typeof proxyOptions>;
export type ProxyContract = Satisfies<ProxyOptions, ProxyConfig>;

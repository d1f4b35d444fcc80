import { type ConfigOf, defaulted, optional } from '../option.ts';
import { choice, duration, integer, lines, portRange, serviceCidrs, text } from '../values.ts';
import { logging } from './shared.ts';

/** Options of `sluice cluster`. */
export const clusterOptions = {
  dataDir: defaulted('.sluice/cluster', {
    flag: 'data-dir',
    placeholder: 'DIR',
    schema: text('a folder'),
    help: 'where objects, certificates and the kubeconfig are kept',
  }),
  port: defaulted('6443', {
    flag: 'port',
    placeholder: 'PORT',
    schema: integer(0, 65535),
    help: 'port on 127.0.0.1; 0 takes one that is free',
  }),
  serviceCidrs: optional({
    flag: 'service-cidr',
    placeholder: 'CIDR,…',
    schema: serviceCidrs,
    help: "range of ClusterIPs, or one of each family (the first is the cluster's primary one); without it what fits the network, 10.96.0.0/16 without nodes",
  }),
  nodePorts: defaulted('30000-32767', {
    flag: 'node-port-range',
    placeholder: 'FIRST-LAST',
    schema: portRange,
    help: 'range of NodePorts',
  }),
  nodes: defaulted('0', {
    flag: 'nodes',
    placeholder: 'N',
    schema: integer(0, 250),
    help: 'nodes that run pods, at least; without any, pods are stored and nothing runs',
  }),
  network: defaulted('auto', {
    flag: 'network',
    placeholder: 'MODE',
    schema: choice('auto', 'kernel', 'loopback', 'none'),
    help: 'where nodes and pods are: network namespaces (kernel: Linux with nft, as root or with user namespaces), addresses of 127.0.0.0/8 (loopback: anywhere, IPv4 only), the first of them that works here (auto), or nowhere: nodes are only registered (none)',
  }),
  images: optional({
    flag: 'image',
    placeholder: 'NAME=COMMAND',
    list: true,
    separator: '\n',
    schema: lines('NAME=COMMAND'),
    help: 'what to run for an image that is not built in, as in example/app=python3 app.py; may be given several times, the variable has one a line',
  }),
  nodeGraceMs: defaulted('50s', {
    flag: 'node-monitor-grace-period',
    placeholder: 'DURATION',
    schema: duration('5s'),
    help: 'how long a node may say nothing before it counts as lost and its pods as not ready',
  }),
  ...logging,
};

export type ClusterOptions = ConfigOf<typeof clusterOptions>;

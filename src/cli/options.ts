import type { ControllerConfig, ReleaseConfig } from '../cloud/config.ts';
import type { DoctorConfig } from '../cloud/doctor/config.ts';
import type { EndpointsConfig } from '../endpoints/config.ts';
import type { ProxyConfig } from '../proxy/config.ts';
import type { LogLevel } from '../runtime/logger.ts';
import { type ConfigOf, defaulted, optional, required } from './option.ts';
import {
  address,
  addressRange,
  boolean,
  choice,
  clusterName,
  dnsLabel,
  dnsName,
  duration,
  integer,
  lines,
  list,
  namespacedName,
  portRange,
  qualifiedName,
  region,
  serviceCidrs,
  text,
  vpcId,
} from './values.ts';

/** Which cluster and which part of the cloud: the same for every command that works with both. */
const place = {
  kubeconfig: optional({
    flag: 'kubeconfig',
    placeholder: 'FILE',
    env: ['KUBECONFIG'],
    schema: text('a file'),
    help: "how to reach the cluster; without it, the pod's service account or ~/.kube/config",
  }),
  region: optional({
    flag: 'region',
    placeholder: 'REGION',
    env: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
    schema: region,
    help: 'AWS region; found out from the nodes when absent',
  }),
  vpcId: optional({
    flag: 'vpc-id',
    placeholder: 'VPC',
    schema: vpcId,
    help: 'VPC of the load balancers; found out from the nodes when absent',
  }),
  loadBalancerClasses: defaulted('sluice.dev/nlb', {
    flag: 'load-balancer-class',
    placeholder: 'CLASS,…',
    list: true,
    schema: list(qualifiedName),
    help: 'values of spec.loadBalancerClass whose Services are held',
  }),
  classless: defaulted('false', {
    flag: 'classless',
    schema: boolean,
    help: 'hold LoadBalancer Services without a class too; only where no other provider takes them',
  }),
  awsRequestTimeoutMs: defaulted('10s', {
    flag: 'aws-request-timeout',
    placeholder: 'DURATION',
    schema: duration('100ms'),
    help: 'how long one request to AWS may take',
  }),
};

const clusterNameOption = {
  flag: 'cluster-name',
  placeholder: 'NAME',
  schema: clusterName,
};

const logging = {
  logLevel: defaulted('info', {
    flag: 'log-level',
    placeholder: 'LEVEL',
    schema: choice('debug', 'info', 'warn', 'error'),
    help: 'least level to log: debug, info, warn or error',
  }),
  logFormat: defaulted('auto', {
    flag: 'log-format',
    placeholder: 'FORMAT',
    schema: choice('auto', 'json', 'pretty'),
    help: 'json, pretty, or auto: pretty on a terminal',
  }),
};

/** What `createLogger` takes, of the options that every command shares. */
export function loggerOptions(options: { logLevel: LogLevel; logFormat: 'auto' | 'json' | 'pretty' }) {
  const { logLevel: level, logFormat } = options;
  return logFormat === 'auto' ? { level } : { level, pretty: logFormat === 'pretty' };
}

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
  leaderElectNamespace: defaulted('kube-system', {
    flag: 'leader-elect-namespace',
    placeholder: 'NAMESPACE',
    env: ['POD_NAMESPACE'],
    schema: dnsLabel,
    help: 'namespace of the Lease',
  }),
  leaseName: defaulted('sluice-controller', {
    flag: 'leader-elect-lease-name',
    placeholder: 'NAME',
    schema: dnsName,
    help: 'name of the Lease',
  }),
  leaseDurationMs: defaulted('15s', {
    flag: 'leader-elect-lease-duration',
    placeholder: 'DURATION',
    schema: duration('1s'),
    help: 'how long others wait for a leader that is silent',
  }),
  renewDeadlineMs: defaulted('10s', {
    flag: 'leader-elect-renew-deadline',
    placeholder: 'DURATION',
    schema: duration('100ms'),
    help: 'how long the leader tries to renew before it gives up',
  }),
  retryPeriodMs: defaulted('2s', {
    flag: 'leader-elect-retry-period',
    placeholder: 'DURATION',
    schema: duration('10ms'),
    help: 'time between attempts to take or renew the Lease',
  }),
  metricsAddress: defaulted(':8080', {
    flag: 'metrics-address',
    placeholder: 'ADDRESS',
    schema: address,
    help: 'where /metrics is served (host:port, :port, [IPv6]:port); 0 for nowhere',
  }),
  healthAddress: defaulted(':8081', {
    flag: 'health-address',
    placeholder: 'ADDRESS',
    schema: address,
    help: 'where /healthz and /readyz are served; may be that of the metrics; 0 for nowhere',
  }),
  ...logging,
};

export type ControllerOptions = ConfigOf<typeof controllerOptions>;

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

/** Options of `sluice iam-policy`. Nothing of the surroundings narrows a policy, so AWS_REGION is not read. */
export const iamPolicyOptions = {
  clusterName: required({ ...clusterNameOption, help: 'name of this cluster, as the controller has it' }),
  partition: optional({
    flag: 'partition',
    placeholder: 'PARTITION',
    schema: choice('aws', 'aws-cn', 'aws-us-gov', 'aws-iso', 'aws-iso-b', 'aws-iso-e', 'aws-iso-f', 'aws-eusc'),
    help: 'AWS partition, such as aws-cn or aws-us-gov; that of --region, else aws, when absent',
  }),
  region: optional({
    flag: 'region',
    placeholder: 'REGION',
    schema: region,
    help: 'the only AWS region in which anything may be changed; every region when absent',
  }),
  vpcId: optional({
    flag: 'vpc-id',
    placeholder: 'VPC',
    schema: vpcId,
    help: 'the only VPC in which security groups may be made; any when absent',
  }),
};

export type IamPolicyOptions = ConfigOf<typeof iamPolicyOptions>;

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
  metricsAddress: defaulted(':10249', {
    flag: 'metrics-address',
    placeholder: 'ADDRESS',
    schema: address,
    help: 'where /metrics is served (host:port, :port, [IPv6]:port); 0 for nowhere',
  }),
  healthAddress: defaulted(':10256', {
    flag: 'health-address',
    placeholder: 'ADDRESS',
    schema: address,
    help: 'where /healthz, /livez and /readyz are served; may be that of the metrics; 0 for nowhere',
  }),
  ...logging,
};

export type ProxyOptions = ConfigOf<typeof proxyOptions>;

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
  leaderElectNamespace: controllerOptions.leaderElectNamespace,
  leaseName: defaulted('sluice-endpoints', {
    flag: 'leader-elect-lease-name',
    placeholder: 'NAME',
    schema: dnsName,
    help: 'name of the Lease',
  }),
  leaseDurationMs: controllerOptions.leaseDurationMs,
  renewDeadlineMs: controllerOptions.renewDeadlineMs,
  retryPeriodMs: controllerOptions.retryPeriodMs,
  metricsAddress: defaulted('0', {
    flag: 'metrics-address',
    placeholder: 'ADDRESS',
    schema: address,
    help: 'where /metrics is served (host:port, :port, [IPv6]:port); 0 for nowhere',
  }),
  healthAddress: defaulted('0', {
    flag: 'health-address',
    placeholder: 'ADDRESS',
    schema: address,
    help: 'where /healthz and /readyz are served; may be that of the metrics; 0 for nowhere',
  }),
  ...logging,
};

export type EndpointsOptions = ConfigOf<typeof endpointsOptions>;

/** Holds at compile time only: what the tables give is what the cloud plane takes. */
type Satisfies<Given extends Wanted, Wanted> = Given;
export type ControllerContract = Satisfies<ControllerOptions, ControllerConfig>;
export type DoctorContract = Satisfies<DoctorOptions, DoctorConfig>;
export type ProxyContract = Satisfies<ProxyOptions, ProxyConfig>;
export type EndpointsContract = Satisfies<EndpointsOptions, EndpointsConfig>;
export type ReleaseContract = Satisfies<ReleaseOptions & { keys: string[] }, ReleaseConfig>;

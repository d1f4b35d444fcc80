/** Options that several commands have. */
import type { LogLevel } from '../../runtime/logger.ts';
import { defaulted, optional } from '../option.ts';
import {
  address,
  boolean,
  choice,
  clusterName,
  dnsLabel,
  duration,
  list,
  qualifiedName,
  region,
  text,
  vpcId,
} from '../values.ts';

/** Which cluster and which part of the cloud: the same for every command that works with both. */
export const place = {
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

export const clusterNameOption = {
  flag: 'cluster-name',
  placeholder: 'NAME',
  schema: clusterName,
};

export const logging = {
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

/** Where a long-running command is asked how it is; `metrics` and `health` are the addresses without a flag. */
export function servedAt(defaults: { metrics: string; health: string; paths?: string }) {
  const { metrics, health, paths = '/healthz and /readyz' } = defaults;
  return {
    metricsAddress: defaulted(metrics, {
      flag: 'metrics-address',
      placeholder: 'ADDRESS',
      schema: address,
      help: 'where /metrics is served (host:port, :port, [IPv6]:port); 0 for nowhere',
    }),
    healthAddress: defaulted(health, {
      flag: 'health-address',
      placeholder: 'ADDRESS',
      schema: address,
      help: `where ${paths} are served; may be that of the metrics; 0 for nowhere`,
    }),
  };
}

/** What `createLogger` takes, of the options that every command shares. */
export function loggerOptions(options: { logLevel: LogLevel; logFormat: 'auto' | 'json' | 'pretty' }) {
  const { logLevel: level, logFormat } = options;
  return logFormat === 'auto' ? { level } : { level, pretty: logFormat === 'pretty' };
}

/** How replicas choose the one that works. */
export const election = {
  leaderElectNamespace: defaulted('kube-system', {
    flag: 'leader-elect-namespace',
    placeholder: 'NAMESPACE',
    env: ['POD_NAMESPACE'],
    schema: dnsLabel,
    help: 'namespace of the Lease',
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
};

/** Holds at compile time only: what a command's table gives is what its plane takes. */
export type Satisfies<Given extends Wanted, Wanted> = Given;

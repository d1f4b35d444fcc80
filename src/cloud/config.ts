import type { Scheme } from './options.ts';

/** The controller's validated configuration; flags and environment variables are read in `src/cli/options.ts`. */
export interface ControllerConfig {
  kubeconfig?: string;
  clusterName: string;
  region?: string;
  vpcId?: string;
  loadBalancerClasses: string[];
  classless: boolean;
  defaultScheme: Scheme;
  leaderElect: boolean;
  leaderElectNamespace: string;
  leaseName: string;
  leaseDurationMs: number;
  renewDeadlineMs: number;
  retryPeriodMs: number;
  concurrency: number;
  driftPeriodMs: number;
  nodeSgRuleBudget: number;
  awsRateLimits: 'auto' | 'aws' | 'off';
  awsRequestTimeoutMs: number;
}

/** Configuration of `sluice release`. */
export interface ReleaseConfig {
  kubeconfig?: string;
  clusterName?: string;
  region?: string;
  vpcId?: string;
  all: boolean;
  keys: string[];
  delete: boolean;
  timeoutMs: number;
  loadBalancerClasses: string[];
  classless: boolean;
  awsRequestTimeoutMs: number;
}

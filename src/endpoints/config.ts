/** The endpoints plane's validated configuration; flags and environment variables are read in `src/cli/options.ts`. */
export interface EndpointsConfig {
  kubeconfig?: string;
  /** Services that each of the three controllers works on at the same time. */
  concurrency: number;
  maxEndpointsPerSlice: number;
  /** Addresses of a subset of Endpoints that are mirrored. */
  mirroringMaxEndpoints: number;
  /** How long a pod's change waits for more of them. 0: not at all. */
  batchPeriodMs: number;
  leaderElect: boolean;
  leaderElectNamespace: string;
  leaseName: string;
  leaseDurationMs: number;
  renewDeadlineMs: number;
  retryPeriodMs: number;
}

/** What `sluice endpoints` does when it is told nothing. */
export const ENDPOINTS_DEFAULTS: EndpointsConfig = {
  concurrency: 10,
  maxEndpointsPerSlice: 100,
  mirroringMaxEndpoints: 1000,
  batchPeriodMs: 0,
  leaderElect: false,
  leaderElectNamespace: 'kube-system',
  leaseName: 'sluice-endpoints',
  leaseDurationMs: 15_000,
  renewDeadlineMs: 10_000,
  retryPeriodMs: 2000,
};

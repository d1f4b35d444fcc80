import type { Range } from '../service/address.ts';

/** The proxy's validated configuration; flags and environment variables are read in `src/cli/options.ts`. */
export interface ProxyConfig {
  kubeconfig?: string;
  nodeName: string;
  /** Where pods are; without it, nobody but the node itself counts as inside. */
  clusterCidrs?: readonly Range[];
  /** Where NodePorts are served; without it, at the node's internal addresses. */
  nodePortAddresses?: readonly Range[];
  minSyncDelayMs: number;
  /** In a network namespace of its own, take the Services' addresses. */
  claimAddresses: boolean;
  /** What is claimed as a whole; addresses outside of these are claimed one by one. */
  serviceCidrs?: readonly string[];
  lowPortOffset: number;
}

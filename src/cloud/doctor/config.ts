import type { ControllerConfig } from '../config.ts';

/** Configuration of `sluice doctor`: what it shares with the controller, whose account to check, and how long to look. */
export interface DoctorConfig
  extends Pick<
    ControllerConfig,
    | 'kubeconfig'
    | 'clusterName'
    | 'region'
    | 'vpcId'
    | 'loadBalancerClasses'
    | 'classless'
    | 'defaultScheme'
    | 'nodeSgRuleBudget'
    | 'leaderElect'
    | 'leaderElectNamespace'
    | 'leaseName'
    | 'awsRequestTimeoutMs'
  > {
  /** `NAMESPACE/NAME` of the controller's service account; absent: whoever asks. */
  serviceAccount?: string;
  timeoutMs: number;
}

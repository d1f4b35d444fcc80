/** All checks over all facts. Pure. */
import { checkAccess, checkLoadBalancerChanges, checkReads, checkSecurityGroupChanges, checkVpc } from './check-aws.ts';
import { checkClock } from './check-clock.ts';
import { checkCloudControllerManager, checkLbc, checkOtherSluice } from './check-controllers.ts';
import { checkApi, checkPermissions, checkVersion } from './check-kube.ts';
import { checkNodeGroups, checkNodes } from './check-nodes.ts';
import { checkServices } from './check-services.ts';
import { checkSubnets } from './check-subnets.ts';
import type { DoctorConfig } from './config.ts';
import type { Facts } from './facts.ts';
import { type CheckName, type CheckResult, CHECKS, type Report, reportOf } from './report.ts';

const BY_NAME: Record<CheckName, (facts: Facts, config: DoctorConfig) => CheckResult> = {
  'kubernetes-api': ({ kube }) => checkApi(kube),
  'kubernetes-version': ({ kube }) => checkVersion(kube),
  'kubernetes-permissions': ({ kube }, config) => checkPermissions(kube, config),
  clock: ({ clocks }) => checkClock(clocks),
  'aws-access': ({ aws, kube }) => checkAccess(aws, kube),
  vpc: ({ aws }) => checkVpc(aws),
  'iam-reads': ({ aws }, config) => checkReads(aws, config),
  'iam-security-groups': ({ aws }, config) => checkSecurityGroupChanges(aws, config),
  'iam-load-balancers': ({ kube }, config) => checkLoadBalancerChanges(kube, config),
  subnets: ({ aws }, config) => checkSubnets(aws, config),
  nodes: ({ kube, aws }) => checkNodes(kube, aws),
  'node-security-groups': ({ kube, aws }, config) => checkNodeGroups(kube, aws, config),
  'aws-load-balancer-controller': ({ kube }, config) => checkLbc(kube, config),
  'cloud-controller-manager': ({ kube }, config) => checkCloudControllerManager(kube, config),
  'other-sluice': ({ kube }, config) => checkOtherSluice(kube, config),
  services: ({ kube }, config) => checkServices(kube, config),
};

export function diagnose(facts: Facts, config: DoctorConfig): Report {
  return reportOf(
    config.clusterName,
    CHECKS.map((check) => BY_NAME[check](facts, config)),
  );
}

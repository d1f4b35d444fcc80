/** A cluster and a cloud with nothing wrong, as `sluice doctor` sees them, and ways to spoil them. */
import type { DoctorConfig } from '../../../src/cloud/doctor/config.ts';
import { permissionQuestions } from '../../../src/cloud/doctor/check-kube.ts';
import type { AwsFacts, Facts, KubeFacts, LeaseSeen, Workload } from '../../../src/cloud/doctor/facts.ts';
import type { Failure, FailureKind, Look } from '../../../src/cloud/doctor/look.ts';
import type { CheckResult } from '../../../src/cloud/doctor/report.ts';
import { AWS_PERMISSIONS } from '../../../src/cloud/aws/aws-permissions.ts';
import type { ObservedSecurityGroup } from '../../../src/cloud/model.ts';
import type { Instance } from '../../../src/cloud/nodes.ts';
import type { Subnet } from '../../../src/cloud/subnets.ts';
import type { Node, Service } from '../../../src/kube/objects.ts';

export const CONFIG: DoctorConfig = {
  clusterName: 'prod',
  loadBalancerClasses: ['sluice.dev/nlb'],
  classless: false,
  defaultScheme: 'internal',
  nodeSgRuleBudget: 40,
  leaderElect: true,
  leaderElectNamespace: 'kube-system',
  leaseName: 'sluice-controller',
  awsRequestTimeoutMs: 10_000,
  timeoutMs: 30_000,
};

export const NOW = Date.parse('2026-05-01T12:00:00Z');
const ACCOUNT = 'system:serviceaccount:kube-system:sluice';

export const failed = (kind: FailureKind, message: string = kind, code?: string): { failure: Failure } => ({
  failure: { kind, message, ...(code && { code }) },
});

export const node = (name: string, providerID?: string, labels: Record<string, string> = {}): Node => ({
  metadata: { name, uid: name, resourceVersion: '1', labels },
  spec: { ...(providerID && { providerID }) },
});

export const instance = (id: string, change: Partial<Instance> = {}): Instance => ({
  id,
  vpcId: 'vpc-1',
  state: 'running',
  securityGroupIds: ['sg-1'],
  ...change,
});

export const instances = (...list: Instance[]): Look<ReadonlyMap<string, Instance>> => ({
  value: new Map(list.map((one) => [one.id, one])),
});

export const group = (id: string, change: Partial<ObservedSecurityGroup> = {}): ObservedSecurityGroup => ({
  id,
  name: id,
  tags: {},
  cidrRules: [],
  groupRules: [],
  otherRules: 0,
  ...change,
});

/** A subnet of one role, in a zone. */
export const subnet = (
  id: string,
  zone: string,
  role: 'internal-elb' | 'elb',
  change: Partial<Subnet> = {},
): Subnet => ({
  id,
  vpcId: 'vpc-1',
  zone,
  availableIps: 200,
  ...change,
  tags: { [`kubernetes.io/role/${role}`]: '1', ...change.tags },
});

export const SUBNETS: Subnet[] = [
  subnet('subnet-1', 'a', 'internal-elb'),
  subnet('subnet-2', 'b', 'internal-elb'),
  subnet('subnet-3', 'a', 'elb'),
  subnet('subnet-4', 'b', 'elb'),
];

/** A Lease that was renewed so many seconds ago, with the resource versions that two looks saw. */
export const lease = (secondsAgo: number, holder: string | null = 'pod-1', versions = ['1']): LeaseSeen => {
  const [first, second] = versions.map((resourceVersion) => ({
    metadata: { name: 'l', namespace: 'kube-system', uid: 'l', resourceVersion },
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: 15,
      renewTime: new Date(NOW - secondsAgo * 1000).toISOString(),
    },
  }));
  return { at: NOW, ...(first && { first }), ...(second && { second }) };
};

export const workload = (
  namespace: string,
  name: string,
  args: string[],
  change: Partial<Workload> = {},
): Workload => ({
  kind: 'Deployment',
  namespace,
  name,
  labels: {},
  replicas: 1,
  containers: [{ image: `registry.example/${name}:v1`, args }],
  ...change,
});

export const service = (
  name: string,
  change: Partial<Service> & { annotations?: Record<string, string> } = {},
): Service => {
  const { annotations = {}, spec, status, metadata } = change;
  return {
    metadata: { namespace: 'shop', name, uid: name, resourceVersion: '1', annotations, ...metadata },
    spec: { type: 'LoadBalancer', ...spec },
    ...(status && { status }),
  };
};

export interface Spoiled {
  kube?: Partial<Omit<KubeFacts, 'leases'>> & { leases?: Partial<KubeFacts['leases']> };
  aws?: Partial<AwsFacts>;
  clocks?: Facts['clocks'];
}

export function facts({ kube, aws, clocks }: Spoiled = {}, config: DoctorConfig = CONFIG): Facts {
  const none = { value: { at: NOW } };
  return {
    kube: {
      server: 'https://k',
      version: { value: 'v1.34.1' },
      whoami: { value: ACCOUNT },
      permissions: { value: permissionQuestions(config, ACCOUNT).map((one) => ({ ...one, allowed: true })) },
      serviceAccountExists: { value: true },
      services: { value: [] },
      nodes: { value: [node('n1', 'aws:///a/i-1'), node('n2', 'aws:///b/i-2')] },
      workloads: { value: [] },
      webhooks: { value: [] },
      ...kube,
      leases: { lbc: none, ccm: none, own: none, ...kube?.leases },
    },
    aws: {
      region: { value: 'eu-north-1' },
      credentials: { value: true },
      access: { value: true },
      vpcId: { value: 'vpc-1' },
      vpcExists: { value: true },
      subnets: { value: SUBNETS },
      instances: instances(instance('i-1'), instance('i-2')),
      nodeGroups: { value: [group('sg-1')] },
      trials: AWS_PERMISSIONS.map((permission) => ({ permission, outcome: { kind: 'allowed' } })),
      ...aws,
    },
    clocks: clocks ?? { kube: { offsetMs: 200, uncertaintyMs: 510 }, aws: { offsetMs: -300, uncertaintyMs: 520 } },
  };
}

/** The status, then each finding in a line: `error node a: what is wrong → what to do`. */
export function said({ status, findings }: CheckResult): string[] {
  return [
    status,
    ...findings.map(({ severity, object, problem, remedy }) => `${severity} ${object}: ${problem} → ${remedy}`),
  ];
}

/** What `sluice doctor` gathered. Each look stands for itself: it may have failed while the others did not. */
import type { Lease, Node, Service } from '../../kube/objects.ts';
import type { AwsPermission } from '../aws/aws-permissions.ts';
import type { KubePermission } from '../kube-permissions.ts';
import type { ObservedSecurityGroup } from '../model.ts';
import type { Instance } from '../nodes.ts';
import type { Subnet } from '../subnets.ts';
import type { Look } from './look.ts';

export interface KubeFacts {
  /** The API server's URL; empty when no kubeconfig says it. */
  server: string;
  /** The API server's `gitVersion`. */
  version: Look<string>;
  /** The name that the API server knows the asker by. */
  whoami: Look<string>;
  permissions: Look<PermissionAnswer[]>;
  /** Whether `--service-account` exists; true when none was named. */
  serviceAccountExists: Look<boolean>;
  services: Look<Service[]>;
  nodes: Look<Node[]>;
  /** aws-load-balancer-controller's, a cloud-controller-manager's, and the one that the flags name. */
  leases: Record<'lbc' | 'ccm' | 'own', Look<LeaseSeen>>;
  /** Deployments and DaemonSets: all of kube-system's, and those of LBC and of Sluice anywhere. */
  workloads: Look<Workload[]>;
  /** Names of MutatingWebhookConfigurations, of those asked for, that change Services. */
  webhooks: Look<string[]>;
}

/** One permission of the table, for whom and where. */
export interface PermissionQuestion {
  permission: KubePermission;
  /** Of whoever asks; otherwise of `--service-account`. */
  ofSelf: boolean;
  /** Absent: all namespaces. */
  namespace?: string;
  /** The name of the one object, where the permission is about one. */
  object?: string;
}

export interface PermissionAnswer extends PermissionQuestion {
  allowed: boolean;
}

/** A Lease, looked at twice when once did not tell whether it is being renewed. */
export interface LeaseSeen {
  first?: Lease;
  second?: Lease;
  /** The first look, by the API server's clock. Milliseconds since the epoch. */
  at: number;
}

export interface Workload {
  kind: 'Deployment' | 'DaemonSet';
  namespace: string;
  name: string;
  labels: Record<string, string>;
  /** Pods that are wanted. */
  replicas: number;
  containers: { image: string; args: string[] }[];
}

/** How far another clock is ahead of this machine's. */
export interface ClockReading {
  offsetMs: number;
  /** It is so exact: half the time of the request, and half of the second that a Date header tells. */
  uncertaintyMs: number;
}

export interface AwsFacts {
  region: Look<string>;
  /** Whether there are credentials, before anything is asked with them. */
  credentials: Look<true>;
  /** The first call: whether AWS answers at all. */
  access: Look<true>;
  vpcId: Look<string>;
  vpcExists: Look<boolean>;
  subnets: Look<Subnet[]>;
  /** The instances behind the nodes, by id. */
  instances: Look<ReadonlyMap<string, Instance>>;
  /** All security groups of those instances. */
  nodeGroups: Look<ObservedSecurityGroup[]>;
  trials: PermissionTrial[];
}

/** What came of trying one permission of the table. */
export interface PermissionTrial {
  permission: AwsPermission;
  outcome:
    | { kind: 'allowed' }
    | { kind: 'denied'; message: string }
    /** There is nothing to try it on, or no way to try it without doing it. */
    | { kind: 'untried'; why: string }
    /** No answer, or none to these credentials. */
    | { kind: 'unanswered'; message: string }
    /** AWS answered something that says neither. */
    | { kind: 'unclear'; message: string };
}

export interface Facts {
  kube: KubeFacts;
  aws: AwsFacts;
  clocks: { kube?: ClockReading; aws?: ClockReading };
}

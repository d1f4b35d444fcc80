import type { Strategy } from '../kind.ts';
import { HORIZONTAL_POD_AUTOSCALER } from './autoscaling.ts';
import { PERSISTENT_VOLUME_CLAIM } from './claims.ts';
import { CONFIG_MAP, SECRET, SERVICE_ACCOUNT } from './config.ts';
import { CUSTOM_RESOURCE_DEFINITION } from './crd.ts';
import { CRON_JOB } from './cron-job.ts';
import { DAEMON_SET } from './daemon-set.ts';
import { ENDPOINT_SLICE, ENDPOINTS } from './endpoints.ts';
import { CORE_EVENT, NEW_EVENT } from './event-rules.ts';
import { INGRESS, INGRESS_CLASS } from './ingress.ts';
import { JOB } from './job.ts';
import { NAMESPACE } from './namespace.ts';
import { NETWORK_POLICY } from './network-policy.ts';
import { NODE } from './node.ts';
import { CSI_NODE, LEASE, POD_DISRUPTION_BUDGET, PRIORITY_CLASS, STORAGE_CLASS } from './other.ts';
import { POD } from './pods.ts';
import { LIMIT_RANGE, RESOURCE_QUOTA } from './quota.ts';
import { CLUSTER_ROLE, CLUSTER_ROLE_BINDING, ROLE, ROLE_BINDING } from './rbac.ts';
import { STATEFUL_SET } from './stateful-set.ts';
import { CONTROLLER_REVISION, DEPLOYMENT, REPLICA_SET, REPLICATION_CONTROLLER } from './workloads.ts';

/** What is special about each kind, by `group/Kind`. Services, ServiceCIDRs and IPAddresses are in src/cluster/service. */
export const STRATEGIES: Readonly<Record<string, Strategy>> = {
  '/Namespace': NAMESPACE,
  '/Node': NODE,
  '/Pod': POD,
  '/Endpoints': ENDPOINTS,
  '/Event': CORE_EVENT,
  '/ConfigMap': CONFIG_MAP,
  '/Secret': SECRET,
  '/ServiceAccount': SERVICE_ACCOUNT,
  '/ReplicationController': REPLICATION_CONTROLLER,
  '/PersistentVolumeClaim': PERSISTENT_VOLUME_CLAIM,
  '/LimitRange': LIMIT_RANGE,
  '/ResourceQuota': RESOURCE_QUOTA,
  'apps/Deployment': DEPLOYMENT,
  'apps/ReplicaSet': REPLICA_SET,
  'apps/DaemonSet': DAEMON_SET,
  'apps/StatefulSet': STATEFUL_SET,
  'apps/ControllerRevision': CONTROLLER_REVISION,
  'batch/Job': JOB,
  'batch/CronJob': CRON_JOB,
  'autoscaling/HorizontalPodAutoscaler': HORIZONTAL_POD_AUTOSCALER,
  'policy/PodDisruptionBudget': POD_DISRUPTION_BUDGET,
  'networking.k8s.io/NetworkPolicy': NETWORK_POLICY,
  'networking.k8s.io/Ingress': INGRESS,
  'networking.k8s.io/IngressClass': INGRESS_CLASS,
  'discovery.k8s.io/EndpointSlice': ENDPOINT_SLICE,
  'events.k8s.io/Event': NEW_EVENT,
  'coordination.k8s.io/Lease': LEASE,
  'rbac.authorization.k8s.io/Role': ROLE,
  'rbac.authorization.k8s.io/RoleBinding': ROLE_BINDING,
  'rbac.authorization.k8s.io/ClusterRole': CLUSTER_ROLE,
  'rbac.authorization.k8s.io/ClusterRoleBinding': CLUSTER_ROLE_BINDING,
  'scheduling.k8s.io/PriorityClass': PRIORITY_CLASS,
  'storage.k8s.io/StorageClass': STORAGE_CLASS,
  'storage.k8s.io/CSINode': CSI_NODE,
  'apiextensions.k8s.io/CustomResourceDefinition': CUSTOM_RESOURCE_DEFINITION,
};

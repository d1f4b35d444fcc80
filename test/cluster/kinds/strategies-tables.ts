import * as core from './strategies-core.ts';
import * as network from './strategies-network.ts';
import * as other from './strategies-other.ts';
import type { Case } from './strategies-run.ts';
import * as workloads from './strategies-workloads.ts';

/** All cases by `group/Kind`. */
export const TABLES: Readonly<Record<string, Case[]>> = {
  '/Namespace': core.NAMESPACES,
  '/Node': core.NODES,
  '/Pod': workloads.PODS,
  '/Endpoints': network.ENDPOINTS,
  '/Event': core.EVENTS,
  '/ConfigMap': core.CONFIG_MAPS,
  '/Secret': core.SECRETS,
  '/ServiceAccount': core.SERVICE_ACCOUNTS,
  '/ReplicationController': workloads.CONTROLLERS,
  '/PersistentVolumeClaim': core.CLAIMS,
  '/LimitRange': core.LIMIT_RANGES,
  '/ResourceQuota': core.QUOTAS,
  'apps/Deployment': workloads.DEPLOYMENTS,
  'apps/ReplicaSet': workloads.REPLICA_SETS,
  'apps/DaemonSet': workloads.DAEMON_SETS,
  'apps/StatefulSet': workloads.STATEFUL_SETS,
  'apps/ControllerRevision': other.REVISIONS,
  'batch/Job': workloads.JOBS,
  'batch/CronJob': workloads.CRON_JOBS,
  'autoscaling/HorizontalPodAutoscaler': other.AUTOSCALERS,
  'policy/PodDisruptionBudget': other.BUDGETS,
  'networking.k8s.io/NetworkPolicy': network.POLICIES,
  'networking.k8s.io/Ingress': network.INGRESSES,
  'networking.k8s.io/IngressClass': network.CLASSES,
  'discovery.k8s.io/EndpointSlice': network.SLICES,
  'events.k8s.io/Event': core.NEW_EVENTS,
  'coordination.k8s.io/Lease': network.LEASES,
  'rbac.authorization.k8s.io/Role': other.ROLES,
  'rbac.authorization.k8s.io/RoleBinding': other.BINDINGS,
  'rbac.authorization.k8s.io/ClusterRole': other.CLUSTER_ROLES,
  'rbac.authorization.k8s.io/ClusterRoleBinding': other.CLUSTER_BINDINGS,
  'scheduling.k8s.io/PriorityClass': other.PRIORITIES,
  'storage.k8s.io/StorageClass': other.STORAGE_CLASSES,
  'storage.k8s.io/CSINode': other.CSI_NODES,
  'apiextensions.k8s.io/CustomResourceDefinition': other.DEFINITIONS,
};

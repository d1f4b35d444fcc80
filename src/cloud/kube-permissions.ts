/**
 * Everything that Sluice asks of a Kubernetes API server, permission by permission. The chart's roles are made from this
 * table and `sluice doctor` checks it, so a request that is not in it fails in every test that runs under the chart's role.
 * Pure.
 */

/** What `sluice controller` needs all the time, and what `sluice release` needs while it runs. */
export type PermissionUser = 'controller' | 'release';

/** The parts of the controller that can be switched off, and with them what they need. */
export type PermissionReason = 'leader-election' | 'lbc' | 'delete';

export interface KubePermission {
  /** The empty string is the core group. */
  apiGroup: '' | 'coordination.k8s.io';
  /** With its subresource: `services/status`. */
  resource: string;
  verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch';
  user: PermissionUser;
  /** In every namespace, in that of the Lease (the release's own), or in kube-system. */
  scope: 'cluster' | 'lease-namespace' | 'kube-system';
  /** The one object it is about; `lease` is the controller's own Lease, whose name is an option. */
  object?: 'lease' | 'aws-load-balancer-controller-leader';
  /** Only needed with this: electing a leader, holding LBC's class, or `release --delete`. */
  when?: PermissionReason;
  why: string;
}

const everywhere = { apiGroup: '', scope: 'cluster' } as const;
const lease = { apiGroup: 'coordination.k8s.io', resource: 'leases' } as const;

export const KUBE_PERMISSIONS: readonly KubePermission[] = [
  { ...everywhere, resource: 'services', verb: 'list', user: 'controller', why: 'which Services there are' },
  { ...everywhere, resource: 'services', verb: 'watch', user: 'controller', why: 'how they change' },
  { ...everywhere, resource: 'services', verb: 'patch', user: 'controller', why: 'finalizer and last-applied record' },
  { ...everywhere, resource: 'services/status', verb: 'patch', user: 'controller', why: 'hostname and conditions' },
  { ...everywhere, resource: 'nodes', verb: 'list', user: 'controller', why: 'which instances are targets' },
  { ...everywhere, resource: 'nodes', verb: 'watch', user: 'controller', why: 'how they change' },
  { ...everywhere, resource: 'events', verb: 'create', user: 'controller', why: 'what happened to a Service' },
  { ...everywhere, resource: 'events', verb: 'patch', user: 'controller', why: 'that it happened again' },
  {
    ...lease,
    verb: 'create',
    user: 'controller',
    scope: 'lease-namespace',
    when: 'leader-election',
    why: 'the first leader makes the Lease',
  },
  {
    ...lease,
    verb: 'get',
    user: 'controller',
    scope: 'lease-namespace',
    object: 'lease',
    when: 'leader-election',
    why: 'who leads',
  },
  {
    ...lease,
    verb: 'update',
    user: 'controller',
    scope: 'lease-namespace',
    object: 'lease',
    when: 'leader-election',
    why: 'taking, renewing and giving back the Lease',
  },
  {
    ...lease,
    verb: 'get',
    user: 'controller',
    scope: 'kube-system',
    object: 'aws-load-balancer-controller-leader',
    when: 'lbc',
    why: 'whether aws-load-balancer-controller is at work, whose class is held too',
  },
  { ...everywhere, resource: 'services', verb: 'list', user: 'release', why: 'which Services are held' },
  { ...everywhere, resource: 'services', verb: 'get', user: 'release', why: 'the Service as it is now' },
  { ...everywhere, resource: 'services', verb: 'patch', user: 'release', why: 'mark, finalizer and record' },
  { ...everywhere, resource: 'services/status', verb: 'patch', user: 'release', why: 'the conditions go' },
  { ...everywhere, resource: 'events', verb: 'create', user: 'release', why: 'that the Service was released' },
  {
    ...everywhere,
    resource: 'nodes',
    verb: 'list',
    user: 'release',
    when: 'delete',
    why: 'the Region, the VPC, and whose security groups have rules',
  },
];

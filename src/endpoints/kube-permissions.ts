/** Everything that `sluice endpoints` asks of a Kubernetes API server, permission by permission, in every namespace. Pure. */

export interface EndpointsPermission {
  /** The empty string is the core group. */
  apiGroup: '' | 'discovery.k8s.io' | 'coordination.k8s.io';
  resource: string;
  verbs: readonly ('get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete')[];
  /** Only needed with this option, and in the namespace of the Lease. */
  when?: 'leader-elect';
  why: string;
}

export const ENDPOINTS_PERMISSIONS: readonly EndpointsPermission[] = [
  { apiGroup: '', resource: 'services', verbs: ['list', 'watch'], why: 'which pods each selects' },
  { apiGroup: '', resource: 'pods', verbs: ['list', 'watch'], why: 'addresses, ports and readiness' },
  { apiGroup: '', resource: 'nodes', verbs: ['list', 'watch'], why: 'zones, and their share of the CPUs' },
  {
    apiGroup: 'discovery.k8s.io',
    resource: 'endpointslices',
    verbs: ['list', 'watch', 'create', 'update', 'delete'],
    why: 'what all of this is for',
  },
  {
    apiGroup: '',
    resource: 'endpoints',
    verbs: ['list', 'watch', 'create', 'update', 'delete'],
    why: 'those that are written for older clients, and those that are mirrored',
  },
  {
    apiGroup: '',
    resource: 'services/finalizers',
    verbs: ['update'],
    why: 'owner references that hold up the deletion of the owner, where an admission plugin asks for it',
  },
  { apiGroup: '', resource: 'endpoints/finalizers', verbs: ['update'], why: 'the same, of mirrored slices' },
  { apiGroup: '', resource: 'events', verbs: ['create', 'patch'], why: 'what went wrong with a Service' },
  {
    apiGroup: 'coordination.k8s.io',
    resource: 'leases',
    verbs: ['create', 'get', 'update'],
    when: 'leader-elect',
    why: 'who leads',
  },
];

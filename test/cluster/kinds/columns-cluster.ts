import type { Sample } from './columns-objects.ts';
import { ago } from './columns-pods.ts';

const sample = (kind: string, name: string, more: object, status?: object, metadata: object = {}): Sample => ({
  kind,
  body: { metadata: { name, ...metadata }, ...more },
  ...(status && { status }),
});

const ready = (status: string) => ({ type: 'Ready', status });
const info = {
  machineID: '',
  systemUUID: '',
  bootID: '',
  kernelVersion: '',
  osImage: '',
  containerRuntimeVersion: '',
  kubeletVersion: 'v1.37.2',
  kubeProxyVersion: '',
  operatingSystem: 'linux',
  architecture: 'arm64',
};

const NODES: Sample[] = [
  sample('/Node', 'bare', {}),
  sample(
    '/Node',
    'ready',
    {},
    {
      conditions: [{ type: 'MemoryPressure', status: 'False' }, ready('True')],
      addresses: [
        { type: 'Hostname', address: 'h' },
        { type: 'ExternalIP', address: '8.8.8.8' },
        { type: 'InternalIP', address: '10.0.0.1' },
        { type: 'InternalIP', address: '2001:db8::1' },
      ],
      nodeInfo: { ...info, kernelVersion: '6.1', osImage: 'Linux', containerRuntimeVersion: 'containerd://2' },
    },
    {
      labels: {
        'node-role.kubernetes.io/worker': '',
        'node-role.kubernetes.io/control-plane': 'x',
        'kubernetes.io/role': 'infra',
      },
    },
  ),
  sample('/Node', 'not-ready', { spec: { unschedulable: true } }, { conditions: [ready('Unknown')], nodeInfo: info }),
  sample('/Node', 'twice', {}, { conditions: [ready('False'), ready('True')] }),
  sample('/Node', 'no-role', {}, { conditions: [ready('False')] }, { labels: { 'kubernetes.io/role': '' } }),
];

const event = (name: string, more: object): Sample => ({
  kind: '/Event',
  body: {
    metadata: { name },
    involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
    reason: 'R',
    type: 'Normal',
    ...more,
  },
});
const newEvent = (name: string, more: object): Sample => ({
  kind: 'events.k8s.io/Event',
  body: {
    metadata: { name },
    regarding: { kind: 'Pod', name: 'p', namespace: 'default', fieldPath: 'spec.containers{a}' },
    reason: 'R',
    action: 'A',
    type: 'Warning',
    note: 'a note',
    reportingController: 'example.com/c',
    reportingInstance: 'c-1',
    eventTime: ago(500).replace('Z', '.123456Z'),
    ...more,
  },
});

const EVENTS: Sample[] = [
  event('e-bare', {}),
  event('e-times', {
    firstTimestamp: ago(900),
    lastTimestamp: ago(100),
    count: 4,
    source: { component: 'kubelet', host: 'n1' },
    message: ' \n\u0085\u00a0A message, \ufeff in space\t\u3000',
  }),
  event('e-first-only', { firstTimestamp: ago(900), source: { host: 'n1' } }),
  event('e-component', { source: { component: 'kubelet' }, reportingComponent: 'other', reportingInstance: 'i' }),
  event('e-future', { firstTimestamp: ago(-60), lastTimestamp: ago(-1) }),
  event('e-no-name', { involvedObject: { kind: 'Node', namespace: 'default', fieldPath: 'spec' } }),
  newEvent('n-single', {}),
  newEvent('n-series', { series: { count: 9, lastObservedTime: ago(50).replace('Z', '.500000Z') } }),
];

const claim = (name: string, spec: object, status?: object, metadata: object = {}) =>
  sample(
    '/PersistentVolumeClaim',
    name,
    { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1024Mi' } }, ...spec } },
    status,
    metadata,
  );

const CLAIMS: Sample[] = [
  claim('pending', {}),
  claim(
    'bound',
    { volumeName: 'v', storageClassName: 'fast', volumeMode: 'Block' },
    {
      phase: 'Bound',
      capacity: { storage: '2048Mi' },
      accessModes: ['ReadWriteMany', 'ReadWriteOnce', 'ReadOnlyMany'],
    },
  ),
  claim(
    'bound-empty',
    { volumeName: 'v2', volumeAttributesClassName: 'gold' },
    { phase: 'Lost', accessModes: ['ReadWriteOncePod'] },
  ),
  claim('annotated', { volumeName: '' }, undefined, {
    annotations: { 'volume.beta.kubernetes.io/storage-class': 'old' },
  }),
  { ...claim('removed', {}, { phase: 'Bound' }), remove: true },
];

const limits = { namespace: 'limits' };
const hard = {
  pods: '10',
  'limits.cpu': '2000m',
  'requests.cpu': '1500m',
  'limits.memory': '1Gi',
  'count/limits.apps': '5',
};

const version = (name: string, served: boolean, storage: boolean) => ({
  name,
  served,
  storage,
  schema: { openAPIV3Schema: { type: 'object' } },
});
const crd = (plural: string, kind: string, spec: object): Sample =>
  sample('apiextensions.k8s.io/CustomResourceDefinition', `${plural}.example.com`, {
    spec: {
      group: 'example.com',
      names: { plural, kind, shortNames: [`${plural.charAt(0)}x`, `${plural.charAt(0)}y`] },
      ...spec,
    },
  });

const subjects = [
  { kind: 'User', name: 'u1', apiGroup: 'rbac.authorization.k8s.io' },
  { kind: 'Group', name: 'g', apiGroup: 'rbac.authorization.k8s.io' },
  { kind: 'ServiceAccount', name: 's', namespace: 'default' },
  { kind: 'User', name: 'u2', apiGroup: 'rbac.authorization.k8s.io' },
];
const roleRef = (kind: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name: 'r' });
const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }];

const storageClass = (name: string, more: object, annotation?: string, value = 'true') =>
  sample('storage.k8s.io/StorageClass', name, { provisioner: 'example.com/p', ...more }, undefined, {
    ...(annotation && { annotations: { [annotation]: value } }),
  });
const IS_DEFAULT = 'storageclass.kubernetes.io/is-default-class';

export const CLUSTER: Sample[] = [
  { kind: '/Namespace', body: { metadata: { name: 'limits' } } },
  { kind: '/Namespace', body: { metadata: { name: 'removed' } }, remove: true },
  ...NODES,
  ...EVENTS,
  sample('/ConfigMap', 'empty', {}),
  sample('/ConfigMap', 'both', { data: { a: '1', b: '2' }, binaryData: { c: 'AAAA' } }),
  sample('/Secret', 'empty', {}),
  sample('/Secret', 'typed', { type: 'kubernetes.io/basic-auth', stringData: { username: 'u', password: 'p' } }),
  sample('/ServiceAccount', 'plain', {}),
  ...CLAIMS,
  sample('/LimitRange', 'l', { spec: { limits: [{ type: 'Pod', max: { cpu: '1' } }] } }, undefined, limits),
  sample('/ResourceQuota', 'empty', { spec: {} }, undefined, limits),
  sample('/ResourceQuota', 'full', { spec: { hard } }, { hard, used: { pods: '3', 'limits.cpu': '500m' } }, limits),
  sample('coordination.k8s.io/Lease', 'held', { spec: { holderIdentity: 'me' } }),
  sample('coordination.k8s.io/Lease', 'free', { spec: {} }),
  sample('rbac.authorization.k8s.io/Role', 'r', { rules }),
  sample('rbac.authorization.k8s.io/ClusterRole', 'r', { rules }),
  sample('rbac.authorization.k8s.io/RoleBinding', 'b', { roleRef: roleRef('ClusterRole'), subjects }),
  sample('rbac.authorization.k8s.io/RoleBinding', 'none', { roleRef: roleRef('Role') }),
  sample('rbac.authorization.k8s.io/ClusterRoleBinding', 'b', { roleRef: roleRef('ClusterRole'), subjects }),
  sample('scheduling.k8s.io/PriorityClass', 'high', { value: 1000, preemptionPolicy: 'Never', description: 'd' }),
  sample('scheduling.k8s.io/PriorityClass', 'default', { value: -5, globalDefault: true }),
  storageClass('plain', {}),
  storageClass('not-default', {}, IS_DEFAULT, 'no'),
  storageClass('default-z', { reclaimPolicy: 'Retain', volumeBindingMode: 'WaitForFirstConsumer' }, IS_DEFAULT),
  storageClass('default-a', { allowVolumeExpansion: true }, 'storageclass.beta.kubernetes.io/is-default-class'),
  storageClass('default-b', {}, IS_DEFAULT),
  sample('storage.k8s.io/CSINode', 'none', { spec: { drivers: [] } }),
  sample('storage.k8s.io/CSINode', 'two', {
    spec: { drivers: ['a', 'b'].map((name) => ({ name, nodeID: 'n', topologyKeys: null })) },
  }),
  crd('widgets', 'Widget', {
    scope: 'Namespaced',
    versions: [
      version('v1', true, true),
      version('v1beta1', true, false),
      version('v1alpha1', false, false),
      version('v10', true, false),
    ],
  }),
  crd('gadgets', 'Gadget', { scope: 'Cluster', versions: [version('v1', true, true)] }),
  // Its kind is taken, so it is never established.
  crd('others', 'Gadget', { scope: 'Cluster', versions: [version('v1', true, true)] }),
];

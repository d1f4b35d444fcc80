import type { Sample } from './sample.ts';

const labels = { app: 'web' };
const selector = { matchLabels: labels, matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['front'] }] };
const rule = { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'], resourceNames: ['a'] };
const subjects = [
  { kind: 'User', name: 'u', apiGroup: 'rbac.authorization.k8s.io' },
  { kind: 'Group', name: 'g', apiGroup: 'rbac.authorization.k8s.io' },
  { kind: 'ServiceAccount', name: 's', namespace: 'n' },
];
const roleRef = { kind: 'ClusterRole', name: 'view', apiGroup: 'rbac.authorization.k8s.io' };
const backend = { service: { name: 'web', port: { number: 80 } } };

export const CLUSTER: readonly Sample[] = [
  {
    kind: 'networking.k8s.io/ServiceCIDR',
    object: { metadata: { name: 'full', labels }, spec: { cidrs: ['10.99.0.0/24', 'fd00:99::/112'] } },
    status: {
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'R',
          message: 'm',
          lastTransitionTime: '2026-01-02T03:04:05Z',
          observedGeneration: 1,
        },
      ],
    },
  },
  {
    kind: 'networking.k8s.io/ServiceCIDR',
    title: 'one',
    object: { metadata: { name: 'one' }, spec: { cidrs: ['10.98.0.0/24'] } },
  },
  {
    kind: 'networking.k8s.io/IPAddress',
    object: {
      metadata: { name: '192.0.2.10', labels },
      spec: { parentRef: { group: '', resource: 'services', namespace: 'n', name: 'web' } },
    },
  },
  {
    kind: 'networking.k8s.io/IPAddress',
    title: 'IPv6',
    object: {
      metadata: { name: '2001:db8::1' },
      spec: { parentRef: { group: 'example.com', resource: 'gateways', name: 'web' } },
    },
  },
  {
    kind: 'networking.k8s.io/NetworkPolicy',
    object: {
      metadata: { name: 'full', labels },
      spec: {
        podSelector: selector,
        policyTypes: ['Ingress', 'Egress'],
        ingress: [
          {
            from: [
              { podSelector: selector, namespaceSelector: {} },
              { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } },
            ],
            ports: [{ protocol: 'TCP', port: 80, endPort: 90 }, { port: 'http' }],
          },
        ],
        egress: [{ to: [{ namespaceSelector: selector }], ports: [{ protocol: 'UDP', port: 53 }] }],
      },
    },
  },
  {
    kind: 'networking.k8s.io/Ingress',
    object: {
      metadata: { name: 'full', labels },
      spec: {
        ingressClassName: 'nginx',
        defaultBackend: backend,
        tls: [{ hosts: ['a.example.com', '*.example.com'], secretName: 's' }],
        rules: [
          {
            host: 'a.example.com',
            http: {
              paths: [
                { path: '/', pathType: 'Prefix', backend },
                {
                  path: '/r',
                  pathType: 'Exact',
                  backend: { resource: { kind: 'Bucket', name: 'b', apiGroup: 'example.com' } },
                },
              ],
            },
          },
        ],
      },
    },
    status: {
      loadBalancer: {
        ingress: [{ ip: '10.0.0.1', hostname: 'h', ports: [{ port: 80, protocol: 'TCP', error: 'E' }] }],
      },
    },
  },
  {
    kind: 'networking.k8s.io/IngressClass',
    object: {
      metadata: { name: 'full', labels },
      spec: {
        controller: 'example.com/c',
        parameters: { apiGroup: 'example.com', kind: 'P', name: 'p', scope: 'Namespace', namespace: 'n' },
      },
    },
  },
  { kind: 'rbac.authorization.k8s.io/Role', object: { metadata: { name: 'full', labels }, rules: [rule] } },
  {
    kind: 'rbac.authorization.k8s.io/ClusterRole',
    object: { metadata: { name: 'full', labels }, rules: [rule, { nonResourceURLs: ['/healthz'], verbs: ['get'] }] },
  },
  {
    kind: 'rbac.authorization.k8s.io/ClusterRole',
    title: 'aggregated',
    object: {
      metadata: { name: 'aggregated' },
      aggregationRule: {
        clusterRoleSelectors: [
          { matchLabels: { none: 'such' }, matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] },
        ],
      },
    },
  },
  { kind: 'rbac.authorization.k8s.io/RoleBinding', object: { metadata: { name: 'full', labels }, subjects, roleRef } },
  {
    kind: 'rbac.authorization.k8s.io/ClusterRoleBinding',
    object: { metadata: { name: 'full', labels }, subjects, roleRef },
  },
  {
    kind: 'scheduling.k8s.io/PriorityClass',
    object: {
      metadata: { name: 'full', labels },
      value: 1000,
      globalDefault: false,
      description: 'd',
      preemptionPolicy: 'Never',
    },
  },
  {
    kind: 'storage.k8s.io/StorageClass',
    object: {
      metadata: { name: 'full', labels },
      provisioner: 'example.com/p',
      parameters: { a: 'b' },
      reclaimPolicy: 'Retain',
      mountOptions: ['ro'],
      allowVolumeExpansion: true,
      volumeBindingMode: 'WaitForFirstConsumer',
      allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: ['a'] }] }],
    },
  },
  {
    kind: 'storage.k8s.io/CSINode',
    leave: ['status'],
    object: {
      metadata: { name: 'full', labels },
      spec: { drivers: [{ name: 'a.example.com', nodeID: 'n', topologyKeys: ['zone'], allocatable: { count: 3 } }] },
    },
  },
  {
    kind: 'apiextensions.k8s.io/CustomResourceDefinition',
    // Schemas are stored unread, and nobody establishes what is defined.
    leave: [
      'spec.versions[].schema',
      'spec.versions[].selectableFields',
      'spec.versions[].name',
      'spec.versions[].storage',
      'spec.conversion',
      'status',
    ],
    object: {
      metadata: { name: 'widgets.example.com', labels },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: {
          plural: 'widgets',
          singular: 'widget',
          kind: 'Widget',
          listKind: 'WidgetList',
          shortNames: ['wd'],
          categories: ['all'],
        },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: 'object',
                description: 'd',
                properties: {
                  spec: {
                    type: 'object',
                    properties: { size: { type: 'integer', minimum: 1, maximum: 9 } },
                    required: ['size'],
                  },
                  status: { type: 'object' },
                },
              },
            },
            subresources: {
              status: {},
              scale: {
                specReplicasPath: '.spec.size',
                statusReplicasPath: '.status.size',
                labelSelectorPath: '.status.selector',
              },
            },
            additionalPrinterColumns: [
              { name: 'Size', type: 'integer', jsonPath: '.spec.size', description: 'd', priority: 1, format: 'int32' },
            ],
            selectableFields: [{ jsonPath: '.spec.size' }],
          },
          {
            name: 'v1beta1',
            served: false,
            storage: false,
            deprecated: true,
            deprecationWarning: 'w',
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
      },
    },
  },
];

/** Objects with nearly every field that kube-apiserver lets a client fill in, beside those of the kinds' tests. */
import type { Sample } from '../kinds/columns-objects.ts';
import { POD_SPEC, POD_STATUS } from './rich-pod.ts';

const AT = '2026-01-02T03:04:05Z';
const MICRO = '2026-01-02T03:04:05.123456Z';
const labels = { app: 'rich', zzz: '', '10': 'ten', '9': 'nine', 'example.com/a': 'b' };
const selector = {
  matchLabels: { app: 'rich' },
  matchExpressions: [
    { key: 'app', operator: 'In', values: ['rich', 'other'] },
    { key: 'b', operator: 'DoesNotExist' },
  ],
};
const metadata = {
  labels,
  annotations: { text: '<&> ünï 𝒳 \u2028 "quoted"\n\u0001', 'example.com/long': 'x'.repeat(300) },
  ownerReferences: [
    { apiVersion: 'v1', kind: 'Pod', name: 'o', uid: 'u', controller: true, blockOwnerDeletion: false },
    { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'v' },
  ],
};

const rich = (kind: string, more: object, status?: object, name = 'rich'): Sample => ({
  kind,
  body: { metadata: { ...metadata, name }, ...more },
  ...(status && { status }),
});

/** Elsewhere, where it does not limit the rest. */
const apart = ({ body, ...rest }: Sample): Sample => ({
  ...rest,
  body: { ...body, metadata: { ...body.metadata, namespace: 'limits' } },
});

const condition = { type: 'Ready', status: 'False', reason: 'Because', message: 'so it is', lastTransitionTime: AT };
const dated = { ...condition, observedGeneration: 3 };

const service = rich(
  '/Service',
  {
    spec: {
      type: 'LoadBalancer',
      selector: labels,
      ports: [
        {
          name: 'http',
          port: 80,
          targetPort: 'web',
          nodePort: 31080,
          protocol: 'TCP',
          appProtocol: 'kubernetes.io/h2c',
        },
        { name: 'dns', port: 65535, targetPort: 53, protocol: 'UDP' },
      ],
      externalIPs: ['192.0.2.1', '192.0.2.2'],
      loadBalancerIP: '192.0.2.9',
      loadBalancerSourceRanges: ['10.0.0.0/8', '192.168.0.0/16'],
      loadBalancerClass: 'example.com/class',
      allocateLoadBalancerNodePorts: false,
      externalTrafficPolicy: 'Local',
      internalTrafficPolicy: 'Local',
      healthCheckNodePort: 31999,
      publishNotReadyAddresses: true,
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 86400 } },
      ipFamilyPolicy: 'PreferDualStack',
      trafficDistribution: 'PreferClose',
    },
  },
  {
    loadBalancer: {
      ingress: [
        { ip: '192.0.2.7', ipMode: 'Proxy', ports: [{ port: 80, protocol: 'TCP', error: 'example.com/no' }] },
        { hostname: 'lb.example.com' },
      ],
    },
    conditions: [dated],
  },
);

const address = {
  ip: '10.1.0.1',
  hostname: 'h',
  nodeName: 'n',
  targetRef: { kind: 'Pod', namespace: 'default', name: 'p', uid: 'u', resourceVersion: '5', fieldPath: 'spec' },
};

const NETWORK: Sample[] = [
  service,
  rich('/Endpoints', {
    subsets: [
      {
        addresses: [address],
        notReadyAddresses: [{ ip: '10.1.0.2' }],
        ports: [{ name: 'a', port: 80, appProtocol: 'x' }],
      },
    ],
  }),
  rich('discovery.k8s.io/EndpointSlice', {
    addressType: 'IPv6',
    endpoints: [
      {
        addresses: ['2001:db8::1'],
        conditions: { ready: true, serving: false, terminating: true },
        hostname: 'h',
        nodeName: 'n',
        zone: 'z',
        targetRef: address.targetRef,
        deprecatedTopology: { a: 'b' },
        hints: { forZones: [{ name: 'z' }], forNodes: [{ name: 'n' }] },
      },
      { addresses: ['2001:db8::2'] },
    ],
    ports: [{ name: 'a', port: 80, protocol: 'SCTP', appProtocol: 'x' }, {}],
  }),
  rich('networking.k8s.io/NetworkPolicy', {
    spec: {
      podSelector: selector,
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          from: [
            { namespaceSelector: selector, podSelector: {} },
            { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } },
          ],
          ports: [{ port: 'web' }, { port: 80, endPort: 90, protocol: 'UDP' }, {}],
        },
        {},
      ],
      egress: [{ to: [{ podSelector: selector }] }],
    },
  }),
  rich(
    'networking.k8s.io/Ingress',
    {
      spec: {
        ingressClassName: 'c',
        defaultBackend: { service: { name: 's', port: { name: 'p' } } },
        tls: [{ hosts: ['a.example.com'], secretName: 's' }, {}],
        rules: [
          { host: 'a.example.com' },
          {
            http: {
              paths: [
                { path: '/', pathType: 'Prefix', backend: { service: { name: 's', port: { number: 80 } } } },
                { path: '/r', pathType: 'Exact', backend: { resource: { apiGroup: 'g', kind: 'K', name: 'n' } } },
              ],
            },
          },
        ],
      },
    },
    { loadBalancer: { ingress: [{ ip: '1.2.3.4', ports: [{ port: 80, protocol: 'TCP', error: 'a.b/c' }] }] } },
  ),
  rich('networking.k8s.io/IngressClass', {
    spec: {
      controller: 'a/b',
      parameters: { apiGroup: 'g', kind: 'K', name: 'n', scope: 'Namespace', namespace: 'x' },
    },
  }),
  rich('networking.k8s.io/ServiceCIDR', { spec: { cidrs: ['10.77.0.0/24'] } }, { conditions: [dated] }),
  rich(
    'networking.k8s.io/IPAddress',
    { spec: { parentRef: { group: '', resource: 'services', namespace: 'default', name: 'x' } } },
    undefined,
    '10.77.0.9',
  ),
];

const schema = {
  type: 'object',
  description: 'a < b & c',
  required: ['spec'],
  'x-kubernetes-validations': [
    { rule: 'self.spec.count > 0', message: 'm', reason: 'FieldValueInvalid', fieldPath: '.spec.count' },
    { rule: 'self.spec.count >= oldSelf.spec.count', messageExpression: '"x"', optionalOldSelf: false },
  ],
  properties: {
    spec: {
      type: 'object',
      externalDocs: { description: 'd', url: 'https://example.com' },
      properties: {
        count: {
          type: 'integer',
          format: 'int32',
          minimum: -1.5,
          maximum: 1e20,
          exclusiveMinimum: true,
          multipleOf: 0.5,
        },
        name: {
          type: 'string',
          title: 't',
          pattern: '^[a-z<&>]+$',
          minLength: 1,
          maxLength: 300,
          default: '<a&b>',
          nullable: true,
        },
        choice: { type: 'string', enum: ['a', 'b<'], example: { b: [1, 2.5, null, true], a: { z: '', y: 'ü' } } },
        list: {
          type: 'array',
          minItems: 0,
          maxItems: 70000,
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['k'],
          items: { type: 'object', required: ['k'], properties: { k: { type: 'string' } } },
        },
        any: { type: 'object', additionalProperties: { type: 'string' }, 'x-kubernetes-map-type': 'atomic' },
        either: {
          'x-kubernetes-int-or-string': true,
          anyOf: [{ type: 'integer' }, { type: 'string' }],
        },
        embedded: {
          type: 'object',
          'x-kubernetes-embedded-resource': true,
          'x-kubernetes-preserve-unknown-fields': true,
          minProperties: 1,
          maxProperties: 9,
        },
        parts: {
          type: 'object',
          properties: { a: { type: 'string' }, b: { type: 'string' } },
          oneOf: [{ required: ['a'] }, { required: ['b'] }],
          allOf: [{ properties: { a: { minLength: 1 } } }],
          not: { required: ['a', 'b'] },
        },
      },
    },
  },
};

const CLUSTER: Sample[] = [
  rich(
    'apiextensions.k8s.io/CustomResourceDefinition',
    {
      spec: {
        group: 'rich.example.com',
        scope: 'Namespaced',
        names: {
          plural: 'richthings',
          singular: 'richthing',
          kind: 'RichThing',
          listKind: 'RichThingList',
          shortNames: ['rt'],
          categories: ['all'],
        },
        conversion: {
          strategy: 'Webhook',
          webhook: {
            conversionReviewVersions: ['v1'],
            clientConfig: { service: { namespace: 'a', name: 'b', path: '/c', port: 8443 } },
          },
        },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            deprecated: true,
            deprecationWarning: 'old',
            schema: { openAPIV3Schema: schema },
            subresources: {
              status: {},
              scale: { specReplicasPath: '.spec.a', statusReplicasPath: '.status.a', labelSelectorPath: '.status.s' },
            },
            additionalPrinterColumns: [
              { name: 'A', type: 'string', jsonPath: '.spec.name', format: 'date', description: 'd', priority: 1 },
            ],
            selectableFields: [{ jsonPath: '.spec.name' }],
          },
          { name: 'v2', served: false, storage: false, schema: { openAPIV3Schema: { type: 'object' } } },
        ],
      },
    },
    undefined,
    'richthings.rich.example.com',
  ),
  rich(
    '/Node',
    {
      spec: {
        podCIDR: '10.2.0.0/24',
        podCIDRs: ['10.2.0.0/24'],
        providerID: 'aws:///a/i-1',
        unschedulable: true,
        taints: [{ key: 'a', value: 'b', effect: 'NoExecute', timeAdded: AT }],
      },
    },
    {
      capacity: { cpu: '4', memory: '16Gi', 'example.com/x': '3' },
      allocatable: { cpu: '3920m', memory: '15Gi' },
      conditions: [{ ...condition, lastHeartbeatTime: AT }],
      addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        machineID: 'm',
        systemUUID: 's',
        bootID: 'b',
        kernelVersion: 'k',
        osImage: 'o',
        containerRuntimeVersion: 'c',
        kubeletVersion: 'v1.37.2',
        kubeProxyVersion: '',
        operatingSystem: 'linux',
        architecture: 'arm64',
        swap: { capacity: 5_000_000_000 },
      },
      images: [{ names: ['a:1', 'a@sha256:0'], sizeBytes: 9_000_000_000 }],
      volumesInUse: ['v'],
      volumesAttached: [{ name: 'v', devicePath: '/dev/x' }],
      runtimeHandlers: [{ name: '', features: { recursiveReadOnlyMounts: true, userNamespaces: false } }],
      features: { supplementalGroupsPolicy: true },
    },
  ),
  rich('/Namespace', { spec: { finalizers: ['kubernetes', 'example.com/x'] } }),
  rich('/ConfigMap', {
    immutable: true,
    data: { '10': 'a', '9': 'b', long: 'é'.repeat(100), empty: '' },
    binaryData: { bytes: Buffer.from([0, 255, 254, 128]).toString('base64'), none: '' },
  }),
  rich('/Secret', { immutable: false, type: 'example.com/t', data: { a: 'AP/+', none: '' } }),
  rich('/ServiceAccount', {
    automountServiceAccountToken: false,
    secrets: [{ name: 's', kind: 'Secret' }],
    imagePullSecrets: [{ name: 'p' }],
  }),
  apart(
    rich('/LimitRange', {
      spec: {
        limits: [
          {
            type: 'Container',
            max: { cpu: '2', memory: '1Gi' },
            min: { cpu: '1m' },
            default: { cpu: '500m' },
            defaultRequest: { cpu: '0.25' },
            maxLimitRequestRatio: { cpu: '4' },
          },
        ],
      },
    }),
  ),
  apart(
    rich(
      '/ResourceQuota',
      {
        spec: {
          hard: { pods: '1000000', 'requests.cpu': '1.5' },
          scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['a'] }] },
        },
      },
      { hard: { pods: '1e6' }, used: { pods: '0' } },
    ),
  ),
  rich(
    '/PersistentVolumeClaim',
    {
      spec: {
        accessModes: ['ReadWriteOnce', 'ReadOnlyMany'],
        resources: { requests: { storage: '10Gi' }, limits: { storage: '20Gi' } },
        storageClassName: '',
        volumeMode: 'Block',
        volumeName: 'v',
        selector,
        dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 's' },
        volumeAttributesClassName: 'c',
      },
    },
    {
      phase: 'Bound',
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '10Gi' },
      conditions: [{ type: 'Resizing', status: 'True', lastProbeTime: AT, lastTransitionTime: AT, reason: 'R' }],
    },
  ),
  rich('storage.k8s.io/StorageClass', {
    provisioner: 'example.com/p',
    parameters: { b: '2', a: '1' },
    reclaimPolicy: 'Retain',
    mountOptions: ['ro'],
    allowVolumeExpansion: false,
    volumeBindingMode: 'WaitForFirstConsumer',
    allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: ['a', 'b'] }] }],
  }),
  rich('storage.k8s.io/CSINode', {
    spec: { drivers: [{ name: 'd', nodeID: 'n', topologyKeys: ['k'], allocatable: { count: 0 } }] },
  }),
  rich('scheduling.k8s.io/PriorityClass', { value: -2_000_000_000, description: 'd', preemptionPolicy: 'Never' }),
  rich('coordination.k8s.io/Lease', {
    spec: {
      holderIdentity: 'h',
      leaseDurationSeconds: 15,
      acquireTime: MICRO,
      renewTime: '1969-12-31T23:59:59.000001Z',
      leaseTransitions: 2,
    },
  }),
  rich('rbac.authorization.k8s.io/Role', {
    rules: [
      { verbs: ['get'], apiGroups: ['', 'apps'], resources: ['pods'], resourceNames: ['a'] },
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
    ],
  }),
  rich('rbac.authorization.k8s.io/ClusterRole', {
    aggregationRule: { clusterRoleSelectors: [selector, {}] },
    rules: [{ verbs: ['get'], nonResourceURLs: ['/healthz'] }],
  }),
  rich('/Event', {
    involvedObject: { ...address.targetRef, apiVersion: 'v1' },
    reason: 'R',
    message: 'm',
    source: { component: 'c', host: 'h' },
    firstTimestamp: AT,
    lastTimestamp: AT,
    count: 4,
    type: 'Warning',
    eventTime: MICRO,
    series: { count: 2, lastObservedTime: MICRO },
    action: 'A',
    related: { kind: 'Node', name: 'n' },
    reportingComponent: 'a/b',
    reportingInstance: 'i',
  }),
];

const template = { metadata: { labels, annotations: { a: 'b' } }, spec: POD_SPEC };
const jobTemplate = { ...template, spec: { ...POD_SPEC, restartPolicy: 'Never' } };

const WORKLOADS: Sample[] = [
  rich('/Pod', { spec: POD_SPEC }, POD_STATUS),
  rich('/ReplicationController', { spec: { replicas: 0, minReadySeconds: 3, selector: { app: 'rich' }, template } }),
  rich(
    'apps/Deployment',
    {
      spec: {
        replicas: 3,
        selector,
        template,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '50%', maxUnavailable: 0 } },
        minReadySeconds: 1,
        revisionHistoryLimit: 0,
        paused: true,
        progressDeadlineSeconds: 60,
      },
    },
    { replicas: 3, observedGeneration: 9, collisionCount: 0, conditions: [{ ...condition, lastUpdateTime: AT }] },
  ),
  rich('apps/ReplicaSet', { spec: { replicas: 1, minReadySeconds: 2, selector, template } }),
  rich('apps/DaemonSet', {
    spec: {
      selector,
      template,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    },
  }),
  rich('apps/StatefulSet', {
    spec: {
      serviceName: 's',
      selector,
      template,
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' },
      ordinals: { start: 4 },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data', labels },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
        },
      ],
    },
  }),
  rich('apps/ControllerRevision', {
    revision: 9_007_199_254_740_991,
    data: { a: [1, 2.5, null, 'x'], z: { deep: true } },
  }),
  rich(
    'batch/Job',
    {
      spec: {
        parallelism: 2,
        completions: 3,
        completionMode: 'Indexed',
        backoffLimitPerIndex: 1,
        maxFailedIndexes: 2,
        activeDeadlineSeconds: 3_000_000_000,
        ttlSecondsAfterFinished: 0,
        suspend: false,
        podReplacementPolicy: 'Failed',
        podFailurePolicy: {
          rules: [
            { action: 'FailJob', onExitCodes: { containerName: 'main', operator: 'In', values: [1, 42, 200] } },
            { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
          ],
        },
        successPolicy: { rules: [{ succeededIndexes: '0-1', succeededCount: 1 }] },
        template: jobTemplate,
      },
    },
    {
      startTime: AT,
      active: 1,
      ready: 0,
      terminating: 1,
      uncountedTerminatedPods: { failed: ['a'], succeeded: ['b'] },
    },
  ),
  rich(
    'batch/CronJob',
    {
      spec: {
        schedule: '*/5 * * * *',
        timeZone: 'Europe/Berlin',
        startingDeadlineSeconds: 7,
        concurrencyPolicy: 'Forbid',
        suspend: true,
        successfulJobsHistoryLimit: 0,
        failedJobsHistoryLimit: 2,
        jobTemplate: { metadata: { labels, annotations: { a: 'b' } }, spec: { template: jobTemplate } },
      },
    },
    { active: [{ kind: 'Job', name: 'j', uid: 'u' }], lastScheduleTime: AT, lastSuccessfulTime: AT },
  ),
  rich(
    'policy/PodDisruptionBudget',
    { spec: { minAvailable: '30%', selector, unhealthyPodEvictionPolicy: 'AlwaysAllow' } },
    {
      observedGeneration: 1,
      disruptedPods: { b: AT, a: AT },
      disruptionsAllowed: 1,
      currentHealthy: 2,
      desiredHealthy: 3,
      expectedPods: 4,
      conditions: [dated],
    },
  ),
  rich(
    'autoscaling/HorizontalPodAutoscaler',
    {
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'rich' },
        minReplicas: 1,
        maxReplicas: 10,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } },
          {
            type: 'Pods',
            pods: { metric: { name: 'm', selector }, target: { type: 'AverageValue', averageValue: '1500m' } },
          },
          {
            type: 'Object',
            object: {
              describedObject: { kind: 'Service', name: 's', apiVersion: 'v1' },
              metric: { name: 'm' },
              target: { type: 'Value', value: '2k' },
            },
          },
          { type: 'External', external: { metric: { name: 'e' }, target: { type: 'Value', value: '1Gi' } } },
          {
            type: 'ContainerResource',
            containerResource: { name: 'cpu', container: 'c', target: { type: 'AverageValue', averageValue: '100m' } },
          },
        ],
        behavior: {
          scaleUp: {
            stabilizationWindowSeconds: 0,
            selectPolicy: 'Max',
            policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }],
          },
          scaleDown: { policies: [{ type: 'Percent', value: 10, periodSeconds: 60 }] },
        },
      },
    },
    {
      observedGeneration: 1,
      lastScaleTime: AT,
      currentReplicas: 1,
      desiredReplicas: 2,
      currentMetrics: [
        { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 5, averageValue: '5m' } } },
      ],
      conditions: [condition],
    },
  ),
];

/** In the order in which they are to be created. */
export const RICH: readonly Sample[] = [...CLUSTER, ...NETWORK, ...WORKLOADS];

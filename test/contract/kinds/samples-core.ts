import type { Sample } from './sample.ts';

const meta = {
  labels: { app: 'web', 'example.com/tier': 'front' },
  annotations: { 'example.com/note': 'a note' },
  finalizers: ['example.com/hold'],
  ownerReferences: [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: 'owner',
      uid: '11111111-2222-4333-8444-555555555555',
      controller: true,
      blockOwnerDeletion: true,
    },
  ],
};
const base64 = (text: string) => Buffer.from(text).toString('base64');
const TIME = '2026-01-02T03:04:05Z';

export const CORE: readonly Sample[] = [
  {
    kind: '/Endpoints',
    object: {
      metadata: { name: 'full', ...meta },
      subsets: [
        {
          addresses: [
            {
              ip: '10.1.2.3',
              hostname: 'a',
              nodeName: 'node-a',
              targetRef: { kind: 'Pod', name: 'p', namespace: 'n' },
            },
            { ip: 'fd00::1' },
          ],
          notReadyAddresses: [{ ip: '10.1.2.4' }],
          ports: [
            { name: 'http', port: 80, protocol: 'TCP', appProtocol: 'kubernetes.io/h2c' },
            { name: 'dns', port: 53, protocol: 'UDP' },
          ],
        },
      ],
    },
  },
  {
    kind: '/Endpoints',
    title: 'small',
    object: { metadata: { name: 'small' }, subsets: [{ addresses: [{ ip: '10.1.2.3' }], ports: [{ port: 80 }] }] },
  },
  {
    kind: 'discovery.k8s.io/EndpointSlice',
    object: {
      metadata: { name: 'full', ...meta, labels: { ...meta.labels, 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      endpoints: [
        {
          addresses: ['10.1.2.3'],
          conditions: { ready: true, serving: true, terminating: false },
          hostname: 'a',
          nodeName: 'node-a',
          zone: 'zone-a',
          hints: { forZones: [{ name: 'zone-a' }], forNodes: [{ name: 'node-a' }] },
          targetRef: { kind: 'Pod', name: 'p', namespace: 'n', uid: 'u' },
        },
        { addresses: ['10.1.2.4'], conditions: { ready: false } },
      ],
      ports: [
        { name: 'http', port: 80, protocol: 'TCP', appProtocol: 'kubernetes.io/h2c' },
        { name: 'dns', port: 53, protocol: 'UDP' },
      ],
    },
  },
  {
    kind: 'discovery.k8s.io/EndpointSlice',
    title: 'IPv6',
    object: {
      metadata: { name: 'six' },
      addressType: 'IPv6',
      endpoints: [{ addresses: ['fd00::1'] }],
      ports: [{ port: 80 }],
    },
  },
  {
    kind: 'discovery.k8s.io/EndpointSlice',
    title: 'FQDN',
    object: {
      metadata: { name: 'fqdn' },
      addressType: 'FQDN',
      endpoints: [{ addresses: ['a.example.com'] }],
      ports: [{ name: 'a' }],
    },
  },
  {
    kind: '/Node',
    object: {
      metadata: { name: 'full', ...meta },
      spec: {
        podCIDR: '10.1.0.0/24',
        podCIDRs: ['10.1.0.0/24', 'fd00:1::/64'],
        providerID: 'aws:///eu-west-1a/i-1',
        unschedulable: true,
        taints: [
          { key: 'example.com/taint', value: 'v', effect: 'NoSchedule' },
          { key: 'late', effect: 'NoExecute', timeAdded: TIME },
        ],
        configSource: { configMap: { name: 'c', namespace: 'n', kubeletConfigKey: 'k' } },
      },
      status: {
        capacity: {
          cpu: '4',
          memory: '8Gi',
          pods: '110',
          'ephemeral-storage': '10Gi',
          'example.com/gpu': '2',
          'hugepages-2Mi': '4Mi',
        },
        allocatable: { cpu: '3900m', memory: '7Gi', pods: '110' },
        phase: 'Running',
        conditions: [
          {
            type: 'Ready',
            status: 'True',
            lastHeartbeatTime: TIME,
            lastTransitionTime: TIME,
            reason: 'R',
            message: 'm',
          },
        ],
        addresses: [
          { type: 'InternalIP', address: '10.0.0.1' },
          { type: 'Hostname', address: 'node-a' },
        ],
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
          architecture: 'amd64',
        },
        images: [{ names: ['a:1'], sizeBytes: 5 }],
        volumesInUse: ['a'],
        volumesAttached: [{ name: 'a', devicePath: 'd' }],
        features: { supplementalGroupsPolicy: true },
        runtimeHandlers: [{ name: 'runc', features: { recursiveReadOnlyMounts: true, userNamespaces: true } }],
      },
    },
    status: {},
  },
  {
    kind: '/Node',
    title: 'small',
    object: { metadata: { name: 'small' } },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  },
  {
    kind: '/Namespace',
    object: { metadata: { name: 'full', ...meta }, spec: { finalizers: ['kubernetes', 'example.com/hold'] } },
    status: {
      phase: 'Active',
      conditions: [
        { type: 'NamespaceContentRemaining', status: 'True', lastTransitionTime: TIME, reason: 'R', message: 'm' },
      ],
    },
  },
  {
    kind: '/ConfigMap',
    object: {
      metadata: { name: 'full', ...meta },
      data: { a: 'b', 'c.d_e-f': '' },
      binaryData: { bin: base64('x') },
      immutable: false,
    },
  },
  {
    kind: '/ConfigMap',
    title: 'immutable',
    object: { metadata: { name: 'fixed' }, data: { a: 'b' }, binaryData: { bin: base64('x') }, immutable: true },
  },
  {
    kind: '/Secret',
    object: {
      metadata: { name: 'full', ...meta },
      type: 'Opaque',
      data: { a: base64('b') },
      stringData: { s: 't' },
      immutable: false,
    },
  },
  {
    kind: '/Secret',
    title: 'immutable',
    object: { metadata: { name: 'fixed' }, type: 'Opaque', data: { a: base64('b') }, immutable: true },
  },
  {
    kind: '/Secret',
    title: 'TLS',
    object: {
      metadata: { name: 'tls' },
      type: 'kubernetes.io/tls',
      data: { 'tls.crt': base64('b'), 'tls.key': base64('c') },
    },
  },
  {
    kind: '/Secret',
    title: 'basic-auth',
    object: {
      metadata: { name: 'basic' },
      type: 'kubernetes.io/basic-auth',
      data: { username: base64('b'), password: base64('c') },
    },
  },
  {
    kind: '/Secret',
    title: 'ssh',
    object: { metadata: { name: 'ssh' }, type: 'kubernetes.io/ssh-auth', data: { 'ssh-privatekey': base64('b') } },
  },
  {
    kind: '/Secret',
    title: 'dockercfg',
    object: { metadata: { name: 'dockercfg' }, type: 'kubernetes.io/dockercfg', data: { '.dockercfg': base64('{}') } },
  },
  {
    kind: '/Secret',
    title: 'dockerconfigjson',
    object: {
      metadata: { name: 'dockerjson' },
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': base64('{}') },
    },
  },
  {
    kind: '/Secret',
    title: 'token',
    object: {
      metadata: { name: 'token', annotations: { 'kubernetes.io/service-account.name': 'x' } },
      type: 'kubernetes.io/service-account-token',
      data: { a: base64('b') },
    },
  },
  {
    kind: '/ServiceAccount',
    object: {
      metadata: { name: 'full', ...meta },
      secrets: [{ name: 's', kind: 'Secret', namespace: 'n' }],
      imagePullSecrets: [{ name: 'i' }],
      automountServiceAccountToken: false,
    },
  },
  {
    kind: '/Event',
    object: {
      metadata: { name: 'full.1', ...meta },
      involvedObject: {
        kind: 'Pod',
        namespace: 'kinds',
        name: 'p',
        uid: 'u',
        apiVersion: 'v1',
        resourceVersion: '5',
        fieldPath: 'spec',
      },
      reason: 'Started',
      message: 'm',
      source: { component: 'kubelet', host: 'node-a' },
      firstTimestamp: TIME,
      lastTimestamp: TIME,
      count: 2,
      type: 'Normal',
    },
  },
  {
    kind: '/Event',
    title: 'new',
    object: {
      metadata: { name: 'new.1' },
      involvedObject: { kind: 'Pod', namespace: 'kinds', name: 'p' },
      reason: 'Started',
      type: 'Normal',
      eventTime: '2026-01-02T03:04:05.123456Z',
      action: 'Starting',
      reportingComponent: 'example.com/kubelet',
      reportingInstance: 'node-a',
      series: { count: 2, lastObservedTime: '2026-01-02T03:04:05.123456Z' },
      related: { kind: 'Pod', name: 'q', namespace: 'kinds' },
    },
  },
  {
    kind: 'events.k8s.io/Event',
    object: {
      metadata: { name: 'newer.1', ...meta },
      regarding: {
        kind: 'Pod',
        namespace: 'kinds',
        name: 'p',
        uid: 'u',
        apiVersion: 'v1',
        resourceVersion: '5',
        fieldPath: 'spec',
      },
      related: { kind: 'Pod', name: 'q', namespace: 'kinds' },
      reason: 'Started',
      note: 'm',
      type: 'Warning',
      eventTime: '2026-01-02T03:04:05.123456Z',
      action: 'Starting',
      reportingController: 'example.com/kubelet',
      reportingInstance: 'node-a',
      series: { count: 2, lastObservedTime: '2026-01-02T03:04:05.123456Z' },
    },
  },
  {
    kind: 'coordination.k8s.io/Lease',
    object: {
      metadata: { name: 'full', ...meta },
      spec: {
        holderIdentity: 'a',
        leaseDurationSeconds: 40,
        acquireTime: '2026-01-02T03:04:05.123456Z',
        renewTime: '2026-01-02T03:04:05.123456Z',
        leaseTransitions: 1,
      },
    },
  },
  {
    kind: '/LimitRange',
    object: {
      metadata: { name: 'full', ...meta },
      spec: {
        limits: [
          {
            type: 'Container',
            max: { cpu: '2' },
            min: { cpu: '100m' },
            default: { cpu: '1' },
            defaultRequest: { cpu: '500m' },
            maxLimitRequestRatio: { cpu: '4' },
          },
          { type: 'Pod', max: { memory: '2Gi' }, min: { memory: '1Mi' } },
          { type: 'PersistentVolumeClaim', max: { storage: '2Gi' }, min: { storage: '1Gi' } },
        ],
      },
    },
  },
  {
    kind: '/ResourceQuota',
    object: {
      metadata: { name: 'full', ...meta },
      spec: {
        hard: { pods: '10', 'requests.cpu': '4', 'count/deployments.apps': '5' },
        scopes: ['NotTerminating'],
        scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] },
      },
    },
    status: { hard: { pods: '10' }, used: { pods: '1' } },
  },
  {
    kind: '/PersistentVolumeClaim',
    object: {
      metadata: { name: 'full', ...meta },
      spec: {
        accessModes: ['ReadWriteOnce'],
        selector: { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'c', operator: 'In', values: ['d'] }] },
        resources: { requests: { storage: '1Gi' }, limits: { storage: '2Gi' } },
        volumeName: 'v',
        storageClassName: 'fast',
        volumeMode: 'Filesystem',
        dataSource: { kind: 'PersistentVolumeClaim', name: 'x' },
      },
    },
    status: {
      phase: 'Bound',
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '1Gi' },
      conditions: [{ type: 'Resizing', status: 'True' }],
    },
  },
];

import type { KubeObject } from '../../../src/cluster/api/object.ts';
import type { Case } from './strategies-run.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- manifests
type Any = any;

const container = (more: Any = {}): Any => ({ name: 'web', image: 'nginx', ...more });

/** A pod whose one container is completed by `more`. */
const pod = (name: string, more: Any = {}, spec: Any = {}): Case => ({
  name,
  object: { spec: { containers: [container(more)], ...spec } },
});

const labels = { app: 'web' };
const template = (spec: Any = {}, meta: Any = { labels }): Any => ({
  metadata: meta,
  spec: { containers: [container()], ...spec },
});
const withSpec = (name: string, spec: Any, changes: Case['changes'] = []): Case => ({
  name,
  object: { spec: { selector: { matchLabels: labels }, template: template(), ...spec } },
  changes,
});
const set = (name: string, change: (spec: Any) => void) => ({
  name,
  change: ({ spec }: KubeObject) => change(spec),
});

const RICH_SPEC: Any = {
  initContainers: [
    { name: 'init', image: 'busybox:1.36', command: ['true'] },
    {
      name: 'sidecar',
      image: 'proxy@sha256:0000000000000000000000000000000000000000000000000000000000000000',
      restartPolicy: 'Always',
    },
  ],
  containers: [
    {
      name: 'web',
      image: 'registry.local:5000/team/web:latest',
      ports: [
        { containerPort: 80, name: 'http' },
        { containerPort: 53, protocol: 'UDP' },
      ],
      env: [
        { name: 'A', value: 'b' },
        { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
        { name: 'KEY', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
      ],
      envFrom: [{ configMapRef: { name: 'c' } }],
      resources: { limits: { cpu: '1000m', memory: '1024Mi', 'example.com/gpu': 1 }, requests: { cpu: 0.5 } },
      livenessProbe: { httpGet: { port: 'http' } },
      readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 3 },
      startupProbe: { grpc: { port: 90 } },
      lifecycle: { preStop: { httpGet: { port: 80 } }, postStart: { exec: { command: ['true'] } } },
      volumeMounts: [
        { name: 'data', mountPath: '/data' },
        { name: 'cm', mountPath: '/cm', readOnly: true },
      ],
      securityContext: { runAsUser: 1000, capabilities: { drop: ['ALL'] } },
    },
  ],
  volumes: [
    { name: 'data' },
    { name: 'cm', configMap: { name: 'c', items: [{ key: 'a', path: 'b' }] } },
    { name: 'secret', secret: { secretName: 's', optional: true } },
    { name: 'host', hostPath: { path: '/tmp' } },
    { name: 'down', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
    {
      name: 'all',
      projected: {
        sources: [
          { serviceAccountToken: { path: 'token' } },
          { downwardAPI: { items: [{ path: 'ns', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
          { configMap: { name: 'c' } },
        ],
      },
    },
    {
      name: 'eph',
      ephemeral: {
        volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
      },
    },
  ],
  nodeSelector: { disk: 'ssd' },
  tolerations: [{ key: 'a', operator: 'Exists' }],
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', labelSelector: { matchLabels: labels } }],
    },
    nodeAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 1, preference: { matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] } },
      ],
    },
  },
  topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }],
  hostAliases: [{ ip: '10.0.0.1', hostnames: ['a'] }],
  dnsConfig: { nameservers: ['1.1.1.1'], options: [{ name: 'ndots', value: '2' }] },
  securityContext: { fsGroup: 1, seccompProfile: { type: 'RuntimeDefault' } },
};

export const PODS: Case[] = [
  {
    ...pod('a minimal pod'),
    changes: [
      set('a new image', (spec) => (spec.containers[0].image = 'nginx:2')),
      set('no image', (spec) => (spec.containers[0].image = '')),
      set('a container more', (spec) => spec.containers.push(container({ name: 'b' }))),
      set('a toleration more', (spec) => spec.tolerations.push({ key: 'x', operator: 'Exists' })),
      set('a toleration less', (spec) => spec.tolerations.shift()),
      set('a deadline', (spec) => (spec.activeDeadlineSeconds = 10)),
      set('a later deadline', (spec) => (spec.activeDeadlineSeconds = 20)),
      set('another scheduler', (spec) => (spec.schedulerName = 'x')),
      { name: 'labels', change: ({ metadata }) => void (metadata.labels = { a: 'b' }) },
      { name: 'a bad label', change: ({ metadata }) => void (metadata.labels = { a: 'b c' }) },
      {
        name: 'a status',
        subresource: 'status',
        change: (one) => void Object.assign(one['status'], { phase: 'Running', podIP: '10.1.0.1' }),
      },
      {
        name: 'a wrong address',
        subresource: 'status',
        change: (one) => void Object.assign(one['status'], { podIPs: [{ ip: 'x' }], podIP: 'x' }),
      },
      {
        name: 'addresses of one family',
        subresource: 'status',
        change: (one) => void Object.assign(one['status'], { podIPs: [{ ip: '10.1.0.1' }, { ip: '10.1.0.2' }] }),
      },
    ],
  },
  { name: 'a rich pod', object: { spec: RICH_SPEC } },
  pod('the host network', { ports: [{ containerPort: 80 }] }, { hostNetwork: true }),
  pod('a guaranteed pod', { resources: { limits: { cpu: 1, memory: '1Gi' } } }),
  pod('a burstable pod', { resources: { requests: { cpu: '1500u' } } }),
  pod(
    'resources of the whole pod',
    { resources: { requests: { cpu: '100m' } } },
    { resources: { limits: { cpu: '1' } } },
  ),
  pod('a system priority', {}, { priorityClassName: 'system-node-critical' }),
  pod('scheduling gates', {}, { schedulingGates: [{ name: 'example.com/a' }] }),
  pod('kubectl run', { name: 'x', resources: {} }, { dnsPolicy: 'ClusterFirst', restartPolicy: 'Never' }),
  { name: 'no containers', object: { spec: { containers: [] } } },
  pod('no image', { image: '' }),
  pod('no name', { name: '' }),
  pod('an upper case name', { name: 'Web' }),
  pod('image space', { image: ' nginx' }),
  pod('pull policy', { imagePullPolicy: 'Sometimes' }),
  pod('ports', {
    ports: [
      { containerPort: 0 },
      { containerPort: 70000, hostPort: -1 },
      { containerPort: 1, protocol: 'X', name: 'A_b' },
    ],
  }),
  pod('ports twice', {
    ports: [
      { containerPort: 1, name: 'a', hostPort: 5 },
      { containerPort: 2, name: 'a', hostPort: 5 },
    ],
  }),
  pod('env', {
    env: [
      { name: '' },
      { name: 'A=B' },
      { name: 'A', valueFrom: {} },
      { name: 'B', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ],
  }),
  pod('env sources', {
    env: [
      { name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.nope' } } },
      { name: 'B', valueFrom: { fieldRef: { fieldPath: 'metadata.labels' } } },
      { name: 'C', valueFrom: { fieldRef: { fieldPath: "metadata.labels['a b']" } } },
      { name: 'D', valueFrom: { resourceFieldRef: { resource: 'x' } } },
      { name: 'E', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '5' } } },
      { name: 'F', valueFrom: { secretKeyRef: { name: 'S', key: '' } } },
      { name: 'G', valueFrom: { configMapKeyRef: { name: 's', key: 'a b' } } },
    ],
    envFrom: [{}, { configMapRef: { name: '' } }, { secretRef: { name: 'A' }, prefix: '=' }],
  }),
  pod('mounts', {
    volumeMounts: [
      { name: 'x', mountPath: '/a' },
      { name: '', mountPath: '' },
      { name: 'x', mountPath: '/a', subPath: '../b' },
    ],
  }),
  pod(
    'volumes',
    {},
    {
      volumes: [
        { name: 'A' },
        { name: 'a', emptyDir: {}, configMap: { name: 'x' } },
        { name: 'b', configMap: {} },
        { name: 'c', secret: { secretName: '', defaultMode: 9999 } },
        { name: 'd', hostPath: { path: '' } },
        { name: 'e', hostPath: { path: '/a/../b', type: 'X' } },
        { name: 'f', persistentVolumeClaim: { claimName: '' } },
        { name: 'g', nfs: { server: '', path: 'x' } },
        { name: 'h' },
        { name: 'h' },
        { name: 'i', projected: { sources: [{ serviceAccountToken: { path: '/x', expirationSeconds: 1 } }] } },
        { name: 'j', downwardAPI: { items: [{ path: '..', fieldRef: { fieldPath: 'spec.nodeName' } }] } },
        { name: 'k', csi: { driver: '' } },
      ],
    },
  ),
  pod('requests above limits', {
    resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '2', memory: '2Gi' } },
  }),
  pod('odd resources', {
    resources: { limits: { nope: 1, 'a/b/c': 1, memory: '-1' }, requests: { 'example.com/x': '1500m' } },
  }),
  pod('huge pages', { resources: { limits: { 'hugepages-2Mi': '3Mi' } } }),
  pod('probes', {
    livenessProbe: { httpGet: { port: 0 }, successThreshold: 2 },
    readinessProbe: {},
    startupProbe: { exec: { command: [] }, tcpSocket: { port: 'A_' }, initialDelaySeconds: -1 },
  }),
  pod('hooks', {
    lifecycle: { preStop: {}, postStart: { httpGet: { port: 1, scheme: 'FTP', httpHeaders: [{ name: 'a b' }] } } },
  }),
  pod('policies', {}, { restartPolicy: 'Maybe', dnsPolicy: 'None' }),
  pod('a message policy', { terminationMessagePolicy: 'X' }),
  pod(
    'names',
    {},
    { serviceAccountName: 'A', nodeName: 'B_', hostname: 'a.b', subdomain: 'C', runtimeClassName: undefined },
  ),
  pod(
    'tolerations',
    {},
    {
      tolerations: [
        { key: 'a b' },
        { operator: 'Equal' },
        { key: 'a', operator: 'X' },
        { key: 'a', effect: 'X', tolerationSeconds: 1 },
        { key: 'a', operator: 'Exists', value: 'x' },
      ],
    },
  ),
  pod(
    'selectors',
    {},
    {
      nodeSelector: { 'a b': 'c' },
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              {
                matchExpressions: [
                  { key: 'a', operator: 'In' },
                  { key: 'b', operator: 'Gt', values: [] },
                ],
              },
            ],
          },
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 0, preference: { matchFields: [{ key: 'x', operator: 'In', values: ['a'] }] } },
          ],
        },
        podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: '' }] },
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 101, podAffinityTerm: { topologyKey: 'a' } }],
        },
      },
      topologySpreadConstraints: [
        { maxSkew: 0, topologyKey: '', whenUnsatisfiable: 'X' },
        { maxSkew: 1, topologyKey: '', whenUnsatisfiable: 'X', minDomains: 0 },
      ],
    },
  ),
  pod('a deadline', {}, { activeDeadlineSeconds: 0, hostAliases: [{ ip: 'x', hostnames: ['A'] }] }),
  pod(
    'security',
    {
      securityContext: {
        runAsUser: -1,
        privileged: true,
        allowPrivilegeEscalation: false,
        seccompProfile: { type: 'X' },
      },
    },
    { securityContext: { fsGroup: -1, sysctls: [{ name: 'A' }] }, hostUsers: false, hostPID: true },
  ),
  pod(
    'init containers',
    {},
    { initContainers: [{ name: 'web', image: '', livenessProbe: { exec: { command: ['a'] } } }] },
  ),
  pod(
    'dns',
    {},
    { dnsConfig: { nameservers: ['a', '1.1.1.1', '2.2.2.2', '3.3.3.3'], searches: ['A_'], options: [{}] } },
  ),
  { name: 'a bad finalizer', object: { metadata: { finalizers: ['x'] }, spec: { containers: [container()] } } },
  pod('a negative grace period', {}, { terminationGracePeriodSeconds: -5 }),
];

const counts = (status: Any) => ({
  name: `the status ${JSON.stringify(status)}`,
  subresource: 'status' as const,
  change: (one: KubeObject) => void (one['status'] = status),
});

export const DEPLOYMENTS: Case[] = [
  withSpec('minimal', {}, [
    set('replicas', (spec) => (spec.replicas = 3)),
    set('fewer than none', (spec) => (spec.replicas = -1)),
    set('another selector', (spec) => {
      spec.selector.matchLabels = { app: 'b' };
      spec.template.metadata.labels = { app: 'b' };
    }),
    set('Recreate', (spec) => (spec.strategy = { type: 'Recreate' })),
    set('Recreate with rolling', (spec) => (spec.strategy = { type: 'Recreate', rollingUpdate: {} })),
    counts({ replicas: 1, readyReplicas: 2 }),
    counts({ replicas: 2, readyReplicas: 2, availableReplicas: 1, observedGeneration: 1 }),
  ]),
  {
    name: 'as kubectl create deployment',
    object: {
      metadata: { labels },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        strategy: {},
        template: template({ containers: [{ name: 'nginx', image: 'nginx', resources: {} }] }),
      },
      status: {},
    },
  },
  withSpec('rich', { template: template(RICH_SPEC), replicas: 0, minReadySeconds: 5, paused: true }),
  { name: 'empty', object: { spec: {} } },
  withSpec('no labels', { template: template({}, {}) }),
  withSpec('other labels', { template: template({}, { labels: { app: 'x' } }) }),
  withSpec('an empty selector', { selector: {} }),
  withSpec('a broken selector', { selector: { matchExpressions: [{ key: 'a', operator: 'X' }] } }),
  withSpec('strategy', { strategy: { type: 'X' } }),
  withSpec('rolling', { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } } }),
  withSpec('rolling too much', { strategy: { rollingUpdate: { maxSurge: 'x', maxUnavailable: '200%' } } }),
  withSpec('never', { template: template({ restartPolicy: 'Never', activeDeadlineSeconds: 1 }) }),
  withSpec('deadline', { progressDeadlineSeconds: 5, minReadySeconds: 10, revisionHistoryLimit: -1 }),
  withSpec('no containers', { template: template({ containers: [] }) }),
];

export const REPLICA_SETS: Case[] = [
  withSpec('minimal', {}, [
    set('another selector', (spec) => (spec.selector = { matchLabels: { app: 'x' } })),
    counts({ replicas: 1, readyReplicas: 2 }),
  ]),
  { name: 'empty', object: { spec: {} } },
  withSpec('other labels', { template: template({}, { labels: { app: 'x' } }) }),
];

export const CONTROLLERS: Case[] = [
  {
    name: 'minimal',
    object: { spec: { template: template() } },
    changes: [set('replicas', (spec) => (spec.replicas = -1))],
  },
  { name: 'empty', object: { spec: {} } },
  { name: 'another selector', object: { spec: { selector: { a: 'b' }, template: template() } } },
];

export const DAEMON_SETS: Case[] = [
  withSpec('minimal', {}, [
    set('an image', (spec) => (spec.template.spec.containers[0].image = 'x:1')),
    set('another selector', (spec) => (spec.selector = { matchLabels: { app: 'x' } })),
    set('surge', (spec) => (spec.updateStrategy.rollingUpdate.maxSurge = 1)),
  ]),
  { name: 'empty', object: { spec: {} } },
  withSpec('on delete', { updateStrategy: { type: 'OnDelete' } }),
  withSpec('strategy', { updateStrategy: { type: 'X' } }),
  withSpec('nothing', { updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } }),
];

const claim = {
  metadata: { name: 'data' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
};

export const STATEFUL_SETS: Case[] = [
  withSpec('minimal', { serviceName: 'web' }, [
    set('replicas', (spec) => (spec.replicas = 5)),
    set('another service', (spec) => (spec.serviceName = 'x')),
    set('another policy', (spec) => (spec.podManagementPolicy = 'Parallel')),
  ]),
  withSpec('with claims', {
    volumeClaimTemplates: [claim],
    template: template({ containers: [container({ volumeMounts: [{ name: 'data', mountPath: '/d' }] })] }),
  }),
  { name: 'empty', object: { spec: {} } },
  withSpec('policies', {
    podManagementPolicy: 'X',
    updateStrategy: { type: 'X' },
    serviceName: 'A',
    persistentVolumeClaimRetentionPolicy: { whenScaled: 'X' },
  }),
  withSpec('on delete', { updateStrategy: { type: 'OnDelete', rollingUpdate: {} }, ordinals: { start: -1 } }),
];

export const JOBS: Case[] = [
  {
    name: 'as kubectl create job',
    object: { spec: { template: { metadata: {}, spec: { containers: [container()], restartPolicy: 'Never' } } } },
    changes: [
      set('parallelism', (spec) => (spec.parallelism = 2)),
      set('completions', (spec) => (spec.completions = 3)),
      set('the template', (spec) => (spec.template.spec.containers[0].image = 'x:2')),
      set('suspend', (spec) => (spec.suspend = true)),
    ],
  },
  {
    name: 'indexed',
    object: {
      spec: {
        completionMode: 'Indexed',
        completions: 3,
        parallelism: 3,
        backoffLimitPerIndex: 1,
        template: template({ restartPolicy: 'OnFailure' }),
      },
    },
  },
  { name: 'always', object: { spec: { template: template() } } },
  {
    name: 'numbers',
    object: {
      spec: { parallelism: -1, completions: -1, backoffLimit: -1, template: template({ restartPolicy: 'Never' }) },
    },
  },
  {
    name: 'a manual selector',
    object: { spec: { manualSelector: true, template: template({ restartPolicy: 'Never' }) } },
  },
  {
    name: 'a failure policy',
    object: {
      spec: {
        podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }] },
        template: template({ restartPolicy: 'Never' }),
      },
    },
  },
];

const cron = (name: string, spec: Any, changes: Case['changes'] = []): Case => ({
  name,
  object: {
    spec: {
      schedule: '*/5 * * * *',
      jobTemplate: { spec: { template: template({ restartPolicy: 'Never' }) } },
      ...spec,
    },
  },
  changes,
});

export const CRON_JOBS: Case[] = [
  cron('minimal', {}, [
    set('suspend', (spec) => (spec.suspend = true)),
    set('no schedule', (spec) => (spec.schedule = '')),
  ]),
  cron('none', { schedule: '' }),
  ...[
    'x',
    '* * *',
    '61 * * * *',
    '* * * * mon-x',
    '@daily',
    '@every 1h',
    '@nope',
    '1-2-3 * * * *',
    '*/0 * * * *',
    '5-1 * * * *',
    'TZ=UTC * * * * *',
    '-1 * * * *',
    '1/2/3 * * * *',
    '* * * 0 *',
  ].map((schedule) => cron(`schedule ${schedule}`, { schedule })),
  cron('zone', { timeZone: 'Europe/Berlin' }),
  cron('no zone', { timeZone: 'Nope/Nope' }),
  cron('policies', { concurrencyPolicy: 'X', startingDeadlineSeconds: -1, failedJobsHistoryLimit: -1 }),
  { ...cron('a long name', {}), object: { ...cron('', {}).object, metadata: { name: 'a'.repeat(53) } } },
];

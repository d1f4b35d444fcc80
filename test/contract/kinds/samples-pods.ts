import type { Json } from '../services/case.ts';
import type { Sample } from './sample.ts';

const labels = { app: 'web' };
const selector = { matchLabels: labels, matchExpressions: [{ key: 'tier', operator: 'In', values: ['front'] }] };
const term = { labelSelector: selector, topologyKey: 'topology.kubernetes.io/zone', namespaces: ['n'] };
const requirement = {
  matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }],
  matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n'] }],
};
const TIME = '2026-01-02T03:04:05Z';

const container: Json = {
  name: 'web',
  image: 'nginx:1',
  command: ['run'],
  args: ['a'],
  workingDir: '/w',
  ports: [
    { name: 'http', containerPort: 80, protocol: 'TCP', hostPort: 8080, hostIP: '10.0.0.1' },
    { name: 'dns', containerPort: 53, protocol: 'UDP' },
  ],
  envFrom: [{ prefix: 'P_', configMapRef: { name: 'c', optional: true } }, { secretRef: { name: 's' } }],
  env: [
    { name: 'A', value: 'b' },
    { name: 'N', valueFrom: { fieldRef: { fieldPath: 'metadata.name', apiVersion: 'v1' } } },
    { name: 'R', valueFrom: { resourceFieldRef: { containerName: 'web', resource: 'limits.cpu', divisor: '1m' } } },
    { name: 'S', valueFrom: { secretKeyRef: { name: 's', key: 'k', optional: false } } },
    { name: 'M', valueFrom: { configMapKeyRef: { name: 's', key: 'k' } } },
  ],
  resources: {
    limits: { cpu: '1', memory: '1Gi', 'example.com/gpu': '1' },
    requests: { cpu: '500m', memory: '512Mi', 'example.com/gpu': '1' },
  },
  resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }],
  volumeMounts: [
    { name: 'data', mountPath: '/data', subPath: 'a/b', readOnly: true, mountPropagation: 'None' },
    { name: 'config', mountPath: '/config', readOnly: true, recursiveReadOnly: 'IfPossible' },
  ],
  livenessProbe: {
    httpGet: { path: '/', port: 'http', scheme: 'HTTP', host: 'h', httpHeaders: [{ name: 'X-A', value: 'b' }] },
    initialDelaySeconds: 1,
    timeoutSeconds: 2,
    periodSeconds: 3,
    successThreshold: 1,
    failureThreshold: 4,
    terminationGracePeriodSeconds: 5,
  },
  readinessProbe: { tcpSocket: { port: 80, host: 'h' }, successThreshold: 2 },
  startupProbe: { grpc: { port: 90, service: 's' } },
  lifecycle: {
    postStart: { exec: { command: ['true'] } },
    preStop: { httpGet: { path: '/', port: 80, scheme: 'HTTP' } },
  },
  terminationMessagePath: '/t',
  terminationMessagePolicy: 'File',
  imagePullPolicy: 'Always',
  securityContext: {
    capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] },
    privileged: false,
    seLinuxOptions: { user: 'u', role: 'r', type: 't', level: 'l' },
    runAsUser: 1000,
    runAsGroup: 1000,
    runAsNonRoot: true,
    readOnlyRootFilesystem: true,
    allowPrivilegeEscalation: false,
    procMount: 'Default',
    seccompProfile: { type: 'Localhost', localhostProfile: 'p' },
    appArmorProfile: { type: 'Localhost', localhostProfile: 'p' },
  },
  stdin: true,
  stdinOnce: true,
  tty: true,
};

const FULL: Json = {
  volumes: [
    { name: 'data', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } },
    {
      name: 'config',
      configMap: { name: 'c', defaultMode: 420, optional: true, items: [{ key: 'k', path: 'p', mode: 256 }] },
    },
    { name: 'secret', secret: { secretName: 's', defaultMode: 420, items: [{ key: 'k', path: 'p' }] } },
    { name: 'host', hostPath: { path: '/h', type: 'Directory' } },
    { name: 'claim', persistentVolumeClaim: { claimName: 'c', readOnly: true } },
    {
      name: 'down',
      downwardAPI: {
        defaultMode: 420,
        items: [
          { path: 'p', fieldRef: { fieldPath: 'metadata.labels' } },
          { path: 'q', resourceFieldRef: { containerName: 'web', resource: 'limits.cpu' } },
        ],
      },
    },
    {
      name: 'all',
      projected: {
        defaultMode: 420,
        sources: [
          { serviceAccountToken: { audience: 'a', expirationSeconds: 3600, path: 't' } },
          { configMap: { name: 'c', items: [{ key: 'k', path: 'c' }] } },
          { secret: { name: 's', items: [{ key: 'k', path: 's' }] } },
          { downwardAPI: { items: [{ path: 'd', fieldRef: { fieldPath: 'metadata.name' } }] } },
        ],
      },
    },
    { name: 'net', nfs: { server: 's', path: '/p', readOnly: true } },
    {
      name: 'csi',
      csi: {
        driver: 'a.example.com',
        readOnly: true,
        fsType: 'ext4',
        volumeAttributes: { a: 'b' },
        nodePublishSecretRef: { name: 's' },
      },
    },
    { name: 'img', image: { reference: 'a:1', pullPolicy: 'Always' } },
  ],
  initContainers: [
    { name: 'init', image: 'i', command: ['true'] },
    {
      name: 'sidecar',
      image: 's',
      restartPolicy: 'Always',
      ports: [{ containerPort: 81 }],
      readinessProbe: { exec: { command: ['true'] } },
    },
  ],
  containers: [container, { name: 'other', image: 'o' }],
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  nodeSelector: { a: 'b' },
  serviceAccountName: 'default',
  automountServiceAccountToken: false,
  nodeName: 'node-a',
  hostNetwork: false,
  hostPID: false,
  hostIPC: false,
  shareProcessNamespace: true,
  securityContext: {
    seLinuxOptions: { level: 'l' },
    runAsUser: 1,
    runAsGroup: 2,
    runAsNonRoot: true,
    supplementalGroups: [3],
    supplementalGroupsPolicy: 'Merge',
    fsGroup: 4,
    sysctls: [{ name: 'kernel.shm_rmid_forced', value: '1' }],
    fsGroupChangePolicy: 'Always',
    seccompProfile: { type: 'RuntimeDefault' },
    appArmorProfile: { type: 'RuntimeDefault' },
  },
  imagePullSecrets: [{ name: 'i' }],
  hostname: 'h',
  subdomain: 's',
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [requirement] },
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 5, preference: { matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] } },
      ],
    },
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [term],
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 5, podAffinityTerm: term }],
    },
    podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ ...term, namespaceSelector: {} }] },
  },
  schedulerName: 'default-scheduler',
  tolerations: [
    { key: 'a', operator: 'Equal', value: 'v', effect: 'NoExecute', tolerationSeconds: 5 },
    { key: 'b', operator: 'Exists' },
  ],
  hostAliases: [{ ip: '10.0.0.9', hostnames: ['a.b'] }],
  priorityClassName: 'system-node-critical',
  dnsConfig: { nameservers: ['10.0.0.10'], searches: ['a.b'], options: [{ name: 'ndots', value: '2' }] },
  readinessGates: [{ conditionType: 'example.com/ready' }],
  enableServiceLinks: true,
  preemptionPolicy: 'PreemptLowerPriority',
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: 'zone',
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: selector,
      minDomains: 2,
      nodeAffinityPolicy: 'Honor',
      nodeTaintsPolicy: 'Ignore',
      matchLabelKeys: ['pod-template-hash'],
    },
  ],
  setHostnameAsFQDN: true,
  os: { name: 'linux' },
  activeDeadlineSeconds: 100,
};

export const fullPodSpec = (): Json => structuredClone(FULL);

const condition = {
  type: 'Ready',
  status: 'True',
  lastProbeTime: TIME,
  lastTransitionTime: TIME,
  reason: 'R',
  message: 'm',
  observedGeneration: 1,
};
const running = {
  name: 'web',
  state: { running: { startedAt: TIME } },
  lastState: { terminated: { exitCode: 1, reason: 'r', startedAt: TIME, finishedAt: TIME } },
  ready: true,
  restartCount: 1,
  image: 'i',
  imageID: 'x',
  containerID: 'docker://a',
  started: true,
};

const plain = {
  containers: [{ name: 'web', image: 'nginx' }],
  serviceAccountName: 'default',
  automountServiceAccountToken: false,
};

export const PODS: readonly Sample[] = [
  {
    kind: '/Pod',
    object: {
      metadata: { name: 'full', labels: { app: 'web', 'pod-template-hash': 'x' }, annotations: { a: 'b' } },
      spec: FULL,
    },
  },
  {
    kind: '/Pod',
    title: 'small',
    object: { metadata: { name: 'small', labels }, spec: plain },
    status: {
      phase: 'Running',
      conditions: [condition],
      message: 'm',
      reason: 'r',
      hostIP: '10.0.0.1',
      hostIPs: [{ ip: '10.0.0.1' }],
      podIP: '10.1.0.1',
      podIPs: [{ ip: '10.1.0.1' }, { ip: 'fd00::1' }],
      startTime: TIME,
      containerStatuses: [running],
      qosClass: 'BestEffort',
      nominatedNodeName: 'n',
    },
  },
  {
    kind: '/Pod',
    title: 'gated',
    object: {
      metadata: { name: 'gated' },
      spec: {
        ...plain,
        schedulingGates: [{ name: 'example.com/a' }, { name: 'example.com/b' }],
        nodeSelector: { a: 'b' },
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] }],
            },
          },
        },
      },
    },
  },
  {
    kind: '/Pod',
    title: 'host network',
    object: {
      metadata: { name: 'host' },
      spec: {
        ...plain,
        hostNetwork: true,
        hostPID: true,
        dnsPolicy: 'ClusterFirstWithHostNet',
        containers: [
          {
            name: 'web',
            image: 'n',
            ports: [{ containerPort: 80 }],
            securityContext: { privileged: true },
            lifecycle: { preStop: { sleep: { seconds: 5 } } },
          },
        ],
      },
    },
  },
  {
    kind: '/Pod',
    title: 'once',
    object: {
      metadata: { name: 'once' },
      spec: { ...plain, restartPolicy: 'Never', hostUsers: false, initContainers: [{ name: 'i', image: 'i' }] },
    },
    status: {
      phase: 'Running',
      containerStatuses: [
        { name: 'web', state: { terminated: { exitCode: 1 } }, ready: false, restartCount: 0, image: '', imageID: '' },
      ],
    },
  },
  {
    kind: '/Pod',
    title: 'Windows',
    object: {
      metadata: { name: 'windows' },
      spec: {
        ...plain,
        os: { name: 'windows' },
        securityContext: { windowsOptions: { runAsUserName: 'a', gmsaCredentialSpecName: 'g', hostProcess: false } },
      },
    },
  },
  {
    kind: '/Pod',
    title: 'with resources',
    object: {
      metadata: { name: 'resources' },
      spec: { ...plain, resources: { limits: { cpu: '2', memory: '2Gi' }, requests: { cpu: '1', memory: '1Gi' } } },
    },
  },
];

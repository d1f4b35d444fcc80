const AT = '2026-01-02T03:04:05Z';
const selector = { matchLabels: { app: 'rich' } };
const http = { path: '/', port: 'web', host: 'h', scheme: 'HTTPS', httpHeaders: [{ name: 'A', value: 'b' }] };
const probe = {
  initialDelaySeconds: 1,
  timeoutSeconds: 2,
  periodSeconds: 3,
  successThreshold: 1,
  failureThreshold: 4,
};

const container = {
  name: 'main',
  image: 'registry.example.com/a:1',
  command: ['sh', '-c', 'a < b && c'],
  args: [''],
  workingDir: '/w',
  ports: [{ name: 'web', containerPort: 8080, hostPort: 8080, hostIP: '127.0.0.1', protocol: 'UDP' }],
  envFrom: [{ prefix: 'P_', configMapRef: { name: 'c', optional: true } }, { secretRef: { name: 's' } }],
  env: [
    { name: 'EMPTY' },
    { name: 'A', value: 'b' },
    { name: 'F', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    { name: 'R', valueFrom: { resourceFieldRef: { containerName: 'main', resource: 'limits.cpu', divisor: '1m' } } },
    { name: 'S', valueFrom: { secretKeyRef: { name: 's', key: 'k', optional: false } } },
    { name: 'C', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } },
  ],
  resources: { requests: { cpu: '0.1', memory: '64Mi' }, limits: { cpu: '2', memory: '1G', 'example.com/x': '3' } },
  resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }],
  volumeMounts: [
    { name: 'config', mountPath: '/c', readOnly: true, subPath: 's', mountPropagation: 'HostToContainer' },
    { name: 'empty', mountPath: '/e', subPathExpr: '$(A)', mountPropagation: 'None' },
  ],
  livenessProbe: { ...probe, httpGet: http, terminationGracePeriodSeconds: 5 },
  readinessProbe: { ...probe, tcpSocket: { port: 80, host: 'h' } },
  startupProbe: { ...probe, grpc: { port: 9000, service: '' } },
  lifecycle: { postStart: { exec: { command: ['a'] } }, preStop: { sleep: { seconds: 3 } } },
  terminationMessagePath: '/t',
  terminationMessagePolicy: 'FallbackToLogsOnError',
  imagePullPolicy: 'Always',
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] },
    privileged: false,
    procMount: 'Default',
    readOnlyRootFilesystem: true,
    runAsGroup: 5_000_000,
    runAsNonRoot: true,
    runAsUser: 2_000_000_000,
    seLinuxOptions: { level: 'l', role: 'r', type: 't', user: 'u' },
    seccompProfile: { type: 'Localhost', localhostProfile: 'p' },
    appArmorProfile: { type: 'RuntimeDefault' },
  },
  stdin: true,
  stdinOnce: true,
  tty: true,
};

const affinityTerm = { labelSelector: selector, namespaces: ['n'], namespaceSelector: {}, topologyKey: 'zone' };
const nodeTerm = {
  matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }],
  matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n'] }],
};

export const POD_SPEC = {
  containers: [container, { name: 'b', image: 'b' }],
  initContainers: [{ name: 'init', image: 'i', restartPolicy: 'Always' }],
  volumes: [
    {
      name: 'config',
      configMap: { name: 'c', defaultMode: 0o400, items: [{ key: 'k', path: 'p', mode: 0 }], optional: true },
    },
    { name: 'empty', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } },
    { name: 'secret', secret: { secretName: 's' } },
    { name: 'host', hostPath: { path: '/h', type: 'Directory' } },
    { name: 'claim', persistentVolumeClaim: { claimName: 'c', readOnly: true } },
    { name: 'nfs', nfs: { server: 's', path: '/p' } },
    { name: 'csi', csi: { driver: 'd', fsType: 'f', readOnly: true, volumeAttributes: { b: '1', a: '2' } } },
    { name: 'image', image: { reference: 'r', pullPolicy: 'Never' } },
    {
      name: 'ephemeral',
      ephemeral: {
        volumeClaimTemplate: {
          metadata: { labels: { a: 'b' } },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
        },
      },
    },
    {
      name: 'projected',
      projected: {
        defaultMode: 420,
        sources: [
          { serviceAccountToken: { audience: 'a', expirationSeconds: 3600, path: 't' } },
          { configMap: { name: 'c', items: [{ key: 'k', path: 'p' }] } },
          { secret: { name: 's', optional: false } },
          { downwardAPI: { items: [{ path: 'l', fieldRef: { fieldPath: 'metadata.labels' } }] } },
        ],
      },
    },
    {
      name: 'downward',
      downwardAPI: {
        items: [{ path: 'c', mode: 256, resourceFieldRef: { containerName: 'main', resource: 'limits.cpu' } }],
      },
    },
  ],
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 7,
  dnsPolicy: 'None',
  dnsConfig: {
    nameservers: ['1.1.1.1'],
    searches: ['a.b'],
    options: [{ name: 'ndots', value: '2' }, { name: 'debug' }],
  },
  nodeSelector: { b: '2', a: '1' },
  serviceAccountName: 'rich',
  automountServiceAccountToken: false,
  shareProcessNamespace: true,
  securityContext: {
    fsGroup: 1,
    fsGroupChangePolicy: 'OnRootMismatch',
    runAsUser: 0,
    supplementalGroups: [1, 2_000_000_000, 0],
    supplementalGroupsPolicy: 'Strict',
    sysctls: [{ name: 'net.ipv4.ip_local_port_range', value: '1024 65535' }],
  },
  imagePullSecrets: [{ name: 'p' }],
  hostname: 'host',
  subdomain: 'sub',
  setHostnameAsFQDN: true,
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [nodeTerm] },
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 5, preference: nodeTerm }],
    },
    podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ ...affinityTerm, matchLabelKeys: ['v'] }] },
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: affinityTerm }],
    },
  },
  schedulerName: 'mine',
  tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: -3 }, { operator: 'Exists' }],
  hostAliases: [{ ip: '1.2.3.4', hostnames: ['a', 'b'] }],
  readinessGates: [{ conditionType: 'example.com/ready' }],
  enableServiceLinks: false,
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: 'zone',
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: selector,
      minDomains: 2,
      nodeAffinityPolicy: 'Ignore',
      nodeTaintsPolicy: 'Honor',
      matchLabelKeys: ['v'],
    },
  ],
  os: { name: 'linux' },
};

const running = {
  name: 'main',
  ready: true,
  started: false,
  restartCount: 3,
  image: 'a',
  imageID: 'sha',
  containerID: 'containerd://1',
  state: { running: { startedAt: AT } },
  lastState: { terminated: { exitCode: -1, signal: 9, reason: 'r', message: 'm', startedAt: AT, finishedAt: AT } },
  allocatedResources: { cpu: '1' },
  resources: { limits: { cpu: '2' } },
};

export const POD_STATUS = {
  phase: 'Running',
  message: 'm',
  reason: 'r',
  nominatedNodeName: 'n',
  hostIP: '10.0.0.1',
  hostIPs: [{ ip: '10.0.0.1' }],
  podIP: '10.1.0.1',
  podIPs: [{ ip: '10.1.0.1' }],
  startTime: AT,
  qosClass: 'Burstable',
  observedGeneration: 1,
  conditions: [{ type: 'Ready', status: 'True', lastProbeTime: null, lastTransitionTime: AT, observedGeneration: 1 }],
  containerStatuses: [
    running,
    { name: 'b', ready: false, restartCount: 0, image: '', imageID: '', state: { waiting: {} } },
  ],
  initContainerStatuses: [{ ...running, name: 'init' }],
};

/** Combinations of the chart's values that must work, each with the arguments that the controller gets besides its usual ones. */
import type { Values } from '../tools/helm.ts';

export interface Combination {
  values: Values;
  /** Besides the cluster's name and the addresses. */
  args: string[];
}

export const COMBINATIONS: Readonly<Record<string, Combination>> = {
  'the cluster name alone': { values: { clusterName: 'demo' }, args: [] },
  'every flag': {
    values: {
      clusterName: 'my"cluster\\:{x}',
      controller: {
        region: 'eu-central-1',
        vpcId: 'vpc-0abc',
        loadBalancerClass: ['example.com/a', 'service.k8s.aws/nlb'],
        classless: false,
        awsRequestTimeout: '2.5s',
        defaultScheme: 'internet-facing',
        nodeSgRuleBudget: 1000,
        concurrency: 7,
        driftPeriod: '1h30m',
        awsRateLimits: 'off',
        leaderElect: true,
        leaderElectLeaseName: 'our.lease',
        leaderElectLeaseDuration: '4s',
        leaderElectRenewDeadline: '3s',
        leaderElectRetryPeriod: '500ms',
        logLevel: 'debug',
        logFormat: 'json',
      },
    },
    args: [
      '--region=eu-central-1',
      '--vpc-id=vpc-0abc',
      '--load-balancer-class=example.com/a,service.k8s.aws/nlb',
      '--classless=false',
      '--aws-request-timeout=2.5s',
      '--default-scheme=internet-facing',
      '--node-sg-rule-budget=1000',
      '--concurrency=7',
      '--drift-period=1h30m',
      '--aws-rate-limits=off',
      '--leader-elect=true',
      '--leader-elect-lease-name=our.lease',
      '--leader-elect-lease-duration=4s',
      '--leader-elect-renew-deadline=3s',
      '--leader-elect-retry-period=500ms',
      '--log-level=debug',
      '--log-format=json',
    ],
  },
  'one replica without leader election, classless': {
    values: {
      clusterName: 'demo',
      controller: { replicas: 1, leaderElect: false, classless: true, metricsPort: 0, healthPort: 9000 },
    },
    args: ['--classless=true', '--leader-elect=false'],
  },
  'everything optional on': {
    values: {
      clusterName: 'demo',
      commonLabels: { team: 'network', 'app.kubernetes.io/name': 'not-theirs-to-set' },
      image: {
        repository: 'registry.example.com/sluice',
        digest: `sha256:${'0123456789abcdef'.repeat(4)}`,
        pullPolicy: 'Always',
      },
      imagePullSecrets: [{ name: 'registry' }],
      serviceAccount: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/sluice' } },
      release: { deleteLoadBalancers: true, timeout: '9m', activeDeadlineSeconds: 600 },
      controller: {
        replicas: 3,
        // What Helm makes of the word off in a values file.
        awsRateLimits: false,
        podAnnotations: { a: 'b' },
        podLabels: { c: 'd' },
        tolerations: [{ key: 'CriticalAddonsOnly', operator: 'Exists' }],
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: 'topology.kubernetes.io/zone',
            whenUnsatisfiable: 'ScheduleAnyway',
            labelSelector: { matchLabels: { 'app.kubernetes.io/component': 'controller' } },
          },
        ],
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchExpressions: [{ key: 'arch', operator: 'Exists' }] }],
            },
          },
        },
        podDisruptionBudget: { maxUnavailable: null, minAvailable: '50%' },
        extraEnv: [{ name: 'AWS_ROLE_ARN', value: 'arn:aws:iam::123456789012:role/sluice' }],
        extraVolumes: [
          {
            name: 'sts',
            projected: { sources: [{ serviceAccountToken: { audience: 'sts.amazonaws.com', path: 'token' } }] },
          },
        ],
        extraVolumeMounts: [{ name: 'sts', mountPath: '/var/run/secrets/sts', readOnly: true }],
        serviceMonitor: {
          enabled: true,
          labels: { release: 'prometheus' },
          scrapeTimeout: '10s',
          relabelings: [{ action: 'labeldrop', regex: 'pod' }],
        },
        networkPolicy: {
          enabled: true,
          metricsFrom: [{ namespaceSelector: { matchLabels: { name: 'monitoring' } } }],
          extraEgress: [{ ports: [{ port: 4566, protocol: 'TCP' }] }],
          extraIngress: [{ ports: [{ port: 9999, protocol: 'TCP' }] }],
        },
      },
    },
    args: ['--aws-rate-limits=off'],
  },
  'everything optional off': {
    values: {
      clusterName: 'demo',
      fullnameOverride: 'lb',
      serviceAccount: { create: false, name: 'theirs' },
      rbac: { create: false },
      release: { enabled: false },
      defaultLoadBalancerClass: { enabled: false },
      controller: {
        priorityClassName: '',
        nodeSelector: { 'kubernetes.io/os': null },
        resources: null,
        podDisruptionBudget: { enabled: false },
      },
    },
    args: [],
  },
  'one port for metrics and health, long names': {
    values: {
      clusterName: 'c'.repeat(100),
      fullnameOverride: 'n'.repeat(63),
      defaultLoadBalancerClass: { class: 'example.com/b' },
      controller: {
        metricsPort: 8081,
        loadBalancerClass: ['example.com/a', 'example.com/b'],
        networkPolicy: { enabled: true },
      },
    },
    args: ['--load-balancer-class=example.com/a,example.com/b'],
  },
};

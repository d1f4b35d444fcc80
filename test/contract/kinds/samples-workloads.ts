import type { Sample } from './sample.ts';

const labels = { app: 'web' };
const selector = { matchLabels: labels, matchExpressions: [{ key: 'app', operator: 'Exists' }] };
const template = {
  metadata: { labels, annotations: { a: 'b' } },
  spec: {
    containers: [{ name: 'web', image: 'nginx', ports: [{ containerPort: 80 }] }],
    terminationGracePeriodSeconds: 30,
  },
};
const forJob = { ...template, spec: { ...template.spec, restartPolicy: 'Never' } };
const condition = {
  type: 'Available',
  status: 'True',
  lastTransitionTime: '2026-01-02T03:04:05Z',
  reason: 'R',
  message: 'm',
};

export const WORKLOADS: readonly Sample[] = [
  {
    kind: 'apps/Deployment',
    object: {
      metadata: { name: 'full', labels, annotations: { 'deployment.kubernetes.io/revision': '1' } },
      spec: {
        replicas: 2,
        selector,
        template,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: 1 } },
        minReadySeconds: 1,
        revisionHistoryLimit: 2,
        paused: true,
        progressDeadlineSeconds: 60,
      },
    },
    status: {
      observedGeneration: 1,
      replicas: 2,
      updatedReplicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
      unavailableReplicas: 0,
      terminatingReplicas: 1,
      collisionCount: 1,
      conditions: [{ ...condition, lastUpdateTime: '2026-01-02T03:04:05Z' }],
    },
  },
  {
    kind: 'apps/Deployment',
    title: 'Recreate',
    object: {
      metadata: { name: 'recreate' },
      spec: { selector: { matchLabels: labels }, template, strategy: { type: 'Recreate' } },
    },
  },
  {
    kind: 'apps/ReplicaSet',
    object: { metadata: { name: 'full', labels }, spec: { replicas: 2, minReadySeconds: 1, selector, template } },
    status: {
      replicas: 2,
      fullyLabeledReplicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
      terminatingReplicas: 1,
      observedGeneration: 1,
      conditions: [condition],
    },
  },
  {
    kind: 'apps/DaemonSet',
    object: {
      metadata: { name: 'full', labels },
      spec: {
        selector,
        template,
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
        minReadySeconds: 1,
        revisionHistoryLimit: 2,
      },
    },
    status: {
      currentNumberScheduled: 1,
      numberMisscheduled: 1,
      desiredNumberScheduled: 1,
      numberReady: 1,
      observedGeneration: 1,
      updatedNumberScheduled: 1,
      numberAvailable: 1,
      numberUnavailable: 1,
      collisionCount: 1,
      conditions: [condition],
    },
  },
  {
    kind: 'apps/StatefulSet',
    object: {
      metadata: { name: 'full', labels },
      spec: {
        replicas: 2,
        selector,
        template,
        serviceName: 'web',
        podManagementPolicy: 'Parallel',
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1, maxUnavailable: 1 } },
        revisionHistoryLimit: 2,
        minReadySeconds: 1,
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' },
        ordinals: { start: 1 },
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        ],
      },
    },
    status: {
      observedGeneration: 1,
      replicas: 2,
      readyReplicas: 2,
      currentReplicas: 2,
      updatedReplicas: 2,
      currentRevision: 'a',
      updateRevision: 'b',
      collisionCount: 1,
      conditions: [condition],
      availableReplicas: 2,
    },
  },
  { kind: 'apps/ControllerRevision', object: { metadata: { name: 'full', labels }, data: { a: 1 }, revision: 3 } },
  {
    kind: '/ReplicationController',
    object: {
      metadata: { name: 'full', labels },
      spec: { replicas: 2, minReadySeconds: 1, selector: labels, template },
    },
    status: {
      replicas: 2,
      fullyLabeledReplicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
      observedGeneration: 1,
      conditions: [condition],
    },
  },
  {
    kind: 'batch/Job',
    object: {
      metadata: { name: 'full', labels },
      spec: {
        parallelism: 2,
        completions: 3,
        activeDeadlineSeconds: 100,
        backoffLimit: 4,
        template: forJob,
        ttlSecondsAfterFinished: 10,
        completionMode: 'Indexed',
        suspend: true,
        podReplacementPolicy: 'Failed',
        podFailurePolicy: {
          rules: [
            { action: 'FailJob', onExitCodes: { containerName: 'web', operator: 'In', values: [1, 2] } },
            { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
          ],
        },
      },
    },
    status: { active: 1, ready: 1, succeeded: 0, failed: 0, startTime: '2026-01-02T03:04:05Z' },
  },
  {
    kind: 'batch/CronJob',
    object: {
      metadata: { name: 'full', labels },
      spec: {
        schedule: '*/5 * * * *',
        timeZone: 'Etc/UTC',
        startingDeadlineSeconds: 10,
        concurrencyPolicy: 'Forbid',
        suspend: true,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 1,
        jobTemplate: { metadata: { labels }, spec: { template: forJob, backoffLimit: 1 } },
      },
    },
    status: { active: [{ kind: 'Job', name: 'j' }], lastScheduleTime: '2026-01-02T03:04:05Z' },
  },
  {
    kind: 'autoscaling/HorizontalPodAutoscaler',
    object: {
      metadata: { name: 'full', labels },
      spec: {
        scaleTargetRef: { kind: 'Deployment', name: 'web', apiVersion: 'apps/v1' },
        minReplicas: 1,
        maxReplicas: 3,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
          {
            type: 'Pods',
            pods: { metric: { name: 'm', selector }, target: { type: 'AverageValue', averageValue: '5' } },
          },
          {
            type: 'Object',
            object: {
              describedObject: { kind: 'Service', name: 's', apiVersion: 'v1' },
              metric: { name: 'm' },
              target: { type: 'Value', value: '5' },
            },
          },
          {
            type: 'External',
            external: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '5' } },
          },
        ],
        behavior: {
          scaleUp: {
            stabilizationWindowSeconds: 1,
            selectPolicy: 'Max',
            policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }],
          },
          scaleDown: { policies: [{ type: 'Percent', value: 10, periodSeconds: 60 }] },
        },
      },
    },
    status: {
      currentReplicas: 1,
      desiredReplicas: 1,
      observedGeneration: 1,
      conditions: [{ type: 'AbleToScale', status: 'True' }],
    },
  },
  {
    kind: 'policy/PodDisruptionBudget',
    object: {
      metadata: { name: 'full', labels },
      spec: { minAvailable: 1, selector, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
    },
    status: {
      observedGeneration: 1,
      disruptedPods: { a: '2026-01-02T03:04:05Z' },
      disruptionsAllowed: 1,
      currentHealthy: 1,
      desiredHealthy: 1,
      expectedPods: 1,
      conditions: [
        {
          type: 'DisruptionAllowed',
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
    kind: 'policy/PodDisruptionBudget',
    title: 'maxUnavailable',
    object: { metadata: { name: 'max' }, spec: { maxUnavailable: '30%', selector: {} } },
  },
];

import type { Sample } from './columns-objects.ts';
import { ago } from './columns-pods.ts';

const labels = { app: 'web', tier: 'front' };

const template = (podSpec: object = {}) => ({
  metadata: { labels },
  spec: {
    containers: [
      { name: 'a', image: 'a:1' },
      { name: 'b', image: 'registry.example.com/b@sha256:0' },
    ],
    ...podSpec,
  },
});

const expressions = {
  matchLabels: { app: 'web' },
  matchExpressions: [
    { key: 'tier', operator: 'In', values: ['front', 'back'] },
    { key: 'app', operator: 'Exists' },
    { key: 'b', operator: 'DoesNotExist' },
    { key: 'c', operator: 'NotIn', values: ['z', 'y'] },
  ],
};

const sample = (kind: string, name: string, spec: object, status?: object, metadata: object = {}): Sample => ({
  kind,
  body: { metadata: { name, ...metadata }, spec },
  ...(status && { status }),
});

const selector = { matchLabels: labels };
const replicas = { replicas: 3, readyReplicas: 2, availableReplicas: 1 };
const metadata = { finalizers: ['example.com/hold'] };

const REPLICATED: Sample[] = [
  sample('apps/Deployment', 'plain', { selector, template: template() }),
  sample('apps/Deployment', 'zero', { replicas: 0, selector: expressions, template: template() }),
  sample(
    'apps/Deployment',
    'status',
    { replicas: 5, selector, template: template() },
    { ...replicas, updatedReplicas: 3 },
  ),
  sample('apps/ReplicaSet', 'plain', { selector: expressions, template: template() }),
  sample('apps/ReplicaSet', 'status', { replicas: 4, selector, template: template() }, replicas),
  sample('apps/DaemonSet', 'plain', { selector, template: template() }),
  sample(
    'apps/DaemonSet',
    'status',
    { selector: expressions, template: template({ nodeSelector: { zone: 'a', arch: 'arm64' } }) },
    {
      currentNumberScheduled: 5,
      numberMisscheduled: 1,
      desiredNumberScheduled: 6,
      numberReady: 4,
      updatedNumberScheduled: 3,
      numberAvailable: 2,
    },
  ),
  sample('apps/StatefulSet', 'plain', { serviceName: 's', selector, template: template() }),
  sample('apps/StatefulSet', 'zero', { replicas: 0, serviceName: 's', selector, template: template() }),
  sample('apps/StatefulSet', 'status', { replicas: 4, serviceName: 's', selector, template: template() }, replicas),
  sample('/ReplicationController', 'plain', { template: template() }),
  sample(
    '/ReplicationController',
    'status',
    { replicas: 4, selector: { tier: 'front' }, template: template() },
    replicas,
  ),
];

const owner = (apiVersion: string, kind: string, controller: boolean) => ({
  ownerReferences: [
    { apiVersion: 'v1', kind: 'Pod', name: 'other', uid: '0' },
    { apiVersion, kind, name: 'owner', uid: '1', controller },
  ],
});

const revision = (name: string, number: number, more: object = {}): Sample => ({
  kind: 'apps/ControllerRevision',
  body: { metadata: { name, ...more }, revision: number, data: { a: 1 } },
});

const jobSpec = { template: template({ restartPolicy: 'Never' }) };
const condition = (type: string, status = 'True') => ({ type, status, lastTransitionTime: ago(10) });
const job = (name: string, spec: object, status?: object, more: object = {}) =>
  sample('batch/Job', name, { ...jobSpec, ...spec }, status, more);

const JOBS: Sample[] = [
  job('plain', {}),
  job('single', { parallelism: 1 }, { startTime: ago(3 * 3600) }),
  job('none', { parallelism: 0 }, { startTime: ago(-100) }),
  job('two', { parallelism: 2 }),
  job('counted', { completions: 5, parallelism: 2 }, { startTime: ago(200), succeeded: 2, active: 1 }),
  job('queue', { parallelism: 4 }, { startTime: ago(4000), active: 3 }),
  job(
    'done',
    { completions: 1 },
    {
      startTime: ago(1000),
      completionTime: ago(100),
      succeeded: 1,
      uncountedTerminatedPods: {},
      conditions: [condition('SuccessCriteriaMet'), condition('Complete')],
    },
  ),
  job(
    'failed',
    {},
    {
      startTime: ago(1000),
      failed: 1,
      uncountedTerminatedPods: {},
      conditions: [condition('FailureTarget'), condition('Failed')],
    },
  ),
  job('failing', {}, { startTime: ago(1000), conditions: [condition('FailureTarget')] }),
  job('succeeding', {}, { startTime: ago(1000), conditions: [condition('SuccessCriteriaMet')] }),
  job('suspended', { suspend: true }, { conditions: [condition('Suspended')] }),
  job('resumed', {}, { startTime: ago(1000), conditions: [condition('Suspended', 'False')] }),
  { ...job('removed', {}, { startTime: ago(7) }, metadata), remove: true },
];

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** Seconds around every place where the form of a duration changes. */
// biome-ignore format: a line for each unit
const DURATIONS = [
  0, 59, 119, 120, 121, 599, 600, 659, 660,
  3 * HOUR - 1, 3 * HOUR, 3 * HOUR + MINUTE, 8 * HOUR - 1, 8 * HOUR, 2 * DAY - 1, 2 * DAY, 2 * DAY + HOUR,
  8 * DAY - 1, 8 * DAY, 2 * YEAR - 1, 2 * YEAR, 2 * YEAR + DAY, 8 * YEAR - 1, 8 * YEAR, 299 * YEAR,
];

const took = (seconds: number): Sample =>
  job(
    `took-${seconds}`,
    { completions: 1 },
    {
      startTime: ago(seconds),
      completionTime: ago(0),
      succeeded: 1,
      uncountedTerminatedPods: {},
      conditions: [condition('SuccessCriteriaMet'), condition('Complete')],
    },
  );

const cron = (name: string, spec: object, status?: object) =>
  sample('batch/CronJob', name, { schedule: '*/5 * * * *', jobTemplate: { spec: jobSpec }, ...spec }, status);

const active = ['x', 'y'].map((name) => ({ kind: 'Job', apiVersion: 'batch/v1', name, namespace: 'default' }));

const metric = (type: string, source: object) => ({
  type,
  [`${type.charAt(0).toLowerCase()}${type.slice(1)}`]: source,
});
const describedObject = { kind: 'Service', name: 's', apiVersion: 'v1' };
const named = { metric: { name: 'm' } };
const average = { type: 'AverageValue', averageValue: '1500m' };
const value = { type: 'Value', value: '1000' };
const utilization = { type: 'Utilization', averageUtilization: 70 };

const hpa = (name: string, spec: object, status?: object) =>
  sample(
    'autoscaling/HorizontalPodAutoscaler',
    name,
    { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 5, ...spec },
    status && { currentReplicas: 2, desiredReplicas: 3, conditions: [], ...status },
  );

/** Each by itself with and without a status, as a table shows two of them only. */
const METRICS: [name: string, spec: object, current: object][] = [
  ['pods', metric('Pods', { ...named, target: average }), metric('Pods', { ...named, current: { averageValue: '2' } })],
  [
    'object',
    metric('Object', { describedObject, ...named, target: value }),
    metric('Object', { describedObject, ...named, current: { value: '500m' } }),
  ],
  [
    'object-average',
    metric('Object', { describedObject, ...named, target: average }),
    metric('Object', { describedObject, ...named, current: { value: '3', averageValue: '1Gi' } }),
  ],
  [
    'external',
    metric('External', { ...named, target: value }),
    metric('External', { ...named, current: { value: '7' } }),
  ],
  [
    'external-average',
    metric('External', { ...named, target: average }),
    metric('External', { ...named, current: { averageValue: '2500m' } }),
  ],
  [
    'external-other',
    metric('External', { ...named, target: average }),
    metric('External', { ...named, current: { value: '7' } }),
  ],
  [
    'external-nil',
    metric('External', { ...named, target: value }),
    metric('External', { ...named, current: { averageValue: '1' } }),
  ],
  [
    'resource',
    metric('Resource', { name: 'cpu', target: utilization }),
    metric('Resource', { name: 'cpu', current: { averageUtilization: 12, averageValue: '100m' } }),
  ],
  [
    'resource-nil',
    metric('Resource', { name: 'memory', target: average }),
    metric('Resource', { name: 'memory', current: { averageUtilization: 3 } }),
  ],
  [
    'container',
    metric('ContainerResource', { name: 'cpu', container: 'a', target: utilization }),
    metric('ContainerResource', { name: 'cpu', container: 'a', current: { averageValue: '1' } }),
  ],
  [
    'container-average',
    metric('ContainerResource', {
      name: 'memory',
      container: 'a',
      target: { type: 'AverageValue', averageValue: '1536Mi' },
    }),
    metric('ContainerResource', { name: 'memory', container: 'a', current: { averageValue: '1024Mi' } }),
  ],
];

const pdb = (name: string, spec: object, disruptionsAllowed?: number) =>
  sample(
    'policy/PodDisruptionBudget',
    name,
    { selector, ...spec },
    disruptionsAllowed === undefined
      ? undefined
      : { disruptionsAllowed, currentHealthy: 3, desiredHealthy: 2, expectedPods: 3 },
  );

export const WORKLOADS: Sample[] = [
  ...REPLICATED,
  revision('alone', 1),
  revision('owned', 7, owner('apps/v1', 'StatefulSet', true)),
  revision('owned-by-core', 3, owner('v1', 'Service', true)),
  revision('not-controlled', 0, owner('apps/v1', 'StatefulSet', false)),
  ...JOBS,
  ...DURATIONS.map(took),
  cron('plain', {}),
  cron('suspended', { suspend: true, timeZone: 'Etc/UTC' }, { active, lastScheduleTime: ago(310) }),
  hpa('plain', {}),
  hpa('min', { minReplicas: 2 }, {}),
  hpa(
    'three',
    { metrics: METRICS.slice(0, 3).map(([, spec]) => spec) },
    { currentMetrics: METRICS.slice(0, 1).map(([, , status]) => status) },
  ),
  ...METRICS.flatMap(([name, spec, current]) => [
    hpa(`${name}-new`, { metrics: [spec] }),
    hpa(name, { metrics: [spec] }, { currentMetrics: [current] }),
  ]),
  pdb('none', {}),
  pdb('min', { minAvailable: 1 }, 2),
  pdb('min-percent', { minAvailable: '50%' }, 0),
  pdb('max', { maxUnavailable: 0 }),
  pdb('max-percent', { maxUnavailable: '0%' }),
];

import type { Case } from './table.ts';

const pods = '/api/v1/namespaces/NS/pods';
const budgets = '/apis/policy/v1/namespaces/NS/poddisruptionbudgets';

const pod = (name: string, app: string): Case => [
  `POST ${pods}`,
  `201 json Pod ${name}`,
  {
    body: {
      metadata: { name, labels: { app } },
      spec: { nodeName: 'nowhere', automountServiceAccountToken: false, containers: [{ name: 'c', image: 'i' }] },
    },
  },
];
/** A kubelet's word on a pod. */
const phase = (name: string, phase: string, ready: 'True' | 'False'): Case => [
  `PATCH ${pods}/${name}/status`,
  `200 json Pod ${name}`,
  { body: { status: { phase, conditions: [{ type: 'Ready', status: ready }] } } },
];
const budget = (name: string, app: string, spec: object = {}): Case => [
  `POST ${budgets}`,
  `201 json PodDisruptionBudget ${name}`,
  { body: { metadata: { name }, spec: { minAvailable: 1, selector: { matchLabels: { app } }, ...spec } } },
];
/** What the controller of budgets says. */
const counts = (name: string, status: object): Case => [
  `PATCH ${budgets}/${name}/status`,
  `200 json PodDisruptionBudget ${name}`,
  { body: { status: { observedGeneration: 1, expectedPods: 2, ...status } } },
];
const evict = (name: string, tells: string, options?: object): Case => [
  `POST ${pods}/${name}/eviction`,
  tells,
  { body: { metadata: { name }, ...(options && { deleteOptions: options }) } },
];
const DONE = '201 json Success {}';
const refused = (message: string, more = '') =>
  "429 json TooManyRequests: Cannot evict pod as it would violate the pod's disruption budget. " +
  `{"causes":[{"reason":"DisruptionBudget","message":"${message}"}]${more}}`;

/** Evictions and what stands in their way, without a controller of budgets: the cases say what it would. */
export const EVICTIONS: readonly Case[] = [
  ['POST /api/v1/namespaces', '201 json Namespace NS', { body: { metadata: { name: 'NS' } } }],
  ...['a', 'b', 'c', 'd'].map((name) => pod(name, 'web')),
  pod('free', 'free'),
  pod('twice', 'twice'),
  // Nobody guards it
  phase('free', 'Running', 'True'),
  evict('free', DONE),
  [`GET ${pods}/free`, '200 json Pod free!'],
  // A budget that was not looked at yet guards all that runs, and nothing else
  budget('web', 'web'),
  evict('d', DONE),
  phase('a', 'Running', 'True'),
  evict('a', refused('The disruption budget web is still being processed by the server.', ',"retryAfterSeconds":10')),
  // None left
  counts('web', { currentHealthy: 1, desiredHealthy: 1, disruptionsAllowed: 0 }),
  evict('a', refused('The disruption budget web needs 1 healthy pods and has 1 currently')),
  [`GET ${pods}/a`, '200 json Pod a'],
  // One left, which a dry run does not take
  counts('web', { currentHealthy: 2, disruptionsAllowed: 1 }),
  [
    `POST ${pods}/a/eviction?dryRun=All`,
    DONE,
    { body: { metadata: { name: 'a' }, deleteOptions: { dryRun: ['All'] } } },
  ],
  evict('a', DONE),
  [`GET ${pods}/a`, '200 json Pod a!'],
  phase('b', 'Running', 'True'),
  evict('b', refused('The disruption budget web does not allow evicting pods currently')),
  // What is going already goes again
  evict('a', DONE),
  // What is not ready may go while enough others are
  phase('b', 'Running', 'False'),
  evict('b', DONE),
  phase('c', 'Running', 'False'),
  counts('web', { currentHealthy: 0 }),
  evict('c', refused('The disruption budget web needs 1 healthy pods and has 0 currently')),
  [
    `DELETE ${budgets}/web`,
    '200 json Success {"name":"web","group":"policy","kind":"poddisruptionbudgets","uid":"UID"}',
  ],
  budget('always', 'web', { unhealthyPodEvictionPolicy: 'AlwaysAllow' }),
  evict('c', DONE),
  // Two that guard one
  phase('twice', 'Running', 'True'),
  budget('one', 'twice'),
  budget('two', 'twice'),
  evict(
    'twice',
    '500 json no reason: This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
  ),
  evict('none', '404 json NotFound: pods "none" not found {"name":"none","kind":"pods"}'),
];

/** Pods in every state that `kubectl get pods` tells apart. */
import type { Sample } from './columns-objects.ts';

/** How long ago, as a time. */
export const ago = (seconds: number): string => `${new Date(Date.now() - seconds * 1000).toISOString().slice(0, 19)}Z`;

const container = (name: string, more: object = {}) => ({ name, image: `${name}:1`, ...more });

const status = (name: string, state: object, more: object = {}) => ({
  name,
  image: `${name}:1`,
  imageID: '',
  ready: false,
  restartCount: 0,
  state,
  lastState: {},
  ...more,
});

const running = { running: { startedAt: ago(100) } };
const waiting = (reason: string) => ({ waiting: { reason } });
const terminated = (exitCode: number, more: object = {}) => ({ terminated: { exitCode, ...more } });
const restarted = (restartCount: number, seconds?: number) => ({
  restartCount,
  lastState: terminated(1, seconds === undefined ? {} : { finishedAt: ago(seconds) }),
});
const condition = (type: string, value: string, more: object = {}) => ({ type, status: value, ...more });

function pod(name: string, spec: object, podStatus?: object, metadata: object = {}): Sample {
  return {
    kind: '/Pod',
    body: { metadata: { name, ...metadata }, spec: { containers: [container('a'), container('b')], ...spec } },
    ...(podStatus && { status: podStatus }),
  };
}

const one = { containers: [container('a')] };
const inits = { ...one, initContainers: [container('i'), container('j')] };
const sidecar = { ...one, initContainers: [container('i', { restartPolicy: 'Always' }), container('j')] };
const held = { finalizers: ['example.com/hold'] };

/** Containers `a` and `b` in these states. */
const containers = (a: object, b: object, more: object = {}) => ({
  phase: 'Running',
  containerStatuses: [status('a', a), status('b', b, b === running ? { ready: true } : {})],
  ...more,
});

const init = (i: object, j: object, more: object = {}) => ({
  phase: 'Pending',
  initContainerStatuses: [status('i', i, restarted(2, 400)), status('j', j, restarted(1, 90))],
  containerStatuses: [status('a', waiting('PodInitializing'), { restartCount: 7 })],
  ...more,
});

export const PODS: Sample[] = [
  pod('pending', {}),
  pod('gated', { schedulingGates: [{ name: 'example.com/gate' }] }),
  pod('nominated', {}, { phase: 'Pending', nominatedNodeName: 'n2' }),
  pod(
    'running',
    { nodeName: 'n1', readinessGates: [{ conditionType: 'example.com/a' }, { conditionType: 'example.com/b' }] },
    {
      phase: 'Running',
      podIP: '10.0.0.7',
      podIPs: [{ ip: '10.0.0.7' }, { ip: '2001:db8::7' }],
      conditions: [condition('Ready', 'True'), condition('example.com/a', 'True'), condition('example.com/b', 'False')],
      containerStatuses: [
        status('a', running, { ready: true, ...restarted(3, 330) }),
        status('b', running, { ready: true, ...restarted(2, 30_000) }),
      ],
    },
  ),
  pod('gates-unknown', { readinessGates: [{ conditionType: 'example.com/a' }] }, { phase: 'Running' }),
  pod('restarts-without-time', one, {
    phase: 'Running',
    containerStatuses: [status('a', running, { ready: true, ...restarted(4) })],
  }),
  pod('running-not-ready', one, { phase: 'Running', containerStatuses: [status('a', running)] }),
  pod('crash-loop', one, {
    phase: 'Running',
    containerStatuses: [status('a', waiting('CrashLoopBackOff'), restarted(12, 45))],
  }),
  pod('first-reason', {}, containers(waiting('ErrImagePull'), waiting('ImagePullBackOff'), { phase: 'Pending' })),
  pod('waiting-without-reason', {}, containers({ waiting: {} }, { waiting: {} }, { phase: 'Pending' })),
  pod('succeeded', one, {
    phase: 'Succeeded',
    containerStatuses: [status('a', terminated(0, { reason: 'Completed', finishedAt: ago(20) }))],
  }),
  pod('evicted', one, { phase: 'Failed', reason: 'Evicted', message: 'no memory' }),
  pod('failed', one, { phase: 'Failed', containerStatuses: [status('a', terminated(3))] }),
  pod('killed', one, { phase: 'Failed', containerStatuses: [status('a', terminated(137, { signal: 9 }))] }),
  pod('oom', one, { phase: 'Failed', containerStatuses: [status('a', terminated(137, { reason: 'OOMKilled' }))] }),
  pod('unknown', one, { phase: 'Unknown' }),
  pod(
    'one-done-ready',
    {},
    containers(terminated(0, { reason: 'Completed' }), running, { conditions: [condition('Ready', 'True')] }),
  ),
  pod('one-done', {}, containers(terminated(0, { reason: 'Completed' }), running)),
  pod(
    'one-done-one-failed',
    {},
    containers(terminated(0, { reason: 'Completed' }), terminated(1, { reason: 'Error' })),
  ),
  pod(
    'one-failed-one-done',
    {},
    containers(terminated(1, { reason: 'Error' }), terminated(0, { reason: 'Completed' })),
  ),
  pod('failed-without-reason', {}, containers(terminated(0, { reason: 'Completed' }), terminated(5))),
  pod('init-first', inits, init({ waiting: {} }, { waiting: {} })),
  pod('init-pod-initializing', inits, init(waiting('PodInitializing'), waiting('PodInitializing'))),
  pod('init-second', inits, init(terminated(0), running)),
  pod('init-pull', inits, init(terminated(0), waiting('ImagePullBackOff'))),
  pod('init-exit', inits, init(terminated(2), { waiting: {} })),
  pod('init-signal', inits, init(terminated(0), terminated(143, { signal: 15 }))),
  pod('init-error', inits, init(terminated(1, { reason: 'Error' }), { waiting: {} })),
  pod('init-done', inits, init(terminated(0), terminated(0), { phase: 'Running' })),
  pod('init-restarted', inits, init({ waiting: {} }, running, { conditions: [condition('Initialized', 'True')] })),
  pod('init-not-initialized', inits, init(running, running, { conditions: [condition('Initialized', 'False')] })),
  pod('sidecar', sidecar, {
    phase: 'Running',
    initContainerStatuses: [
      status('i', running, { started: true, ready: true, ...restarted(5, 700) }),
      status('j', terminated(0), restarted(2, 20)),
    ],
    containerStatuses: [status('a', running, { ready: true, ...restarted(1, 900) })],
  }),
  pod('sidecar-not-started', sidecar, {
    phase: 'Pending',
    initContainerStatuses: [status('i', running, { started: false }), status('j', { waiting: {} })],
  }),
  pod('sidecar-not-ready', sidecar, {
    phase: 'Pending',
    initContainerStatuses: [status('i', running, { started: true }), status('j', running)],
  }),
  { ...pod('terminating', one, { phase: 'Running' }, held), remove: true },
  { ...pod('terminating-lost', one, { phase: 'Running', reason: 'NodeLost' }, held), remove: true },
  { ...pod('terminating-failed', one, { phase: 'Failed' }, held), remove: true },
  pod('only-many-ips', one, { phase: 'Running', podIPs: [{ ip: '10.0.0.9' }] }),
  pod('other-condition', one, {
    phase: 'Pending',
    conditions: [condition('Other', 'False', { reason: 'SchedulingGated' })],
  }),
  pod('gated-status', one, {
    phase: 'Pending',
    conditions: [condition('PodScheduled', 'False', { reason: 'Unschedulable' })],
  }),
  pod(
    'done-other-ready',
    {},
    containers(terminated(0, { reason: 'Completed' }), running, {
      conditions: [condition('Ready', 'False'), condition('Initialized', 'True')],
    }),
  ),
  { ...pod('lost', one, { phase: 'Running', reason: 'NodeLost' }) },
  { ...pod('terminating-done', one, { phase: 'Succeeded' }, held), remove: true },
];

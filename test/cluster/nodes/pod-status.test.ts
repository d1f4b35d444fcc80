import { describe, expect, test } from 'vitest';
import { earlierLife } from '../../../src/cluster/nodes/earlier-life.ts';
import type { Container, ContainerState, Pod, PodCondition } from '../../../src/cluster/nodes/pod.ts';
import {
  type ContainerFacts,
  podStatus,
  restarts,
  type Role,
  terminatedState,
} from '../../../src/cluster/nodes/pod-status.ts';

const RULES = {
  restartPolicy: 'Never',
  restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
};
const NOW = '2026-01-01T00:00:10Z';
const THEN = '2026-01-01T00:00:00Z';

const facts = (state: ContainerState, more: Partial<ContainerFacts> = {}): ContainerFacts => ({
  state,
  last: undefined,
  restarts: 0,
  ready: false,
  started: false,
  containerID: 'sluice://1',
  ...more,
});
const ended = (exitCode: number) => ({
  exitCode,
  reason: exitCode === 0 ? 'Completed' : 'Error',
  startedAt: THEN,
  finishedAt: NOW,
});
const RUNNING = { running: { startedAt: THEN } };
const READY = facts(RUNNING, { ready: true, started: true });
const UNREADY = facts(RUNNING, { started: true });
const DONE = facts({ terminated: ended(0) });
const FAILED = facts({ terminated: ended(1) });
const CRASHED = facts({ waiting: { reason: 'CrashLoopBackOff' } }, { last: ended(1) });
const WAITS = facts({ waiting: { reason: 'ErrImagePull' } });

interface Given {
  policy?: 'Always' | 'OnFailure' | 'Never';
  inits?: readonly string[];
  sidecars?: readonly string[];
  deleted?: boolean;
  gates?: readonly string[];
  conditions?: PodCondition[];
}

function pod({
  policy = 'Always',
  inits = [],
  sidecars = [],
  deleted = false,
  gates = [],
  conditions = [],
}: Given): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'n', uid: 'u', generation: 3, ...(deleted && { deletionTimestamp: NOW }) },
    spec: {
      restartPolicy: policy,
      containers: [{ name: 'a', image: 'x' }],
      initContainers: [
        ...inits.map((name) => ({ name, image: 'x' })),
        ...sidecars.map((name) => ({ name, image: 'x', restartPolicy: 'Always' })),
      ],
      readinessGates: gates.map((conditionType) => ({ conditionType })),
    },
    status: { conditions },
  };
}

const statusOf = (given: Given, containers: Record<string, ContainerFacts>, placed = true) =>
  podStatus(pod(given), {
    containers: new Map(Object.entries(containers)),
    podIPs: placed ? ['10.244.1.2', 'fd00::2'] : [],
    hostIPs: ['10.0.1.1'],
    startTime: THEN,
    placed,
    now: NOW,
  });

const condition = (status: ReturnType<typeof statusOf>, type: string) => {
  const found = status.conditions?.find((one) => one.type === type);
  return found?.reason ? `${found.status} ${found.reason}` : found?.status;
};

describe('phase and Ready of a pod', () => {
  const cases: [string, Given, Record<string, ContainerFacts>, string, string][] = [
    ['nothing yet', {}, {}, 'Pending', 'False ContainersNotReady'],
    ['no such image', {}, { a: WAITS }, 'Pending', 'False ContainersNotReady'],
    ['running', {}, { a: UNREADY }, 'Running', 'False ContainersNotReady'],
    ['ready', {}, { a: READY }, 'Running', 'True'],
    ['between two runs', {}, { a: CRASHED }, 'Running', 'False ContainersNotReady'],
    ['ended, runs again', {}, { a: FAILED }, 'Running', 'False ContainersNotReady'],
    ['ended well, runs again', {}, { a: DONE }, 'Running', 'False ContainersNotReady'],
    ['ended well, OnFailure', { policy: 'OnFailure' }, { a: DONE }, 'Succeeded', 'False PodCompleted'],
    ['failed, OnFailure', { policy: 'OnFailure' }, { a: FAILED }, 'Running', 'False ContainersNotReady'],
    ['failed, Never', { policy: 'Never' }, { a: FAILED }, 'Failed', 'False PodFailed'],
    ['ended while it is deleted', { deleted: true }, { a: DONE }, 'Succeeded', 'False PodCompleted'],
    ['killed while it is deleted', { deleted: true }, { a: FAILED }, 'Failed', 'False PodFailed'],
    ['deleted and still ready', { deleted: true }, { a: READY }, 'Running', 'True'],
    ['its init container runs', { inits: ['i'] }, { i: UNREADY }, 'Pending', 'False ContainersNotReady'],
    ['its init container failed', { inits: ['i'] }, { i: FAILED }, 'Pending', 'False ContainersNotReady'],
    ['its init container failed, Never', { inits: ['i'], policy: 'Never' }, { i: FAILED }, 'Failed', 'False PodFailed'],
    ['its init container is through', { inits: ['i'] }, { i: DONE, a: READY }, 'Running', 'True'],
    ['its sidecar is not ready', { sidecars: ['s'] }, { s: UNREADY, a: READY }, 'Running', 'False ContainersNotReady'],
    ['its sidecar is ready', { sidecars: ['s'] }, { s: READY, a: READY }, 'Running', 'True'],
    [
      'all but its sidecar ended',
      { sidecars: ['s'], policy: 'Never' },
      { s: READY, a: DONE },
      'Running',
      'False ContainersNotReady',
    ],
    [
      'its sidecar ended too',
      { sidecars: ['s'], policy: 'Never' },
      { s: FAILED, a: DONE },
      'Succeeded',
      'False PodCompleted',
    ],
    ['between two runs, deleted', { deleted: true }, { a: CRASHED }, 'Failed', 'False PodFailed'],
    ['a gate that nobody opened', { gates: ['g'] }, { a: READY }, 'Running', 'False ReadinessGatesNotReady'],
    ['an open gate', { gates: ['g'], conditions: [{ type: 'g', status: 'True' }] }, { a: READY }, 'Running', 'True'],
  ];
  test.each(cases)('%s', (_what, given, containers, phase, ready) => {
    const status = statusOf(given, containers);
    expect([status.phase, condition(status, 'Ready')]).toEqual([phase, ready]);
  });
});

test('addresses, host, generation and what others said', () => {
  const scheduled: PodCondition = { type: 'PodScheduled', status: 'True', lastTransitionTime: THEN };
  const status = statusOf({ conditions: [scheduled] }, { a: READY });
  expect(status).toMatchObject({
    podIP: '10.244.1.2',
    podIPs: [{ ip: '10.244.1.2' }, { ip: 'fd00::2' }],
    hostIP: '10.0.1.1',
    hostIPs: [{ ip: '10.0.1.1' }],
    startTime: THEN,
    observedGeneration: 3,
  });
  expect(status.conditions).toContainEqual(scheduled);
  expect(statusOf({}, {}, false)).not.toHaveProperty('podIP');
});

test('a condition keeps the time since when it is so', () => {
  const old: PodCondition = { type: 'Ready', status: 'True', lastTransitionTime: THEN };
  const time = (containers: Record<string, ContainerFacts>) =>
    statusOf({ conditions: [old] }, containers).conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime;
  expect([time({ a: READY }), time({ a: UNREADY })]).toEqual([THEN, NOW]);
});

test('what waits for init containers says so', () => {
  const reason = (containers: Record<string, ContainerFacts>) =>
    statusOf({ inits: ['i'] }, containers).containerStatuses?.[0]?.state.waiting?.reason;
  expect([reason({ i: UNREADY }), reason({ i: DONE })]).toEqual(['PodInitializing', 'ContainerCreating']);
  const status = statusOf({ inits: ['i'] }, { i: UNREADY });
  expect(status.conditions?.find(({ type }) => type === 'Initialized')?.message).toBe(
    'containers with incomplete status: [i]',
  );
});

test.each<[string, Given, number, Role, boolean, Partial<Container>?]>([
  ['Always, 0', { policy: 'Always' }, 0, 'main', true],
  ['OnFailure, 0', { policy: 'OnFailure' }, 0, 'main', false],
  ['OnFailure, 1', { policy: 'OnFailure' }, 1, 'main', true],
  ['Never, 1', { policy: 'Never' }, 1, 'main', false],
  ['a sidecar of Never', { policy: 'Never' }, 0, 'sidecar', true],
  ['an init container that failed', { policy: 'Always' }, 1, 'init', true],
  ['an init container that is through', { policy: 'Always' }, 0, 'init', false],
  ['an init container of Never', { policy: 'Never' }, 1, 'init', false],
  ['Always, but deleted', { policy: 'Always', deleted: true }, 1, 'main', false],
  ['an ephemeral container', { policy: 'Always' }, 1, 'ephemeral', false],
  ['a container that is never to', { policy: 'Always' }, 1, 'main', false, { restartPolicy: 'Never' }],
  ['a container that always is to', { policy: 'Never' }, 0, 'main', true, { restartPolicy: 'Always' }],
  ['an exit code that a rule names', { policy: 'Never' }, 42, 'main', true, RULES],
  ['an exit code that no rule names', { policy: 'Always' }, 43, 'main', false, RULES],
])('runs again: %s', (_what, given, code, role, expected, more) => {
  const sidecar = role === 'sidecar' && { restartPolicy: 'Always' };
  expect(restarts(pod(given), { name: 'a', image: 'x', ...sidecar, ...more }, code, role)).toBe(expected);
});

test('what ran before the node was lost: ended with it, as often restarted as it was', () => {
  const common = { lastState: {}, ready: true, started: true, restartCount: 2, image: 'x', imageID: '' };
  const status = (name: string, state: ContainerState, more = {}) => ({
    ...common,
    name,
    state,
    containerID: 'sluice://1',
    ...more,
  });
  const before = pod({ inits: ['i'] });
  before.status = {
    initContainerStatuses: [status('i', { terminated: ended(0) })],
    containerStatuses: [
      status('a', RUNNING),
      status('b', { terminated: ended(3) }),
      status('c', { waiting: { reason: 'CrashLoopBackOff' } }, { lastState: { terminated: ended(4) } }),
      status('d', { waiting: { reason: 'ContainerCreating' } }, { containerID: undefined }),
    ],
  };
  const seen = (live: Pod) =>
    [...earlierLife(live, NOW)].map(([name, { state, last, restarts: count }]) => {
      const now = state.terminated ? `${state.terminated.reason} ${state.terminated.exitCode}` : state.waiting?.reason;
      return `${name}: ${now}, before ${last?.exitCode}, ${count}`;
    });
  expect(seen(before)).toEqual([
    'i: ContainerCreating, before 0, 2',
    'a: Unknown 255, before undefined, 2',
    'b: Error 3, before undefined, 2',
    'c: ContainerCreating, before 4, 2',
  ]);
  before.spec.restartPolicy = 'OnFailure';
  expect(seen(before)[0]).toBe('i: Completed 0, before undefined, 2');
});

test('how an end is told', () => {
  const times = { startedAt: THEN, finishedAt: NOW, containerID: 'sluice://1' };
  expect(terminatedState({ code: 0 }, times)).toEqual({ exitCode: 0, reason: 'Completed', ...times });
  expect(terminatedState({ code: 137, signal: 9 }, times)).toEqual({
    exitCode: 137,
    signal: 9,
    reason: 'Error',
    ...times,
  });
});

import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { admitPod, admitPriority } from '../../../src/cluster/kinds/strategies/admission.ts';
import { cronProblem } from '../../../src/cluster/kinds/strategies/cron.ts';
import { specDiff, unifiedDiff } from '../../../src/cluster/kinds/strategies/diff.ts';
import { fromStoredEvent, toStoredEvent } from '../../../src/cluster/kinds/strategies/events.ts';
import { STRATEGIES } from '../../../src/cluster/kinds/strategies/index.ts';
import { pullPolicy } from '../../../src/cluster/kinds/strategies/pod-spec.ts';
import { podGracePeriod } from '../../../src/cluster/kinds/strategies/pods.ts';
import { KINDS } from '../../../src/cluster/kinds/table.ts';
import { normaliseObject } from '../../../src/cluster/schema/decode.ts';
import { kindSchema } from '../../../src/cluster/schema/schema.ts';

const ELSEWHERE = ['/Service', 'networking.k8s.io/ServiceCIDR', 'networking.k8s.io/IPAddress'];

test('every kind has a strategy', () => {
  const ids = KINDS.map(({ group, kind }) => `${group}/${kind}`).filter((id) => !ELSEWHERE.includes(id));
  expect(Object.keys(STRATEGIES).sort()).toEqual(ids.sort());
});

test.each([
  ['nginx', 'Always'],
  ['nginx:latest', 'Always'],
  ['nginx:1', 'IfNotPresent'],
  ['registry.local:5000/nginx', 'Always'],
  ['registry.local:5000/nginx:2', 'IfNotPresent'],
  [`nginx@sha256:${'0'.repeat(64)}`, 'IfNotPresent'],
  [`nginx:latest@sha256:${'0'.repeat(64)}`, 'Always'],
  ['Not An Image', 'IfNotPresent'],
  ['', 'IfNotPresent'],
])('the image %s is pulled: %s', (image, policy) => {
  expect(pullPolicy(image)).toBe(policy);
});

const meta = { name: 'x', namespace: 'default' };

describe('events', () => {
  const stored: KubeObject = {
    kind: 'Event',
    apiVersion: 'v1',
    metadata: meta,
    involvedObject: { kind: 'Pod', name: 'p' },
    reason: 'r',
    message: 'm',
    source: { component: 'c' },
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: '2026-01-01T00:00:00Z',
    count: 2,
    eventTime: null,
    reportingComponent: 'rc',
    reportingInstance: 'ri',
  };

  test('have two names for everything', () => {
    expect(fromStoredEvent(stored)).toEqual({
      kind: 'Event',
      apiVersion: 'events.k8s.io/v1',
      metadata: meta,
      regarding: { kind: 'Pod', name: 'p' },
      reason: 'r',
      note: 'm',
      deprecatedSource: { component: 'c' },
      deprecatedFirstTimestamp: '2026-01-01T00:00:00Z',
      deprecatedLastTimestamp: '2026-01-01T00:00:00Z',
      deprecatedCount: 2,
      eventTime: null,
      reportingController: 'rc',
      reportingInstance: 'ri',
    });
  });

  test('come back as what they were', () => {
    expect(toStoredEvent(fromStoredEvent(stored))).toEqual(stored);
    expect(toStoredEvent(stored)).toBe(stored);
  });

  test('are whole in both kinds', () => {
    const view = fromStoredEvent(toStoredEvent({ ...stored, apiVersion: 'events.k8s.io/v1' }));
    expect(normaliseObject(view, kindSchema('events.k8s.io', 'v1', 'Event'))).toMatchObject({ metadata: meta });
    const bare = toStoredEvent({ kind: 'Event', apiVersion: 'events.k8s.io/v1', metadata: meta });
    expect(normaliseObject(bare, kindSchema('', 'v1', 'Event'))).toEqual(bare);
  });
});

const podWith = (spec: object, status: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: meta,
  spec,
  status,
});

test.each([
  [{ terminationGracePeriodSeconds: 30 }, {}, 'none'],
  [{ terminationGracePeriodSeconds: 30, nodeName: 'n' }, {}, 30],
  [{ terminationGracePeriodSeconds: -3, nodeName: 'n' }, {}, 1],
  [{ terminationGracePeriodSeconds: 30, nodeName: 'n' }, { phase: 'Failed' }, 'none'],
  [{ terminationGracePeriodSeconds: 30, nodeName: 'n' }, { phase: 'Succeeded' }, 'none'],
])('a pod with %j and %j has %s s to end', (spec, status, seconds) => {
  expect(podGracePeriod(podWith(spec, status))).toBe(seconds);
});

test('a new pod gets an account, tolerations and a priority', () => {
  const pod = podWith({ tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists' }] });
  admitPod(pod);
  expect(pod['spec']).toEqual({
    serviceAccountName: 'default',
    serviceAccount: 'default',
    tolerations: [
      { key: 'node.kubernetes.io/not-ready', operator: 'Exists' },
      { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    ],
    priority: 0,
    preemptionPolicy: 'PreemptLowerPriority',
  });
});

const priorityClass = (name: string, value: number, globalDefault = false): KubeObject => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name },
  value,
  globalDefault,
});

test.each([
  [{}, [], { priority: 0, preemptionPolicy: 'PreemptLowerPriority' }],
  [{}, [priorityClass('a', 5, true), priorityClass('b', 3, true)], { priorityClassName: 'b', priority: 3 }],
  [{ priorityClassName: 'a' }, [priorityClass('a', 5)], { priority: 5 }],
  [{ priorityClassName: 'system-node-critical' }, [], { priority: 2000001000 }],
])('a pod with %j gets its priority', (spec, classes, expected) => {
  const pod = podWith(structuredClone(spec));
  expect(admitPriority(pod, classes)).toBeUndefined();
  expect(pod['spec']).toMatchObject(expected);
});

test.each([
  [{ priorityClassName: 'x' }, 'no PriorityClass with name x was found'],
  [
    { priority: 7 },
    'the integer value of priority (7) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name',
  ],
])('a pod with %j is refused', (spec, words) => {
  expect(admitPriority(podWith(spec), [])).toBe(words);
});

test.each([
  ['0 * * * *', undefined],
  ['*/15 0-6,20 ? jan-mar mon', undefined],
  ['@every 1h30m', undefined],
  ['0 24 * * *', 'end of range (24) above maximum (23): 24'],
  ['@every x', 'failed to parse duration @every x: time: invalid duration "x"'],
])('the schedule %s: %s', (schedule, problem) => {
  expect(cronProblem(schedule)).toBe(problem);
});

test('a difference is shown with three lines around it', () => {
  const before = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
  const lines = unifiedDiff(before, before.with(4, 'x')).split('\n');
  expect(lines).toEqual(['@@ -2,7 +2,7 @@', ' b', ' c', ' d', '-e', '+x', ' f', ' g', ' h', '']);
});

test('a value is shown as the internal type has it', () => {
  const lines = specDiff('ContainerPort', { containerPort: 80 }, { containerPort: 81 }).split('\n');
  expect(lines).toEqual([
    '@@ -1,7 +1,7 @@',
    ' {',
    '  "Name": "",',
    '  "HostPort": 0,',
    '- "ContainerPort": 80,',
    '+ "ContainerPort": 81,',
    '  "Protocol": "",',
    '  "HostIP": ""',
    ' }',
    '',
  ]);
});

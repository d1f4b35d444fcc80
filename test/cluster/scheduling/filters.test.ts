import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { chooseNode } from '../../../src/cluster/scheduling/choose.ts';
import { candidateOf, reasonsAgainst, unschedulableMessage } from '../../../src/cluster/scheduling/filters.ts';
import { matchesTerm } from '../../../src/cluster/scheduling/node-affinity.ts';
import { NodeView } from '../../../src/cluster/scheduling/node-view.ts';
import { podAffinityOf } from '../../../src/cluster/scheduling/pod-affinity.ts';
import { requestsOf } from '../../../src/cluster/scheduling/resources.ts';
import { spreadOf } from '../../../src/cluster/scheduling/spread.ts';
import { tolerates } from '../../../src/cluster/scheduling/taints.ts';

const node = (name: string, labels: object = {}, spec: object = {}, allocatable: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
  spec,
  status: { allocatable: { cpu: '1', memory: '1Gi', pods: '3', ...allocatable } },
});

let uids = 0;
const pod = (spec: object = {}, labels: Record<string, string> = {}, namespace = 'default'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace, uid: `${++uids}`, labels },
  spec: { containers: [], ...spec },
  status: { phase: 'Pending' },
});
const needs = (requests: object) => ({ containers: [{ name: 'c', resources: { requests } }] });
const hostPort = (port: number, more: object = {}) => ({
  containers: [{ name: 'c', ports: [{ containerPort: port, hostPort: port, ...more }] }],
});

function view(one: KubeObject, ...pods: KubeObject[]): NodeView {
  const made = new NodeView(one);
  for (const each of pods) made.add(each);
  return made;
}

const against = (one: KubeObject, views: readonly NodeView[], subject = views[0]) => {
  const repellent = views.flatMap((each) => Array.from(each.pods(), (other) => ({ pod: other, view: each })));
  const affinity = podAffinityOf(one, views, repellent, (name) => (name === 'blue' ? { color: 'blue' } : {}));
  return subject ? reasonsAgainst(candidateOf(one, affinity, spreadOf(one, views)), subject) : [];
};

const TAINT = { key: 'a', value: 'b', effect: 'NoSchedule' };
const AFFINITY = "node(s) didn't match Pod's node affinity/selector";

describe('a pod and a node', () => {
  const required = (...terms: object[]) => ({
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } },
  });
  const zone = (operator: string, ...values: string[]) => ({ matchExpressions: [{ key: 'zone', operator, values }] });
  const cases: readonly (readonly [string, object, NodeView, string[]])[] = [
    ['fits', {}, view(node('n')), []],
    ['cordoned', {}, view(node('n', {}, { unschedulable: true })), ['node(s) were unschedulable']],
    [
      'cordoned and tolerated',
      { tolerations: [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' }] },
      view(node('n', {}, { unschedulable: true })),
      [],
    ],
    ['a taint', {}, view(node('n', {}, { taints: [TAINT] })), ['node(s) had untolerated taint(s)']],
    [
      'a taint that is only a wish',
      {},
      view(node('n', {}, { taints: [{ ...TAINT, effect: 'PreferNoSchedule' }] })),
      [],
    ],
    [
      'a taint that is tolerated',
      { tolerations: [{ key: 'a', value: 'b', effect: 'NoSchedule' }] },
      view(node('n', {}, { taints: [TAINT] })),
      [],
    ],
    ['a selector', { nodeSelector: { disk: 'ssd' } }, view(node('n')), [AFFINITY]],
    ['a selector that matches', { nodeSelector: { disk: 'ssd' } }, view(node('n', { disk: 'ssd' })), []],
    ['an affinity', required(zone('In', 'a', 'b')), view(node('n', { zone: 'c' })), [AFFINITY]],
    ['one of two terms', required(zone('In', 'a'), zone('NotIn', 'a')), view(node('n', { zone: 'c' })), []],
    ['an empty term', required({}), view(node('n')), [AFFINITY]],
    [
      'the node by its name',
      required({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n'] }] }),
      view(node('n')),
      [],
    ],
    [
      'a port that is taken',
      hostPort(80),
      view(node('n'), pod(hostPort(80))),
      ["node(s) didn't have free ports for the requested pod ports"],
    ],
    ['the same port of another protocol', hostPort(80), view(node('n'), pod(hostPort(80, { protocol: 'UDP' }))), []],
    [
      'the same port of another address',
      hostPort(80, { hostIP: '10.0.0.1' }),
      view(node('n'), pod(hostPort(80, { hostIP: '10.0.0.2' }))),
      [],
    ],
    ['full', {}, view(node('n'), pod(), pod(), pod()), ['Too many pods']],
    ['exactly enough', needs({ cpu: '600m' }), view(node('n'), pod(needs({ cpu: '400m' }))), []],
    ['too little', needs({ cpu: '601m' }), view(node('n'), pod(needs({ cpu: '400m' }))), ['Insufficient cpu']],
    [
      'too little of all',
      needs({ cpu: 2, memory: '2Gi', 'x.y/z': 1 }),
      view(node('n', {}, {}, { pods: 0 })),
      ['Too many pods', 'Insufficient cpu', 'Insufficient memory', 'Insufficient x.y/z'],
    ],
    [
      'the first thing that is wrong is told',
      { nodeSelector: { disk: 'ssd' }, ...needs({ cpu: 2 }) },
      view(node('n', {}, { unschedulable: true, taints: [TAINT] })),
      ['node(s) were unschedulable'],
    ],
  ];
  test.each(cases)('%s', (_, spec, subject, expected) => expect(against(pod(spec), [subject])).toEqual(expected));
});

describe('pods near to and far from each other', () => {
  const term = (app: string, topologyKey: string, more: object = {}) => ({
    requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: { app } }, topologyKey, ...more }],
  });
  const near = (app: string, key = 'zone', more: object = {}) => ({ affinity: { podAffinity: term(app, key, more) } });
  const far = (app: string, key = 'zone', more: object = {}) => ({
    affinity: { podAntiAffinity: term(app, key, more) },
  });
  const [a1, a2, b1] = [node('a1', { zone: 'a' }), node('a2', { zone: 'a' }), node('b1', { zone: 'b' })];
  const web = () => pod({}, { app: 'web' });
  const NEAR = "node(s) didn't match pod affinity rules";
  const FAR = "node(s) didn't match pod anti-affinity rules";
  const OTHERS = "node(s) didn't satisfy existing pods anti-affinity rules";
  // The pod, the pods on a1, and what is against a2 and b1.
  const cases: readonly (readonly [string, KubeObject, KubeObject[], string[]])[] = [
    ['near by zone', pod(near('web')), [web()], ['', NEAR]],
    ['near by node', pod(near('web', 'kubernetes.io/hostname')), [web()], [NEAR, NEAR]],
    ['near to nobody', pod(near('web')), [], [NEAR, NEAR]],
    ['the first of its own kind', pod(near('web'), { app: 'web' }), [], ['', '']],
    ['by a label that nodes do not have', pod(near('web', 'rack'), { app: 'web' }), [web()], [NEAR, NEAR]],
    ['far by zone', pod(far('web')), [web()], [FAR, '']],
    ['far by node', pod(far('web', 'kubernetes.io/hostname')), [web()], ['', '']],
    ['others want to be far', pod({}, { app: 'web' }), [pod(far('web'))], [OTHERS, '']],
    ['of another namespace', pod(far('web')), [pod({}, { app: 'web' }, 'other')], ['', '']],
    [
      'in a namespace by name',
      pod(far('web', 'zone', { namespaces: ['other'] })),
      [pod({}, { app: 'web' }, 'other')],
      [FAR, ''],
    ],
    [
      'in a namespace by its labels',
      pod(far('web', 'zone', { namespaceSelector: { matchLabels: { color: 'blue' } } })),
      [pod({}, { app: 'web' }, 'blue')],
      [FAR, ''],
    ],
  ];
  test.each(cases)('%s', (_, one, onA1, expected) => {
    const views = [view(a1, ...onA1), view(a2), view(b1)];
    expect([views[1], views[2]].map((each) => against(one, views, each).join())).toEqual(expected);
  });
});

describe('an even spread', () => {
  const constraint = (more: object = {}) => ({
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'zone',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: { app: 'web' } },
        ...more,
      },
    ],
  });
  const MISMATCH = "node(s) didn't match pod topology spread constraints";
  const web = () => pod({}, { app: 'web' });
  // How many pods are in the zones a, b, c, and what is against each of their nodes.
  const cases: readonly (readonly [string, object, readonly number[], readonly string[]])[] = [
    ['even', {}, [1, 1, 1], ['', '', '']],
    ['one is behind', {}, [1, 1, 0], [MISMATCH, MISMATCH, '']],
    ['within the skew', { maxSkew: 2 }, [1, 1, 0], ['', '', '']],
    ['too few domains', { minDomains: 4 }, [1, 1, 1], [MISMATCH, MISMATCH, MISMATCH]],
    ['only asked for', { whenUnsatisfiable: 'ScheduleAnyway' }, [2, 0, 0], ['', '', '']],
    [
      'a label that nobody has',
      { topologyKey: 'rack' },
      [0, 0, 0],
      Array(3).fill(`${MISMATCH} (missing required label)`),
    ],
  ];
  test.each(cases)('%s', (_, more, counts, expected) => {
    const views = counts.map((count, index) =>
      view(node(`n${index}`, { zone: 'abc'[index] }), ...Array.from({ length: count }, web)),
    );
    const one = pod(constraint(more), { app: 'web' });
    expect(views.map((each) => against(one, views, each).join())).toEqual(expected);
  });

  test('does not count zones that the pod can not go to', () => {
    const views = [view(node('a', { zone: 'a', disk: 'ssd' }), web()), view(node('b', { zone: 'b' }))];
    const one = pod({ ...constraint(), nodeSelector: { disk: 'ssd' } }, { app: 'web' });
    expect(against(one, views)).toEqual([]);
  });
});

test('what is against the nodes is counted', () => {
  expect(unschedulableMessage([])).toBe('no nodes available to schedule pods');
  expect(
    unschedulableMessage([['node(s) were unschedulable'], ['Too many pods', 'Insufficient cpu'], ['Insufficient cpu']]),
  ).toBe('0/3 nodes are available: 1 Too many pods, 1 node(s) were unschedulable, 2 Insufficient cpu.');
});

test.each([
  [{ key: 'a', value: 'b' }, true],
  [{ key: 'a', value: 'c' }, false],
  [{ key: 'a', operator: 'Exists' }, true],
  [{ operator: 'Exists' }, true],
  [{ key: 'a', value: 'b', effect: 'NoExecute' }, false],
  [{ key: 'c', operator: 'Exists' }, false],
  [{ key: 'a', operator: 'Gt', value: 'b' }, false],
])('%j tolerates a=b:NoSchedule: %j', (toleration, expected) => expect(tolerates(toleration, TAINT)).toBe(expected));

test.each([
  ['In', ['1', '2'], '2', true],
  ['In', ['1'], undefined, false],
  ['NotIn', ['1'], '1', false],
  ['NotIn', ['1'], undefined, true],
  ['Exists', [], '', true],
  ['DoesNotExist', [], '', false],
  ['Gt', ['9'], '10', true],
  ['Lt', ['9'], '10', false],
  ['Gt', ['9'], 'ten', false],
])('%s %j of %j is %j', (operator, values, value, expected) => {
  const labels = value === undefined ? {} : { key: value };
  expect(matchesTerm({ matchExpressions: [{ key: 'key', operator, values }] }, node('n', labels))).toBe(expected);
});

test('a pod needs what its containers need, or more where it starts or says so', () => {
  const container = (cpu: string, more: object = {}) => ({ resources: { requests: { cpu } }, ...more });
  const spec = {
    containers: [container('100m'), container('200m')],
    initContainers: [container('50m', { restartPolicy: 'Always' }), container('700m')],
    overhead: { cpu: '1m', memory: '1Ki' },
  };
  expect([...requestsOf(pod(spec))]).toEqual([
    ['cpu', 751],
    ['memory', 1_024_000],
  ]);
  expect(requestsOf(pod({ ...spec, resources: { requests: { cpu: '2' } } })).get('cpu')).toBe(2001);
});

describe('of the nodes that fit', () => {
  const choose = (one: KubeObject, views: readonly NodeView[], siblings: readonly string[] = []) =>
    chooseNode(candidateOf(one, undefined, spreadOf(one, views)), views, () => siblings);
  const zoned = (name: string, zone: string, ...pods: KubeObject[]) =>
    view(node(name, { 'topology.kubernetes.io/zone': zone }), ...pods);

  test('the one in the zone with the fewest of the same kind is taken, then the node with the fewest', () => {
    const views = [zoned('a1', 'a'), zoned('a2', 'a'), zoned('b1', 'b')];
    expect(choose(pod(), views, ['a1'])).toEqual({ node: 'b1' });
    expect(choose(pod(), views, ['a1', 'b1'])).toEqual({ node: 'a2' });
    expect(choose(pod(), views, ['a1', 'a2', 'b1', 'b1'])).toEqual({ node: 'a1' });
  });
  test('then the one with the least load, then the first by name', () => {
    const busy = pod(needs({ cpu: '500m' }));
    expect(choose(pod(), [view(node('a'), busy), view(node('b'))])).toEqual({ node: 'b' });
    expect(choose(pod(), [view(node('b')), view(node('a'))])).toEqual({ node: 'a' });
  });
  test('what the pod would like comes first, and what the node would rather not', () => {
    const preferred = [{ weight: 5, preference: { matchExpressions: [{ key: 'disk', operator: 'Exists' }] } }];
    const wish = pod({ affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred } } });
    expect(choose(wish, [view(node('a')), view(node('b', { disk: 'ssd' }))], ['b'])).toEqual({ node: 'b' });
    const taints = [{ key: 'old', effect: 'PreferNoSchedule' }];
    expect(choose(pod(), [view(node('a', {}, { taints })), view(node('b'))], ['b'])).toEqual({ node: 'b' });
  });
  test('none is told with its reasons', () => {
    expect(choose(pod(), [view(node('a', {}, { unschedulable: true }))])).toEqual({
      reasons: [['node(s) were unschedulable']],
    });
  });
});

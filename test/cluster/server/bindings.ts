import type { Case } from './table.ts';

const pods = '/api/v1/namespaces/NS/pods';
const UID = '00000000-0000-4000-8000-000000000000';

const pod = (name: string, spec: object = {}): Case => [
  `POST ${pods}`,
  `201 json Pod ${name}`,
  {
    body: {
      metadata: { name },
      spec: { automountServiceAccountToken: false, containers: [{ name: 'c', image: 'i' }], ...spec },
    },
  },
];
const bind = (name: string, tells: string, { metadata = {}, target = {}, query = '' } = {}): Case => [
  `POST ${pods}/${name}/binding${query}`,
  tells,
  { body: { metadata: { name, ...metadata }, target: { kind: 'Node', name: 'NS-n', ...target } } },
];
const DONE = '201 json Success {}';
const conflict = (name: string, resource: string, why: string) =>
  `409 json Conflict: Operation cannot be fulfilled on ${resource} "${name}": ${why} {"name":"${name}","kind":"${resource}"}`;

/** Pods that are given a node by somebody else's scheduler. */
export const BINDINGS: readonly Case[] = [
  ['POST /api/v1/namespaces', '201 json Namespace NS', { body: { metadata: { name: 'NS' } } }],
  [
    'POST /api/v1/nodes',
    '201 json Node NS-n',
    { body: { metadata: { name: 'NS-n', labels: { 'topology.kubernetes.io/zone': 'z1', other: 'x' } } } },
  ],
  ...['a', 'b', 'c'].map((name) => pod(name)),
  pod('gated', { schedulingGates: [{ name: 'example.com/gate' }] }),
  // What is asked for
  bind('a', '500 json no reason: target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"', {
    target: { kind: 'Pod' },
  }),
  bind('a', '500 json no reason: target.name: Required value', { target: { name: '' } }),
  bind('a', '400 json BadRequest: name in URL does not match name in Binding object', { metadata: { name: 'b' } }),
  bind('none', '404 json NotFound: pods "none" not found {"name":"none","kind":"pods"}'),
  // Of which pod
  bind(
    'a',
    conflict(
      'a',
      'pods',
      'StorageError: invalid object, Code: 4, Key: /registry/pods/NS/a, ResourceVersion: 0, AdditionalErrorMsg: ' +
        'Precondition failed: UID in precondition: UID, UID in object meta: UID',
    ),
    { metadata: { uid: UID } },
  ),
  bind('gated', conflict('gated', 'pods/binding', 'pod gated has non-empty .spec.schedulingGates')),
  // What becomes of it
  bind('a', DONE, { query: '?dryRun=All' }),
  [`GET ${pods}?fieldSelector=spec.nodeName=NS-n`, '200 json PodList'],
  bind('a', DONE, { metadata: { labels: { own: 'l' }, annotations: { note: 'n' } } }),
  [`GET ${pods}?fieldSelector=spec.nodeName=NS-n`, '200 json PodList a'],
  [`GET ${pods}?labelSelector=topology.kubernetes.io/zone=z1,own=l,!other`, '200 json PodList a'],
  bind('a', conflict('a', 'pods/binding', 'pod a is already assigned to node \\"NS-n\\"').replaceAll('\\', '')),
  [`GET ${pods}/a`, '200 json Pod a', { keep: { type: 'status.conditions.0.type', is: 'status.conditions.0.status' } }],
  [
    `POST /api/v1/namespaces/NS/configmaps`,
    '201 json ConfigMap found {"status":"{is}","type":"{type}"}',
    { body: { metadata: { name: 'found' }, data: { type: 'PodScheduled', status: 'True' } } },
  ],
  // A node that there is not, and a target without a kind
  bind('b', DONE, { target: { name: 'nowhere' } }),
  bind('c', DONE, { target: { kind: '' } }),
  [`GET ${pods}?labelSelector=topology.kubernetes.io/zone`, '200 json PodList a'],
  ['DELETE /api/v1/nodes/NS-n', '200 json Success {"name":"NS-n","kind":"nodes","uid":"UID"}'],
];

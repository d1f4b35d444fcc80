import type { KubeObject } from '../../../src/cluster/api/object.ts';
import type { Case } from './strategies-run.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- manifests
type Any = any;

const one = (name: string, object: Any, changes: Case['changes'] = []): Case => ({ name, object, changes });
const set = (name: string, change: (object: Any) => void, subresource?: 'status') => ({
  name,
  change: (object: KubeObject) => change(object),
  ...(subresource && { subresource }),
});
const base64 = (text: string) => Buffer.from(text).toString('base64');

export const NAMESPACES: Case[] = [
  one('minimal', {}, [
    set('a label', ({ metadata }) => (metadata.labels = { a: 'b' })),
    set('finalizers', ({ spec }) => (spec.finalizers = [])),
    set('a phase', ({ status }) => (status.phase = 'Terminating'), 'status'),
  ]),
  one('a finalizer', { spec: { finalizers: ['example.com/x'] } }),
  one('bad finalizers', { spec: { finalizers: ['a b', 'x'] } }),
  one('dots', { metadata: { name: 'a.b' } }),
  one('a bad label', { metadata: { labels: { 'a b': 'c d' } } }),
];

export const NODES: Case[] = [
  one('minimal', {}, [
    set('a CIDR', ({ spec }) => (spec.podCIDR = '10.0.0.0/24')),
    set('another CIDR', ({ spec }) => ((spec.podCIDR = '10.0.1.0/24'), (spec.podCIDRs = ['10.0.1.0/24']))),
    set('a provider', ({ spec }) => (spec.providerID = 'a')),
    set('another provider', ({ spec }) => (spec.providerID = 'b')),
    set('no provider', ({ spec }) => delete spec.providerID),
    set('capacity', ({ status }) => (status.capacity = { cpu: '2000m', pods: '10' }), 'status'),
    set('bad capacity', ({ status }) => (status.capacity = { pods: '1500m', memory: '-1' }), 'status'),
    set(
      'addresses twice',
      ({ status }) =>
        (status.addresses = [
          { type: 'InternalIP', address: '1.1.1.1' },
          { type: 'InternalIP', address: '1.1.1.1' },
        ]),
      'status',
    ),
  ]),
  one('rich', {
    spec: { podCIDRs: ['10.0.0.0/24', 'fd00::/64'], taints: [{ key: 'a', effect: 'NoSchedule' }], unschedulable: true },
    status: { capacity: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] },
  }),
  one('taints', {
    spec: {
      taints: [
        { key: '', effect: '' },
        { key: 'a', value: 'b c', effect: 'X' },
        { key: 'a', effect: 'NoExecute' },
        { key: 'a', effect: 'NoExecute' },
      ],
    },
  }),
  one('CIDRs', { spec: { podCIDRs: ['10.0.0.1/24', 'x'] } }),
  one('CIDRs of one family', { spec: { podCIDRs: ['10.0.0.0/24', '10.0.1.0/24'] } }),
];

export const CONFIG_MAPS: Case[] = [
  one('empty', {}),
  one('data', { data: { a: 'b', 'c.d': '' }, binaryData: { e: base64('x') } }, [
    set('immutable', (map) => (map.immutable = true)),
    set('other data', (map) => (map.data = { x: 'y' })),
    set('mutable again', (map) => delete map.immutable),
  ]),
  one('keys', { data: { 'a b': '1', '..': '2', k: '3' }, binaryData: { k: base64('3') } }),
];

export const SECRETS: Case[] = [
  one('empty', {}, [set('another type', (secret) => (secret.type = 'x'))]),
  one('texts', { stringData: { a: 'b', c: 'd' }, data: { a: base64('old') } }, [
    set('more texts', (secret) => (secret.stringData = { e: 'ü' })),
    set('immutable', (secret) => (secret.immutable = true)),
    set('other data', (secret) => ((secret.data = {}), (secret.immutable = false))),
  ]),
  one('keys', { data: { 'a b': '' } }),
  ...['tls', 'basic-auth', 'ssh-auth', 'dockercfg', 'dockerconfigjson', 'service-account-token'].map((type) =>
    one(type, { type: `kubernetes.io/${type}` }),
  ),
  one('no JSON', { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': base64('x') } }),
  one('a list', { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': base64('[]') } }),
  one('half', { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': base64('{"a"') } }),
  one('JSON', { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': base64('{"auths":{}}') } }),
];

export const SERVICE_ACCOUNTS: Case[] = [
  one('minimal', {}, [set('pull secrets', (account) => (account.imagePullSecrets = [{ name: 'x' }]))]),
  one('secrets', { secrets: [{ name: 'a', namespace: 'x', kind: 'Secret' }], automountServiceAccountToken: false }),
];

const claim = (name: string, spec: Any, changes: Case['changes'] = []): Case =>
  one(
    name,
    { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1024Mi' } }, ...spec } },
    changes,
  );

export const CLAIMS: Case[] = [
  claim('minimal', {}, [
    set('a volume', ({ spec }) => (spec.volumeName = 'v')),
    set('bound', ({ status }) => ((status.phase = 'Bound'), (status.capacity = { storage: '1Gi' })), 'status'),
    set('less', ({ spec }) => (spec.resources.requests.storage = '512Mi')),
  ]),
  claim('a source', { dataSource: { kind: 'PersistentVolumeClaim', name: 'x' } }),
  claim('a foreign source', { dataSource: { apiGroup: 'x.y', kind: 'X', name: 'x' } }),
  claim('a reference', { dataSourceRef: { apiGroup: 'x.y', kind: 'X', name: 'x' } }),
  one('empty', { spec: {} }),
  claim('modes', {
    accessModes: ['X', 'ReadWriteOncePod', 'ReadWriteMany'],
    volumeMode: 'X',
    storageClassName: 'A_',
    resources: { requests: { storage: '0' } },
  }),
];

export const LIMIT_RANGES: Case[] = [
  one('containers', { spec: { limits: [{ type: 'Container', max: { cpu: '2000m' }, min: { memory: '1Mi' } }] } }),
  one('wrong', {
    spec: {
      limits: [
        { type: 'X' },
        { type: 'Pod', default: { cpu: 1 }, min: { cpu: 3 }, max: { cpu: 1 }, maxLimitRequestRatio: { cpu: '500m' } },
        { type: 'Container', default: { cpu: 5 }, defaultRequest: { cpu: 6 }, max: { cpu: 4 }, min: { nope: 1 } },
        { type: 'PersistentVolumeClaim' },
        { type: 'Pod' },
      ],
    },
  }),
];

export const QUOTAS: Case[] = [
  one('minimal', { spec: { hard: { pods: 5, 'requests.cpu': '1500m', 'count/things.example.com': '1' } } }, [
    set('scopes', ({ spec }) => (spec.scopes = ['BestEffort'])),
    set('used', ({ status }) => (status.used = { pods: '1', nope: '1' }), 'status'),
  ]),
  one('wrong', { spec: { hard: { nope: 1, pods: '500m', cpu: '-1' } } }),
  one('scopes', { spec: { hard: { pods: 1, cpu: 1 }, scopes: ['BestEffort', 'NotBestEffort', 'X'] } }),
  one('a selector', {
    spec: {
      scopeSelector: {
        matchExpressions: [
          { scopeName: 'PriorityClass', operator: 'In' },
          { scopeName: 'BestEffort', operator: 'In', values: ['a'] },
          { scopeName: 'X', operator: 'Y' },
        ],
      },
    },
  }),
];

const about = { kind: 'Pod', name: 'p', namespace: 'strategies' };
const event = { involvedObject: about, reason: 'Started', message: 'x', type: 'Normal' };

export const EVENTS: Case[] = [
  one(
    'old',
    {
      ...event,
      count: 1,
      source: { component: 'kubelet' },
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
    },
    [set('again', (object) => (object.count = 2))],
  ),
  one('another namespace', { ...event, involvedObject: { ...about, namespace: 'x' } }),
  one('no namespace', { ...event, involvedObject: { kind: 'Node', name: 'n' } }),
  one('new', {
    ...event,
    eventTime: '2026-01-01T00:00:00.000000Z',
    action: 'a',
    reportingComponent: 'c',
    reportingInstance: 'i',
  }),
  one('new, but empty', {
    involvedObject: { kind: 'Node', name: 'n' },
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingComponent: 'a b',
    message: 'x'.repeat(1025),
  }),
];

const fresh = {
  regarding: about,
  reason: 'Started',
  note: 'x',
  type: 'Normal',
  eventTime: '2026-01-01T00:00:00.000000Z',
  action: 'a',
  reportingController: 'c',
  reportingInstance: 'i',
};

export const NEW_EVENTS: Case[] = [
  one('minimal', fresh, [
    set('a series', (object) => (object.series = { count: 2, lastObservedTime: '2026-01-01T00:00:00.000000Z' })),
    set('a short series', (object) => (object.series = { count: 1 })),
    set('another reason', (object) => ((object.reason = 'x'), (object.note = 'y'))),
    set('another object', (object) => (object.regarding = { kind: 'Node', name: 'x', namespace: 'strategies' })),
  ]),
  one('empty', {}),
  one('deprecated', {
    ...fresh,
    type: 'X',
    deprecatedCount: 1,
    deprecatedSource: { host: 'h' },
    deprecatedFirstTimestamp: '2026-01-01T00:00:00Z',
    deprecatedLastTimestamp: '2026-01-01T00:00:00Z',
  }),
];

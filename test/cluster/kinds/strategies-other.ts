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

const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }];

export const ROLES: Case[] = [
  one('minimal', { rules }, [set('wrong rules', (role) => (role.rules = [{}]))]),
  one('empty', {}),
  one('wrong', {
    rules: [
      { verbs: ['get'], nonResourceURLs: ['/a'] },
      { verbs: [], apiGroups: [''] },
    ],
  }),
  one('a colon', { metadata: { name: 'a:b' }, rules }),
];

export const CLUSTER_ROLES: Case[] = [
  one('minimal', { rules: [{ verbs: ['get'], nonResourceURLs: ['/a'] }] }),
  one('wrong', {
    rules: [{ verbs: ['get'], nonResourceURLs: ['/a'], resources: ['x'] }, {}],
    aggregationRule: { clusterRoleSelectors: [] },
  }),
  one('aggregated', { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } }),
];

const roleRef = { kind: 'ClusterRole', name: 'view' };

export const BINDINGS: Case[] = [
  one(
    'minimal',
    {
      roleRef,
      subjects: [
        { kind: 'User', name: 'u' },
        { kind: 'ServiceAccount', name: 's', namespace: 'x' },
      ],
    },
    [
      set('another role', (binding) => (binding.roleRef.name = 'edit')),
      set('no subjects', (binding) => delete binding.subjects),
    ],
  ),
  one('empty', { roleRef: { kind: '', name: '' } }),
  one('wrong', {
    roleRef: { kind: 'X', name: 'a/b', apiGroup: 'x' },
    subjects: [
      { kind: 'X', name: '' },
      { kind: 'Group', name: 'g', apiGroup: 'x' },
      { kind: 'ServiceAccount', name: 'A', apiGroup: 'x' },
    ],
  }),
];

export const CLUSTER_BINDINGS: Case[] = [
  one('minimal', { roleRef, subjects: [{ kind: 'Group', name: 'g' }] }, [
    set('another role', (binding) => (binding.roleRef.name = 'edit')),
  ]),
  one('wrong', { roleRef: { kind: 'Role', name: '' }, subjects: [{ kind: 'ServiceAccount', name: 's' }] }),
];

export const BUDGETS: Case[] = [
  one('minimal', { spec: { minAvailable: 1, selector: { matchLabels: { a: 'b' } } } }, [
    set('more', ({ spec }) => (spec.minAvailable = '50%')),
    set(
      'a status',
      (budget) =>
        (budget.status = {
          disruptionsAllowed: -1,
          currentHealthy: 0,
          desiredHealthy: 0,
          expectedPods: 0,
          conditions: [{ type: '', status: 'X', reason: '', message: '', lastTransitionTime: null }],
        }),
      'status',
    ),
  ]),
  one('both', { spec: { minAvailable: 1, maxUnavailable: '10%' } }),
  one('wrong', { spec: { minAvailable: '101%', unhealthyPodEvictionPolicy: 'X' } }),
  one('negative', { spec: { maxUnavailable: -1 } }),
  one('no percentage', { spec: { maxUnavailable: 'x' } }),
];

export const PRIORITIES: Case[] = [
  one('minimal', { value: 10 }, [
    set('another value', (object) => (object.value = 11)),
    set('never', (object) => (object.preemptionPolicy = 'Never')),
  ]),
  one('too high', { value: 1000000001, preemptionPolicy: 'X' }),
  one('of the system', { metadata: { name: 'system-x' }, value: 1 }),
];

export const STORAGE_CLASSES: Case[] = [
  one('minimal', { provisioner: 'example.com/x' }, [
    set('another mode', (object) => (object.volumeBindingMode = 'WaitForFirstConsumer')),
    set('parameters', (object) => (object.parameters = { a: 'b' })),
  ]),
  one('wrong', { provisioner: '', reclaimPolicy: 'X', volumeBindingMode: 'Y', parameters: { '': 'x' } }),
  one('a name', { provisioner: 'a b' }),
];

export const CSI_NODES: Case[] = [
  one('minimal', { spec: { drivers: [{ name: 'a.b', nodeID: 'n', topologyKeys: ['zone'] }] } }, [
    set('another ID', ({ spec }) => (spec.drivers[0].nodeID = 'm')),
  ]),
  one('wrong', {
    spec: {
      drivers: [
        { name: '', nodeID: '', topologyKeys: ['a', 'a', 'b c'], allocatable: { count: -1 } },
        { name: 'x', nodeID: 'n', topologyKeys: null },
        { name: 'x', nodeID: 'n', topologyKeys: null },
      ],
    },
  }),
];

const target = { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } };

export const AUTOSCALERS: Case[] = [
  one('minimal', { spec: { ...target, maxReplicas: 3 } }, [set('none', ({ spec }) => (spec.maxReplicas = 0))]),
  one('behavior', { spec: { ...target, maxReplicas: 3, behavior: { scaleDown: { stabilizationWindowSeconds: 60 } } } }),
  one('wrong', {
    spec: {
      scaleTargetRef: {},
      minReplicas: 5,
      maxReplicas: 3,
      behavior: {
        scaleUp: {
          stabilizationWindowSeconds: 3601,
          selectPolicy: 'X',
          policies: [
            { type: 'X', value: 0, periodSeconds: 0 },
            { type: 'Pods', value: 1, periodSeconds: 1801 },
          ],
        },
      },
    },
  }),
  one('metrics', {
    spec: {
      ...target,
      minReplicas: -1,
      maxReplicas: 3,
      metrics: [
        { type: 'X' },
        { type: 'Resource' },
        { type: 'Resource', resource: { name: '', target: { type: 'X' } } },
        { type: 'Pods', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 0 } } },
        { type: 'Object', object: { describedObject: {}, metric: {}, target: {} } },
      ],
    },
  }),
];

export const REVISIONS: Case[] = [
  one('minimal', { revision: 1, data: { a: 1 } }, [
    set('other data', (object) => (object.data = { a: 2 })),
    set('another revision', (object) => (object.revision = -2)),
  ]),
  one('no data', { revision: 1 }),
];

const schema = { openAPIV3Schema: { type: 'object' } };
const versions = [{ name: 'v1', served: true, storage: true, schema }];
const names = { plural: 'things', kind: 'Thing' };
const crd = (name: string, spec: Any, metadata: Any = { name: 'things.example.com' }): Case =>
  one(name, { metadata, spec: { group: 'example.com', scope: 'Namespaced', names, versions, ...spec } });

export const DEFINITIONS: Case[] = [
  crd('another name', {}, { name: 'x.example.com' }),
  crd('no scope', { scope: '' }),
  crd('a scope', { scope: 'X' }),
  crd('names', { names: { plural: 'Things', kind: 'thing_', shortNames: ['A'] } }, { name: 'Things.example.com' }),
  crd('no names', { names: {} }),
  crd('no schema', { versions: [{ name: 'v1', served: true, storage: true }] }),
  crd('two stored', { versions: [...versions, { ...versions[0], name: 'v2' }] }),
  crd('none stored', { versions: [{ ...versions[0], storage: false }] }),
  crd('twice', { versions: [...versions, { ...versions[0], storage: false }] }),
  crd('no versions', { versions: [] }),
  crd('a group', { group: 'example' }, { name: 'things.example' }),
  crd('a type', { versions: [{ ...versions[0], schema: { openAPIV3Schema: { type: 'string' } } }] }),
];

import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { aggregateRoles, aggregatedRules } from '../../../src/cluster/auth/aggregation.ts';
import { bootstrapObjects } from '../../../src/cluster/auth/bootstrap.ts';
import { authorize } from '../../../src/cluster/auth/rbac.ts';
import { RbacIndex, type Subject } from '../../../src/cluster/auth/rbac-index.ts';
import { type Attributes, requestInfo } from '../../../src/cluster/auth/request-info.ts';
import type { PolicyRule } from '../../../src/cluster/auth/rules.ts';

const API = 'rbac.authorization.k8s.io';

const role = (name: string, rules: PolicyRule[] | null, more: object = {}): KubeObject => ({
  apiVersion: `${API}/v1`,
  kind: 'ClusterRole',
  metadata: { name },
  rules,
  ...more,
});
const binding = (name: string, namespace: string, to: string, ...subjects: Subject[]): KubeObject => ({
  apiVersion: `${API}/v1`,
  kind: namespace ? 'RoleBinding' : 'ClusterRoleBinding',
  metadata: { name, ...(namespace && { namespace }) },
  roleRef: { apiGroup: API, kind: 'ClusterRole', name: to },
  subjects,
});
const user = (name: string): Subject => ({ kind: 'User', name });
const readPods: PolicyRule = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] };
const request = (name: string, path: string, groups: string[] = []): Attributes => {
  const info = requestInfo('GET', path, new URLSearchParams());
  if (!info) throw new Error(path);
  return { ...info, user: { name, groups } };
};
const may = (index: RbacIndex, name: string, path = '/api/v1/namespaces/a/pods') =>
  authorize(index, request(name, path)).allowed;

describe('the index', () => {
  test('follows what happens to roles and bindings', () => {
    const index = new RbacIndex();
    expect(may(index, 'ann')).toBe(false);
    index.set(role('reader', [readPods]));
    index.set(binding('b', 'a', 'reader', user('ann')));
    expect(may(index, 'ann')).toBe(true);
    expect(may(index, 'ann', '/api/v1/namespaces/b/pods')).toBe(false);
    // The same name cluster-wide is another binding.
    index.set(binding('b', '', 'reader', user('bob')));
    expect([may(index, 'ann'), may(index, 'bob')]).toEqual([true, true]);
    index.set(binding('b', 'a', 'reader', user('cat')));
    expect([may(index, 'ann'), may(index, 'cat')]).toEqual([false, true]);
    index.set(role('reader', [{ ...readPods, verbs: ['watch'] }]));
    expect(may(index, 'cat')).toBe(false);
    index.set(role('reader', [readPods]));
    index.delete(binding('b', 'a', 'reader'));
    expect([may(index, 'cat'), may(index, 'bob')]).toEqual([false, true]);
    index.delete(role('reader', null));
    expect(authorize(index, request('bob', '/api/v1/pods'))).toEqual({
      allowed: false,
      reason: `rbac: RBAC: clusterrole.${API} "reader" not found`,
    });
  });

  test('names the first binding by name, cluster-wide ones first, and its first subject that applies', () => {
    const index = new RbacIndex();
    index.set(role('reader', [readPods]));
    index.set(binding('a', 'a', 'reader', user('ann')));
    index.set(binding('z', '', 'reader', { kind: 'Group', name: 'g' }, user('ann')));
    index.set(binding('y', '', 'reader', user('bob'), user('ann'), { kind: 'Group', name: 'g' }));
    const { reason } = authorize(index, request('ann', '/api/v1/namespaces/a/pods', ['g']));
    expect(reason).toBe('RBAC: allowed by ClusterRoleBinding "y" of ClusterRole "reader" to User "ann"');
  });

  test("a service account without a namespace is one of the binding's own", () => {
    const index = new RbacIndex();
    index.set(role('reader', [readPods]));
    index.set(binding('here', 'a', 'reader', { kind: 'ServiceAccount', name: 'robot' }));
    index.set(binding('everywhere', '', 'reader', { kind: 'ServiceAccount', name: 'robot' }));
    const names = ['system:serviceaccount:a:robot', 'system:serviceaccount:b:robot', 'system:serviceaccount::robot'];
    expect(names.map((name) => may(index, name))).toEqual([true, false, false]);
  });

  test('system:masters need no role', () => {
    expect(authorize(new RbacIndex(), request('ann', '/x', ['system:masters']))).toEqual({ allowed: true, reason: '' });
  });
});

describe('aggregation', () => {
  const gathers = (...selectors: object[]) => ({ aggregationRule: { clusterRoleSelectors: selectors } });
  const labelled = (name: string, labels: Record<string, string>, ...verbs: string[]): KubeObject => {
    const made = role(
      name,
      verbs.map((verb) => ({ ...readPods, verbs: [verb] })),
    );
    return { ...made, metadata: { ...made.metadata, labels } };
  };
  const verbs = (rules: PolicyRule[] | undefined) => rules?.map((rule) => rule.verbs.join());
  const all = [
    labelled('c', { a: '1' }, 'get', 'list'),
    labelled('b', { a: '2' }, 'watch', 'get'),
    labelled('d', {}, 'delete'),
  ];

  test.each<[string, object[], string[] | undefined]>([
    ['one label', [{ matchLabels: { a: '1' } }], ['get', 'list']],
    [
      'selectors in order, roles by name, rules once',
      [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }],
      ['watch', 'get', 'list'],
    ],
    ['several selectors', [{ matchLabels: { a: '1' } }, { matchLabels: { a: '2' } }], ['get', 'list', 'watch']],
    ['In', [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['2', '3'] }] }], ['watch', 'get']],
    ['NotIn', [{ matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['2'] }] }], ['get', 'list', 'delete']],
    ['DoesNotExist', [{ matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] }], ['delete']],
    ['everything', [{}], ['watch', 'get', 'list', 'delete']],
    ['an operator that there is not', [{ matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] }], undefined],
    ['In without values', [{ matchExpressions: [{ key: 'a', operator: 'In' }] }], undefined],
    ['nothing, as before', [], undefined],
  ])('%s', (_what, selectors, expected) => {
    expect(verbs(aggregatedRules(role('all', null, gathers(...selectors)), all))).toEqual(expected);
  });

  test('a role without a rule for it keeps its rules', () => {
    expect(aggregatedRules(role('x', [readPods]), all)).toBeUndefined();
    expect(verbs(aggregatedRules(role('x', [readPods], gathers()), all))).toEqual([]);
  });

  test('goes along a chain, and ends in a ring', () => {
    const link = (name: string, from: string, labels: Record<string, string>): KubeObject => {
      const made = role(name, null, gathers({ matchLabels: { to: from } }));
      return { ...made, metadata: { ...made.metadata, labels } };
    };
    const source = { ...role('z', [readPods]), metadata: { name: 'z', labels: { to: 'c' } } };
    const chain = aggregateRoles([
      link('a', 'a', {}),
      link('b', 'b', { to: 'a' }),
      link('c', 'c', { to: 'b' }),
      source,
    ]);
    expect(Object.fromEntries(chain.map((one) => [one.metadata.name, verbs(one['rules'])]))).toEqual({
      a: ['get,list'],
      b: ['get,list'],
      c: ['get,list'],
    });
    const ring = [
      link('a', 'a', { to: 'b' }),
      link('b', 'b', { to: 'a' }),
      { ...source, metadata: { name: 'z', labels: { to: 'a' } } },
    ];
    expect(aggregateRoles(ring).map((one) => verbs(one['rules']))).toEqual([['get,list'], ['get,list']]);
  });

  test('admin may what edit and view may', () => {
    const index = new RbacIndex();
    for (const object of bootstrapObjects()) index.set(object);
    index.set(binding('ann', 'a', 'admin', user('ann')));
    index.set(binding('bob', 'a', 'view', user('bob')));
    const secrets = '/api/v1/namespaces/a/secrets';
    const services = '/api/v1/namespaces/a/services';
    const roles = `/apis/${API}/v1/namespaces/a/roles`;
    expect([secrets, services, roles].map((path) => may(index, 'ann', path))).toEqual([true, true, true]);
    expect([secrets, services, roles].map((path) => may(index, 'bob', path))).toEqual([false, true, false]);
  });
});

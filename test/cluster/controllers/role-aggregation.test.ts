import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RoleAggregation } from '../../../src/cluster/controllers/role-aggregation.ts';
import { type World, world } from './world.ts';

const RBAC = 'rbac.authorization.k8s.io/v1';
const ROLES = 'clusterroles.rbac.authorization.k8s.io';
const rule = (...verbs: string[]) => ({ verbs, apiGroups: [''], resources: ['pods'] });

let it: World;
beforeEach(() => {
  vi.useFakeTimers();
  it = world();
  new RoleAggregation(it.registry, it.loop);
});
afterEach(() => {
  it.loop.stop();
  if (it.failures.length > 0) throw new Error(it.failures.join());
  vi.useRealTimers();
});

const verbs = (name: string) => {
  vi.advanceTimersByTime(5);
  return ((it.get(ROLES, '', name)?.['rules'] ?? []) as { verbs: string[] }[]).map((one) => one.verbs.join());
};
const gathering = (label: string) => ({
  rules: null,
  aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [label]: 'yes' } }] },
});

test('a role gathers the rules of others as they come, change and go', () => {
  it.make(RBAC, 'ClusterRole', { name: 'all' }, gathering('all'));
  expect(verbs('all')).toEqual([]);
  it.make(RBAC, 'ClusterRole', { name: 'b', labels: { all: 'yes' } }, { rules: [rule('list')] });
  it.make(RBAC, 'ClusterRole', { name: 'a', labels: { all: 'yes' } }, { rules: [rule('get'), rule('list')] });
  it.make(RBAC, 'ClusterRole', { name: 'other' }, { rules: [rule('delete')] });
  expect(verbs('all')).toEqual(['get', 'list']);
  it.remove(RBAC, 'ClusterRole', '', 'a');
  expect(verbs('all')).toEqual(['list']);
});

test('roles that gather are gathered', () => {
  it.make(RBAC, 'ClusterRole', { name: 'outer' }, gathering('outer'));
  it.make(RBAC, 'ClusterRole', { name: 'inner', labels: { outer: 'yes' } }, gathering('inner'));
  it.make(RBAC, 'ClusterRole', { name: 'leaf', labels: { inner: 'yes' } }, { rules: [rule('watch')] });
  expect(verbs('outer')).toEqual(['watch']);
});

test("what is gathered is the controller's, and is not written again without need", () => {
  it.make(RBAC, 'ClusterRole', { name: 'all' }, gathering('all'));
  it.make(RBAC, 'ClusterRole', { name: 'a', labels: { all: 'yes' } }, { rules: [rule('get')] });
  expect(verbs('all')).toEqual(['get']);
  const [entry] = it.get(ROLES, '', 'all')?.metadata.managedFields ?? [];
  expect(entry).toMatchObject({
    manager: 'clusterrole-aggregation-controller',
    operation: 'Apply',
    fieldsV1: { 'f:rules': {} },
  });
  const { revision } = it.registry.store;
  it.make(RBAC, 'ClusterRole', { name: 'other' }, { rules: [rule('delete')] });
  vi.advanceTimersByTime(1000);
  expect(it.registry.store.revision).toBe(revision + 1);
});

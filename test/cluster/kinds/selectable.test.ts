import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { generationGrows } from '../../../src/cluster/kinds/generation.ts';
import { fieldValue, selectableFields, unsupportedField } from '../../../src/cluster/kinds/selectable.ts';
import { kindOf } from './columns-table.ts';

const object = (more: object, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'K',
  metadata: { name: 'n', namespace: 'ns', ...metadata },
  ...more,
});

describe('the value of a field', () => {
  test.each([
    ['/Pod', 'metadata.name', {}, 'n'],
    ['/Pod', 'metadata.namespace', {}, 'ns'],
    ['/Pod', 'spec.nodeName', { spec: { nodeName: 'a' } }, 'a'],
    ['/Pod', 'spec.host', { spec: { nodeName: 'a' } }, 'a'],
    ['/Pod', 'spec.nodeName', {}, ''],
    ['/Pod', 'spec.hostNetwork', { spec: {} }, 'false'],
    ['/Pod', 'spec.hostNetwork', { spec: { hostNetwork: true } }, 'true'],
    ['/Pod', 'status.podIP', { status: { podIP: '1.2.3.4' } }, '1.2.3.4'],
    ['/Pod', 'status.podIP', { status: { podIPs: [{ ip: '1.2.3.4' }] } }, '1.2.3.4'],
    ['/Pod', 'status.podIPs', { status: { podIPs: [{ ip: '1.2.3.4' }] } }, ''],
    ['/Node', 'spec.unschedulable', {}, 'false'],
    ['/Node', 'spec.unschedulable', { spec: { unschedulable: true } }, 'true'],
    ['/ReplicationController', 'status.replicas', {}, '0'],
    ['/ReplicationController', 'status.replicas', { status: { replicas: 3 } }, '3'],
    ['batch/Job', 'status.successful', { status: { succeeded: 3 } }, '3'],
    ['batch/Job', 'status.successful', {}, '0'],
    ['/Service', 'spec.type', { spec: { type: 'NodePort' } }, 'NodePort'],
    ['/Secret', 'type', { type: 'Opaque' }, 'Opaque'],
    ['/Event', 'involvedObject.name', { involvedObject: { name: 'p' } }, 'p'],
    ['/Event', 'source', { source: { component: 'a' }, reportingComponent: 'b' }, 'a'],
    ['/Event', 'source', { source: {}, reportingComponent: 'b' }, 'b'],
    ['events.k8s.io/Event', 'regarding.name', { regarding: { name: 'p' } }, 'p'],
    ['events.k8s.io/Event', 'reportingController', { reportingController: 'c' }, 'c'],
  ])('%s %s', (id, field, more, expected) => {
    expect(selectableFields(kindOf(id))).toContain(field);
    expect(fieldValue(kindOf(id), object(more), field)).toBe(expected);
  });
});

test.each([
  ['/Node', 'metadata.namespace', 'field label not supported: metadata.namespace'],
  ['batch/Job', 'a"b', 'field label "a\\"b" not supported for Job'],
  ['apps/Deployment', 'a', '"a" is not a known field selector: only "metadata.name", "metadata.namespace"'],
])('%s does not take %s', (id, field, message) => {
  expect(selectableFields(kindOf(id))).not.toContain(field);
  expect(unsupportedField(kindOf(id), field)).toBe(message);
});

describe('a new generation', () => {
  const one = { spec: { a: 1 } };
  const labelled = { labels: { a: 'b' } };
  const sized = (memory: string, value = '') => {
    const containers = [{ name: 'a', resources: { requests: { memory } }, env: [{ name: 'e', value }] }];
    return object({ spec: { template: { spec: { containers } } } });
  };
  const annotated = { annotations: { a: 'b' } };
  test.each([
    ['a spec that changes', 'apps/ReplicaSet', object(one), object({ spec: { a: 2 } }), true],
    ['a spec that stays', 'apps/ReplicaSet', object(one), object({ ...one, status: { b: 1 } }, labelled), false],
    ['an empty list as good as none', 'apps/ReplicaSet', object({ spec: { a: [] } }), object({ spec: {} }), false],
    ['an empty object unlike none', 'apps/ReplicaSet', object({ spec: { a: {} } }), object({ spec: {} }), true],
    ['an item that changes', 'apps/ReplicaSet', object({ spec: { a: [1, 2] } }), object({ spec: { a: [2, 1] } }), true],
    ['an amount written otherwise', 'apps/ReplicaSet', sized('1Gi'), sized('1073741824'), false],
    ['another amount', 'apps/ReplicaSet', sized('1Gi'), sized('1G'), true],
    ['a text that only looks like an amount', 'apps/ReplicaSet', sized('1', '1k'), sized('1', '1000'), true],
    ['annotations of a Deployment', 'apps/Deployment', object(one), object(one, annotated), true],
    ['labels of a Deployment', 'apps/Deployment', object(one), object(one, labelled), false],
    ['annotations of another kind', 'apps/StatefulSet', object(one), object(one, annotated), false],
    ['labels of an EndpointSlice', 'discovery.k8s.io/EndpointSlice', object({}), object({}, labelled), true],
    ['annotations of an EndpointSlice', 'discovery.k8s.io/EndpointSlice', object({}), object({}, annotated), false],
    ['endpoints', 'discovery.k8s.io/EndpointSlice', object({ endpoints: null }), object({ endpoints: [1] }), true],
    ['no endpoints', 'discovery.k8s.io/EndpointSlice', object({ endpoints: null }), object({ endpoints: [] }), false],
    ['a PriorityClass', 'scheduling.k8s.io/PriorityClass', object({ a: 1 }), object({ a: 2 }), false],
    ['a kind without', '/Service', object(one), object({ spec: { a: 2 } }), false],
  ])('%s', (_title, id, old, changed, expected) => {
    expect(generationGrows(kindOf(id), changed, old)).toBe(expected);
  });
});

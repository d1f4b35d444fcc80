import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { generationGrows } from '../../../src/cluster/kinds/generation.ts';
import type { Kind } from '../../../src/cluster/kinds/kind.ts';
import { fieldValue, selectableFields, unsupportedField } from '../../../src/cluster/kinds/selectable.ts';
import { KINDS, VIRTUAL_KINDS } from '../../../src/cluster/kinds/table.ts';
import { describeWith } from '../../support/requirements.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane.ts';
import { createSamples, done } from './columns-create.ts';
import { SAMPLES } from './columns-objects.ts';
import { getJson, kindOf, pathOf, root } from './columns-table.ts';

interface Resource {
  name: string;
  verbs: string[];
  shortNames?: string[];
  categories?: string[];
}

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const PART_VERBS = ['get', 'patch', 'update'];

const idOf = ({ group, kind }: Pick<Kind, 'group' | 'kind'>): string => `${group}/${kind}`;
const ROWS = KINDS.map((kind) => [idOf(kind), kind] as const);

/** The first sample of a kind that has not been deleted again. */
function sampleOf(kind: Kind): (typeof SAMPLES)[number]['body'] {
  const sample = SAMPLES.find((one) => one.kind === idOf(kind) && !one.remove);
  if (!sample) throw new Error(`no sample of ${idOf(kind)}`);
  return sample.body;
}

const NOWHERE = ['name', 'metadata.uid', 'metadata.labels.a', 'spec.replicas', 'status.podIPs.ip', 'regarding'];

/** All fields that any kind takes, and some that none does. */
const FIELDS = [...new Set(KINDS.flatMap((kind) => selectableFields(kind)).concat(NOWHERE))];

const container = { name: 'a', image: 'a:1' };

/** By kind: something other than metadata and status that an update may change. */
const CHANGES: Readonly<Record<string, object>> = {
  '/Node': { spec: { unschedulable: true } },
  '/Pod': { spec: { activeDeadlineSeconds: 1000 } },
  '/Service': { spec: { selector: { q: 'r' } } },
  '/Endpoints': { subsets: [{ addresses: [{ ip: '10.9.9.9' }] }] },
  '/Event': { count: 3 },
  '/ConfigMap': { data: { q: 'r' } },
  '/Secret': { stringData: { q: 'r' } },
  '/ServiceAccount': { automountServiceAccountToken: false },
  '/ReplicationController': { spec: { replicas: 9 } },
  '/LimitRange': { spec: { limits: [{ type: 'Pod', max: { cpu: '7' } }] } },
  '/ResourceQuota': { spec: { hard: { pods: '7' } } },
  'apps/Deployment': { spec: { replicas: 9 } },
  'apps/ReplicaSet': { spec: { replicas: 9 } },
  'apps/DaemonSet': { spec: { template: { spec: { containers: [container] } } } },
  'apps/StatefulSet': { spec: { replicas: 9 } },
  'apps/ControllerRevision': { revision: 9 },
  'batch/Job': { spec: { parallelism: 3 } },
  'batch/CronJob': { spec: { suspend: true } },
  'autoscaling/HorizontalPodAutoscaler': { spec: { maxReplicas: 9 } },
  'policy/PodDisruptionBudget': { spec: { minAvailable: 9 } },
  'networking.k8s.io/NetworkPolicy': { spec: { podSelector: { matchLabels: { q: 'r' } } } },
  'networking.k8s.io/Ingress': { spec: { ingressClassName: 'q' } },
  'networking.k8s.io/IngressClass': { spec: { parameters: { kind: 'Q', name: 'r', scope: 'Cluster' } } },
  'discovery.k8s.io/EndpointSlice': { endpoints: [{ addresses: ['10.9.9.9'] }] },
  'coordination.k8s.io/Lease': { spec: { holderIdentity: 'q' } },
  'rbac.authorization.k8s.io/Role': { rules: [] },
  'rbac.authorization.k8s.io/ClusterRole': { rules: [] },
  'rbac.authorization.k8s.io/RoleBinding': { subjects: [] },
  'rbac.authorization.k8s.io/ClusterRoleBinding': { subjects: [] },
  'scheduling.k8s.io/PriorityClass': { description: 'q' },
  'storage.k8s.io/StorageClass': { allowVolumeExpansion: true },
  'storage.k8s.io/CSINode': { spec: { drivers: [{ name: 'q', nodeID: 'n', topologyKeys: null }] } },
  'apiextensions.k8s.io/CustomResourceDefinition': { spec: { names: { shortNames: ['q'] } } },
};

describeWith(['control-plane'], 'the kinds of kube-apiserver', () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane();
    await createSamples(plane.request);
  }, 120_000);

  afterAll(() => plane?.stop());

  describe('discovery', () => {
    const resources = async (kind: Pick<Kind, 'group' | 'version'>): Promise<Resource[]> =>
      (await done(plane.request, 'GET', root(kind))).resources;

    test.each(ROWS)('%s', async (_id, kind) => {
      const all = await resources(kind);
      const { storageVersionHash: _, ...found } = all.find(({ name }) => name === kind.resource) as Resource & {
        storageVersionHash?: string;
      };
      expect(found).toEqual({
        name: kind.resource,
        singularName: kind.singular,
        namespaced: kind.namespaced,
        kind: kind.kind,
        // Whoever wants all namespaces gone has to name them.
        verbs: idOf(kind) === '/Namespace' ? VERBS.filter((verb) => verb !== 'deletecollection') : VERBS,
        ...(kind.shortNames && { shortNames: kind.shortNames }),
        ...(kind.categories && { categories: kind.categories }),
      });
      const part = (name: string) => all.find((one) => one.name === `${kind.resource}/${name}`)?.verbs;
      expect(part('status')).toEqual(kind.status ? PART_VERBS : undefined);
      expect(part('scale')).toEqual(kind.scale ? PART_VERBS : undefined);
    });

    test.each(VIRTUAL_KINDS.map((kind) => [idOf(kind), kind] as const))('%s', async (_id, kind) => {
      const found = (await resources(kind)).find(({ name }) => name === kind.resource);
      expect(found).toEqual({
        name: kind.resource,
        singularName: kind.singular,
        namespaced: kind.namespaced,
        kind: kind.kind,
        verbs: ['create'],
        ...(kind.shortNames && { shortNames: kind.shortNames }),
      });
    });
  });

  describe('field selectors', () => {
    const select = (kind: Kind, selector: string) =>
      getJson(plane, `${root(kind)}/${kind.resource}?fieldSelector=${encodeURIComponent(selector)}`);
    const escaped = (value: string) => value.replace(/[\\,=]/g, '\\$&');
    const keyOf = ({ metadata }: KubeObject) => `${metadata.namespace ?? ''}/${metadata.name}`;

    test.each(ROWS)('%s', async (_id, kind) => {
      const list = await done(plane.request, 'GET', `${root(kind)}/${kind.resource}`);
      const objects: KubeObject[] = list.items;
      for (const field of FIELDS) {
        const answer = await select(kind, `${field}=`);
        if (!selectableFields(kind).includes(field)) {
          expect([answer.status, answer.body.message]).toEqual([400, unsupportedField(kind, field)]);
          continue;
        }
        for (const value of new Set(['', 'other', ...objects.map((one) => fieldValue(kind, one, field)).slice(0, 8)])) {
          const { body } = await select(kind, `${field}=${escaped(value)}`);
          const ours = objects.filter((one) => fieldValue(kind, one, field) === value);
          expect({ field, value, keys: body.items.map(keyOf) }).toEqual({ field, value, keys: ours.map(keyOf) });
        }
      }
    });
  });

  describe('PUT', () => {
    test.each(ROWS)('of a new %s', async (_id, kind) => {
      const { metadata, ...body } = sampleOf(kind);
      // Both kinds of events are kept as one.
      const name = kind.nameRule === 'ip' ? '203.0.113.99' : kind.storedAs ? 'newer' : 'new';
      const { status } = await plane.request('PUT', pathOf(kind, name, metadata.namespace), {
        ...body,
        metadata: { ...metadata, name },
      });
      expect(status).toBe(kind.createOnUpdate ? 201 : 404);
    });

    test.each(ROWS)('of %s without a resourceVersion', async (_id, kind) => {
      const { name, namespace } = sampleOf(kind).metadata;
      const path = pathOf(kind, name, namespace);
      const object: KubeObject = await done(plane.request, 'GET', path);
      const { resourceVersion: _, ...metadata } = object.metadata;
      const answer = await plane.request('PUT', path, { ...object, metadata: { ...metadata, labels: { put: 'x' } } });
      expect(answer.status).toBe(kind.conditionalUpdate ? 422 : 200);
      if (kind.conditionalUpdate) {
        expect(answer.body.message).toContain(
          'metadata.resourceVersion: Invalid value: 0: must be specified for an update',
        );
      }
    });
  });

  describe('metadata.generation', () => {
    test.each(ROWS)('of %s', async (id, kind) => {
      const { metadata, ...sample } = sampleOf(kind);
      const path = pathOf(kind, metadata.name, metadata.namespace);
      const live: KubeObject = await done(plane.request, 'GET', path);
      // A dry run makes one that nobody has changed yet.
      const name = kind.nameRule === 'ip' ? '203.0.113.98' : 'fresh';
      if (id !== 'apiextensions.k8s.io/CustomResourceDefinition') {
        const body = { ...sample, metadata: { ...metadata, name } };
        const fresh = await done(
          plane.request,
          'POST',
          `${pathOf(kind, undefined, metadata.namespace)}?dryRun=All`,
          body,
        );
        expect(fresh.metadata.generation).toBe(kind.generation ? 1 : undefined);
      }
      let old = live;
      const changes = [{ metadata: { labels: { a: 'b' } } }, { metadata: { annotations: { a: 'b' } } }, CHANGES[id]];
      for (const change of changes) {
        if (!change) continue;
        const changed: KubeObject = await done(plane.request, 'PATCH', path, change);
        const before = old.metadata.generation;
        const grown = generationGrows(kind, changed, old);
        expect({ change, generation: changed.metadata.generation }).toEqual({
          change,
          generation: grown ? (before ?? 0) + 1 : before,
        });
        old = changed;
      }
    });

    test('an amount written otherwise is the same spec, one that is another is not', async () => {
      const kind = kindOf('apps/Deployment');
      const path = pathOf(kind, 'plain');
      const containers = (memory: string) => [{ ...container, resources: { requests: { memory } } }];
      let old: KubeObject | undefined;
      for (const memory of ['1Gi', '1073741824', '1G', '1e9']) {
        const change = { spec: { template: { spec: { containers: containers(memory) } } } };
        const changed: KubeObject = await done(plane.request, 'PATCH', path, change);
        if (old) {
          const grown = changed.metadata.generation !== old.metadata.generation;
          expect({ memory, grown: generationGrows(kind, changed, old) }).toEqual({ memory, grown });
        }
        old = changed;
      }
    });
  });
});

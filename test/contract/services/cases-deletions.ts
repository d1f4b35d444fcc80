/** Deletion with its options, and with finalizers. */
import { type Case, create, edit, get, type Json, merge, put, remove } from './case.ts';

const UID = '00000000-0000-4000-8000-000000000009';
const DELETIONS: Record<string, Json> = {
  'no body': undefined,
  'an empty object': {},
  'a kind': { apiVersion: 'v1', kind: 'DeleteOptions' },
  'a kind of meta': { apiVersion: 'meta.k8s.io/v1', kind: 'DeleteOptions' },
  'another kind': { apiVersion: 'v1', kind: 'Service' },
  'a dry run': { dryRun: ['All'] },
  'a dry run that is none': { dryRun: ['Foo'] },
  'another uid': { preconditions: { uid: UID } },
  'another version': { preconditions: { resourceVersion: '1' } },
  'a version that is none': { preconditions: { resourceVersion: 'x' } },
  foreground: { propagationPolicy: 'Foreground' },
  background: { propagationPolicy: 'Background' },
  orphan: { propagationPolicy: 'Orphan' },
  'a policy that is none': { propagationPolicy: 'Foo' },
  'orphans the old way': { orphanDependents: true },
  'orphans both ways': { orphanDependents: true, propagationPolicy: 'Orphan' },
  'no grace': { gracePeriodSeconds: 0 },
  'some grace': { gracePeriodSeconds: 30 },
  'negative grace': { gracePeriodSeconds: -1 },
  'unknown fields': { foo: 1 },
  'a grace of the wrong type': { gracePeriodSeconds: 'x' },
  'unsafe reads': { ignoreStoreReadErrorWithClusterBreakingPotential: true },
};
export const DELETED: readonly Case[] = [
  ...Object.entries(DELETIONS).flatMap(([name, body]): Case[] => [
    {
      name: `deleted with ${name}`,
      steps: [create({ type: 'NodePort' }), remove(body), get(), create({ type: 'NodePort' })],
    },
    {
      name: `deleted with a finalizer and ${name}`,
      steps: [
        create({}, { finalizers: ['example.com/a'] }),
        remove(body),
        get(),
        merge({ metadata: { finalizers: null } }),
        get(),
      ],
    },
  ]),
  {
    name: 'deleted with its uid',
    steps: [
      create(),
      {
        verb: 'delete',
        bodyOf: (seen) => ({
          preconditions: { uid: seen[0].metadata.uid, resourceVersion: seen[0].metadata.resourceVersion },
        }),
      },
      get(),
    ],
  },
  { name: 'deleted twice', steps: [create(), remove(), remove(), remove(undefined, { name: 'Bad_Name' })] },
  {
    name: 'deleted twice while a finalizer is there',
    steps: [
      create({}, { finalizers: ['example.com/a'] }),
      remove(),
      remove(),
      remove({ propagationPolicy: 'Foreground' }),
      remove({ propagationPolicy: 'Orphan' }),
      get(),
    ],
  },
  {
    name: 'changed while it is being deleted',
    steps: [
      create({ type: 'NodePort' }, { finalizers: ['example.com/a'] }),
      remove(),
      edit({ metadata: { finalizers: ['example.com/a', 'example.com/b'] } }),
      edit({ metadata: { labels: { a: 'b' } } }),
      merge({ spec: { type: 'ClusterIP' } }),
      put(),
      create(),
      merge({ metadata: { deletionTimestamp: null } }),
      edit({ metadata: { deletionTimestamp: '2020-01-01T00:00:00Z' } }),
      get(),
    ],
  },
  {
    name: 'all are deleted',
    steps: [
      create(),
      create({}, { name: 'other', labels: { a: 'b' }, finalizers: ['example.com/a'] }),
      remove(undefined, { path: '/api/v1/namespaces/{ns}/services', query: { labelSelector: 'c' } }),
      remove({ dryRun: ['All'] }, { path: '/api/v1/namespaces/{ns}/services' }),
      remove(undefined, { path: '/api/v1/namespaces/{ns}/services', query: { fieldSelector: 'metadata.name=web' } }),
      get(),
      remove(undefined, { path: '/api/v1/namespaces/{ns}/services' }),
      get({ name: 'other' }),
    ],
  },
];

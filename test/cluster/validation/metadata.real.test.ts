import { afterAll, beforeAll, expect, test } from 'vitest';
import { cause, type FieldError, line, lines } from '../../../src/cluster/api/field-error.ts';
import type { ObjectMeta } from '../../../src/cluster/api/object.ts';
import type { NameRule } from '../../../src/cluster/validation/names.ts';
import { validateObjectMeta, validateObjectMetaUpdate } from '../../../src/cluster/validation/metadata.ts';
import { describeWith } from '../../support/requirements.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane.ts';

const LONG = 'x'.repeat(64);

/** Each with one key of a kind at most: Go reads maps in any order. */
const METADATA: ObjectMeta[] = [
  ...[
    'ok',
    'Upper',
    'with.dot',
    '1st',
    '-dash',
    'dash-',
    'under_score',
    LONG,
    `${LONG}.${LONG}.${LONG}.${LONG}`,
    'é',
    'a/b',
    'a%b',
    '..',
  ].map((name) => ({ name })),
  ...['ok-', 'a--', '-', 'Upper-', 'a.-', 'a_', `${'x'.repeat(64)}-`].map((generateName) => ({
    name: 'x',
    generateName,
  })),
  ...Object.entries({
    '': 'x',
    a: '-',
    b: LONG,
    c: 'x y',
    [LONG]: '',
    'a/b/c': '',
    '/a': '',
    'a/': '',
    'UP.com/x': '',
    [`${'d.'.repeat(130)}com/x`]: '',
    '-a': 'é',
    '.': '_',
  }).flatMap(([key, value]) => [
    { name: 'x', labels: { [key]: value } },
    { name: 'x', annotations: { [key]: value } },
  ]),
  { name: 'x', annotations: { UPPER: 'fine', 'Upper.COM/Key': 'fine' } },
  { name: 'x', annotations: { a: 'y'.repeat(256 * 1024) } },
  { name: 'x', annotations: { a: 'y'.repeat(256 * 1024 - 1) } },
  { name: 'x', annotations: { a: 'é'.repeat(128 * 1024) } },
  { name: 'x', finalizers: ['nodomain'] },
  { name: 'x', finalizers: ['', 'a b', 'example.com/fine'] },
  { name: 'x', finalizers: ['orphan', 'foregroundDeletion'] },
  { name: 'x', generation: -1 },
  ...[
    { apiVersion: '', kind: '', name: '', uid: '' },
    { apiVersion: 'a/b/c', kind: 'K', name: 'n', uid: 'u' },
    { apiVersion: '/', kind: 'K', name: 'n', uid: 'u' },
    { apiVersion: 'a/', kind: 'K', name: 'n', uid: 'u' },
    { apiVersion: 'v1', kind: 'Event', name: 'n', uid: 'u' },
    { apiVersion: 'events.k8s.io/v1', kind: 'Event', name: 'n', uid: 'u' },
    { apiVersion: 'v1', kind: 'K', name: 'n', uid: 'u', controller: true, blockOwnerDeletion: false },
  ].map((reference) => ({ name: 'x', ownerReferences: [reference] })),
  {
    name: 'x',
    ownerReferences: ['a', 'b', 'c'].map((name) => ({
      apiVersion: 'v1',
      kind: 'K',
      name,
      uid: name,
      controller: true,
    })),
  },
];

const KINDS: { kind: string; path: string; namespaced: boolean; nameRule: NameRule; more: object }[] = [
  {
    kind: 'ConfigMap',
    path: '/api/v1/namespaces/default/configmaps',
    namespaced: true,
    nameRule: 'dns1123-subdomain',
    more: {},
  },
  {
    kind: 'Service',
    path: '/api/v1/namespaces/default/services',
    namespaced: true,
    nameRule: 'dns1123-label',
    more: { spec: { ports: [{ port: 80 }] } },
  },
  { kind: 'Namespace', path: '/api/v1/namespaces', namespaced: false, nameRule: 'dns1123-label', more: {} },
  {
    kind: 'ClusterRole',
    path: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    namespaced: false,
    nameRule: 'path-segment',
    more: { rules: null },
  },
];

describeWith(['control-plane'], 'metadata of kube-apiserver', () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane();
  }, 120_000);

  afterAll(() => plane?.stop());

  /** Upstream reports an error once, however often its rules find it. */
  const shown = (errors: FieldError[]) => ({
    line: errors.length > 0 ? lines(errors) : '',
    causes: [...new Map(errors.map((error) => [line(error), cause(error)])).values()],
  });

  // oxlint-disable-next-line typescript/no-explicit-any -- a Status or the object
  const answered = ({ status, body }: { status: number; body: any }) => {
    if (status < 300) return { line: '', causes: [] };
    if (status !== 422) throw new Error(JSON.stringify(body));
    return { line: body.message.slice(body.message.indexOf(' is invalid: ') + 13), causes: body.details.causes };
  };

  test.each(KINDS)('creates of a $kind', async ({ kind, path, namespaced, nameRule, more }) => {
    const apiVersion = path.startsWith('/apis/') ? path.split('/').slice(2, 4).join('/') : 'v1';
    for (const meta of METADATA) {
      const metadata = { ...meta, ...(namespaced && { namespace: 'default' }) };
      const answer = await plane.request('POST', `${path}?dryRun=All`, { apiVersion, kind, metadata, ...more });
      // A namespace has its name as a label.
      const checked: ObjectMeta = { ...metadata };
      if (kind === 'Namespace')
        checked.labels = { ...checked.labels, 'kubernetes.io/metadata.name': checked.name ?? '' };
      expect({ meta, ...shown(validateObjectMeta(checked, { namespaced, nameRule }, 'metadata')) }).toEqual({
        meta,
        ...answered(answer),
      });
    }
  });

  test('updates of a ConfigMap', async () => {
    const path = '/api/v1/namespaces/default/configmaps';
    const { body: old } = await plane.request('POST', path, {
      metadata: { name: 'held', finalizers: ['example.com/a'], labels: { a: 'b' } },
    });
    const compare = async (live: { metadata: ObjectMeta }, change: object) => {
      const metadata = { ...live.metadata, ...change };
      const answer = await plane.request('PUT', `${path}/held?dryRun=All`, { ...live, metadata });
      const own = { namespaced: true, nameRule: 'dns1123-subdomain' } as const;
      const ours = [
        ...validateObjectMeta(metadata, { namespaced: true, nameRule: 'path-segment', generic: true }, 'metadata'),
        ...validateObjectMetaUpdate(metadata, live.metadata, 'metadata', { generic: true }),
        // A ConfigMap's own rules for an update include those for a new one.
        ...validateObjectMetaUpdate(metadata, live.metadata, 'metadata'),
        ...validateObjectMeta(metadata, own, 'metadata'),
      ];
      expect({ change, ...shown(ours) }).toEqual({ change, ...answered(answer) });
    };
    const changes = METADATA.filter(({ name }) => name === 'x').map(({ name: _, generation: __, ...change }) => change);
    for (const change of changes) await compare(old, change);
    await plane.request('DELETE', `${path}/held`);
    const { body: dying } = await plane.request('GET', `${path}/held`);
    await compare(dying, { finalizers: ['example.com/a', 'example.com/new', 'b.example.com/"new"'] });
    await compare(dying, { finalizers: ['example.com/a', 'example.com/new', 'b.example.com/new', 'example.com/new'] });
    await compare(dying, { finalizers: ['example.com/a'], labels: { 'x y': 'z z' } });
  });
});

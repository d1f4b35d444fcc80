import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { unauthorized } from '../../../src/cluster/api/status.ts';
import { checkEscalation } from '../../../src/cluster/auth/escalation.ts';
import { Impersonation } from '../../../src/cluster/auth/impersonate.ts';
import { authorize, forbiddenRequest } from '../../../src/cluster/auth/rbac.ts';
import type { RbacIndex } from '../../../src/cluster/auth/rbac-index.ts';
import { type Attributes, requestInfo } from '../../../src/cluster/auth/request-info.ts';
import { anonymous, type User } from '../../../src/cluster/auth/user.ts';
import { describeWith } from '../../support/requirements.ts';
import { waitFor } from '../../support/wait.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane.ts';
import { answerOf, indexOf, make, RBAC_PATH, type SentHeaders, send } from './real.ts';

const CORE = '';
const API = 'rbac.authorization.k8s.io';
const ADMIN: User = { name: 'admin', uid: 'admin', groups: ['system:masters', 'system:authenticated'] };

const rule = (verbs: string[], apiGroups: string[], resources: string[], resourceNames?: string[]) => ({
  verbs,
  apiGroups,
  resources,
  ...(resourceNames && { resourceNames }),
});
const user = (name: string) => ({ kind: 'User', name });
const group = (name: string) => ({ kind: 'Group', name });
const account = (name: string, namespace: string) => ({ kind: 'ServiceAccount', name, namespace });
const ref = (kind: string, name: string) => ({ kind, name, apiGroup: API });

/** Roles and bindings of the tests, by path. */
const OBJECTS: [path: string, object: object][] = [
  [
    'clusterroles',
    { metadata: { name: 'urls' }, rules: [{ verbs: ['get'], nonResourceURLs: ['/metrics', '/logs/*'] }] },
  ],
  [
    'clusterroles',
    {
      metadata: { name: 'rbac-writer' },
      rules: [
        rule(['create', 'update', 'get'], [API], ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings']),
        rule(['impersonate'], [CORE], ['users'], ['bob']),
        rule(['get', 'list'], [CORE], ['pods']),
        rule(['get'], ['*'], ['*/status']),
        rule(['bind'], [API], ['clusterroles'], ['view']),
      ],
    },
  ],
  ['clusterroles', { metadata: { name: 'escalator' }, rules: [rule(['escalate', 'bind', 'create'], [API], ['*'])] }],
  [
    'clusterroles',
    {
      metadata: { name: 'posing' },
      rules: [
        rule(['impersonate-on:user-info:list'], [CORE], ['services']),
        rule(['impersonate:user-info'], ['authentication.k8s.io'], ['users', 'groups'], ['bob', 'team']),
        rule(['impersonate-on:serviceaccount:list'], [CORE], ['*']),
        rule(['impersonate:serviceaccount'], ['authentication.k8s.io'], ['serviceaccounts']),
        rule(['impersonate-on:arbitrary-node:get'], [CORE], ['nodes']),
        rule(['impersonate:arbitrary-node'], ['authentication.k8s.io'], ['nodes'], ['n1']),
      ],
    },
  ],
  [
    'namespaces/default/roles',
    { metadata: { name: 'config' }, rules: [rule(['get', 'update'], [CORE], ['configmaps'], ['a', 'b'])] },
  ],
  ['namespaces/default/roles', { metadata: { name: 'scaler' }, rules: [rule(['*'], ['apps'], ['*/scale'])] }],
  [
    'clusterrolebindings',
    { metadata: { name: 'urls' }, roleRef: ref('ClusterRole', 'urls'), subjects: [group('ops')] },
  ],
  [
    'clusterrolebindings',
    { metadata: { name: 'eve' }, roleRef: ref('ClusterRole', 'rbac-writer'), subjects: [user('eve')] },
  ],
  [
    'clusterrolebindings',
    { metadata: { name: 'mallory' }, roleRef: ref('ClusterRole', 'escalator'), subjects: [user('mallory')] },
  ],
  [
    'clusterrolebindings',
    { metadata: { name: 'poser' }, roleRef: ref('ClusterRole', 'posing'), subjects: [user('poser')] },
  ],
  [
    'clusterrolebindings',
    { metadata: { name: 'broken' }, roleRef: ref('ClusterRole', 'nothere'), subjects: [user('carol')] },
  ],
  [
    'namespaces/default/rolebindings',
    { metadata: { name: 'broken' }, roleRef: ref('Role', 'notthere'), subjects: [user('carol')] },
  ],
  [
    'namespaces/default/rolebindings',
    {
      metadata: { name: 'reader' },
      roleRef: ref('ClusterRole', 'system:aggregate-to-view'),
      subjects: [user('zoe'), group('team'), account('robot', 'default')],
    },
  ],
  [
    'namespaces/default/rolebindings',
    { metadata: { name: 'config' }, roleRef: ref('Role', 'config'), subjects: [user('bob')] },
  ],
  [
    'namespaces/default/rolebindings',
    { metadata: { name: 'scaler' }, roleRef: ref('Role', 'scaler'), subjects: [account('robot', 'other')] },
  ],
  ['clusterroles', { metadata: { name: 'quotas' }, rules: [rule(['list'], [CORE], ['resourcequotas'])] }],
  [
    'clusterrolebindings',
    {
      metadata: { name: 'quotas' },
      roleRef: ref('ClusterRole', 'quotas'),
      subjects: [group('system:serviceaccounts:default')],
    },
  ],
];

/** Requests, and the name and groups of who sends them; '-' is nobody. */
const REQUESTS: [who: string, method: string, path: string][] = [
  ['-', 'GET', '/healthz'],
  ['-', 'GET', '/version'],
  ['-', 'GET', '/livez/ping'],
  ['-', 'GET', '/api'],
  ['-', 'GET', '/api/v1/services'],
  ['bob', 'GET', '/api'],
  ['bob', 'GET', '/apis/apps/v1'],
  ['bob', 'POST', '/apis/apps/v1'],
  ['bob', 'GET', '/metrics'],
  ['bob ops', 'GET', '/metrics'],
  ['bob ops', 'GET', '/metrics/slis'],
  ['bob ops', 'GET', '/logs/a/b'],
  ['bob ops', 'POST', '/logs/a'],
  ['bob', 'GET', '/no<such>&path'],
  ['bob', 'GET', '/api/v1/services'],
  ['bob', 'HEAD', '/api/v1/services'],
  ['bob', 'GET', '/api/v1/services?watch'],
  ['bob', 'GET', '/api/v1/services?watch=false'],
  ['bob', 'GET', '/api/v1/services?watch=x&limit=1'],
  ['bob', 'GET', '/api/v1/watch/services'],
  ['bob', 'GET', '/api/v1/watch/namespaces/default/services/a'],
  ['bob', 'GET', '/api/v1/namespaces'],
  ['bob', 'GET', '/api/v1/namespaces/foo'],
  ['bob', 'GET', '/api/v1/namespaces/foo/'],
  ['bob', 'PUT', '/api/v1/namespaces/foo/status'],
  ['bob', 'PUT', '/api/v1/namespaces/foo/finalize'],
  ['bob', 'DELETE', '/apis/apps/v1/namespaces/foo/deployments'],
  ['bob', 'DELETE', '/apis/apps/v1/namespaces/foo/deployments/x'],
  ['bob', 'PATCH', '/apis/apps/v1/namespaces/foo/deployments/x/scale'],
  ['bob', 'OPTIONS', '/apis/apps/v1/namespaces/foo/deployments'],
  ['bob', 'POST', '/apis/apps/v1/namespaces/foo/deployments/x/scale/more'],
  ['bob', 'GET', '/api/v1/namespaces/foo/services/x/proxy/a/b'],
  ['bob', 'GET', '/api/v1/proxy/namespaces/foo/pods/x/y'],
  ['bob', 'GET', '/api/v1/namespaces/default/services/a%3Cb'],
  ['bob', 'GET', '/api/v1/namespaces/a%3Cb/services'],
  ['bob<i>', 'GET', '/api/v1/services'],
  ['bob', 'GET', '/api/v1/namespaces/default/services?fieldSelector=metadata.name%3Dfoo'],
  ['bob', 'GET', '/api/v1/namespaces/default/services?fieldSelector=spec.type%3DClusterIP,metadata.name%3D%3Dfoo'],
  ['bob', 'GET', '/api/v1/namespaces/default/services?fieldSelector=metadata.name!%3Dfoo'],
  ['bob', 'GET', '/api/v1/namespaces/default/services?fieldSelector=metadata.name%3Dfoo&limit=abc'],
  ['bob', 'GET', '/api/v1/namespaces/default/configmaps/a'],
  ['bob', 'GET', '/api/v1/namespaces/default/configmaps/c'],
  ['bob', 'GET', '/api/v1/namespaces/default/configmaps'],
  ['bob', 'DELETE', '/api/v1/namespaces/default/configmaps/a'],
  ['bob', 'GET', '/api/v1/namespaces/kube-system/configmaps/a'],
  ['zoe', 'GET', '/api/v1/namespaces/default/services'],
  ['zoe', 'GET', '/api/v1/namespaces/default/secrets'],
  ['zoe', 'GET', '/api/v1/services'],
  ['zoe', 'GET', '/api/v1/namespaces/default'],
  ['ann team', 'GET', '/api/v1/namespaces/default/pods/x/log'],
  ['ann team', 'GET', '/api/v1/namespaces/default/pods/x/exec'],
  ['system:serviceaccount:default:robot', 'GET', '/api/v1/namespaces/default/services'],
  ['system:serviceaccount:other:robot', 'GET', '/api/v1/namespaces/default/services'],
  ['system:serviceaccount:other:robot', 'GET', '/apis/apps/v1/namespaces/default/deployments/x/scale'],
  ['system:serviceaccount:other:robot', 'GET', '/apis/apps/v1/namespaces/default/deployments/x/status'],
  ['carol', 'GET', '/api/v1/namespaces/default/secrets'],
  ['carol', 'GET', '/api/v1/secrets'],
  ['eve', 'GET', '/apis/apps/v1/namespaces/default/deployments/x/status'],
  ['system:kube-proxy', 'GET', '/apis/discovery.k8s.io/v1/endpointslices'],
  ['system:kube-proxy', 'GET', '/api/v1/secrets'],
];

/** Writes of roles and bindings: who, path, object. */
const WRITES: [who: string, path: string, object: Record<string, unknown>][] = [
  [
    'eve g1 g2',
    'namespaces/default/roles',
    {
      metadata: { name: 'r' },
      rules: [
        rule(['get', 'list', 'delete'], ['', 'apps'], ['pods', 'secrets', 'pods/status']),
        rule(['get'], [''], ['secrets'], ['a', 'b']),
        rule(['get', 'update'], ['apps'], ['deployments/status']),
      ],
    },
  ],
  ['eve', 'namespaces/default/roles', { metadata: { generateName: 'r-' }, rules: [rule(['*'], ['*'], ['*'])] }],
  ['eve', 'namespaces/default/roles', { metadata: { name: 'allowed' }, rules: [rule(['get'], [''], ['pods'], ['a'])] }],
  [
    'eve',
    'clusterroles',
    { metadata: { name: 'r' }, rules: [{ verbs: ['get', 'put'], nonResourceURLs: ['/foo', '/api/x'] }] },
  ],
  [
    'eve',
    'clusterroles',
    { metadata: { name: 'r' }, aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } },
  ],
  ['mallory', 'clusterroles', { metadata: { name: 'all' }, rules: [rule(['*'], ['*'], ['*'])] }],
  ['mallory', 'clusterrolebindings', { metadata: { name: 'all' }, roleRef: ref('ClusterRole', 'cluster-admin') }],
  ['eve', 'clusterrolebindings', { metadata: { name: 'r' }, roleRef: ref('ClusterRole', 'cluster-admin') }],
  ['eve', 'clusterrolebindings', { metadata: { name: 'r' }, roleRef: ref('ClusterRole', 'nothere') }],
  ['eve', 'clusterrolebindings', { metadata: { name: 'r' }, roleRef: ref('Foo', 'cluster-admin') }],
  ['eve', 'clusterrolebindings', { metadata: { name: 'bound' }, roleRef: ref('ClusterRole', 'view') }],
  ['eve', 'clusterrolebindings', { metadata: { name: 'own' }, roleRef: ref('ClusterRole', 'rbac-writer') }],
  ['eve', 'namespaces/default/rolebindings', { metadata: { name: 'r' }, roleRef: ref('Role', 'nothere') }],
  ['eve', 'namespaces/default/rolebindings', { metadata: { name: 'r' }, roleRef: ref('Role', 'config') }],
  ['eve', 'namespaces/default/rolebindings', { metadata: { name: 'r' }, roleRef: ref('ClusterRole', 'edit') }],
];

/** Headers of a request of somebody, and what it asks for. */
const POSED: [who: string, headers: SentHeaders, path: string][] = [
  ['poser', { 'impersonate-user': 'bob' }, '/api/v1/services'],
  ['poser', { 'impersonate-user': 'bob' }, '/api/v1/pods'],
  ['poser', { 'impersonate-user': 'bob', 'impersonate-group': 'team' }, '/api/v1/namespaces/default/services'],
  ['poser', { 'impersonate-user': 'bob', 'impersonate-group': ['team', 'ops'] }, '/api/v1/namespaces/default/services'],
  ['poser', { 'impersonate-user': 'bob', 'impersonate-group': 'system:masters' }, '/api/v1/services'],
  ['poser', { 'impersonate-user': 'bob', 'impersonate-extra-scopes': 'a' }, '/api/v1/services'],
  ['poser', { 'impersonate-user': 'bob', 'impersonate-extra-x.io%2fscopes': 'a' }, '/api/v1/services'],
  ['poser', { 'impersonate-user': 'bob', 'impersonate-uid': 'u' }, '/api/v1/services'],
  ['poser', { 'impersonate-user': 'alice' }, '/api/v1/services'],
  ['poser', { 'impersonate-user': 'system:serviceaccount:default:robot' }, '/api/v1/namespaces/default/services'],
  ['poser', { 'impersonate-user': 'system:serviceaccount:default:robot' }, '/api/v1/services'],
  // Granted to the group of the namespace's accounts, which is not asked for.
  ['poser', { 'impersonate-user': 'system:serviceaccount:default:robot' }, '/api/v1/resourcequotas'],
  ['poser', { 'impersonate-user': 'system:serviceaccount:other:robot' }, '/api/v1/resourcequotas'],
  ['poser', { 'impersonate-user': 'system:node:n1' }, '/api/v1/nodes/n1'],
  ['poser', { 'impersonate-user': 'system:node:n2' }, '/api/v1/nodes/n1'],
  ['zoe', { 'impersonate-user': 'bob' }, '/api/v1/services'],
  ['zoe', { 'impersonate-group': 'bob' }, '/api/v1/services'],
  ['zoe', { 'impersonate-uid': 'bob' }, '/version'],
  ['zoe', { 'impersonate-extra-b': 'x', 'impersonate-extra-a': ['"y"', 'z'] }, '/version'],
  ['-', { 'impersonate-user': 'bob' }, '/version'],
  // Plain impersonation comes last the first time, and first once it has worked.
  ['eve', { 'impersonate-user': 'alice' }, '/api/v1/services'],
  ['eve', { 'impersonate-user': 'bob' }, '/api/v1/services'],
  ['eve', { 'impersonate-user': 'alice' }, '/api/v1/services'],
  ['admin', { 'impersonate-user': 'system:anonymous' }, '/api/v1/services'],
  ['admin', { 'impersonate-user': 'bob', 'impersonate-group': 'system:unauthenticated' }, '/api'],
  [
    'admin',
    { 'impersonate-user': 'system:serviceaccount:default:robot', 'impersonate-group': 'ops' },
    '/api/v1/services',
  ],
];

describeWith(['control-plane'], 'access against kube-apiserver', () => {
  let plane: ControlPlane;
  let index: RbacIndex;
  const tokens: Record<string, string> = { admin: '' };

  /** Headers that make the real server see the user: the admin impersonates, who may do that. */
  const headersOf = (who: string): SentHeaders => {
    const [name = '', ...groups] = who.split(' ');
    if (name === '-') return { authorization: '' };
    return { 'impersonate-user': name, ...(groups.length > 0 && { 'impersonate-group': groups }) };
  };
  const userOf = (who: string): User => {
    if (who === '-') return anonymous;
    if (who === 'admin') return ADMIN;
    const headers = Object.entries(headersOf(who)).map(([name, value]) => [name, [value].flat()]);
    const asked = { ...requestOf('GET', '/'), user: ADMIN };
    return new Impersonation((request) => authorize(index, request)).userOf(asked, Object.fromEntries(headers));
  };
  const requestOf = (method: string, url: string): Attributes => {
    const [path = '', query = ''] = url.split('?');
    const info = requestInfo(method, decodeURIComponent(path), new URLSearchParams(query));
    if (!info) throw new Error(`${url} names no resource`);
    return { ...info, user: anonymous };
  };
  const refusal = (request: Attributes) => {
    const { allowed, reason } = authorize(index, request);
    return allowed ? undefined : forbiddenRequest(request, reason).status;
  };

  beforeAll(async () => {
    plane = await startControlPlane();
    for (const [path, object] of OBJECTS) await make(plane, `${RBAC_PATH}/${path}`, object);
    index = await indexOf(plane);
    // The authorizer's own view is a moment behind.
    await waitFor(async () => (await send(plane, 'GET', '/logs/x', headersOf('bob ops'))).status !== 403, {
      what: 'RBAC',
    });
    await waitFor(
      async () =>
        (await send(plane, 'GET', '/apis/apps/v1/namespaces/default/deployments/x/scale', headersOf(ROBOT))).status !==
        403,
      { what: 'RBAC' },
    );
  }, 90_000);
  afterAll(() => plane?.stop());
  const ROBOT = 'system:serviceaccount:other:robot';

  test('allows and refuses the same requests in the same words', async () => {
    for (const [who, method, url] of REQUESTS) {
      const real = await send(plane, method, url, headersOf(who));
      const ours = refusal({ ...requestOf(method, url), user: userOf(who) });
      const what = `${who} ${method} ${url}`;
      expect([what, ours === undefined], JSON.stringify(real.body)).toEqual([what, real.status !== 403]);
      if (ours && method !== 'HEAD') expect({ what, ...real.body }).toEqual({ what, ...ours });
    }
  });

  test('lets nobody grant more than they hold', async () => {
    for (const [who, path, object] of WRITES) {
      const real = await send(plane, 'POST', `${RBAC_PATH}/${path}`, headersOf(who), object);
      const request = { ...requestOf('POST', `${RBAC_PATH}/${path}`), user: userOf(who) };
      const context = { lookup: index, authorize: (asked: Attributes) => authorize(index, asked) };
      const written = { apiVersion: `${API}/v1`, kind: '', metadata: {}, ...object };
      const ours = answerOf(201, () => checkEscalation({ request, object: written }, context));
      const what = `${who} ${path} ${JSON.stringify(object)}`;
      expect({ what, status: ours.status }, JSON.stringify(real.body)).toEqual({ what, status: real.status });
      if (ours.status !== 201) expect({ what, ...real.body }).toEqual({ what, ...(ours.body as object) });
    }
  });

  test('an update that grants more is refused, one of finalizers alone is not', async () => {
    const roles = `${RBAC_PATH}/namespaces/default/roles`;
    const bindings = `${RBAC_PATH}/namespaces/default/rolebindings`;
    const rules = [rule(['get'], [CORE], ['secrets'])];
    const role = await make(plane, roles, { metadata: { name: 'kept' }, rules });
    const binding = await make(plane, bindings, {
      metadata: { name: 'kept' },
      roleRef: ref('ClusterRole', 'system:aggregate-to-edit'),
    });
    const changed = (old: KubeObject, metadata: object): KubeObject => ({
      ...old,
      metadata: { ...old.metadata, ...metadata },
    });
    const updates: [what: string, path: string, old: KubeObject, object: KubeObject][] = [
      ['a label', roles, role, changed(role, { labels: { a: 'b' } })],
      ['the rules', roles, role, { ...role, rules: [rule(['get'], [CORE], ['pods', 'secrets'])] }],
      ['finalizers', roles, role, changed(role, { finalizers: ['x.io/y'] })],
      ['less', roles, role, { ...role, metadata: { name: 'kept' }, rules: [rule(['get'], [CORE], ['pods'])] }],
      ['a label of a binding', bindings, binding, changed(binding, { labels: { a: 'b' } })],
      ['finalizers of a binding', bindings, binding, changed(binding, { finalizers: ['x.io/y'] })],
    ];
    for (const [what, path, old, object] of updates) {
      const real = await send(plane, 'PUT', `${path}/kept`, headersOf('eve'), object);
      const request = { ...requestOf('PUT', `${path}/kept`), user: userOf('eve') };
      const context = { lookup: index, authorize: (asked: Attributes) => authorize(index, asked) };
      const ours = answerOf(200, () => checkEscalation({ request, object, old }, context));
      expect({ what, status: ours.status }, JSON.stringify(real.body)).toEqual({ what, status: real.status });
      if (ours.status !== 200) expect({ what, ...real.body }).toEqual({ what, ...(ours.body as object) });
    }
  });

  test('impersonation is allowed and refused in the same words', async () => {
    // Impersonators need tokens of their own: service accounts', whose names stand for the users of the table.
    const names = ['poser', 'zoe', 'eve'];
    for (const name of names) {
      await make(plane, '/api/v1/namespaces/default/serviceaccounts', { metadata: { name } });
      const { body } = await plane.request('POST', `/api/v1/namespaces/default/serviceaccounts/${name}/token`, {});
      tokens[name] = body.status.token;
    }
    for (const [role, name] of [
      ['posing', 'poser'],
      ['rbac-writer', 'eve'],
    ] as const) {
      const binding = {
        metadata: { name: `sa-${name}` },
        roleRef: ref('ClusterRole', role),
        subjects: [account(name, 'default')],
      };
      await make(plane, `${RBAC_PATH}/clusterrolebindings`, binding);
    }
    index = await indexOf(plane);
    await waitFor(
      async () =>
        (await send(plane, 'GET', '/api/v1/pods', headersOf('system:serviceaccount:default:eve'))).status === 200,
      { what: 'the bindings' },
    );
    const impersonation = new Impersonation((request) => authorize(index, request));
    for (const [who, headers, url] of POSED) {
      const token = who === 'admin' ? {} : { authorization: who === '-' ? '' : `Bearer ${tokens[who]}` };
      const real = await send(plane, 'GET', url, { ...headers, ...token });
      const requestor = names.includes(who) ? userOf(`system:serviceaccount:default:${who}`) : userOf(who);
      const request = { ...requestOf('GET', url), user: requestor };
      const ours = answerOf(200, () => {
        const lists = Object.entries(headers).map(([name, value]) => [name, [value].flat()]);
        const posed = { ...request, user: impersonation.userOf(request, Object.fromEntries(lists)) };
        const { allowed, reason } = authorize(index, posed);
        if (!allowed) throw forbiddenRequest(posed, reason);
      });
      const what = `${who} ${JSON.stringify(headers)} ${url}`;
      const allowed = real.status === 200 || real.status === 404;
      expect({ what, status: ours.status }, JSON.stringify(real.body)).toEqual({
        what,
        status: allowed ? 200 : real.status,
      });
      if (!allowed) expect({ what, ...real.body }).toEqual({ what, ...(ours.body as object) });
    }
  });

  test('a bad token is refused everywhere, something else than a bearer token is nobody', async () => {
    expect((await send(plane, 'GET', '/healthz', { authorization: 'Bearer nope' })).body).toEqual(
      unauthorized().status,
    );
    expect((await send(plane, 'GET', '/healthz', { authorization: 'Basic YTpi' })).status).toBe(200);
  });
});

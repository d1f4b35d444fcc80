import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { aggregatedRules } from '../../../src/cluster/auth/aggregation.ts';
import { Authenticator } from '../../../src/cluster/auth/authenticate.ts';
import { bootstrapObjects } from '../../../src/cluster/auth/bootstrap.ts';
import { authorize } from '../../../src/cluster/auth/rbac.ts';
import type { RbacIndex } from '../../../src/cluster/auth/rbac-index.ts';
import { REVIEWS } from '../../../src/cluster/auth/reviews.ts';
import { requestToken, type TokenLookup } from '../../../src/cluster/auth/token-request.ts';
import { keySet, openidConfiguration, type TokenIssuer, tokenIssuer } from '../../../src/cluster/auth/tokens.ts';
import type { User } from '../../../src/cluster/auth/user.ts';
import { describeWith } from '../../support/requirements.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane.ts';
import { answerOf, indexOf, make, RBAC_PATH, send } from './real.ts';

const AUTHORIZATION = '/apis/authorization.k8s.io/v1';
const AUTHENTICATION = '/apis/authentication.k8s.io/v1';
const ADMIN: User = { name: 'admin', uid: 'admin', groups: ['system:masters', 'system:authenticated'] };
const ISSUER = 'https://kubernetes.default.svc';

const pods = { verb: 'list', resource: 'pods', namespace: 'default' };
// One default role allows it: of two, upstream names either.
const path = { path: '/api', verb: 'get' };

/** Kind, namespace of the URL, object as posted, and whom the admin impersonates. */
const REVIEWED: [kind: string, namespace: string, object: object, as?: string][] = [
  ['SelfSubjectAccessReview', '', { spec: { resourceAttributes: pods } }],
  ['SelfSubjectAccessReview', '', { spec: { resourceAttributes: pods } }, 'bob'],
  ['SelfSubjectAccessReview', '', { spec: { nonResourceAttributes: path } }, 'bob'],
  ['SelfSubjectAccessReview', '', { spec: {} }],
  ['SelfSubjectAccessReview', '', { spec: { resourceAttributes: pods, nonResourceAttributes: path } }],
  ['SelfSubjectAccessReview', '', { metadata: { name: 'a' }, spec: {} }],
  ...[
    {},
    { rawSelector: 'a=b', requirements: [{ key: 'a', operator: 'In', values: ['b'] }] },
    { rawSelector: 'a' },
    { rawSelector: 'a=b,c!=d' },
    { requirements: [{ key: 'a', operator: 'In', values: ['b'] }, { operator: 'NotIn' }] },
    {
      requirements: [
        { key: 'a', operator: 'In', values: ['b'] },
        { key: 'a', operator: 'Foo', values: ['b'] },
      ],
    },
    { requirements: [{ key: 'a', operator: 'Exists', values: ['b'] }] },
    { requirements: [{ key: 'a', operator: 'In', values: ['b', 'c'] }] },
  ].map((fieldSelector): [string, string, object] => [
    'SelfSubjectAccessReview',
    '',
    { spec: { resourceAttributes: { ...pods, fieldSelector } } },
  ]),
  ...[
    {},
    { rawSelector: 'a in (b' },
    { rawSelector: 'a in (b, c),!d,e, x.io/f!=g,h>1' },
    { rawSelector: '-a' },
    {
      requirements: [
        { key: 'a', operator: 'In', values: ['b'] },
        { key: 'a', operator: 'Foo', values: ['b'] },
      ],
    },
    {
      requirements: [
        { key: 'a b', operator: 'In', values: ['b c'] },
        { key: 'a', operator: 'Exists', values: ['b'] },
        { operator: 'In' },
      ],
    },
  ].map((labelSelector): [string, string, object] => [
    'SelfSubjectAccessReview',
    '',
    { spec: { resourceAttributes: { ...pods, labelSelector } } },
  ]),
  ['SubjectAccessReview', '', { spec: { user: 'zoe', resourceAttributes: pods } }],
  [
    'SubjectAccessReview',
    '',
    { spec: { user: 'bob', groups: ['team'], resourceAttributes: { ...pods, subresource: 'log', version: 'v1' } } },
  ],
  ['SubjectAccessReview', '', { spec: { groups: ['system:masters'], resourceAttributes: pods } }],
  ['SubjectAccessReview', '', { spec: { user: 'carol', resourceAttributes: pods } }],
  ['SubjectAccessReview', '', { spec: { user: 'bob', groups: ['system:authenticated'], nonResourceAttributes: path } }],
  ['SubjectAccessReview', '', { spec: { user: 'system:serviceaccount:default:robot', resourceAttributes: pods } }],
  ['SubjectAccessReview', '', { spec: { user: 'bob', uid: 'u', extra: { a: ['b'] }, resourceAttributes: pods } }],
  ['SubjectAccessReview', '', { spec: { resourceAttributes: pods } }],
  ['SubjectAccessReview', '', {}],
  ['LocalSubjectAccessReview', 'default', { spec: { user: 'zoe', resourceAttributes: pods } }],
  ['LocalSubjectAccessReview', 'default', { spec: { user: 'zoe', resourceAttributes: { ...pods, namespace: 'x' } } }],
  [
    'LocalSubjectAccessReview',
    'default',
    { spec: { user: 'zoe', resourceAttributes: { verb: 'get', resource: 'pods' } } },
  ],
  ['LocalSubjectAccessReview', 'default', { spec: { user: 'zoe', nonResourceAttributes: path } }],
  ['LocalSubjectAccessReview', 'default', {}],
  ['SelfSubjectRulesReview', '', { spec: { namespace: 'default' } }],
  ['SelfSubjectRulesReview', '', { spec: { namespace: 'default' } }, 'carol'],
  ['SelfSubjectRulesReview', '', { spec: { namespace: 'default' } }, 'zoe'],
  [
    'SelfSubjectRulesReview',
    '',
    { spec: { namespace: 'kube-public' } },
    'system:serviceaccount:kube-system:bootstrap-signer',
  ],
  ['SelfSubjectRulesReview', '', { spec: {} }],
  ['SelfSubjectReview', '', {}],
  ['SelfSubjectReview', '', { metadata: { name: 'x' } }, 'bob'],
  ['TokenReview', '', {}],
  ['TokenReview', '', { spec: { token: 'nope' } }],
  ['TokenReview', '', { spec: { token: 'a.b.c', audiences: ['x'] } }],
];

/** Bodies posted to serviceaccounts/robot/token. */
const REQUESTED: object[] = [
  {},
  { spec: { expirationSeconds: 599 } },
  { spec: { expirationSeconds: 0 } },
  { spec: { expirationSeconds: 4294967297 } },
  { spec: { expirationSeconds: 7200, audiences: ['x', 'y'] } },
  { metadata: { name: 'zz' } },
  { metadata: { uid: 'zz' } },
  { metadata: { name: 'robot', namespace: 'default', labels: { a: 'b' } }, spec: { expirationSeconds: 3607 } },
  { spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'nopod' } } },
  { spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'pod' } } },
  { spec: { boundObjectRef: { kind: 'Pod', name: 'pod' }, expirationSeconds: 3607 } },
  {
    spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'pod' }, audiences: ['x'], expirationSeconds: 3607 },
  },
  { spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'pod', uid: 'u' } } },
  { spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'other' } } },
  { spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'lost' } } },
  { spec: { boundObjectRef: { kind: 'Secret', apiVersion: 'v1', name: 'secret' } } },
  { spec: { boundObjectRef: { kind: 'Secret', apiVersion: 'v1', name: 'nosecret' } } },
  { spec: { boundObjectRef: { kind: 'Node', apiVersion: 'v1', name: 'node' } } },
  { spec: { boundObjectRef: { kind: 'Node', apiVersion: 'v1', name: 'nonode' } } },
  { spec: { boundObjectRef: { kind: 'Foo', apiVersion: 'a/v1', name: 'x' } } },
  { spec: { boundObjectRef: { kind: 'Foo', apiVersion: 'v1', name: 'x' } } },
  { spec: { boundObjectRef: { kind: 'Foo', name: 'x' } } },
  { spec: { boundObjectRef: { name: 'x' } } },
  { spec: { attestations: { admissionReviewAPIGroups: ['x'] } } },
];

const payload = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
const header = (token: string) => Buffer.from(token.split('.')[0] ?? '', 'base64url').toString();

/** Upstream goes through the bindings in no order. */
function sortRules(object: KubeObject): void {
  for (const rules of [object['status'].resourceRules, object['status'].nonResourceRules] as object[][]) {
    rules.sort((a, b) => (JSON.stringify(sorted(a)) < JSON.stringify(sorted(b)) ? -1 : 1));
  }
}

const sorted = (rule: object) => Object.entries(rule).sort(([a], [b]) => (a < b ? -1 : 1));

/** Without what the server's handlers add to any object. */
function bare(object: KubeObject): KubeObject {
  const { managedFields: _fields, ...metadata } = object.metadata;
  return { ...object, metadata };
}

describeWith(['control-plane'], 'reviews and tokens against kube-apiserver', () => {
  let plane: ControlPlane;
  let index: RbacIndex;
  let issuer: TokenIssuer;
  const live = new Map<string, KubeObject>();
  const lookup: TokenLookup = (resource, namespace, name) => live.get(`${resource}/${namespace}/${name}`);

  beforeAll(async () => {
    plane = await startControlPlane();
    const ref = (kind: string, name: string) => ({ kind, name, apiGroup: 'rbac.authorization.k8s.io' });
    const bind = async (namespace: string, name: string, roleRef: object, subjects: object[]) => {
      const where = namespace ? `namespaces/${namespace}/rolebindings` : 'clusterrolebindings';
      const { status } = await plane.request('POST', `${RBAC_PATH}/${where}`, {
        metadata: { name },
        roleRef,
        subjects,
      });
      expect(status).toBe(201);
    };
    const carol = { kind: 'User', name: 'carol' };
    await bind('', 'broken', ref('ClusterRole', 'nothere'), [carol]);
    await bind('default', 'broken', ref('Role', 'notthere'), [carol]);
    await bind('default', 'reader', ref('ClusterRole', 'system:aggregate-to-view'), [
      { kind: 'User', name: 'zoe' },
      { kind: 'Group', name: 'team' },
      { kind: 'ServiceAccount', name: 'robot', namespace: 'default' },
    ]);
    index = await indexOf(plane);
    issuer = tokenIssuer(readFileSync(join(plane.dir, 'service-accounts.key'), 'utf8'), ISSUER);
    const spec = { containers: [{ name: 'c', image: 'i' }], serviceAccountName: 'robot' };
    const inDefault = '/api/v1/namespaces/default';
    for (const [where, resource, object] of [
      [inDefault, 'serviceaccounts', { metadata: { name: 'robot' } }],
      ['/api/v1', 'nodes', { metadata: { name: 'node' } }],
      [inDefault, 'secrets', { metadata: { name: 'secret' } }],
      [inDefault, 'pods', { metadata: { name: 'pod' }, spec: { ...spec, nodeName: 'node' } }],
      [inDefault, 'pods', { metadata: { name: 'lost' }, spec: { ...spec, nodeName: 'gone' } }],
      [inDefault, 'pods', { metadata: { name: 'other' }, spec: { ...spec, serviceAccountName: 'else' } }],
    ] as const) {
      const made = await make(plane, `${where}/${resource}`, object);
      live.set(`${resource}/${made.metadata.namespace ?? ''}/${made.metadata.name}`, made);
    }
  }, 90_000);
  afterAll(() => plane?.stop());

  const review = (kind: string, namespace: string, object: object, as?: string) => {
    const group = AUTHENTICATION.includes(groupOf(kind)) ? 'authentication.k8s.io/v1' : 'authorization.k8s.io/v1';
    const user: User = as
      ? { name: as, groups: as.includes(':') ? [...SIGNER_GROUPS] : ['system:authenticated'] }
      : ADMIN;
    const authenticator = new Authenticator([{ token: plane.token, user: ADMIN }], issuer, lookup);
    const posted = { apiVersion: group, kind, metadata: {}, ...object } as KubeObject;
    return answerOf(201, () =>
      REVIEWS[kind]?.(posted, {
        user,
        namespace,
        lookup: index,
        authorize: (request) => authorize(index, request),
        checkToken: (token, audiences) => authenticator.check(token, new Date(), audiences),
        now: '2026-01-01T00:00:00Z',
      }),
    );
  };
  const SIGNER_GROUPS = ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'];
  const groupOf = (kind: string) =>
    /^(SelfSubjectReview|TokenReview)$/.test(kind) ? 'authentication' : 'authorization';
  const urlOf = (kind: string, namespace: string) => {
    const base = groupOf(kind) === 'authentication' ? AUTHENTICATION : AUTHORIZATION;
    return `${base}${namespace ? `/namespaces/${namespace}` : ''}/${kind.toLowerCase()}s`;
  };

  test('reviews are answered alike', async () => {
    for (const [kind, namespace, object, as] of REVIEWED) {
      const real = await send(plane, 'POST', urlOf(kind, namespace), as ? { 'impersonate-user': as } : {}, object);
      const ours = review(kind, namespace, object, as);
      const what = `${kind} ${JSON.stringify(object)}`;
      expect({ what, status: ours.status }, JSON.stringify(real.body)).toEqual({ what, status: real.status });
      if (real.status !== 201) {
        expect({ what, ...(ours.body as object) }).toEqual({ what, ...real.body });
        continue;
      }
      const [mine, theirs] = [bare(ours.body as KubeObject), bare(real.body)];
      if (kind === 'SelfSubjectReview') theirs.metadata.creationTimestamp = mine.metadata.creationTimestamp ?? '';
      if (kind === 'SelfSubjectRulesReview') for (const one of [mine, theirs]) sortRules(one);
      expect({ what, ...mine, spec: null }).toEqual({ what, ...theirs, spec: null });
    }
  });

  test('token requests are answered alike, and the tokens say the same', async () => {
    for (const object of REQUESTED) {
      const real = await send(plane, 'POST', '/api/v1/namespaces/default/serviceaccounts/robot/token', {}, object);
      const posted = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: {}, ...object };
      const now = new Date();
      const input = {
        object: posted as KubeObject,
        namespace: 'default',
        name: 'robot',
        now,
        id: 'id',
        issuer,
        lookup,
      };
      const ours = answerOf(201, () => requestToken(input));
      const what = JSON.stringify(object);
      expect({ what, status: ours.status }, JSON.stringify(real.body)).toEqual({ what, status: real.status });
      if (real.status !== 201) {
        expect({ what, ...(ours.body as object) }).toEqual({ what, ...real.body });
        continue;
      }
      const [mine, theirs] = [bare(ours.body as KubeObject), bare(real.body)];
      const [claims, known] = [payload(mine['status'].token), payload(theirs['status'].token)];
      expect(header(mine['status'].token)).toBe(header(theirs['status'].token));
      // Times are counted from when each was made.
      const counted = (all: typeof claims) => ({
        ...all,
        jti: '',
        iat: 0,
        nbf: all.nbf - all.iat,
        exp: all.exp - all.iat,
        'kubernetes.io': {
          ...all['kubernetes.io'],
          warnafter: all['kubernetes.io'].warnafter && all['kubernetes.io'].warnafter - all.iat,
        },
      });
      expect({ what, ...counted(claims) }).toEqual({ what, ...counted(known) });
      expect(Object.keys(claims)).toEqual(Object.keys(known));
      expect(mine.metadata).toEqual({ ...theirs.metadata, creationTimestamp: mine.metadata.creationTimestamp });
      // The server trusts a token of ours as its own.
      if (!claims.aud.includes(ISSUER)) continue;
      const asked = { spec: { token: mine['status'].token } };
      const [trusted, self] = [
        await send(plane, 'POST', `${AUTHENTICATION}/tokenreviews`, {}, asked),
        review('TokenReview', '', asked).body as KubeObject,
      ];
      expect({ what, ...trusted.body.status }).toEqual({ what, ...self['status'] });
    }
  });

  test('tokens that are not good are refused in the same words', async () => {
    const token = (changes: object, account = 'robot') => {
      const object = { apiVersion: '', kind: 'TokenRequest', metadata: {}, spec: changes } as KubeObject;
      const input = { object, namespace: 'default', name: account, id: 'id', issuer };
      return (now: Date, found: TokenLookup = lookup): string =>
        requestToken({ ...input, now, lookup: found })['status'].token;
    };
    const now = new Date();
    const good = token({})(now);
    const [head = '', body = '', signature = ''] = good.split('.');
    const strange: TokenLookup = (resource, namespace, name) => {
      const metadata = { ...(lookup(resource, namespace, name)?.metadata ?? { name, namespace }), uid: 'other' };
      return { apiVersion: 'v1', kind: '', metadata, spec: { serviceAccountName: 'robot' } };
    };
    const onlyStrange =
      (wanted: string): TokenLookup =>
      (resource, ...rest) =>
        resource === wanted ? strange(resource, ...rest) : lookup(resource, ...rest);
    const hours = (count: number) => new Date(now.getTime() + count * 3600_000);
    const other = tokenIssuer(readFileSync(join(plane.dir, 'service-accounts.key'), 'utf8'), 'https://elsewhere');
    const ref = (kind: string, name: string) => ({ boundObjectRef: { kind, apiVersion: 'v1', name } });
    const cases: Record<string, [token: string, audiences?: string[]]> = {
      good: [good],
      expired: [token({})(hours(-2))],
      early: [token({})(hours(2))],
      'changed signature': [`${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`],
      'short signature': [`${head}.${body}.${signature.slice(4)}`],
      'changed claims': [
        `${head}.${Buffer.from(JSON.stringify({ iss: ISSUER, sub: 'x' })).toString('base64url')}.${signature}`,
      ],
      'unknown key': [`${Buffer.from('{"alg":"ES256","kid":"x"}').toString('base64url')}.${body}.${signature}`],
      'another issuer': [
        requestToken({
          object: { apiVersion: '', kind: '', metadata: {} },
          namespace: 'default',
          name: 'robot',
          now,
          id: 'i',
          issuer: other,
          lookup,
        })['status'].token,
      ],
      'another audience': [good, ['x']],
      'one of the audiences': [good, ['x', ISSUER]],
      'no account': [token({}, 'nobody')(now, strange)],
      'an account of another uid': [token({})(now, strange)],
      'a secret of another uid': [token(ref('Secret', 'secret'))(now, onlyStrange('secrets'))],
      'no secret': [token(ref('Secret', 'none'))(now, onlyStrange('secrets'))],
      'a pod of another uid': [token(ref('Pod', 'pod'))(now, onlyStrange('pods'))],
      'no pod': [token(ref('Pod', 'none'))(now, onlyStrange('pods'))],
      'a node of another uid': [token(ref('Node', 'node'))(now, onlyStrange('nodes'))],
      'no node': [token(ref('Node', 'none'))(now, onlyStrange('nodes'))],
      'the admin': [plane.token],
      'the admin, for somebody else': [plane.token, ['x']],
    };
    for (const [what, [presented, audiences]] of Object.entries(cases)) {
      const asked = { spec: { token: presented, ...(audiences && { audiences }) } };
      const real = await send(plane, 'POST', `${AUTHENTICATION}/tokenreviews`, {}, asked);
      const ours = review('TokenReview', '', asked).body as KubeObject;
      expect({ what, ...ours['status'] }).toEqual({ what, ...real.body.status });
    }
  });

  test('the documents about the issuer are the same', async () => {
    const { body } = await plane.request('GET', '/.well-known/openid-configuration');
    expect(openidConfiguration(issuer, plane.url)).toEqual(
      JSON.parse(typeof body === 'string' ? body : JSON.stringify(body)),
    );
    const keys = await send(plane, 'GET', '/openid/v1/jwks', { accept: 'application/jwk-set+json' });
    expect(JSON.stringify(keySet(issuer))).toBe(keys.body);
  });

  test('default roles and bindings are the same', async () => {
    const known = new Map<string, KubeObject>();
    for (const kind of ['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding']) {
      const { body } = await plane.request(
        'GET',
        `${RBAC_PATH}/${kind.toLowerCase()}s?labelSelector=kubernetes.io/bootstrapping`,
      );
      for (const item of body.items as KubeObject[]) {
        const { name = '', namespace, labels, annotations } = item.metadata;
        const metadata = { name, ...(namespace && { namespace }), labels, annotations };
        known.set(`${kind} ${namespace ?? ''}/${name}`, {
          ...item,
          kind,
          apiVersion: 'rbac.authorization.k8s.io/v1',
          metadata,
        } as KubeObject);
      }
    }
    const ours = bootstrapObjects().map((object): [string, KubeObject] => [
      `${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`,
      // Upstream's API server leaves the gathering to the controller manager.
      object['aggregationRule'] ? { ...object, rules: null } : object,
    ]);
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(known));
    // And what was gathered is what the controller would gather.
    for (const role of bootstrapObjects())
      if (role['aggregationRule'])
        expect(
          aggregatedRules(
            role,
            bootstrapObjects().filter(({ kind }) => kind === 'ClusterRole'),
          ),
        ).toBeUndefined();
  });
});

import type { Case } from './table.ts';

const ns = '/api/v1/namespaces/NS';
const cms = `${ns}/configmaps`;
const APPLY = { headers: { 'content-type': 'application/apply-patch+yaml' } };
const named = (name: string, more: object = {}) => ({ body: { metadata: { name, ...more } } });
const applied = (name: string) => ({
  ...APPLY,
  body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { k: 'applied' } },
});
const service = (extra: object) => ({ body: { metadata: { name: 's' }, spec: { ports: [{ port: 80 }], ...extra } } });
const POD = { body: { metadata: { name: 'p' }, spec: { nodeName: 'n', containers: [{ name: 'a', image: 'a' }] } } };

/** Dry runs leave nothing behind. */
export const DRY_RUNS: readonly Case[] = [
  ['POST /api/v1/namespaces', '201 json Namespace NS', named('NS')],
  [`POST ${cms}`, '201 json ConfigMap a {"k":"v"}', { body: { metadata: { name: 'a' }, data: { k: 'v' } } }],
  [`POST ${cms}`, '201 json ConfigMap f[x.y/z]', named('f', { finalizers: ['x.y/z'] })],
  [`POST ${ns}/pods`, '201 json Pod p', POD],
  [`POST ${cms}?dryRun=All`, '201 json ConfigMap new', named('new')],
  [
    `POST ${cms}?dryRun=All`,
    '409 json AlreadyExists: configmaps "a" already exists {"name":"a","kind":"configmaps"}',
    named('a'),
  ],
  [
    `POST ${cms}?dryRun=None`,
    '422 json Invalid: CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["None"]: supported values: "All" {"group":"meta.k8s.io","kind":"CreateOptions","causes":1}',
    named('new'),
  ],
  [
    `POST ${cms}?dryRun=`,
    '422 json Invalid: CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: [""]: supported values: "All" {"group":"meta.k8s.io","kind":"CreateOptions","causes":1}',
    named('new'),
  ],
  [
    `POST ${cms}?dryRun=All&dryRun=x`,
    '422 json Invalid: CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["All","x"]: supported values: "All" {"group":"meta.k8s.io","kind":"CreateOptions","causes":1}',
    named('new'),
  ],
  [
    `PUT ${cms}/a?dryRun=All`,
    '200 json ConfigMap a {"k":"put"}',
    { body: { metadata: { name: 'a' }, data: { k: 'put' } } },
  ],
  [`PATCH ${cms}/a?dryRun=All`, '200 json ConfigMap a {"k":"patched"}', { body: { data: { k: 'patched' } } }],
  [`PATCH ${cms}/a?dryRun=All&fieldManager=m&force=true`, '200 json ConfigMap a {"k":"applied"}', applied('a')],
  [`PATCH ${cms}/new?dryRun=All&fieldManager=m`, '201 json ConfigMap new {"k":"applied"}', applied('new')],
  [`DELETE ${cms}/a?dryRun=All`, '200 json Success {"name":"a","kind":"configmaps","uid":"UID"}'],
  [`DELETE ${cms}/a`, '200 json Success {"name":"a","kind":"configmaps","uid":"UID"}', { body: { dryRun: ['All'] } }],
  [
    `DELETE ${cms}/a`,
    '422 json Invalid: DeleteOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["x"]: supported values: "All" {"group":"meta.k8s.io","kind":"DeleteOptions","causes":1}',
    { body: { dryRun: ['x'] } },
  ],
  [`DELETE ${cms}/f?dryRun=All`, '200 json ConfigMap f![x.y/z]'],
  [`DELETE ${ns}/pods/p?dryRun=All`, '200 json Pod p!'],
  [`DELETE ${cms}?dryRun=All`, '200 json ConfigMapList a,f[x.y/z]'],
  [`DELETE ${ns}?dryRun=All`, '200 json Namespace NS!'],
  [`PUT ${ns}/finalize?dryRun=All`, '200 json Namespace NS', { body: { metadata: { name: 'NS' }, spec: {} } }],
  [`PATCH ${cms}/f?dryRun=All`, '200 json ConfigMap f', { body: { metadata: { finalizers: null } } }],
  [`POST ${ns}/services?dryRun=All`, '201 json Service s', service({ clusterIP: '10.96.200.1' })],
  [`POST ${ns}/services?dryRun=All`, '201 json Service s', service({ clusterIP: '10.96.200.1', type: 'NodePort' })],
  [
    'GET /apis/networking.k8s.io/v1/ipaddresses/10.96.200.1',
    '404 json NotFound: ipaddresses.networking.k8s.io "10.96.200.1" not found {"name":"10.96.200.1","group":"networking.k8s.io","kind":"ipaddresses"}',
  ],
  // All is as it was.
  [`GET ${cms}`, '200 json ConfigMapList a,f[x.y/z]'],
  [`GET ${cms}/a`, '200 json ConfigMap a {"k":"v"}'],
  [`GET ${ns}/pods`, '200 json PodList p'],
  [`GET ${ns}/services`, '200 json ServiceList'],
  [`GET ${ns}`, '200 json Namespace NS'],
];

/** What deletions are asked with, and what they leave. */
export const DELETIONS: readonly Case[] = [
  ['POST /api/v1/namespaces', '201 json Namespace NS', named('NS')],
  ...['a', 'b', 'c'].map((name): Case => [`POST ${cms}`, `201 json ConfigMap ${name}`, named(name)]),
  [`POST ${cms}`, '201 json ConfigMap f[x.y/z]', named('f', { finalizers: ['x.y/z'] })],
  [`DELETE ${cms}/nope`, '404 json NotFound: configmaps "nope" not found {"name":"nope","kind":"configmaps"}'],
  [
    `DELETE ${cms}/a?propagationPolicy=x`,
    '422 json Invalid: DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "x": supported values: "Foreground", "Background", "Orphan", "nil" {"group":"meta.k8s.io","kind":"DeleteOptions","causes":1}',
  ],
  [
    `DELETE ${cms}/a?orphanDependents=true&propagationPolicy=Orphan`,
    '422 json Invalid: DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set {"group":"meta.k8s.io","kind":"DeleteOptions","causes":1}',
  ],
  [`DELETE ${cms}/a?gracePeriodSeconds=x`, '400 json BadRequest: strconv.ParseInt: parsing "x": invalid syntax'],
  [
    `DELETE ${cms}/a`,
    '409 json Conflict: Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (wrong) does not match the UID in record (UID). The object might have been deleted and then recreated {"name":"a","kind":"ConfigMap"}',
    { body: { preconditions: { uid: 'wrong' } } },
  ],
  [
    `DELETE ${cms}/a`,
    '409 json Conflict: Operation cannot be fulfilled on ConfigMap "a": the ResourceVersion in the precondition (0) does not match the ResourceVersion in record (N). The object might have been modified {"name":"a","kind":"ConfigMap"}',
    { body: { preconditions: { resourceVersion: '0' } } },
  ],
  [
    `DELETE ${cms}/a`,
    '400 json BadRequest: no kind "Other" is registered for version "meta.k8s.io/v1" in scheme "pkg/runtime/scheme.go:111"',
    { body: { kind: 'Other' } },
  ],
  [
    `DELETE ${cms}/a`,
    "400 json BadRequest: couldn't get version/kind; json parse error: invalid character 'o' in literal null (expecting 'u')",
    { body: 'nothing' },
  ],
  [`DELETE ${cms}/a`, '200 json Success {"name":"a","kind":"configmaps","uid":"UID"}'],
  [`DELETE ${cms}/f`, '200 json ConfigMap f![x.y/z]'],
  [`DELETE ${cms}/f`, '200 json ConfigMap f![x.y/z]'],
  [
    `POST ${cms}`,
    '409 json AlreadyExists: object is being deleted: configmaps "f" already exists {"name":"f","kind":"configmaps"}',
    named('f'),
  ],
  [
    `PUT ${cms}/f`,
    '422 json Invalid: ConfigMap "f" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"another/one"} {"name":"f","kind":"ConfigMap","causes":1}',
    named('f', { finalizers: ['x.y/z', 'another/one'] }),
  ],
  [`PATCH ${cms}/f`, '200 json ConfigMap f!', { body: { metadata: { finalizers: null } } }],
  [`GET ${cms}`, '200 json ConfigMapList b,c'],
  [
    'DELETE /api/v1/namespaces/default',
    '403 json Forbidden: namespaces "default" is forbidden: this namespace may not be deleted {"name":"default","kind":"namespaces"}',
  ],
  [
    'DELETE /api/v1/namespaces/kube-system',
    '403 json Forbidden: namespaces "kube-system" is forbidden: this namespace may not be deleted {"name":"kube-system","kind":"namespaces"}',
  ],
  // Whole collections
  ...['d', 'e', 'f', 'g'].map(
    (name): Case => [
      `POST ${cms}`,
      `201 json ConfigMap ${name}${name === 'e' ? '[x.y/z]' : ''}`,
      named(name, { labels: { y: name < 'f' ? '1' : '2' }, ...(name === 'e' && { finalizers: ['x.y/z'] }) }),
    ],
  ),
  [`DELETE ${cms}?labelSelector=!`, "400 json BadRequest: unable to parse requirement: found '', expected: identifier"],
  [
    `DELETE ${cms}?propagationPolicy=x`,
    '422 json Invalid: DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "x": supported values: "Foreground", "Background", "Orphan", "nil" {"group":"meta.k8s.io","kind":"DeleteOptions","causes":1}',
  ],
  [`DELETE ${cms}?limit=x`, '400 json BadRequest: strconv.ParseInt: parsing "x": invalid syntax'],
  [`DELETE ${cms}?labelSelector=y=1`, '200 json ConfigMapList d,e[x.y/z]'],
  [`DELETE ${cms}?fieldSelector=metadata.name=f`, '200 json ConfigMapList f'],
  [`DELETE ${cms}?limit=1`, '200 json ConfigMapList b with a token and 3 more'],
  [`GET ${cms}`, '200 json ConfigMapList c,e![x.y/z],g'],
];

const EVICTION = { body: { metadata: { name: 'p' } } };
const LEASE = '/apis/coordination.k8s.io/v1/namespaces';

/** What is made in a namespace that is not there, or that is going. */
export const NAMESPACES: readonly Case[] = [
  ['POST /api/v1/namespaces', '201 json Namespace NS', named('NS')],
  [`POST ${ns}/pods`, '201 json Pod p', POD],
  [`POST ${ns}/serviceaccounts`, '201 json ServiceAccount robot', named('robot')],
  [`POST ${cms}`, '201 json ConfigMap a', named('a')],
  [
    'POST /api/v1/namespaces/nowhere/configmaps',
    '404 json NotFound: namespaces "nowhere" not found {"name":"nowhere","kind":"namespaces"}',
    named('a'),
  ],
  [
    'POST /api/v1/namespaces/nowhere/configmaps?dryRun=All',
    '404 json NotFound: namespaces "nowhere" not found {"name":"nowhere","kind":"namespaces"}',
    named('a'),
  ],
  [
    'PATCH /api/v1/namespaces/nowhere/configmaps/a?fieldManager=m',
    '404 json NotFound: namespaces "nowhere" not found {"name":"nowhere","kind":"namespaces"}',
    applied('a'),
  ],
  [
    'PUT /api/v1/namespaces/nowhere/configmaps/a',
    '404 json NotFound: configmaps "a" not found {"name":"a","kind":"configmaps"}',
    named('a'),
  ],
  [
    `PUT ${LEASE}/nowhere/leases/a`,
    '404 json NotFound: namespaces "nowhere" not found {"name":"nowhere","kind":"namespaces"}',
    named('a'),
  ],
  [
    'POST /api/v1/namespaces/nowhere/pods/p/eviction',
    '404 json NotFound: namespaces "nowhere" not found {"name":"nowhere","kind":"namespaces"}',
    EVICTION,
  ],
  [
    'POST /api/v1/namespaces/nowhere/serviceaccounts/robot/token',
    '404 json NotFound: namespaces "nowhere" not found {"name":"nowhere","kind":"namespaces"}',
    { body: { spec: {} } },
  ],
  ['GET /api/v1/namespaces/nowhere/configmaps', '200 json ConfigMapList'],
  ['DELETE /api/v1/namespaces/nowhere/configmaps', '200 json ConfigMapList'],
  // finalize
  [
    `PUT ${ns}/finalize`,
    '422 json Invalid: Namespace "NS" is invalid: spec.finalizers[0]: Invalid value: "bad": name is neither a standard finalizer name nor is it fully qualified {"name":"NS","kind":"Namespace","causes":1}',
    { body: { metadata: { name: 'NS' }, spec: { finalizers: ['bad'] } } },
  ],
  [
    `PUT ${ns}/finalize`,
    '400 json BadRequest: the name of the object (other) does not match the name on the URL (NS)',
    { body: { metadata: { name: 'other' }, spec: {} } },
  ],
  [
    `PUT ${ns}/finalize`,
    '409 json Conflict: Operation cannot be fulfilled on namespaces "NS": StorageError: invalid object, Code: 4, Key: /registry/namespaces/NS, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: other, UID in object meta: UID {"name":"NS","kind":"namespaces"}',
    { body: { metadata: { name: 'NS', uid: 'other' }, spec: {} } },
  ],
  [
    `DELETE ${ns}`,
    '409 json Conflict: Operation cannot be fulfilled on namespaces "NS": Precondition failed: UID in precondition: other, UID in object meta: UID {"name":"NS","kind":"namespaces"}',
    { body: { preconditions: { uid: 'other' } } },
  ],
  // It goes
  [`DELETE ${ns}`, '200 json Namespace NS!'],
  [`DELETE ${ns}`, '200 json Namespace NS!'],
  [
    `POST ${cms}`,
    '403 json Forbidden: configmaps "late" is forbidden: unable to create new content in namespace NS because it is being terminated {"name":"late","kind":"configmaps","causes":[{"reason":"NamespaceTerminating","message":"namespace NS is being terminated","field":"metadata.namespace"}]}',
    named('late'),
  ],
  [
    `POST ${cms}?dryRun=All`,
    '403 json Forbidden: configmaps "late" is forbidden: unable to create new content in namespace NS because it is being terminated {"name":"late","kind":"configmaps","causes":[{"reason":"NamespaceTerminating","message":"namespace NS is being terminated","field":"metadata.namespace"}]}',
    named('late'),
  ],
  [
    `PATCH ${cms}/late?fieldManager=m`,
    '403 json Forbidden: configmaps "late" is forbidden: unable to create new content in namespace NS because it is being terminated {"name":"late","kind":"configmaps","causes":[{"reason":"NamespaceTerminating","message":"namespace NS is being terminated","field":"metadata.namespace"}]}',
    applied('late'),
  ],
  [
    `PUT ${LEASE}/NS/leases/a`,
    '403 json Forbidden: leases.coordination.k8s.io "a" is forbidden: unable to create new content in namespace NS because it is being terminated {"name":"a","group":"coordination.k8s.io","kind":"leases","causes":[{"reason":"NamespaceTerminating","message":"namespace NS is being terminated","field":"metadata.namespace"}]}',
    named('a'),
  ],
  [
    `POST ${ns}/pods/p/eviction`,
    '403 json Forbidden: pods "p" is forbidden: unable to create new content in namespace NS because it is being terminated {"name":"p","kind":"pods","causes":[{"reason":"NamespaceTerminating","message":"namespace NS is being terminated","field":"metadata.namespace"}]}',
    EVICTION,
  ],
  [
    `POST ${ns}/pods/p/binding`,
    '403 json Forbidden: pods "p" is forbidden: unable to create new content in namespace NS because it is being terminated {"name":"p","kind":"pods","causes":[{"reason":"NamespaceTerminating","message":"namespace NS is being terminated","field":"metadata.namespace"}]}',
    { body: { metadata: { name: 'p' }, target: { name: 'n' } } },
  ],
  [
    `POST ${ns}/serviceaccounts/robot/token`,
    '403 json Forbidden: serviceaccounts "robot" is forbidden: unable to create new content in namespace NS because it is being terminated {"name":"robot","kind":"serviceaccounts","causes":[{"reason":"NamespaceTerminating","message":"namespace NS is being terminated","field":"metadata.namespace"}]}',
    { body: { spec: {} } },
  ],
  [`PATCH ${cms}/a`, '200 json ConfigMap a {"k":"v"}', { body: { data: { k: 'v' } } }],
  [`PATCH ${ns}`, '200 json Namespace NS!', { body: { metadata: { labels: { a: 'b' } } } }],
  [`DELETE ${cms}/a`, '200 json Success {"name":"a","kind":"configmaps","uid":"UID"}'],
  // With its last finalizer it has gone, and nobody looks after what was in it.
  [`PUT ${ns}/finalize`, '200 json Namespace NS!', { body: { metadata: { name: 'NS' }, spec: {} } }],
  [`GET ${ns}`, '404 json NotFound: namespaces "NS" not found {"name":"NS","kind":"namespaces"}'],
];

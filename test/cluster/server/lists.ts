import type { Case } from './table.ts';

const cms = '/api/v1/namespaces/NS/configmaps';
const create = (name: string, x: string): Case => [
  `POST ${cms}`,
  `201 json ConfigMap ${name}`,
  { body: { metadata: { name, labels: { x } } }, keep: { [`v${name}`]: 'metadata.resourceVersion' } },
];
const token = (text: string) => Buffer.from(text).toString('base64url');
/** A token that says so. */
const at = (rv: number | string, start = '/a\\u0000', v = 'meta.k8s.io/v1') =>
  token(`{"v":"${v}","rv":${rv},"start":"${start}"}`);

/** Pages, versions and selectors of lists; what is no list gets its 400, 410, 422 or 504. */
export const LISTS: readonly Case[] = [
  ['POST /api/v1/namespaces', '201 json Namespace NS', { body: { metadata: { name: 'NS' } } }],
  ...['a', 'b', 'c', 'd', 'e'].map((name, index) => create(name, index % 2 === 0 ? '1' : '2')),
  // Pages
  [`GET ${cms}`, '200 json ConfigMapList a,b,c,d,e'],
  [
    `GET ${cms}?limit=2`,
    '200 json ConfigMapList a,b with a token and 3 more',
    { keep: { next: 'metadata.continue', first: 'metadata.resourceVersion' } },
  ],
  [`GET ${cms}?limit=5`, '200 json ConfigMapList a,b,c,d,e'],
  [`GET ${cms}?limit=0`, '200 json ConfigMapList a,b,c,d,e'],
  [`GET ${cms}?limit=-1`, '200 json ConfigMapList a,b,c,d,e'],
  [`GET ${cms}?limit=2&labelSelector=x=1`, '200 json ConfigMapList a,c with a token'],
  [`GET ${cms}?limit=3&labelSelector=x=1`, '200 json ConfigMapList a,c,e'],
  [`GET ${cms}?limit=1&fieldSelector=metadata.name=c`, '200 json ConfigMapList c'],
  // All pages show one moment
  [`DELETE ${cms}/d`, '200 json Success {"name":"d","kind":"configmaps","uid":"UID"}'],
  [`POST ${cms}`, '201 json ConfigMap cc', { body: { metadata: { name: 'cc' } } }],
  [
    `GET ${cms}?limit=2&continue={next}`,
    '200 json ConfigMapList c,d with a token and 1 more',
    { keep: { last: 'metadata.continue', same: 'metadata.resourceVersion' } },
  ],
  [`GET ${cms}?limit=2&continue={last}`, '200 json ConfigMapList e'],
  [`GET ${cms}?continue={next}`, '200 json ConfigMapList c,d,e'],
  [`GET ${cms}?continue={next}&labelSelector=x=1`, '200 json ConfigMapList c,e'],
  [`GET ${cms}?continue={next}&resourceVersion=0`, '200 json ConfigMapList c,d,e'],
  [
    `GET ${cms}?continue={next}&resourceVersion={va}`,
    '400 json BadRequest: specifying resource version is not allowed when using continue',
  ],
  [
    `GET ${cms}?continue={next}&resourceVersion={va}&resourceVersionMatch=Exact`,
    '422 json Invalid: ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided {"group":"meta.k8s.io","kind":"ListOptions","causes":1}',
  ],
  // A token that goes on at the present
  [`GET ${cms}?continue=${at(-1, '/b\\u0000')}`, '200 json ConfigMapList c,cc,e'],
  [`GET ${cms}?limit=1&continue=${at(-1, 'b\\u0000')}`, '200 json ConfigMapList c with a token and 2 more'],
  // Tokens that are none
  [
    `GET ${cms}?continue=!`,
    '400 json BadRequest: invalid continue token: continue key is not valid: illegal base64 data at input byte 0',
  ],
  [
    `GET ${cms}?continue=${token('nothing')}`,
    "400 json BadRequest: invalid continue token: continue key is not valid: invalid character 'o' in literal null (expecting 'u')",
  ],
  [
    `GET ${cms}?continue=${token('[]')}`,
    '400 json BadRequest: invalid continue token: continue key is not valid: json: cannot unmarshal array into Go value of type storage.continueToken',
  ],
  [
    `GET ${cms}?continue=${token('null')}`,
    '400 json BadRequest: invalid continue token: continue key is not valid: server does not recognize this encoded version',
  ],
  [
    `GET ${cms}?continue=${at(1, '/a', 'meta.k8s.io/v2')}`,
    '400 json BadRequest: invalid continue token: continue key is not valid: server does not recognize this encoded version meta.k8s.io/v2',
  ],
  [
    `GET ${cms}?continue=${at(0)}`,
    '400 json BadRequest: invalid continue token: continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)',
  ],
  [
    `GET ${cms}?continue=${at('"x"')}`,
    '400 json BadRequest: invalid continue token: continue key is not valid: json: cannot unmarshal string into Go struct field continueToken.rv of type int64',
  ],
  [
    `GET ${cms}?continue=${at(5, '')}`,
    '400 json BadRequest: invalid continue token: continue key is not valid: encoded start key empty (version meta.k8s.io/v1)',
  ],
  [
    `GET ${cms}?continue=${at(5, '../x')}`,
    '400 json BadRequest: invalid continue token: continue key is not valid: ../x',
  ],
  [
    `GET ${cms}?continue=${at(99_999_999)}`,
    '504 json Timeout: Timeout: Too large resource version: 99999999, current: N {"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}],"retryAfterSeconds":1}',
  ],
  // Versions
  [`GET ${cms}?resourceVersion=0`, '200 json ConfigMapList a,b,c,cc,e'],
  [`GET ${cms}?resourceVersion=0&limit=2`, '200 json ConfigMapList a,b,c,cc,e'],
  [`GET ${cms}?resourceVersion={vb}`, '200 json ConfigMapList a,b,c,cc,e'],
  [`GET ${cms}?resourceVersion={vb}&limit=1`, '200 json ConfigMapList a with a token and 1 more'],
  [`GET ${cms}?resourceVersion={vb}&resourceVersionMatch=Exact`, '200 json ConfigMapList a,b'],
  [`GET ${cms}?resourceVersion={vb}&resourceVersionMatch=Exact&labelSelector=x=2`, '200 json ConfigMapList b'],
  [`GET ${cms}?resourceVersion={vb}&resourceVersionMatch=NotOlderThan`, '200 json ConfigMapList a,b,c,cc,e'],
  [
    `GET ${cms}?resourceVersion={vb}&resourceVersionMatch=NotOlderThan&limit=1`,
    '200 json ConfigMapList a with a token and 4 more',
  ],
  [`GET ${cms}?resourceVersion=0&resourceVersionMatch=NotOlderThan&limit=1`, '200 json ConfigMapList a,b,c,cc,e'],
  [
    `GET ${cms}?resourceVersion=0&resourceVersionMatch=Exact`,
    '422 json Invalid: ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0" {"group":"meta.k8s.io","kind":"ListOptions","causes":1}',
  ],
  [
    `GET ${cms}?resourceVersionMatch=Exact`,
    '422 json Invalid: ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided {"group":"meta.k8s.io","kind":"ListOptions","causes":1}',
  ],
  [
    `GET ${cms}?resourceVersion={vb}&resourceVersionMatch=Other`,
    '422 json Invalid: ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Unsupported value: "Other": supported values: "Exact", "NotOlderThan", "" {"group":"meta.k8s.io","kind":"ListOptions","causes":1}',
  ],
  [
    `GET ${cms}?resourceVersion=99999999`,
    '504 json Timeout: Timeout: Too large resource version: 99999999, current: N {"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}],"retryAfterSeconds":1}',
  ],
  [
    `GET ${cms}?resourceVersion=x`,
    '400 json BadRequest: invalid resource version: resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax',
  ],
  [
    `GET ${cms}?resourceVersion=-1`,
    '400 json BadRequest: invalid resource version: resourceVersion: Invalid value: "-1": strconv.ParseUint: parsing "-1": invalid syntax',
  ],
  [`GET ${cms}/a?resourceVersion=0`, '200 json ConfigMap a'],
  [
    `GET ${cms}/a?resourceVersion=x`,
    '500 json no reason: resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax',
  ],
  [
    `GET ${cms}/a?resourceVersion=99999999`,
    '504 json Timeout: Timeout: Too large resource version: 99999999, current: N {"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}],"retryAfterSeconds":1}',
  ],
  // Options that are none, or of a watch
  [`GET ${cms}?limit=x`, '400 json BadRequest: strconv.ParseInt: parsing "x": invalid syntax'],
  [`GET ${cms}?limit=`, '400 json BadRequest: strconv.ParseInt: parsing "": invalid syntax'],
  [
    `GET ${cms}?limit=99999999999999999999`,
    '400 json BadRequest: strconv.ParseInt: parsing "99999999999999999999": value out of range',
  ],
  [`GET ${cms}?timeoutSeconds=x`, '400 json BadRequest: strconv.ParseInt: parsing "x": invalid syntax'],
  [
    `GET ${cms}?timeout=x`,
    '400 json BadRequest: invalid timeout specified in the request URL - time: invalid duration "x"',
  ],
  [
    `GET ${cms}?sendInitialEvents=true`,
    '422 json Invalid: ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list {"group":"meta.k8s.io","kind":"ListOptions","causes":1}',
  ],
  [
    `GET ${cms}?sendInitialEvents=`,
    '422 json Invalid: ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list {"group":"meta.k8s.io","kind":"ListOptions","causes":1}',
  ],
  [`GET ${cms}?labelSelector=!`, "400 json BadRequest: unable to parse requirement: found '', expected: identifier"],
  [
    `GET ${cms}?fieldSelector=spec.x=1`,
    '400 json BadRequest: "spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
  ],
  [`GET ${cms}?fieldSelector=metadata.name!=a&labelSelector=x%20notin%20(1)`, '200 json ConfigMapList b,cc'],
  [
    `GET ${cms}?watch=1&resourceVersionMatch=Exact`,
    '422 json Invalid: ListOptions.meta.k8s.io "" is invalid: [resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided, resourceVersionMatch: Unsupported value: "Exact": supported values: "NotOlderThan"] {"group":"meta.k8s.io","kind":"ListOptions","causes":2}',
  ],
  [
    `GET ${cms}?watch=1&resourceVersionMatch=NotOlderThan`,
    '422 json Invalid: ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided {"group":"meta.k8s.io","kind":"ListOptions","causes":1}',
  ],
  [
    `GET ${cms}?watch=1&sendInitialEvents=true`,
    '422 json Invalid: ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan {"group":"meta.k8s.io","kind":"ListOptions","causes":1}',
  ],
  [
    `GET ${cms}?watch=1&sendInitialEvents=`,
    '422 json Invalid: ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan {"group":"meta.k8s.io","kind":"ListOptions","causes":1}',
  ],
  [
    `GET ${cms}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&continue=x`,
    '422 json Invalid: ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided {"group":"meta.k8s.io","kind":"ListOptions","causes":1}',
  ],
  [
    `GET ${cms}?watch=1&resourceVersion=x`,
    '500 json no reason: resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax',
  ],
  [
    `GET ${cms}?watch=1&labelSelector=!`,
    "400 json BadRequest: unable to parse requirement: found '', expected: identifier",
  ],
  [`GET ${cms}?watch=1&timeoutSeconds=x`, '400 json BadRequest: strconv.ParseInt: parsing "x": invalid syntax'],
];

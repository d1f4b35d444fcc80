import type { Case } from './table.ts';

const HTML = { headers: { accept: 'text/html' } };
const YAML = { headers: { accept: 'application/yaml' } };
const JO = { headers: { 'impersonate-user': 'jo' } };
const cms = '/api/v1/namespaces/NS/configmaps';

/** URLs and methods: what there is, and in which words the rest is refused. */
export const PATHS: readonly Case[] = [
  ['POST /api/v1/namespaces', '201 json Namespace NS', { body: { metadata: { name: 'NS' } } }],
  [`POST ${cms}`, '201 json ConfigMap a {"k":"v"}', { body: { metadata: { name: 'a' }, data: { k: 'v' } } }],
  // No such path, in the API and outside of it
  ['GET /nothing', '404 text/plain (nosniff) 404 page not found'],
  ['POST /nothing', '404 text/plain (nosniff) 404 page not found'],
  ['HEAD /nothing', '404 text/plain (nosniff)'],
  ['GET /api/v2', '404 json NotFound: the server could not find the requested resource {}'],
  ['GET /api/v1/nothing', '404 json NotFound: the server could not find the requested resource {}'],
  ['GET /apis/nothing', '404 text/plain (nosniff) 404 page not found'],
  ['GET /apis/nothing/v1', '404 text/plain (nosniff) 404 page not found'],
  ['GET /apis/nothing/v1/things', '404 text/plain (nosniff) 404 page not found'],
  ['GET /apis/apps/v2', '404 json NotFound: the server could not find the requested resource {}'],
  ['GET /apis/apps/v2/deployments', '404 json NotFound: the server could not find the requested resource {}'],
  ['GET /apis/apps/v1/nothing', '404 json NotFound: the server could not find the requested resource {}'],
  ['GET /version/x', '404 json NotFound: the server could not find the requested resource {}'],
  ['GET /openapi', '404 text/plain (nosniff) 404 page not found'],
  ['GET /openapi/v2/', '404 text/plain (nosniff) 404 page not found'],
  ['GET /openapi/v3/nothing', '404 nothing'],
  ['GET //api/v1', '404 text/plain (nosniff) 404 page not found'],
  ['GET /api/v1/namespaces/%zz', '400 text/plain 400 Bad Request'],
  // A scope that the kind does not have
  ['GET /api/v1/configmaps/a', '404 json NotFound: the server could not find the requested resource {}'],
  ['GET /api/v1/namespaces/NS/nodes', '404 json NotFound: the server could not find the requested resource {}'],
  ['GET /api/v1/namespaces/NS/namespaces', '404 json NotFound: the server could not find the requested resource {}'],
  [
    'GET /apis/networking.k8s.io/v1/namespaces/NS/ipaddresses',
    '404 json NotFound: the server could not find the requested resource {}',
  ],
  // Parts that the kind does not have
  [`GET ${cms}/a/status`, '404 json NotFound: the server could not find the requested resource {}'],
  [`GET ${cms}/a/nothing`, '404 json NotFound: the server could not find the requested resource {}'],
  [
    'GET /api/v1/namespaces/NS/services/a/status/x',
    '404 json NotFound: the server could not find the requested resource {}',
  ],
  ['GET /api/v1/namespaces/NS/pods/a/log', '404 json NotFound: pods "a" not found {"name":"a","kind":"pods"}'],
  // Names
  [`GET ${cms}/nope`, '404 json NotFound: configmaps "nope" not found {"name":"nope","kind":"configmaps"}'],
  [`GET ${cms}/%2e%2e`, '400 json BadRequest: Name parameter invalid: "..": may not be \'..\''],
  [`GET ${cms}/%2e`, '400 json BadRequest: Name parameter invalid: ".": may not be \'.\''],
  [`GET ${cms}/a%25`, '400 json BadRequest: Name parameter invalid: "a%": may not contain \'%\''],
  [`DELETE ${cms}/a%25`, '400 json BadRequest: Name parameter invalid: "a%": may not contain \'%\''],
  [`GET ${cms}/a%2fb`, '404 json NotFound: the server could not find the requested resource {}'],
  [`GET ${cms}/a/`, '200 json ConfigMap a {"k":"v"}'],
  // Methods
  [
    `PUT ${cms}`,
    '405 json MethodNotAllowed: the server does not allow this method on the requested resource {}',
    { body: {} },
  ],
  [
    `PATCH ${cms}`,
    '405 json MethodNotAllowed: the server does not allow this method on the requested resource {}',
    { body: {} },
  ],
  [
    `POST ${cms}/a`,
    '405 json MethodNotAllowed: the server does not allow this method on the requested resource {}',
    { body: {} },
  ],
  [`HEAD ${cms}`, '405 json'],
  [`HEAD ${cms}/a`, '405 json'],
  [`OPTIONS ${cms}`, '405 json MethodNotAllowed: the server does not allow this method on the requested resource {}'],
  [
    `PROPFIND ${cms}/a`,
    '405 json MethodNotAllowed: the server does not allow this method on the requested resource {}',
  ],
  [
    'POST /api/v1/configmaps',
    '405 json MethodNotAllowed: the server does not allow this method on the requested resource {}',
    { body: {} },
  ],
  [
    'DELETE /api/v1/configmaps',
    '405 json MethodNotAllowed: the server does not allow this method on the requested resource {}',
  ],
  [
    'DELETE /api/v1/namespaces',
    '405 json MethodNotAllowed: the server does not allow this method on the requested resource {}',
  ],
  [
    'POST /api/v1/namespaces/NS/services/a/status',
    '405 json MethodNotAllowed: the server does not allow this method on the requested resource {}',
    { body: {} },
  ],
  [
    'GET /api/v1/namespaces/NS/finalize',
    '405 json MethodNotAllowed: the server does not allow this method on the requested resource {}',
  ],
  [
    'GET /api/v1/namespaces/NS/pods/a/eviction',
    '405 json MethodNotAllowed: the server does not allow this method on the requested resource {}',
  ],
  [
    'GET /api/v1/namespaces/NS/pods/a/binding',
    '405 json MethodNotAllowed: the server does not allow this method on the requested resource {}',
  ],
  [
    'GET /api/v1/namespaces/NS/serviceaccounts/a/token',
    '405 json MethodNotAllowed: the server does not allow this method on the requested resource {}',
  ],
  [
    'DELETE /apis/apps/v1/namespaces/NS/deployments/a/scale',
    '405 json MethodNotAllowed: the server does not allow this method on the requested resource {}',
  ],
  [
    'GET /apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    '405 json MethodNotAllowed: the server does not allow this method on the requested resource {}',
  ],
  [
    'GET /apis/authorization.k8s.io/v1/selfsubjectaccessreviews/x',
    '404 json NotFound: the server could not find the requested resource {}',
  ],
  [
    'POST /apis/authorization.k8s.io/v1/localsubjectaccessreviews',
    '404 json NotFound: the server could not find the requested resource {}',
    { body: {} },
  ],
  ['POST /version', '405 json MethodNotAllowed: the server does not allow this method on the requested resource {}'],
  ['HEAD /version', '405 json'],
  ['DELETE /api/v1', '405 json MethodNotAllowed: the server does not allow this method on the requested resource {}'],
  ['POST /api', '405 json MethodNotAllowed: the server does not allow this method on the requested resource {}'],
  ['POST /apis/apps', '200 json APIGroup'],
  ['POST /healthz', '200 text/plain (nosniff) ok'],
  ['HEAD /readyz', '200 text/plain (nosniff)'],
  // Watches by path
  [`GET /api/v1/watch/namespaces/NS/configmaps/b?timeoutSeconds=1`, '200 json'],
  ['GET /api/v1/watch', '500 text/plain (nosniff) Internal Server Error: "/api/v1/watch": failed to create Req…'],
  ['GET /api/v1/watch/nothing', '404 json NotFound: the server could not find the requested resource {}'],
  ['GET /api/v1/watch/nodes/x/status', '404 json NotFound: the server could not find the requested resource {}'],
  [
    'POST /api/v1/watch/configmaps',
    '405 json MethodNotAllowed: the server does not allow this method on the requested resource {}',
  ],
  [`GET ${cms}/a?watch=1`, '200 json ConfigMap a {"k":"v"}'],
  // Health
  ['GET /livez', '200 text/plain (nosniff) ok'],
  ['GET /livez/ping', '200 text/plain ok'],
  ['GET /readyz/shutdown', '200 text/plain ok'],
  ['GET /livez/shutdown', '404 text/plain (nosniff) 404 page not found'],
  ['GET /healthz/', '404 text/plain (nosniff) 404 page not found'],
  ['GET /healthz/nothing', '404 text/plain (nosniff) 404 page not found'],
  ['GET /healthz?exclude=ping', '200 text/plain (nosniff) ok'],
  // What is accepted
  [
    'GET /api',
    '406 json NotAcceptable: 406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf {}',
    HTML,
  ],
  [
    'GET /apis',
    '406 json NotAcceptable: only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    HTML,
  ],
  [
    'GET /apis/apps',
    '406 json NotAcceptable: only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    HTML,
  ],
  ['GET /apis/apps', '200 yaml APIGroup', YAML],
  ['GET /api/v2', '404 yaml NotFound: the server could not find the requested resource {}', YAML],
  ['GET /nothing', '404 text/plain (nosniff) 404 page not found', YAML],
  [
    'GET /version',
    '406 yaml NotAcceptable: 406: Not Acceptable\n\nAvailable representations: application/json {}',
    YAML,
  ],
  ['GET /healthz', '200 text/plain (nosniff) ok', HTML],
  [
    `GET ${cms}/a`,
    '406 json NotAcceptable: 406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf {}',
    HTML,
  ],
  [
    `GET ${cms}`,
    '406 json NotAcceptable: 406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch {}',
    HTML,
  ],
  [`GET ${cms}/nope`, '404 yaml NotFound: configmaps "nope" not found {"kind":"configmaps","name":"nope"}', YAML],
  [
    `GET ${cms}?watch=1&timeoutSeconds=1`,
    '406 json NotAcceptable: 406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch {}',
    HTML,
  ],
  [
    `GET ${cms}?watch=1&timeoutSeconds=1`,
    '406 yaml NotAcceptable: only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch',
    YAML,
  ],
  [`PUT ${cms}`, '405 json MethodNotAllowed: the server does not allow this method on the requested resource {}', HTML],
  // Who asks
  [`GET ${cms}`, '401 json Unauthorized: Unauthorized', { headers: { authorization: 'Bearer wrong' } }],
  [
    `GET ${cms}`,
    '401 yaml Unauthorized: Unauthorized',
    { headers: { authorization: 'Bearer wrong', accept: 'application/yaml' } },
  ],
  [
    `GET ${cms}`,
    '403 json (nosniff) Forbidden: configmaps is forbidden: User "jo" cannot list resource "configmaps" in API group "" in the namespace "NS" {"kind":"configmaps"}',
    JO,
  ],
  [
    `DELETE ${cms}/a`,
    '403 json (nosniff) Forbidden: configmaps "a" is forbidden: User "jo" cannot delete resource "configmaps" in API group "" in the namespace "NS" {"name":"a","kind":"configmaps"}',
    JO,
  ],
  ['GET /nothing', '403 json (nosniff) Forbidden: forbidden: User "jo" cannot get path "/nothing" {}', JO],
  [
    'GET /api/v1/nothing',
    '403 json (nosniff) Forbidden: nothing is forbidden: User "jo" cannot list resource "nothing" in API group "" at the cluster scope {"kind":"nothing"}',
    JO,
  ],
  ['GET /healthz', '200 text/plain (nosniff) ok', JO],
  [
    `GET ${cms}`,
    '400 json (nosniff) BadRequest: requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"system:masters"}, Extra:map[string][]string(nil)} without impersonating a user name',
    { headers: { 'impersonate-group': 'system:masters' } },
  ],
  [
    `GET ${cms}/a`,
    '200 json ConfigMap a {"k":"v"}',
    { headers: { 'impersonate-user': 'jo', 'impersonate-group': 'system:masters' } },
  ],
];

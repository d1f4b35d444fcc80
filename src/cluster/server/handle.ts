/** From a request to the function that answers it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { goQuote } from '../api/field-error.ts';
import type { JsonObject } from '../api/object.ts';
import { badRequest, methodNotAllowed, noSuchPath, notFoundError, notImplemented, StatusError } from '../api/status.ts';
import { type RequestInfo, requestInfo } from '../auth/request-info.ts';
import type { User } from '../auth/user.ts';
import { EPHEMERAL_CONTAINERS } from '../kinds/strategies/ephemeral.ts';
import { VIRTUAL_KINDS } from '../kinds/table.ts';
import { findResource, type Served } from '../registry/kinds.ts';
import { resourceOf } from '../registry/errors.ts';
import type { Registry } from '../registry/registry.ts';
import { kubernetesVersion } from '../schema/schema.ts';
import { negotiateDiscovery } from '../wire/negotiate.ts';
import type { Authority } from './authority.ts';
import type { Context } from './context.ts';
import { aggregated, coreVersions, groupDocument, groupList, resourceList, rootPaths, verbsOf } from './discovery.ts';
import { CONTENT_TYPES, encodeJson } from './encode.ts';
import { openapiIndex, openapiV2, openapiV2Bytes, openapiV3, SWAGGER_TYPE, swaggerMedia } from './openapi.ts';
import { get, list, removeCollection, watch } from './read.ts';
import { mediaOf, send, sendError, Warnings } from './respond.ts';
import { getScale, writeScale } from './scale.ts';
import { bind, createReview, createToken, evict, finalize } from './special.ts';
import { create, patch, remove, update } from './write.ts';

/** What the server needs to answer requests. */
export interface Handling {
  registry: Registry;
  authority: Authority;
  /** `127.0.0.1:6443` */
  address: string;
  /** Takes word of every request on objects, when its answer has been sent. */
  audit?: (entry: AuditEntry) => void;
}

/** What is said of a request (`audit.k8s.io/v1` Event, level Metadata). */
export interface AuditEntry {
  user: { username: string };
  verb: string;
  userAgent: string;
  objectRef: { apiGroup: string; resource: string; subresource: string; namespace: string; name: string };
  requestReceivedTimestamp: string;
  responseStatus: { code: number };
}

/** Parts of Kubernetes that need a kubelet or another server; named so that the refusal can be clear. */
const MISSING_PARTS: Record<string, string> = {
  log: 'logs need a kubelet',
  exec: 'exec needs a kubelet',
  attach: 'attach needs a kubelet',
  portforward: 'port forwarding needs a kubelet',
  proxy: 'reach the pod or the Service by its own address',
  resize: 'pods are not resized in place',
};

/** Answers a request; never throws. */
export async function handle(request: IncomingMessage, response: ServerResponse, handling: Handling): Promise<void> {
  const warnings = new Warnings();
  try {
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    const path = decodePath(mark < 0 ? url : url.slice(0, mark));
    const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
    const info = requestInfo(request.method ?? 'GET', path, query);
    if (!info) throw noSuchPath();
    const user = handling.authority.authenticate(request, info, warnings.add);
    handling.authority.require(user, info);
    if (!info.resourceRequest) {
      plain(request, response, info, query, handling);
      return;
    }
    if (handling.audit)
      tellAudit(handling.audit, request, response, info, user, new Date(handling.registry.clock.now()));
    checkTimeout(query.get('timeout'));
    // go-restful has no route for it.
    if (request.method === 'HEAD') throw methodNotAllowed();
    const media = mediaOf(request, query, { list: info.verb === 'list', watch: info.verb === 'watch' });
    await resource({ ...handling, request, response, info, query, media, warnings, user });
  } catch (error) {
    sendError(request, response, error, warnings);
  }
}

/** A wish for how long the answer may take, as Go reads a duration; all answers here are quick. */
function checkTimeout(text: string | null): void {
  if (!text || /^[-+]?(0|(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/.test(text)) return;
  throw badRequest(`invalid timeout specified in the request URL - time: invalid duration ${goQuote(text)}`);
}

function tellAudit(
  audit: (entry: AuditEntry) => void,
  request: IncomingMessage,
  response: ServerResponse,
  { verb, group, resource: name, subresource: part, namespace, name: object }: RequestInfo,
  user: User,
  received: Date,
): void {
  response.on('finish', () =>
    audit({
      user: { username: user.name },
      verb,
      userAgent: request.headers['user-agent'] ?? '',
      objectRef: { apiGroup: group, resource: name, subresource: part, namespace, name: object },
      requestReceivedTimestamp: received.toISOString(),
      responseStatus: { code: response.statusCode },
    }),
  );
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw noSuchPath();
  }
}

async function resource(context: Context): Promise<void> {
  const { info } = context;
  const { group, version, resource: name } = info;
  const kind = findResource(group, version, name);
  if (!kind) {
    const virtual = VIRTUAL_KINDS.find(
      (one) => one.group === group && one.version === version && one.resource === name,
    );
    if (virtual && !info.subresource && !info.name) {
      if (info.verb !== 'create') throw methodNotAllowed();
      await createReview(context, virtual);
      return;
    }
    throw noSuchPath();
  }
  // A namespaced URL for a cluster-wide kind, or the other way round for one object, does not exist.
  if (!kind.namespaced && info.namespace && name !== 'namespaces') throw noSuchPath();
  if (kind.namespaced && !info.namespace && info.name && info.verb !== 'list' && info.verb !== 'watch')
    throw noSuchPath();
  if (kind.deprecated) context.warnings.add(kind.deprecated);
  if (info.subresource) {
    await subresource(context, kind);
    return;
  }
  switch (info.verb) {
    case 'get':
      get(context, kind);
      return;
    case 'list':
      list(context, kind);
      return;
    case 'watch':
      watch(context, kind, namedInPath(context) ? info.name : '');
      return;
    case 'create':
      if (namedInPath(context) || (kind.namespaced && !info.namespace)) throw methodNotAllowed();
      await create(context, kind);
      return;
    case 'update':
      if (!info.name) throw methodNotAllowed();
      await update(context, kind, '');
      return;
    case 'patch':
      if (!info.name) throw methodNotAllowed();
      await patch(context, kind, '');
      return;
    case 'delete':
      await remove(context, kind);
      return;
    case 'deletecollection':
      if ((kind.namespaced && !info.namespace) || !verbsOf(kind).includes('deletecollection')) throw methodNotAllowed();
      await removeCollection(context, kind);
      return;
    default:
      throw methodNotAllowed();
  }
}

/** Whether the URL itself names an object (a field selector can name one too). */
function namedInPath({ info }: Context): boolean {
  return (
    info.name !== '' &&
    info.path.replace(/\/$/, '').endsWith(`/${info.name}`) &&
    !info.path.endsWith(`/${info.resource}`)
  );
}

async function subresource(context: Context, kind: Served): Promise<void> {
  const { info, request } = context;
  const { subresource: part } = info;
  const method = request.method ?? '';
  const own = part.split('/')[0] ?? '';
  if (part === 'status' && kind.status) {
    if (method === 'GET') get(context, kind);
    else if (method === 'PUT') await update(context, kind, 'status');
    else if (method === 'PATCH') await patch(context, kind, 'status');
    else throw methodNotAllowed();
  } else if (part === 'scale' && kind.scale) {
    if (method === 'GET') getScale(context, kind);
    else if (method === 'PUT' || method === 'PATCH') await writeScale(context, kind);
    else throw methodNotAllowed();
  } else if (part === 'finalize' && kind.resource === 'namespaces') {
    if (method !== 'PUT') throw methodNotAllowed();
    await finalize(context, kind);
  } else if (part === 'token' && kind.resource === 'serviceaccounts') {
    if (method !== 'POST') throw methodNotAllowed();
    await createToken(context);
  } else if (part === 'eviction' && kind.resource === 'pods') {
    if (method !== 'POST') throw methodNotAllowed();
    await evict(context, kind);
  } else if (part === 'binding' && kind.resource === 'pods') {
    if (method !== 'POST') throw methodNotAllowed();
    await bind(context, kind);
  } else if (part === 'ephemeralcontainers' && kind.resource === 'pods') {
    const restricted = { ...kind, strategy: EPHEMERAL_CONTAINERS };
    if (method === 'GET') get(context, kind);
    else if (method === 'PUT') await update(context, restricted, '');
    else if (method === 'PATCH') await patch(context, restricted, '');
    else throw methodNotAllowed();
  } else if (MISSING_PARTS[own] && /^(pods|services|nodes)$/.test(kind.resource)) {
    context.registry.get(kind, kind.namespaced ? info.namespace : '', info.name);
    throw notImplemented(`${kind.resource}/${own}`, MISSING_PARTS[own]);
  } else {
    throw noSuchPath();
  }
}

/** Everything that is no object: discovery, OpenAPI, version, health. */
function plain(
  request: IncomingMessage,
  response: ServerResponse,
  info: RequestInfo,
  query: URLSearchParams,
  handling: Handling,
): void {
  const path = info.path.length > 1 ? info.path.replace(/\/+$/, '') : info.path;
  const text = (body: string) => send(request, response, 200, 'text/plain; charset=utf-8', body);
  // One check by its name, as upstream has them.
  const health = /^\/(healthz|livez|readyz)(\/(ping|log|etcd|informer-sync|shutdown))?$/.exec(path);
  if (health) {
    text(query.has('verbose') ? `[+]ping ok\n[+]storage ok\n${health[1]} check passed\n` : 'ok');
    return;
  }
  if (request.method !== 'GET') throw methodNotAllowed();
  const json = (value: JsonObject, contentType: string = CONTENT_TYPES.json) =>
    send(request, response, 200, contentType, encodeJson(value, { type: 'json' }));
  if (path === '/api' || path === '/apis') {
    if (negotiateDiscovery(request.headers.accept)) {
      json(aggregated(path === '/api'), 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
    } else json(path === '/api' ? coreVersions(handling.address) : groupList());
    return;
  }
  if (path === '/version') {
    json(versionInfo());
    return;
  }
  if (path === '/') {
    json({ paths: rootPaths() });
    return;
  }
  const parts = path.split('/').slice(1);
  let found: JsonObject | undefined;
  if (parts[0] === 'api' && parts.length === 2) found = resourceList('', parts[1] ?? '');
  else if (parts[0] === 'apis' && parts.length === 2) found = groupDocument(parts[1] ?? '');
  else if (parts[0] === 'apis' && parts.length === 3) found = resourceList(parts[1] ?? '', parts[2] ?? '');
  else if (path === '/openapi/v3') found = openapiIndex();
  if (found) {
    json(found);
    return;
  }
  if (path.startsWith('/openapi/v3/')) {
    const document = openapiV3(path.slice('/openapi/v3/'.length));
    if (document === undefined) throw noSuchPath();
    send(request, response, 200, CONTENT_TYPES.json, document);
    return;
  }
  if (path === '/openapi/v2') {
    const form = swaggerMedia(request.headers.accept);
    if (!form) throw new StatusError(406, 'NotAcceptable', '/openapi/v2 is served as JSON and protobuf');
    if (form === 'json') send(request, response, 200, CONTENT_TYPES.json, openapiV2());
    else send(request, response, 200, SWAGGER_TYPE, openapiV2Bytes());
    return;
  }
  throw noSuchPath();
}

/** `/version`: the release whose API this is, with Sluice's name where upstream has its build. */
export function versionInfo(): JsonObject {
  const gitVersion = kubernetesVersion();
  const [major = '', minor = ''] = gitVersion.slice(1).split('.');
  return {
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    gitVersion: `${gitVersion}+sluice`,
    gitCommit: '',
    gitTreeState: '',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: '',
    platform: `${process.platform}/${process.arch}`,
  };
}

export const notThere = (kind: Served, name: string) => notFoundError(resourceOf(kind), name);

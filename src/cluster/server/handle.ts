/** From a request to the function that answers it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { goQuote } from '../api/field-error.ts';
import { badRequest, methodNotAllowed, noSuchPath, notImplemented, StatusError } from '../api/status.ts';
import { type RequestInfo, requestInfo } from '../auth/request-info.ts';
import type { User } from '../auth/user.ts';
import { EPHEMERAL_CONTAINERS } from '../kinds/strategies/ephemeral.ts';
import { VIRTUAL_KINDS } from '../kinds/table.ts';
import { findResource, type Served } from '../registry/kinds.ts';
import type { Registry } from '../registry/registry.ts';
import { isPathSegmentName } from '../validation/names.ts';
import { absent } from './absent.ts';
import type { Authority } from './authority.ts';
import type { Context, Upgrade } from './context.ts';
import { groupDocument } from './discovery.ts';
import { evict } from './evict.ts';
import type { Kubelets } from './kubelet.ts';
import { pageNotFound, plain, sendText, TextError } from './plain.ts';
import { podAttach, podExec } from './pod-exec.ts';
import { podLog } from './pod-log.ts';
import { get, list, removeCollection, watch } from './read.ts';
import { mediaOf, sendError, Warnings } from './respond.ts';
import { isReviewRoute, MISSING_PARTS, type Route, routeOf } from './routes.ts';
import { getScale, writeScale } from './scale.ts';
import { bindPod } from './pod-binding.ts';
import { createReview, createToken, finalize } from './special.ts';
import { create, patch, remove, update } from './write.ts';

/** What the server needs to answer requests. */
export interface Handling {
  registry: Registry;
  authority: Authority;
  /** `127.0.0.1:6443` */
  address: string;
  /** Who runs the pods: without it there are no logs, and nothing can be run in a container. */
  kubelets?: Kubelets;
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

/** Answers a request; never throws. `upgrade` is there when the client asks for another protocol on its connection. */
export async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  handling: Handling,
  upgrade?: Upgrade,
): Promise<void> {
  const warnings = new Warnings();
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
  try {
    const path = decodePath(mark < 0 ? url : url.slice(0, mark));
    if (path === undefined) {
      // Go's HTTP server says so before anyone else sees the request.
      response.writeHead(400, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
      response.end('400 Bad Request');
      return;
    }
    const info = requestInfo(request.method ?? 'GET', path, query);
    if (!info) {
      const why = 'failed to create RequestInfo: unable to determine kind and namespace from url';
      throw new TextError(500, `Internal Server Error: ${goQuote(url)}: ${why}, ${path}\n`);
    }
    const user = admitted(request, response, info, warnings, handling.authority);
    if (!info.resourceRequest) {
      plain(request, response, info, query, handling.address);
      return;
    }
    const { audit, registry } = handling;
    const received = new Date(registry.clock.now());
    const tell = (code: number) => audit?.(auditEntry(request, info, user, received, code));
    response.on('finish', () => tell(response.statusCode));
    checkTimeout(query.get('timeout'));
    const upgraded = () => tell(101);
    await resource({
      ...handling,
      request,
      response,
      info,
      query,
      warnings,
      user,
      ...(upgrade && { upgrade, upgraded }),
    });
  } catch (error) {
    if (error instanceof TextError && !response.headersSent) sendText(request, response, error);
    else sendError(request, response, error, warnings);
  }
}

/** The user, when they may do what they ask for. */
function admitted(
  request: IncomingMessage,
  response: ServerResponse,
  info: RequestInfo,
  warnings: Warnings,
  authority: Authority,
): User {
  try {
    const user = authority.authenticate(request, info, warnings.add);
    authority.require(user, info);
    return user;
  } catch (error) {
    // As upstream: a refusal may show parts of the request.
    if (error instanceof StatusError && error.code !== 401) response.setHeader('x-content-type-options', 'nosniff');
    throw error;
  }
}

/** A wish for how long the answer may take, as Go reads a duration; all answers here are quick. */
function checkTimeout(text: string | null): void {
  if (!text || /^[-+]?(0|(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/.test(text)) return;
  throw badRequest(`invalid timeout specified in the request URL - time: invalid duration ${goQuote(text)}`);
}

function auditEntry(
  request: IncomingMessage,
  { verb, group, resource: name, subresource: part, namespace, name: object }: RequestInfo,
  user: User,
  received: Date,
  code: number,
): AuditEntry {
  return {
    user: { username: user.name },
    verb,
    userAgent: request.headers['user-agent'] ?? '',
    objectRef: { apiGroup: group, resource: name, subresource: part, namespace, name: object },
    requestReceivedTimestamp: received.toISOString(),
    responseStatus: { code },
  };
}

function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/** Upstream's order: is there such a URL, does it take the method, can the answer be had in a form that is accepted. */
async function resource(given: Omit<Context, 'media'>): Promise<void> {
  const { info, request, query } = given;
  const { group, version, resource: name } = info;
  if (group && !groupDocument(group)) throw absentHere(given) ?? pageNotFound();
  const kind = findResource(group, version, name);
  if (!kind) {
    await review(given);
    return;
  }
  const route = routeOf(info, kind);
  if (!route) throw noSuchPath();
  const method = request.method ?? '';
  if (!route.methods.includes(method)) throw methodNotAllowed();
  const offer = { list: /^(list|watch)$/.test(info.verb), watch: info.verb === 'watch' };
  const context: Context = { ...given, media: mediaOf(request, query, offer) };
  const wrong = route.name && info.verb !== 'watch' ? isPathSegmentName(route.name) : [];
  if (wrong.length > 0) throw badRequest(`Name parameter invalid: ${goQuote(route.name)}: ${wrong.join(';')}`);
  if (kind.deprecated) context.warnings.add(kind.deprecated);
  if (route.subresource) {
    await subresource(context, kind, route);
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
      watch(context, kind, route.name);
      return;
    case 'create':
      await create(context, kind);
      return;
    case 'update':
      await update(context, kind, '');
      return;
    case 'patch':
      await patch(context, kind, '');
      return;
    case 'delete':
      await remove(context, kind);
      return;
    case 'deletecollection':
      await removeCollection(context, kind);
      return;
    default:
      throw methodNotAllowed();
  }
}

const CUSTOM = 'customresourcedefinitions.apiextensions.k8s.io';

const absentHere = ({ info, registry }: Pick<Context, 'info' | 'registry'>): StatusError | undefined =>
  absent(info, (name) => registry.store.get(CUSTOM, '', name) !== undefined);

/** A kind that is posted and answered, and never stored. */
async function review(given: Omit<Context, 'media'>): Promise<void> {
  const { info, request, query } = given;
  const { group, version, resource: name } = info;
  const kind = VIRTUAL_KINDS.find((one) => one.group === group && one.version === version && one.resource === name);
  if (!kind || !isReviewRoute(info, kind)) throw absentHere(given) ?? noSuchPath();
  if (request.method !== 'POST') throw methodNotAllowed();
  await createReview({ ...given, media: mediaOf(request, query) }, kind);
}

/** The parts of a pod that its kubelet answers. */
const OF_KUBELETS: Readonly<Record<string, typeof podLog>> = { log: podLog, exec: podExec, attach: podAttach };

async function subresource(context: Context, kind: Served, route: Route): Promise<void> {
  const part = route.subresource;
  const { kubelets } = context;
  const ofKubelet = kind.stored === 'pods' ? OF_KUBELETS[part] : undefined;
  if (kubelets && ofKubelet) {
    await ofKubelet(context, kind, kubelets);
    return;
  }
  const missing = MISSING_PARTS[part];
  if (missing) {
    context.registry.get(kind, context.info.namespace, route.name);
    throw notImplemented(`${kind.resource}/${part}`, missing);
  }
  const { method } = context.request;
  const own = part === 'status' ? 'status' : '';
  switch (part) {
    case 'scale':
      if (method === 'GET') getScale(context, kind);
      else await writeScale(context, kind);
      return;
    case 'finalize':
      await finalize(context, kind);
      return;
    case 'token':
      await createToken(context, kind);
      return;
    case 'eviction':
      await evict(context, kind);
      return;
    case 'binding':
      await bindPod(context, kind);
      return;
    default: {
      const restricted = part === 'ephemeralcontainers' ? { ...kind, strategy: EPHEMERAL_CONTAINERS } : kind;
      if (method === 'GET') get(context, kind, own);
      else if (method === 'PUT') await update(context, restricted, own);
      else await patch(context, restricted, own);
    }
  }
}

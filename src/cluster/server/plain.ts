/** Everything that is no object: discovery, OpenAPI, version, health. */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JsonObject, KubeObject } from '../api/object.ts';
import { methodNotAllowed, noSuchPath, notAcceptable } from '../api/status.ts';
import type { RequestInfo } from '../auth/request-info.ts';
import { kubernetesVersion } from '../schema/schema.ts';
import { negotiate, negotiateDiscovery, notAcceptableMessage, type Offer } from '../wire/negotiate.ts';
import { DISCOVERY_SCHEMAS, encodeObject } from '../wire/protobuf.ts';
import { aggregated, coreVersions, groupDocument, groupList, resourceList, rootPaths } from './discovery.ts';
import { CONTENT_TYPES, encodeJson } from './encode.ts';
import { openapiIndex, openapiV2, openapiV2Bytes, openapiV3, SWAGGER_TYPE, swaggerMedia } from './openapi.ts';
import { send } from './respond.ts';
import { healthText, healthPaths } from './health.ts';

/** An answer in Go's own words, without a Status: for paths that no part of the API has, and requests that are none. */
export class TextError extends Error {
  override name = 'TextError';
  readonly code: number;

  constructor(code: number, text: string) {
    super(text);
    this.code = code;
  }
}

export const pageNotFound = () => new TextError(404, '404 page not found\n');

const TEXT = 'text/plain; charset=utf-8';

/** As Go's `http.Error`. */
export function sendText(request: IncomingMessage, response: ServerResponse, { code, message }: TextError): void {
  response.setHeader('x-content-type-options', 'nosniff');
  send(request, response, code, TEXT, message);
}

/**
 * Answers a request on such a path. What upstream serves by go-restful knows only GET; what it serves by a plain handler
 * (health, OpenAPI, `/`, `/apis`, a group) does not look at the method.
 */
export function plain(
  request: IncomingMessage,
  response: ServerResponse,
  { path: given }: RequestInfo,
  query: URLSearchParams,
  address: string,
): void {
  const health = healthText(given, query);
  if (health !== undefined) {
    if (/^\/[a-z]+$/.test(given)) response.setHeader('x-content-type-options', 'nosniff');
    send(request, response, 200, TEXT, health);
    return;
  }
  if (given.startsWith('/openapi/')) {
    openapi(request, response, given);
    return;
  }
  if (given === '/' || given === '/index.html') {
    const paths = [...rootPaths(), ...healthPaths()].sort();
    send(request, response, 200, CONTENT_TYPES.json, indented({ paths }));
    return;
  }
  const path = given.replace(/\/$/, '');
  const [root = '', group = '', version = '', ...more] = path.split('/').slice(1);
  if (root === 'apis' && more.length === 0 && !version) {
    if (!group && sendAggregated(request, response, false)) return;
    sendDocument(request, response, group ? groupDocument(group) : groupList(), { route: false });
    return;
  }
  if (root === 'apis') {
    if (!groupDocument(group)) throw pageNotFound();
    get(request, response, resourceList(group, version));
  } else if (root === 'api' && !version) {
    if (!group && request.method === 'GET' && sendAggregated(request, response, true)) return;
    get(request, response, group ? resourceList('', group) : coreVersions(address));
  } else if (root === 'version') {
    get(request, response, group ? undefined : versionInfo(), { types: ['json'] }, true);
  } else throw pageNotFound();
}

/** As upstream writes what no codec does (`WriteRawJSON`). */
const indented = (document: JsonObject): string => JSON.stringify(document, undefined, 2);

/** A document of a route of go-restful; undefined is no route. */
function get(
  request: IncomingMessage,
  response: ServerResponse,
  document: JsonObject | undefined,
  offer: Offer = {},
  pretty = false,
): void {
  if (!document) throw noSuchPath();
  if (request.method !== 'GET') throw methodNotAllowed();
  sendDocument(request, response, document, offer, pretty);
}

function sendDocument(
  request: IncomingMessage,
  response: ServerResponse,
  document: JsonObject | undefined,
  how: Offer,
  pretty = false,
): void {
  if (!document) throw pageNotFound();
  const { accept } = request.headers;
  const offer = { ...how, transforms: false };
  const media = negotiate(accept, offer);
  if (!media) {
    const message = notAcceptableMessage(accept, offer);
    throw notAcceptable(message, message.startsWith('406: ') ? {} : undefined);
  }
  const schema = DISCOVERY_SCHEMAS[document['kind'] as keyof typeof DISCOVERY_SCHEMAS];
  const body =
    media.type === 'protobuf'
      ? encodeObject({ apiVersion: 'v1', ...document } as unknown as KubeObject, schema)
      : pretty
        ? indented(document)
        : encodeJson(document, media);
  send(request, response, 200, CONTENT_TYPES[media.type], body);
}

/** The document of all groups at once, when the client asks for it; clients keep it under its ETag. */
function sendAggregated(request: IncomingMessage, response: ServerResponse, core: boolean): boolean {
  const type = negotiateDiscovery(request.headers.accept);
  if (!type) return false;
  const body = encodeJson(aggregated(core), { type });
  const tag = `"${createHash('sha512').update(body).digest('hex').toUpperCase()}"`;
  response.setHeader('etag', tag);
  response.setHeader('vary', 'Accept');
  if (request.headers['if-none-match'] === tag) {
    response.writeHead(304);
    response.end();
    return true;
  }
  send(request, response, 200, `application/${type};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList`, body);
  return true;
}

const sendNothing = (response: ServerResponse, code: number) =>
  response.writeHead(code, { 'cache-control': 'no-cache, private' }).end();

function openapi(request: IncomingMessage, response: ServerResponse, path: string): void {
  if (path === '/openapi/v3') {
    send(request, response, 200, TEXT, encodeJson(openapiIndex(), { type: 'json' }));
  } else if (path === '/openapi/v2') {
    const form = swaggerMedia(request.headers.accept);
    if (!form) sendNothing(response, 406);
    else if (form === 'json') send(request, response, 200, CONTENT_TYPES.json, openapiV2());
    else send(request, response, 200, SWAGGER_TYPE, openapiV2Bytes());
  } else if (path.startsWith('/openapi/v3/')) {
    const document = openapiV3(path.slice('/openapi/v3/'.length));
    if (document === undefined) sendNothing(response, 404);
    else if (swaggerMedia(request.headers.accept) !== 'json') sendNothing(response, 406);
    else send(request, response, 200, CONTENT_TYPES.json, document);
  } else throw pageNotFound();
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
    minCompatibilityMajor: major,
    minCompatibilityMinor: String(Number(minor) - 1),
    gitVersion: `${gitVersion}+sluice`,
    gitCommit: '',
    gitTreeState: '',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: '',
    platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
  };
}

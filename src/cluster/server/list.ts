import { posix } from 'node:path';
import { readVersion, unexpectedVersion, versionProblem } from '../api/resource-version.ts';
import type { Json } from '../api/object.ts';
import { badRequest, expired, StatusError } from '../api/status.ts';
import type { Served } from '../registry/kinds.ts';
import { JsonSyntaxError, parseJson } from '../schema/json.ts';
import type { Item, Store } from '../store/store.ts';
import type { ListQuery } from './options.ts';

/** A page of a list. */
export interface Page {
  items: Item[];
  /** The list's resourceVersion. */
  revision: number;
  /** '' when this is the last page. */
  continueToken: string;
  /** How many are left, where that is known. */
  remaining: number | undefined;
}

/** Whether an object is selected. */
export type Matches = ((item: Item) => boolean) | undefined;

const INCONSISTENT =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
  'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
  'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
  'deleted between the time the first chunk was returned and now may show up in the list.';

/**
 * Lists as upstream does: all pages of a list show the same moment, which may be up to five minutes old; after that the
 * answer is 410 with a token that goes on at the present. Throws 400 for a bad token, 410 for a version that is
 * forgotten and 504 for one that is still to come.
 */
export function listPage(
  store: Store,
  kind: Served,
  namespace: string | undefined,
  query: ListQuery,
  matches: Matches,
): Page {
  const resource = kind.stored;
  // Upstream's tokens name a key without the list's own part of it: `/b`, or `/namespace/b` of all namespaces.
  const prefix = namespace === undefined ? '' : `${namespace}/`;
  let after: string | undefined;
  let revision = store.revision;
  if (query.continueToken) {
    if (query.resourceVersion && query.resourceVersion !== '0') {
      throw badRequest('specifying resource version is not allowed when using continue');
    }
    const token = decodeToken(query.continueToken);
    after = `${prefix}${token.start}`;
    if (token.rv > 0) {
      revision = token.rv;
      if (revision > store.revision) throw tooLarge(revision, store.revision);
      if (revision < store.compacted) throw inconsistent(token.start);
    }
  } else {
    const asked = parseVersion(query.resourceVersion, 'list');
    if (asked > store.revision) throw tooLarge(asked, store.revision);
    // An exact version is what the client gets; also, as upstream, of a limited list without a match.
    const exact = query.resourceVersionMatch === 'Exact' || (query.resourceVersionMatch === '' && query.limit > 0);
    if (exact && asked > 0) revision = asked;
  }
  const all =
    revision === store.revision
      ? store.list(resource, namespace, after)
      : store.listAt(revision, resource, namespace, after);
  if (!all) throw expired('The resourceVersion for the provided list is too old.');
  const items: Item[] = [];
  // Out of upstream's cache, which "any version" means, lists come in one piece.
  const limit = query.resourceVersion === '0' && !query.continueToken ? 0 : query.limit;
  let more = 0;
  let last = '';
  for (const item of all) {
    if (matches && !matches(item)) continue;
    if (limit > 0 && items.length === limit) {
      more++;
      // Nobody is told how many more there are when a selector hides some.
      if (matches) break;
      continue;
    }
    items.push(item);
    last = item.key;
  }
  return {
    items,
    revision,
    continueToken: more > 0 ? encodeToken(revision, last.slice(prefix.length)) : '',
    remaining: more > 0 && !matches ? more : undefined,
  };
}

/**
 * `resourceVersion` of a query as a number; 0 for '' and '0'. What is none is upstream's 400 in a list and, by an
 * oversight of upstream's, 500 in a get or a watch.
 */
export function parseVersion(text: string, verb: 'list' | 'get' | 'watch'): number {
  const version = readVersion(text || '0');
  if (version !== undefined) return version;
  throw verb === 'list' ? badRequest(`invalid resource version: ${versionProblem(text)}`) : unexpectedVersion(text);
}

export const tooLarge = (asked: number, current: number): StatusError =>
  new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });

function encodeToken(rv: number, last: string): string {
  const token = { v: 'meta.k8s.io/v1', rv, start: `/${last}\0` };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

/** Throws 400 in the words of upstream's decoder (apiserver `pkg/storage/continue.go`). */
function decodeToken(text: string): { rv: number; start: string } {
  const refuse = (why: string) => badRequest(`invalid continue token: continue key is not valid: ${why}`);
  const stray = text.search(/[^\w-]/);
  const illegal = stray < 0 && text.length % 4 === 1 ? text.length - 1 : stray;
  if (illegal >= 0) throw refuse(`illegal base64 data at input byte ${illegal}`);
  let token: Json;
  try {
    token = parseJson(Buffer.from(text, 'base64url').toString()).value;
  } catch (error) {
    throw error instanceof JsonSyntaxError ? refuse(error.message) : error;
  }
  if (token !== null && (typeof token !== 'object' || Array.isArray(token))) {
    throw refuse(`json: cannot unmarshal ${goType(token)} into Go value of type storage.continueToken`);
  }
  const { v = '', rv = 0, start = '' } = token ?? {};
  const mismatch = (value: Json, key: string, type: string) =>
    refuse(`json: cannot unmarshal ${goType(value)} into Go struct field continueToken.${key} of type ${type}`);
  if (typeof v !== 'string') throw mismatch(v, 'v', 'string');
  if (typeof rv !== 'number') throw mismatch(rv, 'rv', 'int64');
  if (typeof start !== 'string') throw mismatch(start, 'start', 'string');
  if (v !== 'meta.k8s.io/v1') throw refuse(`server does not recognize this encoded version ${v}`);
  if (rv === 0) throw refuse('incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  if (start === '') throw refuse('encoded start key empty (version meta.k8s.io/v1)');
  // No key may lead out of the resource.
  const key = start.startsWith('/') ? start : `/${start}`;
  if (posix.normalize(key) !== key) throw refuse(start);
  return { rv, start: key.slice(1).replace(/\0$/, '') };
}

const goType = (value: Json): string => {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
};

function inconsistent(start: string): StatusError {
  const error = expired(INCONSISTENT);
  error.listMetadata = { continue: encodeToken(-1, start) };
  return error;
}

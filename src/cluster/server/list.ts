import { badRequest, expired, invalidError, StatusError } from '../api/status.ts';
import { invalid } from '../api/field-error.ts';
import type { Served } from '../registry/kinds.ts';
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

interface Continue {
  v: string;
  rv: number;
  start: string;
}

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
  let after: string | undefined;
  let revision = store.revision;
  if (query.continueToken) {
    if (query.resourceVersion && query.resourceVersion !== '0') {
      throw badRequest('specifying resource version is not allowed when using continue');
    }
    const token = decodeToken(query.continueToken);
    after = token.start;
    if (token.rv > 0) {
      revision = token.rv;
      if (revision < store.compacted) throw inconsistent(token.start);
    }
  } else {
    const asked = parseVersion(query.resourceVersion);
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
  const { limit } = query;
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
    continueToken: more > 0 ? encodeToken(revision, last) : '',
    remaining: more > 0 && !matches ? more : undefined,
  };
}

/** `resourceVersion` of a query as a number; 0 for '' and '0'. */
export function parseVersion(text: string): number {
  if (!text) return 0;
  if (!/^\d+$/.test(text)) {
    const error = invalid('resourceVersion', text, `strconv.ParseUint: parsing "${text}": invalid syntax`);
    throw invalidError({ group: 'meta.k8s.io', name: 'ListOptions' }, '', [error]);
  }
  return Number(text);
}

export const tooLarge = (asked: number, current: number): StatusError =>
  new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });

function encodeToken(rv: number, last: string): string {
  const token: Continue = { v: 'meta.k8s.io/v1', rv, start: `${last}\0` };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function decodeToken(text: string): { rv: number; start: string } {
  let token: Partial<Continue>;
  try {
    token = JSON.parse(Buffer.from(text, 'base64url').toString()) as Partial<Continue>;
  } catch {
    throw badRequest('continue key is not valid');
  }
  if (token.v !== 'meta.k8s.io/v1') {
    throw badRequest(`continue key is not valid: server does not recognize this encoded version ${token.v ?? ''}`);
  }
  if (typeof token.rv !== 'number' || token.rv === 0) {
    throw badRequest('continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  }
  if (typeof token.start !== 'string' || token.start === '') {
    throw badRequest('continue key is not valid: encoded start key empty (version meta.k8s.io/v1)');
  }
  return { rv: token.rv, start: token.start.replace(/\0$/, '') };
}

function inconsistent(start: string): StatusError {
  const error = expired(INCONSISTENT);
  error.listMetadata = { continue: encodeToken(-1, start) };
  return error;
}

import type { User } from './user.ts';

/** What a request wants, as the rules see it (apiserver `pkg/endpoints/request/requestinfo.go`). */
export interface RequestInfo {
  /** False: everything but `path` and `verb` is ''. */
  resourceRequest: boolean;
  path: string;
  /** get, list, watch, create …; for a path that is no resource the method in lower case. */
  verb: string;
  group: string;
  version: string;
  resource: string;
  subresource: string;
  namespace: string;
  name: string;
}

/** A request and who sends it. */
export interface Attributes extends RequestInfo {
  user: User;
}

const VERBS: Record<string, string> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};
const PATH_VERBS = new Set(['proxy', 'watch']);
const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

/** Nothing but a path: what the rules for nonResourceURLs look at. */
export const pathInfo = (path: string, verb: string): RequestInfo => ({
  resourceRequest: false,
  path,
  verb,
  group: '',
  version: '',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
});

/**
 * `path` is decoded and has no query. Undefined for `/api/v1/watch` and the like, which name no resource: upstream
 * answers 500 to them.
 */
export function requestInfo(method: string, path: string, query: URLSearchParams): RequestInfo | undefined {
  const info = pathInfo(path, method.toLowerCase());
  let parts = path.replace(/^\/+|\/+$/g, '').split('/');
  const prefix = parts[0];
  if (parts.length < 3 || (prefix !== 'api' && prefix !== 'apis')) return info;
  parts = parts.slice(1);
  if (prefix === 'apis') {
    if (parts.length < 3) return info;
    info.group = parts.shift() ?? '';
  }
  info.resourceRequest = true;
  info.version = parts.shift() ?? '';
  if (PATH_VERBS.has(parts[0] ?? '')) {
    if (parts.length < 2) return undefined;
    info.verb = parts.shift() ?? '';
  } else {
    info.verb = VERBS[method] ?? '';
  }
  if (parts[0] === 'namespaces' && parts.length > 1) {
    info.namespace = parts[1] ?? '';
    if (parts.length > 2 && !NAMESPACE_SUBRESOURCES.has(parts[2] ?? '')) parts = parts.slice(2);
  }
  info.resource = parts[0] ?? '';
  info.name = parts[1] ?? '';
  if (info.verb !== 'proxy' && info.verb !== 'watch') info.subresource = parts[2] ?? '';
  if (!info.name && info.verb === 'get') listOrWatch(info, query);
  if (!info.name && info.verb === 'delete') info.verb = 'deletecollection';
  return info;
}

function listOrWatch(info: RequestInfo, query: URLSearchParams): void {
  const watch = query.get('watch');
  info.verb = watch !== null && watch !== '0' && watch.toLowerCase() !== 'false' ? 'watch' : 'list';
  // Options that can't be read count as absent, the name in the field selector too.
  for (const option of ['limit', 'timeoutSeconds']) if (!/^([-+]?\d+)?$/.test(query.get(option) ?? '')) return;
  const name = selectedName(query.get('fieldSelector') ?? '');
  if (name && name !== '.' && name !== '..' && !/[/%]/.test(name)) info.name = name;
}

/** The name that `metadata.name=x` in a field selector asks for. */
function selectedName(selector: string): string | undefined {
  const terms = selector.match(/(?:\\.|[^,\\])+/gs) ?? [];
  for (const term of terms) {
    const [, key, operator, value = ''] = /^(.*?)(!=|==|=)(.*)$/s.exec(term) ?? [];
    if (key === 'metadata.name' && operator !== '!=') return value.replace(/\\([\\,=])/g, '$1');
  }
  return undefined;
}

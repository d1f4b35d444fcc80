/** Which methods the URL of a resource takes, as upstream's installer registers them (apiserver `pkg/endpoints/installer.go`). Pure. */
import type { RequestInfo } from '../auth/request-info.ts';
import type { Served } from '../registry/kinds.ts';
import { subresources, verbsOf } from './discovery.ts';

export interface Route {
  /** '' for a collection. */
  name: string;
  /** '' for an object itself. */
  subresource: string;
  methods: readonly string[];
}

const BY_ADDRESS =
  'reach the pod or the Service by its own address, in kernel mode from inside: kubectl exec POD -- curl ADDRESS:PORT';

/** Parts of Kubernetes that need a kubelet or another server: known, so that the refusal can be clear. */
export const MISSING_PARTS: Readonly<Record<string, string>> = {
  log: 'logs need a kubelet',
  exec: 'exec needs a kubelet',
  attach: 'attach needs a kubelet',
  portforward: BY_ADDRESS,
  proxy: BY_ADDRESS,
  resize: 'pods are not resized in place',
};

/** The methods of those that don't take everything. */
const PART_METHODS: Readonly<Record<string, readonly string[]>> = {
  log: ['GET'],
  exec: ['GET', 'POST'],
  attach: ['GET', 'POST'],
  portforward: ['GET', 'POST'],
};

const METHODS: Readonly<Record<string, string>> = { create: 'POST', get: 'GET', patch: 'PATCH', update: 'PUT' };

const OBJECT = ['GET', 'PUT', 'PATCH', 'DELETE'];

/** The route of a URL; undefined (404) when it has none. */
export function routeOf({ path, group, verb }: RequestInfo, kind: Served): Route | undefined {
  const rest = beyond(path, group, kind);
  if (!rest) return undefined;
  const [name = '', subresource = '', ...more] = rest.parts;
  const route = (methods: readonly string[]): Route => ({ name, subresource, methods });
  if (rest.everywhere && name) return undefined;
  if (verb === 'watch' && rest.watch) return subresource ? undefined : route(['GET']);
  if (!name) {
    if (rest.everywhere) return route(['GET']);
    return route(verbsOf(kind).includes('deletecollection') ? ['GET', 'POST', 'DELETE'] : ['GET', 'POST']);
  }
  if (!subresource) return route(OBJECT);
  if (MISSING_PARTS[subresource] && /^(pods|services|nodes)$/.test(kind.resource)) {
    const methods = PART_METHODS[subresource] ?? [...OBJECT, 'POST'];
    return more.length === 0 || subresource === 'proxy' ? route(methods) : undefined;
  }
  const part = subresources(kind).find((one) => one.name === subresource);
  return part && more.length === 0 ? route(part.verbs.map((one) => METHODS[one] ?? '')) : undefined;
}

/** What is posted and never stored (reviews) has a collection only. */
export const isReviewRoute = ({ path, group }: RequestInfo, kind: Pick<Served, 'resource' | 'namespaced'>): boolean => {
  const rest = beyond(path, group, kind);
  return rest !== undefined && rest.parts.length === 0 && !rest.everywhere && !rest.watch;
};

/** The segments behind the resource's own; undefined when the URL does not lead to it. */
function beyond(path: string, group: string, { resource, namespaced }: Pick<Served, 'resource' | 'namespaced'>) {
  const parts = path.split('/').slice(group ? 4 : 3);
  if (parts.at(-1) === '') parts.pop();
  const watch = parts[0] === 'watch';
  if (watch) parts.shift();
  const inNamespace = namespaced && parts[0] === 'namespaces';
  if (inNamespace) parts.splice(0, 2);
  if (parts.shift() !== resource) return undefined;
  return { parts, watch, everywhere: namespaced && !inNamespace };
}

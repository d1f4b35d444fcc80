import { goQuote } from '../api/field-error.ts';
import { badRequest, type StatusError } from '../api/status.ts';
import { type Authorizer, forbiddenRequest } from './rbac.ts';
import type { Attributes } from './request-info.ts';
import {
  ANONYMOUS,
  AUTHENTICATED,
  isSubdomain,
  nodeOfUser,
  SYSTEM_MASTERS,
  serviceAccountGroups,
  splitServiceAccountUser,
  UNAUTHENTICATED,
  type User,
} from './user.ts';

/** Header names in lower case; a header that comes twice has two values (node's `headersDistinct`). */
export type Headers = Readonly<Record<string, readonly string[] | undefined>>;

interface Wanted {
  name: string;
  uid: string;
  groups: readonly string[];
  extra: Record<string, string[]>;
}

const GROUP = 'authentication.k8s.io';
const EXTRA = 'impersonate-extra-';

/** Whom the headers ask to be. Throws the 400 when they name groups, a uid or extras and no user. */
function wantedUser(headers: Headers): Wanted | undefined {
  const name = headers['impersonate-user']?.[0] ?? '';
  const uid = headers['impersonate-uid']?.[0] ?? '';
  const groups = headers['impersonate-group'] ?? [];
  const extra: Wanted['extra'] = {};
  for (const [header, values] of Object.entries(headers)) {
    if (!header.startsWith(EXTRA) || !values?.length) continue;
    const key = unescapeKey(header.slice(EXTRA.length));
    extra[key] = [...(extra[key] ?? []), ...values];
  }
  if (name) return { name, uid, groups, extra };
  if (!uid && groups.length === 0 && Object.keys(extra).length === 0) return undefined;
  throw badRequest(`requested ${goSyntax({ name, uid, groups, extra })} without impersonating a user name`);
}

function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/** Go's `%#v` of the user. */
function goSyntax({ name, uid, groups, extra }: Wanted): string {
  const list = (values: readonly string[]) => `[]string{${values.map(goQuote).join(', ')}}`;
  const keys = Object.keys(extra).sort();
  const map = keys.map((key) => `${goQuote(key)}:${list(extra[key] ?? [])}`).join(', ');
  return (
    `&user.DefaultInfo{Name:${goQuote(name)}, UID:${goQuote(uid)}, ` +
    `Groups:${groups.length > 0 ? list(groups) : '[]string(nil)'}, ` +
    `Extra:map[string][]string${keys.length > 0 ? `{${map}}` : '(nil)'}}`
  );
}

/** One way to be allowed to impersonate. The legacy way has no name and is always tried last. */
interface Mode {
  name: string;
  applies(wanted: Wanted, requestor: User): boolean;
}

const onlyName = ({ uid, groups, extra }: Wanted) => !uid && groups.length === 0 && Object.keys(extra).length === 0;

const MODES: readonly Mode[] = [
  {
    // A service account, as the node that its pod runs on.
    name: 'associated-node',
    applies(wanted, requestor) {
      const node = nodeOfUser(wanted.name);
      const own = requestor.extra?.['authentication.kubernetes.io/node-name'];
      if (!node || !splitServiceAccountUser(requestor.name)) return false;
      return onlyName(wanted) && own?.length === 1 && own[0] === node;
    },
  },
  { name: 'arbitrary-node', applies: (wanted) => onlyName(wanted) && nodeOfUser(wanted.name) !== undefined },
  { name: 'serviceaccount', applies: (wanted) => onlyName(wanted) && !!splitServiceAccountUser(wanted.name) },
  {
    name: 'user-info',
    applies: ({ name }) => nodeOfUser(name) === undefined && !splitServiceAccountUser(name),
  },
  { name: '', applies: () => true },
];

/** How many users' last mode is remembered. */
const MOST_REMEMBERED = 10_000;
/** From so many groups or extras on, upstream first asks whether all of them are allowed. */
const MANY = 4;

/**
 * Impersonation with its authorisation: KEP-5284's constrained modes first (`impersonate-on:<mode>:<verb>` for the
 * request and `impersonate:<mode>` for each attribute), then plain `impersonate`. The refusal is that of the first mode,
 * where the mode that last worked for a user comes first (apiserver `pkg/endpoints/filters/impersonation`).
 */
export class Impersonation {
  readonly #authorize: Authorizer;
  readonly #lastMode = new Map<string, Mode>();

  constructor(authorize: Authorizer) {
    this.#authorize = authorize;
  }

  /** The user that the request is to be treated as: its own without the headers. Throws a 400 or 403. */
  userOf(request: Attributes, headers: Headers): User {
    const wanted = wantedUser(headers);
    if (!wanted) return request.user;
    const requestor = request.user;
    const last = this.#lastMode.get(requestor.name);
    const modes = last ? [last, ...MODES.filter((mode) => mode !== last)] : MODES;
    let refusal: StatusError | undefined;
    for (const mode of modes) {
      if (!mode.applies(wanted, requestor)) continue;
      const problem = this.#refusal(mode, request, wanted);
      if (!problem) {
        this.#remember(requestor.name, mode);
        return impersonated(mode, wanted);
      }
      refusal ??= problem;
    }
    throw refusal ?? new Error('no mode of impersonation applies');
  }

  #remember(name: string, mode: Mode): void {
    this.#lastMode.delete(name);
    this.#lastMode.set(name, mode);
    const [oldest] = this.#lastMode.keys();
    if (this.#lastMode.size > MOST_REMEMBERED && oldest !== undefined) this.#lastMode.delete(oldest);
  }

  #check(request: Attributes): StatusError | undefined {
    const { allowed, reason } = this.#authorize(request);
    return allowed ? undefined : forbiddenRequest(request, reason);
  }

  #refusal(mode: Mode, request: Attributes, wanted: Wanted): StatusError | undefined {
    const constrained = mode.name !== '';
    if (constrained) {
      const problem = this.#check({ ...request, verb: `impersonate-on:${mode.name}:${request.verb}` });
      if (problem) return problem;
    }
    const verb = constrained ? `impersonate:${mode.name}` : 'impersonate';
    const group = constrained ? GROUP : '';
    const asked = (of: Pick<Attributes, 'resource' | 'name'> & Partial<Attributes>): Attributes => {
      const rest = { path: '', subresource: '', namespace: '', resourceRequest: true };
      return { ...rest, verb, group, version: 'v1', user: request.user, ...of };
    };
    return (
      this.#check(asked(nameAttributes(mode, wanted.name))) ??
      (wanted.uid ? this.#check(asked({ group: GROUP, resource: 'uids', name: wanted.uid })) : undefined) ??
      this.#groups(constrained, wanted.groups, (name) => asked({ resource: 'groups', name })) ??
      this.#extra(constrained, wanted.extra, (subresource, name) =>
        asked({ group: GROUP, resource: 'userextras', subresource, name }),
      )
    );
  }

  #groups(constrained: boolean, groups: readonly string[], asked: (name: string) => Attributes) {
    if (constrained && groups.includes('')) {
      return forbiddenRequest(asked(''), 'impersonating the empty string group is not allowed');
    }
    if (constrained && groups.includes(SYSTEM_MASTERS)) {
      return forbiddenRequest(asked(SYSTEM_MASTERS), 'impersonating the system:masters group is not allowed');
    }
    if (constrained && groups.length >= MANY && this.#authorize(asked('*')).allowed) return undefined;
    return first(groups, (group) => this.#check(asked(group)));
  }

  #extra(constrained: boolean, extra: Wanted['extra'], asked: (key: string, value: string) => Attributes) {
    const all = Object.keys(extra)
      .sort()
      .flatMap((key) => (extra[key] ?? []).map((value) => [key, value] as const));
    if (all.length === 0) return undefined;
    const problem = constrained ? first(all, ([key, value]) => extraProblem(key, value)) : undefined;
    if (problem) return forbiddenRequest(asked('', ''), problem);
    if (constrained && all.length >= MANY && this.#authorize(asked('*', '*')).allowed) return undefined;
    return first(all, ([key, value]) => this.#check(asked(key, value)));
  }
}

function first<T, R>(list: readonly T[], look: (one: T) => R | undefined): R | undefined {
  for (const one of list) {
    const found = look(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The resource that stands for the user's name. */
function nameAttributes(mode: Mode, name: string): Pick<Attributes, 'resource' | 'name'> & Partial<Attributes> {
  const node = mode.name ? nodeOfUser(name) : undefined;
  // The node's own service account is checked for all nodes at once.
  if (node !== undefined) return { resource: 'nodes', name: mode.name === 'associated-node' ? '*' : node };
  const account = splitServiceAccountUser(name);
  return account ? { resource: 'serviceaccounts', ...account } : { resource: 'users', name };
}

function impersonated(mode: Mode, { name, uid, groups, extra }: Wanted): User {
  let all = groups;
  const account = splitServiceAccountUser(name);
  if (mode.name && nodeOfUser(name) !== undefined) all = ['system:nodes'];
  else if (account && groups.length === 0) all = serviceAccountGroups(account.namespace);
  const wanted = name === ANONYMOUS ? UNAUTHENTICATED : AUTHENTICATED;
  if (!all.includes(wanted) && (wanted === UNAUTHENTICATED || !all.includes(UNAUTHENTICATED))) all = [...all, wanted];
  return { name, groups: all, ...(uid && { uid }), ...(Object.keys(extra).length > 0 && { extra }) };
}

const PATH = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;

function extraProblem(key: string, value: string): string | undefined {
  if (!key) return 'impersonating the empty string key in extra is not allowed';
  const problem = (of: string, why: string) =>
    `impersonating an invalid key in extra is not allowed: extra.key: Invalid value: ${goQuote(of)}: ${why}`;
  const slash = key.indexOf('/');
  const [host, path] = [key.slice(0, slash), key.slice(slash + 1)];
  if (slash <= 0 || !path) return problem(key, 'must be a domain-prefixed path (such as "acme.io/foo")');
  if (!isSubdomain(host)) return problem(host, SUBDOMAIN_RULE);
  if (!PATH.test(path)) return problem(path, PATH_RULE);
  if (key !== key.toLowerCase()) {
    return `impersonating a non-lowercase key in extra is not allowed: ${goQuote(key)}`;
  }
  return value ? undefined : 'impersonating the empty string value in extra is not allowed';
}

const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and " +
  "end with an alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const PATH_RULE = "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')";

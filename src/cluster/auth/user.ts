/** Who sends a request (apiserver `pkg/authentication/user`). */
export interface User {
  name: string;
  uid?: string;
  groups: readonly string[];
  extra?: Readonly<Record<string, readonly string[]>>;
}

/** Members may do everything, whatever the roles say. */
export const SYSTEM_MASTERS = 'system:masters';
export const AUTHENTICATED = 'system:authenticated';
export const UNAUTHENTICATED = 'system:unauthenticated';
export const ANONYMOUS = 'system:anonymous';

/** A request without credentials. What it may do is up to the roles (`system:public-info-viewer`). */
export const anonymous: User = { name: ANONYMOUS, groups: [UNAUTHENTICATED] };

/** The user as a member of system:authenticated, unless it says already whether it is authenticated. */
export function authenticated(user: User): User {
  if (user.name === ANONYMOUS) return user;
  if (user.groups.includes(AUTHENTICATED) || user.groups.includes(UNAUTHENTICATED)) return user;
  return { ...user, groups: [...user.groups, AUTHENTICATED] };
}

const SERVICE_ACCOUNT = 'system:serviceaccount:';
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Is it a DNS-1123 subdomain? */
export const isSubdomain = (name: string): boolean => name.length <= 253 && SUBDOMAIN.test(name);

/** `system:serviceaccount:namespace:name` */
export const serviceAccountUser = (namespace: string, name: string): string => `${SERVICE_ACCOUNT}${namespace}:${name}`;

/** The groups that every service account of a namespace is in. */
export const serviceAccountGroups = (namespace: string): string[] => [
  'system:serviceaccounts',
  `system:serviceaccounts:${namespace}`,
];

/** The parts of a service account's user name, or undefined when it is not one. */
export function splitServiceAccountUser(user: string): { namespace: string; name: string } | undefined {
  if (!user.startsWith(SERVICE_ACCOUNT)) return undefined;
  const [namespace = '', name = '', ...more] = user.slice(SERVICE_ACCOUNT.length).split(':');
  return more.length === 0 && LABEL.test(namespace) && isSubdomain(name) ? { namespace, name } : undefined;
}

/** The node in `system:node:name`, or undefined when it is not a node's user name. */
export function nodeOfUser(user: string): string | undefined {
  const prefix = 'system:node:';
  if (!user.startsWith(prefix)) return undefined;
  const name = user.slice(prefix.length);
  return isSubdomain(name) ? name : undefined;
}

/**
 * How a user of a kubeconfig proves who it is. Tokens, token files and passwords are read here; credential plugins and
 * auth providers are client-node's, each of its files loaded by the first request that needs it: its index, and what
 * reads a kubeconfig there, load every type of the Kubernetes API (60 MB, half a second).
 */
import { readFileSync } from 'node:fs';
import type { Fields, User } from './kubeconfig.ts';

/** What a request needs so that the server knows the user. */
export interface Proof {
  headers: Record<string, string>;
  /** A client certificate that a plugin gave, in PEM; it takes the place of the kubeconfig's. */
  cert?: string;
  key?: string;
}

/** Gives the proof for one request, and renews what has an end. */
export type Authenticate = () => Promise<Proof>;

/** client-node's authenticators, as far as they are used here. */
interface Plugin {
  applyAuthentication(user: User, request: PluginRequest): Promise<void>;
}

interface PluginRequest {
  headers: Record<string, string>;
  cert?: string;
  key?: string;
}

const PLUGINS = {
  azure: async () => new (await import('@kubernetes/client-node/dist/azure_auth.js')).AzureAuth(),
  gcp: async () => new (await import('@kubernetes/client-node/dist/gcp_auth.js')).GoogleCloudPlatformAuth(),
  exec: async () => new (await import('@kubernetes/client-node/dist/exec_auth.js')).ExecAuth(),
  // This one does load everything.
  oidc: async () => new (await import('@kubernetes/client-node/dist/oidc_auth.js')).OpenIDConnectAuth(),
};

/** As client-go: a token file is read anew after a minute, for kubelet replaces it long before its token's end. */
const TOKEN_FILE_MS = 60_000;

/** `now` in milliseconds, from a clock that never goes back. */
export function authenticator(user: User | undefined, now: () => number): Authenticate {
  if (!user) return async () => ({ headers: {} });
  const method = methodOf(user);
  const given = headersOf(user);
  if (method === undefined) return async () => ({ headers: { ...given } });
  if (typeof method === 'object') {
    const read = tokenReader(method.tokenFile, now);
    return async () => ({ headers: { ...given, ...bearer(user.token ?? read()) } });
  }
  let plugin: Promise<Plugin> | undefined;
  return async () => {
    plugin ??= PLUGINS[method]() as Promise<Plugin>;
    const request: PluginRequest = { headers: { ...given } };
    await (await plugin).applyAuthentication(user, request);
    Object.assign(request.headers, bearer(user.token));
    return request;
  };
}

type Method = keyof typeof PLUGINS | { tokenFile: string };

/** Where a user has several, client-node's order. */
function methodOf({ exec, authProvider, tokenFile }: User): Method | undefined {
  // client-go: a token file wins over a provider.
  const provider = tokenFile === undefined ? authProvider : undefined;
  const config = (provider?.['config'] ?? {}) as Fields;
  const name = provider?.['name'];
  if (name === 'azure' || name === 'gcp') return name;
  if (exec || name === 'exec' || config['exec']) return 'exec';
  const file = tokenFile ?? config['tokenFile'];
  if (typeof file === 'string' && file) return { tokenFile: file };
  return name === 'oidc' ? name : undefined;
}

/** What the kubeconfig itself says. */
function headersOf({ username, password, token, impersonateUser }: User): Record<string, string> {
  return {
    ...(username && { Authorization: `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}` }),
    ...bearer(token),
    ...(impersonateUser && { 'Impersonate-User': impersonateUser }),
  };
}

function bearer(token: string | undefined): Record<string, string> {
  return token ? { Authorization: `Bearer ${token}` } : {};
}

function tokenReader(file: string, now: () => number): () => string {
  let token = '';
  let readAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (token && now() - readAt <= TOKEN_FILE_MS) return token;
    token = readFileSync(file, 'utf8');
    readAt = now();
    return token;
  };
}

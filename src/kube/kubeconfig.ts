/** What a kubeconfig says, and of several files together: read as kubectl reads them, with no file opened here. */
import { isAbsolute, join } from 'node:path';
import { parseDocument } from 'yaml';

/** A certificate or key: in the kubeconfig itself, or a file that may be replaced at any time. */
export type Pem = Buffer | { file: string };

export interface Cluster {
  name: string;
  /** Without a slash at its end. */
  server: string;
  ca?: Pem;
  skipTLSVerify: boolean;
  tlsServerName?: string;
  proxyUrl?: string;
}

/** The fields' names are client-node's where its plugins read them. */
export interface User {
  name: string;
  cert?: Pem;
  key?: Pem;
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
  impersonateUser?: string;
  exec?: Fields;
  authProvider?: Fields;
}

interface Context {
  name: string;
  cluster: string;
  user?: string;
}

export interface Kubeconfig {
  clusters: Cluster[];
  users: User[];
  contexts: Context[];
  currentContext?: string;
}

/** Where the cluster is, and as whom it is talked to. */
export interface Access {
  cluster: Cluster;
  user?: User;
}

export type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads one kubeconfig; paths in it are relative to `directory`.
 * @throws Error whose first line says what is wrong.
 */
export function parseKubeconfig(text: string, directory: string): Kubeconfig {
  const document = parseDocument(text);
  const [fault] = [...document.errors, ...document.warnings];
  if (fault) throw fault;
  const root: unknown = document.toJS();
  if (root === null) throw new Error('it is empty');
  const { clusters, users, contexts, 'current-context': current } = fieldsOf(root) ?? {};
  const currentContext = textOf(current, 'current-context');
  return {
    clusters: entries(clusters, 'clusters', (entry, at) => toCluster(entry, at, directory)),
    users: entries(users, 'users', (entry, at) => toUser(entry, at, directory)),
    contexts: entries(contexts, 'contexts', toContext),
    ...(currentContext !== undefined && { currentContext }),
  };
}

/** As client-go: the first file that says a thing wins, names and current-context alike. */
export function mergeKubeconfigs(first: Kubeconfig, ...others: readonly Kubeconfig[]): Kubeconfig {
  return others.reduce((mine, theirs) => {
    const currentContext = mine.currentContext ?? theirs.currentContext;
    return {
      clusters: mergeByName(mine.clusters, theirs.clusters),
      users: mergeByName(mine.users, theirs.users),
      contexts: mergeByName(mine.contexts, theirs.contexts),
      ...(currentContext !== undefined && { currentContext }),
    };
  }, first);
}

function mergeByName<T extends { name: string }>(mine: T[], theirs: T[]): T[] {
  return [...mine, ...theirs.filter(({ name }) => !mine.some((known) => known.name === name))];
}

/** Cluster and user of the current context. @throws Error of one line. */
export function currentAccess({ clusters, users, contexts, currentContext }: Kubeconfig): Access {
  if (currentContext === undefined) throw new Error('no current-context (kubectl config use-context NAME)');
  const quoted = JSON.stringify(currentContext);
  const context = contexts.find(({ name }) => name === currentContext);
  if (!context) throw new Error(`current-context ${quoted} is not among its contexts`);
  const cluster = clusters.find(({ name }) => name === context.cluster);
  if (!cluster) throw new Error(`the cluster of context ${quoted} is missing`);
  if (!URL.canParse(cluster.server)) throw new Error(`server ${JSON.stringify(cluster.server)} is not a URL`);
  const user = users.find(({ name }) => name === context.user);
  return { cluster, ...(user && { user }) };
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** How a pod talks to its own cluster; host and port are what kubelet puts into its environment. */
export function inClusterAccess(host: string, port: string): Access {
  // As client-node; a real cluster's port is 443.
  const scheme = ['80', '8080', '8001'].includes(port) ? 'http' : 'https';
  return {
    cluster: {
      name: 'inCluster',
      server: `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`,
      ca: { file: `${SERVICE_ACCOUNT}/ca.crt` },
      skipTLSVerify: false,
    },
    user: { name: 'inClusterUser', tokenFile: `${SERVICE_ACCOUNT}/token` },
  };
}

function toCluster(entry: Fields, at: string, directory: string): Cluster {
  const cluster = required(fieldsOf(entry['cluster']), `${at}.cluster`);
  const path = `${at}.cluster`;
  const server = required(textOf(cluster['server'], `${path}.server`), `${path}.server`);
  return defined({
    name: required(textOf(entry['name'], `${at}.name`), `${at}.name`),
    server: server.replace(/\/$/, ''),
    ca: pemOf(cluster, 'certificate-authority', path, directory),
    skipTLSVerify: cluster['insecure-skip-tls-verify'] === true,
    tlsServerName: textOf(cluster['tls-server-name'], `${path}.tls-server-name`),
    proxyUrl: textOf(cluster['proxy-url'], `${path}.proxy-url`),
  });
}

function toUser(entry: Fields, at: string, directory: string): User {
  const user = fieldsOf(entry['user']) ?? {};
  const text = (field: string) => textOf(user[field], `${at}.user.${field}`);
  // As client-go, where a token file wins over a token; as client-node, which calls it `token-file`, where it does not.
  const token = text('tokenFile') === undefined ? text('token') : undefined;
  const tokenFile = text('tokenFile') ?? (token === undefined ? text('token-file') : undefined);
  return defined({
    name: required(textOf(entry['name'], `${at}.name`), `${at}.name`),
    cert: pemOf(user, 'client-certificate', `${at}.user`, directory),
    key: pemOf(user, 'client-key', `${at}.user`, directory),
    token,
    tokenFile: tokenFile === undefined ? undefined : pathFrom(directory, tokenFile),
    username: text('username'),
    password: text('password'),
    impersonateUser: text('as'),
    exec: fieldsOf(user['exec']),
    authProvider: fieldsOf(user['auth-provider']),
  });
}

function toContext(entry: Fields, at: string): Context {
  const context = required(fieldsOf(entry['context']), `${at}.context`);
  return defined({
    name: required(textOf(entry['name'], `${at}.name`), `${at}.name`),
    cluster: required(textOf(context['cluster'], `${at}.context.cluster`), `${at}.context.cluster`),
    user: textOf(context['user'], `${at}.context.user`),
  });
}

/** As client-node: where both are given, the file wins. */
function pemOf(fields: Fields, name: string, at: string, directory: string): Pem | undefined {
  const file = textOf(fields[name], `${at}.${name}`);
  if (file !== undefined) return { file: pathFrom(directory, file) };
  const data = textOf(fields[`${name}-data`], `${at}.${name}-data`);
  return data === undefined ? undefined : Buffer.from(data, 'base64');
}

function entries<T>(list: unknown, at: string, read: (entry: Fields, at: string) => T): T[] {
  if (!Array.isArray(list)) return [];
  return list.map((entry: unknown, index) => read(fieldsOf(entry) ?? {}, `${at}[${index}]`));
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** Nothing and the empty text are the same; a number that was not quoted is the text it looks like. */
function textOf(value: unknown, at: string): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Error(`${at} is not a text`);
}

function required<T>(value: T | undefined, at: string): T {
  if (value === undefined) throw new Error(`${at} is missing`);
  return value;
}

function pathFrom(directory: string, file: string): string {
  return isAbsolute(file) ? file : join(directory, file);
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Without the fields that are undefined. */
function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}

import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { type Cluster, type DispatcherOptions, HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node';
import { Agent, type buildConnector, type Dispatcher, ProxyAgent } from 'undici';
import { parse } from 'yaml';
import { ConfigError } from '../runtime/config-error.ts';

type AgentOptions = Parameters<KubeConfig['createDispatcherOptions']>[1];

/** What one request needs to be let in. */
export interface Credentials {
  headers: Record<string, string>;
  dispatcher: Dispatcher;
}

/** A rejected credential is read anew at most this often, so that a user without rights does not spawn a plugin a request. */
const RELOAD_INTERVAL_MS = 10_000;

/**
 * client-node's KubeConfig with three changes: it hands over the TLS options instead of building a new agent, and so a new
 * connection, for every request; it follows a user's `tokenFile`, which client-node overlooks; and it merges as kubectl does.
 */
class CapturingKubeConfig extends KubeConfig {
  captured: AgentOptions = {};
  #directory = '.';

  override loadFromFile(...[file, options]: Parameters<KubeConfig['loadFromFile']>): void {
    this.#directory = dirname(file);
    super.loadFromFile(file, options);
  }

  override loadFromString(...[text, options]: Parameters<KubeConfig['loadFromString']>): void {
    super.loadFromString(text, options);
    const raw = parse(text) as { users?: { name: string; user?: { tokenFile?: string } }[] };
    const tokenFiles = new Map(raw.users?.map(({ name, user }) => [name, user?.tokenFile]));
    this.users = this.users.map((user) => {
      const tokenFile = tokenFiles.get(user.name);
      if (!tokenFile) return user;
      // client-go: a tokenFile wins over a token.
      const { token: _, ...rest } = user;
      const config = { tokenFile: resolve(this.#directory, tokenFile) };
      return { ...rest, authProvider: { name: 'tokenFile', config } };
    });
  }

  /** client-node refuses a name that both have, and takes the last current-context. */
  override mergeConfig(other: KubeConfig): void {
    const merge = <T extends { name: string }>(mine: T[], theirs: T[]) => [
      ...mine,
      ...theirs.filter(({ name }) => !mine.some((known) => known.name === name)),
    ];
    this.clusters = merge(this.clusters, other.clusters);
    this.users = merge(this.users, other.users);
    this.contexts = merge(this.contexts, other.contexts);
    if (!this.getCurrentContext()) this.setCurrentContext(other.getCurrentContext());
  }

  override createDispatcherOptions(_cluster: Cluster | null, options: AgentOptions): DispatcherOptions {
    this.captured = options;
    return { type: 'none' };
  }

  dispatcherOptions(): DispatcherOptions {
    const cluster = this.getCurrentCluster();
    // client-node refuses plain http unless told not to verify TLS, which kubectl does not.
    const http = cluster?.server.startsWith('http:') === true;
    return super.createDispatcherOptions(http ? { ...cluster, skipTLSVerify: true } : cluster, this.captured);
  }
}

/** Finds, reads and keeps fresh the credentials of one cluster. */
export class CredentialSource {
  readonly server: string;
  readonly #kubeconfig: string | undefined;
  #config: CapturingKubeConfig;
  #dispatcher: Dispatcher | undefined;
  #dispatcherKey = '';
  #reloadedAt = Number.NEGATIVE_INFINITY;

  /**
   * Reads `kubeconfig`, else the pod's service account, else `$KUBECONFIG` or `~/.kube/config`.
   * @throws ConfigError that names the file and the remedy.
   */
  constructor(kubeconfig?: string) {
    this.#kubeconfig = kubeconfig;
    this.#config = load(kubeconfig);
    this.server = this.#config.getCurrentCluster()?.server ?? '';
  }

  /** Headers and connections for one request; runs exec plugins and reads token and certificate files as they change. */
  async get(): Promise<Credentials> {
    const config = this.#config;
    const context = new RequestContext(this.server, HttpMethod.GET);
    await config.applySecurityAuthentication(context);
    const headers: Record<string, string> = {};
    // Token files often end in a newline, which no header may hold.
    for (const [name, value] of Object.entries(context.getHeaders())) headers[name] = value.trim();
    return { headers, dispatcher: this.#dispatcherFor(config.dispatcherOptions()) };
  }

  /**
   * Call after a 401: drops cached tokens and certificates. False when that was just done, for then a retry is useless.
   */
  reload(): boolean {
    const now = performance.now();
    if (now - this.#reloadedAt < RELOAD_INTERVAL_MS) return false;
    this.#reloadedAt = now;
    this.#config = load(this.#kubeconfig);
    return true;
  }

  async close(): Promise<void> {
    await this.#dispatcher?.destroy();
  }

  #dispatcherFor(options: DispatcherOptions): Dispatcher {
    const key = JSON.stringify(withoutBuffers(options));
    if (this.#dispatcher && key === this.#dispatcherKey) return this.#dispatcher;
    // Requests and watches under way end on the old certificate.
    void this.#dispatcher?.close();
    this.#dispatcherKey = key;
    this.#dispatcher = createDispatcher(options);
    return this.#dispatcher;
  }
}

/** As JSON a Buffer is a list of numbers, and this is done for every request. */
function withoutBuffers(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutBuffers(inner)]));
}

/**
 * HTTP/1.1 on purpose: over HTTP/2 all requests share one connection, and when that goes silent the retry of an aborted
 * watch or lease renewal would hang on it too. Deadlines are the caller's, so undici's own are off.
 */
function createDispatcher(options: DispatcherOptions): Dispatcher {
  const common = { allowH2: false, headersTimeout: 0, bodyTimeout: 0 };
  switch (options.type) {
    case 'proxy':
    case 'socks':
      return new ProxyAgent({ ...common, uri: options.uri, requestTls: connector(options.requestTls) });
    case 'agent':
      return new Agent({ ...common, connect: connector(options.connect) });
    case 'none':
      return new Agent({ ...common, connect: connector({}) });
  }
}

/** 30 s as client-go: below the 60 s after which load balancers drop idle connections. */
function connector(options: ConnectionOptions): buildConnector.BuildOptions {
  return { ...(options as buildConnector.BuildOptions), keepAlive: true, keepAliveInitialDelay: 30_000 };
}

function load(kubeconfig: string | undefined): CapturingKubeConfig {
  const config = new CapturingKubeConfig();
  if (kubeconfig) {
    read(config, kubeconfig, () => loadFiles(config, kubeconfig));
  } else if (process.env.KUBERNETES_SERVICE_HOST && process.env.KUBERNETES_SERVICE_PORT) {
    config.loadFromCluster();
  } else {
    const file = process.env.KUBECONFIG || join(homedir(), '.kube', 'config');
    if (!process.env.KUBECONFIG && !existsSync(file)) {
      throw new ConfigError(`no Kubernetes cluster: not in a pod, and ${file} does not exist; give --kubeconfig FILE`);
    }
    read(config, file, () => config.loadFromDefault());
  }
  return config;
}

/** One file, or several as in $KUBECONFIG: as in kubectl, those that are missing don't count, and the first that says a thing wins. */
function loadFiles(config: CapturingKubeConfig, kubeconfig: string): void {
  const files = existsSync(kubeconfig) ? [kubeconfig] : kubeconfig.split(delimiter).filter(Boolean);
  const [first = kubeconfig, ...others] = files.filter((file) => existsSync(file));
  config.loadFromFile(first);
  for (const file of others) {
    const other = new CapturingKubeConfig();
    other.loadFromFile(file);
    config.mergeConfig(other);
  }
}

function read(config: KubeConfig, file: string, action: () => void): void {
  const fail = (problem: string): never => {
    throw new ConfigError(`kubeconfig ${file}: ${problem.split('\n', 1)[0]}; give another file with --kubeconfig`);
  };
  try {
    action();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    fail(code === 'ENOENT' ? 'no such file' : code === 'EACCES' ? 'not readable' : `not a kubeconfig (${message})`);
  }
  const context = config.getCurrentContext();
  if (!context) fail('no current-context (kubectl config use-context NAME)');
  if (!config.getContextObject(context)) fail(`current-context ${JSON.stringify(context)} is not among its contexts`);
  const cluster = config.getCurrentCluster();
  if (!cluster) fail(`the cluster of context ${JSON.stringify(context)} is missing`);
  if (!URL.canParse(cluster?.server ?? '')) fail(`server ${JSON.stringify(cluster?.server)} is not a URL`);
}

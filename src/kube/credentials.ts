import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { Dispatcher } from 'undici';
import { ConfigError } from '../runtime/config-error.ts';
import { type Authenticate, authenticator } from './authenticate.ts';
import {
  type Access,
  currentAccess,
  inClusterAccess,
  type Kubeconfig,
  mergeKubeconfigs,
  parseKubeconfig,
} from './kubeconfig.ts';
import { createDispatcher, sameTls, type TlsSettings, tlsSettings } from './transport.ts';

/** What one request needs to be let in. */
export interface Credentials {
  headers: Record<string, string>;
  dispatcher: Dispatcher;
}

/** A rejected credential is read anew at most this often, so that a user without rights does not spawn a plugin a request. */
const RELOAD_INTERVAL_MS = 10_000;

const now = (): number => performance.now();

/** Finds, reads and keeps fresh the credentials of one cluster. */
export class CredentialSource {
  readonly server: string;
  readonly #kubeconfig: string | undefined;
  #access: Access;
  #authenticate: Authenticate;
  #connections: { dispatcher: Dispatcher; tls: TlsSettings; proxyUrl: string | undefined } | undefined;
  #reloadedAt = Number.NEGATIVE_INFINITY;

  /**
   * Reads `kubeconfig`, else the pod's service account, else `$KUBECONFIG` or `~/.kube/config`.
   * @throws ConfigError that names the file and the remedy.
   */
  constructor(kubeconfig?: string) {
    this.#kubeconfig = kubeconfig;
    this.#access = load(kubeconfig);
    this.#authenticate = authenticator(this.#access.user, now);
    this.server = this.#access.cluster.server;
  }

  /** Headers and connections for one request; runs exec plugins and reads token and certificate files as they change. */
  async get(): Promise<Credentials> {
    const access = this.#access;
    const { headers, ...certificate } = await this.#authenticate();
    // Token files often end in a newline, which no header may hold.
    for (const [name, value] of Object.entries(headers)) headers[name] = value.trim();
    return { headers, dispatcher: this.#dispatcherFor(tlsSettings(access, certificate), access.cluster.proxyUrl) };
  }

  /**
   * Call after a 401: drops cached tokens and certificates. False when that was just done, for then a retry is useless.
   */
  reload(): boolean {
    if (now() - this.#reloadedAt < RELOAD_INTERVAL_MS) return false;
    this.#reloadedAt = now();
    this.#access = load(this.#kubeconfig);
    this.#authenticate = authenticator(this.#access.user, now);
    return true;
  }

  async close(): Promise<void> {
    await this.#connections?.dispatcher.destroy();
  }

  #dispatcherFor(tls: TlsSettings, proxyUrl: string | undefined): Dispatcher {
    const current = this.#connections;
    if (current && current.proxyUrl === proxyUrl && sameTls(current.tls, tls)) return current.dispatcher;
    // Requests and watches under way end on the old certificate.
    void current?.dispatcher.close();
    const dispatcher = createDispatcher(tls, proxyUrl);
    this.#connections = { dispatcher, tls, proxyUrl };
    return dispatcher;
  }
}

function load(kubeconfig: string | undefined): Access {
  if (kubeconfig) return readAccess(kubeconfig);
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port, KUBECONFIG: files } = process.env;
  if (host && port) return inClusterAccess(host, port);
  if (files) return readAccess(files);
  const file = join(homedir(), '.kube', 'config');
  if (existsSync(file)) return readAccess(file);
  throw new ConfigError(`no Kubernetes cluster: not in a pod, and ${file} does not exist; give --kubeconfig FILE`);
}

function readAccess(kubeconfig: string): Access {
  const config = orConfigError(kubeconfig, () => readFiles(kubeconfig), reasonUnread);
  return orConfigError(
    kubeconfig,
    () => currentAccess(config),
    (message) => message,
  );
}

/** One file, or several as in $KUBECONFIG: as in kubectl, those that are missing don't count, and the first that says a thing wins. */
function readFiles(kubeconfig: string): Kubeconfig {
  const files = existsSync(kubeconfig) ? [kubeconfig] : kubeconfig.split(delimiter).filter(Boolean);
  const [first = kubeconfig, ...others] = files.filter((file) => existsSync(file));
  const readOne = (file: string) => parseKubeconfig(readFileSync(file, 'utf8'), dirname(file));
  return mergeKubeconfigs(readOne(first), ...others.map(readOne));
}

function orConfigError<T>(file: string, action: () => T, problem: (message: string, code?: string) => string): T {
  try {
    return action();
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    const line = problem(message, code).split('\n', 1)[0];
    throw new ConfigError(`kubeconfig ${file}: ${line}; give another file with --kubeconfig`);
  }
}

function reasonUnread(message: string, code?: string): string {
  if (code === 'ENOENT') return 'no such file';
  return code === 'EACCES' ? 'not readable' : `not a kubeconfig (${message})`;
}

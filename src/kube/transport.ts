/** Connections to one API server: TLS as the kubeconfig and the user say, through a proxy if it names one. */
import { readFileSync } from 'node:fs';
import { Agent, type buildConnector, type Dispatcher, ProxyAgent } from 'undici';
import type { Proof } from './authenticate.ts';
import type { Access, Pem } from './kubeconfig.ts';

/** TLS of one connection. Where nothing is said Node's own defaults hold. */
export interface TlsSettings {
  ca?: Buffer;
  cert?: Buffer | string;
  key?: Buffer | string;
  rejectUnauthorized?: false;
  servername?: string;
}

/** Reads the certificate files as they are now; a plugin's certificate takes the place of the kubeconfig's. */
export function tlsSettings({ cluster, user }: Access, given: Pick<Proof, 'cert' | 'key'>): TlsSettings {
  const cert = given.cert ?? (user?.cert && read(user.cert));
  const key = given.key ?? (user?.key && read(user.key));
  return {
    ...(cluster.ca && { ca: read(cluster.ca) }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(cluster.skipTLSVerify && { rejectUnauthorized: false as const }),
    ...(cluster.tlsServerName !== undefined && { servername: cluster.tlsServerName }),
  };
}

function read(pem: Pem): Buffer {
  return Buffer.isBuffer(pem) ? pem : readFileSync(pem.file);
}

/** Whether connections made for the one serve the other; asked before every request. */
export function sameTls(one: TlsSettings, other: TlsSettings): boolean {
  return (
    samePem(one.ca, other.ca) &&
    samePem(one.cert, other.cert) &&
    samePem(one.key, other.key) &&
    one.rejectUnauthorized === other.rejectUnauthorized &&
    one.servername === other.servername
  );
}

function samePem(one: Buffer | string | undefined, other: Buffer | string | undefined): boolean {
  return one === other || (Buffer.isBuffer(one) && Buffer.isBuffer(other) && one.equals(other));
}

/**
 * HTTP/1.1 on purpose: over HTTP/2 all requests share one connection, and when that goes silent the retry of an aborted
 * watch or lease renewal would hang on it too. Deadlines are the caller's, so undici's own are off.
 */
export function createDispatcher(tls: TlsSettings, proxyUrl?: string): Dispatcher {
  const common = { allowH2: false, headersTimeout: 0, bodyTimeout: 0 };
  // 30 s as client-go: below the 60 s after which load balancers drop idle connections.
  const connector: buildConnector.BuildOptions = { ...tls, keepAlive: true, keepAliveInitialDelay: 30_000 };
  return proxyUrl === undefined
    ? new Agent({ ...common, connect: connector })
    : new ProxyAgent({ ...common, uri: proxyUrl, requestTls: connector });
}

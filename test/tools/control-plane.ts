import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { goTool } from '../../scripts/tools.mjs';
import { waitFor } from '../support/wait.ts';
import { freePort, type Program, removeWithThisProcess, startProgram } from './processes.ts';

/** An answer of the API server. */
export interface KubeAnswer {
  status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- any object of the API
  body: any;
}

/** How to reach an API server as its admin. */
export interface KubeAccess {
  url: string;
  token: string;
  /** PEM of the certificate authority. */
  ca: string;
}

/** A real etcd and a real kube-apiserver on loopback. */
export interface ControlPlane extends KubeAccess {
  /** Path of an admin's kubeconfig. */
  kubeconfig: string;
  etcdUrl: string;
  dir: string;
  /** Sends JSON (a merge patch for PATCH) as the admin and returns whatever comes back, errors included. */
  request(method: string, path: string, body?: unknown): Promise<KubeAnswer>;
  /** SIGKILL by default; waits until it is gone. */
  killApiServer(signal?: NodeJS.Signals): Promise<void>;
  /** On the same port and the same etcd; waits for /readyz. */
  startApiServer(): Promise<void>;
  /** Compacts etcd at its current revision, so that an older resourceVersion gets 410 Gone from etcd. */
  compactEtcd(): Promise<void>;
  /** Of the processes that run now. */
  pids(): number[];
  stop(): Promise<void>;
}

/** Extra arguments for kube-apiserver (a repeated flag: the last wins), and a folder to keep instead of a temporary one. */
export interface ControlPlaneOptions {
  apiServerArgs?: string[];
  dir?: string;
}

const READY_MS = 60_000;

const SERVICES = '/api/v1/namespaces/default/services';
const TRIAL = { metadata: { name: 'trial' }, spec: { ipFamilyPolicy: 'PreferDualStack', ports: [{ port: 80 }] } };

/**
 * Whether a Service can be created, and the address of the Service `kubernetes` is known to be taken. /readyz comes
 * before the ServiceCIDR, and a `kubernetes` that was created before it has its IPAddress from the first repair only.
 */
async function takesServices(
  request: (method: string, path: string, body?: unknown) => Promise<KubeAnswer>,
): Promise<boolean> {
  const own = await request('GET', `${SERVICES}/kubernetes`);
  if (own.status !== 200) return false;
  for (const address of own.body.spec.clusterIPs as string[]) {
    const { status } = await request('GET', `/apis/networking.k8s.io/v1/ipaddresses/${address}`);
    if (status !== 200) return false;
  }
  return (await request('POST', `${SERVICES}?dryRun=All`, TRIAL)).status === 201;
}

/** Starts etcd and kube-apiserver and returns when the API server is ready (a few seconds). */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'sluice-control-plane-'));
  if (options.dir) mkdirSync(dir, { recursive: true });
  else removeWithThisProcess(dir);
  const token = randomBytes(16).toString('hex');
  writeKeys(dir, token);
  const etcdUrl = `http://127.0.0.1:${await freePort()}`;
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  let etcd: Program | undefined;
  let apiServer: Program | undefined;
  let ca = '';

  const startApiServer = async () => {
    const args = [...apiServerArgs(dir, port, etcdUrl), ...(options.apiServerArgs ?? [])];
    apiServer = await startProgram(goTool('kube-apiserver'), args, {
      name: 'kube-apiserver',
      logFile: join(dir, 'kube-apiserver.log'),
    });
    await readyOrTail(apiServer, async () => {
      // Self-signed at the first start and kept in --cert-dir for the next ones.
      ca = readFileSync(join(dir, 'certs', 'apiserver.crt'), 'utf8');
      const ready = (await kubeRequest({ url, token, ca }, 'GET', '/readyz')).status === 200;
      // The bootstrap hooks that make this namespace are not part of /readyz.
      return ready && (await kubeRequest({ url, token, ca }, 'GET', '/api/v1/namespaces/default')).status === 200;
    });
  };
  const stop = async () => {
    // Neither has anything worth a graceful end: the folder goes with them.
    await apiServer?.end('SIGKILL');
    await etcd?.end('SIGKILL');
    if (!options.dir) rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  };

  try {
    etcd = await startEtcd(dir, etcdUrl);
    await startApiServer();
    await waitFor(() => takesServices((...asked) => kubeRequest({ url, token, ca }, ...asked)), {
      what: 'kube-apiserver to have its ServiceCIDR and the address of its own Service',
      timeoutMs: READY_MS,
    });
  } catch (error) {
    await stop();
    throw error;
  }
  const kubeconfig = join(dir, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigFor({ url, token, ca }), { mode: 0o600 });
  return {
    kubeconfig,
    url,
    token,
    ca,
    etcdUrl,
    dir,
    request: (method, path, body) => kubeRequest({ url, token, ca }, method, path, body),
    killApiServer: async (signal = 'SIGKILL') => {
      // SIGTERM lets the API server drain; that takes longer than a child's usual grace.
      await apiServer?.end(signal, 60_000);
    },
    startApiServer,
    compactEtcd: () => compact(etcdUrl),
    pids: () => [etcd, apiServer].flatMap((one) => (one && !one.ended ? [one.pid] : [])),
    stop,
  };
}

async function startEtcd(dir: string, clientUrl: string): Promise<Program> {
  const peerUrl = `http://127.0.0.1:${await freePort()}`;
  const args = [
    `--data-dir=${join(dir, 'etcd')}`,
    `--listen-client-urls=${clientUrl}`,
    `--advertise-client-urls=${clientUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
  const etcd = await startProgram(goTool('etcd'), args, { name: 'etcd', logFile: join(dir, 'etcd.log') });
  try {
    await readyOrTail(etcd, async () => (await fetch(`${clientUrl}/health`)).ok);
  } catch (error) {
    await etcd.end('SIGKILL');
    throw error;
  }
  return etcd;
}

function apiServerArgs(dir: string, port: number, etcdUrl: string): string[] {
  return [
    `--etcd-servers=${etcdUrl}`,
    `--secure-port=${port}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    '--endpoint-reconciler-type=none',
    // A restart finds its port again although old connections are in TIME_WAIT.
    '--permit-address-sharing',
    `--cert-dir=${join(dir, 'certs')}`,
    `--token-auth-file=${join(dir, 'tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${join(dir, 'service-accounts.pub')}`,
    `--service-account-signing-key-file=${join(dir, 'service-accounts.key')}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    // No controller runs here to make a namespace's service account, nor to take a new node's taint away.
    '--disable-admission-plugins=ServiceAccount,TaintNodesByCondition',
    '--allow-privileged=true',
  ];
}

function writeKeys(dir: string, token: string): void {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const secret = { mode: 0o600 };
  writeFileSync(join(dir, 'service-accounts.pub'), publicKey);
  writeFileSync(join(dir, 'service-accounts.key'), privateKey, secret);
  writeFileSync(join(dir, 'tokens.csv'), `${token},admin,admin,system:masters\n`, secret);
}

/** A kubeconfig with one context. */
export function kubeconfigFor({ url, token, ca }: KubeAccess): string {
  const name = 'sluice';
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}

/** Waits until `ready` is true; a program that ends before, or never gets there, is reported with its last lines. */
export async function readyOrTail(program: Program, ready: () => boolean | Promise<boolean>): Promise<void> {
  let done = false;
  try {
    await waitFor(async () => (done = program.ended || (await ready())), {
      timeoutMs: READY_MS,
      intervalMs: 50,
      what: `${program.name} to be ready`,
    });
  } catch (error) {
    throw new Error(`${program.name} did not become ready in ${READY_MS / 1000} s:\n${program.tail()}`, {
      cause: error,
    });
  }
  if (done && program.ended) {
    throw new Error(`${program.name} ended (${await program.exit}) before it was ready:\n${program.tail()}`);
  }
}

/** One request to an API server, on a connection of its own so that a killed server leaves nothing behind. */
export function kubeRequest(access: KubeAccess, method: string, path: string, body?: unknown): Promise<KubeAnswer> {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const agent = new Agent({ keepAlive: false });
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(
      new URL(path, access.url),
      {
        method,
        agent,
        ca: access.ca,
        timeout: 30_000,
        headers: { authorization: `Bearer ${access.token}`, accept: 'application/json', 'content-type': type },
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        answer.on('error', reject).on('end', () => {
          const json = answer.headers['content-type']?.startsWith('application/json');
          resolve({ status: answer.statusCode ?? 0, body: json ? JSON.parse(text) : text });
        });
      },
    );
    sent.on('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer in 30 s`)));
    sent.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function compact(etcdUrl: string): Promise<void> {
  const call = async (path: string, body: object) => {
    const answer = await fetch(`${etcdUrl}${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`etcd ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as { header: { revision: string } };
  };
  const { header } = await call('/v3/kv/range', { key: Buffer.from('\0').toString('base64') });
  await call('/v3/kv/compaction', { revision: header.revision, physical: true });
}

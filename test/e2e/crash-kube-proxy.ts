/**
 * A plain HTTP server in front of a real API server that shows a controller one namespace's Services only, counts what
 * it writes and can spoil it. With a view, several controllers that each believe the cluster to be theirs share one
 * API server.
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { stringify } from 'yaml';
import type { ControlPlane, KubeAnswer } from '../tools/control-plane.ts';

type Callback = () => void | Promise<void>;

/** One call as it arrives. Watches are not among them. */
export interface KubeCall {
  /** Among the writes to Services since the last reset, from 1; undefined for every other call. */
  write?: number;
  method: string;
  path: string;
}

/** As the API server words a refusal. */
export interface KubeError {
  code: number;
  reason: string;
  message: string;
  retryAfterSeconds?: number;
}

/** The steps of one call, in order; each can be left out. */
export interface KubeFate {
  before?: Callback;
  /** Default true. */
  forward?: boolean;
  /** Runs when the API server has answered, before the client hears of it. */
  applied?: Callback;
  answer?: 'relay' | 'never' | 'reset' | KubeError;
  answered?: Callback;
}

export interface KubeProxy {
  url: string;
  kubeconfig: string;
  /** Writes to Services since the last reset, as `PATCH /api/v1/…`. */
  readonly writes: string[];
  reset(): void;
  onCall: ((call: KubeCall) => KubeFate | 'pass') | undefined;
  /** A call of the test's own over a kept connection: neither counted nor spoiled. */
  request(method: string, path: string): Promise<KubeAnswer>;
  stop(): Promise<void>;
}

/** Calls of the controller are sent on with `token`, calls of the test with the admin's. */
export async function startKubeProxy(kube: ControlPlane, token: string, namespace: string): Promise<KubeProxy> {
  const agent = new Agent({ keepAlive: true });
  const upstreamAs =
    (bearer: string): Upstream =>
    (method, path, headers = {}) =>
      httpsRequest(new URL(path, kube.url), {
        method,
        agent,
        ca: kube.ca,
        headers: { ...headers, authorization: `Bearer ${bearer}` },
      });
  const own = upstreamAs(kube.token);
  const proxy: KubeProxy = {
    url: '',
    kubeconfig: join(kube.dir, `kubeconfig-${namespace}`),
    writes: [],
    onCall: undefined,
    reset: () => {
      proxy.writes.length = 0;
      proxy.onCall = undefined;
    },
    async request(method, path) {
      const { status, body } = await exchange(own(method, path, { accept: 'application/json' }), undefined);
      return { status, body: JSON.parse(body.toString()) as unknown };
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await once(server, 'close');
    },
  };
  const server = createServer((request, response) => {
    handle(proxy, upstreamAs(token), namespace, request, response).catch(() => {
      // The API server is gone or went away in the middle: so does this connection.
      response.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('an HTTP server without a port');
  proxy.url = `http://127.0.0.1:${address.port}`;
  const name = 'view';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: proxy.url } }],
    users: [{ name, user: {} }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  writeFileSync(proxy.kubeconfig, stringify(config));
  return proxy;
}

type Upstream = (method: string, path: string, headers?: IncomingMessage['headers']) => ReturnType<typeof httpsRequest>;

async function handle(
  proxy: KubeProxy,
  upstream: Upstream,
  namespace: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET', url = '/' } = request;
  const path = url.replace(/^\/api\/v1\/services(?=\?|$)/, `/api/v1/namespaces/${namespace}/services`);
  const { host: _, ...headers } = request.headers;
  const sent = upstream(method, path, headers);
  if (/[?&]watch=true/.test(path)) {
    response.on('close', () => sent.destroy());
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
    sent.end();
    const [answer] = await answered;
    answer.on('error', () => response.destroy());
    answer.on('close', () => response.destroy());
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
    return;
  }

  const content = await buffer(request);
  const call: KubeCall = { method, path };
  if (method !== 'GET' && path.includes('/services/')) call.write = proxy.writes.push(`${method} ${path}`);
  const chosen = proxy.onCall?.(call) ?? 'pass';
  const fate: KubeFate = chosen === 'pass' ? {} : chosen;

  await fate.before?.();
  const forwards = fate.forward ?? true;
  if (!forwards) sent.on('error', () => {}).destroy();
  const relayed = forwards ? await exchange(sent, content) : undefined;
  if (relayed) await fate.applied?.();

  const answer = fate.answer ?? 'relay';
  if (answer === 'never') return;
  if (answer === 'reset') {
    request.socket.resetAndDestroy();
  } else if (answer === 'relay') {
    if (!relayed) throw new Error(`${method} ${path}: a fate without forwarding needs an answer`);
    const { 'transfer-encoding': __, connection: ___, ...answerHeaders } = relayed.headers;
    response.writeHead(relayed.status, { ...answerHeaders, 'content-length': relayed.body.length });
    await finish(response, relayed.body);
  } else {
    const { code, reason, message, retryAfterSeconds } = answer;
    const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
    response.writeHead(code, {
      'content-type': 'application/json',
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
    });
    await finish(response, JSON.stringify(status));
  }
  await fate.answered?.();
}

async function finish(response: ServerResponse, body: Buffer | string): Promise<void> {
  const done = Promise.race([once(response, 'finish'), once(response, 'close')]);
  response.end(body);
  await done;
}

async function exchange(sent: ReturnType<typeof httpsRequest>, content: Buffer | undefined) {
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  sent.end(content);
  const [answer] = await answered;
  return { status: answer.statusCode ?? 502, headers: answer.headers, body: await buffer(answer) };
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatAddress, type ListenAddress } from './address.ts';
import { ConfigError } from './config-error.ts';
import type { Health, HealthReport } from './health.ts';
import type { Metrics } from './metrics.ts';

type Purpose = 'health' | 'metrics';

export interface ServerOptions {
  health: Health;
  metrics: Metrics;
  healthAddress: ListenAddress | 'off';
  metricsAddress: ListenAddress | 'off';
}

export interface Servers {
  /** Where each server really listens (with the port chosen, if 0 was asked for); absent if it is off. */
  readonly bound: Readonly<Partial<Record<Purpose, string>>>;
  /** Stops accepting, lets requests under way end, and cuts what lasts longer than `graceMs`. */
  close(graceMs?: number): Promise<void>;
}

interface Reply {
  status: number;
  body: string;
  type?: string;
}

type Route = (verbose: boolean) => Promise<Reply>;

/**
 * Serves `/healthz`, `/readyz` and `/metrics`; the same address for both makes one server.
 * Throws a `ConfigError` if an address can't be listened on.
 */
export async function startServers(options: ServerOptions): Promise<Servers> {
  const { health, metrics, healthAddress, metricsAddress } = options;
  const routes: Record<Purpose, Record<string, Route>> = {
    health: {
      '/healthz': async (verbose) => healthReply('healthz', await health.live(), verbose),
      '/readyz': async (verbose) => healthReply('readyz', await health.ready(), verbose),
    },
    metrics: {
      '/metrics': async () => ({
        status: 200,
        body: await metrics.registry.metrics(),
        type: metrics.registry.contentType,
      }),
    },
  };
  const bound: Partial<Record<Purpose, string>> = {};
  const servers: Server[] = [];
  const close = async (graceMs = 2000): Promise<void> => {
    await Promise.all(servers.map((server) => closeServer(server, graceMs)));
  };
  const start = async (address: ListenAddress, ...purposes: Purpose[]): Promise<void> => {
    const table = Object.assign({}, ...purposes.map((purpose) => routes[purpose]));
    const own = purposes.includes('health') ? (path: string) => health.answerOf(path) : () => undefined;
    const server = createServer((request, response) => void answer(table, own, request, response));
    await listen(server, address, purposes);
    servers.push(server);
    for (const purpose of purposes) bound[purpose] = boundAddress(server);
  };

  try {
    if (healthAddress !== 'off' && metricsAddress !== 'off' && same(healthAddress, metricsAddress)) {
      await start(healthAddress, 'metrics', 'health');
    } else {
      if (metricsAddress !== 'off') await start(metricsAddress, 'metrics');
      if (healthAddress !== 'off') await start(healthAddress, 'health');
    }
  } catch (error) {
    await close(0);
    throw error;
  }
  return { bound, close };
}

/** As the API server writes it: a bare `ok`, and the list of checks when one fails or `?verbose` asks for it. */
function healthReply(endpoint: string, { ok, lines }: HealthReport, verbose: boolean): Reply {
  if (ok && !verbose) return { status: 200, body: 'ok' };
  const list = [...lines, `${endpoint} check ${ok ? 'passed' : 'failed'}`];
  return { status: ok ? 200 : 503, body: `${list.join('\n')}\n` };
}

async function answer(
  table: Record<string, Route>,
  own: (path: string) => (() => Reply) | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let reply: Reply;
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const set = own(path);
  const route: Route | undefined = set ? async () => set() : Object.hasOwn(table, path) ? table[path] : undefined;
  if (!route) reply = { status: 404, body: `not found; there are ${Object.keys(table).join(', ')}\n` };
  else if (request.method !== 'GET' && request.method !== 'HEAD') reply = { status: 405, body: 'only GET and HEAD\n' };
  else {
    try {
      reply = await route(new URLSearchParams(query).has('verbose'));
    } catch (error) {
      reply = { status: 500, body: `${error instanceof Error ? error.message : String(error)}\n` };
    }
  }
  response.writeHead(reply.status, {
    'content-type': reply.type ?? 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(reply.body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(reply.status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : reply.body);
}

async function listen(server: Server, address: ListenAddress, purposes: readonly Purpose[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(address, resolve);
  try {
    await promise;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    const why = listenFaults[code] ?? (error as Error).message;
    const flags = purposes.map((purpose) => `--${purpose}-address`).join(' and ');
    throw new ConfigError(
      `${flags}: cannot listen on ${formatAddress(address)}: ${why}; choose another address, or 0 for none`,
      { cause: error },
    );
  } finally {
    server.off('error', reject);
  }
}

const listenFaults: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'not permitted (ports below 1024 need privileges)',
  ENOTFOUND: 'the host name does not resolve',
};

function boundAddress(server: Server): string {
  const { address, port } = server.address() as AddressInfo;
  return formatAddress({ host: address, port });
}

function same(one: ListenAddress, other: ListenAddress): boolean {
  return one.host === other.host && one.port === other.port;
}

async function closeServer(server: Server, graceMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // An idle keep-alive connection is closed by close() itself; only a request under way is waited for.
  server.close(() => resolve());
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await promise;
  clearTimeout(timer);
}

/** Endpoints and clients on addresses of 127.0.0.0/8, with a backend between them. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Registry } from 'prom-client';
import type { Frontend } from '../../src/proxy/desired.ts';
import { createProxyMetrics, type ProxyMetrics } from '../../src/proxy/metrics.ts';
import type { Inside } from '../../src/proxy/select.ts';
import { UserspaceBackend, type UserspaceOptions } from '../../src/proxy/userspace/backend.ts';
import type { Logger } from '../../src/runtime/logger.ts';

const NOBODY: Inside = { clusterCidrs: [], nodeAddresses: new Set() };

/** A logger that says nothing. */
export const quiet: Logger = recordingLogger([]);

/** A logger that keeps what is said, as `LEVEL message`, with the fields. */
export function recordingLogger(lines: { line: string; fields: Record<string, unknown> }[]): Logger {
  const write =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}) => {
      lines.push({ line: `${level} ${message}`, fields });
    };
  const logger: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => logger,
  };
  return logger;
}

export interface Lab {
  backend: UserspaceBackend;
  metrics: ProxyMetrics;
  log: { line: string; fields: Record<string, unknown> }[];
  /** Makes these the only frontends. */
  show(...frontends: Frontend[]): Promise<void>;
}

export function lab(options: Partial<UserspaceOptions> = {}, inside = NOBODY): Lab & AsyncDisposable {
  const log: Lab['log'] = [];
  const metrics = createProxyMetrics(new Registry());
  const backend = new UserspaceBackend({ logger: recordingLogger(log), metrics, lowPortOffset: 0, ...options });
  let shown = new Map<string, Frontend>();
  return {
    backend,
    metrics,
    log,
    async show(...frontends) {
      const next = new Map(frontends.map((frontend) => [frontend.key, frontend]));
      const keys = new Set([...shown.keys(), ...next.keys()]);
      const changes = [...keys].map((key) => ({ key, old: shown.get(key), next: next.get(key) }));
      shown = next;
      await backend.apply(changes, inside);
    },
    [Symbol.asyncDispose]: () => backend.close(),
  };
}

/** A TCP server at an address, with what it does for each connection. */
export async function tcpServer(
  host: string,
  port: number,
  serve: (socket: Socket) => void,
): Promise<Server & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    serve(socket);
  });
  server.listen({ host, port });
  await once(server, 'listening');
  return Object.assign(server, {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** Says its own address, and ends. */
export function nameServer(host: string, port = 8080) {
  return tcpServer(host, port, (socket) => {
    socket.end(host);
    socket.resume();
  });
}

/** All that a server says until it ends; rejects with what went wrong. */
export function ask(host: string, port: number, localAddress?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, ...(localAddress !== undefined && { localAddress }) });
    let said = '';
    socket.setEncoding('utf8').on('data', (part: string) => {
      said += part;
    });
    socket.on('end', () => resolve(said));
    socket.on('error', reject);
  });
}

/** A UDP server that answers `ADDRESS:` and what it was sent. */
export async function udpServer(host: string, port = 5353) {
  const socket = createSocket('udp4');
  const heard: string[] = [];
  socket.on('message', (message, from) => {
    heard.push(String(message));
    socket.send(`${host}:${message}`, from.port, from.address);
  });
  socket.bind(port, host);
  await once(socket, 'listening');
  let open = true;
  const close = () => {
    if (open) socket.close();
    open = false;
  };
  return { heard, close, [Symbol.dispose]: close };
}

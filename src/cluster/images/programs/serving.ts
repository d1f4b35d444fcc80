import type { Socket as UdpSocket } from 'node:dgram';
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import type { Server, Socket } from 'node:net';
import { isIPv6 } from 'node:net';
import { isWildcard, joinHostPort, plainAddress } from './address.ts';
import type { Environment } from './environment.ts';
import { Failure } from './failure.ts';
import { log } from './log.ts';

export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Answers a datagram; `client` is its sender as `address:port`. Undefined: no answer. */
export type UdpHandler = (message: string, client: string) => string | undefined;

interface Where {
  port: number;
  /** Where the program's own flags say so; else what the environment says. */
  hosts?: readonly string[];
}

interface ServingOptions {
  /** In place of the environment's lame-duck time. */
  lameDuckMs?: number;
  /** Exit code after SIGINT and SIGQUIT; after SIGTERM it is 0. */
  interruptCode?: number;
}

/**
 * What a program listens on, and how that ends.
 *
 * SIGTERM does not end serving at once, other than in most of the originals: for a lame-duck time everything is
 * answered, new connections too, and only then no more are taken and the program ends with the last request.
 * A Service's clients learn with a delay that a pod is going, and whoever still has its address is served: Services are drained, not cut.
 * HTTP answers of that time close their connection, so that clients move on before it ends.
 * A second SIGTERM changes nothing; SIGINT and SIGQUIT leave the lame-duck time out.
 */
export class Serving {
  readonly #environment: Environment;
  readonly #stops: (() => Promise<void>)[] = [];
  readonly #drains: (() => void)[] = [];
  #terminating = false;
  #ending = false;

  constructor(environment: Environment, options: ServingOptions = {}) {
    this.#environment = environment;
    const { lameDuckMs = environment.lameDuckMs, interruptCode = 0 } = options;
    process.on('SIGTERM', () => {
      if (this.#terminating) return;
      this.#terminating = true;
      for (const drain of this.#drains) drain();
      log(`told to end: serving for another ${lameDuckMs / 1000} s`);
      setTimeout(() => this.end(0), lameDuckMs);
    });
    for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.on(signal, () => this.end(interruptCode));
  }

  /** Whether it was told to end. */
  get terminating(): boolean {
    return this.#terminating;
  }

  /**
   * Takes no new connections, lets requests in flight finish, and exits; after `timeoutMs` in any case. Once begun, nothing
   * changes it.
   */
  end(code: number, timeoutMs?: number): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#terminating = true;
    for (const drain of this.#drains) drain();
    if (timeoutMs !== undefined) setTimeout(() => process.exit(code), timeoutMs);
    void Promise.all(this.#stops.map((stop) => stop())).then(() => process.exit(code));
  }

  /** @throws Failure when a port is taken or may not be bound. */
  async http(where: Where, handler: HttpHandler, tls?: { cert: Buffer; key: Buffer }): Promise<void> {
    // Not imported: as an ES module node:http also loads the WebSocket client, for 30 ms and 10 MB.
    const make = (): HttpServer =>
      tls
        ? process.getBuiltinModule('node:https').createServer(tls)
        : process.getBuiltinModule('node:http').createServer();
    await this.#each(where, async (host, port) => {
      const server = make();
      // As the originals, which keep connections: longer than load balancers and clients do.
      server.keepAliveTimeout = 75_000;
      server.requestTimeout = 0;
      const stop = drainHttp(server, tls ? 'secureConnection' : 'connection', this.#drains);
      server.on('request', (request, response) => {
        if (this.#terminating) response.shouldKeepAlive = false;
        void answer(handler, request, response);
      });
      await listen(server, host, port);
      this.#stops.push(stop);
    });
  }

  /** Connections are the handler's to end. @throws Failure when a port is taken or may not be bound. */
  async tcp(where: Where, onConnection: (socket: Socket) => void): Promise<void> {
    const { createServer } = process.getBuiltinModule('node:net');
    await this.#each(where, async (host, port) => {
      const server = createServer((socket) => {
        // Whoever hangs up is gone, and nothing is lost.
        socket.on('error', () => socket.destroy());
        onConnection(socket);
      });
      await listen(server, host, port);
      this.#stops.push(() => new Promise((done) => server.close(() => done())));
    });
  }

  /** @throws Failure when a port is taken or may not be bound. */
  async udp(where: Where, handler: UdpHandler): Promise<void> {
    await this.#each(where, async (host, port) => {
      const socket = await bindUdp(host, port);
      socket.on('message', (data, { address, port: from }) => {
        const reply = handler(data.toString(), joinHostPort(plainAddress(address), from));
        // An answer that can't be sent is lost, as any datagram may be.
        if (reply !== undefined) socket.send(reply, from, address, () => undefined);
      });
      socket.on('error', (error) => process.stderr.write(`udp: ${error.message}\n`));
      this.#stops.push(() => new Promise((done) => socket.close(() => done())));
    });
  }

  /** Calls `open` for every address; an undefined host is all of them. */
  async #each({ port, hosts }: Where, open: (host: string | undefined, port: number) => Promise<void>): Promise<void> {
    const { listen: places, lowPortOffset: offset } = this.#environment;
    const bound = port > 0 && port < 1024 ? port + offset : port;
    if (bound !== port) log(`listening on port ${bound} in place of ${port}: this user may not bind ports below 1024`);
    const given = hosts?.filter((host) => !isWildcard(host)) ?? [];
    const chosen = given.length > 0 ? given : places;
    for (const host of chosen.length > 0 ? chosen : [undefined]) await open(host, bound);
  }
}

async function answer(handler: HttpHandler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    await handler(request, response);
  } catch (error) {
    process.stderr.write(
      `${request.method} ${request.url}: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    if (!response.headersSent) response.statusCode = 500;
    response.end();
  }
}

/**
 * Keeps count of the requests on each connection. What it returns closes the server with them: http.Server's own close also
 * cuts answers whose last bytes are still on the way.
 */
function drainHttp(server: HttpServer, connection: string, drains: (() => void)[]): () => Promise<void> {
  const { Server: NetServer } = process.getBuiltinModule('node:net');
  const requests = new Map<Socket, number>();
  const answers = new Set<ServerResponse>();
  let stopping = false;
  server.on(connection, (socket: Socket) => {
    requests.set(socket, 0);
    socket.once('close', () => requests.delete(socket));
  });
  server.on('request', ({ socket }, response) => {
    requests.set(socket, (requests.get(socket) ?? 0) + 1);
    answers.add(response);
    response.once('close', () => {
      answers.delete(response);
      const left = (requests.get(socket) ?? 1) - 1;
      if (requests.has(socket)) requests.set(socket, left);
      if (stopping && left === 0) socket.destroySoon();
    });
  });
  drains.push(() => {
    for (const response of answers) if (!response.headersSent) response.shouldKeepAlive = false;
  });
  return () =>
    new Promise((done) => {
      stopping = true;
      NetServer.prototype.close.call(server, () => done());
      for (const [socket, count] of requests) if (count === 0) socket.destroySoon();
    });
}

/** Many clients may come at once, when a Service's other pods go. */
const BACKLOG = 4096;

function listen(server: Server, host: string | undefined, port: number): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', (error) => fail(explained('tcp', host, port, error)));
    // Without a host Node takes all addresses of both families, or of IPv4 where there is no other.
    server.listen({ port, backlog: BACKLOG, ...(host !== undefined && { host }) }, done);
  });
}

async function bindUdp(host: string | undefined, port: number): Promise<UdpSocket> {
  if (host !== undefined) return await bind(isIPv6(host) ? 'udp6' : 'udp4', host, port);
  try {
    return await bind('udp6', '::', port);
  } catch (error) {
    if (!/EAFNOSUPPORT|EADDRNOTAVAIL/.test(codeOf(error))) throw error;
    return await bind('udp4', '0.0.0.0', port);
  }
}

function bind(type: 'udp4' | 'udp6', address: string, port: number): Promise<UdpSocket> {
  const socket = process.getBuiltinModule('node:dgram').createSocket(type);
  return new Promise((done, fail) => {
    const failed = (error: Error) => fail(explained('udp', address, port, error));
    socket.once('error', failed);
    socket.bind({ port, address }, () => {
      socket.off('error', failed);
      done(socket);
    });
  });
}

const codeOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
};

const WORDS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address already in use',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'no such address here',
};

function explained(protocol: string, host: string | undefined, port: number, error: Error): Failure {
  const failure = new Failure(
    `listen ${protocol} ${joinHostPort(host ?? '', port)}: ${WORDS[codeOf(error)] ?? error.message}`,
  );
  failure.cause = error;
  return failure;
}

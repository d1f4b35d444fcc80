import { type IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Certificates } from '../auth/pki.ts';
import type { Upgrade } from './context.ts';
import { handle, type Handling } from './handle.ts';

export interface ServerOptions extends Omit<Handling, 'address'> {
  certificates: Certificates;
  /** 0: any that is free. */
  port: number;
}

export interface ApiServer {
  port: number;
  /** Serves a connection that was accepted elsewhere: the client's TLS begins on it. */
  accept(socket: Socket): void;
  /** Ends every connection, watches too. */
  close(): Promise<void>;
}

/** Serves the API over TLS, on loopback only. @throws when the port is taken. */
export async function startServer({ certificates, port, ...handlingOptions }: ServerOptions): Promise<ApiServer> {
  const handling: Handling = { ...handlingOptions, address: '' };
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    // Answers everything by itself, faults too.
    void handle(request, response, handling);
  };
  const server = createServer(
    {
      key: certificates.key,
      cert: certificates.cert,
      // The clients end idle connections, as with kube-apiserver; closing one under a request would fail it.
      keepAliveTimeout: 0,
      requestTimeout: 0,
      noDelay: true,
      highWaterMark: 256 * 1024,
    },
    listener,
  );
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    upgrade(request, { socket, head }, handling);
  });
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A client that goes without a word is nothing to speak of.
    socket.on('error', () => socket.destroy());
  };
  // Before TLS and after it: closing waits for neither.
  server.on('connection', keep).on('secureConnection', keep);
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
  const bound = (server.address() as AddressInfo).port;
  handling.address = `127.0.0.1:${bound}`;
  return {
    port: bound,
    accept: (socket) => void server.emit('connection', socket),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
        server.closeAllConnections();
      }),
  };
}

/** Answers a request for another protocol: with that, or once and for all with why not. */
function upgrade(request: IncomingMessage, wish: Upgrade, handling: Handling): void {
  const { socket } = wish;
  const response = new ServerResponse(request);
  // Node's HTTP server has let go of the connection: no further request will be read from it.
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.on('finish', () => {
    response.detachSocket(socket);
    socket.end();
  });
  void handle(request, response, handling, wish);
}

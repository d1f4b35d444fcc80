import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Certificates } from '../auth/pki.ts';
import { handle, type Handling } from './handle.ts';

export interface ServerOptions extends Omit<Handling, 'address'> {
  certificates: Certificates;
  /** 0: any that is free. */
  port: number;
}

export interface ApiServer {
  port: number;
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
  const sockets = new Set<Socket>();
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A client that goes without a word is nothing to speak of.
    socket.on('error', () => socket.destroy());
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
  const bound = (server.address() as AddressInfo).port;
  handling.address = `127.0.0.1:${bound}`;
  return {
    port: bound,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
        server.closeAllConnections();
      }),
  };
}

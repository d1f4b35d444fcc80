/** Relays TCP connections: bytes both ways, half-close, resets and backpressure passed on. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Endpoint } from '../../service/endpoints.ts';
import type { Listener } from '../listener.ts';

/** Where a connection goes, and what becomes of it. */
export interface TcpRoute {
  /** The endpoint for a client: not `refusing`, which has just failed. Undefined: the client is reset. */
  choose(client: string, refusing?: Endpoint): Endpoint | undefined;
  /** Where an endpoint is really reached, and from which local address if that matters. */
  dial(endpoint: Endpoint, client: string): { host: string; port: number; localAddress?: string };
  /** The client has its endpoint. */
  opened(): void;
  /** `connected` unless it never had one. Called once for every client. */
  closed(connected: boolean): void;
}

/** The kernel cuts it to `net.core.somaxconn`. */
const BACKLOG = 4096;
/** Endpoints are near: one that doesn't answer by then has no one behind it, and another may. */
const CONNECT_TIMEOUT_MS = 5000;
/** A peer whose node is gone never says goodbye. */
const KEEP_ALIVE_MS = 60_000;

/** Listens at exactly this address, beside others if it is `shared`. @throws the bind error. */
export async function listenTcp(
  address: string,
  port: number,
  route: TcpRoute,
  { shared = false }: { shared?: boolean } = {},
): Promise<Listener> {
  // Paused: nothing is read before there is somewhere to write it.
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) =>
    relay(client, route),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address, port, backlog: BACKLOG, exclusive: true, reusePort: shared }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  // Accepting can fail for want of file descriptors; the next client may be luckier.
  server.on('error', () => {});
  return { close: () => closeServer(server) };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

function relay(client: Socket, route: TcpRoute): void {
  const from = client.remoteAddress;
  let connected = false;
  client.on('close', () => route.closed(connected));
  let upstream: Socket | undefined;
  client.on('error', () => upstream?.resetAndDestroy());

  const attempt = (refusing?: Endpoint): void => {
    const endpoint = from === undefined ? undefined : route.choose(from, refusing);
    if (!endpoint || from === undefined) {
      client.resetAndDestroy();
      return;
    }
    const target = connect({ ...route.dial(endpoint, from), allowHalfOpen: true, noDelay: true });
    upstream = target;
    target.setTimeout(CONNECT_TIMEOUT_MS, () => target.destroy(new Error('connect timed out')));
    target.once('connect', () => {
      connected = true;
      target.setTimeout(0);
      client.setKeepAlive(true, KEEP_ALIVE_MS);
      target.setKeepAlive(true, KEEP_ALIVE_MS);
      route.opened();
      pump(client, target);
      pump(target, client);
      client.resume();
    });
    target.on('error', () => {
      // Nothing of the client's has been read yet, so another endpoint can have all of it.
      if (!connected && !refusing && !client.destroyed) attempt(endpoint);
      else client.resetAndDestroy();
    });
  };
  attempt();
}

/** One direction. Lighter than `pipe`, which keeps a state and five listeners for each. */
function pump(source: Socket, sink: Socket): void {
  source.on('data', (chunk) => {
    if (!sink.write(chunk)) source.pause();
  });
  sink.on('drain', () => source.resume());
  source.on('end', () => sink.end());
}

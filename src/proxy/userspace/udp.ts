/** Relays datagrams: every client address and port has a session with one endpoint, and its replies come from the address it asked. */
import { createSocket, type Socket } from 'node:dgram';
import type { Endpoint } from '../../service/endpoints.ts';
import type { Listener } from '../listener.ts';

/** Where a session goes. */
export interface UdpRoute {
  choose(client: string): Endpoint | undefined;
  dial(endpoint: Endpoint, client: string): { host: string; port: number; localAddress?: string };
  opened(): void;
  closed(): void;
}

export interface UdpListener extends Listener {
  /** Ends the sessions with endpoints that no longer serve; the next datagram of such a client finds another. */
  keep(serving: ReadonlySet<string>): void;
}

export interface UdpLimits {
  /** Silence after which a session ends. Most are a question and an answer, as of DNS. */
  idleMs: number;
  /** The same for one that is answered and has lasted longer than `streamAfterMs`. */
  streamIdleMs: number;
  streamAfterMs: number;
  /** Sessions of one frontend; with one more, the oldest ends. */
  sessions: number;
}

/** Times as conntrack has them (`nf_conntrack_udp_timeout`, `…_stream`), which kube-proxy's flows live by. */
export const UDP_LIMITS: UdpLimits = {
  idleMs: 30_000,
  streamIdleMs: 120_000,
  streamAfterMs: 2000,
  sessions: 4096,
};

/** Of datagrams before the endpoint's socket is ready; it takes a millisecond. */
const MOST_PENDING = 64;

interface Session {
  endpoint: Endpoint;
  socket: Socket;
  /** What came before the socket was connected. */
  pending: Buffer[] | undefined;
  answered: boolean;
  opened: number;
  lastSeen: number;
}

/** Listens at exactly this address, beside others if it is `shared`. @throws the bind error. */
export async function listenUdp(
  address: string,
  port: number,
  route: UdpRoute,
  { limits = UDP_LIMITS, shared = false }: { limits?: UdpLimits; shared?: boolean } = {},
): Promise<UdpListener> {
  const type = address.includes(':') ? 'udp6' : 'udp4';
  const socket = createSocket({ type, reusePort: shared });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      resolve();
    });
  });
  return new UdpRelay(socket, type, route, limits);
}

class UdpRelay implements UdpListener {
  readonly #socket: Socket;
  readonly #type: 'udp4' | 'udp6';
  readonly #route: UdpRoute;
  readonly #limits: UdpLimits;
  /** By the client's address and port. */
  readonly #sessions = new Map<string, Session>();
  readonly #sweep: NodeJS.Timeout;
  #closed = false;

  constructor(socket: Socket, type: 'udp4' | 'udp6', route: UdpRoute, limits: UdpLimits) {
    this.#socket = socket;
    this.#type = type;
    this.#route = route;
    this.#limits = limits;
    socket.on('message', (message, { address, port }) => this.#forward(message, address, port));
    // A client that is gone answers with ICMP errors, which are not this socket's trouble.
    socket.on('error', () => {});
    this.#sweep = setInterval(() => this.#endIdle(), Math.max(10, limits.idleMs / 4));
    this.#sweep.unref();
  }

  keep(serving: ReadonlySet<string>): void {
    for (const [key, { endpoint }] of this.#sessions) if (!serving.has(endpoint.key)) this.#end(key);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#sweep);
    for (const key of this.#sessions.keys()) this.#end(key);
    this.#socket.close();
  }

  #forward(message: Buffer, address: string, port: number): void {
    const key = `${address} ${port}`;
    const session = this.#sessions.get(key) ?? this.#open(key, address, port);
    if (!session) return;
    session.lastSeen = performance.now();
    if (!session.pending) session.socket.send(message);
    else if (session.pending.length < MOST_PENDING) session.pending.push(message);
  }

  #open(key: string, address: string, port: number): Session | undefined {
    const endpoint = this.#route.choose(address);
    if (!endpoint) return undefined;
    const [oldest] = this.#sessions.keys();
    if (oldest !== undefined && this.#sessions.size >= this.#limits.sessions) this.#end(oldest);
    const socket = createSocket(this.#type);
    const now = performance.now();
    const session: Session = { endpoint, socket, pending: [], answered: false, opened: now, lastSeen: now };
    this.#sessions.set(key, session);
    this.#route.opened();
    // Refused, as ICMP tells a connected socket: whoever comes next may go elsewhere.
    socket.on('error', () => this.#end(key, session));
    socket.on('message', (message) => {
      if (this.#closed) return;
      session.answered = true;
      session.lastSeen = performance.now();
      this.#socket.send(message, port, address);
    });
    socket.once('connect', () => {
      const { pending = [] } = session;
      session.pending = undefined;
      for (const message of pending) socket.send(message);
    });
    const { host, port: to, localAddress } = this.#route.dial(endpoint, address);
    if (localAddress === undefined) socket.connect(to, host);
    else {
      socket.bind({ address: localAddress }, () => {
        // It may have ended meanwhile.
        if (this.#sessions.get(key) === session) socket.connect(to, host);
      });
    }
    return session;
  }

  #endIdle(): void {
    const now = performance.now();
    const { idleMs, streamIdleMs, streamAfterMs } = this.#limits;
    for (const [key, { answered, opened, lastSeen }] of this.#sessions) {
      const isStream = answered && lastSeen - opened > streamAfterMs;
      if (now - lastSeen > (isStream ? streamIdleMs : idleMs)) this.#end(key);
    }
  }

  #end(key: string, only?: Session): void {
    const session = this.#sessions.get(key);
    if (!session || (only && only !== session)) return;
    this.#sessions.delete(key);
    session.socket.close();
    this.#route.closed();
  }
}

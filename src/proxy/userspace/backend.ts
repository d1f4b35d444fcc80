/**
 * Frontends as listening sockets of this process. For machines where the kernel can't be programmed: endpoints see this
 * node's address instead of the client's (but not on 127.0.0.0/8), `drop` is a reset, SCTP is not served, connections end
 * with the process.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../runtime/logger.ts';
import type { Endpoint } from '../../service/endpoints.ts';
import type { Backend } from '../backend.ts';
import type { Frontend } from '../desired.ts';
import type { ProxyMetrics } from '../metrics.ts';
import type { FrontendChange } from '../plan.ts';
import { Affinity, endpointsFor, type Inside, isMasqueraded, nextEndpoint } from '../select.ts';
import { Binding } from '../binding.ts';
import { bindFailure } from './failures.ts';
import type { Listener } from '../listener.ts';
import { listenTcp, type TcpRoute } from './tcp.ts';
import { listenUdp, UDP_LIMITS, type UdpLimits, type UdpListener } from './udp.ts';

export interface UserspaceOptions {
  logger: Logger;
  metrics: ProxyMetrics;
  /** What is added to endpoints' ports below 1024, and to frontends' where they may not be bound; 0: nothing. */
  lowPortOffset: number;
  /** Makes packets to an address come to this process; called before it is bound. Absent: they do already. */
  claim?: (address: string) => Promise<void>;
  udpLimits?: UdpLimits;
  /** How long `close` waits for connections, in milliseconds; 500 when absent. */
  drainMs?: number;
}

/** First port that needs no privileges, unless the machine says otherwise. */
const UNPRIVILEGED = 1024;
/** Sockets that are bound at the same time: each is a few system calls, and others want a turn. */
const AT_ONCE = 256;
/** Enough for a request, and little for who waits for the end. */
const DRAIN_MS = 500;

interface Served {
  frontend: Frontend;
  binding: Binding<Listener>;
  /** How many clients have been given an endpoint. */
  turn: number;
  affinity: Affinity | undefined;
}

export class UserspaceBackend implements Backend {
  readonly #options: UserspaceOptions;
  readonly #served = new Map<string, Served>();
  /** By Service port and family: all of its addresses share one. */
  readonly #affinities = new Map<string, { affinity: Affinity; seconds: number; users: number }>();
  #inside: Inside = { clusterCidrs: [], nodeAddresses: new Set() };
  #saidOffset = false;
  #saidSctp = false;

  constructor(options: UserspaceOptions) {
    this.#options = options;
  }

  async apply(changes: readonly FrontendChange[], inside: Inside): Promise<void> {
    this.#inside = inside;
    const opening: Served[] = [];
    // What goes makes room for what comes.
    for (const { key, next } of changes) if (!next || !isServable(next)) void this.#drop(key);
    for (const { key, next } of changes) {
      if (!next || !isServable(next)) {
        if (next?.protocol === 'SCTP') this.#sayNoSctp(next);
        continue;
      }
      const served = this.#served.get(key);
      if (served && isShared(served.frontend) !== isShared(next)) void this.#drop(key);
      if (served && this.#served.has(key)) this.#update(served, next);
      else opening.push(this.#add(key, next));
    }
    for (let index = 0; index < opening.length; index += AT_ONCE) {
      await Promise.all(opening.slice(index, index + AT_ONCE).map(({ binding }) => binding.open()));
    }
    this.#options.metrics.frontends.set(this.#served.size);
  }

  /** Takes nobody in any more; gives requests that are under way a moment to be answered. */
  async close(): Promise<void> {
    // Just after this process has accepted who has knocked: a socket that is closed resets those that wait.
    await nextTurn();
    const ends = [...this.#served.keys()].map((key) => this.#drop(key));
    const late = new AbortController();
    const moment = sleep(this.#options.drainMs ?? DRAIN_MS, undefined, { signal: late.signal }).catch(() => {});
    await Promise.race([Promise.all(ends), moment]);
    late.abort();
  }

  #add(key: string, frontend: Frontend): Served {
    const { logger, metrics } = this.#options;
    const served: Served = {
      frontend,
      turn: 0,
      affinity: this.#takeAffinity(frontend),
      binding: new Binding<Listener>({
        open: () => this.#listen(served),
        failed: (error) => {
          metrics.bindFailures.inc();
          logger.warn('an address of a Service is not served; trying again', bindFailure(served.frontend, error));
        },
        recovered: () => logger.info('an address of a Service is served now', { frontend: key }),
      }),
    };
    this.#served.set(key, served);
    return served;
  }

  #update(served: Served, next: Frontend): void {
    const affinity = this.#takeAffinity(next);
    this.#releaseAffinity(served.frontend);
    served.frontend = next;
    served.affinity = affinity;
    const listener = served.binding.listener as UdpListener | undefined;
    listener?.keep?.(next.serving);
  }

  async #drop(key: string): Promise<void> {
    const served = this.#served.get(key);
    if (!served) return;
    this.#served.delete(key);
    this.#releaseAffinity(served.frontend);
    await served.binding.close();
  }

  async #listen(served: Served): Promise<Listener> {
    const { frontend } = served;
    const { address, port, kind } = frontend;
    const { lowPortOffset, claim } = this.#options;
    if (kind !== 'nodePort') await claim?.(address);
    try {
      return await this.#listenAt(served, address, port);
    } catch (error) {
      const mayNot = (error as NodeJS.ErrnoException).code === 'EACCES';
      if (!mayNot || port >= UNPRIVILEGED || lowPortOffset === 0) throw error;
      const listener = await this.#listenAt(served, address, port + lowPortOffset);
      this.#sayOffset(frontend);
      return listener;
    }
  }

  #listenAt(served: Served, address: string, port: number): Promise<Listener> {
    const { metrics, udpLimits = UDP_LIMITS } = this.#options;
    const protocol = served.frontend.protocol;
    const shared = isShared(served.frontend);
    const route: TcpRoute = {
      choose: (client, refusing) => this.#choose(served, client, refusing),
      dial: (endpoint, client) => this.#dial(served.frontend, endpoint, client),
      opened: () => {
        metrics.connections.inc({ protocol, result: 'connected' });
        metrics.openConnections.inc({ protocol });
      },
      closed: (connected) => {
        if (connected) metrics.openConnections.dec({ protocol });
        else metrics.connections.inc({ protocol, result: 'failed' });
      },
    };
    return protocol === 'UDP'
      ? listenUdp(address, port, { ...route, closed: () => route.closed(true) }, { limits: udpLimits, shared })
      : listenTcp(address, port, route, { shared });
  }

  #choose(served: Served, client: string, refusing?: Endpoint): Endpoint | undefined {
    const candidates = endpointsFor(served.frontend, client, this.#inside);
    if (candidates.length === 0) return undefined;
    const { affinity } = served;
    const now = performance.now();
    const known = affinity?.find(client, candidates, now);
    const chosen = known && known.key !== refusing?.key ? known : nextEndpoint(candidates, served.turn++, refusing);
    if (chosen) affinity?.record(client, chosen, now);
    return chosen;
  }

  #dial(frontend: Frontend, endpoint: Endpoint, client: string): ReturnType<TcpRoute['dial']> {
    const { address: host, port: asked } = endpoint;
    const port = asked < UNPRIVILEGED ? asked + this.#options.lowPortOffset : asked;
    // Every address of 127.0.0.0/8 can be one's own, so endpoints there see who asks, as they would by the kernel's proxy.
    if (!isLoopback(host) || !isLoopback(client)) return { host, port };
    const localAddress = isMasqueraded(frontend, client, endpoint, this.#inside) ? this.#ownLoopback() : client;
    return localAddress === undefined ? { host, port } : { host, port, localAddress };
  }

  #ownLoopback(): string | undefined {
    for (const address of this.#inside.nodeAddresses) if (isLoopback(address)) return address;
    return undefined;
  }

  #takeAffinity(frontend: Frontend): Affinity | undefined {
    const seconds = frontend.affinitySeconds;
    if (seconds === undefined) return undefined;
    const key = affinityKey(frontend);
    const shared = this.#affinities.get(key);
    if (shared?.seconds === seconds) {
      shared.users++;
      return shared.affinity;
    }
    const affinity = new Affinity(seconds);
    this.#affinities.set(key, { affinity, seconds, users: 1 });
    return affinity;
  }

  #releaseAffinity(frontend: Frontend): void {
    const key = affinityKey(frontend);
    const shared = this.#affinities.get(key);
    // With another timeout it is no longer the one that this frontend had.
    if (!shared || shared.seconds !== frontend.affinitySeconds) return;
    shared.users--;
    if (shared.users === 0) this.#affinities.delete(key);
  }

  #sayOffset({ port, service }: Frontend): void {
    if (this.#saidOffset) return;
    this.#saidOffset = true;
    const offset = this.#options.lowPortOffset;
    this.#options.logger.info(
      `ports below ${UNPRIVILEGED} may not be bound by this user: Services' are served at port + ${offset}, as ${port} at ${port + offset}`,
      { service },
    );
  }

  #sayNoSctp({ key, service }: Frontend): void {
    if (this.#saidSctp) return;
    this.#saidSctp = true;
    this.#options.logger.warn('SCTP is not served by the userspace backend; use the nft backend for it', {
      service,
      frontend: key,
    });
  }
}

/** Without an endpoint for anyone it is a closed port, which refuses TCP and UDP. */
function isServable({ protocol, endpoints, insideEndpoints }: Frontend): boolean {
  return protocol !== 'SCTP' && (endpoints.length > 0 || insideEndpoints.length > 0);
}

/**
 * Where all nodes are one machine (loopback mode) their proxies serve a Service's address together, and the kernel gives each
 * client to one of them: so it goes on answering when one ends with its node. One that has to know its clients serves alone.
 */
function isShared({ address, kind, affinitySeconds }: Frontend): boolean {
  return process.platform === 'linux' && kind !== 'nodePort' && affinitySeconds === undefined && isLoopback(address);
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.');
}

function affinityKey({ service, portName, protocol, family }: Frontend): string {
  return `${service} ${portName} ${protocol} ${family}`;
}

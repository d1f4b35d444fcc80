import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Passes TCP through to one port on loopback, and can go silent without closing anything. */
export class TcpProxy {
  readonly #server: Server;
  readonly #pairs = new Set<[Socket, Socket]>();
  #blocked = false;

  private constructor(target: number) {
    this.#server = createServer((client) => {
      if (this.#blocked) {
        client.resetAndDestroy();
        return;
      }
      const upstream = connect(target, '127.0.0.1');
      const pair: [Socket, Socket] = [client, upstream];
      this.#pairs.add(pair);
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        from.pipe(to);
        from.on('error', () => to.destroy());
        from.on('close', () => {
          to.destroy();
          this.#pairs.delete(pair);
        });
      }
    });
  }

  static async start(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** From now on nothing reaches the client on any connection that is open; new ones work. */
  freeze(): void {
    for (const [client, upstream] of this.#pairs) {
      upstream.unpipe(client);
      upstream.pause();
    }
  }

  /** Resets every connection, those to come too, until `unblock`. */
  block(): void {
    this.#blocked = true;
    for (const [client] of this.#pairs) client.resetAndDestroy();
  }

  unblock(): void {
    this.#blocked = false;
  }

  async stop(): Promise<void> {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

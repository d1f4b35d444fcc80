/** A connection that becomes a WebSocket, with the streams of a remote command on it. */
import type { IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { JsonObject } from '../api/object.ts';
import { badRequest, methodNotAllowed, notImplemented } from '../api/status.ts';
import { CHANNEL, frameOf, PROTOCOLS, type Protocol, readFrame } from './channels.ts';
import type { Context } from './context.ts';

/** What a client may send in one message: its clients cut stdin into far smaller ones. */
const MOST_PAYLOAD = 16 * 1024 * 1024;

/** How often a client that is held up hears that the server is there: kubectl gives up after a minute without. */
const PONG_MS = 1000;

/** WebSocket's code for an end that was meant, and for a break of the protocol. */
const NORMAL = 1000;
const PROTOCOL_ERROR = 1002;

const opener = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  maxPayload: MOST_PAYLOAD,
  clientTracking: false,
  handleProtocols: (offered) => protocolOf([...offered]) ?? false,
});

const protocolOf = (offered: readonly string[]): Protocol | undefined => PROTOCOLS.find((one) => offered.includes(one));

const offeredBy = ({ headers }: IncomingMessage): string[] =>
  (headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim());

/**
 * The streams of a request that asks for a WebSocket and may have it; `what` names what it asks for (`pods/exec`).
 * @throws StatusError when it asks for no upgrade, or for another one (SPDY) than there is.
 */
export async function openChannels(context: Context, what: string): Promise<Channels> {
  const { request, response, upgrade } = context;
  const wish = request.headers.upgrade?.toLowerCase();
  if (!upgrade || !wish) throw badRequest('Upgrade request required');
  if (wish !== 'websocket') {
    throw notImplemented(`${what} over ${request.headers.upgrade}`, 'use WebSockets, as kubectl does from 1.31 on');
  }
  if (request.method !== 'GET') throw methodNotAllowed();
  const offered = offeredBy(request);
  const protocol = protocolOf(offered);
  if (!protocol) {
    throw badRequest(
      `requested protocol(s) are not supported: [${offered.join(' ')}]; supports [${PROTOCOLS.join(' ')}]`,
    );
  }
  // From here on the connection is the WebSocket's, which also answers what is wrong with its own headers.
  response.detachSocket(upgrade.socket);
  const socket = await new Promise<WebSocket>((resolve) => {
    opener.handleUpgrade(request, upgrade.socket, upgrade.head, resolve);
  });
  context.upgraded?.();
  return new Channels(socket, protocol);
}

/** The streams of a remote command, seen from the server. Nothing is read from the client before `accept`. */
export class Channels {
  readonly #socket: WebSocket;
  readonly #protocol: Protocol;
  #pongs: NodeJS.Timeout | undefined;
  /** Resolves when the client has gone, or has been let go. */
  readonly closed: Promise<void>;

  constructor(socket: WebSocket, protocol: Protocol) {
    this.#socket = socket;
    this.#protocol = protocol;
    socket.pause();
    // What is wrong with a connection ends it, and the end is all that matters.
    socket.on('error', () => socket.terminate());
    this.closed = new Promise((resolve) => socket.on('close', () => resolve()));
    void this.closed.then(() => clearInterval(this.#pongs));
  }

  /**
   * Takes what the client sends: standard input goes to `stdin`, no faster than that takes it, and ends with the client's
   * (unless not `ending`); the rest is left out.
   */
  accept(stdin: Writable | undefined, ending = true): void {
    const socket = this.#socket;
    const listen = () => this.#listen();
    // A program that has ended reads no more.
    const failed = () => undefined;
    stdin?.on('error', failed).on('drain', listen).on('close', listen);
    // It may outlive this client.
    void this.closed.then(() => stdin?.off('drain', listen).off('close', listen));
    socket.on('message', (message: Buffer) => {
      const frame = readFrame(message, this.#protocol);
      if (frame.act === 'wrong') socket.close(PROTOCOL_ERROR, frame.why);
      if (frame.act !== 'data' && frame.act !== 'end') return;
      if (!stdin?.writable || frame.channel !== CHANNEL.stdin) return;
      if (frame.act === 'end') {
        if (ending) stdin.end();
      } else if (!stdin.write(frame.data)) this.#listenNoMore();
    });
    socket.resume();
  }

  /**
   * Holds the client up. Its pings are not seen any more, and neither is its going: pongs that it did not ask for (RFC 6455
   * 5.5.3) keep it patient, and fail when it has gone.
   */
  #listenNoMore(): void {
    this.#socket.pause();
    this.#pongs ??= setInterval(() => this.#socket.pong(undefined, undefined, () => undefined), PONG_MS).unref();
  }

  #listen(): void {
    clearInterval(this.#pongs);
    this.#pongs = undefined;
    this.#socket.resume();
  }

  /**
   * Sends a stream, no faster than the client reads; reads it to its end even when the client has gone, or wants none of it
   * (no channel).
   */
  async send(channel: number | undefined, stream: AsyncIterable<Buffer | string>): Promise<void> {
    for await (const chunk of stream) {
      if (channel !== undefined) await this.#send(frameOf(channel, Buffer.from(chunk)));
    }
  }

  /** Says how it went, and that this is all. */
  async end(status: JsonObject): Promise<void> {
    await this.#send(frameOf(CHANNEL.error, Buffer.from(JSON.stringify(status))));
    this.#socket.close(NORMAL);
    // Whoever reads no more would not read the client's own goodbye either.
    this.#listen();
  }

  /** Done when the message is on its way, or nobody is there to have it. */
  #send(message: Buffer): Promise<void> {
    const sent = new Promise<void>((resolve) => this.#socket.send(message, () => resolve()));
    return Promise.race([sent, this.closed]);
  }
}

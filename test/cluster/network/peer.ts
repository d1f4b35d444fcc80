/**
 * A program in a place: answers TCP and UDP on its addresses with its name, the sender that it saw and how much it got;
 * and sends to others what a line of its input asks for. Arguments: name, port, addresses.
 */
import { createSocket } from 'node:dgram';
import { connect, createServer, isIPv6 } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

/** `from` binds the sender's side, where the network doesn't choose it. */
export interface Dial {
  protocol: 'tcp' | 'udp';
  host: string;
  port: number;
  from?: string;
  /** How long an answer is waited for. */
  withinMs: number;
}

/** What the receiver says, or why there was no answer. */
export type Seen = { by: string; from: string; bytes: number } | { error: string };

/** More than a packet of the usual size has room for. */
const BYTES = { tcp: 200_000, udp: 9000 };
const [name = '', port = '', ...addresses] = process.argv.slice(2);

function seen(from: string | undefined, bytes: number): string {
  return JSON.stringify({ by: name, from, bytes } satisfies Record<string, unknown>);
}

function listen(address: string): Promise<unknown> {
  const tcp = createServer({ allowHalfOpen: true }, (socket) => {
    let bytes = 0;
    socket.on('error', () => {});
    socket.on('data', (data) => {
      bytes += data.length;
    });
    socket.on('end', () => socket.end(seen(socket.remoteAddress, bytes)));
  });
  const udp = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  udp.on('message', (data, sender) => udp.send(seen(sender.address, data.length), sender.port, sender.address));
  return Promise.all([
    new Promise<void>((resolve) => {
      tcp.listen(Number(port), address, resolve);
    }),
    new Promise<void>((resolve) => {
      udp.bind(Number(port), address, resolve);
    }),
  ]);
}

async function dialTcp({ host, port: to, from, withinMs }: Dial): Promise<string> {
  const socket = connect({ host, port: to, ...(from === undefined ? {} : { localAddress: from }) });
  socket.setTimeout(withinMs, () => socket.destroy(new Error('no answer')));
  socket.end(Buffer.alloc(BYTES.tcp));
  return text(socket);
}

function dialUdp({ host, port: to, from, withinMs }: Dial): Promise<string> {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  return new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer')), withinMs);
    timer.unref();
    socket.on('error', reject);
    socket.on('message', (answer) => resolve(String(answer)));
    socket.bind(0, from, () => socket.send(Buffer.alloc(BYTES.udp), to, host));
  }).finally(() => socket.close());
}

await Promise.all(addresses.map(listen));
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const dials = JSON.parse(line) as Dial[];
  const answers = await Promise.all(
    dials.map((dial) =>
      (dial.protocol === 'tcp' ? dialTcp(dial) : dialUdp(dial)).then(
        (answer) => JSON.parse(answer) as unknown,
        (error: NodeJS.ErrnoException) => ({ error: error.code ?? error.message }),
      ),
    ),
  );
  console.log(JSON.stringify(answers));
}

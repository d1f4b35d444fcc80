/** An HTTP server in front of another, whose clock is wrong, or which says that it is of another version. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Front {
  url: string;
  stop(): Promise<void>;
}

export interface FrontOptions {
  /** The server behind, and for HTTPS its certificate authority. */
  url: string;
  ca?: string;
  /** How far the `Date` of its answers is ahead. */
  aheadMs?: number;
  /** What an API server says of its version. */
  gitVersion?: string;
}

export async function startFront({ url, ca, aheadMs = 0, gitVersion }: FrontOptions): Promise<Front> {
  const server = createServer((incoming, outgoing) => {
    const relay = async () => {
      const body = await buffer(incoming);
      const send = url.startsWith('https:') ? httpsRequest : httpRequest;
      const { host, ...headers } = incoming.headers;
      const sent = send(new URL(incoming.url ?? '/', url), {
        method: incoming.method,
        // Part of AWS's signature.
        headers: { ...headers, ...(!ca && { host }), connection: 'close' },
        ...(ca && { ca }),
      });
      sent.end(body);
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      let content = await buffer(answer);
      if (gitVersion && incoming.url === '/version') content = Buffer.from(JSON.stringify({ gitVersion }));
      const { 'transfer-encoding': _, connection: __, 'content-length': ___, ...kept } = answer.headers;
      outgoing.writeHead(answer.statusCode ?? 502, { ...kept, date: new Date(Date.now() + aheadMs).toUTCString() });
      outgoing.end(content);
    };
    relay().catch(() => outgoing.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

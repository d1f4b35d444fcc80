import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface StubRequest {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** A plain HTTP server with scripted answers, and a kubeconfig for it. */
export class StubServer {
  readonly requests: StubRequest[] = [];
  readonly dir = mkdtempSync(join(tmpdir(), 'sluice-stub-'));
  readonly kubeconfig = join(this.dir, 'kubeconfig');
  url = '';
  readonly #server: Server;

  constructor(answer: (request: StubRequest, response: ServerResponse) => void) {
    this.#server = createServer((incoming, response) => {
      let body = '';
      incoming.setEncoding('utf8').on('data', (part: string) => {
        body += part;
      });
      incoming.on('end', () => {
        const request = { method: incoming.method ?? '', url: incoming.url ?? '', headers: incoming.headers, body };
        this.requests.push(request);
        answer(request, response);
      });
    });
  }

  async start(user: object = { token: 'secret' }): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    this.writeKubeconfig(user);
    return this;
  }

  /** JSON is YAML. */
  writeKubeconfig(user: object): void {
    const config = {
      clusters: [{ name: 'stub', cluster: { server: this.url } }],
      users: [{ name: 'stub', user }],
      contexts: [{ name: 'stub', context: { cluster: 'stub', user: 'stub' } }],
      'current-context': 'stub',
    };
    writeFileSync(this.kubeconfig, JSON.stringify(config));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.dir, { recursive: true });
  }
}

export function reply(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { plainAddress } from './address.ts';
import type { Environment } from './environment.ts';
import { headerOf, urlOf } from './http.ts';
import { accessTime, print } from './log.ts';
import { Serving } from './serving.ts';

/** What a web server that has nothing but its first page says. */
export interface Site {
  /** The `Server` header. */
  server: string;
  /** HTML by path. */
  pages: Readonly<Record<string, string>>;
  errorPage: (status: number, words: string) => string;
  /** Whether a line of the access log ends with referrer, client and forwarding. */
  combinedLog: boolean;
}

/** Serves a site as a web server does: GET and HEAD, conditional requests, an access log. */
export async function serveSite(site: Site, port: number, environment: Environment): Promise<void> {
  const serving = new Serving(environment);
  const modified = new Date().toUTCString();
  await serving.http({ port }, (request, response) => {
    response.setHeader('Server', site.server);
    const page = Object.hasOwn(site.pages, pathOf(request)) ? site.pages[pathOf(request)] : undefined;
    const sent = page === undefined ? sendError(404, 'Not Found') : sendPage(page);
    logAccess(request, response.statusCode, sent, site.combinedLog);

    function sendError(status: number, words: string): number {
      return send(status, site.errorPage(status, words));
    }

    function sendPage(html: string): number {
      if (request.method !== 'GET' && request.method !== 'HEAD') return sendError(405, 'Not Allowed');
      const etag = `"${Buffer.byteLength(html).toString(16)}"`;
      response.setHeader('Last-Modified', modified);
      response.setHeader('ETag', etag);
      return request.headers['if-none-match'] === etag ? send(304, '') : send(200, html);
    }

    function send(status: number, html: string): number {
      const body = Buffer.from(html);
      const headers = { 'Content-Type': 'text/html', 'Content-Length': body.length };
      response.writeHead(status, status === 304 ? {} : headers);
      response.end(body);
      return request.method === 'HEAD' ? 0 : body.length;
    }
  });
}

const pathOf = (request: IncomingMessage): string => urlOf(request).pathname;

function logAccess(request: IncomingMessage, status: ServerResponse['statusCode'], size: number, combined: boolean) {
  const { method, url, httpVersion, headers, socket } = request;
  const line = `${plainAddress(socket.remoteAddress)} - - [${accessTime()}] "${method} ${url} HTTP/${httpVersion}" ${status} ${size}`;
  const quoted = (name: string) => ` "${headerOf(headers, name) || '-'}"`;
  print(combined ? line + ['Referer', 'User-Agent', 'X-Forwarded-For'].map(quoted).join('') : line);
}

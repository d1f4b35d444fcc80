/** Small things that servers written in Go do for every request. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { joinHostPort, plainAddress } from './address.ts';

/** The client's `address:port`. */
export function remoteAddress({ socket }: IncomingMessage): string {
  return joinHostPort(plainAddress(socket.remoteAddress), socket.remotePort ?? 0);
}

/** Path and query of a request; the host of the URL means nothing. */
export function urlOf({ url = '/' }: IncomingMessage): URL {
  const target = url.startsWith('/') ? url : '/';
  return URL.parse(`http://pod${target}`) ?? new URL('http://pod/');
}

/** Ends an answer with a text. */
export function sendText(response: ServerResponse, text: string, status = 200): void {
  const body = Buffer.from(text);
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': body.length });
  response.end(body);
}

/** Values of the query, and before them those of a posted form. */
export async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  const query = urlOf(request).searchParams;
  if (!request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) return query;
  return new URLSearchParams([...new URLSearchParams(await readBody(request)), ...query]);
}

const MAX_BODY = 10 * 1024 * 1024;

/** The text of a request's body. @throws when it is larger than Go's limit for forms. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new Error('body too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Headers by the names that Go gives them (`X-Forwarded-For`), sorted, each with all its values, and without Host. */
export function goHeaders({ headersDistinct }: IncomingMessage): Record<string, string[]> {
  const headers = Object.entries(headersDistinct)
    .filter(([name]) => name !== 'host')
    .map(([name, values = []]): [string, string[]] => [canonicalName(name), values])
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(headers);
}

function canonicalName(name: string): string {
  return name.replaceAll(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());
}

/** JSON as Go writes it: safe within HTML. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** The first value of a header that may come several times. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name.toLowerCase()];
  return (Array.isArray(value) ? value[0] : value) ?? '';
}

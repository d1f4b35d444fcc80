import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { internalError, notAcceptable, StatusError } from '../api/status.ts';
import { negotiate, notAcceptableMessage, type Offer } from '../wire/negotiate.ts';
import { CONTENT_TYPES, encodeStatus, type IncludeObject, type Media } from './encode.ts';

/** As kube-apiserver: smaller answers are not worth compressing. */
const GZIP_FROM = 128 * 1024;

/** Characters of all warnings of an answer, and of one where there are more (apiserver `filters/warning.go`). */
const WARNINGS_MOST = 4096;
const WARNING_MOST = 256;

function shortened(texts: readonly string[]): readonly string[] {
  const sizes = texts.map((text) => [...text].length);
  if (sizes.reduce((sum, size) => sum + size, 0) <= WARNINGS_MOST) return texts;
  let written = 0;
  return texts.flatMap((text, index) => {
    if (written >= WARNINGS_MOST) return [];
    written += Math.min(sizes[index] ?? 0, WARNING_MOST);
    return [...text].slice(0, WARNING_MOST).join('');
  });
}

/** Collects the Warning headers of an answer; a text is said once. */
export class Warnings {
  readonly #texts = new Set<string>();

  add = (text: string): void => {
    if (text) this.#texts.add(text);
  };

  /** RFC 7234 warn-values: `299 - "text"`. When they are too long, each is cut, and the last ones are left out. */
  get headers(): string[] {
    return shortened([...this.#texts]).map(
      (text) => `299 - "${text.replace(/[\\"]/g, '\\$&').replace(/[\r\n]+/g, ' ')}"`,
    );
  }
}

/** What a client accepts; 406 when that is nothing that there is. */
export function mediaOf(request: IncomingMessage, query: URLSearchParams, offer: Offer = {}): Media {
  const { accept } = request.headers;
  const media: Media | undefined = negotiate(accept, offer);
  if (!media) {
    const message = notAcceptableMessage(accept, offer);
    throw notAcceptable(message, message.startsWith('406: ') ? {} : undefined);
  }
  if (wantsPretty(request, query)) media.pretty = true;
  return media;
}

function wantsPretty({ headers }: IncomingMessage, query: URLSearchParams): boolean {
  const pretty = query.get('pretty');
  if (pretty === null) return /^(curl|Wget|Mozilla\/5\.0)/.test(headers['user-agent'] ?? '');
  return pretty !== 'false' && pretty !== '0';
}

/** The form of a Status: where the client accepts none that there is, indented JSON. */
function errorMedia(request: IncomingMessage): Media {
  const media: Media = negotiate(request.headers.accept, { transforms: false, route: false }) ?? {
    type: 'json',
    pretty: true,
  };
  const url = request.url ?? '';
  const query = new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?')) : '');
  if (wantsPretty(request, query)) media.pretty = true;
  return media;
}

export const includeOf = (query: URLSearchParams): IncludeObject => {
  const asked = query.get('includeObject');
  if (!asked) return 'Metadata';
  if (asked === 'None' || asked === 'Metadata' || asked === 'Object') return asked;
  throw new StatusError(400, 'BadRequest', `unrecognized includeObject value: "${asked}"`);
};

/** Sends a whole answer. */
export function send(
  request: IncomingMessage,
  response: ServerResponse,
  code: number,
  contentType: string,
  body: string | Uint8Array,
  warnings?: Warnings,
): void {
  const headers: Record<string, string | string[] | number> = {
    'content-type': contentType,
    'cache-control': 'no-cache, private',
  };
  const texts = warnings?.headers ?? [];
  if (texts.length > 0) headers['warning'] = texts;
  let bytes: string | Uint8Array = body;
  if (body.length > GZIP_FROM && /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) {
    bytes = gzipSync(body, { level: 1 });
    headers['content-encoding'] = 'gzip';
  }
  headers['content-length'] = typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length;
  response.writeHead(code, headers);
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

/** Sends what went wrong as a Status; what is no StatusError is a fault of ours and says 500. */
export function sendError(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  warnings?: Warnings,
): void {
  const known =
    error instanceof StatusError ? error : internalError(error instanceof Error ? error.message : String(error));
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const media = errorMedia(request);
  const retry = known.details?.['retryAfterSeconds'];
  if (typeof retry === 'number') response.setHeader('retry-after', String(retry));
  send(request, response, known.code, CONTENT_TYPES[media.type], encodeStatus(known.status, media), warnings);
}

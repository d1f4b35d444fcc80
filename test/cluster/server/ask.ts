/** Requests to an API server with everything that comes back, headers too. */
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { JsonObject } from '../../../src/cluster/api/object.ts';
import type { KubeAccess } from '../../tools/control-plane.ts';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- any object of the API; undefined when it is no JSON
  body: any;
}

export interface AskOptions {
  /** Text is sent as it is, anything else as JSON. */
  body?: unknown;
  /** Over those of an admin that speaks JSON; '' leaves one out. */
  headers?: Readonly<Record<string, string>>;
  /** Ends a stream: what has come by then is the answer. */
  enough?: AbortSignal;
  /** Takes word of the answer having begun. */
  begun?(): void;
}

const agent = new Agent({ keepAlive: true });

/** Sends a request, written as `METHOD /path`. */
export function ask(
  access: KubeAccess,
  line: string,
  { body, headers = {}, enough, begun }: AskOptions = {},
): Promise<Answer> {
  const [method = 'GET', path = '/'] = line.split(/ (.*)/s);
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const all: Record<string, string> = {
    authorization: `Bearer ${access.token}`,
    accept: 'application/json',
    'user-agent': 'ask/1.0',
    // Node frames the body of a DELETE only when told its length.
    ...(sent !== undefined && { 'content-type': type, 'content-length': String(Buffer.byteLength(sent)) }),
    ...headers,
  };
  for (const name of Object.keys(all)) if (all[name] === '') delete all[name];
  return new Promise((resolve, reject) => {
    const request = httpsRequest(access.url, {
      path,
      method,
      agent,
      ca: access.ca,
      headers: all,
      timeout: 20_000,
    });
    request.on('timeout', () => request.destroy(new Error(`${line}: no answer in 20 s`)));
    request.on('error', reject).on('response', (answer) => {
      begun?.();
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      const done = () => {
        const json = answer.headers['content-type']?.startsWith('application/json') && text !== '';
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          text,
          body: json ? parsed(text) : undefined,
        });
      };
      answer.on('error', reject).on('end', done);
      enough?.addEventListener('abort', () => {
        done();
        request.destroy();
      });
    });
    request.end(sent);
  });
}

function parsed(text: string): JsonObject | undefined {
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    return undefined;
  }
}

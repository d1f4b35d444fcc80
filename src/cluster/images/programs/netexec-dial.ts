import type { IncomingMessage, ServerResponse } from 'node:http';
import { joinHostPort } from './address.ts';
import { askUdp, lookUp, type Target, targetOf } from './dialling.ts';
import type { Environment } from './environment.ts';
import { goJson, sendText, urlOf } from './http.ts';
import { log } from './log.ts';

const TIMEOUT_MS = 5000;

type Dialler = (request: string, target: Target, asked: string) => Promise<string>;

const DIALLERS: Readonly<Record<string, Dialler>> = {
  http: dialHttp,
  udp: async (request, target) => {
    const answer = await askUdp(target, request, TIMEOUT_MS).catch((error: unknown) => {
      throw new Error(`reading from udp connection failed. err:'${words(error)}'`);
    });
    return answer.toString();
  },
};

/**
 * `/dial`: asks another server a number of times, and gives all answers and errors. `responses` are there only when the last
 * try had one, as in the original.
 */
export async function dial(request: IncomingMessage, response: ServerResponse, environment: Environment) {
  const query = urlOf(request).searchParams;
  const get = (name: string) => query.get(name) ?? '';
  const [host, port, protocol, text, tries] = ['host', 'port', 'protocol', 'request', 'tries'].map(get) as Five;
  log(`GET /dial?host=${host}&protocol=${protocol}&port=${port}&request=${text}&tries=${tries}`);
  const refuse = (problem: string) => sendText(response, `${problem}\n`, 400);
  if (!/^\d*$/.test(tries)) return refuse(`tries parameter is invalid: ${tries}`);
  if (text === '') return refuse('request parameter not specified.');
  const dialler = DIALLERS[protocol.toLowerCase() || 'http'];
  if (!dialler) return refuse(`unsupported protocol. ${protocol}`);
  let target: Target;
  try {
    if (!/^\d{1,5}$/.test(port)) throw new Error(`port ${JSON.stringify(port)} is no number`);
    target = targetOf(await lookUp(host || 'localhost'), Number(port), environment);
  } catch (error) {
    return refuse(`host and/or port param are invalid. ${words(error)}`);
  }
  const asked = joinHostPort(target.host, port);
  const responses: string[] = [];
  const errors: string[] = [];
  let last = '';
  for (let left = tries === '' ? 1 : Number(tries); left > 0; left--) {
    try {
      last = await dialler(text, target, asked);
      responses.push(last);
    } catch (error) {
      last = '';
      errors.push(words(error));
    }
  }
  sendText(response, goJson({ ...(errors.length > 0 && { errors }), ...(last && { responses }) }));
}

type Five = [string, string, string, string, string];

function dialHttp(request: string, target: Target, asked: string): Promise<string> {
  const http = process.getBuiltinModule('node:http');
  const url = `http://${asked}/${request}`;
  return new Promise((done, fail) => {
    const failed = (error: unknown) => fail(new Error(`Get "${url}": ${words(error)}`));
    const options = { ...target, path: `/${request}`, headers: { host: asked }, agent: false } as const;
    const sent = http.get(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', failed);
      response.on('end', () => done(Buffer.concat(chunks).toString()));
    });
    sent.setTimeout(TIMEOUT_MS, () => sent.destroy(new Error('context deadline exceeded')));
    sent.on('error', failed);
  });
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'i/o timeout',
  ENOTFOUND: 'no such host',
};

function words(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return ('code' in error ? WORDS[String(error.code)] : undefined) ?? error.message;
}

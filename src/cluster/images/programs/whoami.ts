import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseDuration } from '../../../runtime/duration.ts';
import type { Environment } from './environment.ts';
import { parseFlags } from './flags.ts';
import { goHeaders, goJson, readBody, remoteAddress, sendText, urlOf } from './http.ts';
import { accessTime, print } from './log.ts';
import { Serving } from './serving.ts';
import { readTls } from './tls.ts';

/** traefik/whoami: says who answers, to whom, and what was asked. https://github.com/traefik/whoami */
export async function whoami(args: readonly string[], environment: Environment): Promise<void> {
  const { variables } = environment;
  const { flags } = parseFlags(args, {
    port: variables['WHOAMI_PORT_NUMBER'] || '80',
    name: variables['WHOAMI_NAME'] ?? '',
    verbose: false,
    cert: '',
    key: '',
  });
  const pod = { name: flags.name, hostname: environment.hostname, ips: ownAddresses(environment), variables };
  let health = 200;
  const serving = new Serving(environment);
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = urlOf(request);
    switch (pathname) {
      case '/api':
        return sendApi(request, response, pod);
      case '/bench':
        return sendText(response, '1');
      case '/data':
        return await sendData(response, searchParams);
      case '/health': {
        if (request.method !== 'POST') return sendText(response, '', health);
        const status = Number(await readBody(request));
        if (!(status >= 200 && status < 600)) return sendText(response, 'give a status code from 200 to 599\n', 400);
        health = status;
        print(`Update health check status code [${status}]`);
        return sendText(response, '');
      }
      case '/echo':
        return sendText(response, '/echo (WebSocket) is not part of the built-in whoami\n', 501);
      default:
        return await sendWho(request, response, searchParams, pod);
    }
  };
  const tls = flags.cert && flags.key ? await readTls(flags.cert, flags.key) : undefined;
  await serving.http(
    { port: Number(flags.port) },
    async (request, response) => {
      await answer(request, response);
      const line = `${request.method} ${request.url} HTTP/${request.httpVersion}`;
      if (flags.verbose) print(`${remoteAddress(request)} - - [${accessTime()}] "${line}" ${response.statusCode}`);
    },
    tls,
  );
  print(`Starting up on port ${flags.port}`);
}

interface Pod {
  name: string;
  hostname: string;
  ips: readonly string[];
  variables: Environment['variables'];
}

/** What the interfaces of a pod have; loopback mode has one interface for all pods. */
function ownAddresses({ addresses }: Environment): string[] {
  if (addresses.length > 0) {
    return ['127.0.0.1', ...(addresses.some((address) => address.includes(':')) ? ['::1'] : []), ...addresses];
  }
  const { networkInterfaces } = process.getBuiltinModule('node:os');
  return Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address));
}

async function sendWho(request: IncomingMessage, response: ServerResponse, query: URLSearchParams, pod: Pod) {
  const waitMs = parseDuration(query.get('wait') ?? '') ?? 0;
  if (waitMs > 0) await new Promise((done) => setTimeout(done, waitMs));
  const { name, hostname, ips, variables } = pod;
  const headers = Object.entries(goHeaders(request)).filter(([header]) => header !== 'User-Agent');
  const agent = request.headers['user-agent'];
  const lines = [
    ...(name ? [`Name: ${name}`] : []),
    `Hostname: ${hostname}`,
    ...ips.map((ip) => `IP: ${ip}`),
    `RemoteAddr: ${remoteAddress(request)}`,
    ...[
      `${request.method} ${request.url} HTTP/1.1`,
      `Host: ${request.headers.host ?? ''}`,
      ...(agent === undefined ? [] : [`User-Agent: ${agent}`]),
      ...headers.flatMap(([header, values]) => values.map((value) => `${header}: ${value}`)),
      '',
    ].map((line) => `${line}\r`),
    ...(query.get('env') === 'true' ? Object.entries(variables).map(([key, value]) => `${key}=${value}`) : []),
  ];
  sendText(response, `${lines.join('\n')}\n`);
}

function sendApi(request: IncomingMessage, response: ServerResponse, { name, hostname, ips }: Pod): void {
  const body = goJson({
    hostname,
    ip: ips,
    headers: goHeaders(request),
    url: request.url,
    host: request.headers.host,
    method: request.method,
    ...(name && { name }),
    remoteAddr: remoteAddress(request),
  });
  response.setHeader('Content-Type', 'application/json');
  response.end(`${body}\n`);
}

const UNITS: Readonly<Record<string, number>> = { kb: 2 ** 10, mb: 2 ** 20, gb: 2 ** 30, tb: 2 ** 40 };
const LETTERS = '-ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const CHUNK = Buffer.from(LETTERS.repeat(2048));

/** Letters between two bars, in chunks: a terabyte is no memory. */
async function sendData(response: ServerResponse, query: URLSearchParams): Promise<void> {
  const asked = query.get('size') ?? '';
  const size =
    Math.max(/^-?\d+$/.test(asked) ? Number(asked) : 1, 0) * (UNITS[query.get('unit')?.toLowerCase() ?? ''] ?? 1);
  response.writeHead(200, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': size,
    ...(query.get('attachment') === 'true' && { 'Content-Disposition': 'Attachment' }),
  });
  for (let at = 0; at < size && !response.destroyed; at += CHUNK.length) {
    const chunk = Buffer.from(CHUNK.subarray(0, Math.min(CHUNK.length, size - at)));
    if (at === 0) chunk[0] = 0x7c;
    if (at + chunk.length === size) chunk[chunk.length - 1] = 0x7c;
    if (!response.write(chunk)) {
      await new Promise<void>((done) => {
        response.once('drain', done);
        response.once('close', done);
      });
    }
  }
  response.end();
}

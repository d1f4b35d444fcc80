import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseDuration } from '../../../runtime/duration.ts';
import type { Environment } from './environment.ts';
import { Failure } from './failure.ts';
import { parseFlags } from './flags.ts';
import { formOf, goHeaders, goJson, headerOf, remoteAddress, sendText, urlOf } from './http.ts';
import { log } from './log.ts';
import { dial } from './netexec-dial.ts';
import { shell } from './netexec-shell.ts';
import { type HttpHandler, Serving } from './serving.ts';
import { readTls } from './tls.ts';

/** agnhost netexec: HTTP and UDP with many endpoints, for tests of networks. kubernetes/test/images/agnhost/netexec */
export async function netexec(args: readonly string[], environment: Environment): Promise<void> {
  const { flags } = parseFlags(args, {
    'http-port': 8080,
    'udp-port': 8081,
    'sctp-port': -1,
    'udp-listen-addresses': '',
    'http-override': '',
    'delay-shutdown': -1,
    'tls-cert-file': '',
    'tls-private-key-file': '',
  });
  if (flags['sctp-port'] !== -1)
    throw new Failure('--sctp-port: SCTP is not part of the built-in agnhost; leave it out');
  const delay = flags['delay-shutdown'];
  const serving = new Serving(environment, delay >= 0 ? { lameDuckMs: delay * 1000 } : {});
  // Only with UDP, as the original: without it /healthz and /readyz say 412.
  const state = { ready: false, httpPort: flags['http-port'], serving, environment };

  const udpPort = flags['udp-port'];
  if (udpPort !== -1) {
    const hosts = flags['udp-listen-addresses'].split(',').filter((host) => host !== '');
    await serving.udp({ port: udpPort, hosts }, (message, client) => answerUdp(message, client, udpPort, environment));
    log(`Started UDP server on port ${udpPort}`);
    state.ready = true;
  }
  const override = flags['http-override'];
  const tls = flags['tls-cert-file'] ? await readTls(flags['tls-cert-file'], flags['tls-private-key-file']) : undefined;
  const handler: HttpHandler = async (request, response) => {
    if (override) {
      request.method = 'GET';
      request.url = override;
      request.headers = {};
    }
    await (ROUTES[urlOf(request).pathname] ?? root)(request, response, state);
  };
  await serving.http({ port: state.httpPort }, handler, tls);
  log(`Started HTTP server on port ${state.httpPort}`);
}

interface State {
  ready: boolean;
  httpPort: number;
  serving: Serving;
  environment: Environment;
}

type Route = (request: IncomingMessage, response: ServerResponse, state: State) => void | Promise<void>;

const root: Route = (_request, response) => {
  log('GET /');
  sendText(response, `NOW: ${new Date().toISOString().replace('T', ' ').replace('Z', ' +0000 UTC')}`);
};

/** A route that only says something. */
const saying =
  (path: string, text: (request: IncomingMessage, state: State) => string): Route =>
  (request, response, state) => {
    log(`GET ${path}`);
    sendText(response, text(request, state));
  };

const ROUTES: Readonly<Record<string, Route>> = {
  '/clientip': saying('/clientip', remoteAddress),
  '/hostname': saying('/hostname', (_, { environment }) => environment.hostname),
  '/hostName': saying('/hostName', (_, { environment }) => environment.hostname),
  '/serverport': saying('/serverport', (_, { httpPort }) => String(httpPort)),
  '/healthz': (_request, response, { ready }) => {
    log('GET /healthz');
    sendText(response, '', ready ? 200 : 412);
  },
  '/readyz': (_request, response, { ready, serving }) => {
    log('GET /readyz');
    if (serving.terminating) sendText(response, 'shutting down', 503);
    else if (ready) sendText(response, 'ok');
    else sendText(response, '', 412);
  },
  '/header': async (request, response) => {
    const key = (await formOf(request)).get('key');
    log(key ? `GET /header?key=${key}` : 'GET /header');
    sendText(response, key ? headerOf(request.headers, key) : goJson(goHeaders(request)));
  },
  '/echo': async (request, response) => {
    const form = await formOf(request);
    const [message, code] = [form.get('msg') ?? '', form.get('code') ?? ''];
    log(`GET /echo?msg=${message}&code=${code}`);
    const status = statusOf(code, 200);
    if (status === undefined) return sendText(response, integerWanted(code));
    sendText(response, message, status);
  },
  '/redirect': async (request, response) => {
    const form = await formOf(request);
    const [location, code] = [form.get('location') ?? '', form.get('code') ?? ''];
    log(`${request.method} /redirect?msg=${location}&code=${code}`);
    const status = statusOf(code, 302);
    if (status === undefined) return sendText(response, integerWanted(code));
    response.setHeader('Location', location);
    sendText(response, '', status);
  },
  '/envvar': async (request, response, { environment }) => {
    const name = (await formOf(request)).get('var');
    if (!name) return sendText(response, "'var' query parameter is required\n", 400);
    log(`GET /envvar?var=${name}`);
    const value = environment.variables[name];
    if (value === undefined) return sendText(response, `env var ${JSON.stringify(name)} is not set\n`, 500);
    sendText(response, value);
  },
  '/dial': async (request, response, { environment }) => await dial(request, response, environment),
  '/shell': shell,
  '/exit': exit,
  '/shutdown': () => {
    log('GET /shutdown');
    process.exit(0);
  },
  '/upload': (_request, response) => {
    log('GET /upload');
    sendText(response, '/upload is not part of the built-in agnhost\n', 501);
  },
};

const integerWanted = (code: string) => `argument 'code' must be an integer or empty, got ${JSON.stringify(code)}\n`;

/** Undefined if it is none. Those below 200 end no answer. */
function statusOf(code: string, fallback: number): number | undefined {
  if (code === '') return fallback;
  return /^\d{3}$/.test(code) && Number(code) >= 200 ? Number(code) : undefined;
}

/** `/exit`: with `timeout` it ends as a server does and the answer is sent; without, at once and unanswered. */
async function exit(request: IncomingMessage, response: ServerResponse, { serving }: State): Promise<void> {
  const form = await formOf(request);
  const [code, timeout, wait] = ['code', 'timeout', 'wait'].map((name) => form.get(name) ?? '') as [
    string,
    string,
    string,
  ];
  log(`GET /exit?code=${code}&timeout=${timeout}&wait=${wait}`);
  for (const [name, value] of Object.entries({ timeout, wait })) {
    if (value !== '' && parseDuration(value) === undefined) {
      const got = JSON.stringify(value);
      return sendText(response, `argument '${name}' must be a valid golang duration or empty, got ${got}\n`);
    }
  }
  if (!/^\d*$/.test(code) || Number(code) > 127) {
    return sendText(response, `argument 'code' must be an integer [0-127] or empty, got ${JSON.stringify(code)}\n`);
  }
  const timeoutMs = parseDuration(timeout) ?? 0;
  log(
    `Will begin shutdown in ${wait || '0s'}, allowing ${timeout || '0s'} for connections to close, then exit with ${Number(code)}`,
  );
  await new Promise((done) => setTimeout(done, parseDuration(wait) ?? 0));
  if (timeoutMs === 0) process.exit(Number(code));
  serving.end(Number(code), timeoutMs);
  sendText(response, '');
}

function answerUdp(message: string, client: string, port: number, environment: Environment): string | undefined {
  const raw = message.trim();
  const text = raw.toLowerCase();
  if (text === 'hostname' || text === 'clientip' || text === 'serverport') {
    log(`Sending ${text} to UDP client ${client}`);
    return { hostname: environment.hostname, clientip: client, serverport: String(port) }[text];
  }
  if (text.startsWith('echo ')) {
    // In lower case, as the original.
    const echo = text.slice('echo '.length);
    log(`Echoing ${echo} to UDP client ${client}`);
    return echo;
  }
  if (text.startsWith('envvar ')) {
    const name = raw.slice('envvar '.length).trim();
    log(`Sending UDP envvar response for ${name}`);
    return environment.variables[name] ?? '';
  }
  if (text !== '') log(`Unknown UDP command received from ${client}: ${text}`);
  return undefined;
}

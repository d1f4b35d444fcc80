/** Programs of built-in images, started as the kubelet starts them, on loopback addresses of the test's own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { onTestFinished } from 'vitest';
import { resolveImage } from '../../../src/cluster/images/index.ts';
import { waitFor } from '../../support/wait.ts';

export const AGNHOST = 'registry.k8s.io/e2e-test-images/agnhost:2.53';

export interface Running {
  child: ChildProcess;
  /** What it has written so far. */
  output(): string;
  errors(): string;
  /** Exit code, or the signal's name. */
  exit: Promise<number | NodeJS.Signals | null>;
}

interface Options {
  args?: readonly string[];
  env?: Record<string, string>;
  /** Address that it listens on. */
  address?: string;
  /** Whether it leads a process group, as where kubelets run it. */
  group?: boolean;
}

/** Starts a container of this image and sees to its end. */
export function start(image: string, { args = [], env = {}, address, group = false }: Options = {}): Running {
  const command = resolveImage(image, { args }, new Map());
  if ('problem' in command) throw new Error(command.problem);
  const [file, ...rest] = command.argv;
  const child = spawn(file, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: group,
    env: {
      HOSTNAME: 'web-1',
      SLUICE_LAME_DUCK: '0.1',
      ...(address && { SLUICE_LISTEN: address, POD_IP: address, POD_IPS: address }),
      ...env,
    },
  });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  const exit = once(child, 'close').then(
    ([code, signal]: unknown[]) => (code ?? signal) as number | NodeJS.Signals | null,
  );
  return { child, exit, output: () => output, errors: () => errors };
}

/** As `start`, for one test: it is killed when the test is over. */
export function startForTest(image: string, options?: Options): Running {
  const running = start(image, options);
  onTestFinished(() => void running.child.kill('SIGKILL'));
  return running;
}

/** As `start`, for a group of tests: what `beforeAll` calls. Resolves when it listens, with what ends it. */
export async function serve(image: string, host: string, port: number, options: Options = {}): Promise<() => void> {
  const running = start(image, { address: host, ...options });
  await listening(host, port, running);
  return () => void running.child.kill('SIGKILL');
}

/** Waits until somebody takes TCP connections there. */
export async function listening(host: string, port: number, running?: Running): Promise<void> {
  const what = `a listener on ${host}:${port}`;
  await waitFor(() => accepts(host, port), { what, intervalMs: 5 }).catch((error: unknown) => {
    throw new Error(`${what} never came: ${running?.errors() ?? ''}`, { cause: error });
  });
}

/** Waits until the program has written this to standard output. */
export async function printed(running: Running, text: string | RegExp): Promise<void> {
  await waitFor(() => (typeof text === 'string' ? running.output().includes(text) : text.test(running.output())), {
    what: `${text} in the output`,
    intervalMs: 5,
  }).catch((error: unknown) => {
    throw new Error(`never printed ${text}, but ${running.output()}${running.errors()}`, { cause: error });
  });
}

export function accepts(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port });
  return new Promise((done) => {
    socket.on('connect', () => done(true));
    socket.on('error', () => done(false));
  }).then((answer) => {
    socket.destroy();
    return answer === true;
  });
}

export interface Answer {
  status: number;
  body: string;
  headers: http.IncomingHttpHeaders;
}

/** One HTTP request; any certificate is right. `from` is the client's own address. */
export async function ask(
  url: string,
  { from, body, ...options }: http.RequestOptions & { from?: string; body?: string } = {},
): Promise<Answer> {
  const { request: send } = url.startsWith('https:') ? https : http;
  const request = send(url, { rejectUnauthorized: false, ...options, ...(from && { localAddress: from }) });
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const text = (await response.toArray()).join('');
  return { status: response.statusCode ?? 0, headers: response.headers, body: text };
}

/** One datagram, and its answer. `from` is the client's own address. */
export async function askUdp(host: string, port: number, message: string, from?: string): Promise<string> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  try {
    const answer = once(socket, 'message', { signal: AbortSignal.timeout(5000) });
    if (from) await new Promise<void>((done) => socket.bind({ address: from, port: 0 }, done));
    socket.send(message, port, host);
    const [data] = (await answer) as [Buffer];
    return data.toString();
  } finally {
    socket.close();
  }
}

/** Everything that a TCP server says until it hangs up. */
export async function readTcp(host: string, port: number): Promise<string> {
  return (await connect({ host, port }).toArray()).join('');
}

let last = 0;

/** A loopback address that no other test of this run uses; `block` is the test file's own number. */
export function freshAddress(block: number): string {
  return `127.111.${block}.${++last}`;
}

/** Whether this machine has any IPv6 address. */
export const HAS_IPV6 = Object.values(networkInterfaces()).some((each) =>
  each?.some(({ family }) => family === 'IPv6'),
);

/** A port that nobody listens on, on any address. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (typeof address !== 'object' || !address) throw new Error('no port');
  return address.port;
}

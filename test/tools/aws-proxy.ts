import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { buffer } from 'node:stream/consumers';

/** One AWS call as it arrives: the nth since the last reset, from 1. */
export interface Call {
  n: number;
  /** From the signature's scope: `elasticloadbalancing`, `ec2`, … */
  service: string;
  action: string;
  params: URLSearchParams;
}

/** One AWS call as it went. */
export interface CallRecord extends Call {
  /** Milliseconds since the epoch when it arrived. */
  at: number;
  /** What the client got; undefined while it waits. */
  status: number | 'reset' | 'never' | undefined;
  /** How long the server behind took, if it was asked. */
  ms?: number;
}

export type Callback = () => void | Promise<void>;

/** An AWS error answer. */
export interface AwsError {
  status: number;
  code: string;
  message: string;
}

/** The steps of one call, in order; each can be left out. */
export interface Fate {
  /** Runs before anything is forwarded. */
  before?: Callback;
  /** Is the call forwarded at all? Default true. */
  forward?: boolean;
  /** Runs when the server behind has answered, before the client hears of it. */
  applied?: Callback;
  /** What the client gets: the server's answer (the default), nothing ever, a broken connection, or an error. */
  answer?: 'relay' | 'never' | 'reset' | AwsError;
  /** Runs when the answer has been handed over. */
  answered?: Callback;
}

/** The fates that tests ask for most. */
export const fates = {
  /** Runs `cut` in place of the call: it is neither forwarded nor answered. */
  cutBefore: (cut: Callback): Fate => ({ before: cut, forward: false, answer: 'never' }),
  /** AWS has done it; then `cut` runs, and the client never hears of it. */
  appliedUnanswered: (cut: Callback): Fate => ({ applied: cut, answer: 'never' }),
  /** The client has its answer; then `cut` runs. */
  answered: (cut: Callback): Fate => ({ answered: cut }),
  internalFailure: (): Fate => ({ forward: false, answer: internalFailure }),
  /** AWS has done it and says that it failed. */
  appliedInternalFailure: (): Fate => ({ answer: internalFailure }),
  /** Worded as the service concerned does. */
  throttled: (service: string): Fate => ({ forward: false, answer: throttling(service) }),
  resetBefore: (): Fate => ({ forward: false, answer: 'reset' }),
  resetAfter: (): Fate => ({ answer: 'reset' }),
  hangBefore: (): Fate => ({ forward: false, answer: 'never' }),
  hangAfter: (): Fate => ({ answer: 'never' }),
};

const internalFailure: AwsError = {
  status: 500,
  code: 'InternalFailure',
  message: 'The request processing has failed because of an unknown error, exception or failure.',
};

function throttling(service: string): AwsError {
  return service === 'ec2'
    ? { status: 503, code: 'RequestLimitExceeded', message: 'Request limit exceeded.' }
    : { status: 400, code: 'Throttling', message: 'Rate exceeded' };
}

/** An HTTP server in front of an AWS endpoint that counts calls and can spoil them. */
export interface AwsProxy {
  url: string;
  /** Every call since the last reset, in the order of arrival. */
  readonly calls: CallRecord[];
  /** How many calls there were, of one action or of all. */
  count(action?: string): number;
  /** Forgets the calls, and the fate that was set. */
  reset(): void;
  /** Decides each call's fate; a call is forwarded when there is none. */
  onCall: ((call: Call) => Fate | 'pass' | Promise<Fate | 'pass'>) | undefined;
  stop(): Promise<void>;
}

/** Starts a proxy in front of `target`. */
export async function startAwsProxy(target: string): Promise<AwsProxy> {
  const agent = new Agent({ keepAlive: true });
  const proxy: AwsProxy = {
    url: '',
    calls: [],
    onCall: undefined,
    count: (action) => proxy.calls.filter((call) => action === undefined || call.action === action).length,
    reset: () => {
      proxy.calls.length = 0;
      proxy.onCall = undefined;
    },
    stop: async () => {
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await once(server, 'close');
    },
  };
  const server = createServer((request, response) => {
    handle(proxy, { target, agent }, request, response).catch((error: unknown) => {
      // A fault of the test's own (or the server behind is gone): the client sees a broken connection.
      console.error('aws-proxy:', error);
      response.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('an HTTP server without a port');
  proxy.url = `http://127.0.0.1:${address.port}`;
  return proxy;
}

async function handle(
  proxy: AwsProxy,
  behind: { target: string; agent: Agent },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const at = Date.now();
  const body = await buffer(request);
  const call: Call = { n: proxy.calls.length + 1, ...parse(request.headers, body) };
  const record: CallRecord = { ...call, at, status: undefined };
  proxy.calls.push(record);
  const chosen = (await proxy.onCall?.(call)) ?? 'pass';
  const fate: Fate = chosen === 'pass' ? {} : chosen;

  await fate.before?.();
  const relayed = (fate.forward ?? true) ? await forward(behind, request, body, record) : undefined;
  if (relayed) await fate.applied?.();

  const answer = fate.answer ?? 'relay';
  if (answer === 'never') {
    record.status = 'never';
  } else if (answer === 'reset') {
    record.status = 'reset';
    request.socket.resetAndDestroy();
  } else if (answer === 'relay') {
    if (!relayed) throw new Error(`${call.action}: a fate without forwarding needs an answer`);
    record.status = relayed.status;
    response.writeHead(relayed.status, relayed.headers);
    await finish(response, relayed.body);
  } else {
    record.status = answer.status;
    const id = randomUUID();
    response.writeHead(answer.status, { 'content-type': 'text/xml', 'x-amzn-requestid': id });
    await finish(response, errorXml(call.service, answer, id));
  }
  await fate.answered?.();
}

async function finish(response: ServerResponse, body: Buffer | string): Promise<void> {
  // A client that was cut off gets no 'finish'.
  const done = Promise.race([once(response, 'finish'), once(response, 'close')]);
  response.end(body);
  await done;
}

interface Relayed {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

async function forward(
  { target, agent }: { target: string; agent: Agent },
  request: IncomingMessage,
  body: Buffer,
  record: CallRecord,
): Promise<Relayed> {
  const start = performance.now();
  const sent = httpRequest(new URL(request.url ?? '/', target), {
    method: request.method,
    agent,
    // The Host header goes through as it came: it is part of the signature.
    headers: { ...request.headers, 'content-length': body.length },
  });
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  sent.end(body);
  const [answer] = await answered;
  const content = await buffer(answer);
  record.ms = performance.now() - start;
  const { 'transfer-encoding': _, connection: __, ...headers } = answer.headers;
  return {
    status: answer.statusCode ?? 502,
    headers: { ...headers, 'content-length': String(content.length) },
    body: content,
  };
}

function parse(headers: IncomingHttpHeaders, body: Buffer): Omit<Call, 'n'> {
  const form = headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  const params = new URLSearchParams(form ? body.toString() : '');
  const scope = headers.authorization?.match(/Credential=[^/]+\/[^/]+\/[^/]+\/([^/]+)\//);
  // The JSON services name their action in a header.
  const target = String(headers['x-amz-target'] ?? '');
  return { service: scope?.[1] ?? '', action: params.get('Action') ?? target.split('.').at(-1) ?? '', params };
}

function errorXml(service: string, { status, code, message }: AwsError, id: string): string {
  if (service === 'ec2') {
    const error = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
    return `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors>${error}</Errors><RequestID>${id}</RequestID></Response>`;
  }
  const type = status < 500 ? 'Sender' : 'Receiver';
  const error = `<Error><Type>${type}</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  return `<ErrorResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/">${error}<RequestId>${id}</RequestId></ErrorResponse>`;
}

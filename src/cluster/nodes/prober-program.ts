/**
 * A node's own probes: a small program in the node's place of the network, so that its pods see the node's address and
 * what cannot reach them fails. One JSON question a line on standard input, one JSON answer a line on standard output.
 */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { flushCompileCache } from 'node:module';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import type { ProbeAnswer, ProbeQuestion } from './prober.ts';

/** How much of an answer is shown when it is not what was wanted. */
const MOST_BODY = 1024;

function ask(question: ProbeQuestion, done: (result: Omit<ProbeAnswer, 'id'>) => void): void {
  const { kind, host, port, timeoutMs, localAddress } = question;
  if (kind === 'tcp') {
    const socket = connect({ host, port, ...(localAddress && { localAddress }) });
    const timer = setTimeout(() => finish(false, `dial tcp ${host}:${port}: i/o timeout`), timeoutMs);
    const finish = (ok: boolean, message: string): void => {
      clearTimeout(timer);
      socket.destroy();
      done({ ok, message });
    };
    socket.on('connect', () => finish(true, ''));
    socket.on('error', (error) => finish(false, `dial tcp ${host}:${port}: ${error.message}`));
    return;
  }
  const { path = '/', scheme = 'HTTP', headers = {} } = question;
  const send = scheme === 'HTTPS' ? httpsRequest : httpRequest;
  const url = `${scheme.toLowerCase()}://${host}:${port}${path}`;
  const request = send({
    host,
    port,
    path,
    headers: { 'User-Agent': 'kube-probe/1.37', Accept: '*/*', Connection: 'close', ...headers },
    agent: false,
    rejectUnauthorized: false,
    ...(localAddress && { localAddress }),
  });
  const timer = setTimeout(() => {
    const what = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';
    finish(false, `Get "${url}": ${what}`);
  }, timeoutMs);
  const finish = (ok: boolean, message: string): void => {
    clearTimeout(timer);
    request.destroy();
    done({ ok, message });
  };
  request.on('error', (error) => finish(false, `Get "${url}": ${error.message}`));
  request.on('response', (response) => {
    const { statusCode = 0 } = response;
    let body = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      if (body.length < MOST_BODY) body += chunk;
    });
    response.on('error', (error) => finish(false, `Get "${url}": ${error.message}`));
    response.on('end', () => {
      // A redirect counts as success (`pkg/probe/http`): the container answers.
      const ok = statusCode >= 200 && statusCode < 400;
      finish(ok, ok ? body.slice(0, MOST_BODY) : `HTTP probe failed with statuscode: ${statusCode}`);
    });
  });
  request.end();
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const question = JSON.parse(line) as ProbeQuestion;
  let answered = false;
  const answer = (result: Omit<ProbeAnswer, 'id'>): void => {
    if (answered) return;
    answered = true;
    process.stdout.write(`${JSON.stringify({ id: question.id, ...result })}\n`);
  };
  try {
    ask(question, answer);
  } catch (error) {
    // A header or a path that can't be sent.
    answer({ ok: false, message: error instanceof Error ? error.message : String(error) });
  }
});
// It is killed when its node ends.
flushCompileCache();

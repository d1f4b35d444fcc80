import { performance } from 'node:perf_hooks';
import { formatDuration } from '../../../runtime/duration.ts';
import type { Environment } from './environment.ts';
import { splitHostPort } from './address.ts';
import { Failure } from './failure.ts';
import { parseFlags } from './flags.ts';
import { headerOf, remoteAddress, sendText, urlOf } from './http.ts';
import { log, print, timestamp } from './log.ts';
import { Serving } from './serving.ts';

const VERSION = '1.0.0';

/** hashicorp/http-echo: one text for every request. https://github.com/hashicorp/http-echo */
export async function httpEcho(args: readonly string[], environment: Environment): Promise<void> {
  const { flags, operands } = parseFlags(args, { listen: ':5678', text: '', 'status-code': 200, version: false });
  const text = flags.text || environment.variables['ECHO_TEXT'];
  const status = flags['status-code'];
  if (flags.version) return print(`http-echo v${VERSION} (built into Sluice)`);
  if (!text) throw new Failure('missing -text option, and ECHO_TEXT is not set', 127);
  if (operands.length > 0) throw new Failure(`too many arguments: ${operands.join(' ')}`, 127);
  if (status < 200 || status > 599) throw new Failure(`-status-code: ${status} is not from 200 to 599`, 127);
  const where = splitHostPort(flags.listen);
  if (!where) throw new Failure(`-listen: ${JSON.stringify(flags.listen)} is not HOST:PORT or :PORT`, 127);

  const serving = new Serving(environment, { interruptCode: 2 });
  await serving.http({ port: where.port, hosts: [where.host] }, (request, response) => {
    const start = performance.now();
    response.setHeader('X-App-Name', 'http-echo');
    response.setHeader('X-App-Version', VERSION);
    const path = urlOf(request).pathname;
    if (path === '/health') return sendText(response, '{"status":"ok"}\n');
    sendText(response, `${text}\n`, status);
    const line = `"${request.method} ${path} HTTP/${request.httpVersion}" ${status} ${Buffer.byteLength(text) + 1}`;
    const agent = headerOf(request.headers, 'user-agent');
    const took = formatDuration(performance.now() - start);
    print(`${timestamp()} ${request.headers.host ?? ''} ${remoteAddress(request)} ${line} "${agent}" ${took}`);
  });
  log(`[INFO] server is listening on ${flags.listen}`);
}

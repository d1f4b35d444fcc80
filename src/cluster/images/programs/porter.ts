import type { Environment } from './environment.ts';
import { Failure } from './failure.ts';
import { parseFlags } from './flags.ts';
import { goJson, sendText } from './http.ts';
import { log } from './log.ts';
import { Serving } from './serving.ts';

/** agnhost porter: for each variable `SERVE_PORT_n` or `SERVE_UDP_PORT_n` a server on port n that answers with its value. */
export async function porter(args: readonly string[], environment: Environment): Promise<void> {
  const { flags } = parseFlags(args, { 'json-response': false });
  const serving = new Serving(environment);
  for (const [name, value = ''] of Object.entries(environment.variables)) {
    const match = /^SERVE_(?:(TCP|UDP|TLS|SCTP)_)?PORT_(.*)$/.exec(name);
    if (!match) continue;
    const [, kind = 'TCP', digits = ''] = match;
    const port = Number(digits);
    if (!/^\d{1,5}$/.test(digits) || port > 65_535) {
      // A Service that is called "serve" gives its pods such variables too.
      log(`${name}: ${JSON.stringify(digits)} is no port`);
      continue;
    }
    if (kind === 'UDP') {
      await serving.udp({ port }, () => value);
      log(`Started UDP server on port ${port}`);
    } else if (kind === 'TCP') {
      await serving.http({ port }, (request, response) => {
        if (!flags['json-response']) return sendText(response, value);
        response.setHeader('Content-Type', 'application/json');
        response.end(goJson({ Method: request.method, Body: value }));
      });
      log(`Started HTTP server on port ${port}`);
    } else {
      throw new Failure(`${name}: ${kind} is not part of the built-in agnhost`);
    }
  }
  // Without a server it waits all the same.
  setInterval(() => undefined, 2 ** 30);
}
